"""Runs asked for by people: each is a job, deferred in the transaction that asks. Its source's history shows it."""

from app.db import Tx, queue
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.errors import Conflict
from app.sources import known
from app.sources.configure import check_syncable


async def sync(tx: Tx, source: int, *, full: bool, allow_shrink: bool) -> SourceRow:
    """Have a source synced in a moment. NotFound; Invalid or Conflict where it cannot be synced as it is."""
    row = await _syncable(tx, source)
    if await sources.syncing(tx, source):
        why = "Wait until that run has ended."
        raise Conflict(why, type="already-running", title="Already running", headers={"Retry-After": "10"})
    await queue.sync_soon(tx, source, full=full, allow_shrink=allow_shrink)
    return row


async def preview(tx: Tx, source: int) -> SourceRow:
    """Have a full sync's changes shown, and nothing changed. Errors as for `sync`."""
    row = await _syncable(tx, source)
    await queue.preview_soon(tx, source)
    return row


async def _syncable(tx: Tx, source: int) -> SourceRow:
    row = await known.by_id(tx, source)
    check_syncable(row)
    return row
