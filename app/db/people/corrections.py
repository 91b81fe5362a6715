"""Corrections: what a family says is wrong in a record, and what became of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.people import Correction


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A request: what it is about and what is wrong, in the family's words; answered or not yet."""

    id: UUID
    learner_id: UUID
    account_id: UUID
    asked_by: str
    about: str
    words: str
    asked_at: datetime
    outcome: str | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


async def add(tx: Tx, row: CorrectionRow) -> None:
    """Store a request."""
    await tx.insert(Correction(**asdict(row)))


async def by_id(tx: Tx, correction: UUID) -> CorrectionRow | None:
    """The request of that id."""
    return await tx.first(CorrectionRow, "FROM correction WHERE tenant_id = %s AND id = %s", tx.tenant, correction)


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[CorrectionRow]:
    """The requests about these learners, newest first."""
    return await tx.all(
        CorrectionRow,
        "FROM correction WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) ORDER BY asked_at DESC, id",
        learners=list(learners),
    )


async def waiting(tx: Tx, limit: int) -> list[CorrectionRow]:
    """The requests that nobody has answered, the oldest first."""
    return await tx.all(
        CorrectionRow,
        "FROM correction WHERE tenant_id = %(tenant)s AND answered_at IS NULL ORDER BY asked_at, id LIMIT %(most)s",
        most=limit,
    )


async def answer(tx: Tx, correction: UUID, outcome: str, words: str, by: str) -> bool:
    """Answer a request; False where there is none that waits."""
    changed = await tx.run(
        """UPDATE correction SET outcome = %(outcome)s, answer = %(words)s, answered_by = %(by)s, answered_at = now()
           WHERE tenant_id = %(tenant)s AND id = %(id)s AND answered_at IS NULL""",
        outcome=outcome,
        words=words,
        by=by,
        id=correction,
    )
    return changed > 0
