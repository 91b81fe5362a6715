"""Serving: reading a record and pushing evidence, beside hello-world of the same framework on the same server.

Each server is one process of uvicorn with its settings as `tessera serve` has them, without the worker; the client's
CPU is not counted, PostgreSQL's is. Every push commits durably (fsync is on, as in the embedded server's defaults).
"""

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.access.clients import create_client
from app.db.access import tenants
from app.db.records import learners
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.records.settle import settle
from app.settings import Settings
from app.sources.source import Source, open_source
from app.start import Service, running
from bench import client
from bench.client import Get
from bench.figures import Figure
from bench.load import copy_limit
from bench.meter import Meter
from bench.place import Place
from connectors import Page

SECONDS = 5
PIECES = 25
"""The size of the record that is read."""

LEARNERS = 500
"""How many learners' records are read: what many ask for at once is asked of the database once."""

WANTED = {1: 500, 100: 5000, 1000: 5000}
"""Pushed items per CPU-second, by how many there are in a request."""

ITEMS = {1: 5_000, 100: 40_000, 1000: 64_000}
"""How many are pushed, by how many there are in a request."""

AT_ONCE = 4_000
"""So many items are under way at once: a client has only a share of the room for pushes."""

PEOPLE = 1000
WORDS = (
    "built",
    "tried",
    "explained",
    "measured",
    "drew",
    "coded",
    "wired",
    "tested",
    "robot",
    "sensor",
    "wheel",
    "line",
)
ITEM = {
    "id": "robotics-@N@",
    "learner": {"identifiers": [{"type": "program", "value": "RC-@P@"}], "name": {"given": "Ada", "family": "Sample"}},
    "name": "A robot that follows a line",
    "narrative": "Ada built the chassis, wrote the control loop, and explained both to the group.",
    "occurredAt": "2026-10-03T16:30:00-04:00",
    "place": "Robotics Club, Northside Library",
    "setting": "after-school",
    "alignments": [{"framework": "NGSS", "code": "MS-ETS1-4"}],
    "result": {"score": 3, "min": 1, "max": 4, "unit": "rubric points", "method": "summative"},
}


