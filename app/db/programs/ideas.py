"""Badges that learners have designed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.db import Tx
from app.db.tables.programs import BadgeIdea


@dataclass(frozen=True, slots=True)
class IdeaRow:
    """A badge that a learner has designed, and what became of it."""

    id: UUID
    learner_id: UUID
    name: str
    criteria: str
    reason: str | None
    state: str
    feedback: str | None
    achievement_id: UUID | None
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None


async def add(tx: Tx, row: IdeaRow) -> None:
    """Store a new idea."""
    await tx.insert(BadgeIdea(**asdict(row)))


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[IdeaRow]:
    """The ideas of these learners, the newest first."""
    query: LiteralString = "FROM badge_idea WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s)"
    return await tx.all(IdeaRow, f"{query} ORDER BY made_at DESC, id", learners=list(learners))


async def proposed(tx: Tx, limit: int) -> list[IdeaRow]:
    """The ideas that wait for the district, the longest waiting first."""
    query: LiteralString = "FROM badge_idea WHERE tenant_id = %(tenant)s AND state = 'proposed' ORDER BY made_at, id"
    return await tx.all(IdeaRow, f"{query} LIMIT %(limit)s", limit=limit)


async def locked(tx: Tx, idea: UUID) -> IdeaRow | None:
    """The idea of that id, for who decides it."""
    query: LiteralString = "FROM badge_idea WHERE tenant_id = %(tenant)s AND id = %(idea)s FOR UPDATE"
    return await tx.first(IdeaRow, query, idea=idea)


async def save(tx: Tx, row: IdeaRow) -> None:
    """Store what was decided of an idea."""
    await tx.run(
        """UPDATE badge_idea SET state = %(state)s, feedback = %(feedback)s, achievement_id = %(achievement)s,
               decided_by = %(by)s, decided_at = %(at)s WHERE tenant_id = %(tenant)s AND id = %(id)s""",
        id=row.id,
        state=row.state,
        feedback=row.feedback,
        achievement=row.achievement_id,
        by=row.decided_by,
        at=row.decided_at,
    )
