"""The document resources of xAPI: activity state, activity profiles and agent profiles (part 3, 2.3, 2.6, 2.7)."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.pipeline import xapi_parameters as parameter
from app.api.pipeline.push import PushIntake
from app.api.pipeline.xapi import (
    SPOKEN,
    VERSION,
    WRONG,
    StandardRoute,
    add_head_route,
    empty,
    json_answer,
    query_parameters,
    sender,
    source,
    version_of,
)
from app.api.pipeline.xapi_parameters import Parameters, parameters_of
from app.errors import ApiError
from app.pipeline import xapi_documents as documents
from app.pipeline.xapi_documents import Precondition, Shelf
from app.request import service
from app.sources.source import Source

router = APIRouter(prefix="/v1/xapi", tags=["Evidence and badges"], route_class=StandardRoute)


def _parameters(request: Request, kind: str) -> Parameters:
    names = KINDS[kind][2]
    return parameters_of(request, (*names, "since") if request.method in ("GET", "HEAD") else names)


def _shelf(parameters: Parameters, kind: str, of: Source) -> Shelf:
    activity = "" if kind == "agent" else parameter.required(parameters, "activityId")
    parameter.iri(parameters, "activityId")
    agent = "" if kind == "activity" else parameter.agent_key(parameters)
    return Shelf(of.id, kind, activity, agent, parameter.uuid(parameters, "registration") or "")


def _name(kind: str) -> str:
    """The parameter that names a document."""
    return "stateId" if kind == "state" else "profileId"


def _condition(request: Request) -> Precondition:
    return Precondition(request.headers.get("if-match"), request.headers.get("if-none-match"))


async def read(request: Request, kind: str) -> Response:
    """A document as it was kept, or the ids of those there are."""
    version, of, parameters = version_of(request), await source(request), _parameters(request, kind)
    shelf, name = _shelf(parameters, kind, of), parameters.get(_name(kind))
    since = parameter.instant(parameters, "since")
    async with service(request).db.transaction(of.tenant) as tx:
        if name is None:
            return json_answer(await documents.names(tx, shelf, since), version)
        document = await documents.get(tx, shelf, name)
    if document is None:
        raise ApiError(
            404, "not-found", "Not found", f"There is no document '{name[:80]}'.", headers={VERSION: version}
        )
    stamp = document.updated_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {VERSION: version, "ETag": f'"{document.etag}"', "Last-Modified": stamp}
    return Response(document.body, 200, {**headers, "Content-Type": document.content_type})  # as it came, to the letter


async def write(request: Request, kind: str) -> Response:
    """Keep a document, or merge a JSON object into the one there is."""
    version, (of, caller), parameters = version_of(request), await sender(request), _parameters(request, kind)
    shelf, name = _shelf(parameters, kind, of), parameter.required(parameters, _name(kind))
    content_type = request.headers.get("content-type", "application/octet-stream")
    desk: PushIntake = request.app.state.desk
    async with desk.body(request, caller) as body, service(request).db.transaction(of.tenant) as tx:
        if request.method == "POST":
            await documents.merge(tx, shelf, name, content_type=content_type, body=body, condition=_condition(request))
        else:
            careful = kind != "state" or version == SPOKEN[0]
            await documents.put(
                tx, shelf, name, content_type=content_type, body=body, condition=_condition(request), careful=careful
            )
    return empty(version)


async def remove(request: Request, kind: str) -> Response:
    """Delete a document; of states without a stateId, all of the activity and agent."""
    version, of, parameters = version_of(request), await source(request), _parameters(request, kind)
    shelf, name = _shelf(parameters, kind, of), parameters.get(_name(kind))
    if kind != "state":
        name = parameter.required(parameters, "profileId")
    async with service(request).db.transaction(of.tenant) as tx:
        await documents.delete(tx, shelf, name, _condition(request))
    return empty(version)


Answer = Callable[[Request, str], Awaitable[Response]]
KINDS = {
    "state": (
        "/activities/state",
        "an activity's state for a learner",
        ("activityId", "agent", "registration", "stateId"),
    ),
    "activity": ("/activities/profile", "an activity's profile", ("activityId", "profileId")),
    "agent": ("/agents/profile", "an agent's profile", ("agent", "profileId")),
}
"""Of each kind: its path, what it is, and its parameters."""
METHODS: dict[str, tuple[Answer, str]] = {
    "GET": (read, "Read a document of {}, or the ids of those there are"),
    "PUT": (write, "Keep a document of {}"),
    "POST": (write, "Merge a JSON object into a document of {}"),
    "DELETE": (remove, "Delete a document of {}"),
}


def _endpoint(answer: Answer, kind: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answer(request, kind)

    return endpoint


def _extra(names: tuple[str, ...], method: str) -> dict[str, Any]:
    body: dict[str, Any] = {"requestBody": {"content": {"*/*": {"schema": {}}}}} if method in ("PUT", "POST") else {}
    return {**body, **query_parameters(*names, *(("since",) if method == "GET" else ()))}


for _kind, (_path, _what, _names) in KINDS.items():
    for _method, (_answer, _words) in METHODS.items():
        router.add_api_route(
            _path,
            _endpoint(_answer, _kind),
            methods=[_method],
            status_code=200 if _method == "GET" else 204,
            name=f"{_method.lower()}_{_kind}_document",
            summary=_words.format(_what).partition(",")[0],
            description=f"{_words.format(_what)} (xAPI 1.0.3, part 3, 2.3 to 2.7).",
            responses=WRONG,
            openapi_extra=_extra(_names, _method),
            response_class=Response,
        )
    add_head_route(router, _path, _endpoint(read, _kind))
