"""The statement resource of xAPI: statements in, with what is attached to them, and given back (part 3, 2.1)."""

from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.description.push_examples import STATEMENT
from app.api.kit import body as sound
from app.api.kit.idempotency import JSON, IdempotencyKey
from app.api.pipeline import xapi_parameters as parameter
from app.api.pipeline.evidence import RESPONSES, How, described
from app.api.pipeline.provoked import provoke
from app.api.pipeline.push import LINES, PushIntake, push, split_items
from app.api.pipeline.xapi import (
    CONSISTENT,
    SPOKEN,
    VERSION,
    WRONG,
    StandardRoute,
    add_head_route,
    consistent_through,
    empty,
    json_answer,
    query_parameters,
    sender,
    source,
    version_of,
)
from app.api.pipeline.xapi_parameters import Parameters, parameters_of, wrong
from app.db import Tx
from app.db.access.access import Caller
from app.errors import ApiError
from app.pipeline import xapi, xapi_attachments
from app.pipeline.xapi_attachments import Attachments
from app.pipeline.xapi_words import canonical, languages
from app.request import service
from app.sources.source import Source

router = APIRouter(prefix="/v1/xapi", tags=["Evidence and badges"], route_class=StandardRoute)

ONE = ("statementId", "voidedStatementId", "attachments", "format")
"""The parameters that ask for one statement, and how it is given."""
ASKED = (
    *ONE,
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
FORMATS = ("ids", "exact", "canonical")
GIVEN_BACK = {"schema": {"type": "object"}, "example": {"statements": [STATEMENT], "more": ""}}
STATEMENTS = {"schema": {"$ref": "#/components/schemas/XapiStatement"}}


@router.post(
    "/statements",
    responses=RESPONSES,
    openapi_extra=described("evidence.write", "XapiStatement", STATEMENT),
    response_class=Response,
)
async def push_statements(request: Request, mode: How = "partial", idempotency_key: IdempotencyKey = None) -> Response:
    """Push xAPI statements (1.0.3 or 2.0): one object or an array.

    With the header `X-Experience-API-Version` it is answered as the standard says: by an array of the statements' ids,
    made where they had none; one that is not valid refuses all, an id that stands for another statement is a conflict,
    and what is attached comes as `multipart/mixed`. Without it each needs its id, and is answered as evidence is. In
    either case a statement with a verb that is not known is set apart with its reason and not lost, and a `voided` one
    withdraws the statement it names.
    """
    del idempotency_key
    if VERSION not in request.headers:
        return await push(request, "evidence.write", "xapi", mode)
    version = version_of(request)
    of, caller = await sender(request)
    parameters_of(request, ("mode",))
    ids = await _take(request, of, caller, version=version)
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
    """Store one statement under an id (xAPI part 3, 2.1.1), as JSON or, with what is attached, as `multipart/mixed`."""
    version, (of, caller) = version_of(request), await sender(request)
    parameters = parameters_of(request, ("statementId",))
    key = parameter.required(parameters, "statementId")
    parameter.uuid(parameters, "statementId")
    await _take(request, of, caller, key, version=version)
    return empty(version)


async def _take(request: Request, of: Source, caller: Caller, key: str | None = None, *, version: str) -> list[str]:
    """Take statements in as a record store does: all, or none where one is not valid. Their ids."""
    desk: PushIntake = request.app.state.desk
    async with desk.body(request, caller) as body:
        content_type, statements, attached = _parts(request.headers.get("content-type", ""), body)
        bodies, single = split_items(content_type, statements, desk.most_items)
        if key is not None and not single:
            raise ApiError(400, "statement", "Invalid statement", "PUT takes one statement: POST takes several.")
        sent = [_read(content, number, key) for number, content in enumerate(bodies)]
        if version == SPOKEN[0]:
            xapi.check_once(sent)
        provoke(caller, (statement.id for statement in sent))
        xapi_attachments.check([statement.value for statement in sent], attached)

        async def admit(tx: Tx) -> list[bytes]:
            fresh = await xapi.check_new(tx, of.id, sent)
            await xapi_attachments.keep(tx, of.id, attached)
            return [statement.body for statement in fresh]

        bodies = [statement.body for statement in sent]
        await desk.inbox.push(of, of.streams()[0], bodies, admit=admit)
    return [statement.id for statement in sent]


def _parts(content_type: str, body: bytes) -> tuple[str, bytes, Attachments]:
    """The statements of a body, their content type, and what is attached to them."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == xapi_attachments.MIXED:
        return JSON, *xapi_attachments.split(content_type, body)
    if media_type not in (JSON, *LINES):
        detail = f"Send {JSON} or {xapi_attachments.MIXED}, in UTF-8."
        raise ApiError(400, "media-type", "Unsupported media type", detail)
    return content_type, body, {}


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
    return xapi.statement(body, value, number)


@router.get(
    "/statements",
    responses={200: {"content": {JSON: GIVEN_BACK}, "description": "A statement, or statements and `more`"}, **WRONG},
    openapi_extra=query_parameters(*ASKED),
    response_class=Response,
)
async def get_statements(request: Request) -> Response:
    """Give back what this client's source was sent (xAPI part 3, 2.1.3): one statement by `statementId`, or those that
    `agent`, `verb`, `activity`, `registration`, `since` and `until` ask for, with `limit` and `ascending`. With
    `attachments=true` the answer is `multipart/mixed`, with `format=ids` of agents and activities their ids alone, with
    `format=canonical` the words in one language each, by `Accept-Language`. What points at a statement that is asked
    for, as one that voids it does, is given back with it.
    """
    version, of, db = version_of(request), await source(request), service(request).db
    parameters = parameters_of(request, (*ASKED, "from"))
    key = _single_id(parameters)
    layout = parameters.get("format", "exact")
    if layout not in FORMATS:
        raise wrong(f"format: '{layout[:40]}' is none of {', '.join(FORMATS)}.")
    attachments = parameter.flag(parameters, "attachments")
    query = _query(parameters)
    headers = {VERSION: version, CONSISTENT: consistent_through()}
    async with db.transaction(of.tenant) as tx:
        if key is not None:
            statement = await xapi.one_statement(tx, of.id, key, voided="voidedStatementId" in parameters)
            if statement is None:
                raise ApiError(404, "not-found", "Not found", f"No statement with the id {key} was sent.")
            statements, more = [statement], ""
            headers["Last-Modified"] = format_datetime(datetime.fromisoformat(statement["stored"]), usegmt=True)
        else:
            listed = await xapi.statements(tx, of.id, query)
            rest = urlencode({**parameters, "from": listed.more}) if listed.more else ""
            statements, more = listed.statements, f"{request.url.path}?{rest}" if rest else ""
        vouched = [_vouched(request, of, _in_layout(request, each, layout)) for each in statements]
        answer = vouched[0] if key is not None else {"statements": vouched, "more": more}
        if attachments:
            content_type, body = await xapi_attachments.with_attachments(tx, of.id, answer, statements)
            return Response(body, 200, headers, content_type)
    return json_answer(answer, version, **headers)


def _single_id(parameters: Parameters) -> str | None:
    """The id of the one statement that is asked for, which goes with no filter; None where it is not for one."""
    ids = [name for name in ("statementId", "voidedStatementId") if name in parameters]
    if not ids:
        return None
    if others := [name for name in parameters if name not in ("attachments", "format", ids[0])]:
        raise wrong(f"{ids[0]} names one statement: it does not go with {', '.join(others)}.")
    parameter.required(parameters, ids[0])
    return parameter.uuid(parameters, ids[0])


def _in_layout(request: Request, statement: xapi.Json, layout: str) -> xapi.Json:
    """A statement in a `format`: as it came, by ids alone, or with its words in one language each."""
    if layout == "canonical":
        return canonical(statement, languages(request.headers.get("accept-language", "")))
    return xapi.ids_only(statement) if layout == "ids" else statement


def _vouched(request: Request, of: Source, statement: xapi.Json) -> xapi.Json:
    """A statement as it is given back, with who vouches for it where its sender named nobody: the source it came by."""
    account = {"homePage": service(request).settings.home, "name": of.slug}
    return {"authority": {"objectType": "Agent", "name": of.name, "account": account}, **statement}


def _query(parameters: Parameters) -> xapi.Query:
    return xapi.Query(
        verb=parameter.iri(parameters, "verb"),
        activity=parameter.iri(parameters, "activity"),
        agent=parameter.agent(parameters) if "agent" in parameters else None,
        registration=parameter.uuid(parameters, "registration"),
        related_activities=parameter.flag(parameters, "related_activities"),
        related_agents=parameter.flag(parameters, "related_agents"),
        since=parameter.instant(parameters, "since"),
        until=parameter.instant(parameters, "until"),
        ascending=parameter.flag(parameters, "ascending"),
        limit=min(parameter.number(parameters, "limit") or xapi.MOST, xapi.MOST),
        after=xapi.from_mark(parameters["from"]) if "from" in parameters else None,
    )


add_head_route(router, "/statements", get_statements)
