"""Replay: everything right of the raw, made again from the raw."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from app.db import Database, Tx
from app.db.pipeline import raw as kept
from app.db.pipeline.quarantine import QuarantineRow, quarantined
from app.db.pipeline.raw import ChunkRow
from app.pipeline import absence, raw, retire
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import Outcome, ingest
from app.pipeline.pull import end_run, only_run
from app.pipeline.raw import Chunk
from app.pipeline.report import Progress, Report
from app.pipeline.rows import number
from app.sources.source import Source
from connectors import Page

TOGETHER = 1000
"""How many records of the quarantine are tried at a time."""


async def replay(db: Database, source: Source, *, progress: Progress | None = None) -> Report:
    """Say everything of a source again from its raw, in one transaction: the same mapping gives the same records."""
    async with only_run(db, source, "replay") as run:
        report = Report(run)
        try:
            async with db.transaction(source.tenant) as tx:
                await replay_chunks(tx, source, report, progress)
        except BaseException as why:
            report.fail(why)
            raise
        finally:
            await end_run(db, source, report)
        return report


async def replay_chunks(tx: Tx, source: Source, report: Report, progress: Progress | None) -> None:
    """Forget what a source said, and say it again from its raw, without the runs that were undone."""
    await kept.forget_statements(tx, source.id)
    async for chunk in kept.chunks(tx, source.id):
        report.outcome(chunk.stream).add(await _again(tx, source, chunk))
        if progress:
            progress(chunk.stream, len(chunk.ends))


async def replay_quarantine(db: Database, source: Source, ids: Sequence[int] | None = None) -> Report:
    """Try what a source has in quarantine (or those of these ids) again, after a mapping or a setting was mended."""
    async with only_run(db, source, "replay") as run:
        report = Report(run)
        try:
            async with db.transaction(source.tenant) as tx:
                after = 0
                while rows := await quarantined(tx, source=source.id, ids=ids, after=after, limit=TOGETHER, whole=True):
                    after = rows[-1].id
                    for (stream, columns), together in _by_shape(rows).items():
                        page = Page([row.body for row in together], columns)
                        nth = {pos: n for pos, row in enumerate(together) if (n := number(row.raw_key)) > 1}
                        arrival = Arrival(source, source.stream(stream), datetime.now(UTC), run, nth=nth)
                        report.outcome(stream).add(await ingest(tx, arrival, page))
        except BaseException as why:
            report.fail(why)
            raise
        finally:
            await end_run(db, source, report)
        return report


def _by_shape(rows: Sequence[QuarantineRow]) -> dict[tuple[str, tuple[str, ...] | None], list[QuarantineRow]]:
    by_shape: dict[tuple[str, tuple[str, ...] | None], list[QuarantineRow]] = defaultdict(list)
    for row in rows:
        by_shape[row.stream, tuple(row.columns) if row.columns else None].append(row)
    return by_shape


async def _again(tx: Tx, source: Source, chunk: ChunkRow) -> Outcome:
    columns = tuple(chunk.columns) if chunk.columns is not None else None
    records = raw.unpack(Chunk(columns, chunk.ends, chunk.sha256, chunk.body))
    if chunk.kind == "absent":
        keys = [record.decode() for record in records]
        await absence.mark_absent(tx, source.id, source.stream(chunk.stream), keys, chunk.received_at)
        return Outcome()
    if chunk.kind == retire.KEPT_AS:
        keys = [record.decode() for record in records]
        await absence.mark(tx, source.id, chunk.stream, keys, retire.STATES, at=chunk.received_at)
        return Outcome()
    nth = {int(pos): n for pos, n in (chunk.nth or {}).items()}
    arrival = Arrival(source, source.stream(chunk.stream), chunk.received_at, chunk.run_id, raw_chunk=chunk.id, nth=nth)
    return await ingest(tx, arrival, Page(records, columns))
