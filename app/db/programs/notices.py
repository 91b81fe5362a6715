"""Notices: what is to be told to programs and families, and what became of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from app.db import Tx
from app.db.people.accounts import AccountRow
from app.db.tables.programs import Notice


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice. `state` is `waiting`, `sent`, `unsent` (there is nobody to send it to) or `given up`."""

    id: UUID
    program_id: UUID
    submission_id: UUID | None
    side: str
    kind: str
    month: date | None
    state: str
    tries: int
    why: str | None
    made_at: datetime
    next_at: datetime
    sent_at: datetime | None


async def add(tx: Tx, row: NoticeRow) -> None:
    """Store a new notice; of a month, a program has one."""
    await tx.insert(Notice(**asdict(row)), "ON CONFLICT DO NOTHING")


async def due(tx: Tx, now: datetime, limit: int) -> list[NoticeRow]:
    """Notices whose time has come, the longest waiting first; whoever has them works on them alone until they commit."""
    return await tx.all(
        NoticeRow,
        """FROM notice WHERE tenant_id = %(tenant)s AND state = 'waiting' AND next_at <= %(now)s
           ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED""",
        now=now,
        limit=limit,
    )


async def any_due(tx: Tx, now: datetime) -> bool:
    """Whether the time of a notice has come."""
    query = (
        "SELECT EXISTS (SELECT FROM notice WHERE tenant_id = %(tenant)s AND state = 'waiting' AND next_at <= %(now)s)"
    )
    waiting: bool = await tx.one(query, now=now)
    return waiting


async def mark(
    tx: Tx, ids: Sequence[UUID], state: str, why: str | None, next_at: datetime, sent: datetime | None
) -> None:
    """Note what became of a try, of those that still wait."""
    await tx.run(
        """UPDATE notice SET state = %(state)s, why = %(why)s, next_at = %(next_at)s, sent_at = %(sent)s, tries = tries + 1
           WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND state = 'waiting'""",
        ids=list(ids),
        state=state,
        why=why,
        next_at=next_at,
        sent=sent,
    )


async def of_program(tx: Tx, program: UUID, side: str, limit: int) -> list[NoticeRow]:
    """What a program (or its families) were told, the newest first."""
    return await tx.all(
        NoticeRow,
        """FROM notice WHERE tenant_id = %(tenant)s AND program_id = %(program)s AND side = %(side)s
           ORDER BY made_at DESC, id LIMIT %(limit)s""",
        program=program,
        side=side,
        limit=limit,
    )


async def counted(tx: Tx, program: UUID) -> dict[tuple[str, str], int]:
    """How many notices of a program there are, by side and state."""
    rows = await tx.rows(
        """SELECT side, state, count(*) FROM notice WHERE tenant_id = %(tenant)s AND program_id = %(program)s
           GROUP BY side, state""",
        program=program,
    )
    return {(side, state): int(count) for side, state, count in rows}


async def coordinators(tx: Tx, source: int, now: datetime) -> list[AccountRow]:
    """The accounts that coordinate the program of a source now, by login."""
    return await tx.all(
        AccountRow,
        """FROM account WHERE tenant_id = %(tenant)s AND ended_at IS NULL AND id IN (
               SELECT account_id FROM held_role WHERE tenant_id = %(tenant)s AND role = 'coordinator'
                 AND source_id = %(source)s AND begins <= %(now)s AND (ends IS NULL OR ends > %(now)s))
           ORDER BY login""",
        source=source,
        now=now,
    )


async def forget(tx: Tx, before: datetime) -> None:
    """Delete notices made before a time."""
    await tx.run("DELETE FROM notice WHERE tenant_id = %(tenant)s AND made_at < %(before)s", before=before)
