"""Gaps: what of a framework a learner, or a group, has mastered, has begun, and has not shown at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.competency.standing import Item, Standing
from app.competency.views.profile import competency, level, shown

Json = dict[str, Any]


def gaps(target: Sequence[Item], held: Mapping[UUID, Standing], on: datetime) -> Json:
    """One learner against a framework: the counts are of competencies, domain by domain; nothing is averaged."""
    mastered = [held[item.id] for item in target if item.id in held and held[item.id].state.met]
    begun = [held[item.id] for item in target if item.id in held and not held[item.id].state.met]
    return {
        "asOf": on,
        "asked": len(target),
        "mastered": [shown(one) for one in mastered],
        "begun": [shown(one) for one in begun],
        "notShown": [competency(item) for item in target if item.id not in held],
        "domains": progress(target, held),
    }


def progress(target: Sequence[Item], held: Mapping[UUID, Standing]) -> list[Json]:
    """By domain: how many competencies are asked for, mastered, begun."""
    domains: dict[tuple[str, str], list[Item]] = {}
    for item in target:
        domains.setdefault((item.framework_title, item.domain), []).append(item)
    return [
        {
            "framework": framework,
            "domain": domain,
            "asked": len(items),
            "mastered": sum(1 for item in items if item.id in held and held[item.id].state.met),
            "begun": sum(1 for item in items if item.id in held and not held[item.id].state.met),
        }
        for (framework, domain), items in domains.items()
    ]


def group_gaps(target: Sequence[Item], learners: Mapping[UUID, Mapping[UUID, Standing]], on: datetime) -> Json:
    """A group against a framework: of each competency, who has mastered it, who has begun, who has not shown it."""
    return {
        "asOf": on,
        "learners": len(learners),
        "competencies": [
            {
                **competency(item),
                "mastered": [str(who) for who, held in learners.items() if item.id in held and held[item.id].state.met],
                "begun": [
                    {"learner": str(who), "level": level(held[item.id])}
                    for who, held in learners.items()
                    if item.id in held and not held[item.id].state.met
                ],
                "notShown": [str(who) for who, held in learners.items() if item.id not in held],
            }
            for item in target
        ],
    }
