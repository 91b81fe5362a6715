"""xAPI as senders speak it: statements in and given back, a store's description, activity state and profiles.

A request with the header `X-Experience-API-Version` is answered by the standard (1.0.3, part 3; IEEE 9274.1.1); one
without it as our other pushes are.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.description.push_examples import STATEMENT
from app.api.kit import body as sound
from app.api.kit.context import gate, secured
from app.api.kit.idempotency import JSON, IdempotencyKey
from app.api.kit.problem import problems
from app.api.pipeline.evidence import RESPONSES, How, described
from app.api.pipeline.push import PushIntake, push, source_of, split_items
from app.db.access.access import Caller
from app.errors import ApiError, Invalid
from app.pipeline import xapi
from app.request import service
from app.sources.source import Source

router = APIRouter(prefix="/v1/xapi", tags=["Evidence and badges"])

VERSION = "X-Experience-API-Version"
SPOKEN = ("2.0.0", "1.0.3")
OLDER = ("1.0.3", "1.0.2", "1.0.1", "1.0.0")
WRONG = problems(400, 401, 403, 404, 409, 413, 415)
ASKED = (
    "statementId",
    "voidedStatementId",
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "ascending",
)
GIVEN_BACK = {"schema": {"type": "object"}, "example": {"statements": [STATEMENT], "more": ""}}
STATEMENTS = {"schema": {"$ref": "#/components/schemas/XapiStatement"}}


def query_parameters(*names: str) -> dict[str, Any]:
    """How an operation says which parameters of the standard it takes."""
    parameters = [{"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in names]
    return {"parameters": parameters, **secured("evidence.write")}


def required_parameter(request: Request, name: str) -> str:
    """A parameter that must be there. ApiError where it is not."""
    if value := request.query_params.get(name, ""):
        return value
    raise ApiError(400, "parameter", "Invalid parameter", f"{name} is missing.")


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
    return f"Bearer {password if password.startswith('tsk_') or not name.startswith('tsk_') else name}"


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


@router.get("/about", responses=WRONG, openapi_extra=secured("evidence.write"), response_class=Response)
async def about(request: Request) -> Response:
    """Which versions of xAPI are spoken. Who speaks 1.0 alone is told of no other."""
    version = version_of(request)
    await gate(request).caller(authorization(request), "evidence.write")
    versions = [*OLDER, *(SPOKEN[:1] if version == SPOKEN[0] or VERSION not in request.headers else ())]
    return json_answer({"version": versions, "extensions": {}}, version)


@router.post(
    "/statements",
    responses=RESPONSES,
    openapi_extra=described("evidence.write", "XapiStatement", STATEMENT),
    response_class=Response,
)
async def push_statements(request: Request, mode: How = "partial", idempotency_key: IdempotencyKey = None) -> Response:
    """Push xAPI statements (1.0.3 or 2.0): one object or an array.

    With the header `X-Experience-API-Version` it is answered as the standard says: by an array of the statements' ids,
    made where they had none; one that is not valid refuses all, and an id that stands for another statement is a
    conflict. Without it each needs its id, and is answered as evidence is. In either case a statement with a verb that
    is not known is set apart with its reason and not lost, and a `voided` one withdraws the statement it names.
    """
    del idempotency_key
    if VERSION not in request.headers:
        return await push(request, "evidence.write", "xapi", mode)
    version = version_of(request)
    ids = await _take(request, *await sender(request))
    return json_answer(ids, version)


@router.put(
    "/statements",
    status_code=204,
    responses=WRONG,
    openapi_extra={
        "requestBody": {"required": True, "content": {JSON: {**STATEMENTS, "examples": {"one": {"value": STATEMENT}}}}},
        **query_parameters("statementId"),
    },
    response_class=Response,
)
async def put_statement(request: Request) -> Response:
    """Store one statement under an id (xAPI part 3, 2.1.1)."""
    version = version_of(request)
    await _take(request, *await sender(request), required_parameter(request, "statementId"))
    return empty(version)


async def _take(request: Request, of: Source, caller: Caller, key: str | None = None) -> list[str]:
    """Take statements in as a record store does: all, or none where one is not valid. Their ids."""
    desk: PushIntake = request.app.state.desk
    async with desk.body(request, caller) as body:
        bodies, single = split_items(request.headers.get("content-type", ""), body, desk.most_items)
        if key is not None and not single:
            raise ApiError(400, "statement", "Invalid statement", "PUT takes one statement: POST takes several.")
        sent = [_read(content, number, key) for number, content in enumerate(bodies)]
        fresh = await xapi.check_new(service(request).db, of.tenant, of.id, sent)
        if fresh:
            await desk.inbox.push(of, of.streams()[0], [statement.body for statement in fresh], atomic=False)
    return [statement.id for statement in sent]


def _read(body: bytes, number: int, key: str | None) -> xapi.Statement:
    try:
        value = sound.check(body)
    except sound.Unsound as why:
        raise ApiError(400, "not-json", "Malformed body", f"Statement {number}: {why}.") from None
    if key is not None and isinstance(value, dict):
        if value.setdefault("id", key) != key:
            raise ApiError(400, "statement", "Invalid statement", f"statementId is {key}, and its id is another.")
        if b'"id"' not in body[:80] or len(msgspec.json.decode(body)) != len(value):
            body = msgspec.json.encode(value)
    try:
        return xapi.statement(body, value, number)
    except Invalid as why:
        raise ApiError(400, why.type, why.title, why.detail) from None


@router.get(
    "/statements",
    responses={200: {"content": {JSON: GIVEN_BACK}, "description": "A statement, or statements and `more`"}, **WRONG},
    openapi_extra=query_parameters(*ASKED),
    response_class=Response,
)
async def get_statements(request: Request) -> Response:
    """Give back what this client's source was sent (xAPI part 3, 2.1.3): one statement by `statementId`, or those that
    `agent`, `verb`, `activity`, `registration`, `since` and `until` ask for, with `limit` and `ascending`.
    """
    version = version_of(request)
    of = await source(request)
    parameters = dict(request.query_params)
    now = {"X-Experience-API-Consistent-Through": datetime.now(UTC).isoformat().replace("+00:00", "Z")}
    async with service(request).db.transaction(of.tenant) as tx:
        if key := parameters.get("statementId") or parameters.get("voidedStatementId"):
            statement = await xapi.one_statement(tx, of.id, key, voided="voidedStatementId" in parameters)
            if statement is None:
                raise ApiError(404, "not-found", "Not found", f"No statement with the id {key[:40]} was sent.")
            return json_answer(statement, version, **now)
        listed = await xapi.statements(tx, of.id, _query(parameters))
    rest = urlencode({**parameters, "from": listed.more}) if listed.more else ""
    more = f"{request.url.path}?{rest}" if rest else ""
    return json_answer({"statements": listed.statements, "more": more}, version, **now)


def _query(parameters: dict[str, str]) -> xapi.Query:
    limit = parameters.get("limit", "0")
    if not limit.isdigit():
        raise _parameter("limit", limit)
    agent = _object(parameters["agent"], "agent") if "agent" in parameters else None
    return xapi.Query(
        verb=parameters.get("verb"),
        activity=parameters.get("activity"),
        agent=agent,
        registration=parameters.get("registration"),
        related="true" in (parameters.get("related_activities"), parameters.get("related_agents")),
        since=moment(parameters, "since"),
        until=moment(parameters, "until"),
        ascending=parameters.get("ascending", "").lower() == "true",
        limit=min(int(limit) or xapi.MOST, xapi.MOST),
        after=xapi.from_mark(parameters["from"]) if "from" in parameters else None,
    )


def moment(parameters: dict[str, str], name: str) -> datetime | None:
    """A moment that a parameter names, in UTC where no offset is written."""
    if name not in parameters:
        return None
    try:
        instant = datetime.fromisoformat(parameters[name].replace(" ", "+"))
    except ValueError:
        raise _parameter(name, parameters[name]) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _parameter(name: str, value: str) -> ApiError:
    return ApiError(400, "parameter", "Invalid parameter", f"{name}: '{value[:80]}' will not do.")


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text.encode(), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise _parameter(name, text) from None


def agent_key(request: Request) -> str:
    """What an agent in a parameter is known by: its one identifier, in one form."""
    agent = _object(request.query_params.get("agent", ""), "agent")
    for name in ("mbox", "mbox_sha1sum", "openid", "account"):
        if agent.get(name):
            return msgspec.json.encode({name: agent[name]}, order="sorted").decode()
    raise _parameter("agent", request.query_params.get("agent", ""))


@router.get("/activities", responses=WRONG, openapi_extra=query_parameters("activityId"), response_class=Response)
async def get_activity(request: Request) -> Response:
    """An activity, as far as it is known without a definition of our own (xAPI part 3, 2.5)."""
    version = version_of(request)
    await source(request)
    return json_answer({"objectType": "Activity", "id": required_parameter(request, "activityId")}, version)


@router.get("/agents", responses=WRONG, openapi_extra=query_parameters("agent"), response_class=Response)
async def get_agent(request: Request) -> Response:
    """A Person object of the agent named, with what was named (xAPI part 3, 2.4)."""
    version = version_of(request)
    await source(request)
    agent = _object(required_parameter(request, "agent"), "agent")
    names = ("name", "mbox", "mbox_sha1sum", "openid", "account")
    return json_answer({"objectType": "Person"} | {name: [agent[name]] for name in names if name in agent}, version)


for _path, _answer in {
    "/about": about,
    "/statements": get_statements,
    "/activities": get_activity,
    "/agents": get_agent,
}.items():
    add_head_route(router, _path, _answer)
