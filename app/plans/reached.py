"""What learners have reached of chosen competencies, of whatever frameworks, and on which evidence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import citations, mastery
from app.db.mastery.citations import CitedRow, NamedRow
from app.db.mastery.mastery import MasteryRow
from app.db.mastery.standings import SENSITIVE
from app.frameworks.outline import plain
from app.mastery import judging
from app.mastery.in_force import InForce, rulebook
from app.mastery.standings import Standing, stand, ties


class Cited(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Something shown, as it is cited: its title, when, and who says so."""

    title: str
    at: datetime | None
    source: str
    assertion: int | None = None


class Reached(NamedTuple):
    """Where a learner stands in a competency: the levels of the policy in force, and the one reached, if any.

    `via` is the equivalent competency it was shown in, or the whole that is mastered, where that is another one: if
    that is sensitive, so is this.
    `retired`: no framework has it any more; what was shown of it counts as before. `overridden`: a teacher of
    record set the level, and is what is cited.
    """

    competency: UUID
    code: str | None
    statement: str
    sensitivity: str
    policy: str
    levels: tuple[str, ...]
    level: str | None = None
    met: bool = False
    at: datetime | None = None
    via: UUID | None = None
    cited: tuple[Cited, ...] = ()
    retired: bool = False
    overridden: bool = False

    @property
    def sensitive(self) -> bool:
        """Whether it is shown only where sensitive things are asked for."""
        return self.sensitivity != "general"

    def reaches(self, level: str | None) -> bool:
        """Whether a level is reached; mastery, where none is named. What is no level of the policy is not."""
        if level is None:
            return self.met
        if self.level is None or level not in self.levels:
            return False
        return self.levels.index(self.level) >= self.levels.index(level)

    def lacks(self, level: str | None) -> str | None:
        """What lacks of a level, or of mastery where none is named, in words; None where it is reached."""
        if self.reaches(level):
            return None
        if level is not None and level not in self.levels:
            return f"the policy in force ({self.policy}) has no level '{level}'"
        if self.retired:
            return GONE
        stands = "nothing shown" if self.level is None else f"at '{self.level}'"
        return f"{stands}, {'mastery' if level is None else repr(level)} wanted"


GONE = "no framework has this competency any more"
Held = Mapping[UUID, Reached]
"""By competency; one that no framework ever had is not in it."""


async def reached(
    tx: Tx, learners: Sequence[UUID], competencies: Sequence[UUID], now: datetime
) -> dict[UUID, dict[UUID, Reached]]:
    """Where each of these learners stands in these competencies, also by way of what is equivalent to them."""
    places = {row.id: row for row in await citations.named(tx, competencies)}
    tied = await ties(tx, list(places), "all")
    every = sorted({other for competency in places for other in tied.around(competency)})
    hidden = await frameworks.sensitive(tx, every)
    await judging.judge_overdue(tx, now, learners)
    states: dict[UUID, dict[UUID, MasteryRow]] = {learner: {} for learner in learners}
    for row in await mastery.of_learners(tx, learners, every):
        states[row.learner_id][row.competency_id] = row
    rules = await rulebook(tx, now, every)  # after the states: it has the policies they were judged by
    evidence = await citations.cited(
        tx,
        sorted({assertion for of_learner in states.values() for s in of_learner.values() for assertion in s.deciding}),
    )
    by_learner: dict[UUID, dict[UUID, Reached]] = {}
    for learner, own in states.items():
        standings = stand(places, own, tied, rules)
        by_learner[learner] = {}
        for competency, place in places.items():
            standing = standings.get(competency)
            policy = rules.of(competency) if standing is None else rules.by_id(standing.state.policy_id)
            seen = _reached(place, standing, policy, evidence)
            of = {competency, *((standing.via, standing.part_of, *standing.parts) if standing else ())}
            quiet = not seen.sensitive and not hidden.isdisjoint(of)
            by_learner[learner][competency] = seen._replace(sensitivity=SENSITIVE) if quiet else seen
    return by_learner


def _reached(place: NamedRow, standing: Standing | None, policy: InForce, evidence: Mapping[int, CitedRow]) -> Reached:
    levels = tuple(level.name for level in policy.judge.policy.levels)
    outcome = Reached(
        place.id,
        place.code,
        plain(place.statement),
        sensitivity=place.sensitivity,
        policy=f"{policy.name} {policy.version}",
        levels=levels,
        retired=place.retired,
    )
    if standing is None or (level := standing.state.level) is None:
        return outcome
    state = standing.state
    rows = [evidence[assertion] for assertion in state.deciding if assertion in evidence]
    return outcome._replace(
        level=levels[level],
        met=state.met,
        at=state.at,
        via=standing.shown_in,
        overridden=state.overridden,
        cited=tuple(Cited(row.title or row.raw_key, row.at, row.source, row.id) for row in rows),
    )
