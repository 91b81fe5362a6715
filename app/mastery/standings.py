"""Where learners stand: the one answer that every view gives, whether of a learner, a class, a plan or a credit.

A competency stands by what was shown of it. Where nothing that counts was, or what was is not enough and an equivalent
competency is mastered, it stands by the equivalent one. Where it has no level then, and something it is a part of is
mastered, it stands by that: who has mastered the whole has mastered its parts. A whole that is not mastered says
nothing of its parts, and what was shown of a part itself goes before what the whole says.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.mastery import standings as stored
from app.db.mastery.mastery import MasteryRow
from app.frameworks.crosswalk import Walks, roll_up

States = Mapping[UUID, MasteryRow]
Above = Mapping[UUID, Sequence[UUID]]
"""By competency, what it is a part of, the nearest first."""


class Standing(NamedTuple):
    """Where a learner stands in a competency: `state` is its own or, by `via` or `part_of`, another's.

    `via` is the equivalent competency it was shown in. `part_of` is the whole that is mastered; where that is so by an
    equivalent of its own, `via` is that one.
    """

    state: MasteryRow
    via: UUID | None = None
    part_of: UUID | None = None

    @property
    def shown_in(self) -> UUID | None:
        """The competency the evidence is of, where that is another one."""
        return self.via or self.part_of


def stand(competencies: Iterable[UUID], states: States, along: Walks, above: Above) -> dict[UUID, Standing]:
    """Where a learner with these states stands in these competencies; left out where nothing was shown."""
    taken = roll_up(states, along)
    standings: dict[UUID, Standing] = {}
    for competency in competencies:
        standing = _direct(competency, states, taken)
        if standing is None or standing.state.level is None:
            wholes = ((whole, _direct(whole, states, taken)) for whole in above.get(competency, ()))
            inherited = next(
                ((whole, higher) for whole, higher in wholes if higher is not None and higher.state.met), None
            )
            if inherited is not None:
                whole, higher = inherited
                row = dataclasses.replace(higher.state, competency_id=competency)
                standing = Standing(row, higher.via, whole)
        if standing is not None:
            standings[competency] = standing
    return standings


def _direct(competency: UUID, states: States, taken: Mapping[UUID, tuple[MasteryRow, UUID]]) -> Standing | None:
    if competency in taken:
        return Standing(*taken[competency])
    return Standing(states[competency]) if competency in states else None


async def wholes(tx: Tx, competencies: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """What each of these is a part of, the nearest first."""
    above: dict[UUID, list[UUID]] = {}
    for row in await stored.placed(tx, competencies):
        if row.above:
            above.setdefault(row.leaf, []).append(row.id)
    return above
