"""Invitations: what lets somebody make an account, or set a new password, once."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.people import Invitation


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """What an invitation gives; its code is not known, only its hash."""

    id: UUID
    role: str | None
    learner_id: UUID | None
    source_id: int | None
    org: str | None
    person: str | None
    account_id: UUID | None
    name: str | None
    email: str | None
    role_ends: datetime | None
    made_by: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    used_by: UUID | None = None
    ended_at: datetime | None = None


async def add(tx: Tx, row: InvitationRow, hashed: bytes) -> None:
    """Store a new invitation and the hash of its code."""
    await tx.insert(Invitation(hash=hashed, **asdict(row)))


async def by_hash(tx: Tx, hashed: bytes) -> InvitationRow | None:
    """The invitation whose code has that hash, also one that is over; held until the transaction ends."""
    query = "FROM invitation WHERE tenant_id = %(tenant)s AND hash = %(hashed)s FOR UPDATE"
    return await tx.first(InvitationRow, query, hashed=hashed)


async def waiting(tx: Tx, now: datetime, limit: int) -> list[InvitationRow]:
    """Invitations that may still be used, newest first."""
    return await tx.all(
        InvitationRow,
        """FROM invitation WHERE tenant_id = %(tenant)s AND used_at IS NULL AND ended_at IS NULL AND expires_at > %(now)s
           ORDER BY made_at DESC, id LIMIT %(most)s""",
        now=now,
        most=limit,
    )


async def of_learner(tx: Tx, learner: UUID, now: datetime) -> list[InvitationRow]:
    """Invitations to one learner's record that may still be used, newest first."""
    return await tx.all(
        InvitationRow,
        """FROM invitation WHERE tenant_id = %(tenant)s AND learner_id = %(learner)s AND used_at IS NULL
             AND ended_at IS NULL AND expires_at > %(now)s ORDER BY made_at DESC, id""",
        learner=learner,
        now=now,
    )


async def use(tx: Tx, id: UUID, account: UUID, at: datetime) -> None:
    """Note who used an invitation."""
    await tx.run(
        "UPDATE invitation SET used_at = %(at)s, used_by = %(account)s WHERE tenant_id = %(tenant)s AND id = %(id)s",
        id=id,
        account=account,
        at=at,
    )


async def end(tx: Tx, id: UUID, at: datetime) -> bool:
    """End an invitation; False where there is none that waits."""
    query = """UPDATE invitation SET ended_at = %(at)s WHERE tenant_id = %(tenant)s AND id = %(id)s
                 AND used_at IS NULL AND ended_at IS NULL"""
    return bool(await tx.run(query, id=id, at=at))


async def end_for(tx: Tx, account: UUID, at: datetime) -> None:
    """End the invitations that would let somebody into an account, or set its password."""
    query = """UPDATE invitation SET ended_at = %(at)s WHERE tenant_id = %(tenant)s AND account_id = %(account)s
                 AND used_at IS NULL AND ended_at IS NULL"""
    await tx.run(query, account=account, at=at)


async def end_made_by(tx: Tx, maker: str, at: datetime) -> None:
    """End the invitations that somebody made and nobody has used."""
    query = """UPDATE invitation SET ended_at = %(at)s WHERE tenant_id = %(tenant)s AND made_by = %(maker)s
                 AND used_at IS NULL AND ended_at IS NULL"""
    await tx.run(query, maker=maker, at=at)
