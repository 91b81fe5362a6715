"""Links to record pages: whom each is for, until when it works, and whether it was taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from app.db import Tx


@dataclass(frozen=True, slots=True)
class RecordLinkRow:
    """A link to a learner's record page; what opens it is signed, and not kept."""

    id: UUID
    learner_id: UUID
    reader: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


LINK: LiteralString = "id, learner_id, reader, created_by, created_at, expires_at, revoked_at"


async def add(tx: Tx, row: RecordLinkRow) -> None:
    """Store a new link."""
    await tx.run(
        f"INSERT INTO record_link (tenant_id, {LINK}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        tx.tenant,
        row.id,
        row.learner_id,
        row.reader,
        row.created_by,
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )


async def by_id(tx: Tx, id: UUID) -> RecordLinkRow | None:
    """The link of that id, also one that is over."""
    found = await _links(tx, "id = %s", id)
    return found[0] if found else None


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[RecordLinkRow]:
    """All links to the records of these learners, newest first."""
    return await _links(tx, "learner_id = ANY(%s) ORDER BY created_at DESC, id", list(learners))


async def revoke(tx: Tx, id: UUID, at: datetime) -> bool:
    """End a link at once; False where there is none that is not ended."""
    return bool(
        await tx.run(
            "UPDATE record_link SET revoked_at = %s WHERE tenant_id = %s AND id = %s AND revoked_at IS NULL",
            at,
            tx.tenant,
            id,
        )
    )


async def _links(tx: Tx, where: LiteralString, *args: Any) -> list[RecordLinkRow]:
    async with tx.conn.cursor(row_factory=class_row(RecordLinkRow)) as cursor:
        await cursor.execute(f"SELECT {LINK} FROM record_link WHERE tenant_id = %s AND {where}", [tx.tenant, *args])
        return await cursor.fetchall()
