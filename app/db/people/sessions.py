"""Sessions: browsers that are signed in."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.people.accounts import AccountRow
from app.db.rows import columns
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


class SignedIn(NamedTuple):
    """A session with whose it is, and in which district."""

    session: SessionRow
    account: AccountRow
    tenant: TenantRow


def _columns(alias: str, kind: type[object]) -> str:
    return ", ".join(f"{alias}.{name}" for name in columns(kind))


WIDTHS = (len(columns(SessionRow)), len(columns(SessionRow)) + len(columns(AccountRow)))
BY_HASH = f"""SELECT {_columns("s", SessionRow)}, {_columns("a", AccountRow)}, {_columns("t", TenantRow)}
    FROM session s JOIN account a ON a.tenant_id = s.tenant_id AND a.id = s.account_id JOIN tenant t ON t.id = s.tenant_id
    WHERE s.tenant_id = %(tenant)s AND s.hash = %(hashed)s"""


async def by_hash(tx: Tx, hashed: bytes) -> SignedIn | None:
    """The session whose secret has that hash, also one that is over: in one query, for every page asks it."""
    row = await tx.row(BY_HASH, hashed=hashed)
    if row is None:
        return None
    account, tenant = WIDTHS
    return SignedIn(SessionRow(*row[:account]), AccountRow(*row[account:tenant]), TenantRow(*row[tenant:]))


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
