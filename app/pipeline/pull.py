"""Pull: one sync of a source, stream by stream, page by page; each page commits with its cursor.

What a stream suffers costs that stream, and those that need it; what the source suffers (it refuses our credentials,
asks us to wait, does not answer) ends the run.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from httpx import AsyncClient

from app.db import Database
from app.db.pipeline import leaving, listings, statements
from app.db.sources import sources
from app.db.sources.sources import StreamRow
from app.errors import (
    ConfigError,
    DeltaRefused,
    RateLimited,
    RightsLacking,
    SourceDenied,
    SourceError,
    TesseraError,
    Unavailable,
)
from app.pipeline import guard
from app.pipeline.absence import Allowance, check_changed, check_withdrawn, end_all, keep_all, lacking
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.report import AlreadyRunning, HeldByGuard, Progress, Report
from app.pipeline.rows import rows_listed
from app.pipeline.undescribed import check_stamps, describe
from app.sources.source import Source
from connectors import Absence, Stream
from connectors.kit.guard import Passing

REFUSED = 2
"""So many streams in a row that refuse our credentials mean that the source does: some answer 401 for a right, too."""

DOWN = 3
"""So many streams without an answer, and none with one, mean that the source is down."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A stream whose listing came to its end: what it lacks is judged with the others', once all have come."""

    stream: Stream
    state: StreamRow


async def pull(
    db: Database, source: Source, *, full: bool = False, allow_shrink: bool = False, progress: Progress | None = None
) -> Report:
    """Sync a source. What one stream suffers does not stop the others, except where the source refuses or is down.

    `full` pulls everything whatever the cursors say; `allow_shrink` lifts the shrink guard for this run. AlreadyRunning
    where another process syncs this source; ConfigError where it is not one that is pulled.
    """
    if source.connector.client is None:
        raise ConfigError(f"{source.slug}: {source.connector.name} is not pulled: push to it, or import a file")
    async with only_run(db, source) as run, source.connector.client(source.settings) as http:
        report = Report(run, wary=await _held_before(db, source))
        allowance = Allowance(shrink=allow_shrink)
        try:
            await pull_streams(db, source, http, report, allowance, full=full, progress=progress)
        except BaseException as why:
            report.fail(why)
            raise
        finally:
            await end_run(db, source, report)
        return report


async def pull_streams(
    db: Database,
    source: Source,
    http: AsyncClient,
    report: Report,
    allowance: Allowance,
    *,
    full: bool,
    progress: Progress | None,
) -> None:
    """Pull each stream, then end what complete listings lack."""
    finished: list[Finished] = []
    try:
        for stream in source.streams():
            if stream.pull is not None and not waits(stream, report):
                with _at_its_own_cost(stream, report):
                    finished += await _stream(
                        db, source, stream, http=http, report=report, allowance=allowance, full=full, progress=progress
                    )
                check_up(report)
        await describe(db, source, http, report)
    except SourceError as why:
        report.stopped(why)
    await check_stamps(db, source, report, [each.stream for each in finished])
    await _end_listings(db, source, finished, report, allowance)
    report.conclude()


def waits(stream: Stream, report: Report) -> bool:
    """Whether a stream is left out of this run, for one that it needs failed or is held. The report then says so."""
    lacking = [name for name in stream.needs if name in report.failures or name in report.stopped_by_guard]
    if lacking:
        names = " and ".join(lacking)
        report.stream_failed(stream, Unavailable(f"it needs {names}: asked for when they come again"))
    return bool(lacking)


@contextmanager
def _at_its_own_cost(stream: Stream, report: Report) -> Iterator[None]:
    """What fails in here costs this stream alone; what is the source's own goes on."""
    try:
        yield
    except RateLimited:
        raise
    except (SourceError, ConfigError) as why:
        report.stream_failed(stream, why)
    else:
        report.came.append(stream.name)


def check_up(report: Report) -> None:
    """SourceError where the last streams failed in a way that is the source's own: the rest is not asked for."""
    last = list(report.failures.values())
    if len(last) >= REFUSED and all(_refuses_us(why) for why in last[-REFUSED:]):
        raise SourceDenied("the source refuses our credentials: nothing else is asked for in this run")
    if not report.came and len(last) >= DOWN and all(isinstance(why, Passing) for why in last[-DOWN:]):
        raise Unavailable("the source does not answer: nothing else is asked for in this run")


def _refuses_us(why: TesseraError) -> bool:
    return isinstance(why, SourceDenied) and not isinstance(why, RightsLacking)


@asynccontextmanager
async def only_run(db: Database, source: Source, kind: str = "pull") -> AsyncIterator[int]:
    """The id of a run, while no other process runs this source. A killed process's lock ends with its connection."""
    async with db.alone(source.tenant, -source.id) as ours:
        if not ours:
            raise AlreadyRunning(f"{source.slug} is being synced already: wait until it is done, then try again")
        async with db.transaction(source.tenant) as tx:
            await sources.abandon_runs(tx, source.id)
            run = await sources.begin_run(tx, source.id, kind)
        yield run


async def _held_before(db: Database, source: Source) -> bool:
    """Whether the last run was held for what it was told to withdraw, and showed nothing that could be allowed."""
    async with db.transaction(source.tenant) as tx:
        before = (await sources.runs(tx, source.id, 2))[1:]
        alarmed = {alarm.run_id for alarm in await leaving.alarms(tx, source.id)}
    return any(run.state == "held" and run.id not in alarmed for run in before)


