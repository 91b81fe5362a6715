"""Where learners stand: the one answer that every view gives, whether of a learner, a class, a plan or a credit.

A competency stands by what was shown of it. Where nothing that counts was, or what was is not enough and an equivalent
competency is mastered, it stands by the equivalent one. Where it has no level then, and something it is a part of is
mastered, it stands by that: who has mastered the whole has mastered its parts. A whole that is not mastered says
nothing of its parts, and what was shown of a part itself goes before what the whole says.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import standings as stored
from app.db.mastery.mastery import MasteryRow
from app.frameworks.crosswalk import Walks, roll_up, walks
from app.mastery.views.perspectives import Scope

States = Mapping[UUID, MasteryRow]
Above = Mapping[UUID, Sequence[UUID]]
"""By competency, what it is a part of, the nearest first."""


class Ties(NamedTuple):
    """What competencies may stand by beside what was shown of them: equivalents of them, and what they are parts of."""

    along: Walks
    above: Above

    def around(self, competency: UUID) -> set[UUID]:
        """The competencies whose states decide where one stands, itself among them."""
        within = {competency, *self.above.get(competency, ())}
        return within | {other for whole in within for other, _ in self.along.get(whole, ())}


NO_TIES = Ties({}, {})


async def ties(tx: Tx, competencies: Sequence[UUID], scope: Scope) -> Ties:
    """What ties these competencies to others, in any framework, but for what the scope leaves out."""
    above: dict[UUID, list[UUID]] = {}
    for part, whole in await stored.wholes(tx, competencies):
        above.setdefault(part, []).append(whole)
    within = {*competencies, *chain.from_iterable(above.values())}
    along = await walks(tx, sorted(within))
    if scope == "all":
        return Ties(along, above)
    hidden = await frameworks.sensitive(tx, sorted({*within, *(o for others in along.values() for o, _ in others)}))
    return Ties(
        {whole: [walk for walk in others if walk[0] not in hidden] for whole, others in along.items()},
        {part: [whole for whole in wholes if whole not in hidden] for part, wholes in above.items()},
    )


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


def stand(competencies: Iterable[UUID], states: States, ties: Ties) -> dict[UUID, Standing]:
    """Where a learner with these states stands in these competencies; left out where nothing was shown."""
    taken = roll_up(states, ties.along)
    standings: dict[UUID, Standing] = {}
    for competency in competencies:
        standing = _direct(competency, states, taken)
        if standing is None or standing.state.level is None:
            wholes = ((whole, _direct(whole, states, taken)) for whole in ties.above.get(competency, ()))
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
