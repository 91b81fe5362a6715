"""Shares: links that show chosen credentials of a learner; and the log of who saw what."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.credentials import Disclosure, Share


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


async def add_share(tx: Tx, row: ShareRow, hashed: bytes) -> None:
    """Store a new share and the hash of its secret."""
    await tx.insert(Share(token=hashed, **asdict(row)))


async def by_token(tx: Tx, hashed: bytes) -> ShareRow | None:
    """The share whose secret has that hash, also one that is over."""
    return await tx.first(ShareRow, "FROM share WHERE tenant_id = %s AND token = %s", tx.tenant, hashed)


async def share(tx: Tx, id: UUID) -> ShareRow | None:
    """The share of that id."""
    return await tx.first(ShareRow, "FROM share WHERE tenant_id = %s AND id = %s", tx.tenant, id)


async def of_learner(tx: Tx, learner: UUID) -> list[ShareRow]:
    """All shares of a learner, newest first."""
    query = "FROM share WHERE tenant_id = %s AND learner_id = %s ORDER BY created_at DESC, id"
    return await tx.all(ShareRow, query, tx.tenant, learner)


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
    line = Disclosure(learner_id=learner, share_id=share, via=via, party=party, purpose=purpose, items=list(items))
    await tx.insert(line)


async def disclosures(tx: Tx, learner: UUID, after: int, limit: int) -> list[DisclosureRow]:
    """Lines of the disclosure log about a learner, in the order they were written, after an id."""
    query = "FROM disclosure WHERE tenant_id = %s AND learner_id = %s AND id > %s ORDER BY id LIMIT %s"
    return await tx.all(DisclosureRow, query, tx.tenant, learner, after, limit)
