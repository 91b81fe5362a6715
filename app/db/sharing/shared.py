"""Shares: links that show chosen credentials of a learner; and the log of who saw what."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import LiteralString
from uuid import UUID

from app.db import Tx
from app.db.tables.credentials import Disclosure, Share


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A link and what it shows; its secret is not known, only its hash.

    `parts`: of credentials by id, the parts that it shows; what is not named there is shown whole.
    """

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
    parts: dict[str, list[str]]


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


@dataclass(frozen=True, slots=True)
class ListLine:
    """A learner in a list that somebody saw, as what they saw them, and why they may."""

    learner: UUID
    party: str
    purpose: str


ABOUT: LiteralString = """FROM disclosure d WHERE d.tenant_id = %(tenant)s AND (
    d.learner_id = ANY(%(learners)s) OR d.learner_id IN (
        SELECT m.learner_id FROM person p JOIN membership m ON m.tenant_id = p.tenant_id AND m.source_id = p.source_id
            AND m.person = p.key
        WHERE p.tenant_id = %(tenant)s AND p.learner_id = ANY(%(learners)s)
          AND (m.since IS NULL OR d.at >= m.since OR d.day >= m.since::date) AND d.at < m.until
          AND NOT EXISTS (SELECT FROM share s WHERE s.tenant_id = d.tenant_id AND s.id = d.share_id
              AND s.learner_id = d.learner_id AND s.created_at < coalesce(m.since, '-infinity'))))"""
"""Lines about learners who are one; and those about a learner whom one of their persons was part of at the time, for
who looked at that learner then has looked at them: but not where what was looked at was shared before."""


async def add_share(tx: Tx, row: ShareRow, hashed: bytes) -> None:
    """Store a new share and the hash of its secret."""
    await tx.insert(Share(token=hashed, **asdict(row)))


async def by_token(tx: Tx, hashed: bytes) -> ShareRow | None:
    """The share whose secret has that hash, also one that is over."""
    return await tx.first(ShareRow, "FROM share WHERE tenant_id = %s AND token = %s", tx.tenant, hashed)


async def share(tx: Tx, id: UUID) -> ShareRow | None:
    """The share of that id."""
    return await tx.first(ShareRow, "FROM share WHERE tenant_id = %s AND id = %s", tx.tenant, id)


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[ShareRow]:
    """All shares of these learners, newest first."""
    query = "FROM share WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) ORDER BY created_at DESC, id"
    return await tx.all(ShareRow, query, learners=list(learners))


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


async def without_consent(tx: Tx, credentials: Sequence[UUID]) -> set[UUID]:
    """Those of these credentials that were issued for a submission of which consent was taken back."""
    rows = await tx.rows(
        """SELECT credential_id FROM submission
           WHERE tenant_id = %(tenant)s AND credential_id = ANY(%(ids)s) AND consent_ended_at IS NOT NULL""",
        ids=list(credentials),
    )
    return {row[0] for row in rows}


async def log(
    tx: Tx, learner: UUID, via: str, party: str, purpose: str, items: Sequence[str], share: UUID | None = None
) -> None:
    """Write into the disclosure log that somebody saw something of a learner."""
    line = Disclosure(learner_id=learner, share_id=share, via=via, party=party, purpose=purpose, items=list(items))
    await tx.insert(line)


async def log_list(tx: Tx, lines: Sequence[ListLine], via: str, items: Sequence[str], day: date) -> None:
    """Write into the log that somebody saw several learners in a list: once a day for each, way and purpose."""
    await tx.run(
        """INSERT INTO disclosure (tenant_id, learner_id, via, party, purpose, items, day)
           SELECT %(tenant)s, l.id, %(via)s, l.party, l.purpose, %(items)s, %(day)s
           FROM unnest(%(learners)s::uuid[], %(parties)s::text[], %(purposes)s::text[]) AS l (id, party, purpose)
           ON CONFLICT DO NOTHING""",
        learners=[line.learner for line in lines],
        parties=[line.party for line in lines],
        purposes=[line.purpose for line in lines],
        via=via,
        items=list(items),
        day=day,
    )


async def disclosures(tx: Tx, learners: Sequence[UUID], after: int, limit: int) -> list[DisclosureRow]:
    """Lines of the disclosure log about these learners, who are one, in the order they were written, after an id."""
    return await tx.all(
        DisclosureRow,
        f"{ABOUT} AND d.id > %(after)s ORDER BY d.id LIMIT %(most)s",
        learners=list(learners),
        after=after,
        most=limit,
    )


async def latest(tx: Tx, learners: Sequence[UUID], but: str, before: int, limit: int) -> list[DisclosureRow]:
    """Disclosures from the newest, before an id; without those whose way ends with `but`."""
    return await tx.all(
        DisclosureRow,
        f"""{ABOUT} AND d.id < %(before)s AND right(d.via, length(%(but)s)) <> %(but)s
            ORDER BY d.id DESC LIMIT %(most)s""",
        learners=list(learners),
        but=but,
        before=before,
        most=limit,
    )
