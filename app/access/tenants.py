"""Tenants: the districts and organizations whose data this is, found by id or by slug."""

from app.db import Database
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.errors import NotFound


async def by_id(db: Database, tenant: int) -> TenantRow:
    """The tenant of that id. NotFound where it is gone."""
    row = await tenants.by_id(db, tenant)
    if row is None:
        raise NotFound(f"No tenant {tenant}.")
    return row


async def by_slug(db: Database, slug: str) -> TenantRow:
    """The tenant of that slug. NotFound where there is none."""
    row = await tenants.by_slug(db, slug)
    if row is None:
        raise NotFound(f"No issuer is called '{slug}' here.")
    return row
