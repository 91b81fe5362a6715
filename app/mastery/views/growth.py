"""Growth: how a learner's level in each competency moved over time, by the policy that was in force at each time.

Pure.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

from msgspec import Meta, field

from app.mastery.standing import Ground, ItemStanding, own_state, standing_of
from app.mastery.views.perspectives import Moment
from app.mastery.views.profile import NamedCompetency, Part


class Step(NamedTuple):
    """From this moment on a competency stood at this level (None: none yet), by the policy then in force.

    `name` is the level's in that policy, `height` where it stands on its scale, above 0 and below 1: policies may have
    other levels. `overridden`: a teacher of record set it.
    """

    at: datetime
    level: int | None
    name: str | None
    height: float
    policy: str
    overridden: bool = False


class Grown(NamedTuple):
    """A competency's way: each step of its level, and the standing it has led to."""

    steps: Sequence[Step]
    now: ItemStanding


class GrowthStep(Part, frozen=True):
    """From then on the competency stood at this level."""

    from_: Moment = field(name="from")
    level: str | None
    policy: Annotated[str, Meta(description="the policy that was in force then, and its version")]
    overridden: Annotated[bool, Meta(description="a teacher of record set it")]


class GrowthPoint(Part, frozen=True):
    """When something was shown."""

    date: Moment
    title: str | None
    setting: str | None
    method: str | None


class CompetencyGrowth(NamedCompetency, frozen=True):
    """A competency's way, by the policies in force at each time."""

    steps: list[GrowthStep]
    evidence: list[GrowthPoint]


class Growth(Part, frozen=True):
    """How a learner's levels moved, those that moved furthest first."""

    as_of: Moment
    competencies: list[CompetencyGrowth]


def growth(ground: Ground, competencies: Iterable[UUID], on: datetime, changes: Sequence[datetime] = ()) -> list[Grown]:
    """The ways of these competencies up to a date: those that moved furthest first, then those with most to look at.

    `changes` are the times at which policies came into force.
    """
    ways = [grown(ground, competency, on, changes) for competency in competencies]
    return sorted(ways, key=lambda g: (-_climb(g), -len(g.now.evidence), g.now.item.place, str(g.now.item.id)))


def grown(ground: Ground, competency: UUID, on: datetime, changes: Sequence[datetime] = ()) -> Grown:
    """A competency's way up to a date: judged anew at each time something was shown, or expired, or the policy changed.

    What a step says is what stood then: no policy of a later time judges it.
    """
    steps: list[Step] = []
    for moment in _moments(ground, competency, on, changes):
        step = _step(standing_of(ground, competency, moment), moment)
        if not steps or steps[-1][1:] != step[1:]:
            steps.append(step)
    return Grown(steps, standing_of(ground, competency, on))


def _step(standing: ItemStanding, at: datetime) -> Step:
    level = standing.state.level
    return Step(
        at,
        level,
        standing.level,
        height=0.0 if level is None else (level + 0.5) / len(standing.levels),
        policy=standing.policy,
        overridden=standing.override is not None,
    )


def _moments(ground: Ground, competency: UUID, on: datetime, changes: Sequence[datetime]) -> list[datetime]:
    moments: set[datetime] = set()
    for other in ground.ties.around(competency):
        dates = {piece.when for piece in ground.evidence.get(other, ()) if piece.when <= on}
        waiting = dates | {change for change in changes if any(moment < change for moment in dates) and change <= on}
        while waiting:  # where something expires, something else may expire next
            moments |= waiting
            states = (own_state(ground, other, when) for when in waiting)
            waiting = {state.until for state in states if state and state.until and state.until <= on} - moments
    return sorted(moments)


def _climb(way: Grown) -> float:
    reached = [step.height for step in way.steps if step.level is not None]
    return reached[-1] - reached[0] if reached else -1.0


def described(ways: Sequence[Grown], on: datetime) -> Growth:
    """Growth as it is served."""
    return Growth(as_of=on, competencies=[_competency(way) for way in ways])


def _competency(way: Grown) -> CompetencyGrowth:
    item = way.now.item
    return CompetencyGrowth(
        competency=item.id,
        code=item.code,
        statement=item.statement,
        framework=item.framework_title,
        domain=item.domain,
        sensitivity=item.sensitivity,
        retired=item.retired,
        steps=[
            GrowthStep(from_=step.at, level=step.name, policy=step.policy, overridden=step.overridden)
            for step in way.steps
        ],
        evidence=[
            GrowthPoint(
                date=evidenced.when, title=evidenced.title, setting=evidenced.setting, method=evidenced.asserted.method
            )
            for evidenced in way.now.evidence
        ],
    )
