"""Loading a district: fresh and again, from REST pages and from CSV, beside binary COPY of the very rows it stores.

The pages are made beforehand and read from disk, so that only decode → raw → map → upsert is counted. The raw limit is
`COPY … (FORMAT BINARY)` of the finished `record` rows, by the same driver, into one table with the same indexes.
"""

import asyncio
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from app.db import Database, sources, tenants
from app.db.sources import SourceRow
from app.pipeline.ingest import Arrival, ingest
from app.pipeline.settle import settle
from app.pipeline.source import Source, open_source, split_settings
from app.sandbox.district import District
from app.sandbox.sis.collection import ROSTERING
from app.sandbox.sis.roster import Base
from app.secrets import Vault
from bench.meter import Meter
from connectors import Page, named
from connectors.kit import records

PAGE = 5000
VAULT = Vault(b"bench" * 6 + b"!!")
SIS = "https://sis.example.org/ims/oneroster"
BASE = Base(f"{SIS}/rostering/v1p2", f"{SIS}/gradebook/v1p2")
STREAMS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
COLUMNS = (
    "tenant_id, source_id, stream, raw_key, n, kind, key, person, hash, version, raw_id, raw_pos, received_at, "
    "withdrawn"
)
TYPES = (
    "int4", "int4", "text", "text", "int2", "text", "text", "text", "int8", "timestamptz", "int8", "int4",
    "timestamptz", "bool", "bytea",
)  # fmt: skip


def prepare(folder: Path, learners: int) -> int:
    """Write a sample district as pages of OneRoster 1.2 JSON; how many records of learners and enrollments."""
    district = District(learners)
    collections = {collection.path: collection for collection in ROSTERING}
    total = 0
    for stream in STREAMS:
        collection = collections[stream]
        rendered = (collection.record(BASE, district, item) for item in collection.items(district))
        for number, rows in enumerate(_pages(rendered)):
            path = folder / f"{STREAMS.index(stream)}-{stream}-{number:05d}.json"
            path.write_bytes(msgspec.json.encode({collection.plural: rows}))
            total += len(rows)
    return total


def _pages(rows: Iterator[Any]) -> Iterator[list[Any]]:
    page: list[Any] = []
    for row in rows:
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


async def sis(db: Database, slug: str) -> Source:
    """A tenant with one OneRoster source."""
    tenant = await tenants.add(db, slug, slug.title())
    connector = named("oneroster")
    public, sealed = split_settings(connector, {}, tenant.id, VAULT)
    row = SourceRow(
        0, tenant.id, "sis", "SIS", "oneroster", public, sealed, connector.rank, None, 7, 0.2, "active", None, None,
        datetime.now(UTC),
    )  # fmt: skip
    async with db.transaction(tenant.id) as tx:
        found = await sources.by_id(tx, await sources.add(tx, row))
    assert found is not None
    return open_source(found, VAULT)


async def load(db: Database, source: Source, folder: Path, listing: int) -> int:
    """Take every page in, a transaction each; how many records."""
    streams = {stream.name: stream for stream in source.streams()}
    taken = 0
    for path in sorted(folder.iterdir()):  # noqa: ASYNC240  (nothing else runs meanwhile)
        stream = path.name.split("-")[1]
        page = Page(records(path.read_bytes(), stream))
        async with db.transaction(source.tenant) as tx:
            arrival = Arrival(source, streams[stream], datetime.now(UTC), listing=listing)
            outcome = await ingest(tx, arrival, page)
        if outcome.rejected:
            raise SystemExit(f"the bench's own data was rejected: {outcome.rejected[0]}")
        taken += outcome.counts.total()
    return taken


async def measure(url: str, folder: Path, postmaster: int) -> dict[str, Any]:
    """Load fresh, load again, settle; CPU-seconds of this process and the server, and this process's peak memory."""
    meter = Meter((os.getpid(), postmaster))
    found: dict[str, Any] = {}
    async with Database(url, 2) as db:
        source = await sis(db, "bench")
        with meter.spent() as fresh:
            found["rows"] = await load(db, source, folder, 1)
        with meter.spent() as again:
            await load(db, source, folder, 2)
        found |= {"fresh": fresh.cpu, "again": again.cpu, "rss_mb": _peak()}
        with meter.spent() as settled:
            found["settled"] = (await settle(db, source.tenant)).learners
        found |= {"settle": settled.cpu, "settle_rss_mb": _peak()}
    return found


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def copy_limit(owner_url: str, postmaster: int) -> tuple[int, float]:
    """Binary COPY of the same rows into one table with the same indexes: how many, and CPU-seconds."""
    meter = Meter((os.getpid(), postmaster))
    with psycopg.connect(owner_url, autocommit=True) as conn:
        conn.execute("DROP TABLE IF EXISTS plain")
        conn.execute("CREATE TABLE plain (LIKE record INCLUDING ALL)")
        query = f"SELECT {COLUMNS}, body::text::bytea FROM record ORDER BY raw_id, raw_pos, n"
        rows = conn.execute(query.encode()).fetchall()
        into = "COPY plain FROM STDIN (FORMAT BINARY)"
        with meter.spent() as copied, conn.cursor() as cursor, cursor.copy(into) as copy:
            copy.set_types(TYPES)
            for row in rows:
                copy.write_row(row)
        conn.execute("DROP TABLE plain")
    return len(rows), copied.cpu


def run(
    owner_url: str, service_url: str, postmaster: int, folder: Path, learners: int
) -> list[tuple[str, str, str, str]]:
    """Rows of the report: what, reached, limit, ratio."""
    folder.mkdir()
    prepare(folder, learners)
    command = [sys.executable, "-m", "bench.load", service_url, str(folder), str(postmaster)]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    copies = [copy_limit(owner_url, postmaster) for _ in range(3)]
    rows, limit = copies[0][0], sorted(cpu for _, cpu in copies)[1]
    rate = found["rows"]
    share = {step: limit / found[step] * rate / rows for step in ("fresh", "again")}
    copied = f"COPY {rows / limit:,.0f}/CPU-s"
    return [
        (f"load {rate:,} records fresh", f"{rate / found['fresh']:,.0f}/CPU-s", copied, f"{share['fresh']:.2f}"),
        ("load them again, unchanged", f"{rate / found['again']:,.0f}/CPU-s", copied, f"{share['again']:.2f}"),
        (f"settle {found['settled']:,} learners", f"{found['settled'] / found['settle']:,.0f}/CPU-s", "", ""),
        ("peak memory, loading", f"{found['rss_mb']:.0f} MB", "300 MB", ""),
        ("peak memory, settling", f"{found['settle_rss_mb']:.0f} MB", "300 MB", ""),
    ]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
