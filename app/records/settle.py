"""Settle: resolve the persons that ingesting touched, and rebuild the records of just their learners.

Everything is worked out from what is stored, for the whole neighborhood of what changed: so it may be interrupted and
begun again at any point, and the order in which things arrived makes no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from psycopg import OperationalError

from app.db import Database, Tx
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.identity import persons
from app.db.identity.persons import Ref
from app.db.pipeline import statements
from app.errors import ConfigError, place
from app.identity.identity import PersonRef
from app.identity.resolve import Neighborhood, neighborhood, resolve
from app.pipeline.report import Progress
from app.pipeline.tellers import Tellers, tellers
from app.records.record import rebuild

log = structlog.get_logger(__name__)

BATCH = 1000
TOUCHED = 500


@dataclass(slots=True)
class Settled:
    """How many persons were looked at, how many learners' records changed, and who could not be settled."""

    persons: int = 0
    learners: int = 0
    stuck: set[Ref] = field(default_factory=set)


async def settle(db: Database, tenant: int, *, progress: Progress | None = None) -> Settled:
    """Settle everything touched so far. Safe at any time, by any number of processes, and after any interruption.

    Whoever cannot be settled, for a reason nobody foresaw, stays touched for the next time and holds up no one else.
    """
    owner = await tenants.by_id(db, tenant)
    if owner is None:
        raise ConfigError(f"there is no tenant {tenant}")
    total = Settled()
    while True:
        async with db.transaction(tenant) as tx:
            ids, touched, refs = await persons.touched(tx, TOUCHED)
            if refs:
                touched |= await persons.depending(tx, refs)
            told_by = await tellers(tx)
        pending = sorted(touched - total.stuck)
        if not ids or (touched and not pending):
            return total
        for begin in range(0, len(pending), BATCH):
            batch = pending[begin : begin + BATCH]
            await _settle(db, owner, told_by, batch, total)
            if progress:
                progress("records", len(batch))
        async with db.transaction(tenant) as tx:
            await persons.settled(tx, ids)
            for source, person in sorted(total.stuck & touched):
                await statements.touch(tx, source, [person], [])


async def _settle(db: Database, owner: TenantRow, told_by: Tellers, batch: Sequence[Ref], total: Settled) -> None:
    """Settle some persons together or, where that fails, in halves, until those who cannot be settled are alone."""
    try:
        async with db.transaction(owner.id) as tx:
            total.learners += await settle_persons(tx, owner, told_by, batch)
    except OperationalError:
        raise
    except Exception as why:  # noqa: BLE001  one person's fault, or ours, is not to cost the others their records
        if len(batch) > 1:
            for half in (batch[: len(batch) // 2], batch[len(batch) // 2 :]):
                await _settle(db, owner, told_by, half, total)
            return
        log.error("a person cannot be settled", tenant=owner.id, source=batch[0][0], why=place(why))  # noqa: TRY400
        total.stuck.update(batch)
    total.persons += len(batch)


async def settle_persons(tx: Tx, tenant: TenantRow, told_by: Tellers, batch: Sequence[Ref]) -> int:
    """Resolve these persons with all they are connected to, and rebuild their learners; how many records changed."""
    await persons.lock_settling(tx)
    around: Neighborhood = await neighborhood(tx, tenant, told_by, [PersonRef(*ref) for ref in batch])
    moved = await resolve(tx, tenant, told_by, around)
    return await rebuild(tx, told_by, around, moved, datetime.now(UTC))
