"""Events: the change feed, which never skips one and says so when it no longer reaches back far enough."""

from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import Meta

from app.api import cursor
from app.api.context import Follower, Inside
from app.api.models.events import Event, EventList
from app.api.problem import problems
from app.db import Tx, feed
from app.db.feed import LAST, Position
from app.errors import ApiError

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
    position = Position(*cursor.decode(after, tuple[Number, Number])) if after else BEGINNING
    async with inside.db.transaction(caller.tenant) as tx:
        if position < Position(await feed.floor(tx), LAST):
            raise await _gone(tx)
        reached = await feed.now(tx)  # before the events are read: what commits in between comes next time
        rows = await feed.after(tx, position, limit)
    events = [
        Event(cursor=cursor.encode(row.xid, row.id), type=row.type, at=row.at, learner=row.learner_id, data=row.data)
        for row in rows
    ]
    return EventList(events=events, cursor=events[-1].cursor if events else cursor.encode(*max(position, reached)))


async def _gone(tx: Tx) -> ApiError:
    fresh = cursor.encode(*await feed.now(tx))
    return ApiError(
        410,
        "cursor-too-old",
        "The feed no longer reaches back that far",
        "Start over: list all learners (GET /v1/learners, page by page), then follow the feed from 'cursor'.",
        cursor=fresh,
        learners="/v1/learners",
    )
