"""Shares: links that show chosen credentials of a learner; and the log of who saw what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from app.db import Tx


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A link and what it shows; its secret is not known, only its hash."""

    id: UUID
    learner_id: UUID
    items: list[UUID]
    purpose: str
    recipient: str | None
    show_name: bool
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """A line of the disclosure log."""

    id: int
    at: datetime
    learner_id: UUID
    share_id: UUID | None
    via: str
    party: str
    purpose: str
    items: list[str]


SHARE = "id, learner_id, items, purpose, recipient, show_name, created_by, created_at, expires_at, revoked_at"


async def add_share(tx: Tx, row: ShareRow, hashed: bytes) -> None:
    """Store a new share and the hash of its secret."""
    await tx.run(
        """INSERT INTO share (tenant_id, id, token, learner_id, items, purpose, recipient, show_name, created_by, expires_at)
           VALUES (%s, %s, %b, %s, %s, %s, %s, %s, %s, %s)""",
        tx.tenant,
        row.id,
        hashed,
        row.learner_id,
        row.items,
        row.purpose,
        row.recipient,
        row.show_name,
        row.created_by,
        row.expires_at,
    )


async def by_token(tx: Tx, hashed: bytes) -> ShareRow | None:
    """The share whose secret has that hash, also one that is over."""
    found = await _shares(tx, "token = %s", hashed)
    return found[0] if found else None


async def share(tx: Tx, id: UUID) -> ShareRow | None:
    """The share of that id."""
    found = await _shares(tx, "id = %s", id)
    return found[0] if found else None


async def of_learner(tx: Tx, learner: UUID) -> list[ShareRow]:
    """All shares of a learner, newest first."""
    return await _shares(tx, "learner_id = %s ORDER BY created_at DESC, id", learner)


async def revoke_share(tx: Tx, id: UUID) -> bool:
    """End a share at once; False where there is none that is not ended."""
    return bool(
        await tx.run(
            "UPDATE share SET revoked_at = now() WHERE tenant_id = %s AND id = %s AND revoked_at IS NULL", tx.tenant, id
        )
    )


async def ended(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, str]:
    """The credentials issued to these learners that are suspended or revoked, and which of the two."""
    rows = await tx.rows(
        "SELECT id, state FROM issued_credential WHERE tenant_id = %s AND learner_id = ANY(%s) AND state <> 'active'",
        tx.tenant,
        list(learners),
    )
    return dict(rows)


async def log(
    tx: Tx, learner: UUID, via: str, party: str, purpose: str, items: Sequence[str], share: UUID | None = None
) -> None:
    """Write into the disclosure log that somebody saw something of a learner."""
    await tx.run(
        """INSERT INTO disclosure (tenant_id, learner_id, share_id, via, party, purpose, items)
           VALUES (%s, %s, %s, %s, %s, %s, %s)""",
        tx.tenant,
        learner,
        share,
        via,
        party,
        purpose,
        list(items),
    )


async def disclosures(tx: Tx, learner: UUID, after: int, limit: int) -> list[DisclosureRow]:
    """Lines of the disclosure log about a learner, in the order they were written, after an id."""
    async with tx.conn.cursor(row_factory=class_row(DisclosureRow)) as cursor:
        await cursor.execute(
            """SELECT id, at, learner_id, share_id, via, party, purpose, items FROM disclosure
               WHERE tenant_id = %s AND learner_id = %s AND id > %s ORDER BY id LIMIT %s""",
            [tx.tenant, learner, after, limit],
        )
        return await cursor.fetchall()


async def _shares(tx: Tx, where: LiteralString, *args: Any) -> list[ShareRow]:
    async with tx.conn.cursor(row_factory=class_row(ShareRow)) as cursor:
        await cursor.execute(f"SELECT {SHARE} FROM share WHERE tenant_id = %s AND {where}", [tx.tenant, *args])
        return await cursor.fetchall()
