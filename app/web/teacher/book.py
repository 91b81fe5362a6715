"""The gradebook of a class as its page shows it: some columns at a time, so that a page stays light. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup, escape

from app.db.mastery.mastery import MasteryRow
from app.mastery.standing import short
from app.mastery.views.gradebook import Gradebook
from app.mastery.views.inputs import FrameworkView
from app.web.kit import descriptors
from app.web.kit.words import _
from app.web.teacher.room import Grade, Room, grades, label, shade

COLUMNS = 10
"""Competencies beside each other: as many as are read without scrolling sideways on a desk."""
MOST_LEVELS = 16
"""Levels that a legend explains: of four scales."""


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
    """A learner's line of the gradebook, and how much of the whole of it is mastered.

    `cells` are its table cells, ready: a page has hundreds, and a template takes ten times as long for each.
    """

    learner: UUID
    name: str
    cells: Markup
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


def lines(
    seen: FrameworkView, here: Room, competencies: Sequence[UUID], part: Sequence[UUID], whole: Sequence[UUID]
) -> list[Line]:
    """The lines of some learners; `whole` are the competencies of all parts, of which the mastered are counted."""
    marks = Marks(seen)
    listed = []
    for learner in part:
        standings = seen.of(learner).standings
        met = sum(1 for competency in whole if (standing := standings.get(competency)) and standing.state.met)
        reasons = f"/learners/{learner}/competencies/"
        cells = [
            marks.cell(f"{reasons}{competency}", standing.state)
            if (standing := standings.get(competency)) is not None
            else marks.nothing
            for competency in competencies
        ]
        listed.append(Line(learner, here.name(learner), Markup("".join(cells)), met))  # noqa: S704  made of escaped parts
    return listed


class Marks:
    """The cells of a gradebook: a level by its number and its shade, in words for who hears it, and its reasons."""

    def __init__(self, seen: FrameworkView) -> None:
        self._seen = seen
        self._known: dict[tuple[int, int, bool, bool], str] = {}
        self.nothing = f'<td><span class="none" aria-label="{escape(_("nothing shown yet"))}" role="img">·</span></td>'

    def cell(self, address: str, state: MasteryRow) -> str:
        """The cell of a state, whose reasons are at an address of ours."""
        if state.level is None:
            return self.nothing
        key = (state.policy_id, state.level, state.met, state.overridden)
        if key not in self._known:
            self._known[key] = self._mark(*key)
        return f'<td><a href="{address}" {self._known[key]}</a></td>'

    def _mark(self, policy: int, level: int, met: bool, overridden: bool) -> str:
        levels = self._seen.rules.by_id(policy).judge.policy.levels
        words = [descriptors.name(levels[level])]
        words += [_("mastered")] * met + [_("set by a teacher")] * overridden
        style = f"level l{shade(level, len(levels))}{' set' if overridden else ''}"
        return f'class="{style}">{level + 1}<span class="hidden"> {escape(", ".join(words))}</span>'


def anybody_set(seen: FrameworkView, competencies: Sequence[UUID], part: Sequence[UUID]) -> bool:
    """Whether a teacher set the level of any of these cells, so that the legend says how that looks."""
    places = [seen.of(learner).standings for learner in part]
    return any(own[c].state.overridden for own in places for c in competencies if c in own)


def levels(seen: FrameworkView, competencies: Sequence[UUID], learners: Sequence[UUID]) -> list[Grade]:
    """What numbers stand for: levels of the columns' policies, and of those by which a level came from elsewhere."""
    policies = {policy.id: policy for policy in map(seen.rules.of, competencies)}
    places = [seen.of(learner).standings for learner in learners]
    elsewhere = {standing.state.policy_id for own in places for c in competencies if (standing := own.get(c))}
    for policy in elsewhere - policies.keys():
        policies[policy] = seen.rules.by_id(policy)
    scales = {policy.judge.policy.levels: grades(policy.judge.policy.levels) for policy in policies.values()}
    by_name = {(level.number, level.name): level for scale in scales.values() for level in reversed(scale)}
    return [by_name[key] for key in sorted(by_name)][:MOST_LEVELS]


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
