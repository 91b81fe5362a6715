"""OpenID providers of a district, and whose account each of their subjects is."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.tables.people import IdentityProvider


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A provider as it is stored: our secret there sealed."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    sealed: bytes | None
    scopes: str
    rules: list[Any]
    vouches: bool
    created_at: datetime
    ended_at: datetime | None = None


async def add(tx: Tx, row: ProviderRow) -> None:
    """Store a new provider."""
    await tx.insert(IdentityProvider(**asdict(row)))


async def listed(tx: Tx) -> list[ProviderRow]:
    """The providers one can sign in by, in the order of their making."""
    query = "FROM identity_provider WHERE tenant_id = %(tenant)s AND ended_at IS NULL ORDER BY created_at, id"
    return await tx.all(ProviderRow, query, tenant=tx.tenant)


async def by_id(tx: Tx, id: UUID) -> ProviderRow | None:
    """The provider of that id, if one can sign in by it."""
    query = "FROM identity_provider WHERE tenant_id = %(tenant)s AND id = %(id)s AND ended_at IS NULL"
    return await tx.first(ProviderRow, query, id=id)


async def change(tx: Tx, row: ProviderRow) -> None:
    """Store what was changed of a provider."""
    await tx.run(
        """UPDATE identity_provider SET name = %(name)s, issuer = %(issuer)s, client_id = %(client_id)s, sealed = %(sealed)s,
               scopes = %(scopes)s, rules = %(rules)s, vouches = %(vouches)s, ended_at = %(ended_at)s
           WHERE tenant_id = %(tenant)s AND id = %(id)s""",
        **{**asdict(row), "rules": Jsonb(row.rules)},
    )


async def account_of(tx: Tx, provider: UUID, subject: str) -> UUID | None:
    """Whose account a subject of a provider is."""
    row = await tx.row(
        """UPDATE provider_subject SET seen_at = now() WHERE tenant_id = %(tenant)s AND provider_id = %(provider)s
             AND subject = %(subject)s RETURNING account_id""",
        provider=provider,
        subject=subject,
    )
    return row[0] if row else None


async def bind(tx: Tx, provider: UUID, subject: str, account: UUID) -> None:
    """Say whose account a subject of a provider is, from now on."""
    await tx.run(
        """INSERT INTO provider_subject (tenant_id, provider_id, subject, account_id)
           VALUES (%(tenant)s, %(provider)s, %(subject)s, %(account)s)
           ON CONFLICT (tenant_id, provider_id, subject) DO UPDATE SET account_id = excluded.account_id, seen_at = now()""",
        provider=provider,
        subject=subject,
        account=account,
    )


async def has_another(tx: Tx, provider: UUID, subject: str, account: UUID) -> bool:
    """Whether an account is another subject's of the same provider already."""
    exists: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM provider_subject WHERE tenant_id = %(tenant)s AND provider_id = %(provider)s
             AND account_id = %(account)s AND subject <> %(subject)s)""",
        provider=provider,
        subject=subject,
        account=account,
    )
    return exists


async def unbind(tx: Tx, provider: UUID) -> None:
    """Forget whose account each subject of a provider was."""
    await tx.run(
        "DELETE FROM provider_subject WHERE tenant_id = %(tenant)s AND provider_id = %(provider)s", provider=provider
    )
