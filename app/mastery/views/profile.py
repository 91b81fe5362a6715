"""The jagged profile: a learner's levels by domain, strengths first. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.mastery.standing import Evidenced, Item, ItemStanding, by_domain
from app.mastery.views.perspectives import RolledUp

Json = dict[str, Any]
Rolled = Callable[[UUID], Sequence[RolledUp]]
"""Which others roll up to a competency."""


def profile(standings: Sequence[ItemStanding], on: datetime, rolled_up: Rolled = lambda _: ()) -> Json:
    """Levels by domain, strengths first. What no framework has yet stands apart, in its source's words."""
    aligned = [standing for standing in standings if standing.item.aligned]
    waiting = [standing for standing in standings if not standing.item.aligned]
    return {
        "asOf": on,
        "domains": [
            {
                "framework": framework,
                "domain": domain,
                "levels": levels(group),
                "competencies": [
                    {**standing_json(standing), **crosswalk(standing, rolled_up(standing.item.id))}
                    for standing in group
                ],
            }
            for framework, domain, group in by_domain(aligned)
        ],
        "unaligned": [
            {**standing_json(standing), **crosswalk(standing, ())}
            for _, _, group in by_domain(waiting)
            for standing in group
        ],
    }


def levels(standings: Sequence[ItemStanding]) -> list[Json]:
    """How many competencies stand at each level, the highest first; those without a level last, as null."""
    counted = Counter(
        (-1 if standing.state.level is None else standing.state.level, standing.level) for standing in standings
    )
    return [{"level": name, "count": count} for (_, name), count in sorted(counted.items(), reverse=True)]


def standing_json(standing: ItemStanding) -> Json:
    """A standing as a view shows it."""
    return {
        **competency(standing.item),
        "level": level(standing),
        "mastered": standing.state.met,
        "lastShown": standing.state.at,
        "holdsUntil": standing.state.until,
        "policy": standing.policy,
        "override": override(standing),
        "evidence": settings([piece for piece in standing.evidence if not piece.asserted.override]),
    }


def override(standing: ItemStanding) -> Json | None:
    """Who set the level, why and until when, where that was a teacher of record."""
    decided = standing.override
    if decided is None:
        return None
    return {"by": decided.source, "reason": decided.narrative, "until": decided.asserted.expires}


def crosswalk(standing: ItemStanding, rolled_up: Sequence[RolledUp]) -> Json:
    """The competency one was shown in, where that is another one, and what rolls up to it."""
    return {
        "via": str(standing.via) if standing.via else None,
        "partOf": str(standing.part_of) if standing.part_of else None,
        "parts": [str(part) for part in standing.parts],
        "rolledUp": [
            {"competency": str(other.competency), "strength": other.strength, "met": other.met, "level": other.level}
            for other in rolled_up
        ],
    }


def competency(item: Item) -> Json:
    """A competency as a view names it."""
    return {
        "competency": str(item.id),
        "code": item.code,
        "statement": item.statement,
        "framework": item.framework_title,
        "domain": item.domain,
        "sensitivity": item.sensitivity,
        "retired": item.retired,
    }


def level(standing: ItemStanding) -> Json | None:
    """A level: its name, its number counted from 1, and of how many."""
    if standing.state.level is None:
        return None
    return {"name": standing.level, "number": standing.state.level + 1, "of": len(standing.levels)}


def settings(evidence: Sequence[Evidenced]) -> list[Json]:
    """How much evidence there is, by where it was learned and how it came about."""
    counted = Counter((piece.setting, piece.asserted.method) for piece in evidence)
    return [
        {"setting": setting, "method": method, "count": count}
        for (setting, method), count in sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))
    ]
