"""kill -9 at random moments: what was acknowledged is there, nothing is half there, and the end is a clean run's."""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.db import Database
from app.db.queue import waiting
from app.db.server.embedded import start
from app.db.sources import sources
from app.pipeline.arrival import Arrival
from app.pipeline.file import load
from app.pipeline.ingest import ingest
from app.pipeline.pull import pull
from app.records.settle import settle
from app.sandbox.district import District
from app.sandbox.sis.bundle import write_bundle
from app.secrets import open_vault
from app.sources.source import Source, open_source
from app.start import running
from connectors import Page, named
from tests.conftest import TestDatabase
from tests.support.limits import LOOPBACK
from tests.support.load import VERSIONS, Load, begun, set_up, under_load
from tests.support.served import PATIENCE, ROOT, Served, served
from tests.support.told import timeless_records

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(300)]

STRACE = shutil.which("strace")


class Also:
    """What else goes on: syncs, replays, and an import that is killed too."""

    def __init__(self, service: Served, bundle: Path, key: str) -> None:
        self.service = service
        self.bundle = bundle
        self.key = key

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        """A `tessera` command beside the service."""
        return subprocess.Popen(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "TESSERA_DATA": str(self.service.folder),
                "TESSERA_PRIVATE_ADDRESSES": "127.0.0.1",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def begin(self, which: str) -> subprocess.Popen[bytes] | None:
        """Begin one thing, in a process of its own or in the service."""
        match which:
            case "import":
                return self.command("import", str(self.bundle), "--source", "files", "--yes")
            case "replay":
                return self.command("replay", "tutor")
            case _:
                with suppress(httpx.TransportError):
                    httpx.post(
                        f"{self.service.url}/v1/sources/1/sync",
                        json={"full": True},
                        headers={"Authorization": f"Bearer {self.key}"},
                        timeout=30,
                    )
                return None


async def test_a_request_that_died_does_not_lock_its_key(folder: Path, sis: str) -> None:
    """Killed while it waited to store: the key is its own for half a minute, then anybody's who asks with it again."""
    item = {"id": "once", "learner": {"identifiers": [{"type": "district", "value": "1"}]}, "narrative": "Half said."}
    with served(folder) as service:
        tenant, key = await begun(service, sis)
        with start(folder / "postgres") as server:
            owner = make_conninfo(server.admin_url, dbname="tessera")

        def ask() -> httpx.Response:
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "k-1"}
            return httpx.post(f"{service.url}/v1/evidence", headers=headers, json=item, timeout=30)

        with psycopg.connect(owner) as holder, psycopg.connect(owner, autocommit=True) as watch:
            tutor = holder.execute("SELECT id FROM source WHERE slug = 'tutor'").fetchone()
            assert tutor is not None
            holder.execute("SELECT pg_advisory_xact_lock(%s, %s)", [tenant, tutor[0]])  # nobody stores until this ends
            first = asyncio.create_task(asyncio.to_thread(ask))
            await asyncio.to_thread(claimed, watch)
            await asyncio.to_thread(service.kill)
            with pytest.raises(httpx.TransportError):
                await first
            holder.rollback()
            await asyncio.to_thread(service.start)
            assert (await asyncio.to_thread(ask)).status_code == httpx.codes.CONFLICT
            watch.execute("UPDATE idempotency SET created_at = created_at - interval '31 seconds'")
            again = [await asyncio.to_thread(ask) for _ in range(2)]
            assert [answer.status_code for answer in again] == [201, 201]
            assert again[1].headers["Idempotent-Replayed"] == "true"
            assert watch.execute("SELECT count(*) FROM record WHERE raw_key = 'once' AND n = 0").fetchone() == (1,)
        assert await asyncio.to_thread(service.stop) == 0


