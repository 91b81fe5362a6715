"""A service with a database of its own, and the sample district's SIS at the other end of a real connection."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
from pydantic import SecretStr

from app.db import Database
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.sandbox.district import District
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET, TOKEN_PATH, sis
from app.sandbox.world import World
from app.secrets import open_vault
from app.settings import Settings
from app.sources.source import split_settings
from app.start import Service
from connectors import named
from tests.conftest import TestDatabase, copied

SALT = b"the same in every test, so that learners' ids are"
COLLECTIONS = ["orgs", "academicSessions", "courses", "classes", "users", "enrollments"]


@asynccontextmanager
async def serving(database: TestDatabase, folder: Path) -> AsyncIterator[Service]:
    """The service's inside over a database."""
    settings = Settings(data=folder, database_url=SecretStr(database.owner_url), private_addresses=("127.0.0.1",))
    async with Database(database.service_url) as db:
        yield Service(settings, db, open_vault(None, folder))


@pytest.fixture
async def service(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Service]:
    async with serving(database, tmp_path) as service:
        yield service


async def make_tenant(service: Service, database: TestDatabase) -> TenantRow:
    tenant = await tenants.add(service.db, "sample", "Sample District")
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE tenant SET salt = %s", [SALT])
    return tenant


@pytest.fixture
async def tenant(service: Service, database: TestDatabase) -> TenantRow:
    return await make_tenant(service, database)


@dataclass(slots=True)
class Gate:
    """Stands before the SIS: counts requests, stops them from one on, and answers some itself."""

    inside: Any
    stop_at: int | None = None
    answer: tuple[int, dict[str, str]] | None = None
    asked: int = 0
    under_way: int = 0
    most_at_once: int = 0
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            if self.stop_at is not None and self.asked >= self.stop_at:
                self.stopped.set()
                await self.open.wait()
            if self.answer is not None:
                status, headers = self.answer
                lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
                await send({"type": "http.response.start", "status": status, "headers": lines})
                await send({"type": "http.response.body", "body": b"{}"})
                return
            await self.inside(scope, receive, send)
        finally:
            self.under_way -= 1


@pytest.fixture
async def gate() -> AsyncIterator[tuple[Gate, str]]:
    """The SIS behind a gate, and its URL."""
    gate = Gate(sis(World(District(size=60), flawed=True)))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(gate, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
        task = asyncio.create_task(server.serve(sockets=[taken]))
        yield gate, f"http://127.0.0.1:{taken.getsockname()[1]}"
        gate.open.set()
        server.should_exit = True
        await task


async def add_source(service: Service, tenant: TenantRow, url: str, **more: Any) -> int:
    """A source that pulls the roster from the SIS; its id."""
    values = {
        "base_url": url,
        "token_url": url + TOKEN_PATH,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "collections": COLLECTIONS,
        "page_size": 40,
        **more,
    }
    settings, secrets = split_settings(named("oneroster"), values, tenant.id, service.vault, service.settings.limits)
    async with service.db.transaction(tenant.id) as tx:
        return await sources.add(tx, source_row(settings, secrets))


def source_row(settings: dict[str, Any], secrets: bytes | None) -> SourceRow:
    return SourceRow(
        id=0,
        tenant_id=0,
        slug="sis",
        name="Sample SIS",
        connector="oneroster",
        settings=settings,
        secrets=secrets,
        rank=10,
        every_minutes=60,
        full_every_days=7,
        shrink_share=0.2,
        state="active",
        state_reason=None,
        due_at=None,
        created_at=None,  # type: ignore[arg-type]  # the database says when
    )


@pytest.fixture
def clean(postgres: str, template: TestDatabase) -> Iterator[TestDatabase]:
    """A second database, for the run that nothing goes wrong in."""
    with copied(postgres, template) as copy:
        yield copy
