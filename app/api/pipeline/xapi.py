"""xAPI as senders speak it: whom it is answered to, in which version, and what a record store tells of itself.

A request with the header `X-Experience-API-Version` is answered by the standard (1.0.3, part 3; IEEE 9274.1.1); one
without it as our other pushes are.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from app.access.keys import is_well_formed
from app.api.kit.context import gate, secured
from app.api.kit.idempotency import JSON
from app.api.kit.problem import problems
from app.api.pipeline import xapi_parameters as parameter
from app.api.pipeline.push import source_of
from app.api.pipeline.xapi_parameters import parameters_of
from app.db.access.access import Caller
from app.errors import ApiError, DomainError
from app.pipeline.xapi_activities import activity
from app.request import service
from app.sources.source import Source
from connectors.xapi import grammar

VERSION = "X-Experience-API-Version"
CONSISTENT = "X-Experience-API-Consistent-Through"
SPOKEN = ("2.0.0", "1.0.3")
OLDER = ("1.0.3", "1.0.2", "1.0.1", "1.0.0")
WRONG = problems(400, 401, 403, 404, 409, 413, 415)


class StandardRoute(APIRoute):
    """A route whose errors, too, say in which version they are told, and until when all is known (part 3, 1.2)."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """The handler, with these headers on what it refuses."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except DomainError as why:
                if VERSION in request.headers:
                    why.headers = {VERSION: SPOKEN[-1], CONSISTENT: consistent_through(), **why.headers}
                raise

        return answered


router = APIRouter(prefix="/v1/xapi", tags=["Evidence and badges"], route_class=StandardRoute)


def consistent_through() -> str:
    """Until when all statements are given back that were taken in: always until now."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def query_parameters(*names: str) -> dict[str, Any]:
    """How an operation says which parameters of the standard it takes."""
    parameters = [{"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in names]
    return {"parameters": parameters, **secured("evidence.write")}


def version_of(request: Request) -> str:
    """The version to answer in. ApiError where it is none that is spoken."""
    version = request.headers.get(VERSION, SPOKEN[-1])
    if version.startswith("2.0"):
        return SPOKEN[0]
    if version == "1.0" or version.startswith("1.0."):
        return SPOKEN[1]
    raise ApiError(
        400,
        "xapi-version",
        "xAPI version not supported",
        f"{VERSION}: '{version[:40]}' is not spoken here: send {' or '.join(SPOKEN)}.",
        headers={VERSION: SPOKEN[1]},
    )


def authorization(request: Request) -> str | None:
    """The Authorization header, in which Basic credentials stand for the key that is their password, or their name."""
    header = request.headers.get("authorization")
    kind, _, text = (header or "").partition(" ")
    if kind.lower() != "basic":
        return header
    try:
        name, _, password = base64.b64decode(text.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return header
    return f"Bearer {name if is_well_formed(name) and not is_well_formed(password) else password}"


async def sender(request: Request) -> tuple[Source, Caller]:
    """The calling client, and its xAPI source."""
    caller = await gate(request).caller(authorization(request), "evidence.write")
    return source_of(request, caller, "xapi"), caller


async def source(request: Request) -> Source:
    """The calling client's xAPI source."""
    return (await sender(request))[0]


def add_head_route(router: APIRouter, path: str, answer: Callable[[Request], Awaitable[Response]]) -> None:
    """Answer HEAD as GET is answered, whose content the server keeps back (xAPI part 3, 1.1)."""
    router.add_api_route(path, answer, methods=["HEAD"], include_in_schema=False, response_class=Response)


def json_answer(value: Any, version: str, **headers: str) -> Response:
    """An answer in JSON, in a version of the standard."""
    return Response(msgspec.json.encode(value), 200, {VERSION: version, **headers}, JSON)


def empty(version: str) -> Response:
    """204: done, and nothing to say."""
    return Response(status_code=204, headers={VERSION: version})


@router.get("/about", responses=problems(400), response_class=Response)
async def about(request: Request) -> Response:
    """Which versions of xAPI are spoken, to whoever asks (part 3, 2.8). Who speaks 1.0 alone is told of no other."""
    version = version_of(request)
    versions = [*OLDER, *(SPOKEN[:1] if version == SPOKEN[0] or VERSION not in request.headers else ())]
    return json_answer({"version": versions, "extensions": {}}, version)


@router.get("/activities", responses=WRONG, openapi_extra=query_parameters("activityId"), response_class=Response)
async def get_activity(request: Request) -> Response:
    """An activity, with what all statements that name it say of it (xAPI part 3, 2.5)."""
    version, of = version_of(request), await source(request)
    parameters = parameters_of(request, ("activityId",))
    parameter.iri(parameters, "activityId")
    async with service(request).db.transaction(of.tenant) as tx:
        return json_answer(await activity(tx, of.id, parameter.required(parameters, "activityId")), version)


@router.get("/agents", responses=WRONG, openapi_extra=query_parameters("agent"), response_class=Response)
async def get_agent(request: Request) -> Response:
    """A Person object of the agent named, with what was named (xAPI part 3, 2.4)."""
    version = version_of(request)
    await source(request)
    agent = parameter.agent(parameters_of(request, ("agent",)))
    names = ("name", *grammar.NAMES)
    return json_answer({"objectType": "Person"} | {name: [agent[name]] for name in names if name in agent}, version)


for _path, _answer in {"/about": about, "/activities": get_activity, "/agents": get_agent}.items():
    add_head_route(router, _path, _answer)
