"""Thirty-two who push at once, into a district with a system of every kind, and what each of them was told."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import make_conninfo

from app.access.clients import create_client
from app.access.scopes import SCOPES
from app.db import Database
from app.db.access import tenants
from app.db.server.embedded import start
from app.db.sources import sources
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET
from app.secrets import open_vault
from app.sources.source import split_settings
from app.start import running
from connectors import named
from tests.support.hostile import pushed
from tests.support.limits import LOOPBACK
from tests.support.served import PATIENCE, Served
from tests.support.service import SALT, source_row

PUSHERS = 32
ATOMIC = 5
VERSIONS = "SELECT raw_key, (body ->> 'score')::float::int FROM record WHERE stream = 'evidence' AND kind = 'result'"
"""Which version of each item is stored."""
TAKEN = ("new", "updated", "unchanged", "stale")
"""What an item that was taken becomes; it is stale where a later version of it came before it, and stays."""


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
        "page_size": 20,
    }
    made = []
    for slug, connector, values in (("sis", "oneroster", rest), ("files", "oneroster", {}), ("tutor", "evidence", {})):
        settings, sealed = split_settings(named(connector), values, tenant.id, vault, LOOPBACK)
        row = source_row(settings, sealed)
        row = replace(row, slug=slug, name=slug.upper(), connector=connector, every_minutes=None, rank=len(slug))
        async with db.transaction(tenant.id) as tx:
            made.append(await sources.add(tx, row))
    async with db.transaction(tenant.id) as tx:
        _, issued = await create_client(tx, "vendor", SCOPES, made[2])
    return tenant.id, issued.text


@dataclass
class Load:
    """Many who push at once, each request to one of the servers that there are then, and what each was told."""

    urls: Sequence[str]
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
        answer = await http.post(f"{self.dice.choice(self.urls)}/v1/evidence", json=body, params={"mode": mode})
        self.statuses.add(answer.status_code)
        if answer.is_success:
            for item, became in zip(items, answer.json()["items"], strict=True):
                assert became["status"] in TAKEN, became
                version = self.sent[item["id"]].index(item)
                self.told[item["id"]] = max(version, self.told.get(item["id"], 0))

    async def acknowledged(self, count: int) -> None:
        """Wait until more than so many were acknowledged, however slow the machine is."""
        async with asyncio.timeout(PATIENCE):
            while len(self.told) <= count:  # noqa: ASYNC110  thirty-two tell, and one waits
                await asyncio.sleep(0.05)

    async def go(self) -> None:
        """Push for ever, whatever happens at the other end."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(headers=headers, timeout=30) as http:
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
        failed = [task.exception() for task in pushing if task.done()]
        assert not failed, failed
    finally:
        for task in pushing:
            task.cancel()
        await asyncio.gather(*pushing, return_exceptions=True)


async def begun(service: Served, sis: str) -> tuple[int, str]:
    """Make a tenant with its sources, and start the service: the tenant's id, and the key of who pushes."""
    async with running(service.settings) as inside:
        with start(service.folder / "postgres") as server:
            owner = make_conninfo(server.admin_url, dbname="tessera")
            made = await set_up(inside.db, owner, service.folder, sis)
    await asyncio.to_thread(service.start)
    return made


async def lost(service: Served, tenant: int, load: Load) -> dict[str, int]:
    """What was acknowledged, and a stopped service does not hold: ids and versions."""
    async with running(service.settings) as inside, inside.db.transaction(tenant) as tx:
        versions = dict(await tx.rows(VERSIONS))
    return {key: version for key, version in load.told.items() if versions.get(key, -1) < version}
