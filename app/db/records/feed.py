"""The change feed: events in an order that a reader can follow without ever missing one.

Transactions become visible in another order than they began. So events are ordered by their transaction's id, and only
those are shown whose transaction, and every earlier one, has ended: nothing can appear before what was already read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.db import Tx

LAST = 2**63 - 1


class Position(NamedTuple):
    """A place in the feed: all events up to transaction `xid`, and of that one those up to `id`, have been read."""

    xid: int
    id: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """What changed, when, and where that is in the feed."""

    xid: int
    id: int
    at: datetime
    type: str
    learner_id: UUID | None
    data: dict[str, Any]


async def after(tx: Tx, position: Position, limit: int) -> list[EventRow]:
    """The next events after a position."""
    return await tx.all(
        EventRow,
        """SELECT xid::text::bigint AS xid, id, at, type, learner_id, data FROM event
           WHERE tenant_id = %(tenant)s AND (xid, id) > (%(xid)s::text::xid8, %(id)s)
             AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY event.xid, id LIMIT %(most)s""",
        xid=str(position.xid),
        id=position.id,
        most=limit,
    )


async def now(tx: Tx) -> Position:
    """The position from which a reader misses nothing that is not visible to this transaction already.

    It is the last visible event's: a later transaction id would do as well, but one that left no trace on disk may be
    given out once more after a crash.
    """
    last = await tx.row(
        """SELECT xid::text::bigint FROM event WHERE tenant_id = %s AND xid < pg_snapshot_xmin(pg_current_snapshot())
           ORDER BY event.xid DESC LIMIT 1""",
        tx.tenant,
    )
    return Position(max(0 if last is None else int(last[0]), await floor(tx)), LAST)


async def floor(tx: Tx) -> int:
    """Up to which transaction events were pruned; 0 where none were."""
    pruned = await tx.row("SELECT xid::text::bigint FROM event_floor WHERE tenant_id = %s", tx.tenant)
    return 0 if pruned is None else int(pruned[0])


async def cluster(tx: Tx) -> int:
    """Which PostgreSQL gives the transaction ids: after a restore into another one they begin anew."""
    system: int = await tx.one("SELECT system_identifier FROM pg_control_system()")
    return system & LAST
