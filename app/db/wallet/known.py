"""Issuers that a tenant's staff know, and the received credentials whose finding that changes."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.tables.credentials import KnownIssuer


@dataclass(frozen=True, slots=True)
class KnownRow:
    """A known issuer: its identifier (a DID or an address), the name it is known by, who says so since when."""

    id: UUID
    issuer: str
    name: str
    note: str | None
    added_by: str
    added_at: datetime


async def listed(tx: Tx) -> list[KnownRow]:
    """The list, by name."""
    return await tx.all(KnownRow, "FROM known_issuer WHERE tenant_id = %(tenant)s ORDER BY name, issuer")


async def put(tx: Tx, row: KnownRow) -> None:
    """Put an issuer on the list; one that is on it gets the new name and note, and keeps its id."""
    change = """ON CONFLICT (tenant_id, issuer) DO UPDATE SET name = excluded.name, note = excluded.note,
                added_by = excluded.added_by, added_at = excluded.added_at"""
    await tx.insert(KnownIssuer(**asdict(row)), change)


async def by_issuer(tx: Tx, issuer: str) -> KnownRow | None:
    """The entry of an identifier."""
    return await tx.first(
        KnownRow, "FROM known_issuer WHERE tenant_id = %(tenant)s AND issuer = %(issuer)s", issuer=issuer
    )


async def take_off(tx: Tx, id: UUID) -> str | None:
    """Take an issuer off the list: its identifier; None where there is no such entry."""
    row = await tx.row("DELETE FROM known_issuer WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING issuer", id=id)
    return None if row is None else str(row[0])


async def look_again(tx: Tx, issuer: str, now: datetime) -> int:
    """Have the received credentials of an issuer, and those with one inside, verified anew.

    What is told of them changes with the list.
    """
    return await tx.run(
        """UPDATE verification SET due_at = %(now)s WHERE tenant_id = %(tenant)s
           AND jsonb_path_exists(report::jsonb, '$.**.issuer_id ? (@ == $issuer)', %(vars)s)""",
        now=now,
        vars=Jsonb({"issuer": issuer}),
    )
