"""Reads what the views of mastery need, of one learner or a group, now or as of a time."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import mastery
from app.db.mastery.mastery import MasteryRow, ShownRow
from app.frameworks.outline import OUTLINED, Outline, outline
from app.mastery import judging
from app.mastery.in_force import Rulebook, rulebook
from app.mastery.judge import Asserted
from app.mastery.standings import Standing, Ties, stand, ties
from app.mastery.views import perspectives
from app.mastery.views.perspectives import CompetencyStanding, Gap, Progress, RolledUp, Scope
from schemas.codes import Method

Target = Mapping[UUID, str | None]
"""A target profile: competencies of a framework, and the level of each that is asked for; None: mastery."""
Key = tuple[int, UUID, Scope]
Stamp = tuple[str, int, datetime, frozenset[UUID]]
MOST = 20_000
"""Competencies whose outlines are kept: at about a kilobyte each, some 20 MB."""


@dataclass(frozen=True)
class Place:
    """Where one learner stands in each competency, and what rolls up to it."""

    standings: Mapping[UUID, Standing]
    rolled_up: Mapping[UUID, list[RolledUp]]

    @cached_property
    def states(self) -> dict[UUID, MasteryRow]:
        """The states by competency, from wherever each has it."""
        return {competency: standing.state for competency, standing in self.standings.items()}

    def shown_in(self, competency: UUID) -> UUID:
        """The competency that decides one: itself, an equivalent one, or one it is a part of."""
        standing = self.standings.get(competency)
        return (standing.shown_in if standing else None) or competency

    def dress(self, bare: CompetencyStanding) -> CompetencyStanding:
        """A standing with the crosswalks that lead to it."""
        standing, rolled_up = self.standings.get(bare.competency), self.rolled_up.get(bare.competency, [])
        via, part_of, parts = (standing.via, standing.part_of, standing.parts) if standing else (None, None, ())
        if not (via or part_of or parts or rolled_up):
            return bare
        return msgspec.structs.replace(bare, via=via, part_of=part_of, parts=list(parts), rolled_up=rolled_up)


NOWHERE = Place({}, {})


@dataclass(frozen=True, slots=True)
class FrameworkView:
    """A framework and where learners stand in it."""

    outline: Outline
    places: Mapping[UUID, Place]
    rules: Rulebook

    def of(self, learner: UUID) -> Place:
        """Where a learner stands."""
        return self.places.get(learner, NOWHERE)

    def anybodys(self, learners: Sequence[UUID], fits: Callable[[Standing], bool]) -> set[UUID]:
        """The competencies in which the standing of any of these learners fits."""
        standings = [self.of(learner).standings for learner in learners]
        return {
            competency
            for competency in set().union(*standings)
            if any(fits(standing) for own in standings if (standing := own.get(competency)))
        }

    def progress(self, learner: UUID, grades: Sequence[str] = ()) -> list[Progress]:
        """A learner's progress in each part of the framework, or in what of it is for some grades."""
        place = self.of(learner)
        progress = perspectives.progress(self.outline, self.outline.leaves(grades), place.states, self.rules.by_id)
        return [_dressed(part, place) for part in progress]

    def gaps(self, learner: UUID, grades: Sequence[str] = (), target: Target | None = None) -> list[Gap]:
        """What a learner has not met of the framework, of its competencies for some grades, or of a target profile."""
        levels = dict.fromkeys(self.outline.leaves(grades)) if target is None else target
        return perspectives.gaps(self.outline, levels, self.of(learner).states, self.rules.by_id)

    def misfits(self, target: Target) -> Iterator[str]:
        """What of a target profile cannot be asked for, in words."""
        for competency, level in target.items():
            if competency not in self.outline.competencies:
                yield f"'{self.outline.title}' has no competency {competency} that is shown here"
            elif level is not None:
                names = [step.name for step in self.rules.of(competency).judge.policy.levels]
                if level not in names:
                    yield f"'{level}' is no level of {competency}, whose levels are {', '.join(names)}"

    def steps(self, learner: UUID, grades: Sequence[str] = ()) -> list[Gap]:
        """What a learner has not met, as a way to go: parts of the framework that are begun come before the others."""
        missing = {gap.competency: gap for gap in self.gaps(learner, grades)}
        states = self.of(learner).states.items()
        begun = {self.outline.domain(competency) for competency, state in states if state.level is not None}
        return [missing[competency] for competency in self.outline.in_order(missing, begun)]


