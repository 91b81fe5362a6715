"""Passkeys of accounts, and the challenges that were answered."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.people import AnsweredChallenge, Passkey


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey: its id and public key as the authenticator tells them, and how often it said to have signed."""

    id: UUID
    account_id: UUID
    credential: bytes
    public_key: bytes
    sign_count: int
    name: str
    made_at: datetime
    used_at: datetime | None = None


async def add(tx: Tx, row: PasskeyRow) -> bool:
    """Store a new passkey; False where the tenant knows it already."""
    stored = await tx.insert(Passkey(**asdict(row)), "ON CONFLICT (tenant_id, credential) DO NOTHING RETURNING id")
    return stored is not None


async def of_account(tx: Tx, account: UUID) -> list[PasskeyRow]:
    """The passkeys of an account, the oldest first."""
    query = "FROM passkey WHERE tenant_id = %(tenant)s AND account_id = %(account)s ORDER BY made_at, id"
    return await tx.all(PasskeyRow, query, account=account)


async def by_credential(tx: Tx, credential: bytes) -> PasskeyRow | None:
    """The passkey that an authenticator calls so."""
    query = "FROM passkey WHERE tenant_id = %(tenant)s AND credential = %(credential)s"
    return await tx.first(PasskeyRow, query, credential=credential)


async def used(tx: Tx, passkey: UUID, sign_count: int, at: datetime) -> None:
    """Note that a passkey has signed in."""
    await tx.run(
        """UPDATE passkey SET sign_count = %(sign_count)s, used_at = %(at)s
           WHERE tenant_id = %(tenant)s AND id = %(passkey)s""",
        passkey=passkey,
        sign_count=sign_count,
        at=at,
    )


async def remove(tx: Tx, account: UUID, passkey: UUID | None = None) -> None:
    """Take one passkey, or all, from an account."""
    await tx.run(
        """DELETE FROM passkey WHERE tenant_id = %(tenant)s AND account_id = %(account)s
             AND (%(passkey)s::uuid IS NULL OR id = %(passkey)s)""",
        account=account,
        passkey=passkey,
    )


async def take_challenge(tx: Tx, hashed: bytes, until: datetime, now: datetime) -> bool:
    """Note that a challenge is answered, and forget those that are over; False where it was answered before."""
    await tx.run("DELETE FROM answered_challenge WHERE tenant_id = %(tenant)s AND until < %(now)s", now=now)
    row = AnsweredChallenge(hash=hashed, until=until)
    return await tx.insert(row, "ON CONFLICT DO NOTHING RETURNING hash") is not None
