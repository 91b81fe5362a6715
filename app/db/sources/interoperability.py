"""What a tenant's sources send and what is rejected, in numbers: never whose."""

from dataclasses import dataclass
from datetime import datetime

from app.db import Tx


@dataclass(frozen=True, slots=True)
class SentRow:
    """What one stream of a source sent: statements by now, and when the last came."""

    source_id: int
    stream: str
    statements: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """What of one stream of a source is in quarantine."""

    source_id: int
    stream: str
    records: int
    reason: str


async def sent(tx: Tx) -> list[SentRow]:
    """What each stream of each source sent."""
    return await tx.all(
        SentRow,
        """SELECT source_id, stream, count(*) AS statements, max(received_at) AS last_at FROM record
           WHERE tenant_id = %(tenant)s AND kind <> 'nothing' GROUP BY 1, 2 ORDER BY 1, 2""",
        given=None,
    )


async def rejected(tx: Tx) -> list[RejectedRow]:
    """What of each stream of each source is in quarantine, and the most common reason."""
    return await tx.all(
        RejectedRow,
        """SELECT source_id, stream, count(*) AS records, mode() WITHIN GROUP (ORDER BY reason) AS reason FROM quarantine
           WHERE tenant_id = %(tenant)s AND resolved_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2""",
        given=None,
    )


async def kinds(tx: Tx) -> set[str]:
    """The kinds of records that sources tell of."""
    rows = await tx.rows("SELECT DISTINCT kind FROM record WHERE tenant_id = %(tenant)s", given=None)
    return {kind for (kind,) in rows}


async def learners(tx: Tx) -> tuple[int, int]:
    """How many learners there are, and how many of them have a number that a district or a state gave."""
    row = await tx.row(
        """SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM person p JOIN identifier i
                   ON i.tenant_id = p.tenant_id AND i.source_id = p.source_id AND i.person = p.key
                   WHERE p.tenant_id = l.tenant_id AND p.learner_id = l.id AND i.type IN ('district', 'state')))
           FROM learner l WHERE l.tenant_id = %(tenant)s AND l.body IS NOT NULL""",
        given=None,
    )
    assert row is not None
    return int(row[0]), int(row[1])
