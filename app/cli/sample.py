"""The sample district as a tenant: its sources, where its systems are today, and keys for those who call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from app.access import clients, tenants
from app.access.scopes import Scope
from app.cli import sources as made
from app.db.access.tenants import TenantRow
from app.db.sources.sources import SourceRow
from app.frameworks.shipped import package
from app.mastery.introducing import introduce
from app.sandbox.district import NAME
from app.sandbox.last_year import TITLE as LAST_YEAR
from app.sandbox.lms import TOKEN
from app.sandbox.pushes import LIBRARY, PROGRAM, VENDOR
from app.sandbox.serve import Addresses
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET
from app.sandbox.tool import PASSWORD, USERNAME
from app.sources import configure, known
from app.start import Service
from connectors.oneroster.settings import Collection

SLUG = "sample"
FRAMEWORK = "ccss-math"
"""The framework its mathematics is aligned to."""
CASE = "http://127.0.0.1:8000/ims/case/v1p1"


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample district's tenant and its sources, by slug."""

    tenant: TenantRow
    sources: dict[str, SourceRow]

    def name(self, source: int) -> str:
        """The name of the source of that id."""
        return next(row.name for row in self.sources.values() if row.id == source)


async def sample(service: Service, addresses: Addresses) -> Sample:
    """The sample district, made at the first run and found again later; its systems are where `at` says."""
    tenant = await tenants.made_once(service.db, SLUG, NAME)
    rows = [
        await _source(service, tenant, slug, connector=connector, name=name, settings=settings)
        for slug, connector, name, settings in (
            ("sis", "oneroster", "District SIS", _sis(addresses)),
            ("lms", "canvas", "District LMS", {"base_url": addresses.lms, "token": TOKEN}),
            ("tool", "kolibri", "Adaptive tool", _tool(addresses)),
            ("sis-last-year", "oneroster", LAST_YEAR, {}),
            ("tests", "assessment_file", "MAP Growth", {}),
            ("writing-coach", "evidence", VENDOR["name"], {}),
            ("robotics-club", "open_badges", PROGRAM["name"], {}),
            ("library", "evidence", LIBRARY["name"], {}),
        )
    ]
    async with service.db.transaction(tenant.id) as tx:
        await introduce(tx, package(FRAMEWORK), origin="shipped", base=CASE, at=datetime.now(UTC))
    return Sample(tenant, {row.slug: row for row in rows})


async def key(service: Service, tenant: TenantRow, name: str, scopes: Sequence[Scope], source: int | None) -> str:
    """A key for a new client of that name, which the one of an earlier run gives way to."""
    async with service.db.transaction(tenant.id) as tx:
        for client in await clients.listed(tx):
            if client.name == name and client.revoked_at is None:
                await clients.revoke_client(tx, client.id)
        _, issued = await clients.create_client(tx, name, scopes, source)
    return issued.text


def _sis(addresses: Addresses) -> dict[str, Any]:
    return {
        "base_url": f"{addresses.root}/sis",
        "token_url": addresses.token,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "collections": list(get_args(Collection)),
    }


def _tool(addresses: Addresses) -> dict[str, Any]:
    return {"base_url": addresses.tool, "username": USERNAME, "password": PASSWORD}


async def _source(
    service: Service, tenant: TenantRow, slug: str, connector: str, name: str, settings: dict[str, Any]
) -> SourceRow:
    async with service.db.transaction(tenant.id) as tx:
        for row in await known.listed(tx):
            if row.slug == slug:
                return await configure.reset(
                    tx, row, name, settings=settings, vault=service.vault, limits=service.settings.limits
                )
    return await made.make(service, tenant, connector, settings, slug=slug, name=name)
