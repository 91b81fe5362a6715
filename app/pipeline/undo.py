"""Undo: a run is taken out of a source as if it had never been, and what came later stays."""

from app.db import Database, Tx, queue
from app.db.pipeline import raw as kept
from app.db.pipeline import superseded
from app.db.pipeline.statements import lock_source
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.errors import Conflict, NotFound
from app.pipeline.pull import end_run, only_run
from app.pipeline.replay import replay_chunks
from app.pipeline.report import Progress, Report
from app.sources import known
from app.sources.source import Source

UNDOABLE = frozenset({"pull", "file", "push"})


async def undo(db: Database, source: Source, run: int, *, progress: Progress | None = None) -> Report:
    """Replay a source without one of its runs, in one transaction; its streams are listed in full at the next pull.

    A source that is pulled is paused: it would bring the same again. NotFound where it has no such run; Conflict where
    that run is under way, was undone before, or is of a kind that stores nothing.
    """
    async with db.transaction(source.tenant) as tx:
        kind = await _undoable(tx, source.id, run)
    async with only_run(db, source, "undo") as own:
        report = Report(own)
        try:
            async with db.transaction(source.tenant) as tx:
                await lock_source(tx, source.id)  # from here on nothing that the run replaced is deleted
                await _undoable(tx, source.id, run)
                await sources.mark_undone(tx, run)
                await sources.forget_cursors(tx, source.id, await kept.streams_of(tx, source.id, run))
                await replay_chunks(tx, source, report, progress)
                if source.connector.client is not None and kind == "pull":
                    await sources.set_state(tx, source.id, "paused", f"run {run} was undone: look at the source first")
            report.messages.append(f"run {run} was undone: it counts as never pulled, and what came later stays")
        except BaseException as why:
            report.fail(why)
            raise
        finally:
            await end_run(db, source, report)
        return report


async def ask(tx: Tx, source: int, run: int) -> SourceRow:
    """Have a run undone by a job; the source. NotFound, or Conflict where it cannot be undone."""
    row = await known.by_id(tx, source)
    await _undoable(tx, source, run)
    await queue.undo_soon(tx, source, run)
    return row


async def _undoable(tx: Tx, source: int, run: int) -> str:
    """The kind of a run that can be undone. NotFound where there is none, Conflict where it cannot."""
    row = await sources.run_by_id(tx, source, run)
    if row is None:
        raise NotFound(f"This source has no run {run}: see its history.")
    if row.undone_at is not None:
        raise Conflict(f"Run {run} was undone already, at {row.undone_at:%Y-%m-%d %H:%M} UTC.")
    if row.kind not in UNDOABLE or row.state == "running":
        raise Conflict(f"Run {run} is a {row.kind} that is {row.state}: only what a run stored can be undone.")
    floor = await superseded.floor(tx, source)
    if floor is not None and row.started_at < floor:
        raise Conflict(
            f"Run {run} began before {floor:%Y-%m-%d}, and what it took the place of is kept no longer "
            "(TESSERA_RAW_DAYS): have the source send again what is right."
        )
    return row.kind
