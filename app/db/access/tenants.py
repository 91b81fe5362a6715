"""Tenants: the one table that is no tenant's own."""

import os
from dataclasses import dataclass
from datetime import datetime

from app.db import Database, Tx


@dataclass(frozen=True, slots=True)
class TenantRow:
    """A district or another organization. `salt` makes its learners' ids its own; a `sandbox` is a vendor's, for tests."""

    id: int
    slug: str
    name: str
    salt: bytes
    created_at: datetime
    sandbox: bool = False


COLUMNS = "id, slug, name, salt, created_at, sandbox"


async def add(db: Database, slug: str, name: str, *, sandbox: bool = False) -> TenantRow:
    """A new tenant. psycopg.errors.UniqueViolation where the slug is taken."""
    async with db.connection() as conn:
        row = await (
            await conn.execute(
                f"INSERT INTO tenant (slug, name, salt, sandbox) VALUES (%s, %s, %s, %s) RETURNING {COLUMNS}",
                [slug, name, os.urandom(16), sandbox],
            )
        ).fetchone()
    assert row is not None
    return TenantRow(*row)


async def slug(tx: Tx) -> str:
    """The slug of the transaction's own tenant."""
    text: str = await tx.one("SELECT slug FROM tenant WHERE id = %(tenant)s", tenant=tx.tenant)
    return text


async def is_sandbox(tx: Tx) -> bool:
    """Whether the transaction's own tenant is a vendor's sandbox."""
    answer: bool = await tx.one("SELECT sandbox FROM tenant WHERE id = %(tenant)s", tenant=tx.tenant)
    return answer


async def listed(db: Database) -> list[TenantRow]:
    """All tenants, in the order of their making."""
    async with db.connection() as conn:
        return [
            TenantRow(*row)
            for row in await (await conn.execute(f"SELECT {COLUMNS} FROM tenant ORDER BY id")).fetchall()
        ]


async def by_slug(db: Database, slug: str) -> TenantRow | None:
    """The tenant of that slug."""
    async with db.connection() as conn:
        row = await (await conn.execute(f"SELECT {COLUMNS} FROM tenant WHERE slug = %s", [slug])).fetchone()
    return None if row is None else TenantRow(*row)


async def by_id(db: Database, tenant: int) -> TenantRow | None:
    """The tenant of that id."""
    async with db.connection() as conn:
        row = await (await conn.execute(f"SELECT {COLUMNS} FROM tenant WHERE id = %s", [tenant])).fetchone()
    return None if row is None else TenantRow(*row)


async def rename(tx: Tx, name: str) -> None:
    """Give the transaction's own tenant another name."""
    await tx.run("UPDATE tenant SET name = %(name)s WHERE id = %(tenant)s", name=name)
