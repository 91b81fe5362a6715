"""Learners' own notes: about a plan, a goal or nothing; rewritten and deleted for good as their writer wants."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from app.db import Tx
from app.db.plans import notes as stored
from app.db.plans import plans as stored_plans
from app.db.plans.notes import NoteRow
from app.errors import NotFound
from app.plans import planning, plans


async def of_learners(tx: Tx, learners: Sequence[UUID], *, only_open: bool) -> list[NoteRow]:
    """The notes of these learners, newest first; all, or only those they opened."""
    return await stored.of_learners(tx, learners, only_open=only_open)


async def by_id(tx: Tx, note: UUID) -> NoteRow:
    """The note of that id. NotFound where there is none."""
    row = await stored.by_id(tx, note)
    if row is None:
        raise NotFound
    return row


async def add(tx: Tx, row: NoteRow) -> UUID:
    """Store a new note. NotFound for no learner, Invalid where it is about a plan or goal that is not theirs."""
    await _check(tx, row)
    await stored.add(tx, row)
    return row.id


async def rewrite(tx: Tx, before: NoteRow, row: NoteRow) -> NoteRow | None:
    """Put this in a note's place, as it then is; None where somebody changed it meanwhile. Invalid as for `add`."""
    await _check(tx, row)
    if not await stored.rewrite(tx, row, before.revision):
        return None
    return replace(row, revision=before.revision + 1)


async def delete(tx: Tx, note: UUID) -> None:
    """Delete a note for good. NotFound where there is none."""
    if not await stored.delete(tx, note):
        raise NotFound


async def _check(tx: Tx, row: NoteRow) -> None:
    lineage = await planning.lineage(tx, row.learner_id)
    if row.plan_id is None and row.goal is None:
        return
    plan = await stored_plans.by_id(tx, row.plan_id) if row.plan_id else None
    if plan is None or plan.learner_id not in lineage:
        raise planning.invalid_plan([("/plan", "the learner has no such plan")])
    if row.goal is not None and row.goal not in {goal.id for goal in plans.read(plan.body).goals}:
        raise planning.invalid_plan([("/goal", "the plan has no such goal")])
