"""Refold: where the code that makes headers and entries has changed, all are made anew while the service answers.

Learner by learner, each some raw records at a time: a job that is broken off goes on with those that are still behind.
"""

from collections.abc import Sequence
from uuid import UUID

from app.db import Database, Tx
from app.db.access import tenants
from app.db.records import heads
from app.errors import ConfigError
from app.pipeline.known_sources import known_sources
from app.records.document import FOLD
from app.records.entries import piece_of
from app.records.settle import NOBODY, Settled, Settling, batches, settle_heads, settle_in_halves, settle_pieces

TOGETHER = 50


async def refold(db: Database, tenant: int) -> int:
    """Make the records anew of all learners whose record an earlier version made; how many learners that were.

    A learner who cannot be settled stays behind, and is tried again the next time.
    """
    owner = await tenants.by_id(db, tenant)
    if owner is None:
        raise ConfigError(f"there is no tenant {tenant}")
    count, after = 0, NOBODY
    total = Settled()
    while True:
        async with db.transaction(tenant) as tx:
            work = Settling(db, owner, await known_sources(tx), total, None)
            behind = await heads.behind(tx, FOLD, after, TOGETHER)
        if not behind:
            return count
        after = behind[-1]
        for learner in behind:
            count += await _learner(work, learner)


async def _learner(work: Settling, learner: UUID) -> bool:
    async with work.db.transaction(work.owner.id) as tx:
        members = [(source, key) for _, source, key in await heads.members(tx, [learner])]
        pieces = await heads.pieces_of(tx, members)
    stuck: set[tuple[int, str, str]] = set()
    for batch in batches(pieces):
        await settle_in_halves(work, batch, settle_pieces, stuck)
    excused = [piece_of(*piece) for piece in stuck]

    async def finish(tx: Tx, work: Settling, learners: Sequence[UUID]) -> int:
        """Make the header, and note that all is up to date unless an earlier release wrote meanwhile."""
        count = await settle_heads(tx, work, learners)
        for each in learners:
            await heads.up_to_date(tx, each, FOLD, excused)
        return count

    headless: set[UUID] = set()
    await settle_in_halves(work, [learner], finish, headless)
    return not headless
