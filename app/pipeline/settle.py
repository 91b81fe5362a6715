"""Settle: resolve the persons that ingesting touched, and rebuild the records of just their learners.

Everything is worked out from what is stored, for the whole neighborhood of what changed: so it may be interrupted and
begun again at any point, and the order in which things arrived makes no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.db import Database, Tx, persons, tenants
from app.db.persons import Ref
from app.db.tenants import TenantRow
from app.errors import ConfigError
from app.pipeline.identity import PersonRef
from app.pipeline.record import rebuild
from app.pipeline.report import Progress
from app.pipeline.resolve import Neighborhood, neighborhood, resolve
from app.pipeline.tell import Tellers, tellers

BATCH = 1000
TOUCHED = 500


@dataclass(slots=True)
class Settled:
    """How many persons were looked at, and how many learners' records changed."""

    persons: int = 0
    learners: int = 0


async def settle(db: Database, tenant: int, *, progress: Progress | None = None) -> Settled:
    """Settle everything touched so far. Safe at any time, by any number of processes, and after any interruption."""
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
        if not ids:
            return total
        pending = sorted(touched)
        for begin in range(0, len(pending), BATCH):
            batch = pending[begin : begin + BATCH]
            async with db.transaction(tenant) as tx:
                total.learners += await settle_persons(tx, owner, told_by, batch)
            total.persons += len(batch)
            if progress:
                progress("records", len(batch))
        async with db.transaction(tenant) as tx:
            await persons.settled(tx, ids)


async def settle_persons(tx: Tx, tenant: TenantRow, told_by: Tellers, batch: Sequence[Ref]) -> int:
    """Resolve these persons with all they are connected to, and rebuild their learners; how many records changed."""
    await persons.lock_settling(tx)
    around: Neighborhood = await neighborhood(tx, tenant, told_by, [PersonRef(*ref) for ref in batch])
    moved = await resolve(tx, tenant, told_by, around)
    return await rebuild(tx, told_by, around, moved, datetime.now(UTC))
