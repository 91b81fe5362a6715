"""One learner's record as it grows: one more item, the header, a page of a section; many items of one and of many.

Part of `make bench`, and `python -m bench.record` alone. Its figures are shares of the same at the smallest size, or of
the one query beneath.
"""

import argparse
import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg

from app.db import Database
from app.db.access import tenants
from app.db.mastery import mastery
from app.db.records import entries, learners
from app.db.records.entries import Query
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.frameworks.frameworks import import_package
from app.mastery.policies import Policy
from app.mastery.rules import AnyRule, DecayingAverage, Latest
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.records import reading
from app.records.reading import SETTINGS, Filter
from app.records.settle import settle
from app.sources.source import NOTHING_PRIVATE, Source, open_source, split_settings
from app.start import tune_garbage_collection
from bench.competency import package
from bench.figures import Figure, show
from bench.load import VAULT
from bench.meter import Meter
from bench.place import Place, place
from connectors import Page, named

ALIGNED = ({"code": "L.1"},)
SIZES = (100, 10_000, 100_000)
RULES: tuple[AnyRule, ...] = (Latest(), DecayingAverage())
"""A rule that looks at the last few, and one by which all count."""
MORE, READS, MANY, PAGE = 100, 300, 5000, 1000
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
_numbers = count()


def item(n: int, who: int, aims: Sequence[dict[str, str]] = ()) -> bytes:
    """One try of an adaptive tool, as it is pushed, with what it is aligned to."""
    moment = BEGIN + timedelta(minutes=n)
    learner = {
        "identifiers": [{"type": "district", "value": f"{who:07d}"}],
        "name": {"given": "Ada", "family": "Sample"},
    }
    result = {"score": n % 11, "max": 10}
    pushed = {
        "id": f"try-{n}",
        "learner": learner,
        "name": f"Unit {n % 97}",
        "occurredAt": moment.isoformat(),
        "result": result,
        **({"alignments": aims} if aims else {}),
    }
    return json.dumps(pushed).encode()


async def tool(db: Database) -> Source:
    """A new tenant with one source of pushed evidence."""
    tenant = await tenants.add(db, f"record-{next(_numbers)}", "Bench")
    connector = named("evidence")
    public, sealed = split_settings(connector, {}, tenant.id, VAULT, NOTHING_PRIVATE)
    row = SourceRow(
        id=0,
        tenant_id=tenant.id,
        slug="tool",
        name="Tool",
        connector="evidence",
        settings=public,
        secrets=sealed,
        rank=connector.rank,
        every_minutes=None,
        full_every_days=7,
        shrink_share=0.2,
        state="active",
        state_reason=None,
        due_at=None,
        created_at=datetime.now(UTC),
    )
    async with db.transaction(tenant.id) as tx:
        stored = await sources.by_id(tx, await sources.add(tx, row))
    assert stored is not None
    return open_source(stored, VAULT, NOTHING_PRIVATE)


async def push(db: Database, source: Source, items: list[bytes]) -> None:
    """Take items in, a page at a time, and settle them."""
    for begin in range(0, len(items), PAGE):
        async with db.transaction(source.tenant) as tx:
            arrival = Arrival(source, source.stream("evidence"), datetime.now(UTC))
            await ingest(tx, arrival, Page(items[begin : begin + PAGE]))
    await settle(db, source.tenant)


def analyze(here: Place) -> None:
    """Count what is stored, as PostgreSQL does by itself within minutes: a new table is planned for as an empty one."""
    with psycopg.connect(here.owner_url, autocommit=True) as conn:
        conn.execute("ANALYZE")


