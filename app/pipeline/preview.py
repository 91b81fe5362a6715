"""Preview: pull a source in full, say by school what that would change, and change nothing."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from psycopg import Rollback

from app.db import Database, Tx
from app.db.pipeline import changes
from app.db.pipeline.changes import Change
from app.errors import ConfigError
from app.pipeline.absence import Allowance
from app.pipeline.pull import end_run, only_run, pull_streams
from app.pipeline.report import Progress, Report
from app.sources.source import Source

SCHOOLS = 15
"""Of so many schools a stream's changes are told one by one, those with the most first."""


class NestedDatabase(Database):
    """The database seen from inside one transaction: what would be transactions of their own are parts of it."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    @asynccontextmanager
    async def transaction(self, tenant: int) -> AsyncIterator[Tx]:
        """A part of the transaction, undone by itself on an error."""
        assert tenant == self._tx.tenant
        async with self._tx.conn.transaction():
            yield self._tx


async def preview(db: Database, source: Source, *, progress: Progress | None = None) -> Report:
    """What a full pull would do, in the history and as a report; what it stored is rolled back.

    What the guard would show is shown, and can be allowed before the pull.
    """
    if source.connector.client is None:
        raise ConfigError(f"{source.slug}: {source.connector.name} is not pulled: import a file with --dry-run")
    async with only_run(db, source, "preview") as run, source.connector.client(source.settings) as http:
        report = Report(run)
        try:
            async with db.transaction(source.tenant) as tx:
                await pull_streams(NestedDatabase(tx), source, http, report, Allowance(), full=True, progress=progress)
                note_changes(report, await changes.of_run(tx, source.id, run, report.began))
                raise Rollback
        except BaseException as why:
            report.fail(why)
            raise
        finally:
            report.messages.insert(0, "preview: nothing was changed")
            await end_run(db, source, report)
        return report


def note_changes(report: Report, every: Iterable[Change]) -> None:
    """Say what would change, a line for each school, among the notes of its stream."""
    schools: dict[tuple[str, str | None, str | None], list[Change]] = defaultdict(list)
    for change in every:
        schools[change.stream, change.school, change.name].append(change)
    for (stream, school, name), together in schools.items():
        notes = report.outcome(stream).notes
        if len(notes) < SCHOOLS:
            place = "without a school" if school is None else f"{name} ({school})" if name else school
            counts = ", ".join(f"{change.count:,} {change.what} ({', '.join(change.examples)})" for change in together)
            notes.append(f"{place}: {counts}")
