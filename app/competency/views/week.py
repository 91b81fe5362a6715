"""What a class needs this week: of what it works on now, who has not got there yet, who fell back, what runs out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from app.competency.standing import Standing
from app.competency.views.profile import competency, level

Json = dict[str, Any]
WEEK = timedelta(days=7)


class Then(NamedTuple):
    """A learner's standings now and a week ago, by competency."""

    now: Mapping[UUID, Standing]
    before: Mapping[UUID, Standing]


def needs(learners: Mapping[UUID, Then], on: datetime, working_on: timedelta) -> Json:
    """By competency the class has lately worked on: the learners who need it, with the reason; the most needed first.

    `working_on`: a competency counts as worked on where anyone of the class has shown something of it since so long.
    """
    current = {
        one.item.id: one.item
        for then in learners.values()
        for one in then.now.values()
        if one.evidence and one.evidence[-1].when > on - working_on
    }
    listed = []
    for item in current.values():
        waiting = [
            {"learner": str(who), "level": level(then.now[item.id]) if item.id in then.now else None, "why": why}
            for who, then in learners.items()
            if (why := reason(then.now.get(item.id), then.before.get(item.id), on)) is not None
        ]
        if waiting:
            listed.append({**competency(item), "learners": waiting})
    listed.sort(key=lambda entry: (-len(entry["learners"]), entry["code"] or entry["statement"]))
    return {"asOf": on, "learners": len(learners), "needs": listed}


def reason(now: Standing | None, before: Standing | None, on: datetime) -> str | None:
    """Why a learner needs a competency this week; None where they do not."""
    if now is None:
        return "has shown nothing of it yet"
    if before is not None and before.state.met and not now.state.met:
        return f"was at {before.level} a week ago, and is no longer"
    if not now.state.met:
        return f"is at {now.level}" if now.level else "has shown it, and no level can be told yet"
    if now.state.until is not None and now.state.until <= on + WEEK:
        return f"evidence runs out on {now.state.until:%Y-%m-%d}"
    return None


def worked_on(found: Sequence[Standing]) -> dict[UUID, Standing]:
    """Standings by their competency."""
    return {one.item.id: one for one in found}
