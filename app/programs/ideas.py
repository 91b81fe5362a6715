"""Badges that learners ask for: one that a program has, for what they did; or one of their own design, to be reviewed.

What a learner asks for is a submission as any other, of which it is known whose it is: the account is bound to the
learner. A design that the district approves becomes an achievement of a program, which its learner, as all others,
may then ask for.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid4

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.programs import ideas as stored
from app.db.programs import submissions
from app.db.programs.ideas import IdeaRow
from app.db.programs.submissions import SubmissionRow
from app.db.records import learners
from app.errors import Conflict, Invalid, NotFound, TooManyRequests
from app.identity.learners import lineage
from app.programs import definitions, programs, rubric, submitting
from app.programs.rubric import Definition
from app.programs.submission import Submission

__all__ = ["IdeaRow"]
IdeaState = Literal["proposed", "approved", "declined"]
MOST_OPEN = 10
"""Ideas of a learner that wait at once."""
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Design:
    """A badge as a learner designs it: its name, what it takes to earn it, and why there should be one."""

    name: str
    criteria: str
    reason: str | None = None


async def propose(tx: Tx, learner: UUID, design: Design, by: str, now: datetime) -> UUID:
    """A learner proposes a badge of their own; its id. Invalid names what lacks."""
    wrong = {}
    if not 0 < len(design.name.strip()) <= 200:
        wrong["/name"] = "give it a name"
    if not 0 < len(design.criteria.strip()) <= 5000:
        wrong["/criteria"] = "say what it takes to earn it"
    if wrong:
        raise Invalid.of(wrong)
    own = await stored.of_learners(tx, await lineage(tx, learner))
    if sum(1 for row in own if row.state == "proposed") >= MOST_OPEN:
        raise TooManyRequests(f"{MOST_OPEN} of your ideas wait already. Wait until the district has looked at them.")
    row = IdeaRow(
        id=uuid4(),
        learner_id=learner,
        name=design.name.strip(),
        criteria=design.criteria.strip(),
        reason=(design.reason or "").strip()[:5000] or None,
        state="proposed",
        feedback=None,
        achievement_id=None,
        made_by=by,
        made_at=now,
        decided_by=None,
        decided_at=None,
    )
    await stored.add(tx, row)
    return row.id


async def of_learner(tx: Tx, learner: UUID) -> list[IdeaRow]:
    """What a learner has proposed, the newest first."""
    return await stored.of_learners(tx, await lineage(tx, learner))


async def proposed(tx: Tx) -> list[IdeaRow]:
    """What waits for the district, the longest waiting first, with the learners that who proposed it are now."""
    rows = await stored.proposed(tx, AT_ONCE)
    now = await learners.currents(tx, [row.learner_id for row in rows])
    return [replace(row, learner_id=now.get(row.learner_id, row.learner_id)) for row in rows]


async def approve(tx: Tx, idea: UUID, program: UUID, by: Signature, now: datetime) -> IdeaRow:
    """Make an idea a program's achievement. NotFound for none; Conflict where it is decided, or the name is taken."""
    row = await _open(tx, idea)
    await programs.approved(tx, program)
    names = {
        rubric.read(achievement.body).name.casefold() for achievement in await definitions.achievements(tx, program)
    }
    if row.name.casefold() in names:
        words = f"The program has a badge '{row.name}' already: choose another program, or decline it."
        raise Conflict(words, type="badge-known", title="Badge is known")
    definition = Definition(name=row.name, description=row.reason or row.criteria, criteria=row.criteria)
    own = await definitions.define(tx, program, definition, by, now)
    decided = replace(row, state="approved", achievement_id=own, decided_by=by.made_by, decided_at=now)
    await stored.save(tx, decided)
    return decided


async def decline(tx: Tx, idea: UUID, feedback: str, by: Signature, now: datetime) -> IdeaRow:
    """Say why an idea becomes no badge. Invalid without a reason; NotFound for none; Conflict where it is decided."""
    row = await _open(tx, idea)
    if not feedback.strip():
        raise Invalid("Say why, so that the learner can do something with it.", pointers={"/feedback": "missing"})
    decided = replace(row, state="declined", feedback=feedback.strip()[:5000], decided_by=by.made_by, decided_at=now)
    await stored.save(tx, decided)
    return decided


async def ask(tx: Tx, learner: UUID, request: Submission, by: Signature, now: datetime) -> SubmissionRow:
    """Ask for a badge that one thinks one has earned: a submission to its program, known to be the learner's.

    Invalid where no badge is chosen, or what is told of it will not do.
    """
    if request.achievement is None:
        raise Invalid("Choose a badge.", pointers={"/achievement": "missing"})
    achievement = await definitions.achievement_of(tx, request.achievement)
    consent = f"{by.name} ({by.role})"  # the learner's own side asks: a guardian, of a child under 13
    receipt = await submitting.submit(
        tx, achievement.program_id, request, way="learner", by=by, now=now, consent=consent
    )
    if receipt.outcome == "new":
        await submissions.save(tx, replace(receipt.row, learner_id=learner, whose="account"))
    return receipt.row


async def asked_by(tx: Tx, learner: UUID) -> list[SubmissionRow]:
    """What a learner has asked for, the last changed first."""
    rows = await submissions.of_learners(tx, await lineage(tx, learner))
    return [row for row in rows if row.way == "learner"]


async def _open(tx: Tx, idea: UUID) -> IdeaRow:
    row = await stored.locked(tx, idea)
    if row is None:
        raise NotFound(f"No idea {idea}.")
    if row.state != "proposed":
        raise Conflict(f"The idea is {row.state} already.", type="not-from-here", title="Decided already")
    return row