async def sized(db: Database, here: Place, meter: Meter, size: int) -> dict[str, float]:
    """What a learner with so many results costs: CPU-seconds of one more, of a header, of a page, of its query."""
    source = await tool(db)
    await push(db, source, [item(n, 1) for n in range(size)])
    analyze(here)
    with meter.spent() as more:
        for n in range(MORE):
            await push(db, source, [item(size + n, 1)])
    async with db.transaction(source.tenant) as tx:
        [listed] = await learners.listed(tx, after=None, since=None, limit=2)
    with meter.spent() as header:
        for _ in range(READS):
            row = await learners.row(db, source.tenant, listed.id)
    assert row is not None
    assert row.body is not None
    filters = Query(sections=["results"], settings=SETTINGS)
    with meter.spent() as query:
        for _ in range(READS):
            async with db.transaction(source.tenant) as tx:
                await entries.page(tx, listed.id, filters, None, PAGE // 10 + 1)
    with meter.spent() as page:
        for _ in range(READS):
            await _page(db, source.tenant, listed.id)
    return {
        "more": more.cpu / MORE,
        "seen": more.wall / MORE,
        "header": header.cpu / READS,
        "bytes": len(row.body),
        "query": query.cpu / READS,
        "page": page.cpu / READS,
    }


async def aligned(db: Database, here: Place, meter: Meter, size: int, rule: AnyRule) -> float:
    """CPU-seconds of one more result of one competency, beside so many of it, judged by a rule."""
    source = await tool(db)
    async with db.transaction(source.tenant) as tx:
        await import_package(tx, package(), origin="bench", base="https://bench.example.org", at=BEGIN)
        policy = msgspec.json.encode(Policy(rule=rule))
        await mastery.add_policy(tx, "bench", mastery.PolicyScope(), policy, begins=BEGIN, by="bench")
    await push(db, source, [item(n, 1, ALIGNED) for n in range(size)])
    analyze(here)
    with meter.spent() as more:
        for n in range(MORE):
            await push(db, source, [item(size + n, 1, ALIGNED)])
    return more.cpu / MORE


async def _page(db: Database, tenant: int, learner: UUID) -> None:
    async with db.transaction(tenant) as tx:
        await reading.check(tx, learner)
        await reading.page(tx, learner, Filter(sections=["results"]), "general", None, PAGE // 10)


async def many(db: Database, meter: Meter) -> tuple[float, float]:
    """CPU-seconds of so many items of one learner, and of as many learners."""
    spent = []
    for whose in (lambda _: 1, lambda n: n):
        source = await tool(db)
        items = [item(n, 1 + whose(n)) for n in range(MANY)]
        with meter.spent() as taken:
            await push(db, source, items)
        spent.append(taken.cpu)
    return spent[0], spent[1]


async def measure(here: Place, sizes: tuple[int, ...]) -> list[Figure]:
    """All figures of this file."""
    meter = Meter((os.getpid(), here.postmaster))
    async with Database(here.service_url, 2) as db:
        of_one, others = await many(db, meter)
        by_size = {size: await sized(db, here, meter, size) for size in sizes}
        judged = {rule: {size: await aligned(db, here, meter, size, rule) for size in sizes} for rule in RULES}
    first = by_size[sizes[0]]
    figures = [
        Figure(f"{MANY:,} items of one learner, beside {MANY:,} learners", "CPU-s", of_one, others, 2, ceiling=True)
    ]
    for size, measured in by_size.items():
        of = f"{size:,} results"
        figures += [
            Figure(
                f"{of}: one more, to visible",
                "CPU-ms",
                measured["more"] * 1000,
                first["more"] * 1000,
                1.5,
                ceiling=True,
            ),
            Figure(f"{of}: one more, by the clock", "ms", measured["seen"] * 1000, None, 2000, ceiling=True),
            Figure(f"{of}: header", "kB", measured["bytes"] / 1000, None, 100, ceiling=True),
            Figure(
                f"{of}: read the header", "CPU-ms", measured["header"] * 1000, first["header"] * 1000, 1.5, ceiling=True
            ),
            Figure(
                f"{of}: a page of 100", "CPU-ms", measured["page"] * 1000, measured["query"] * 1000, 2, ceiling=True
            ),
        ]
    for rule, costs in judged.items():
        of = str(rule.__struct_config__.tag)
        figures += [
            Figure(
                f"{size:,} of one competency, {of}: one more, judged",
                "CPU-ms",
                cpu * 1000,
                costs[sizes[0]] * 1000,
                1.5,
                ceiling=True,
            )
            for size, cpu in costs.items()
        ]
    return figures


def figures(here: Place) -> list[Figure]:
    """One round."""
    return asyncio.run(measure(here, SIZES))


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.record", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many results the learner has")
    parser.add_argument("--rounds", type=int, default=1, help="how often everything is measured")
    chosen = parser.parse_args()
    tune_garbage_collection()
    folder = Path(tempfile.mkdtemp(prefix="tessera-bench-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        rounds = []
        for _ in range(chosen.rounds):
            with place(folder) as here:
                rounds.append(asyncio.run(measure(here, tuple(chosen.sizes))))
        show(rounds)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
