"""Settle: what ingesting touched becomes entries and headers of just the learners whom it concerns.

First who is whom, then what they did, then the headers of whoever is concerned. Everything is worked out from what is
stored, by what changed: so it may be interrupted and begun again at any point, and the order in which things arrived
makes no difference.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import structlog
from psycopg import OperationalError

from app.db import Database, Tx, queue
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.identity import persons
from app.db.identity.persons import Ref, TouchedRow
from app.db.pipeline import statements
from app.db.records import entries, heads
from app.db.records.entries import Piece
from app.errors import ConfigError, place
from app.identity.linking import link_ready
from app.matching.apart import PersonRef
from app.pipeline.known_sources import KnownSources, known_sources
from app.pipeline.report import Progress
from app.records.book import Context
from app.records.heads import make
from app.records.persons import identify
from app.records.pieces import fold

log = structlog.get_logger(__name__)

BATCH = 1000
WINDOW = 20_000
"""About how many persons and raw records are taken up at a time: what is kept of them in memory is their keys."""
WINDOWS = 100
"""After so many windows headers are made, however much is still to come."""
NOBODY = UUID(int=0)
T = TypeVar("T")


@dataclass(slots=True)
class Settled:
    """How many persons, raw records and headers were looked at, how many learners' records changed, and what could not
    be settled.
    """

    persons: int = 0
    learners: int = 0
    stuck: set[Ref] = field(default_factory=set)
    pieces: set[Piece] = field(default_factory=set)
    headless: set[UUID] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Settling:
    """What settling is done with."""

    db: Database
    owner: TenantRow
    sources: KnownSources
    total: Settled
    progress: Progress | None
    context: Context = field(default_factory=Context)
    """What raw records of one window name, read once: what changes meanwhile is touched, and so in a later window."""


async def settle(db: Database, tenant: int, *, progress: Progress | None = None) -> Settled:
    """Bring identity and records up to date with everything ingested so far.

    A person, a raw record or a learner that cannot be settled costs only themselves: it stays as it is, and is tried
    again the next time.
    """
    owner = await tenants.by_id(db, tenant)
    if owner is None:
        raise ConfigError(f"there is no tenant {tenant}")
    total = Settled()
    windows = 0
    while True:
        async with db.transaction(tenant) as tx:
            work = Settling(db, owner, await known_sources(tx), total, progress)
            rows = await persons.touched(tx, WINDOW)
        pending = _pending(rows, total)
        if pending:
            await _window(work, rows)
            windows += 1
        if not pending or windows % WINDOWS == 0:
            await _heads(work)
        if not pending and not await link_ready(db, tenant):
            return total


async def settle_within(
    tx: Tx, owner: TenantRow, refs: Sequence[Ref], pieces: Sequence[Piece], at: datetime
) -> dict[Ref, UUID | None]:
    """Settle these persons and raw records in the transaction that brings them; the learner each person is part of.

    For one case that a person decides: what it says is in the record when the decision is, or neither is.
    """
    await persons.lock_settling(tx)
    sources = await known_sources(tx)
    again, _ = await identify(tx, owner, sources, [PersonRef(*ref) for ref in refs], at)
    await fold(tx, owner, sources, pieces=sorted({*again, *pieces}), at=at, known=Context())
    whose = await persons.learners_of(tx, refs)
    await make(tx, sources, sorted({learner for learner in whose.values() if learner is not None}), at)
    return whose


def _pending(rows: Sequence[TouchedRow], total: Settled) -> bool:
    """Whether any of these rows tells of something that is not known to be stuck."""
    return any(
        row.refs
        or {(row.source_id, key) for key in row.persons} - total.stuck
        or {(row.source_id, row.stream or "", key) for key in row.keys} - total.pieces
        for row in rows
    )


async def unsettled(db: Database, tenant: int) -> int:
    """How much of what was ingested so far is yet to be settled: pages of changes, and headers to be made."""
    async with db.transaction(tenant) as tx:
        return await queue.unsettled(tx)


async def _window(work: Settling, rows: Sequence[TouchedRow]) -> None:
    """Settle what these rows tell of, and forget them; what is stuck is noted anew."""
    touched = {(row.source_id, key) for row in rows for key in row.persons}
    pieces = {(row.source_id, row.stream, key) for row in rows if row.stream is not None for key in row.keys}
    for batch in batches(sorted(touched - work.total.stuck)):
        await settle_in_halves(work, batch, _persons, work.total.stuck)
    if refs := {ref for row in rows for ref in row.refs}:
        await _made_from(work, refs)
    for pile in batches(sorted(pieces - work.total.pieces)):
        await settle_in_halves(work, pile, settle_pieces, work.total.pieces)
    async with work.db.transaction(work.owner.id) as tx:
        await persons.settled(tx, [row.id for row in rows])
        for source, key in sorted(work.total.stuck & touched):
            await statements.touch(tx, source, [key], [])
        await entries.touch(tx, sorted(work.total.pieces & pieces))


async def _made_from(work: Settling, refs: set[int]) -> None:
    """Make anew what was made from any of these records, or asked for them in vain."""
    async with work.db.transaction(work.owner.id) as tx:
        await heads.mark_made_from(tx, refs)
        naming = sorted(await entries.naming(tx, refs))
    for some in batches(naming):
        async with work.db.transaction(work.owner.id) as tx:
            pieces = await entries.made_from(tx, some)
        for batch in batches(sorted(pieces - work.total.pieces)):
            await settle_in_halves(work, batch, settle_pieces, work.total.pieces)


async def _heads(work: Settling) -> None:
    """Make the headers that are due, from the first learner to the last, until none is."""
    while True:
        after, some = NOBODY, False
        while True:
            async with work.db.transaction(work.owner.id) as tx:
                due = await heads.due(tx, after, BATCH // 2)
            if not due:
                break
            after = due[-1]
            if possible := [learner for learner in due if learner not in work.total.headless]:
                some = True
                await settle_in_halves(work, possible, settle_heads, work.total.headless)
        if not some:
            return


async def _persons(tx: Tx, work: Settling, batch: Sequence[Ref]) -> int:
    """Resolve these persons with all they are connected to."""
    now = datetime.now(UTC)
    again, moved = await identify(tx, work.owner, work.sources, [PersonRef(*ref) for ref in batch], now)
    return moved + (
        await fold(tx, work.owner, work.sources, pieces=sorted(again), at=now, known=work.context) if again else 0
    )


async def settle_pieces(tx: Tx, work: Settling, batch: Sequence[Piece]) -> int:
    """Make the entries of these raw records."""
    return await fold(tx, work.owner, work.sources, pieces=batch, at=datetime.now(UTC), known=work.context)


async def settle_heads(tx: Tx, work: Settling, batch: Sequence[UUID]) -> int:
    """Make the headers of these learners."""
    return await make(tx, work.sources, batch, datetime.now(UTC))


async def settle_in_halves(
    work: Settling, batch: Sequence[T], step: Callable[[Tx, Settling, Sequence[T]], Awaitable[int]], stuck: set[T]
) -> None:
    """Settle some together or, where that fails, in halves, until those that cannot be settled are alone."""
    try:
        async with work.db.transaction(work.owner.id) as tx:
            await persons.lock_settling(tx)
            work.total.learners += await step(tx, work, batch)
    except OperationalError:
        raise
    except Exception as why:  # noqa: BLE001  one person's fault, or ours, is not to cost the others their records
        work.context.forget()  # what was noted is undone
        if len(batch) > 1:
            for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                await settle_in_halves(work, half, step, stuck)
            return
        source = batch[0][0] if isinstance(batch[0], tuple) else None
        log.error("it cannot be settled", tenant=work.owner.id, source=source, what=step.__name__, why=place(why))  # noqa: TRY400
        stuck.update(batch)
    work.total.persons += len(batch)
    if work.progress and batch:
        work.progress("records", len(batch))


def batches(items: Sequence[T]) -> list[Sequence[T]]:
    """So many at a time as are settled in one transaction."""
    return [items[begin : begin + BATCH] for begin in range(0, len(items), BATCH)]
