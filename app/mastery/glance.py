"""At a glance: how many competencies learners have shown, and mastered, by framework; counted as every view stands."""

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import mastery
from app.db.mastery import standings as stored
from app.db.mastery.mastery import MasteryRow, Pair
from app.mastery.in_force import Rulebook, rulebook
from app.mastery.standings import Ties, general, stand, ties


class Place(NamedTuple):
    """The framework that competencies are counted in; no id: none has them any more."""

    framework: UUID | None = None
    title: str = ""


class CompetencyCount(NamedTuple):
    """How many competencies a learner has shown something of, and how many of them are mastered."""

    shown: int = 0
    mastered: int = 0


Glanced = dict[Place, CompetencyCount]


@dataclass(frozen=True, slots=True)
class Standings:
    """What learners' counts are made of: the competencies something was shown of, and what decides where they stand."""

    states: dict[UUID, dict[UUID, MasteryRow]]
    ties: Ties
    rules: Rulebook
    places: dict[UUID, Place]

    def of(self, learner: UUID, hidden: AbstractSet[UUID] = frozenset()) -> Glanced:
        """A learner's counts, without what is hidden and what stands by that."""
        states = {each: row for each, row in self.states.get(learner, {}).items() if each not in hidden}
        tied = general(self.ties, hidden) if hidden else self.ties
        wholes = tied.by_parts(states.keys()) - hidden
        standings = stand(dict.fromkeys([*states, *sorted(wholes)]), states, tied, self.rules)
        every: Counter[Place] = Counter()
        mastered: Counter[Place] = Counter()
        for competency, standing in standings.items():
            if competency in states or (competency in wholes and standing.part_of is None):
                place = self.places.get(competency, Place())
                every[place] += 1
                mastered[place] += standing.state.met
        return {place: CompetencyCount(count, mastered[place]) for place, count in every.items()}


async def glances(tx: Tx, learners: Sequence[UUID], on: datetime) -> tuple[dict[UUID, Glanced], dict[UUID, Glanced]]:
    """Learners' counts; and, of those for whom that is less, the counts without what is sensitive."""
    rows = await mastery.of_learners(tx, learners, None)
    own = sorted({row.competency_id for row in rows})
    if not own:
        return {}, {}
    tied = await ties(tx, own, "all")
    counted = sorted({*own, *tied.below})
    standings = Standings(
        await _begun(tx, rows, on),
        tied,
        await rulebook(tx, on, counted),
        {row.id: Place(row.framework_id, row.title) for row in await frameworks.counted_in(tx, counted)},
    )
    hidden = await frameworks.sensitive(tx, sorted({*counted, *tied.everything}))
    whole = {learner: standings.of(learner) for learner in standings.states}
    if not hidden:
        return whole, {}
    less = {learner: standings.of(learner, hidden) for learner in standings.states}
    return whole, {learner: glanced for learner, glanced in less.items() if glanced != whole[learner]}


async def _begun(tx: Tx, rows: Iterable[MasteryRow], on: datetime) -> dict[UUID, dict[UUID, MasteryRow]]:
    """States by learner and competency, but for those of which all is dated later: where nothing counts, it may be."""
    by_pair = {(row.learner_id, row.competency_id): row for row in rows}
    unsure = [pair for pair, row in by_pair.items() if row.level is None]
    begun = await stored.begun(tx, unsure, on) if unsure else set[Pair]()
    states: dict[UUID, dict[UUID, MasteryRow]] = {}
    for (learner, competency), row in by_pair.items():
        if row.level is not None or (learner, competency) in begun:
            states.setdefault(learner, {})[competency] = row
    return states
