"""Retire: a source is over. What it tells of now ends, and all it ever told stays in the records as past."""

from datetime import datetime

from app.db import Database, Tx, queue
from app.db.pipeline import listings, statements
from app.db.sources import removal, sources
from app.db.sources.sources import SourceRow
from app.errors import Conflict
from app.pipeline import absence, raw
from app.pipeline.normalize import KIND
from app.pipeline.pull import end_run, only_run
from app.pipeline.report import Progress, Report
from app.sources import known
from app.sources.source import Source
from schemas.codes import StatementState

RUNNING = frozenset({"person", "enrollment", "gone"})
"""Kinds that tell where somebody is: they end. Everything else is listed no more."""

STATES: dict[str, StatementState] = {kind: "ended" if kind in RUNNING else "unlisted" for kind in KIND.values()}
"""The state of what a retired source told, by kind, whatever its streams declare."""

KEPT_AS = "retired"
"""The kind of a chunk of keys that were retired."""

TOGETHER = 5000
"""So many raw records are retired at a time."""


async def retire(db: Database, source: Source, *, progress: Progress | None = None) -> Report:
    """End what a source tells of now, in one transaction, and let it rest: its clients are revoked.

    Made active again it is read in full, and what it lists then is current again. Conflict where it is retired already.
    """
    async with db.transaction(source.tenant) as tx:
        check_retirable(await known.by_id(tx, source.id))
    async with only_run(db, source, "retire") as run:
        report = Report(run)
        try:
            async with db.transaction(source.tenant) as tx:
                await statements.lock_source(tx, source.id)
                streams = await listings.current_streams(tx, source.id)
                for name in streams:
                    outcome = report.outcome(name)
                    outcome.counts["absent"] += await _retire_stream(tx, source.id, name, run, report.began)
                    if progress:
                        progress(name, outcome.counts["absent"])
                await sources.forget_cursors(tx, source.id, streams)
                await removal.revoke_clients(tx, source.id)
                await sources.set_state(tx, source.id, "retired", None)
        except BaseException as why:
            report.fail(why)
            raise
        finally:
            await end_run(db, source, report)
        return report


async def ask(tx: Tx, source: int) -> SourceRow:
    """Have a source retired by a job; the source. NotFound, or Conflict where it is retired already."""
    row = await known.by_id(tx, source)
    check_retirable(row)
    await queue.retire_soon(tx, source)
    return row


def check_retirable(row: SourceRow) -> None:
    """Conflict where a source is retired already."""
    if row.state == "retired":
        raise Conflict(f"'{row.slug}' is retired already: its past stays, and nothing of it is current.")


async def _retire_stream(tx: Tx, source: int, stream: str, run: int, at: datetime) -> int:
    """Retire what a stream tells of now: how many raw records. Their keys are kept, for a replay."""
    count = 0
    while keys := await listings.current_keys(tx, source, stream, TOGETHER):
        chunk = raw.pack([key.encode() for key in keys], None)
        await statements.keep(tx, source, stream, run=run, received_at=at, chunk=chunk, kind=KEPT_AS)
        await absence.mark(tx, source, stream, keys, STATES, at=at)
        count += len(keys)
    return count
