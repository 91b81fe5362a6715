"""Sources, their runs and how far their streams have come."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.tables.records import Source


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as it is stored: settings without their secrets, and the secrets sealed."""

    id: int
    tenant_id: int
    slug: str
    name: str
    connector: str
    settings: dict[str, Any]
    secrets: bytes | None
    rank: int
    every_minutes: int | None
    full_every_days: int
    shrink_share: float
    state: str
    state_reason: str | None
    due_at: datetime | None
    created_at: datetime
    calendar: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One pull, push, file or replay, and what became of it."""

    id: int
    source_id: int
    kind: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    counts: dict[str, Any]
    message: str | None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StreamRow:
    """How far a stream has come; `listing` is the run that began the complete listing still under way."""

    stream: str
    cursor: str | None
    listing: int | None
    full_at: datetime | None


RECEIVED_DAYS = 28
"""For so many days it is known whether something was pushed."""

SETTINGS = ("name", "rank", "every_minutes", "full_every_days", "shrink_share", "state", "state_reason", "due_at")
"""What of a source is stored as it is: its settings, secrets and calendar take a form of their own."""


async def add(tx: Tx, row: SourceRow) -> int:
    """Store a new source; its id. psycopg.errors.UniqueViolation where the slug is taken."""
    values = {name: getattr(row, name) for name in SETTINGS}
    stored = await tx.insert(
        Source(
            **values,
            slug=row.slug,
            connector=row.connector,
            settings=row.settings,
            secrets=row.secrets,
            calendar=row.calendar,
        ),
        "RETURNING id",
    )
    assert stored is not None
    return int(stored[0])


async def listed(tx: Tx) -> list[SourceRow]:
    """All sources of the tenant, in the order of their making."""
    return await tx.all(SourceRow, "FROM source WHERE tenant_id = %s ORDER BY id", tx.tenant)


async def by_id(tx: Tx, source: int) -> SourceRow | None:
    """The source of that id."""
    return await tx.first(SourceRow, "FROM source WHERE tenant_id = %s AND id = %s", tx.tenant, source)


async def by_slug(tx: Tx, slug: str) -> SourceRow | None:
    """The source of that slug."""
    return await tx.first(SourceRow, "FROM source WHERE tenant_id = %s AND slug = %s", tx.tenant, slug)


async def forget_unused(tx: Tx, source: int) -> None:
    """Forget a source into which nothing was ever taken, and its runs."""
    unused = "NOT EXISTS (SELECT FROM raw WHERE tenant_id = %(tenant)s AND source_id = %(source)s)"
    await tx.run(f"DELETE FROM run WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND {unused}", source=source)
    await tx.run(f"DELETE FROM source WHERE tenant_id = %(tenant)s AND id = %(source)s AND {unused}", source=source)


async def due(tx: Tx, now: datetime) -> list[int]:
    """Sources whose time has come."""
    rows = await tx.rows(
        "SELECT id FROM source WHERE tenant_id = %s AND state = 'active' AND due_at <= %s ORDER BY due_at",
        tx.tenant,
        now,
    )
    return [source for (source,) in rows]


async def plan(tx: Tx, source: int, due_at: datetime | None) -> None:
    """Set when a source is due next."""
    await tx.run("UPDATE source SET due_at = %s WHERE tenant_id = %s AND id = %s", due_at, tx.tenant, source)


async def set_state(tx: Tx, source: int, state: str, reason: str | None) -> None:
    """Pause a source with a reason, or make it active again."""
    await tx.run(
        "UPDATE source SET state = %s, state_reason = %s WHERE tenant_id = %s AND id = %s",
        state,
        reason,
        tx.tenant,
        source,
    )


async def begin_run(tx: Tx, source: int, kind: str) -> int:
    """Note that a run has begun; its id."""
    run: int = await tx.one(
        "INSERT INTO run (tenant_id, source_id, kind, state, counts) VALUES (%s, %s, %s, 'running', '{}') RETURNING id",
        tx.tenant,
        source,
        kind,
    )
    return run


async def end_run(tx: Tx, run: int, state: str, counts: dict[str, Any], message: str | None) -> None:
    """Note how a run ended: done, partial, held or failed."""
    await tx.run(
        """UPDATE run SET state = %(state)s, counts = %(counts)s, message = %(message)s, finished_at = now()
           WHERE tenant_id = %(tenant)s AND id = %(run)s""",
        run=run,
        state=state,
        counts=Jsonb(counts),
        message=message,
    )


async def abandon_runs(tx: Tx, source: int) -> None:
    """Runs of a source that a killed process left open are over: what they had stored stays."""
    await tx.run(
        """UPDATE run SET state = 'failed', finished_at = now(), message = 'interrupted: the next run goes on from here'
           WHERE tenant_id = %s AND source_id = %s AND state = 'running' AND kind <> 'push'""",
        tx.tenant,
        source,
    )


async def runs(tx: Tx, source: int, limit: int) -> list[RunRow]:
    """The last runs of a source, newest first."""
    return await tx.all(
        RunRow, "FROM run WHERE tenant_id = %s AND source_id = %s ORDER BY id DESC LIMIT %s", tx.tenant, source, limit
    )


async def run_by_id(tx: Tx, source: int, run: int) -> RunRow | None:
    """A source's run of that id."""
    return await tx.first(
        RunRow, "FROM run WHERE tenant_id = %s AND source_id = %s AND id = %s", tx.tenant, source, run
    )