async def end_run(db: Database, source: Source, report: Report) -> None:
    """Write down what became of a run, and what the guard shows of it."""
    async with db.transaction(source.tenant) as tx:
        if report.alarms:
            await leaving.show(tx, source.id, report.run, report.alarms)
        await sources.end_run(tx, report.run, report.state, report.counts(), report.message)


async def _stream(
    db: Database,
    source: Source,
    stream: Stream,
    http: AsyncClient,
    report: Report,
    allowance: Allowance,
    *,
    full: bool,
    progress: Progress | None,
) -> list[Finished]:
    """Pull one stream; its listing, if a complete one has come to its end."""
    async with db.transaction(source.tenant) as tx:
        state = await sources.stream_state(tx, source.id, stream.name)
    if state.listing is None and (full or not state.cursor or _full_due(state, source)):
        state = await _begin_listing(db, source, replace(state, cursor=None, listing=report.run))
    try:
        try:
            state = await _pages(
                db, source, stream, http=http, state=state, report=report, allowance=allowance, progress=progress
            )
        except DeltaRefused:
            state = await _begin_listing(db, source, replace(state, cursor=None, listing=report.run))
            state = await _pages(
                db, source, stream, http=http, state=state, report=report, allowance=allowance, progress=progress
            )
    except HeldByGuard as why:
        report.held(why, stream.name)
        if state.listing is not None:
            await _forget_listing(db, source, state)
        return []
    if state.listing is None or await _lists_nobody(db, source, stream, report):
        return []
    return [Finished(stream, state)]


async def _lists_nobody(db: Database, source: Source, stream: Stream, report: Report) -> bool:
    """Whether a full listing of people has none, of a source that never told of any: too few rights look like that."""
    if stream.absence_of("person") is not Absence.LEFT or report.outcome(stream.name).counts.total():
        return False
    async with db.transaction(source.tenant) as tx:
        if await listings.any_stored(tx, source.id, stream.name):
            return False
        await sources.save_stream(tx, source.id, StreamRow(stream.name, None, None, None))
    rights = f" ({', '.join(stream.rights)})" if stream.rights else ""
    report.incomplete(f"{stream.name}: the source lists nobody: do the credentials see any school{rights}?")
    return True


def _full_due(state: StreamRow, source: Source) -> bool:
    return state.full_at is None or state.full_at < datetime.now(UTC) - timedelta(days=source.full_every_days)


async def _begin_listing(db: Database, source: Source, state: StreamRow) -> StreamRow:
    async with db.transaction(source.tenant) as tx:
        await listings.forget_seen(tx, source.id, state.stream)
        await sources.save_stream(tx, source.id, state)
    return state


async def _pages(
    db: Database,
    source: Source,
    stream: Stream,
    http: AsyncClient,
    state: StreamRow,
    report: Report,
    allowance: Allowance,
    progress: Progress | None,
) -> StreamRow:
    assert stream.pull is not None
    outcome = report.outcome(stream.name)
    async with rows_listed(db, source, stream, state.listing, report.began) as rows:
        async for page in stream.pull(http, state.cursor):
            async with db.transaction(source.tenant) as tx:
                arrival = Arrival(source, stream, datetime.now(UTC), report.run, state.listing, rows=rows)
                ingested = await ingest(tx, arrival, page)
                await check_changed(tx, arrival, ingested, report.began, allowance)
                if ingested.counts["withdrawn"]:
                    gone = outcome.counts["withdrawn"] + ingested.counts["withdrawn"]
                    await check_withdrawn(tx, arrival, gone, report.began, allowance, wary=report.wary)
                if page.cursor is not None:
                    state = replace(state, cursor=page.cursor)
                if page.incomplete:  # the listing ends here, and what it lacks is not taken to be gone
                    await listings.forget_seen(tx, source.id, stream.name)
                    state = replace(state, listing=None)
                await sources.save_stream(tx, source.id, state)
            if page.incomplete:
                report.incomplete(page.incomplete)
            outcome.add(ingested)
            if progress:
                progress(stream.name, len(page.records))
    return state


async def _end_listings(
    db: Database, source: Source, finished: Sequence[Finished], report: Report, allowance: Allowance
) -> None:
    """End what complete listings lack, of all of them in one transaction; or of none, where the guard holds the run."""
    try:
        if report.state == "held":
            raise HeldByGuard("the listings of this run end nothing: they are compared again at the next one")
        async with db.transaction(source.tenant) as tx:
            await statements.lock_source(tx, source.id)
            now = datetime.now(UTC)
            listed = [
                await lacking(
                    tx,
                    Arrival(source, each.stream, now, report.run, each.state.listing),
                    report.outcome(each.stream.name),
                )
                for each in finished
                if each.stream.complete
            ]
            if source.calendar is not None and source.calendar.turning(now):
                await keep_all(tx, listed, source.calendar)
            else:
                await end_all(tx, listed, allowance)
                if finished:
                    await leaving.forget_alarms(tx, source.id)
                elif not report.failures:  # a change that was allowed has come; the next one is another
                    await leaving.forget_alarms(tx, source.id, guard.CHANGES)
            for each in finished:
                await sources.save_stream(tx, source.id, replace(each.state, listing=None, full_at=now))
    except HeldByGuard as why:
        if why.alarms or finished:
            report.held(why)
        for each in finished:
            await _forget_listing(db, source, each.state)


async def _forget_listing(db: Database, source: Source, state: StreamRow) -> None:
    """A listing that was held is compared with nothing: the next run lists all again."""
    await _begin_listing(db, source, replace(state, cursor=None, listing=None))
