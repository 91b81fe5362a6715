"""Sessions: browsers that are signed in."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.people import Session


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that is, or was, signed in."""

    id: UUID
    account_id: UUID
    way: str
    browser: str
    began_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


async def add(tx: Tx, row: SessionRow, hashed: bytes) -> None:
    """Store a new session and the hash of its secret."""
    await tx.insert(Session(hash=hashed, **asdict(row)))


async def by_hash(tx: Tx, hashed: bytes) -> SessionRow | None:
    """The session whose secret has that hash, also one that is over."""
    query = "FROM session WHERE tenant_id = %(tenant)s AND hash = %(hashed)s"
    return await tx.first(SessionRow, query, hashed=hashed)


async def seen(tx: Tx, id: UUID, at: datetime) -> None:
    """Note that a session was used."""
    await tx.run("UPDATE session SET seen_at = %(at)s WHERE tenant_id = %(tenant)s AND id = %(id)s", id=id, at=at)


async def live(tx: Tx, account: UUID, now: datetime, idle_since: datetime) -> list[SessionRow]:
    """The sessions of an account that are open, the last used first."""
    return await tx.all(
        SessionRow,
        """FROM session WHERE tenant_id = %(tenant)s AND account_id = %(account)s AND ended_at IS NULL
             AND expires_at > %(now)s AND seen_at > %(idle_since)s ORDER BY seen_at DESC, id""",
        account=account,
        now=now,
        idle_since=idle_since,
    )


async def end(tx: Tx, account: UUID, at: datetime, *, id: UUID | None = None, but: UUID | None = None) -> int:
    """End one session of an account, or all of them but one; how many."""
    return await tx.run(
        """UPDATE session SET ended_at = %(at)s WHERE tenant_id = %(tenant)s AND account_id = %(account)s
             AND ended_at IS NULL AND (%(id)s::uuid IS NULL OR id = %(id)s) AND id IS DISTINCT FROM %(but)s""",
        account=account,
        at=at,
        id=id,
        but=but,
    )


async def end_way(tx: Tx, way: str, at: datetime) -> int:
    """End all sessions that were begun in a way; how many."""
    query = "UPDATE session SET ended_at = %(at)s WHERE tenant_id = %(tenant)s AND way = %(way)s AND ended_at IS NULL"
    return await tx.run(query, way=way, at=at)


async def prune(tx: Tx, before: datetime) -> int:
    """Forget sessions that were over before a time."""
    query = """DELETE FROM session WHERE tenant_id = %(tenant)s
                 AND least(coalesce(ended_at, 'infinity'), expires_at) < %(before)s"""
    return await tx.run(query, before=before)