def figures(place: Place) -> list[Figure]:
    """One round."""
    with psycopg.connect(place.owner_url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE serving")
    settings = Settings(
        data=place.files / "serving",
        database_url=SecretStr(make_conninfo(place.owner_url, dbname="serving")),
        requests_per_second=1_000_000,
    )
    key, tenant, etags = asyncio.run(_prepare(settings))
    bearer = {"Authorization": f"Bearer {key}"}
    plain = [Get(f"/v1/learners/{learner}", bearer) for learner in etags]
    conditional = [
        Get(get.path, {**bearer, "If-None-Match": f'"{etag}"'}) for get, etag in zip(plain, etags.values(), strict=True)
    ]
    packed = [Get(get.path, {**bearer, "Accept-Encoding": "zstd"}) for get in plain]
    with process(["-m", "bench.hello", str(settings.data)], {}) as (url, pid):
        hello = reads(url, [Get("/", {})], Meter((pid,)))
    environment = {
        "DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else "",
        "TESSERA_DATA": str(settings.data),
        "TESSERA_REQUESTS_PER_SECOND": "1000000",
        "TESSERA_ACCESS_LOG": "false",  # hello-world keeps none
    }
    with process(["-m", "app", "serve", "--no-worker", "--port"], environment) as (url, pid):
        meter = Meter((pid, place.postmaster))
        read = reads(url, plain, meter)
        of_one = reads(url, plain[:1], meter)
        short = reads(url, packed, meter)
        unchanged = reads(url, conditional, meter)
        pushes = [_pushes(f"{url}/v1/evidence", bearer, batch, meter) for batch in WANTED]
    serving = make_conninfo(place.owner_url, dbname="serving")
    copied = copy_limit(replace(place, owner_url=serving), tenant) / _statements(serving, tenant)
    return [
        *_beside(f"read headers of records of {PIECES} pieces", read, hello, 0.5),
        *_beside("read them as zstd", short, hello, 0.5),
        *_beside("read one of them", of_one, hello, 0.5),
        *_beside("read them again, unchanged (304)", unchanged, hello, 0.55),
        *(
            Figure(f"push evidence, {batch:,} per request", "items/CPU-s", pushed, None, target)
            for pushed, (batch, target) in zip(pushes, WANTED.items(), strict=True)
        ),
        *(
            Figure(f"the same, {batch:,} per request, beside COPY", "items/CPU-s", pushed, copied, 0.1)
            for pushed, batch in zip(pushes, WANTED, strict=True)
            if batch > 1
        ),
    ]


class Rate(NamedTuple):
    """How many a server answers."""

    per_cpu: float
    per_second: float


def _beside(what: str, rate: Rate, limit: Rate, target: float) -> list[Figure]:
    return [
        Figure(what, "requests/CPU-s", rate.per_cpu, limit.per_cpu, target),
        Figure(f"{what}, by the clock", "requests/s", rate.per_second, limit.per_second, target),
    ]


def reads(url: str, gets: Sequence[Get], meter: Meter) -> Rate:
    client.read(url, gets, 2)  # everything is warm from here on
    with meter.spent() as spent:
        answers = client.read(url, gets, SECONDS)
    return Rate(answers / spent.cpu, answers / SECONDS)


def _statements(url: str, tenant: int) -> float:
    """How many rows an item is stored as."""
    query = "SELECT count(*)::float8 / count(DISTINCT raw_key) FROM record WHERE tenant_id = %s"
    with psycopg.connect(url) as conn:
        return float(conn.execute(query, [tenant]).fetchall()[0][0])


def _pushes(url: str, bearer: dict[str, str], batch: int, meter: Meter) -> float:
    """New items per CPU-second."""
    headers = {**bearer, "Content-Type": "application/json"}
    connections = min(client.CONNECTIONS, AT_ONCE // batch)
    requests = max(2 * connections, ITEMS[batch] // batch)
    client.push(url, headers, _bodies(batch, connections, "warm"), connections)
    with meter.spent() as spent:
        client.push(url, headers, _bodies(batch, requests, "item"), connections)
    return requests * batch / spent.cpu


def _bodies(batch: int, requests: int, name: str) -> Iterator[bytes]:
    item = json.dumps(ITEM)
    for request in range(requests):
        items = [
            item.replace("@N@", f"{name}-{batch}-{request}-{n}").replace("@P@", str((request * batch + n) % PEOPLE))
            for n in range(batch)
        ]
        yield (items[0] if batch == 1 else f"[{','.join(items)}]").encode()


async def _prepare(settings: Settings) -> tuple[str, int, dict[str, str]]:
    """A tenant whose learners have PIECES of evidence each: its key and id, and the ETag of each."""
    async with running(settings) as service:
        source = await _evidence_source(service)
        tenant = source.tenant
        for learner in range(LEARNERS):
            await _take(service, source, [_various(learner, n) for n in range(PIECES)])
        await settle(service.db, tenant)
        async with service.db.transaction(tenant) as tx:
            listed = await learners.listed(tx, after=None, since=None, limit=LEARNERS)
            _, issued = await create_client(tx, "bench", ["learners.read", "evidence.write"], source.id)
        return issued.text, tenant, {str(learner.id): learner.etag for learner in listed}


async def _take(service: Service, source: Source, records: Sequence[bytes]) -> None:
    async with service.db.transaction(source.tenant) as tx:
        await ingest(tx, Arrival(source, source.streams()[0], datetime.now(UTC)), Page(records))


def _various(learner: int, n: int) -> bytes:
    """A learner's evidence, each piece in other words, so that a record compresses as real ones do."""
    chance = random.Random(learner * 1000 + n)
    narrative = " ".join(chance.choices(WORDS, k=14))
    day = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T16:30:00-04:00"
    item = json.dumps({**ITEM, "name": " ".join(chance.choices(WORDS, k=4)), "narrative": narrative, "occurredAt": day})
    return item.replace("@N@", f"{learner}-{n}").replace("@P@", f"learner-{learner}").encode()


async def _evidence_source(service: Service) -> Source:
    tenant = await tenants.add(service.db, "bench", "Bench")
    row = SourceRow(
        0, tenant.id, "club", "Club", "evidence", {}, None, 50, None, 7, 0.2, "active", None, None, datetime.now(UTC)
    )
    async with service.db.transaction(tenant.id) as tx:
        stored = await sources.by_id(tx, await sources.add(tx, row))
    assert stored is not None
    return open_source(stored, service.vault, service.settings.limits)


@contextmanager
def process(module: list[str], environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """A server of our own on a free port: where it is, and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, *module, str(port)]
    with subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as server:
        try:
            _await(port, server)
            yield f"http://127.0.0.1:{port}", server.pid
        finally:
            server.terminate()


def _await(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(1800):  # a crowded machine takes its time
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("a server that was to be measured did not start")
