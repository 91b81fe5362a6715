"""Pathways: what comes next, by what a framework says precedes what; what is mastered is skipped, and said why."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.competency.standing import Item, Standing
from app.competency.views.profile import competency, level

Json = dict[str, Any]


class Before(NamedTuple):
    """One competency precedes another (CASE association type `precedes`)."""

    first: UUID
    then: UUID


def unlocked(target: Sequence[Item], order: Iterable[Before], held: Mapping[UUID, Standing], on: datetime) -> Json:
    """What a learner could take up next: not mastered yet, and everything that precedes it is."""
    needs = _needs(order)
    items = {item.id: item for item in target}
    ready = [
        item for item in target if needs.get(item.id) and not _met(held, item.id) and _all_met(held, needs[item.id])
    ]
    return {
        "asOf": on,
        "next": [
            {
                **competency(item),
                "level": level(held[item.id]) if item.id in held else None,
                "unlockedBy": [competency(items[one]) for one in needs[item.id] if one in items],
            }
            for item in ready
        ],
    }


def pathway(target: Sequence[Item], order: Iterable[Before], held: Mapping[UUID, Standing], on: datetime) -> Json:
    """Every competency of a target in the order to learn it. Mastered ones are skipped, with the evidence for it.

    What precedes something mastered is probably known and not shown: it stays on the way, marked as `likelyKnown`.
    """
    needs = _needs(order)
    likely = _before_mastered(needs, held)
    steps: list[Json] = []
    for item in in_order(target, needs):
        own = held.get(item.id)
        if own is not None and own.state.met:
            continue
        steps.append(
            {
                **competency(item),
                "step": len(steps) + 1,
                "level": level(own) if own else None,
                "ready": _all_met(held, needs.get(item.id, ())),
                "likelyKnown": item.id in likely,
                "waitsFor": [str(one) for one in needs.get(item.id, ()) if not _met(held, one)],
            }
        )
    skipped = [_skipped(held[item.id]) for item in target if _met(held, item.id)]
    return {"asOf": on, "steps": steps, "skipped": skipped}


def in_order(target: Sequence[Item], needs: Mapping[UUID, Sequence[UUID]]) -> list[Item]:
    """A target in the order to learn it: what precedes comes first, else as the framework has it; a circle is cut."""
    items = {item.id: item for item in target}
    done: set[UUID] = set()
    found: list[Item] = []
    for item in target:
        stack = [(item.id, iter(needs.get(item.id, ())))]
        walking = {item.id}
        while stack:
            current, waiting = stack[-1]
            following = next((one for one in waiting if one in items and one not in done and one not in walking), None)
            if following is not None:
                walking.add(following)
                stack.append((following, iter(needs.get(following, ()))))
                continue
            stack.pop()
            walking.discard(current)
            if current not in done:
                done.add(current)
                found.append(items[current])
    return found


def _needs(order: Iterable[Before]) -> dict[UUID, list[UUID]]:
    """What each competency is preceded by."""
    needs: dict[UUID, list[UUID]] = {}
    for one in order:
        if one.first != one.then and one.first not in needs.setdefault(one.then, []):
            needs[one.then].append(one.first)
    return needs


def _before_mastered(needs: Mapping[UUID, Sequence[UUID]], held: Mapping[UUID, Standing]) -> set[UUID]:
    found: set[UUID] = set()
    waiting = [item for item in held if _met(held, item)]
    while waiting:
        for first in needs.get(waiting.pop(), ()):
            if first not in found:
                found.add(first)
                waiting.append(first)
    return found


def _skipped(one: Standing) -> Json:
    decided = {reason.id for reason in one.reasons if reason.decided}
    return {
        **competency(one.item),
        "level": level(one),
        "because": [
            {"title": piece.title, "date": piece.when, "source": piece.source, "method": piece.asserted.method}
            for piece in one.evidence
            if piece.asserted.id in decided
        ],
    }


def _met(held: Mapping[UUID, Standing], item: UUID) -> bool:
    return item in held and held[item].state.met


def _all_met(held: Mapping[UUID, Standing], items: Iterable[UUID]) -> bool:
    return all(_met(held, item) for item in items)
