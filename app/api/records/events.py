"""Events: the change feed, which never skips one and says so when it no longer reaches back far enough."""

from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import Meta

from app.api.kit import cursor
from app.api.kit.context import Follower
from app.api.kit.problem import problems
from app.api.records.wire_events import Event, EventList
from app.db import Tx
from app.db.records import feed
from app.db.records.feed import LAST, Position
from app.errors import ApiError
from app.request import Inside

router = APIRouter(prefix="/v1/events", tags=["Events"])

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
BEGINNING = Position(0, LAST)


@router.get("", responses=problems(400, 410))
async def follow_events(
    caller: Follower,
    inside: Inside,
    after: Annotated[str | None, Query(max_length=200, description="the cursor of the answer before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="how many at most")] = 100,
) -> EventList:
    """What changed after a cursor, in an order in which nothing is ever inserted before what you have read.

    Ask again with the `cursor` of the answer, also when it had no events. Without a cursor the feed begins at its very
    beginning. Where it no longer reaches back as far as you ask, you get 410 and how to start over, never a gap. An
    event says that a record changed, not how: read the record.
    """
    async with inside.db.transaction(caller.tenant) as tx:
        cluster = await feed.cluster(tx)
        told, *place = cursor.decode(after, tuple[Number, Number, Number]) if after else (cluster, *BEGINNING)
        position, reached = Position(*place), await feed.now(tx)
        if told != cluster or not Position(await feed.floor(tx), LAST) <= position <= reached:
            raise await _gone(tx)  # from before what was pruned, or from a past that a restore has undone
        rows = await feed.after(tx, position, limit)
    events = [
        Event(
            cursor=cursor.encode(cluster, row.xid, row.id),
            type=row.type,
            at=row.at,
            learner=row.learner_id,
            data=row.data,
        )
        for row in rows
    ]
    return EventList(events=events, cursor=events[-1].cursor if events else cursor.encode(cluster, *reached))


async def first_cursor(tx: Tx) -> str:
    """Where to follow on from what is visible to this transaction."""
    return cursor.encode(await feed.cluster(tx), *await feed.now(tx))


async def _gone(tx: Tx) -> ApiError:
    fresh = await first_cursor(tx)
    return ApiError(
        410,
        "cursor-too-old",
        "Cursor too old",
        "Start over: list all learners (GET /v1/learners, page by page), then follow the feed from 'cursor'.",
        cursor=fresh,
        learners="/v1/learners",
    )
