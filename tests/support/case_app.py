"""The CASE provider by itself: one tenant with a key, and a client that talks to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.access.clients import create_client
from app.access.gate import Gate
from app.api.frameworks import case
from app.api.kit import problem
from app.db import Database
from app.db.access import tenants
from app.frameworks.frameworks import Imported, import_package
from app.secrets import Vault
from app.settings import Settings
from app.start import Service

BASE = "https://records.example.org/ims/case/v1p1"
AT = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


@dataclass
class Provider:
    """A tenant's frameworks over HTTP."""

    db: Database
    tenant: int
    app: FastAPI
    key: str

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """A client with a key (this tenant's)."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url=BASE,
            headers={"Authorization": f"Bearer {key or self.key}"},
        )

    async def take(self, received: bytes, **how: Any) -> Imported:
        """Import a package."""
        async with self.db.transaction(self.tenant) as tx:
            return await import_package(tx, received, **{"origin": "test", "base": BASE, "at": AT, **how})


@asynccontextmanager
async def provider(url: str, slug: str = "sample") -> AsyncIterator[Provider]:
    """The provider over a fresh database."""
    async with Database(url, 4) as db:
        tenant = await tenants.add(db, slug, slug.title())
        async with db.transaction(tenant.id) as tx:
            _, key = await create_client(tx, "reader", ["frameworks.read"], None)
        app = FastAPI()
        app.state.service = Service(Settings(public_url="https://records.example.org"), db, Vault(b"k" * 32))
        app.state.gate = Gate(db, 10_000)
        app.include_router(case.router)
        problem.install(app)
        yield Provider(db, tenant.id, app, key.text)


def packages(shared: Path) -> list[Path]:
    """Every real package among the shared samples."""
    return sorted(shared.glob("data/case/**/*.case11.json.gz"))