async def mark_undone(tx: Tx, run: int) -> None:
    """A run counts as never made: replays pass over what it stored."""
    await tx.run("UPDATE run SET undone_at = now() WHERE tenant_id = %(tenant)s AND id = %(run)s", run=run)


async def forget_cursors(tx: Tx, source: int, streams: Sequence[str]) -> None:
    """Have these streams listed from the start at the next pull."""
    await tx.run(
        """UPDATE stream_state SET cursor = NULL, listing = NULL, full_at = NULL
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = ANY(%(streams)s)""",
        source=source,
        streams=list(streams),
    )


async def stream_state(tx: Tx, source: int, stream: str) -> StreamRow:
    """How far a stream has come; of a new one, not at all."""
    row = await tx.first(
        StreamRow,
        "FROM stream_state WHERE tenant_id = %s AND source_id = %s AND stream = %s",
        tx.tenant,
        source,
        stream,
    )
    return row or StreamRow(stream, None, None, None)


async def save_stream(tx: Tx, source: int, row: StreamRow) -> None:
    """Note how far a stream has come, in the transaction of the data it speaks of."""
    await tx.run(
        """INSERT INTO stream_state (tenant_id, source_id, stream, cursor, listing, full_at, updated_at)
           VALUES (%(tenant)s, %(source)s, %(stream)s, %(cursor)s, %(listing)s, %(full_at)s, now())
           ON CONFLICT (tenant_id, source_id, stream) DO UPDATE SET cursor = excluded.cursor,
               listing = excluded.listing, full_at = excluded.full_at, updated_at = now()""",
        source=source,
        **asdict(row),
    )


async def note_received(tx: Tx, source: int, stream: str, at: datetime) -> None:
    """Note that something was pushed, to the minute, in the transaction of what it was. The source is locked."""
    await tx.run(
        """INSERT INTO stream_state AS s (tenant_id, source_id, stream, received_at, received_on)
           VALUES (%(tenant)s, %(source)s, %(stream)s, %(at)s, ARRAY[%(day)s::date])
           ON CONFLICT (tenant_id, source_id, stream) DO UPDATE SET received_at = excluded.received_at,
               received_on = CASE WHEN excluded.received_on <@ s.received_on THEN s.received_on
                   ELSE (s.received_on || excluded.received_on)[greatest(1, cardinality(s.received_on) + 2 - %(days)s):] END
           WHERE s.received_at IS NULL OR s.received_at < excluded.received_at - interval '1 minute'""",
        source=source,
        stream=stream,
        at=at,
        day=at.date(),
        days=RECEIVED_DAYS,
    )


async def update(tx: Tx, row: SourceRow) -> None:
    """Store what was changed of a source. Its slug and its connector stay what they are."""
    values = {name: getattr(row, name) for name in SETTINGS}
    await tx.run(
        """UPDATE source SET name = %(name)s, settings = %(settings)s, secrets = %(secrets)s, rank = %(rank)s,
               every_minutes = %(every_minutes)s, full_every_days = %(full_every_days)s, shrink_share = %(shrink_share)s,
               state = %(state)s, state_reason = %(state_reason)s, due_at = %(due_at)s, calendar = %(calendar)s
           WHERE tenant_id = %(tenant)s AND id = %(source)s""",
        source=row.id,
        settings=Jsonb(row.settings),
        secrets=row.secrets,
        calendar=None if row.calendar is None else Jsonb(row.calendar),
        **values,
    )


@dataclass(frozen=True, slots=True)
class Condition:
    """How a source is doing: its last runs, how many of its records are in quarantine, and what was pushed into it.

    `received_at` is when something was, to the minute, and `received_days` on how many of the 28 days up to then.
    """

    last: RunRow | None
    last_done: datetime | None
    quarantined: int
    received_at: datetime | None = None
    received_days: int = 0


async def conditions(tx: Tx) -> dict[int, Condition]:
    """How each source of the tenant is doing."""
    rows = await tx.rows(
        """SELECT s.id, r.id, r.source_id, r.kind, r.state, r.started_at, r.finished_at, r.counts, r.message,
               (SELECT max(d.finished_at) FROM run d WHERE d.tenant_id = s.tenant_id AND d.source_id = s.id AND d.state = 'done'),
               (SELECT count(*) FROM quarantine q
                WHERE q.tenant_id = s.tenant_id AND q.source_id = s.id AND q.resolved_at IS NULL),
               p.at, (SELECT count(DISTINCT day) FROM stream_state d, unnest(d.received_on) day
                   WHERE d.tenant_id = s.tenant_id AND d.source_id = s.id AND day > p.at::date - %(days)s)
           FROM source s CROSS JOIN LATERAL (SELECT max(received_at) AS at FROM stream_state
               WHERE tenant_id = s.tenant_id AND source_id = s.id) p LEFT JOIN LATERAL (SELECT id, source_id, kind, state, started_at, finished_at, counts, message
               FROM run WHERE tenant_id = s.tenant_id AND source_id = s.id
               ORDER BY id DESC LIMIT 1) r ON true
           WHERE s.tenant_id = %(tenant)s""",
        days=RECEIVED_DAYS,
    )
    return {
        source: Condition(RunRow(*run) if run[0] is not None else None, *others)
        for source, *run, others in ((*row[:-4], row[-4:]) for row in rows)
    }


async def syncing(tx: Tx, source: int) -> bool:
    """Whether a run of a source is under way, here or in another process."""
    free: bool = await tx.one("SELECT pg_try_advisory_xact_lock(%s, %s)", tx.tenant, -source)
    return not free
