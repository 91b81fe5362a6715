"""People in tests: accounts with roles, browsers signed in as them, over ASGI and in Chromium.

reader = await signed_in(api, "steward")                 # a client whose cookie is that account's
page = await reader.get("/district")
answer = await reader.send("/me", {"name": "Ada"})       # fetches the page's form token first, as a browser does
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from app.people import accounts, sessions
from app.people.roles import Role
from app.people.sessions import Opened
from app.web.kit.cookies import session_name

HTML = {"Accept": "text/html,application/xhtml+xml"}
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')


@dataclass(frozen=True, slots=True)
class Reader:
    """A browser that is signed in as an account."""

    http: httpx.AsyncClient
    account: UUID
    cookie: str

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """A page."""
        return await self.http.get(path, **more)

    async def send(
        self, path: str, values: Mapping[str, Any] | None = None, *, files: Any = None, page: str = "/me"
    ) -> httpx.Response:
        """Send a form of the page `at`."""
        token = TOKEN.search((await self.http.get(page)).text)
        assert token, f"no form at {page}"
        return await self.http.post(path, data={**(values or {}), "form_token": token[1]}, files=files)


async def sign_in(
    app: FastAPI,
    tenant: int,
    *roles: Role,
    learner: UUID | None = None,
    person: tuple[int, str] | None = None,
    source: int | None = None,
    org: str | None = None,
    sensitive: bool = False,
    name: str = "",
    language: str | None = None,
) -> tuple[UUID, Opened]:
    """A new account with these roles in an open session. `person`: who it is in the record (source, key)."""
    service = app.state.service
    async with service.db.transaction(tenant) as tx:
        called = name or " ".join(roles).title() or "Somebody"
        row = await accounts.make(tx, f"{called}-{uuid4().hex[:8]}@example.org", f"{called} Sample")
        if language:
            await accounts.rename(tx, row, row.name, language)
        for role in roles:
            bound = learner if role in ("guardian", "learner", "assessor") or learner else None
            ends = datetime.now(UTC) + timedelta(days=30) if role == "assessor" else None
            role_settings = {"learner": bound, "source": source, "org": org, "sensitive": sensitive, "ends": ends}
            await accounts.give(tx, row.id, role, by="a test", origin="administrator", **role_settings)  # type: ignore[arg-type]
        if person:
            await accounts.bind(tx, row.id, [person], "a test")
        return row.id, await sessions.begin(tx, service.settings, row.id, "password", "a test")


async def signed_in(api: Any, *roles: Role, tenant: int | None = None, **more: Any) -> Reader:
    """A client signed in as a new account with these roles: see `sign_in`."""
    account, opened = await sign_in(api.app, tenant or api.tenant, *roles, **more)
    return Reader(browsing(api.app, opened.cookie), account, opened.cookie)


def browsing(app: FastAPI, cookie: str | None = None, *, place: str = "127.0.0.1") -> httpx.AsyncClient:
    """A client that asks as a browser does, from that address, with a session's cookie if it is signed in."""
    name = session_name(app.state.service.settings)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False, client=(place, 1)),
        base_url=app.state.service.settings.home,
        headers=HTML,
        cookies={name: cookie} if cookie else None,
    )
