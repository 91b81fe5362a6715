"""The gradebook of a class as its page shows it: some columns at a time, so that a page stays light. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.mastery.standing import short
from app.mastery.views.gradebook import Gradebook
from app.mastery.views.inputs import FrameworkView
from app.web.kit import descriptors
from app.web.teacher.room import Grade, Room, grades, label, shade

COLUMNS = 10
"""Competencies beside each other: as many as are read without scrolling sideways on a desk."""
MOST_LEVELS = 16
"""Levels that a legend explains: of four scales."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where one learner stands in one competency: the level's number from 1, and its shade from 0 to 4.

    `overridden`: a teacher of record set the level.
    """

    competency: UUID
    level: str | None
    step: int
    shade: int
    met: bool
    overridden: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A competency, how many have mastered it, and how many more have begun."""

    competency: UUID
    label: str
    statement: str
    met: int
    begun: int


@dataclass(frozen=True, slots=True)
class Line:
    """A learner's line of the gradebook, and how much of the whole of it is mastered."""

    learner: UUID
    name: str
    cells: list[Cell]
    met: int


@dataclass(frozen=True, slots=True)
class Part:
    """Some columns of a gradebook: its number from 1, from which competency to which, and in which domain."""

    number: int
    first: str
    last: str
    domain: str
    competencies: list[UUID]


def parts(seen: FrameworkView, competencies: Sequence[UUID]) -> list[Part]:
    """The columns of a gradebook in parts: a domain that fits into one is not torn apart."""
    chunks: list[list[UUID]] = []
    for domain in _by_domain(seen, competencies):
        for begin in range(0, len(domain), COLUMNS):
            chunk = domain[begin : begin + COLUMNS]
            if chunks and len(chunks[-1]) + len(chunk) <= COLUMNS:
                chunks[-1] += chunk
            else:
                chunks.append(chunk)
    return [
        Part(n + 1, label(seen, chunk[0]), label(seen, chunk[-1]), _domain(seen, chunk), chunk)
        for n, chunk in enumerate(chunks)
    ]


def columns(seen: FrameworkView, book: Gradebook) -> list[Column]:
    """The columns of a part, with how many of the class have mastered each."""
    listed = []
    for n, column in enumerate(book.competencies):
        met = sum(row.met[n] for row in book.learners)
        begun = sum(row.cells[n] is not None for row in book.learners) - met
        listed.append(Column(column.competency, label(seen, column.competency), column.statement, met, begun))
    return listed


def lines(seen: FrameworkView, here: Room, book: Gradebook, part: Sequence[UUID], whole: Sequence[UUID]) -> list[Line]:
    """The lines of some learners; `whole` are the competencies of all parts, of which the mastered are counted."""
    among, counted = {*part}, {*whole}
    listed = []
    for row in book.learners:
        if row.learner in among:
            states = seen.of(row.learner).states
            met = sum(state.met for competency, state in states.items() if competency in counted)
            cells = [
                _cell(seen, row.learner, column.competency, met=met_here)
                for column, met_here in zip(book.competencies, row.met, strict=True)
            ]
            listed.append(Line(row.learner, here.name(row.learner), cells, met))
    return listed


def levels(seen: FrameworkView, competencies: Sequence[UUID], learners: Sequence[UUID]) -> list[Grade]:
    """What numbers stand for: levels of the columns' policies, and of those by which a level came from elsewhere."""
    policies = {policy.id: policy for policy in map(seen.rules.of, competencies)}
    chosen = {*competencies}
    standings = (standing for learner in learners for standing in seen.of(learner).standings.items())
    elsewhere = {place.state.policy_id for competency, place in standings if competency in chosen}
    for policy in elsewhere - policies.keys():
        policies[policy] = seen.rules.by_id(policy)
    scales = {policy.judge.policy.levels: grades(policy.judge.policy.levels) for policy in policies.values()}
    by_name = {(level.number, level.name): level for scale in scales.values() for level in reversed(scale)}
    return [by_name[key] for key in sorted(by_name)][:MOST_LEVELS]


def _cell(seen: FrameworkView, learner: UUID, competency: UUID, *, met: bool) -> Cell:
    standing = seen.of(learner).standings.get(competency)
    if standing is None or standing.state.level is None:
        return Cell(competency, None, 0, 0, met=False, overridden=False)
    state, position = standing.state, standing.state.level
    of = seen.rules.by_id(state.policy_id).judge.policy.levels
    name = descriptors.name(of[position])
    return Cell(competency, name, position + 1, shade(position, len(of)), met=met, overridden=state.overridden)


def _by_domain(seen: FrameworkView, competencies: Sequence[UUID]) -> list[list[UUID]]:
    """Competencies, those of a domain together, in their order."""
    grouped: dict[UUID, list[UUID]] = {}
    for competency in competencies:
        domain = seen.outline.domain(competency)
        grouped.setdefault(domain if seen.outline.children.get(domain) else seen.outline.framework, []).append(
            competency
        )
    return list(grouped.values())


def _domain(seen: FrameworkView, chunk: Sequence[UUID]) -> str:
    """The domain that all of these are in; nothing where there are several, or none."""
    domains = {seen.outline.domain(competency) for competency in chunk}
    if len(domains) > 1:
        return ""
    row = seen.outline.competencies[domains.pop()]
    return short(row.code) if row.code else ""
