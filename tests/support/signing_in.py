"""Signing in to a district by its provider, there and back over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access import tenants
from app.people import providers
from app.people.providers import ProviderSettings
from tests.conftest import TestDatabase
from tests.support.api import Api, serving, settings_for
from tests.support.openid import CLIENT, SECRET
from tests.support.people import browsing

RULES = "groups = Data Stewards: steward\nstaff.job = registrar: registrar"


@pytest.fixture
async def api(database: TestDatabase, tmp_path: Path) -> AsyncIterator[Api]:
    async with serving(settings_for(database, tmp_path, private_addresses=("127.0.0.1",))) as (app, http):
        db = app.state.service.db
        tenant = await tenants.add(db, "sample", "Sample District")
        yield Api(app, http, db, tenant.id, tenant.id)


async def connect(api: Api, issuer: str, **more: Any) -> str:
    """The district's provider is set up: the address at which one signs in by it."""
    fields = {"name": "Google", "client_id": CLIENT, "secret": SECRET, "scopes": "", "rules": RULES, "vouches": False}
    inside = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        row = await providers.add(
            tx, inside.vault, api.app.state.providers, ProviderSettings(issuer=issuer, **{**fields, **more})
        )
    return f"/login/sample/{row.id}"


async def enter(http: httpx.AsyncClient, address: str) -> httpx.Response:
    """There and back, as a browser goes: the last answer of ours."""
    begun = await http.get(address)
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient() as elsewhere:
        sent = await elsewhere.get(begun.headers["location"])
    return await http.get(sent.headers["location"])


async def entered_as(api: Api, address: str) -> str:
    """One's own page, after signing in; or what is said instead."""
    async with browsing(api.app) as http:
        answer = await enter(http, address)
        return answer.text if answer.status_code != 303 else (await http.get("/me")).text
