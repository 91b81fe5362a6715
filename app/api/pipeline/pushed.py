"""What a client has pushed into its own source: listed, read back and taken back by its own ids."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from app.api.kit import cursor
from app.api.kit.context import BadgePusher, EvidencePusher
from app.api.kit.problem import problems
from app.api.pipeline.push import PushIntake, may_see_learners, source_of
from app.api.pipeline.wire_pushed import PushedItem, PushedList
from app.db.access.access import Caller
from app.pipeline import pushed
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Evidence and badges"])
ItemId = Annotated[str, Path(min_length=1, max_length=500, description="the item's own id", examples=["robotics-42"])]
After = Annotated[str | None, Query(max_length=2000, description="the cursor of the page before")]
Limit = Annotated[int, Query(ge=1, le=500, description="how many at most")]


@router.get("/evidence", responses=problems(400, 409))
async def list_evidence(
    request: Request, caller: EvidencePusher, inside: Inside, after: After = None, limit: Limit = 100
) -> PushedList:
    """What the client's own source has pushed, in the order of its ids, also what was rejected, and why."""
    return await _list(request, caller, inside, connector="evidence", after=after, limit=limit)


@router.get("/evidence/{item:path}", responses=problems(404, 409))
async def read_evidence(request: Request, item: ItemId, caller: EvidencePusher, inside: Inside) -> PushedItem:
    """One item of the client's own source, by its own id: what is held of it, or why it was rejected."""
    return await _read(request, caller, inside, "evidence", item)


@router.delete("/evidence/{item:path}", status_code=204, responses=problems(404, 409))
async def take_back_evidence(request: Request, item: ItemId, caller: EvidencePusher, inside: Inside) -> Response:
    """Take an item back, as pushing its `id` with `withdrawn` does: it is in no record any more, and counts no more."""
    return await _take_back(request, caller, inside, "evidence", item)


@router.get("/badges", responses=problems(400, 409))
async def list_badges(
    request: Request, caller: BadgePusher, inside: Inside, after: After = None, limit: Limit = 100
) -> PushedList:
    """Badges that the client's own source has pushed, as evidence is listed."""
    return await _list(request, caller, inside, connector="open_badges", after=after, limit=limit)


@router.get("/badges/{item:path}", responses=problems(404, 409))
async def read_badge(request: Request, item: ItemId, caller: BadgePusher, inside: Inside) -> PushedItem:
    """One badge of the client's own source, by the id of its envelope."""
    return await _read(request, caller, inside, "open_badges", item)


@router.delete("/badges/{item:path}", status_code=204, responses=problems(404, 409))
async def take_back_badge(request: Request, item: ItemId, caller: BadgePusher, inside: Inside) -> Response:
    """Take a badge back that was pushed by mistake: it is in no record any more. Its issuer's word is not revoked."""
    return await _take_back(request, caller, inside, "open_badges", item)


async def _list(
    request: Request, caller: Caller, inside: Inside, connector: str, after: str | None, limit: int
) -> PushedList:
    source = source_of(request, caller, connector)
    begin = cursor.decode(after, tuple[str])[0] if after else ""
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await pushed.listed(tx, source, after=begin, limit=limit, learners=may_see_learners(caller))
    following = cursor.encode(rows[-1].id) if len(rows) == limit else None
    return PushedList(items=[_pushed_item(row) for row in rows], next=following)


async def _read(request: Request, caller: Caller, inside: Inside, connector: str, item: str) -> PushedItem:
    source = source_of(request, caller, connector)
    async with inside.db.transaction(caller.tenant) as tx:
        item_pushed = await pushed.by_id(tx, source, item, learners=may_see_learners(caller))
    return _pushed_item(item_pushed)


async def _take_back(request: Request, caller: Caller, inside: Inside, connector: str, item: str) -> Response:
    source = source_of(request, caller, connector)
    async with inside.db.transaction(caller.tenant) as tx:
        await pushed.check_stored(tx, source, item)
    desk: PushIntake = request.app.state.desk
    await pushed.take_back(desk.inbox, source, item)
    return Response(status_code=204)


def _pushed_item(pushed_item: pushed.PushedItem) -> PushedItem:
    return PushedItem(
        id=pushed_item.id,
        status=pushed_item.status,
        learner=pushed_item.learner,
        reason=pushed_item.reason,
        received_at=pushed_item.received_at,
        changed_at=pushed_item.changed_at,
        rejected_at=pushed_item.rejected_at,
        item=None if pushed_item.body is None else _item(pushed_item.body),
    )


def _item(body: bytes) -> Any:
    """An item as it was sent: what is no JSON is told as text."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode(errors="backslashreplace")
