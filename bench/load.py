"""Loading a district: fresh and again, from REST pages and from CSV, beside binary COPY of the very rows it stores.

The pages are made beforehand and read from disk, so that only decode → raw → map → upsert is counted. The raw limit is
`COPY … (FORMAT BINARY)` of the finished `record` rows, by the same driver, into one table with the same indexes. CPU is
counted on both sides of the socket: the client's, and all of the server's processes.
"""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from app.db import Database
from app.db.access import tenants
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.pipeline import file
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.records.settle import settle
from app.secrets import Vault
from app.sources.source import NOTHING_PRIVATE, Source, open_source, split_settings
from app.start import tune_garbage_collection
from bench.district import write_bundle, write_pages
from bench.figures import Figure
from bench.meter import Meter
from bench.place import Place
from connectors import Page, named
from connectors.kit import records

VAULT = Vault(b"bench" * 6 + b"!!")
COLUMNS = (
    "tenant_id, source_id, stream, raw_key, n, kind, key, person, hash, version, raw_id, raw_pos, received_at, "
    "state, withdrawn, body::text"
)
TYPES = (
    "int4",
    "int4",
    "text",
    "text",
    "int2",
    "text",
    "text",
    "text",
    "int8",
    "timestamptz",
    "int8",
    "int4",
    "timestamptz",
    "text",
    "bool",
    "text",
)
MEMORY = 300
"""MB the service may have at most."""


def prepare(folder: Path, learners: int) -> None:
    """Write what is to be loaded."""
    write_pages(folder / "rest", learners)
    write_bundle(folder / "csv", learners)


def figures(place: Place) -> list[Figure]:
    """One round: from REST pages and from CSV, each in a process of its own, and COPY of what that stored."""
    figures: list[Figure] = []
    for way in ("rest", "csv"):
        command = [sys.executable, "-m", "bench.load", way, place.service_url, str(place.files), str(place.postmaster)]
        measured = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        limit = copy_limit(place, measured["tenant"])
        name = {"rest": "REST pages", "csv": "CSV"}[way]
        rate, unit = measured["records"], "records/CPU-s"
        figures += [
            Figure(f"{name}: {rate:,} records, fresh", unit, rate / measured["fresh"], limit, 0.3),
            Figure(f"{name}: again, unchanged", unit, rate / measured["again"], limit, 0.9),
            Figure(f"{name}: peak memory, loading", "MB", measured["loading_mb"], None, MEMORY, ceiling=True),
        ]
        if way == "rest":
            figures += [
                Figure("settle: learners", "learners/CPU-s", measured["settled"] / measured["settle"]),
                Figure("settle: peak memory", "MB", measured["settling_mb"], None, MEMORY, ceiling=True),
            ]
    return figures


def copy_limit(place: Place, tenant: int) -> float:
    """Rows per CPU-second of binary COPY of a tenant's records into one table with the same indexes."""
    meter = Meter((os.getpid(), place.postmaster))
    with psycopg.connect(place.owner_url, autocommit=True) as conn:
        conn.execute("DROP TABLE IF EXISTS plain")
        conn.execute("CREATE TABLE plain (LIKE record INCLUDING ALL)")
        query = f"SELECT {COLUMNS} FROM record WHERE tenant_id = %s ORDER BY raw_id, raw_pos, n"
        rows = conn.execute(query.encode(), [tenant]).fetchall()
        conn.execute("CHECKPOINT")
        into = f"COPY plain ({COLUMNS.replace('::text', '')}) FROM STDIN (FORMAT BINARY)"
        with meter.spent() as copied, conn.cursor() as cursor, cursor.copy(into.encode()) as copy:
            copy.set_types(TYPES)
            for row in rows:
                copy.write_row(row)
        conn.execute("DROP TABLE plain")
    return len(rows) / copied.cpu


async def sis(db: Database, slug: str, reader: str = "oneroster") -> Source:
    """A tenant with one source, of OneRoster unless something else reads it."""
    tenant = await tenants.add(db, slug, slug.title())
    connector = named(reader)
    public, sealed = split_settings(connector, {}, tenant.id, VAULT, NOTHING_PRIVATE)
    row = SourceRow(
        0,
        tenant.id,
        "sis",
        "SIS",
        reader,
        public,
        sealed,
        connector.rank,
        None,
        7,
        0.2,
        "active",
        None,
        None,
        datetime.now(UTC),
    )
    async with db.transaction(tenant.id) as tx:
        stored = await sources.by_id(tx, await sources.add(tx, row))
    assert stored is not None
    return open_source(stored, VAULT, NOTHING_PRIVATE)


async def take_pages(db: Database, source: Source, folder: Path, listing: int) -> int:
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


async def take_bundle(db: Database, source: Source, folder: Path) -> int:
    """Load the bundle, in one transaction; how many records."""
    report = await file.load(db, source, folder, dry_run=False)
    rejected = [rejected for outcome in report.streams.values() for rejected in outcome.rejected]
    if rejected or report.state != "done":
        raise SystemExit(f"the bench's own bundle was not taken: {report.state}, {report.message} {rejected[:1]}")
    return sum(outcome.counts.total() for outcome in report.streams.values())


async def spend(way: str, url: str, folder: Path, postmaster: int) -> dict[str, Any]:
    """Load fresh, load again and, after REST pages, settle: CPU-seconds, and this process's peak memory."""
    meter = Meter((os.getpid(), postmaster))
    measured: dict[str, Any] = {}
    async with Database(url, 2) as db:
        source = await sis(db, way)

        async def load(listing: int) -> int:
            if way == "csv":
                return await take_bundle(db, source, folder / way)
            return await take_pages(db, source, folder / way, listing)

        with meter.spent() as fresh:
            count = await load(1)
        with meter.spent() as again:
            await load(2)
        measured |= {"tenant": source.tenant, "records": count, "fresh": fresh.cpu, "again": again.cpu}
        measured["loading_mb"] = peak()
        if way == "rest":
            _begin_peak()
            with meter.spent() as settled:
                measured["settled"] = (await settle(db, source.tenant)).learners
            measured |= {"settle": settled.cpu, "settling_mb": peak()}
    return measured


def peak() -> float:
    """Peak memory of this process in MB (getrusage would count what its parent had when it was started)."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def _begin_peak() -> None:
    """Begin the peak anew, from what is in memory now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    _, way, url, folder, postmaster = sys.argv
    tune_garbage_collection()  # as `tessera` does
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(spend(way, url, Path(folder), int(postmaster)))))
