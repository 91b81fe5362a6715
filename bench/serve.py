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
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from app.access.clients import create_client
from app.db import learners, sources, tenants
from app.db.sources import SourceRow
from app.pipeline.ingest import Arrival, ingest
from app.pipeline.settle import settle
from app.pipeline.source import Source, open_source
from app.settings import Settings
from app.start import Service, running
from bench import client
from bench.figures import Figure
from bench.meter import Meter
from bench.place import Place
from connectors import Page

SECONDS = 5
BYTES = 20_000
"""The size of the record that is read."""

WANTED = {1: 500, 100: 5000, 1000: 5000}
"""Pushed items per CPU-second, by how many there are in a request."""

ITEMS = {1: 5_000, 100: 40_000, 1000: 64_000}
"""How many are pushed, by how many there are in a request."""

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
    "learner": {
        "identifiers": [{"type": "program", "value": "RC-@P@"}],
        "name": {"given": "Ada", "family": "Sample"},
    },
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
    key, learner, etag = asyncio.run(_prepare(settings))
    bearer = {"Authorization": f"Bearer {key}"}
    with _running(["-m", "bench.hello", str(settings.data)], {}) as (url, pid):
        hello = _reads(url + "/", {}, Meter((pid,)))
    environment = {
        "DATABASE_URL": settings.database_url.get_secret_value() if settings.database_url else "",
        "TESSERA_DATA": str(settings.data),
        "TESSERA_REQUESTS_PER_SECOND": "1000000",
    }
    with _running(["-m", "app", "serve", "--no-worker", "--port"], environment) as (url, pid):
        meter = Meter((pid, place.postmaster))
        read = _reads(f"{url}/v1/learners/{learner}", bearer, meter)
        unchanged = _reads(f"{url}/v1/learners/{learner}", {**bearer, "If-None-Match": f'"{etag}"'}, meter)
        pushes = [_pushes(f"{url}/v1/evidence", bearer, batch, meter) for batch in WANTED]
    return [
        Figure(f"read a record of {BYTES // 1000} kB", "requests/CPU-s", read.per_cpu, hello.per_cpu, 0.5),
        Figure("the same, by the clock", "requests/s", read.per_second, hello.per_second, 0.5),
        Figure("read it again, unchanged (304)", "requests/CPU-s", unchanged.per_cpu, hello.per_cpu, 0.55),
        Figure("the same, by the clock ", "requests/s", unchanged.per_second, hello.per_second, 0.55),
        *(
            Figure(f"push evidence, {batch:,} per request", "items/CPU-s", pushed, None, wanted)
            for pushed, (batch, wanted) in zip(pushes, WANTED.items(), strict=True)
        ),
    ]


class Rate(NamedTuple):
    """How many a server answers."""

    per_cpu: float
    per_second: float


def _reads(url: str, headers: dict[str, str], meter: Meter) -> Rate:
    client.read(url, headers, 2)  # everything is warm from here on
    with meter.spent() as spent:
        answers = client.read(url, headers, SECONDS)
    return Rate(answers / spent.cpu, answers / SECONDS)


def _pushes(url: str, bearer: dict[str, str], batch: int, meter: Meter) -> float:
    """New items per CPU-second."""
    headers = {**bearer, "Content-Type": "application/json"}
    requests = max(2 * client.CONNECTIONS, ITEMS[batch] // batch)
    client.push(url, headers, _bodies(batch, client.CONNECTIONS, "warm"))
    with meter.spent() as spent:
        client.push(url, headers, _bodies(batch, requests, "item"))
    return requests * batch / spent.cpu


def _bodies(batch: int, requests: int, name: str) -> Iterator[bytes]:
    item = json.dumps(ITEM)
    for request in range(requests):
        items = [
            item.replace("@N@", f"{name}-{batch}-{request}-{n}").replace("@P@", str((request * batch + n) % PEOPLE))
            for n in range(batch)
        ]
        yield (items[0] if batch == 1 else f"[{','.join(items)}]").encode()


async def _prepare(settings: Settings) -> tuple[str, str, str]:
    """A tenant whose one learner has a record of BYTES: a key that may read and push, the learner, the ETag."""
    async with running(settings) as service:
        source = await _evidence_source(service)
        stream, count = source.streams()[0], 1
        while True:
            records = [_various(n) for n in range(count)]
            async with service.db.transaction(source.tenant) as tx:
                await ingest(tx, Arrival(source, stream, datetime.now(UTC)), Page(records))
            await settle(service.db, source.tenant)
            async with service.db.transaction(source.tenant) as tx:
                [listed] = await learners.listed(tx, after=None, since=None, limit=2)
                _, issued = await create_client(tx, "bench", ["learners.read", "evidence.write"], source.id)
            row = await learners.row(service.db, source.tenant, listed.id)
            assert row is not None
            assert row.body is not None
            if len(row.body) >= BYTES:
                return issued.text, str(listed.id), listed.etag
            count += 5


def _various(n: int) -> bytes:
    """One learner's evidence, each piece in other words, so that a record compresses as real ones do."""
    chance = random.Random(n)
    narrative = " ".join(chance.choices(WORDS, k=14))
    day = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}T16:30:00-04:00"
    item = json.dumps({**ITEM, "name": " ".join(chance.choices(WORDS, k=4)), "narrative": narrative, "occurredAt": day})
    return item.replace("@N@", str(n)).replace("@P@", "one").encode()


async def _evidence_source(service: Service) -> Source:
    tenant = await tenants.add(service.db, "bench", "Bench")
    row = SourceRow(
        0, tenant.id, "club", "Club", "evidence", {}, None, 50, None, 7, 0.2, "active", None, None, datetime.now(UTC)
    )
    async with service.db.transaction(tenant.id) as tx:
        found = await sources.by_id(tx, await sources.add(tx, row))
    assert found is not None
    return open_source(found, service.vault)


@contextmanager
def _running(module: list[str], environment: dict[str, str]) -> Iterator[tuple[str, int]]:
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
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit("a server that was to be measured did not start")
