"""Reads what the views of mastery need, of one learner or a group, now or as of a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.competency import mastery as judging
from app.competency import perspectives
from app.competency.crosswalk import Walks, roll_up, walks
from app.competency.inforce import Rulebook, rulebook
from app.competency.outline import OUTLINED, Outline, outline
from app.competency.perspectives import Gap, Progress, RolledUp, Scope, Standing
from app.db import Tx, frameworks, mastery
from app.db.mastery import MasteryRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where one learner stands: states by competency, which of them came by way of an equivalent, and what rolls up."""

    states: Mapping[UUID, MasteryRow]
    via: Mapping[UUID, UUID]
    rolled_up: Mapping[UUID, list[RolledUp]]

    def crosswalk(self, competency: UUID) -> dict[str, Any]:
        """The equivalent competency one was shown in, and what rolls up to it, as JSON values."""
        via = self.via.get(competency)
        rolled = [
            {"competency": str(one.competency), "strength": one.strength, "met": one.met, "level": one.level}
            for one in self.rolled_up.get(competency, ())
        ]
        return {"via": str(via) if via else None, "rolledUp": rolled}

    def dress(self, one: Standing) -> Standing:
        """A standing with the crosswalks that lead to it."""
        via, rolled_up = self.via.get(one.competency), self.rolled_up.get(one.competency, [])
        return msgspec.structs.replace(one, via=via, rolled_up=rolled_up) if via or rolled_up else one


NOWHERE = Place({}, {}, {})


@dataclass(frozen=True, slots=True)
class Seen:
    """A framework and where learners stand in it."""

    outline: Outline
    places: Mapping[UUID, Place]
    rules: Rulebook

    def of(self, learner: UUID) -> Place:
        """Where a learner stands."""
        return self.places.get(learner, NOWHERE)

    def progress(self, learner: UUID) -> list[Progress]:
        """A learner's progress in each part of the framework."""
        place = self.of(learner)
        shown = perspectives.progress(self.outline, place.states, self.rules.by_id)
        return [_dressed(part, place) for part in shown]

    def gaps(self, learner: UUID, grades: Sequence[str] = ()) -> list[Gap]:
        """What a learner has not met of the framework, or of its competencies for some grades."""
        return perspectives.gaps(self.outline, self.outline.leaves(grades), self.of(learner).states, self.rules.by_id)

    def upcoming(self, learner: UUID, grades: Sequence[str] = ()) -> list[Gap]:
        """What a learner is ready for."""
        met = [competency for competency, state in self.of(learner).states.items() if state.met]
        return perspectives.upcoming(self.gaps(learner, grades), self.outline, met)


def _dressed(part: Progress, place: Place) -> Progress:
    return msgspec.structs.replace(part, competencies=[place.dress(one) for one in part.competencies])


async def outline_of(tx: Tx, framework: UUID, scope: Scope) -> Outline | None:
    """The outline of a framework the tenant has; what the scope leaves out is no gap."""
    row = await frameworks.by_id(tx, framework)
    if row is None:
        return None
    items = [
        item for item in await frameworks.competencies(tx, framework) if scope == "all" or item.sensitivity == "general"
    ]
    return outline(framework, row.title, items, await frameworks.links(tx, framework, OUTLINED))


async def see(
    tx: Tx,
    framework: UUID,
    learners: Sequence[UUID],
    *,
    now: datetime,
    scope: Scope = "general",
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Seen | None:
    """Learners in a framework: as stored, or judged as of a time from what was shown and known then."""
    found = await outline_of(tx, framework, scope)
    if found is None:
        return None
    along = await walks(tx, list(found.competencies))
    wanted = [*found.competencies, *{other for others in along.values() for other, _ in others}]
    rules = await rulebook(tx, as_of or now, wanted)
    if as_of is None and known_at is None:
        await judging.judge_overdue(tx, now, learners)
        states = await mastery.of_learners(tx, learners, wanted)
    else:
        rows = [row for learner in learners for row in await mastery.shown_of(tx, learner, wanted, known_at)]
        states = [MasteryRow(*state) for state in judging.judged(rows, rules, as_of or now)]
    by_learner: dict[UUID, dict[UUID, MasteryRow]] = {}
    for state in states:
        by_learner.setdefault(state.learner_id, {})[state.competency_id] = state
    places = {learner: _place(found, held, along, rules) for learner, held in by_learner.items()}
    return Seen(found, places, rules)


def _place(outline: Outline, states: Mapping[UUID, MasteryRow], along: Walks, rules: Rulebook) -> Place:
    taken = roll_up(states, along)
    own = {competency: state for competency, state in states.items() if competency in outline.competencies}
    rolled: dict[UUID, list[RolledUp]] = {}
    for whole, others in along.items():
        for other, strength in others:
            if (state := states.get(other)) and state.level is not None:
                level = rules.by_id(state.policy_id).judge.policy.levels[state.level].name
                rolled.setdefault(whole, []).append(RolledUp(other, strength, state.met, level))
    effective = {**own, **{whole: state for whole, (state, _) in taken.items()}}
    return Place(effective, {whole: via for whole, (_, via) in taken.items()}, rolled)
