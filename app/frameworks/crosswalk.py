"""Crosswalks: associations whose far end is outside are led home by code, and learners' states roll up along them."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.db import Tx
from app.db.frameworks import alignments, crosswalks
from app.db.mastery.mastery import MasteryRow
from app.frameworks.codes import address, forms
from app.frameworks.frameworks import Strength

Walks = Mapping[UUID, Sequence[tuple[UUID, str]]]
"""By competency, what stands for it and how strongly."""


async def lead_home(tx: Tx) -> dict[UUID, list[str]]:
    """Find the competencies that far ends outside CASE mean, by their codes and addresses.

    By framework, the titles of ends that stay outside: no framework has them yet, or they could be one of several.
    """
    rows = await crosswalks.leading_out(tx)
    ways = {(framework, n): [*forms(uri), address(uri), *forms(title)] for framework, n, uri, title in rows}
    called: dict[str, set[UUID]] = {}
    for form, competency, _ in await alignments.by_alias(tx, sorted({way for told in ways.values() for way in told})):
        called.setdefault(form, set()).add(competency)
    meant = [(*end, _only(called.get(way) for way in told)) for end, told in ways.items()]
    await crosswalks.mean(tx, meant)
    outside: dict[UUID, list[str]] = {}
    for (framework, _, uri, title), (*_, means) in zip(rows, meant, strict=True):
        if means is None:
            outside.setdefault(framework, []).append(title or uri)
    return outside


def _only(found: Iterable[set[UUID] | None]) -> UUID | None:
    """The one competency the first form that leads anywhere leads to."""
    for competencies in found:
        if competencies:
            return next(iter(competencies)) if len(competencies) == 1 else None
    return None


async def walks(tx: Tx, competencies: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """What stands for each of these competencies, the strongest first."""
    order: list[str] = list(Strength.__args__)  # type: ignore[attr-defined]
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    for whole, other, strength in await crosswalks.standing_for(tx, competencies):
        found.setdefault(whole, []).append((other, strength))
    for others in found.values():
        others.sort(key=lambda walk: (order.index(walk[1]), walk[0]))
    return found


def roll_up(states: Mapping[UUID, MasteryRow], along: Walks) -> dict[UUID, tuple[MasteryRow, UUID]]:
    """The states that competencies get from equivalents, with whose they are: where their own is none, or not met.

    Only what is equivalent is taken over; what covers a competency in part is shown beside it and decides nothing.
    """
    found: dict[UUID, tuple[MasteryRow, UUID]] = {}
    for whole, others in along.items():
        own = states.get(whole)
        equal = [(states[other], other) for other, strength in others if strength == "equivalent" and other in states]
        best = max(equal, key=lambda pair: (pair[0].met, pair[0].level or -1), default=None)
        if best and (own is None or own.level is None or (best[0].met and not own.met)):
            found[whole] = dataclasses.replace(best[0], competency_id=whole), best[1]
    return found
