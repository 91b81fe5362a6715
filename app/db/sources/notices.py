"""Notices about sources: what is awaited, what people were told, what became of that, and who is told."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.people.accounts import AccountRow
from app.db.tables.watching import NoticeReader, SourceNotice


@dataclass(frozen=True, slots=True)
class SourceNoticeRow:
    """A notice: see `app.db.tables.watching.SourceNotice`."""

    id: UUID
    source_id: int
    kind: str
    run_id: int | None
    made_at: datetime
    over_at: datetime | None
    state: str
    tries: int
    why: str | None
    next_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class WatchedRow:
    """How a source that is pulled has been doing: its last two pulls that have ended, and since when one is awaited."""

    id: int
    slug: str
    name: str
    state: str
    state_reason: str | None
    due_at: datetime | None
    awaited_since: datetime | None
    last_run: int | None
    last_state: str | None
    last_ended: datetime | None
    state_before: str | None
    open_kinds: list[str]
    open_since: datetime | None


async def await_sync(tx: Tx, source: int, since: datetime) -> None:
    """Note since when a sync is awaited. While none has ended since then, that time stays."""
    await tx.run(
        """INSERT INTO awaited_sync AS a (tenant_id, source_id, since) VALUES (%(tenant)s, %(source)s, %(since)s)
           ON CONFLICT (tenant_id, source_id) DO UPDATE SET since = excluded.since WHERE EXISTS (
               SELECT FROM run r WHERE r.tenant_id = a.tenant_id AND r.source_id = a.source_id AND r.kind = 'pull'
                   AND r.finished_at >= a.since)""",
        source=source,
        since=since,
    )


async def stop_awaiting(tx: Tx, source: int) -> None:
    """Await no pull of a source any longer: it is left alone."""
    await tx.run("DELETE FROM awaited_sync WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source)


async def watched(tx: Tx) -> list[WatchedRow]:
    """How all sources have been doing, in the order of their making."""
    return await tx.all(
        WatchedRow,
        """SELECT s.id, s.slug, s.name, s.state, s.state_reason, s.due_at, w.since AS awaited_since, l.last_run,
                  l.last_state, l.last_ended, l.state_before, coalesce(o.kinds, '{}') AS open_kinds, o.since AS open_since
           FROM source s
           LEFT JOIN awaited_sync w ON w.tenant_id = s.tenant_id AND w.source_id = s.id
           LEFT JOIN LATERAL (
               SELECT (array_agg(r.id ORDER BY r.id DESC))[1] AS last_run, (array_agg(r.state ORDER BY r.id DESC))[1] AS last_state,
                      (array_agg(r.finished_at ORDER BY r.id DESC))[1] AS last_ended, (array_agg(r.state ORDER BY r.id DESC))[2] AS state_before
               FROM (SELECT id, state, finished_at FROM run WHERE tenant_id = s.tenant_id AND source_id = s.id
                         AND kind = 'pull' AND state <> 'running' ORDER BY id DESC LIMIT 2) r) l ON true
           LEFT JOIN LATERAL (
               SELECT array_agg(n.kind ORDER BY n.kind) AS kinds, max(n.made_at) AS since FROM source_notice n
               WHERE n.tenant_id = s.tenant_id AND n.source_id = s.id AND n.over_at IS NULL) o ON true
           WHERE s.tenant_id = %s ORDER BY s.id""",
        tx.tenant,
    )


async def add(tx: Tx, row: SourceNoticeRow) -> None:
    """Store a new notice; of what is open already, nothing."""
    await tx.insert(SourceNotice(**asdict(row)), "ON CONFLICT DO NOTHING")


async def close(tx: Tx, source: int, now: datetime) -> None:
    """What was told of a source is over."""
    await tx.run(
        """UPDATE source_notice SET over_at = %(now)s
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND over_at IS NULL""",
        source=source,
        now=now,
    )


async def listed(tx: Tx, source: int | None, limit: int) -> list[SourceNoticeRow]:
    """What was told of a source, or of all (None), the newest first."""
    return await tx.all(
        SourceNoticeRow,
        """FROM source_notice WHERE tenant_id = %(tenant)s AND (%(source)s::int IS NULL OR source_id = %(source)s)
           ORDER BY made_at DESC, id LIMIT %(limit)s""",
        source=source,
        limit=limit,
    )


async def due(tx: Tx, now: datetime, limit: int) -> list[SourceNoticeRow]:
    """Notices whose time has come, the longest waiting first; whoever has them works on them alone until they commit."""
    return await tx.all(
        SourceNoticeRow,
        """FROM source_notice WHERE tenant_id = %(tenant)s AND state = 'waiting' AND next_at <= %(now)s
           ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED""",
        now=now,
        limit=limit,
    )


async def any_due(tx: Tx, now: datetime) -> bool:
    """Whether the time of a notice has come."""
    waiting: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM source_notice
               WHERE tenant_id = %(tenant)s AND state = 'waiting' AND next_at <= %(now)s)""",
        now=now,
    )
    return waiting


async def mark(tx: Tx, row: SourceNoticeRow) -> None:
    """Note what became of a try to send a notice."""
    await tx.run(
        """UPDATE source_notice SET state = %(state)s, tries = %(tries)s, why = %(why)s, next_at = %(next_at)s,
               sent_at = %(sent_at)s
           WHERE tenant_id = %(tenant)s AND id = %(id)s AND state = 'waiting'""",
        **asdict(row),
    )


async def forget(tx: Tx, before: datetime) -> None:
    """Delete notices that were over before a time."""
    await tx.run(
        "DELETE FROM source_notice WHERE tenant_id = %(tenant)s AND over_at < %(before)s AND state <> 'waiting'",
        before=before,
    )


async def chosen(tx: Tx) -> set[UUID]:
    """The accounts that the district has chosen to be told."""
    rows = await tx.rows("SELECT account_id FROM notice_reader WHERE tenant_id = %s", tx.tenant)
    return {account for (account,) in rows}


async def choose(tx: Tx, accounts: Collection[UUID]) -> None:
    """Have these accounts told, and no others."""
    await tx.run(
        "DELETE FROM notice_reader WHERE tenant_id = %(tenant)s AND NOT account_id = ANY(%(accounts)s::uuid[])",
        accounts=list(accounts),
    )
    for account in accounts:
        await tx.insert(NoticeReader(account_id=account), "ON CONFLICT DO NOTHING")


async def holders(tx: Tx, roles: Sequence[str], now: datetime) -> list[AccountRow]:
    """The live accounts that hold one of these roles now, by login."""
    return await tx.all(
        AccountRow,
        """FROM account WHERE tenant_id = %(tenant)s AND ended_at IS NULL AND id IN (
               SELECT account_id FROM held_role WHERE tenant_id = %(tenant)s AND role = ANY(%(roles)s::text[])
                 AND begins <= %(now)s AND (ends IS NULL OR ends > %(now)s))
           ORDER BY login""",
        roles=list(roles),
        now=now,
    )
