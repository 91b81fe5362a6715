"""A service with two tenants, called through ASGI; every key it hands out is a real one."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.access.clients import create_client
from app.access.scopes import SCOPES
from app.db import Database
from app.db.access import tenants
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.main import create_app
from app.records.settle import settle
from app.settings import Settings
from tests.conftest import TestDatabase

EVIDENCE: dict[str, Any] = {
    "id": "robotics-1",
    "learner": {"identifiers": [{"type": "district", "value": "100482"}], "name": {"given": "Ada", "family": "Sample"}},
    "name": "A robot that follows a line",
    "occurredAt": "2026-10-03T20:30:00Z",
}
BADGE: dict[str, Any] = {
    "id": "badge-1",
    "learner": {"identifiers": [{"type": "district", "value": "100482"}]},
    "credential": {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": "https://badges.example.org/assertions/7",
        "recipient": {"type": "email", "hashed": False, "identity": "ada.sample@example.org"},
        "badge": {
            "type": "BadgeClass",
            "id": "https://badges.example.org/badges/robotics",
            "name": "Robotics 1",
            "criteria": {"narrative": "Builds a robot that follows a line."},
            "issuer": {"type": "Issuer", "id": "https://badges.example.org", "name": "Robotics Club"},
        },
        "verification": {"type": "hosted"},
        "issuedOn": "2026-10-03T16:30:00Z",
    },
}


@dataclass(frozen=True, slots=True)
class Api:
    """A running service, a client to call it with, and its two tenants."""

    app: FastAPI
    http: httpx.AsyncClient
    db: Database
    tenant: int
    other: int

    async def key(
        self, *scopes: str, source: int | None = None, tenant: int | None = None, days: int | None = None
    ) -> str:
        """A new client's key; with no scopes named, it has all of them."""
        return (await self.client(*scopes, source=source, tenant=tenant, days=days))[1]

    async def client(
        self, *scopes: str, source: int | None = None, tenant: int | None = None, days: int | None = None
    ) -> tuple[UUID, str]:
        """A new client, and its key."""
        async with self.db.transaction(tenant or self.tenant) as tx:
            client, issued = await create_client(tx, "test", scopes or SCOPES, source, days=days)  # type: ignore[arg-type]
        return client, issued.text

    async def source(self, connector: str = "evidence", slug: str = "robotics-club", tenant: int | None = None) -> int:
        """A new source of a connector that needs no settings."""
        now = datetime.now(UTC)
        owner = tenant or self.tenant
        row = SourceRow(0, owner, slug, slug.title(), connector, {}, None, 50, None, 7, 0.2, "active", None, None, now)
        async with self.db.transaction(owner) as tx:
            return await sources.add(tx, row)

    async def pusher(self, connector: str = "evidence", slug: str = "robotics-club") -> dict[str, str]:
        """The headers of a client that pushes into a source of its own, and may do all else."""
        return bearer(await self.key(source=await self.source(connector, slug)))

    async def learner(self, headers: dict[str, str], **item: Any) -> str:
        """Push evidence of a learner and settle; the learner's id."""
        pushed = await self.http.post("/v1/evidence", json={**EVIDENCE, **item}, headers=headers)
        assert pushed.status_code in (200, 201), pushed.text
        await settle(self.db, self.tenant)
        value = {**EVIDENCE, **item}["learner"]["identifiers"][0]["value"]
        answer = await self.http.get("/v1/learners", params={"identifier": f"district:{value}"}, headers=headers)
        (learner,) = answer.json()["learners"]
        return str(learner["id"])


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def settings_for(database: TestDatabase, folder: Path, **more: Any) -> Settings:
    urls = {"database_url": SecretStr(database.owner_url), "service_database_url": SecretStr(database.service_url)}
    return Settings(data=folder / "var", requests_per_second=1e6, **urls, **more)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """The service, open, and a client to call it with."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://tessera.example.org") as http,
    ):
        yield app, http


@pytest.fixture
async def api(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Api]:
    async with serving(settings_for(database, tmp_path)) as (app, http):
        db = app.state.service.db
        tenant = await tenants.add(db, "sample", "Sample District")
        other = await tenants.add(db, "other", "Other District")
        yield Api(app, http, db, tenant.id, other.id)


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem a response is; it says what happened and the next step, and nothing of our inside."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["type"].startswith("urn:tessera:problem:")
    assert "Traceback" not in response.text
    return body


def names(values: Sequence[dict[str, Any]], field: str) -> list[Any]:
    return [value[field] for value in values]
