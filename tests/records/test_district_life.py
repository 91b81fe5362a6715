"""A district's life: whatever happens in it, and in whatever pieces it arrives, every record says what is true.

Three school years of rollovers, arrivals, transfers, returns, a change of student information system, numbers given to
another child, corrections and deletions; pages in any order, syncs that were cut off. For every learner the record says
exactly what the simulation knows to be so: on any day, by what was known at any time.
"""

import json
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.db.records import learners
from app.pipeline.absence import end_absent
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.replay import replay
from app.records import as_of
from app.records.document import RecordAt
from app.sources.source import Source
from connectors import Page
from tests.support import district_life
from tests.support.district import District
from tests.support.district_life import Child, Sync

TABLES = (
    "record",
    "record_history",
    "succession",
    "raw",
    "seen",
    "learner",
    "entry",
    "person",
    "identifier",
    "former_identifier",
    "decision",
    "touched",
    "event",
    "run",
    "source",
)


@settings(
    max_examples=4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.randoms(use_true_random=False))
async def test_a_record_says_what_is_true_at_every_time(district: District, random: Random) -> None:
    await live(district, random, size=8, years=3, looks=6)


@pytest.mark.slow
async def test_two_hundred_learners_through_three_years(district: District) -> None:
    await live(district, Random(20260901), size=200, years=3, looks=3)


async def live(district: District, random: Random, *, size: int, years: int, looks: int) -> None:
    await clear(district)
    sources: dict[str, Source] = {}
    syncs = list(district_life.District(random, size).life(years))
    for sync in syncs:
        if sync.source not in sources:
            sources[sync.source] = await district.source(sync.source, "oneroster")
        if random.random() < 0.3:
            await take(district, sources[sync.source], sync, random, cut=True)
        await take(district, sources[sync.source], sync, random, cut=False)
        if random.random() < 0.5:
            await district.settle()
    await district.settle()
    await look(district, syncs, random, looks)
    for source in sources.values():
        await replay(district.db, source)
    await district.settle()
    await look(district, syncs, random, 1)


async def clear(district: District) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        for table in TABLES:
            await tx.conn.execute(f"DELETE FROM {table}".encode())


async def take(district: District, source: Source, sync: Sync, random: Random, *, cut: bool) -> None:
    """A sync's pages, those of a stream in any order; one that is cut off ends somewhere and concludes nothing."""
    pages = []
    for name, records in sync.streams:
        bodies = [json.dumps(record).encode() for record in records]
        size = random.randint(1, 1 + len(bodies))
        several = [bodies[n : n + size] for n in range(0, len(bodies), size)]
        random.shuffle(several)
        pages += [(name, page) for page in several]
    if cut:
        pages = pages[: random.randrange(len(pages) + 1)]
    run = await district.begin(source)
    for name, page in pages:
        async with district.db.transaction(district.tenant.id) as tx:
            await ingest(tx, Arrival(source, source.stream(name), sync.at, run, listing=run), Page(page))
    for name, _ in () if cut else sync.streams:
        async with district.db.transaction(district.tenant.id) as tx:
            arrival = Arrival(source, source.stream(name), sync.at, run, listing=run)
            await end_absent(tx, arrival, await ingest(tx, arrival, Page([])), allow_shrink=True)


async def look(district: District, syncs: list[Sync], random: Random, looks: int) -> None:
    """Compare every learner's record with the truth: at its last, and at some other times and days."""
    last = syncs[-1]
    times = [(last, last.at.date())] + [(random.choice(syncs), random.choice(syncs).at.date()) for _ in range(looks)]
    for sync, day in times:
        for child in sync.truth.values():
            if child.rows:
                record = await record_of(district, child, day, sync.at + timedelta(hours=1))
                assert said(record) == truth(child, day), (sync.at, day, child.number)
    async with district.db.transaction(district.tenant.id) as tx:
        served = await learners.listed(tx, after=None, since=None, limit=1000)
    assert len(served) == sum(1 for child in last.truth.values() if child.rows)


async def record_of(district: District, child: Child, day: date, known_at: datetime) -> RecordAt:
    async with district.db.transaction(district.tenant.id) as tx:
        [row] = await learners.by_identifier(tx, "district", child.number, None)
        return await as_of.record(tx, row.id, day=day, known_at=known_at, whole=True)


def said(record: RecordAt) -> dict[str, Any]:
    """What a record says that the simulation knows."""
    return {
        "names": {name.value for name in record.names},
        "schools": {school.org for school in record.schools},
        "grades": {grade.value for grade in record.grades},
        "numbers": {known.value for known in record.identifiers if known.type == "district"},
        "enrollments": sorted((e.class_.key or "", e.begins, e.ends, e.state) for e in record.enrollments),
        "results": sorted((r.date, r.score, r.state) for r in record.results),
    }


def truth(child: Child, day: date) -> dict[str, Any]:
    """What is so of a child on a day."""
    enrollments = []
    for enrolled in child.enrolled.values():
        if enrolled.told and enrolled.begins <= day:
            over = enrolled.gone is not None and enrolled.gone <= day
            ends = min(enrolled.ends, enrolled.gone) if over and enrolled.gone else enrolled.ends
            state = "ended" if over else "current"
            enrollments.append((enrolled.title, enrolled.begins.isoformat(), ends.isoformat(), state))
    results = []
    for scored in child.scored.values():
        if scored.day <= day and not scored.retracted:
            state = "unlisted" if scored.gone is not None and scored.gone <= day else "current"
            results.append((scored.day.isoformat(), scored.score, state))
    return {
        "names": {row.name for row in child.on(day)},
        "schools": {row.school for row in child.on(day)},
        "grades": {f"{row.grade:02}" for row in child.on(day)},
        "numbers": {child.number},
        "enrollments": sorted(enrollments),
        "results": sorted(results),
    }
