"""kill -9 at random moments: what was acknowledged is there, nothing is half there, and the end is that of a clean run.

The seed is printed; TESSERA_SEED repeats a run.
"""

import asyncio
import json
import os
import random
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.access.clients import create_client
from app.access.scopes import SCOPES
from app.db import Database, sources, tenants
from app.db.embedded import start
from app.db.queue import waiting
from app.pipeline.file import load
from app.pipeline.ingest import Arrival, ingest
from app.pipeline.pull import pull
from app.pipeline.settle import settle
from app.pipeline.source import Source, open_source, split_settings
from app.sandbox.district import District
from app.sandbox.serve import serving
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET
from app.sandbox.sis.bundle import write_bundle
from app.sandbox.world import World
from app.secrets import open_vault
from app.start import running
from connectors import Page, named
from tests.conftest import TestDatabase
from tests.faults.hostile import pushed
from tests.faults.served import ROOT, Served, served
from tests.jobs.conftest import SALT, source_row

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(300)]

PUSHERS = 32
ATOMIC = 5


@pytest.fixture
def dice() -> random.Random:
    seed = os.environ.get("TESSERA_SEED") or secrets.token_hex(4)
    print(f"TESSERA_SEED={seed}")  # noqa: T201  shown where the test fails
    return random.Random(seed)


