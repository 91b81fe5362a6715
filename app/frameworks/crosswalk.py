"""Crosswalks: associations whose far end is outside are led home by code, and learners' states roll up along them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.frameworks import crosswalks
from app.db.frameworks.crosswalks import EndRow
from app.db.mastery.mastery import MasteryRow
from app.frameworks.frameworks import Strength
from app.frameworks.meaning import NamedCompetency, meanings

Walks = Mapping[UUID, Sequence[tuple[UUID, str]]]
"""By competency, what stands for it and how strongly."""


class Astray(NamedTuple):
    """Far ends of a framework's crosswalks that mean no competency here, by title: `unknown` to every framework, or
    `ambiguous`, because several frameworks have the code and none is named.
    """

    unknown: list[str]
    ambiguous: list[str]


async def lead_home(tx: Tx) -> dict[UUID, Astray]:
    """Find the competencies that far ends outside CASE mean, by codes and addresses; what is astray, by framework.

    What an end was found to mean stays so, whatever frameworks come and go.
    """
    rows = await crosswalks.leading_out(tx)
    meant = await meanings(tx, {(row.framework_id, row.n): _far_end(row) for row in rows if row.meant is None})
    await crosswalks.mean(
        tx, [(*end, meaning.competency) for end, meaning in meant.items() if meaning.competency is not None]
    )
    astray: dict[UUID, Astray] = {}
    for row in rows:
        meaning = meant.get((row.framework_id, row.n))
        if meaning is not None and meaning.competency is None:
            lost = astray.setdefault(row.framework_id, Astray([], []))
            (lost.ambiguous if meaning.among else lost.unknown).append(row.title or row.uri)
    return astray


def _far_end(end: EndRow) -> NamedCompetency:
    """What a far end says of the competency it means: a URN has its code, else its title may be one."""
    if end.uri.lower().startswith(("http://", "https://")):
        return NamedCompetency(end.title, end.uri)
    return NamedCompetency(end.uri)


async def walks(tx: Tx, competencies: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """What stands for each of these competencies, the strongest first."""
    order: list[str] = list(Strength.__args__)  # type: ignore[attr-defined]
    ways: dict[UUID, list[tuple[UUID, str]]] = {}
    for whole, other, strength in await crosswalks.standing_for(tx, competencies):
        ways.setdefault(whole, []).append((other, strength))
    for others in ways.values():
        others.sort(key=lambda walk: (order.index(walk[1]), walk[0]))
    return ways


def roll_up(states: Mapping[UUID, MasteryRow], along: Walks) -> dict[UUID, tuple[MasteryRow, UUID]]:
    """The states that competencies get from equivalents, with whose they are: where their own is none, or not met.

    A level that a teacher of record set for a competency itself stays. Only what is equivalent is taken over; what
    covers a competency in part is shown beside it and decides nothing.
    """
    rolled: dict[UUID, tuple[MasteryRow, UUID]] = {}
    for whole, others in along.items():
        own = states.get(whole)
        equal = [(states[other], other) for other, strength in others if strength == "equivalent" and other in states]
        best = max(equal, key=_reached, default=None)
        if best and (own is None or own.level is None or (best[0].met and not own.met and not own.overridden)):
            rolled[whole] = best[0]._replace(competency_id=whole), best[1]
    return rolled


def _reached(pair: tuple[MasteryRow, UUID]) -> tuple[bool, int]:
    """What makes one equivalent better than another; of equals the first is taken."""
    state = pair[0]
    return state.met, -1 if state.level is None else state.level
