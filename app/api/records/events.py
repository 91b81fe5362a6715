"""Events: the change feed, which never skips one and says so when it no longer reaches back far enough."""

from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import Meta

from app.api.kit import cursor
from app.api.kit.context import Follower
from app.api.kit.problem import problems
from app.api.records.wire_events import Event, EventList
from app.errors import ApiError
from app.records import feed
from app.request import Inside

router = APIRouter(prefix="/v1/events", tags=["Events"])

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]


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
    place = cursor.decode(after, tuple[Number, Number, Number]) if after else None
    async with inside.db.transaction(caller.tenant) as tx:
        following = await feed.following(tx, place, limit)
        if following is None:
            raise _gone(await feed.position(tx))
    events = [
        Event(cursor=cursor.encode(*own), type=row.type, at=row.at, learner=row.learner_id, data=row.data)
        for own, row in following.events
    ]
    return EventList(events=events, cursor=cursor.encode(*following.place))


def _gone(here: feed.Place) -> ApiError:
    return ApiError(
        410,
        "cursor-too-old",
        "Cursor too old",
        "Start over: list all learners (GET /v1/learners, page by page), then follow the feed from 'cursor'.",
        cursor=cursor.encode(*here),
        learners="/v1/learners",
    )
