"""What a delta leaves out: persons whom an enrollment names and nobody described; changes without a change time."""

from datetime import UTC, datetime

from httpx import AsyncClient

from app.db import Database
from app.db.pipeline import gaps
from app.errors import SourceError
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.report import Report
from app.sources.source import Source
from connectors import Page, Stream

MOST = 500
"""So many persons are asked for one by one in a run; the others with the next full pull."""


async def describe(db: Database, source: Source, http: AsyncClient, report: Report) -> None:
    """Ask for each person whom an enrollment of this run names and whom the source has never described.

    A delta brings what changed: the enrollment of a student whose own record did not change comes without the student.
    Who is not found is told; an error of the source ends the asking, not the run.
    """
    for stream in source.streams():
        if stream.one is not None:
            async with db.transaction(source.tenant) as tx:
                keys = await gaps.undescribed(tx, source.id, report.run, MOST + 1)
            if keys:
                await _describe(db, source, stream, http=http, report=report, keys=keys)


async def _describe(
    db: Database, source: Source, stream: Stream, http: AsyncClient, report: Report, keys: list[str]
) -> None:
    assert stream.one is not None
    outcome = report.outcome(stream.name)
    records: list[bytes] = []
    try:
        for key in keys[:MOST]:
            record = await stream.one(http, key)
            records += [] if record is None else [record]
    except SourceError as why:
        outcome.notes.append(f"{stream.name}: not all whom enrollments name were asked for: {why}")
    if records:
        async with db.transaction(source.tenant) as tx:
            outcome.add(await ingest(tx, Arrival(source, stream, datetime.now(UTC), report.run), Page(records)))
    total = f"{min(len(keys), MOST)}{'+' if len(keys) > MOST else ''}"
    outcome.notes.append(
        f"{stream.name}: {len(records)} of {total} whom enrollments name and nobody described were asked for and found"
    )


async def check_stamps(db: Database, source: Source, report: Report, streams: list[Stream]) -> None:
    """Tell where a full listing shows changes that their source did not date: a delta would have missed them."""
    for stream in streams:
        if stream.version is None:
            continue
        async with db.transaction(source.tenant) as tx:
            keys = await gaps.undated_changes(tx, source.id, stream.name, report.run, report.began)
        if keys:
            report.outcome(stream.name).notes.append(
                f"{stream.name}: {len(keys):,} records changed without a new {stream.version} ({', '.join(keys[:3])}):"
                " deltas miss such changes, so pull in full more often (full_every_days)"
            )
