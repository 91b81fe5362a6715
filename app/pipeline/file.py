"""File: take a bundle or an export in, after a dry run that says what it would change."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from psycopg import Rollback

from app.db import Database, Tx, queue
from app.db.pipeline import leaving, listings, statements
from app.errors import ConfigError
from app.pipeline.absence import Allowance, Listed, check_changed, check_withdrawn, end_all, lacking
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.pull import end_run, only_run
from app.pipeline.report import HeldByGuard, Progress, Report
from app.pipeline.rows import Rows
from app.pipeline.seen_keys import SeenKeys
from app.sources.source import Source
from connectors import Part


async def load(
    db: Database,
    source: Source,
    path: Path,
    *,
    dry_run: bool,
    allow_shrink: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Load a file into a source: all of it, or what was good of it; what was not is in the report, and quarantined.

    A dry run does the same in a transaction that is rolled back: its report says what a load would do. The whole load
    is one transaction too, so that a killed one leaves nothing half done.
    """
    if source.connector.file is None:
        raise ConfigError(f"{source.slug}: {source.connector.name} does not read files")
    async with only_run(db, source, "file") as run:
        report = Report(run)
        keys: dict[str, SeenKeys] = {}
        try:
            async with db.transaction(source.tenant) as tx:
                await statements.lock_source(tx, source.id)
                listed: list[Listed] = []
                for part in source.connector.file(path, source.settings):
                    seen = keys.setdefault(part.stream, SeenKeys())
                    listed += await _part(tx, source, part, report, seen, allow_shrink=allow_shrink, progress=progress)
                await _end(tx, listed, report, allow_shrink=allow_shrink)
                if dry_run or report.state == "held":
                    raise Rollback
                await leaving.forget_alarms(tx, source.id)
        except BaseException as why:
            report.fail(why)
            raise
        finally:
            if dry_run:
                report.messages.insert(0, "dry run: nothing was changed")
            for seen in keys.values():
                seen.close()
            await end_run(db, source, report)
        return report


async def take_in(db: Database, source: Source, path: Path, *, allow_shrink: bool = False) -> Report:
    """Load a file into a source, and have the records follow in a moment."""
    report = await load(db, source, path, dry_run=False, allow_shrink=allow_shrink)
    async with db.transaction(source.tenant) as tx:
        await queue.settle_soon(tx)
    return report


async def _part(
    tx: Tx, source: Source, part: Part, report: Report, seen: SeenKeys, *, allow_shrink: bool, progress: Progress | None
) -> list[Listed]:
    """Take one part in; the listing that it is, if it is a complete one."""
    stream = source.stream(part.stream)
    outcome = report.outcome(stream.name)
    received_at = datetime.now(UTC)
    listed = part.complete and await listings.any_stored(tx, source.id, stream.name)  # a first listing lacks nothing
    arrival = Arrival(
        source=source,
        stream=stream,
        at=received_at,
        run=report.run,
        listing=report.run if listed else None,
        seen=seen if part.distinct else None,
        rows=Rows(seen) if part.complete and stream.repeats else None,
    )
    allowance = Allowance(shrink=allow_shrink)
    try:
        for page in part.pages:
            ingested = await ingest(tx, arrival, page)
            outcome.add(ingested)
            if progress:
                progress(part.name, len(page.records))
            await check_changed(tx, arrival, ingested, report.began, allowance)
        await check_withdrawn(tx, arrival, outcome.counts["withdrawn"], report.began, allowance)
    except HeldByGuard as why:
        report.held(why)
    return [await lacking(tx, arrival, outcome)] if listed else []


async def _end(tx: Tx, listed: Sequence[Listed], report: Report, *, allow_shrink: bool) -> None:
    """End what the complete parts lack: of all of them, or of none."""
    try:
        await end_all(tx, listed, Allowance(shrink=allow_shrink))
    except HeldByGuard as why:
        report.held(why)