def _dressed(part: Progress, place: Place) -> Progress:
    return msgspec.structs.replace(part, competencies=[place.dress(competency) for competency in part.competencies])


class Outlines:
    """Outlines of frameworks, kept while their versions are held: the least lately asked for go first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, tuple[Stamp, Outline]] = OrderedDict()
        self._size = 0

    def get(self, key: Key, stamp: Stamp) -> Outline | None:
        """What is kept of a tenant's framework, if it is of that stamp."""
        kept_outline = self._kept.get(key)
        if kept_outline is None or kept_outline[0] != stamp:
            return None
        self._kept.move_to_end(key)
        return kept_outline[1]

    def keep(self, key: Key, stamp: Stamp, new: Outline) -> None:
        """Keep an outline, in place of an older one of the same framework."""
        if key in self._kept:
            self._size -= len(self._kept.pop(key)[1].competencies)
        self._kept[key] = (stamp, new)
        self._size += len(new.competencies)
        while self._size > self._most:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= len(gone.competencies)


async def shown_by_framework(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, ShownRow]:
    """By framework, how many competencies it has, and of how many these learners have shown something."""
    return {row.framework_id: row for row in await mastery.shown_by_framework(tx, learners)}


async def outline_of(tx: Tx, framework: UUID, scope: Scope, outlines: Outlines | None = None) -> Outline | None:
    """The outline of a framework the tenant has; what the scope leaves out is no gap."""
    stamped = await frameworks.stamp(tx, framework)
    if stamped is None:
        return None
    hidden = frozenset(await frameworks.sensitive_in(tx, framework) if scope == "general" else ())
    stamp = (*stamped, hidden)
    key = (tx.tenant, framework, scope)
    if outlines is not None and (cached := outlines.get(key, stamp)) is not None:
        return cached
    items = [item for item in await frameworks.competencies(tx, framework) if item.id not in hidden]
    new = outline(framework, stamp[0], items, await frameworks.links(tx, framework, OUTLINED))
    if outlines is not None:
        outlines.keep(key, stamp, new)
    return new


async def framework_view(
    tx: Tx,
    framework: UUID,
    learners: Sequence[UUID],
    *,
    now: datetime,
    scope: Scope = "general",
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    method: Method | None = None,
    outlines: Outlines | None = None,
) -> FrameworkView | None:
    """Learners in a framework: as stored, or judged as of a time from what was shown and known then.

    With `method`, judged from what came about in that way alone.
    """
    outline = await outline_of(tx, framework, scope, outlines)
    if outline is None:
        return None
    tied = await ties(tx, list(outline.competencies), scope)
    competencies = sorted(tied.around_all(outline.competencies))
    if as_of is None and known_at is None and method is None:
        await judging.judge_overdue(tx, now, learners)
        states = await mastery.of_learners(tx, learners, competencies)
        rules = await rulebook(tx, now, competencies)  # after the states: it has the policies they were judged by
    else:
        rules = await rulebook(tx, as_of or now, competencies)
        rows = await mastery.asserted(tx, learners, competencies, known_at)
        counted = [row for row in rows if method is None or Asserted(*row[2:]).method == method]
        states = [MasteryRow(*state) for state in judging.judged_states(counted, rules, as_of or now)]
    by_learner = groupby(states, key=attrgetter("learner_id"))  # both ways give them learner by learner
    places = {
        learner: _place(outline, {state.competency_id: state for state in own}, tied, rules)
        for learner, own in by_learner
    }
    return FrameworkView(outline, places, rules)


def _place(outline: Outline, states: Mapping[UUID, MasteryRow], tied: Ties, rules: Rulebook) -> Place:
    rolled: dict[UUID, list[RolledUp]] = {}
    for whole in outline.competencies if tied.along else ():
        for other, strength in tied.along.get(whole, ()):
            if (state := states.get(other)) and state.level is not None:
                level = rules.by_id(state.policy_id).judge.policy.levels[state.level].name
                rolled.setdefault(whole, []).append(RolledUp(other, strength, state.met, level))
    return Place(stand(outline.competencies, states, tied, rules), rolled)
