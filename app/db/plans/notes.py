"""Learners' own notes: read, rewritten and deleted for good, as their writer wants it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from app.db import Tx


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


NOTE: LiteralString = (
    "id, learner_id, plan_id, goal, kind, words, open, name, role, revision, made_by, made_at, changed_at"
)


async def of_learners(tx: Tx, learners: Sequence[UUID], *, only_open: bool) -> list[NoteRow]:
    """The notes of these learners, newest first; all, or only those they opened."""
    return await _notes(
        tx, "learner_id = ANY(%s) AND (open OR NOT %s) ORDER BY made_at DESC, id", list(learners), only_open
    )


async def by_id(tx: Tx, note: UUID) -> NoteRow | None:
    """The note of that id."""
    found = await _notes(tx, "id = %s", note)
    return found[0] if found else None


async def add(tx: Tx, row: NoteRow) -> None:
    """Store a new note."""
    await tx.run(
        f"""INSERT INTO learner_note (tenant_id, {NOTE})
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        tx.tenant,
        row.id,
        row.learner_id,
        row.plan_id,
        row.goal,
        row.kind,
        row.words,
        row.open,
        row.name,
        row.role,
        row.revision,
        row.made_by,
        row.made_at,
        row.changed_at,
    )


async def rewrite(tx: Tx, row: NoteRow, was: int) -> bool:
    """Put this in the note's place; False where somebody changed it since that revision."""
    return bool(
        await tx.run(
            """UPDATE learner_note SET plan_id = %s, goal = %s, kind = %s, words = %s, open = %s, name = %s, role = %s,
                   revision = revision + 1, made_by = %s, changed_at = %s
               WHERE tenant_id = %s AND id = %s AND revision = %s""",
            row.plan_id,
            row.goal,
            row.kind,
            row.words,
            row.open,
            row.name,
            row.role,
            row.made_by,
            row.changed_at,
            tx.tenant,
            row.id,
            was,
        )
    )


async def delete(tx: Tx, note: UUID) -> bool:
    """Delete a note for good; False where there is none."""
    return bool(await tx.run("DELETE FROM learner_note WHERE tenant_id = %s AND id = %s", tx.tenant, note))


async def _notes(tx: Tx, where: LiteralString, *args: Any) -> list[NoteRow]:
    async with tx.conn.cursor(row_factory=class_row(NoteRow)) as cursor:
        await cursor.execute(f"SELECT {NOTE} FROM learner_note WHERE tenant_id = %s AND {where}", [tx.tenant, *args])
        return await cursor.fetchall()
