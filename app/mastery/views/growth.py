"""Growth: how a learner's level in each competency moved over time, by the policy that was in force at each time.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.mastery.standing import Evidenced, Item, ItemStanding, Rulings, standing
from app.mastery.views.profile import competency

Json = dict[str, Any]


class Step(NamedTuple):
    """From this moment on a competency stood at this level (None: none yet), by the policy then in force.

    `name` is the level's in that policy, `height` where it stands on its scale, above 0 and below 1: policies may have
    other levels.
    """

    at: datetime
    level: int | None
    name: str | None
    height: float
    policy: str


class Grown(NamedTuple):
    """A competency's way: each step of its level, and the standing it has led to."""

    steps: Sequence[Step]
    now: ItemStanding


def growth(
    pieces_of: Mapping[UUID, Sequence[Evidenced]],
    items: Mapping[UUID, Item],
    rulings: Rulings,
    on: datetime,
    changes: Sequence[datetime] = (),
) -> list[Grown]:
    """Every competency's way up to a date: those that moved furthest first, then those with most to look at.

    `changes` are the times at which policies came into force.
    """
    ways = [grown(items[key], pieces, rulings, on, changes) for key, pieces in pieces_of.items() if _begun(pieces, on)]
    return sorted(ways, key=lambda g: (-_climb(g), -len(g.now.evidence), g.now.item.place, str(g.now.item.id)))


def grown(
    item: Item, pieces: Sequence[Evidenced], rulings: Rulings, on: datetime, changes: Sequence[datetime] = ()
) -> Grown:
    """A competency's way up to a date: judged anew at each time something was shown, or expired, or the policy changed.

    What a step says is what stood then: no policy of a later time judges it.
    """
    steps: list[Step] = []
    for moment in _moments(item, pieces, rulings, on, changes):
        step = _step(standing(item, pieces, rulings(item.id, moment), moment), moment)
        if not steps or steps[-1][1:] != step[1:]:
            steps.append(step)
    return Grown(steps, standing(item, pieces, rulings(item.id, on), on))


def _step(standing: ItemStanding, at: datetime) -> Step:
    level = standing.state.level
    return Step(
        at, level, standing.level, 0.0 if level is None else (level + 0.5) / len(standing.levels), standing.policy
    )


def _moments(
    item: Item, pieces: Sequence[Evidenced], rulings: Rulings, on: datetime, changes: Sequence[datetime]
) -> list[datetime]:
    moments = {moment.when for moment in pieces if moment.when <= on}
    moments |= {change for change in changes if any(moment < change for moment in moments) and change <= on}
    for when in sorted(moments):
        until = standing(item, pieces, rulings(item.id, when), when).state.until
        if until is not None and until <= on:
            moments.add(until)
    return sorted(moments)


def _begun(pieces: Iterable[Evidenced], on: datetime) -> bool:
    return any(piece.when <= on for piece in pieces)


def _climb(way: Grown) -> float:
    reached = [step.height for step in way.steps if step.level is not None]
    return reached[-1] - reached[0] if reached else -1.0


def as_json(ways: Sequence[Grown], on: datetime) -> Json:
    """Growth as it is served."""
    return {
        "asOf": on,
        "competencies": [
            {
                **competency(way.now.item),
                "steps": [{"from": step.at, "level": step.name, "policy": step.policy} for step in way.steps],
                "evidence": [
                    {
                        "date": evidenced.when,
                        "title": evidenced.title,
                        "setting": evidenced.setting,
                        "method": evidenced.asserted.method,
                    }
                    for evidenced in way.now.evidence
                ],
            }
            for way in ways
        ],
    }
