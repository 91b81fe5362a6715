"""Claims: links by which a family takes what was issued to a learner."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.credentials import Claim


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A link and what it gives; of its secret there is a hash, and `sealed` is the secret itself, to be sent later.

    `mail_state`: None where nobody is written to; waiting, sent, or given up, with what it was told by the server.
    """

    id: UUID
    hash: bytes
    sealed: bytes
    learner_id: UUID
    credentials: list[UUID]
    mail_to: str | None
    mail_state: str | None
    mail_tries: int
    mail_at: datetime | None
    made_by: str
    made_at: datetime
    expires_at: datetime
    claimed_at: datetime | None
    ended_at: datetime | None


async def add(tx: Tx, row: ClaimRow) -> None:
    """Store a new claim."""
    await tx.insert(Claim(**asdict(row)))


async def by_hash(tx: Tx, hashed: bytes) -> ClaimRow | None:
    """The claim whose secret has that hash, also one that is over."""
    return await tx.first(ClaimRow, "FROM claim WHERE tenant_id = %(tenant)s AND hash = %(hash)s", hash=hashed)


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[ClaimRow]:
    """All claims of these learners, newest first."""
    query = "FROM claim WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) ORDER BY made_at DESC, id"
    return await tx.all(ClaimRow, query, learners=list(learners))


async def note_claimed(tx: Tx, claim: UUID, at: datetime) -> bool:
    """Note that it was claimed; False where it was before."""
    return bool(
        await tx.run(
            """UPDATE claim SET claimed_at = %(at)s
               WHERE tenant_id = %(tenant)s AND id = %(claim)s AND claimed_at IS NULL""",
            claim=claim,
            at=at,
        )
    )


async def end(tx: Tx, claim: UUID, at: datetime) -> bool:
    """End a claim at once; False where there is none that is not ended."""
    return bool(
        await tx.run(
            """UPDATE claim SET ended_at = %(at)s, mail_state = CASE WHEN mail_state = 'sent' THEN 'sent' END
               WHERE tenant_id = %(tenant)s AND id = %(claim)s AND ended_at IS NULL""",
            claim=claim,
            at=at,
        )
    )


async def mail_due(tx: Tx, now: datetime, limit: int) -> list[ClaimRow]:
    """The claims that are to be sent by e-mail by now."""
    return await tx.all(
        ClaimRow,
        """FROM claim WHERE tenant_id = %(tenant)s AND mail_state = 'waiting' AND mail_at <= %(now)s
             AND ended_at IS NULL ORDER BY mail_at, id LIMIT %(limit)s""",
        now=now,
        limit=limit,
    )


async def mark_mail(tx: Tx, claim: UUID, state: str, tries: int, at: datetime) -> None:
    """Note what became of the letter: `at` is when it was sent, or is tried again."""
    await tx.run(
        """UPDATE claim SET mail_state = %(state)s, mail_tries = %(tries)s, mail_at = %(at)s
           WHERE tenant_id = %(tenant)s AND id = %(claim)s AND mail_state = 'waiting'""",
        claim=claim,
        state=state,
        tries=tries,
        at=at,
    )