def claimed(watch: "psycopg.Connection[Any]") -> None:
    """Wait until a request has claimed its key."""
    deadline = time.monotonic() + PATIENCE
    while watch.execute("SELECT count(*) FROM idempotency").fetchone() != (1,):
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def test_kill_9_of_the_service_and_of_its_database(
    folder: Path, sis: str, dice: random.Random, database: TestDatabase, tmp_path: Path
) -> None:
    """One of two services over one database is killed, or their database, or both, while both are pushed to."""
    bundle = tmp_path / "bundle"
    write_bundle(District(size=40), bundle)
    numbers = [learner.number for learner in District(size=40).learners]
    with served(folder) as service, served(folder) as second:
        tenant, key = await begun(service, sis)
        await asyncio.to_thread(second.start)
        load = Load([service.url, second.url], key, dice, numbers)
        also = Also(service, bundle, key)
        async with under_load(load):
            for how in ("service", "database", "both", "service"):
                other = await asyncio.to_thread(also.begin, dice.choice(["import", "replay", "sync"]))
                await asyncio.to_thread(also.begin, "sync")
                await asyncio.sleep(dice.uniform(0.2, 2))
                await asyncio.to_thread(fell, service, how)
                await asyncio.to_thread(second.ready)
                if other is not None:
                    other.send_signal(signal.SIGKILL)
                    await asyncio.to_thread(other.wait)
            await load.acknowledged(50)
        assert load.statuses <= {200, 201, 429, 503}
        assert [await asyncio.to_thread(process.stop) for process in (service, second)] == [0, 0]
        async with running(service.settings) as inside:
            finished = await finish(inside.db, tenant, open_vault(None, folder), bundle)
    clean = Database(database.service_url, 4)
    async with clean:
        tenant, _ = await set_up(clean, database.owner_url, tmp_path, sis)
        await push_again(clean, tenant, load, finished.versions)
        undisturbed = await finish(clean, tenant, open_vault(None, tmp_path), bundle)
    assert {key: version for key, version in load.told.items() if finished.versions.get(key, -1) < version} == {}
    stored = finished.versions.keys()
    assert [batch for batch in load.batches if 0 < len(stored & set(batch)) < len(batch)] == []
    assert finished.records == undisturbed.records
    assert finished.statements == undisturbed.statements


def fell(service: Served, how: str) -> None:
    """Kill -9, and be ready again: by itself where only the database was killed."""
    if how in ("database", "both"):
        service.kill_database()
    if how in ("service", "both"):
        service.kill()
        service.start()
    service.ready()


@pytest.mark.skipif(STRACE is None, reason="there is no strace here: install it")
async def test_kill_9_of_the_database_at_the_nth_write(folder: Path, sis: str, dice: random.Random) -> None:
    """Whichever of its processes writes for the nth time since we look falls in the middle of it."""
    if may_not_attach():
        pytest.skip("unavailable in CI: this machine does not let strace attach to a process")
    with served(folder) as service:
        tenant, key = await begun(service, sis)
        load = Load([service.url], key, dice, [str(1000001 + n) for n in range(9)])
        async with under_load(load):
            for call, when in (("pwrite64", 1), ("fdatasync", 3), ("pwrite64", 12)):
                await asyncio.to_thread(fell_at, service, call, when)
            await load.acknowledged(20)
        assert load.statuses <= {200, 201, 429, 503}
        assert await asyncio.to_thread(service.stop) == 0
        async with running(service.settings) as inside, inside.db.transaction(tenant) as tx:
            versions = dict(await tx.rows(VERSIONS))
    assert {key: version for key, version in load.told.items() if versions.get(key, -1) < version} == {}
    assert [batch for batch in load.batches if 0 < len(versions.keys() & set(batch)) < len(batch)] == []


@pytest.mark.skipif(STRACE is None, reason="there is no strace here: install it")
async def test_a_disk_that_fails_a_flush_loses_nothing(folder: Path, sis: str, dice: random.Random) -> None:
    """Where flushing the log fails (EIO), PostgreSQL falls and recovers; nothing that was acknowledged is missing."""
    if may_not_attach():
        pytest.skip("unavailable in CI: this machine does not let strace attach to a process")
    with served(folder) as service:
        tenant, key = await begun(service, sis)
        load = Load([service.url], key, dice, [str(1000001 + n) for n in range(9)])
        async with under_load(load):
            await load.acknowledged(20)
            await asyncio.to_thread(fell_at, service, "fdatasync", 3, "error=EIO")
            await load.acknowledged(len(load.told) + 20)
        assert load.statuses <= {200, 201, 429, 503}
        assert await asyncio.to_thread(service.stop) == 0
        async with running(service.settings) as inside, inside.db.transaction(tenant) as tx:
            versions = dict(await tx.rows(VERSIONS))
    assert {key: version for key, version in load.told.items() if versions.get(key, -1) < version} == {}


