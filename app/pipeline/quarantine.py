"""Quarantine: records that could not be mapped, how they are listed, dismissed and tried again."""

from collections.abc import Sequence

from app.db import Database, Tx, queue
from app.db.pipeline import quarantine, reasons
from app.db.pipeline.quarantine import QuarantineRow, quarantined
from app.db.pipeline.reasons import ReasonRow
from app.db.sources import sources
from app.errors import Conflict, NotFound
from app.pipeline.replay import replay_quarantine
from app.pipeline.report import AlreadyRunning, Report
from app.secrets import Vault
from app.sources.source import NOTHING_PRIVATE, open_source

__all__ = ["QuarantineRow", "ReasonRow", "by_id", "by_reason", "dismiss", "listed", "sources_of", "try_again"]


async def listed(tx: Tx, *, source: int | None, after: int, limit: int) -> list[QuarantineRow]:
    """What is in quarantine, in the order it came, after an id; of one source or of all. Without the bodies."""
    return await quarantined(tx, source=source, after=after, limit=limit)


async def by_id(tx: Tx, record: int) -> QuarantineRow:
    """One record that is in quarantine, with its body. NotFound where it is not (any more)."""
    rows = await quarantined(tx, ids=[record], whole=True)
    if not rows:
        raise NotFound
    return rows[0]


async def sources_of(tx: Tx, ids: Sequence[int] | None) -> list[int]:
    """The sources that have anything in quarantine, or any of the records of these ids."""
    return await quarantine.sources_of(tx, ids)


async def by_reason(tx: Tx, source: int | None, most: int = 100) -> list[ReasonRow]:
    """What waits, grouped by what is wrong with it, the most frequent first; of one source, where one is given."""
    return await reasons.by_reason(tx, source, most)


async def dismiss(tx: Tx, ids: Sequence[int], *, by: str | None = None, reason: str | None = None) -> int:
    """Take records off the quarantine that will never do; what was sent stays with them. How many they were.

    NotFound where one of them is not in quarantine. Sent again, it is back.
    """
    rows = await quarantined(tx, ids=ids, limit=len(ids))
    if missing := sorted(set(ids) - {row.id for row in rows}):
        raise NotFound(f"Record {missing[0]} is not in quarantine: nothing was dismissed.")
    return await quarantine.dismiss(tx, ids, by, reason)


async def try_again(db: Database, vault: Vault, tenant: int, source: int, ids: Sequence[int] | None) -> Report:
    """Try what a source has in quarantine, or those of these ids; the records follow. NotFound; Conflict: it runs."""
    async with db.transaction(tenant) as tx:
        row = await sources.by_id(tx, source)
    if row is None:
        raise NotFound(f"No source {source}: see GET /v1/sources.")
    try:
        report = await replay_quarantine(db, open_source(row, vault, NOTHING_PRIVATE), ids)
    except AlreadyRunning as why:
        raise Conflict(
            str(why), type="already-running", title="Already running", headers={"Retry-After": "10"}
        ) from None
    async with db.transaction(tenant) as tx:
        await queue.settle_soon(tx)
    return report
