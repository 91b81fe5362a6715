"""What programs recognize: achievements, each in versions, of which those that were awarded stand."""

from datetime import datetime
from uuid import UUID, uuid4

from app.db import Tx
from app.db.mastery import citations
from app.db.plans.plans import Signature
from app.db.programs import programs as stored
from app.db.programs.programs import AchievementRow
from app.errors import Invalid, NotFound
from app.programs import equivalence, programs, rubric
from app.programs.rubric import Definition

__all__ = ["AchievementRow"]


async def define(tx: Tx, program: UUID, definition: Definition, by: Signature, now: datetime) -> UUID:
    """A new achievement of a program; its id. Invalid where it makes no sense."""
    await programs.program_of(tx, program)
    own = uuid4()
    await _write(tx, program, own, version=1, definition=definition, by=by, now=now)
    return own


async def redefine(tx: Tx, achievement: UUID, definition: Definition, by: Signature, now: datetime) -> AchievementRow:
    """The next version of an achievement; what was awarded by the one before stands as it was awarded."""
    row = await achievement_of(tx, achievement)
    if row.retired or rubric.read(row.body) != definition:
        await _write(tx, row.program_id, row.id, version=row.version + 1, definition=definition, by=by, now=now)
    return await achievement_of(tx, achievement)


async def retire(tx: Tx, achievement: UUID, by: Signature, now: datetime) -> AchievementRow:
    """Award an achievement no more: nothing new is handed in for it. What waits is decided, what was awarded stands.

    `redefine` brings it back. NotFound where there is none.
    """
    row = await achievement_of(tx, achievement)
    if not row.retired:
        body, version = row.body.encode(), row.version + 1
        await stored.add_achievement(
            tx, row.id, version, program=row.program_id, body=body, by=by, at=now, retired=True
        )
    return await achievement_of(tx, achievement)


async def achievement_of(tx: Tx, achievement: UUID) -> AchievementRow:
    """An achievement in its latest version. NotFound where there is none."""
    row = await stored.achievement(tx, achievement)
    if row is None:
        raise NotFound(f"No achievement {achievement}.")
    return row


async def competencies_shown(tx: Tx, definition: Definition) -> dict[UUID, str]:
    """The competencies that an achievement may show, in words."""
    rows = await citations.named(tx, definition.shown) if definition.shown else []
    return {row.id: f"{row.code} · {row.statement}" if row.code else row.statement for row in rows}


async def achievements(tx: Tx, program: UUID | None = None, *, retired: bool = False) -> list[AchievementRow]:
    """What a program (or every one) recognizes; also what it does no more, where `retired`."""
    return [row for row in await stored.achievements(tx, program) if retired or not row.retired]


async def _write(
    tx: Tx, program: UUID, own: UUID, version: int, definition: Definition, by: Signature, now: datetime
) -> None:
    have = {row.id for row in await citations.named(tx, definition.shown) if not row.retired}
    others = {row.id for row in await stored.achievements(tx)} - {own} if definition.parts else set()
    if pointers := dict(rubric.wrongs(definition, have, others)) | await equivalence.wrong_rule(tx, definition):
        raise Invalid("The achievement makes no sense as it is.", pointers=pointers)
    await stored.add_achievement(
        tx, own, version, program=program, body=rubric.written(definition), by=by, at=now, retired=False
    )
