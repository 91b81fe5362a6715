"""A learner's plans as the record page shows them: nothing sensitive, nothing private, nothing ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.db.plans.notes import NoteRow
from app.plans.planning import PlanSeen, visible_notes
from app.plans.plans import GoalSeen, StepSeen
from app.web.kit.words import _, later

Json = dict[str, Any]
HORIZONS = {
    "week": later("this week"),
    "term": later("this term"),
    "year": later("this year"),
    "long": later("in the long run"),
}
SAID = (later("reached"), later("dropped"), later("note"), later("reflection"), later("interest"))
"""States of goals, and kinds of notes, as they are stored."""


def plans_of(plans: Sequence[PlanSeen], now: datetime) -> list[Json]:
    """The plans that have a goal to show."""
    general = [plan.within("general") for plan in plans]
    return [_plan(plan, now) for plan in general if plan.goals]


def notes_of(plans: Sequence[PlanSeen], rows: Sequence[NoteRow]) -> list[Json]:
    """What the learner opened of their own notes, but for what is about sensitive goals."""
    notes = [row for row in visible_notes(plans, rows, "general") if row.open]
    return [{"kind": row.kind, "words": row.words, "name": row.name, "at": row.changed_at} for row in notes]


def _plan(plan: PlanSeen, now: datetime) -> Json:
    return {
        "title": plan.plan.title,
        "signed": [{"name": sign_off.name, "role": sign_off.role, "at": sign_off.made_at} for sign_off in plan.signed],
        "approved": plan.approved,
        "written": plan.row.made_at,
        "goals": [_goal(plan, goal, now) for goal in plan.goals],
    }


def _goal(plan: PlanSeen, seen: GoalSeen, now: datetime) -> Json:
    goal, closed = seen.goal, plan.closed.get(seen.goal.id)
    done = sum(1 for step in seen.steps if step.reached)
    return {
        "title": goal.title,
        "horizon": _(HORIZONS[goal.horizon]),
        "by": goal.by,
        "why": goal.why,
        "state": closed.state if closed else None,
        "closed": {"name": closed.name, "at": closed.made_at} if closed else None,
        "proposes": plan.proposes(seen),
        "slipped": plan.slipped(seen),
        "late": closed is None and goal.by is not None and goal.by < now.date(),
        "progress": _("%(done)s of %(all)s steps", done=done, all=len(seen.steps)) if seen.steps else "",
        "steps": [_step(step) for step in seen.steps],
    }


def _step(seen: StepSeen) -> Json:
    return {
        "title": f"{seen.code}: {seen.title}" if seen.code else seen.title,
        "kind": "competency" if seen.step.competency else "achievement",
        "reached": seen.reached,
        "stands": seen.level or "",
        "lacks": seen.lacks or "",
        "words": seen.step.words,
        "cited": [{"title": piece.title, "at": piece.at, "source": piece.source} for piece in seen.cited],
        "evidence": [link.title for link in seen.step.evidence],
    }
