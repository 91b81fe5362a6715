"""Linking by scores: what no guard stops is linked at the end of settling, all of a source together or nothing.

While persons are settled, scores only ask (`identity.scoring`). Once nothing is left to settle, what is ready is
counted, source by source: no more than the district lets through at once becomes links; a crowd stays questions, the
source says why, and a person lets it through. A list of strangers that came in by mistake so links nobody.
"""

from app.db import Database, Tx, queue
from app.db.identity import ledger, matching, persons
from app.db.pipeline import statements
from app.db.sources import sources
from app.errors import Conflict, NotFound
from app.identity.identity import SCORES
from app.identity.scoring import SURE


async def link_ready(db: Database, tenant: int) -> bool:
    """Make the links that are ready, but for sources with too many at once: whether there is more to settle now."""
    links = 0
    async with db.transaction(tenant) as tx:
        await persons.lock_settling(tx)
        for row in await matching.ready(tx):
            if row.held_at is not None and not row.ready:
                await matching.release(tx, row.source_id)
            elif row.held_at is None and row.ready > row.at_once:
                await matching.hold(tx, row.source_id)
            elif row.held_at is None and row.ready:
                links += await _link(tx, row.source_id)
    return links > 0


async def let_through(tx: Tx, source: int, links: int, *, by: str) -> None:
    """Make the links of a source that were too many at once. The records follow a moment later.

    `links` is how many were shown to whoever lets them through: Conflict where more wait by now, or none is held.
    NotFound where there is no such source.
    """
    if await sources.by_id(tx, source) is None:
        raise NotFound(f"There is no source {source}.")
    await persons.lock_settling(tx)
    waiting = next((row.ready for row in await matching.ready(tx) if row.source_id == source and row.held_at), None)
    if waiting is None:
        raise Conflict(f"No links of source {source} are held back: there is nothing to let through.")
    if waiting > links:
        raise Conflict(f"{waiting:,} links wait by now, and {links:,} were shown: look again, then let them through.")
    await matching.release(tx, source, by)
    await _link(tx, source)
    await queue.settle_soon(tx)


async def _link(tx: Tx, source: int) -> int:
    """Turn the questions that no guard stops into links, and have everybody concerned settled: how many links."""
    pairs = await matching.end_ready(tx, source, SCORES)
    links = [(left, key, right, other, "same", SURE, reason) for left, key, right, other, reason in sorted(pairs)]
    await ledger.decide(tx, links, SCORES)
    keys: dict[int, set[str]] = {}
    for left, key, right, other, *_ in links:
        keys.setdefault(left, set()).add(key)
        keys.setdefault(right, set()).add(other)
    for each, concerned in sorted(keys.items()):
        await statements.touch(tx, each, sorted(concerned), [])
    return len(pairs)
