"""Links to record pages: whom each is for, until when it works, and whether it was taken back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.mastery import RecordLink


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


async def add(tx: Tx, row: RecordLinkRow) -> None:
    """Store a new link."""
    await tx.insert(RecordLink(**asdict(row)))


async def by_id(tx: Tx, id: UUID) -> RecordLinkRow | None:
    """The link of that id, also one that is over."""
    return await tx.first(RecordLinkRow, "FROM record_link WHERE tenant_id = %s AND id = %s", tx.tenant, id)


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[RecordLinkRow]:
    """All links to the records of these learners, newest first."""
    query = "FROM record_link WHERE tenant_id = %s AND learner_id = ANY(%s) ORDER BY created_at DESC, id"
    return await tx.all(RecordLinkRow, query, tx.tenant, list(learners))


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
