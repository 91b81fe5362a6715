"""Tenants: the districts and organizations whose data this is, made, listed, and found by id or by slug."""

import re

from psycopg.errors import UniqueViolation

from app.db import Database
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.errors import ConfigError, Invalid, NotFound

LONGEST = 200
"""Characters in a tenant's name, at most."""
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def check_slug(slug: str) -> str:
    """A slug that can stand in an address; ConfigError for another."""
    if not SLUG.fullmatch(slug):
        raise ConfigError(f"'{slug}' will not do as a short name: small letters, digits and -, such as lake-district")
    return slug


async def add(db: Database, slug: str, name: str, *, sandbox: bool = False) -> TenantRow:
    """A new tenant. ConfigError where its slug will not do, or is taken. The keys of a `sandbox` are for tests."""
    try:
        return await tenants.add(db, check_slug(slug), name, sandbox=sandbox)
    except UniqueViolation:
        raise ConfigError(f"there is a tenant '{slug}' already: choose another short name") from None


async def made_once(db: Database, slug: str, name: str) -> TenantRow:
    """The tenant of that slug, made at the first call and found again later."""
    return await tenants.by_slug(db, slug) or await add(db, slug, name)


async def rename(db: Database, tenant: TenantRow, name: str) -> None:
    """Give a tenant another name, which pages, credentials to come and the audit log show. Invalid for none."""
    if not 0 < len(name.strip()) <= LONGEST:
        raise Invalid(f"A name has 1 to {LONGEST} characters, and this one {len(name.strip())}.")
    async with db.transaction(tenant.id) as tx:
        await tenants.rename(tx, name.strip())


async def listed(db: Database) -> list[TenantRow]:
    """All tenants, in the order of their making."""
    return await tenants.listed(db)


async def by_slug_or_only(db: Database, slug: str | None) -> TenantRow:
    """The tenant of that slug; without one, the only tenant. ConfigError names those there are."""
    known = await tenants.listed(db)
    if not known:
        raise ConfigError("there is no tenant yet: make one with 'tessera tenant add SLUG NAME'")
    if slug is None and len(known) == 1:
        return known[0]
    names = ", ".join(tenant.slug for tenant in known)
    if slug is None:
        raise ConfigError(f"there are several tenants: say which with --tenant ({names})")
    for tenant in known:
        if tenant.slug == slug:
            return tenant
    raise ConfigError(f"there is no tenant '{slug}': there are {names}")


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