async def test_a_database_that_hangs_is_told_and_nothing_is_lost(folder: Path, sis: str, dice: random.Random) -> None:
    """Stopped, as by a disk that does not answer: alive, not ready within bounded time, and then as before."""
    with served(folder) as service:
        tenant, key = await begun(service, sis)
        load = Load([service.url], key, dice, [str(1000001 + n) for n in range(9)])
        async with under_load(load):
            await load.acknowledged(20)
            stopped: set[int] = set()
            while fresh := (await asyncio.to_thread(service.database)).keys() - stopped:
                for pid in fresh:  # again until there is none: another one may have begun meanwhile
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGSTOP)
                stopped |= fresh
            async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE) as http:
                unready = [await http.get("/readyz") for _ in range(3)]
                alive = await http.get("/livez")
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
            await asyncio.to_thread(service.ready)
            await load.acknowledged(len(load.told) + 20)
        assert [answer.status_code for answer in unready] == [503, 503, 503]
        assert unready[-1].json()["database"].startswith("has not answered")
        assert alive.status_code == 200
        assert load.statuses <= {200, 201, 429, 503}
        assert await asyncio.to_thread(service.stop) == 0
        async with running(service.settings) as inside, inside.db.transaction(tenant) as tx:
            versions = dict(await tx.rows(VERSIONS))
    assert {key: version for key, version in load.told.items() if versions.get(key, -1) < version} == {}


def may_not_attach() -> bool:
    """Whether the machine (Yama, a container's capabilities) keeps strace from a process that it did not start."""
    assert STRACE is not None
    with subprocess.Popen(["sleep", "60"]) as other:
        tracer = subprocess.Popen([STRACE, "-o", "/dev/null", "-p", str(other.pid)], stderr=subprocess.PIPE, text=True)
        assert tracer.stderr is not None
        line = tracer.stderr.readline()  # that it is attached, or why it is not
        tracer.terminate()
        tracer.communicate()
        other.kill()
    return "attached" not in line


def fell_at(service: Served, call: str, when: int, how: str = "signal=KILL") -> None:
    """Kill one of the database's processes at its nth call of the system, or fail the call; and be ready again."""
    assert STRACE is not None
    before = service.database()
    inject = ["-e", f"trace={call}", "-e", f"inject={call}:{how}:when={when}"]
    each = [word for pid in before for word in ("-p", str(pid))]
    tracer = subprocess.Popen([STRACE, "-f", "-qqq", "-o", "/dev/null", *inject, *each], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + PATIENCE
    while before.keys() <= service.database().keys() and time.monotonic() < deadline:
        time.sleep(0.05)
    tracer.terminate()
    tracer.wait()
    assert not before.keys() <= service.database().keys()
    service.ready()


@dataclass(frozen=True)
class Remains:
    """What a database holds in the end, but for when it was received."""

    records: dict[str, str]
    statements: list[Any]
    versions: dict[str, int]


async def finish(db: Database, tenant: int, vault: Any, bundle: Path) -> Remains:
    """Let all that was begun come to its end."""
    async with db.transaction(tenant) as tx:
        made = {row.slug: open_source(row, vault, LOOPBACK) for row in await sources.listed(tx)}
    assert (await pull(db, made["sis"])).state in ("done", "partial")
    assert (await load(db, made["files"], bundle, dry_run=False)).state == "done"
    await settle(db, tenant)
    async with db.transaction(tenant) as tx:
        assert not await waiting(tx)
        learners = await timeless_records(tx)
        rows = await tx.rows(
            """SELECT source_id, stream, raw_key, n, kind, key, person, state, body::text FROM record
               ORDER BY source_id, stream, raw_key, n"""
        )
        scores = await tx.rows(VERSIONS)
    records = {str(learner): body.decode() for learner, body in learners.items()}
    return Remains(records, rows, dict(scores))


async def push_again(db: Database, tenant: int, load: Load, versions: dict[str, int]) -> None:
    """Push what was stored, once and in order."""
    async with db.transaction(tenant) as tx:
        row = await sources.by_slug(tx, "tutor")
        assert row is not None
        evidence = named("evidence")
        tutor = Source(row.id, tenant, row.slug, row.name, evidence, evidence.settings(), row.rank)
        bodies = [json.dumps(load.sent[key][version]).encode() for key, version in sorted(versions.items())]
        await ingest(tx, Arrival(tutor, tutor.streams()[0], datetime.now(UTC)), Page(bodies))
