"""The OneRoster 1.2 gradebook as tools write it: every PUT, POST and DELETE of the official document.

A client needs the standard's scopes and a source of its own, of the connector `oneroster`, into which it writes.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.api.kit import body as sound
from app.api.kit.context import gate
from app.api.pipeline.push import PushIntake, source_of
from app.api.rosters.oneroster import ROOT
from app.api.rosters.wording import RosterRoute
from app.db.access.access import Caller
from app.errors import Invalid
from app.request import Inside
from app.rosters import pushing
from app.rosters.pushing import Writer
from app.rosters.written import LINE_ITEMS, RESULTS, WRITTEN, Verb, Written

router = APIRouter(prefix=f"{ROOT}/gradebook/v1p2", route_class=RosterRoute, include_in_schema=False)
Answer = Callable[..., Awaitable[Response]]
CREATED = 201


async def _writer(request: Request, inside: Inside, kind: Written, verb: Verb) -> tuple[Caller, Writer]:
    caller = await gate(request).caller(request.headers.get("authorization"), kind.scope(verb))
    source = source_of(request, caller, "oneroster")
    desk: PushIntake = request.app.state.desk
    return caller, await pushing.writer(inside.db, desk.inbox, source, caller)


def _read(body: bytes) -> object:
    try:
        return sound.check(body)
    except sound.Unsound as why:
        raise Invalid(f"The body: {why}.") from None


def _put(kind: Written) -> Answer:
    async def put(request: Request, inside: Inside, sourced_id: str) -> Response:
        caller, writer = await _writer(request, inside, kind, "createput")
        desk: PushIntake = request.app.state.desk
        async with desk.body(request, caller) as body:
            await pushing.put(writer, kind, sourced_id, _read(body))
        return Response(status_code=CREATED)

    return put


def _delete(kind: Written) -> Answer:
    async def delete(request: Request, inside: Inside, sourced_id: str) -> Response:
        _, writer = await _writer(request, inside, kind, "delete")
        await pushing.delete(writer, kind, sourced_id)
        return Response(status_code=204)

    return delete


def _post(kind: Written, fields: Mapping[str, str]) -> Answer:
    async def post(request: Request, inside: Inside) -> Response:
        caller, writer = await _writer(request, inside, kind, "createpost")
        within = {field: str(request.path_params[name]) for name, field in fields.items()}
        desk: PushIntake = request.app.state.desk
        async with desk.body(request, caller) as body:
            pairs = await pushing.post(writer, kind, _read(body), within)
        named = [{"suppliedSourcedId": sent, "allocatedSourcedId": id_} for sent, id_ in pairs]
        return Response(msgspec.json.encode({"sourcedIdPairs": named}), CREATED, media_type="application/json")

    return post


for _kind in WRITTEN:
    router.put(f"/{_kind.collection}/{{sourced_id}}")(_put(_kind))
    router.delete(f"/{_kind.collection}/{{sourced_id}}")(_delete(_kind))
_CLASS = "/classes/{classSourcedId}"
_IN_CLASS = {"classSourcedId": "class"}
router.post(f"{_CLASS}/lineItems")(_post(LINE_ITEMS, _IN_CLASS))
router.post("/schools/{schoolSourcedId}/lineItems")(_post(LINE_ITEMS, {"schoolSourcedId": "school"}))
router.post("/lineItems/{lineItemSourcedId}/results")(_post(RESULTS, {"lineItemSourcedId": "lineItem"}))
router.post(f"{_CLASS}/academicSessions/{{academicSessionSourcedId}}/results")(
    _post(RESULTS, _IN_CLASS | {"academicSessionSourcedId": "academicSession"})
)
