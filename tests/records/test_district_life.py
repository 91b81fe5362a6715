"""A district's life: whatever happens in it, and in whatever pieces it arrives, every record says what is true.

Three school years of rollovers, arrivals, transfers, returns, a change of student information system, numbers given to
another child, corrections and deletions; pages in any order, syncs that were cut off. For every learner the record says
exactly what the simulation knows to be so: on any day, by what was known at any time. Where the process dies in the
middle of pages and of settling, and begins again, the records are the same to the byte.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from psycopg import OperationalError

from app.db.records import learners
from app.db.sources import sources as sources_of
from app.pipeline.absence import end_absent
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.replay import replay
from app.pipeline.superseded import drop_superseded
from app.records import as_of
from app.records.document import RecordAt
from app.sources.source import Source
from connectors import Page
from tests.conftest import TestDatabase
from tests.support import district_life
from tests.support.district import District
from tests.support.district_life import Child, Sync
from tests.support.dying import IMMORTAL, MortalDatabase, Writes

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
)
Step = Callable[[], Awaitable[None]]


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


@settings(
    max_examples=4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 2**32))
async def test_without_superseded_raw_the_same_is_true_at_every_time(district: District, seed: int) -> None:
    """What newer versions replaced is deleted, and all is said again from what is left: nobody can tell."""
    random = Random(seed)
    syncs = list(district_life.District(random, 8, regrading=True).life(3))
    await clear(district)
    sources: dict[str, Source] = {}
    chunks = 0
    for sync in syncs:
        if sync.source not in sources:
            sources[sync.source] = await source(district, sync.source)
        await take(district, sources[sync.source], sync, random, whole, cut=False)
        if random.random() < 0.3:
            await district.settle()
            chunks += await drop_superseded(district.db, sources[sync.source], random.choice(syncs).at)
    await district.settle()
    for each in sources.values():
        chunks += await drop_superseded(district.db, each, syncs[-1].at)
        assert await drop_superseded(district.db, each, syncs[-1].at) == 0
    before = await district.bytes()
    await look(district, syncs, random, 3)
    for each in sources.values():
        await replay(district.db, each)
    await district.settle()
    assert await district.bytes() == before
    await look(district, syncs, random, 3)
    event(f"{chunks} raw records")


async def whole(step: Step) -> None:
    """Take a step that nothing interrupts."""
    await step()


@settings(
    max_examples=2,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(0, 2**32), st.integers(1, 20))
async def test_who_dies_at_any_write_and_begins_again_has_the_same_records(
    district: District, database: TestDatabase, seed: int, first: int
) -> None:
    undisturbed = await live(district, Random(seed), size=6, years=2, looks=1)
    fatal, deaths = first, 0

    async def dying(step: Step) -> None:
        """Take a step that dies at a write, each time at the next one until none is left; then from its beginning."""
        nonlocal fatal, deaths
        mortal.writes = Writes(fatal, lambda connection: connection.pgconn.finish())
        try:
            await step()
            fatal = 1
        except OperationalError:
            assert mortal.writes.count >= fatal
            fatal, deaths, mortal.writes = fatal + 1, deaths + 1, IMMORTAL
            await step()
        mortal.writes = IMMORTAL

    async with MortalDatabase(database.service_url, 4) as mortal:
        mortal_district = District(mortal, district.tenant)
        disturbed = await live(mortal_district, Random(seed), size=6, years=2, looks=1, take_step=dying)
    event(f"{deaths // 50 * 50} deaths and more")
    assert deaths > 20
    assert disturbed == undisturbed


async def live(
    district: District,
    random: Random,
    *,
    size: int,
    years: int,
    looks: int,
    take_step: Callable[[Step], Awaitable[None]] = whole,
) -> dict[UUID, bytes]:
    """Live through some years, and look at what the records say of them; the bytes of the records at the end."""
    await clear(district)
    sources: dict[str, Source] = {}
    syncs = list(district_life.District(random, size).life(years))

    async def settle() -> None:
        await district.settle()

    for sync in syncs:
        if sync.source not in sources:
            sources[sync.source] = await source(district, sync.source)
        if random.random() < 0.3:
            await take(district, sources[sync.source], sync, random, take_step, cut=True)
        await take(district, sources[sync.source], sync, random, take_step, cut=False)
        if random.random() < 0.5:
            await take_step(settle)
    await take_step(settle)
    await look(district, syncs, random, looks)
    for each in sources.values():
        await replay(district.db, each)
    await take_step(settle)
    await look(district, syncs, random, 1)
    return await district.bytes()


async def source(district: District, slug: str) -> Source:
    """The source of that name: the one of an earlier life, or a new one."""
    async with district.db.transaction(district.tenant.id) as tx:
        known = await sources_of.by_slug(tx, slug)
    return await (district.again(slug) if known else district.source(slug, "oneroster"))


async def clear(district: District) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        for table in TABLES:
            await tx.conn.execute(f"DELETE FROM {table}".encode())


async def take(
    district: District,
    source: Source,
    sync: Sync,
    random: Random,
    take_step: Callable[[Step], Awaitable[None]],
    *,
    cut: bool,
) -> None:
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
        await take_step(partial(take_page, district, source, sync, name, page, run))
    for name, _ in () if cut else sync.streams:
        await take_step(partial(conclude, district, source, sync, name, run))


async def take_page(district: District, source: Source, sync: Sync, name: str, page: list[bytes], run: int) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        await ingest(tx, Arrival(source, source.stream(name), sync.at, run, listing=run), Page(page))


async def conclude(district: District, source: Source, sync: Sync, name: str, run: int) -> None:
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
                assert facts(record) == truth(child, day), (sync.at, day, child.number)
    async with district.db.transaction(district.tenant.id) as tx:
        served = await learners.listed(tx, after=None, since=None, limit=1000)
    assert len(served) == sum(1 for child in last.truth.values() if child.rows)


async def record_of(district: District, child: Child, day: date, known_at: datetime) -> RecordAt:
    async with district.db.transaction(district.tenant.id) as tx:
        [row] = await learners.by_identifier(tx, "district", child.number, None)
        return await as_of.record(tx, row.id, day=day, known_at=known_at, whole=True)


def facts(record: RecordAt) -> dict[str, Any]:
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