@pytest.fixture
def folder() -> Iterator[Path]:
    """As root, PostgreSQL runs as another user, who may not enter pytest's own folders."""
    made = Path(tempfile.mkdtemp(prefix="tessera-kill-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def sis() -> Iterator[str]:
    with serving(World(District(size=40))) as at:
        yield at.rostering


async def set_up(db: Database, owner_url: str, data: Path, rostering: str) -> tuple[int, str]:
    """A tenant with three sources, the same in every database; its id and the key of who pushes."""
    tenant = await tenants.add(db, "sample", "Sample District")
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE tenant SET salt = %s", [SALT])
    vault = open_vault(None, data)
    root = rostering.removesuffix("/ims/oneroster/rostering/v1p2")
    rest = {
        "base_url": rostering,
        "token_url": f"{root}/token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "allow_private_network": True,
        "page_size": 20,
    }
    made = []
    for slug, connector, given in (("sis", "oneroster", rest), ("files", "oneroster", {}), ("tutor", "evidence", {})):
        settings, sealed = split_settings(named(connector), given, tenant.id, vault)
        row = source_row(settings, sealed)
        row = replace(row, slug=slug, name=slug.upper(), connector=connector, every_minutes=None, rank=len(slug))
        async with db.transaction(tenant.id) as tx:
            made.append(await sources.add(tx, row))
    async with db.transaction(tenant.id) as tx:
        _, issued = await create_client(tx, "vendor", SCOPES, made[2])
    return tenant.id, issued.text


@dataclass
class Load:
    """Many who push at once, and what each was told."""

    url: str
    key: str
    dice: random.Random
    numbers: list[str]
    sent: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)  # id: the version that was acknowledged last
    batches: list[list[str]] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    next: int = 0

    def item(self) -> dict[str, Any]:
        """A new item, or a correction of one that was sent before."""
        if self.next and self.dice.random() < 0.3:
            key = f"i-{self.dice.randrange(self.next)}"
        else:
            key, self.next = f"i-{self.next}", self.next + 1
        version = len(self.sent.setdefault(key, []))
        number = self.numbers[int(key[2:]) % len(self.numbers)]
        stamp = f"2026-09-01T{version // 3600:02}:{version // 60 % 60:02}:{version % 60:02}Z"
        self.sent[key].append(pushed(key, number, updatedAt=stamp, result={"score": version}))
        return self.sent[key][-1]

    async def push(self, http: httpx.AsyncClient) -> None:
        """Push one request: an item, a batch, or an atomic batch of which all or nothing is stored."""
        kind = self.dice.choice(["one", "batch", "atomic"])
        items = [self.item() for _ in range({"one": 1, "batch": 20, "atomic": 0}[kind])]
        if kind == "atomic":
            number = len(self.batches)
            items = [pushed(f"a-{number}-{n}", self.numbers[n], result={"score": 0}) for n in range(ATOMIC)]
            self.batches.append([item["id"] for item in items])
            self.sent.update({item["id"]: [item] for item in items})
        body: Any = items[0] if kind == "one" else items
        mode = "atomic" if kind == "atomic" else "partial"
        answer = await http.post("/v1/evidence", json=body, params={"mode": mode})
        self.statuses.add(answer.status_code)
        if answer.is_success:
            for item, became in zip(items, answer.json()["items"], strict=True):
                assert became["status"] in ("new", "updated", "unchanged")
                version = self.sent[item["id"]].index(item)
                self.told[item["id"]] = max(version, self.told.get(item["id"], 0))

    async def go(self) -> None:
        """Push for ever, whatever happens at the other end."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30) as http:
            while True:
                with suppress(httpx.TransportError):
                    await self.push(http)
                await asyncio.sleep(0.01)


@asynccontextmanager
async def under_load(load: Load) -> AsyncIterator[None]:
    """Thirty-two who push, as long as the context lasts."""
    pushing = [asyncio.create_task(load.go()) for _ in range(PUSHERS)]
    try:
        yield
        assert not any(task.done() for task in pushing)
    finally:
        for task in pushing:
            task.cancel()
        await asyncio.gather(*pushing, return_exceptions=True)


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
            env={"PATH": os.environ["PATH"], "TESSERA_DATA": str(self.service.folder)},
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


async def test_kill_9_of_the_service_and_of_its_database(
    folder: Path, sis: str, dice: random.Random, database: TestDatabase, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    write_bundle(District(size=40), bundle)
    numbers = [learner.number for learner in District(size=40).learners]
    with served(folder) as service:
        async with running(service.settings) as inside:
            with start(folder / "postgres") as server:
                owner = make_conninfo(server.admin_url, dbname="tessera")
                tenant, key = await set_up(inside.db, owner, folder, sis)
        await asyncio.to_thread(service.start)
        load = Load(service.url, key, dice, numbers)
        also = Also(service, bundle, key)
        async with under_load(load):
            for how in ("service", "database", "both", "service"):
                other = await asyncio.to_thread(also.begin, dice.choice(["import", "replay", "sync"]))
                await asyncio.to_thread(also.begin, "sync")
                await asyncio.sleep(dice.uniform(0.2, 2))
                await asyncio.to_thread(fell, service, how)
                if other is not None:
                    other.send_signal(signal.SIGKILL)
                    await asyncio.to_thread(other.wait)
            await asyncio.sleep(0.5)
        assert load.statuses <= {200, 201, 429, 503}
        assert await asyncio.to_thread(service.stop) == 0
        async with running(service.settings) as inside:
            found = await finish(inside.db, tenant, open_vault(None, folder), bundle)
    assert len(load.told) > 50
    clean = Database(database.service_url, 4)
    async with clean:
        tenant, _ = await set_up(clean, database.owner_url, tmp_path, sis)
        await push_again(clean, tenant, load, found.versions)
        undisturbed = await finish(clean, tenant, open_vault(None, tmp_path), bundle)
    assert {key: version for key, version in load.told.items() if found.versions.get(key, -1) < version} == {}
    stored = found.versions.keys()
    assert [batch for batch in load.batches if 0 < len(stored & set(batch)) < len(batch)] == []
    assert found.records == undisturbed.records
    assert found.statements == undisturbed.statements


def fell(service: Served, how: str) -> None:
    """Kill -9, and be ready again: by itself where only the database was killed."""
    if how in ("database", "both"):
        service.kill_database()
    if how in ("service", "both"):
        service.kill()
        service.start()
    service.ready()


@dataclass(frozen=True)
class Found:
    """What a database holds in the end, but for when it was received."""

    records: dict[str, str]
    statements: list[Any]
    versions: dict[str, int]


async def finish(db: Database, tenant: int, vault: Any, bundle: Path) -> Found:
    """Let all that was begun come to its end."""
    async with db.transaction(tenant) as tx:
        made = {row.slug: open_source(row, vault) for row in await sources.listed(tx)}
    assert (await pull(db, made["sis"])).state in ("done", "partial")
    assert (await load(db, made["files"], bundle, dry_run=False)).state == "done"
    await settle(db, tenant)
    async with db.transaction(tenant) as tx:
        assert not await waiting(tx)
        learners = await tx.rows("SELECT id, body FROM learner WHERE body IS NOT NULL ORDER BY id")
        said = await tx.rows(
            """SELECT source_id, stream, raw_key, n, kind, key, person, withdrawn, body::text FROM record
               ORDER BY source_id, stream, raw_key, n"""
        )
        scores = await tx.rows(
            "SELECT raw_key, (body ->> 'score')::float::int FROM record WHERE stream = 'evidence' AND kind = 'result'"
        )
    records = {str(learner): re.sub(r'"receivedAt":"[^"]*"', "", body.decode()) for learner, body in learners}
    return Found(records, said, dict(scores))


async def push_again(db: Database, tenant: int, load: Load, versions: dict[str, int]) -> None:
    """Push what was stored, once and in order."""
    async with db.transaction(tenant) as tx:
        row = await sources.by_slug(tx, "tutor")
        assert row is not None
        evidence = named("evidence")
        tutor = Source(row.id, tenant, row.slug, row.name, evidence, evidence.settings(), row.rank)
        bodies = [json.dumps(load.sent[key][version]).encode() for key, version in sorted(versions.items())]
        await ingest(tx, Arrival(tutor, tutor.streams()[0], datetime.now(UTC)), Page(bodies))
