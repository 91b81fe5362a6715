"""The change feed as readers follow it: from a place that nothing is ever inserted before, and never over a gap."""

from typing import NamedTuple

from app.db import Tx
from app.db.records import feed
from app.db.records.feed import LAST, EventRow, Position

Place = tuple[int, int, int]
"""Where a reader is: which PostgreSQL gave the transaction ids, the transaction, and the event in it."""


class Following(NamedTuple):
    """Events after a place, each with its own, and where to go on from."""

    events: list[tuple[Place, EventRow]]
    place: Place


async def position(tx: Tx) -> Place:
    """The place from which a reader misses nothing that is not visible to this transaction already."""
    return (await feed.cluster(tx), *await feed.now(tx))


async def oldest(tx: Tx) -> Place:
    """The place before the first event that is still kept."""
    return (await feed.cluster(tx), await feed.floor(tx), LAST)


async def following(tx: Tx, after: Place | None, limit: int) -> Following | None:
    """The next events after a place, or from the beginning.

    None where the feed no longer reaches back so far: they were pruned, or the place is of a past that a restore has
    undone.
    """
    cluster, reached = await feed.cluster(tx), await feed.now(tx)
    theirs, *place = after or (cluster, 0, LAST)
    position = Position(*place)
    if theirs != cluster or not Position(await feed.floor(tx), LAST) <= position <= reached:
        return None
    events = [((cluster, row.xid, row.id), row) for row in await feed.after(tx, position, limit)]
    return Following(events, events[-1][0] if events else (cluster, *reached))
