"""Corrections: a family says what is wrong in a record, somebody of the school answers (FERPA, 34 CFR 99.20 to 99.22).

Nothing is changed by a request: what is wrong is put right at its source, which then says so itself.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, get_args
from uuid import UUID, uuid4

from app.db import Tx
from app.db.people import corrections as stored
from app.db.people.corrections import CorrectionRow
from app.db.records import learners
from app.errors import Invalid, NotFound
from app.people.viewer import Viewer

Outcome = Literal["corrected", "kept"]
"""It was put right at its source, or it stays as it is, for a reason."""
MOST = 200
LONGEST = 4000


async def ask(tx: Tx, viewer: Viewer, learner: UUID, about: str, words: str) -> CorrectionRow:
    """Store what somebody says is wrong. Invalid where they say nothing."""
    if not words:
        raise Invalid("Say what is wrong, and what would be right.", pointers={"/words": "is missing"})
    row = CorrectionRow(
        id=uuid4(),
        learner_id=learner,
        account_id=viewer.account.id,
        asked_by=viewer.account.name,
        about=about[:LONGEST],
        words=words[:LONGEST],
        asked_at=datetime.now(UTC),
        outcome=None,
        answer=None,
        answered_by=None,
        answered_at=None,
    )
    await stored.add(tx, row)
    return row


async def of_learner(tx: Tx, same: Sequence[UUID]) -> list[CorrectionRow]:
    """All that was asked about a learner, newest first."""
    return await stored.of_learners(tx, same)


async def waiting(tx: Tx) -> list[CorrectionRow]:
    """All that waits for an answer, the oldest first, with the learners that those it is about are now."""
    rows = await stored.waiting(tx, MOST)
    now = await learners.currents(tx, [row.learner_id for row in rows])
    return [replace(row, learner_id=now.get(row.learner_id, row.learner_id)) for row in rows]


async def by_id(tx: Tx, correction: UUID) -> CorrectionRow:
    """The request of that id. NotFound where there is none."""
    row = await stored.by_id(tx, correction)
    if row is None:
        raise NotFound("There is no such request.")
    return row


async def answer(tx: Tx, viewer: Viewer, correction: UUID, outcome: str, words: str) -> None:
    """Answer a request. NotFound where none waits, Invalid without an outcome or words."""
    if outcome not in get_args(Outcome) or not words:
        raise Invalid("Say whether it was corrected, and why: the family reads your words.")
    if not await stored.answer(tx, correction, outcome, words[:LONGEST], viewer.account.name):
        raise NotFound("Nobody waits for an answer to this any more.")
