"""Learners' own notes: read, rewritten and deleted for good, as their writer wants it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.plans import LearnerNote


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A learner's own words; private unless `open`."""

    id: UUID
    learner_id: UUID
    plan_id: UUID | None
    goal: str | None
    kind: str
    words: str
    open: bool
    name: str
    role: str
    revision: int
    made_by: str
    made_at: datetime
    changed_at: datetime


async def of_learners(tx: Tx, learners: Sequence[UUID], *, only_open: bool) -> list[NoteRow]:
    """The notes of these learners, newest first; all, or only those they opened."""
    return await tx.all(
        NoteRow,
        """FROM learner_note WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) AND (open OR NOT %(only_open)s)
           ORDER BY made_at DESC, id""",
        learners=list(learners),
        only_open=only_open,
    )


async def by_id(tx: Tx, note: UUID) -> NoteRow | None:
    """The note of that id."""
    return await tx.first(NoteRow, "FROM learner_note WHERE tenant_id = %s AND id = %s", tx.tenant, note)


async def add(tx: Tx, row: NoteRow) -> None:
    """Store a new note."""
    await tx.insert(LearnerNote(**asdict(row)))


async def rewrite(tx: Tx, row: NoteRow, was: int) -> bool:
    """Put this in the note's place; False where somebody changed it since that revision."""
    return bool(
        await tx.run(
            """UPDATE learner_note SET plan_id = %(plan_id)s, goal = %(goal)s, kind = %(kind)s, words = %(words)s,
                   open = %(open)s, name = %(name)s, role = %(role)s, revision = revision + 1, made_by = %(made_by)s,
                   changed_at = %(changed_at)s
               WHERE tenant_id = %(tenant)s AND id = %(id)s AND revision = %(was)s""",
            **{**asdict(row), "was": was},
        )
    )


async def delete(tx: Tx, note: UUID) -> bool:
    """Delete a note for good; False where there is none."""
    return bool(await tx.run("DELETE FROM learner_note WHERE tenant_id = %s AND id = %s", tx.tenant, note))
