"""A learner's plans as the record page shows them: nothing sensitive, nothing private, nothing ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.db.plans.notes import NoteRow
from app.db.plans.plans import ChangeRow, SignOffRow
from app.plans.planning import PlanSeen, visible_notes
from app.plans.plans import GoalSeen, StepSeen
from app.plans.reached import Cited
from app.web.kit import descriptors, lacking
from app.web.kit.words import _, later

HORIZONS = {
    "week": later("this week"),
    "term": later("this term"),
    "year": later("this year"),
    "long": later("in the long run"),
}
SAID = (later("reached"), later("dropped"), later("note"), later("reflection"), later("interest"))
"""States of goals, and kinds of notes, as they are stored."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step: what it is, where the learner stands in it, what lacks, and on what that rests."""

    title: str
    code: str
    reached: bool
    stands: str
    lacks: str
    words: str | None
    cited: Sequence[Cited]
    evidence: Sequence[str]


@dataclass(frozen=True, slots=True)
class GoalPart:
    """A goal: `state` and `closed` where it is closed, `proposes` where it is ready to be."""

    id: str
    title: str
    horizon: str
    by: date | None
    why: str | None
    state: str | None
    closed: ChangeRow | None
    proposes: bool
    slipped: bool
    late: bool
    done: int
    progress: str
    steps: Sequence[StepLine]


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan: who signed what it says now, and its goals."""

    title: str
    signed: Sequence[SignOffRow]
    approved: bool
    written: datetime
    goals: Sequence[GoalPart]


def plans_of(plans: Sequence[PlanSeen], now: datetime) -> list[PlanCard]:
    """The plans that have a goal to show."""
    general = [plan.within("general") for plan in plans]
    return [plan_card(plan, now) for plan in general if plan.goals]


def notes_of(plans: Sequence[PlanSeen], rows: Sequence[NoteRow]) -> list[NoteRow]:
    """What the learner opened of their own notes, but for what is about sensitive goals."""
    return [row for row in visible_notes(plans, rows, "general") if row.open]


def plan_card(plan: PlanSeen, now: datetime) -> PlanCard:
    """A plan in words, with what its reader may see of it."""
    return PlanCard(
        title=plan.plan.title,
        signed=plan.signed,
        approved=plan.approved,
        written=plan.row.made_at,
        goals=[_goal(plan, goal, now) for goal in plan.goals],
    )


def _goal(plan: PlanSeen, seen: GoalSeen, now: datetime) -> GoalPart:
    goal, closed = seen.goal, plan.closed.get(seen.goal.id)
    reached = sum(1 for step in seen.steps if step.reached)
    return GoalPart(
        id=goal.id,
        title=goal.title,
        horizon=_(HORIZONS[goal.horizon]),
        by=goal.by,
        why=goal.why,
        state=closed.state if closed else None,
        closed=closed,
        proposes=plan.proposes(seen),
        slipped=plan.slipped(seen),
        late=closed is None and goal.by is not None and goal.by < now.date(),
        done=reached,
        progress=_("%(done)s of %(all)s steps", done=reached, all=len(seen.steps)) if seen.steps else "",
        steps=[_step(step) for step in seen.steps],
    )


def _step(seen: StepSeen) -> StepLine:
    return StepLine(
        title=seen.title,
        code=seen.code or "",
        reached=seen.reached,
        stands=(descriptors.usual(seen.level) or seen.level) if seen.level else "",
        lacks=lacking.translated(seen.lacks) if seen.lacks else "",
        words=seen.step.words,
        cited=seen.cited,
        evidence=[link.title for link in seen.step.evidence],
    )
