"""The jagged profile: a learner's levels by domain, strengths first. Pure."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.mastery.standing import Evidenced, Item, ItemStanding, by_domain

Json = dict[str, Any]
NO_CROSSWALK: Json = {"via": None, "partOf": None, "rolledUp": []}


def profile(
    found: Sequence[ItemStanding], on: datetime, crosswalk: Callable[[UUID], Json] = lambda _: NO_CROSSWALK
) -> Json:
    """Levels by domain, strengths first. What no framework has yet stands apart, in its source's words.

    `crosswalk` tells of a competency which equivalent one it was shown in, and which others roll up to it.
    """
    aligned = [one for one in found if one.item.aligned]
    waiting = [one for one in found if not one.item.aligned]
    return {
        "asOf": on,
        "domains": [
            {
                "framework": framework,
                "domain": domain,
                "levels": levels(held),
                "competencies": [{**shown(one), **crosswalk(one.item.id)} for one in held],
            }
            for framework, domain, held in by_domain(aligned)
        ],
        "unaligned": [{**shown(one), **NO_CROSSWALK} for _, _, held in by_domain(waiting) for one in held],
    }


def levels(held: Sequence[ItemStanding]) -> list[Json]:
    """How many competencies stand at each level, the highest first; those without a level last, as null."""
    counted = Counter((-1 if one.state.level is None else one.state.level, one.level) for one in held)
    return [{"level": name, "count": count} for (_, name), count in sorted(counted.items(), reverse=True)]


def shown(one: ItemStanding) -> Json:
    """A standing as a view shows it."""
    return {
        **competency(one.item),
        "level": level(one),
        "mastered": one.state.met,
        "lastShown": one.state.at,
        "holdsUntil": one.state.until,
        "policy": one.policy,
        "evidence": settings(one.evidence),
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


def level(one: ItemStanding) -> Json | None:
    """A level: its name, its number counted from 1, and of how many."""
    if one.state.level is None:
        return None
    return {"name": one.level, "number": one.state.level + 1, "of": len(one.levels)}


def settings(evidence: Sequence[Evidenced]) -> list[Json]:
    """How much evidence there is, by where it was learned and how it came about."""
    counted = Counter((one.setting, one.asserted.method) for one in evidence)
    return [
        {"setting": setting, "method": method, "count": count}
        for (setting, method), count in sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))
    ]
