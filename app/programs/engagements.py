"""What a learner's accepted work out of school comes to: engagements with the world of work by grade span, and passion
projects by stage.

An engagement is work that was done at work, or as part of an internship. Its grade is the one that was handed in with
it, or else, of the running school year, the one the learner's record tells.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.programs import taking_part as stored
from app.db.programs.taking_part import WorkRow
from app.identity.learners import lineage
from app.mastery import group
from app.programs import definitions, offers, rubric, submission
from app.programs.offers import Offer
from app.programs.participation import year_of
from app.programs.spans import NOT_TOLD, SPANS, span_of
from app.programs.submission import STAGES, Stage, Submission


@dataclass(frozen=True, slots=True)
class Engagement:
    """Something a learner did in the world of work: when, what, with whom, in which field, in which grade span."""

    id: UUID
    on: date | None
    title: str
    employer: str
    career_cluster: str | None
    span: str


@dataclass(frozen=True, slots=True)
class SpanCount:
    """A grade span: how many engagements there were in it, and for how many hours, as far as that is told."""

    span: str
    engagements: int
    hours: float


@dataclass(frozen=True, slots=True)
class StageReached:
    """A stage of a project: when the work of it was done (`id`: which); None: it is still to come."""

    stage: Stage
    id: UUID | None = None
    title: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A passion project: all of its stages in their order, those that are in the record with their work."""

    title: str
    program: str
    stages: tuple[StageReached, ...]

    @property
    def reached(self) -> int:
        """How many of its stages are in the record."""
        return sum(1 for stage in self.stages if stage.id is not None)


@dataclass(frozen=True, slots=True)
class OutOfSchool:
    """What a learner's accepted work comes to."""

    spans: tuple[SpanCount, ...]
    engagements: tuple[Engagement, ...]
    projects: tuple[Project, ...]

    @property
    def hours(self) -> float:
        """The hours of all engagements, as far as they are told."""
        return sum(span.hours for span in self.spans)


@dataclass(frozen=True, slots=True)
class _Work:
    """Accepted work as it is counted."""

    row: WorkRow
    submission: Submission
    offer: Offer | None
    span: str

    @property
    def at_work(self) -> bool:
        setting = self.submission.setting or self.row.setting
        return setting == "work" or (self.offer is not None and self.offer.kind == "internship")


async def of_learner(tx: Tx, learner: UUID, today: date) -> OutOfSchool:
    """What is in the record of a learner, and nobody took back their consent to."""
    rows = await _general(tx, await stored.accepted_works(tx, await lineage(tx, learner)))
    grades = (await group.grades(tx, [learner])).get(learner, []) if rows else []
    return counted(rows, grades[0] if grades else None, today)


async def _general(tx: Tx, rows: list[WorkRow]) -> list[WorkRow]:
    """Work that shows nothing sensitive, as the record's general view has it."""
    if not rows or not await frameworks.has_sensitive(tx):
        return rows
    by_badge: dict[UUID | None, tuple[UUID, ...]] = {
        row.id: rubric.read(row.body).shown for row in await definitions.achievements(tx, retired=True)
    }
    competencies = {}
    for row in rows:
        content = submission.decode(row.body)
        competencies[row.id] = {*content.competencies, *by_badge.get(content.achievement, ())}
    secret = await frameworks.sensitive(tx, sorted(frozenset().union(*competencies.values())))
    return [row for row in rows if secret.isdisjoint(competencies[row.id])]


def counted(rows: Sequence[WorkRow], grade: str | None, today: date) -> OutOfSchool:
    """What accepted work, the first first, comes to; `grade` is the learner's own of the running school year."""
    works = [_work(row, grade, today) for row in rows]
    at_work = [work for work in works if work.at_work]
    return OutOfSchool(_spans(at_work), tuple(map(_engagement, at_work)), _projects(works))


def _work(row: WorkRow, grade: str | None, today: date) -> _Work:
    content = submission.decode(row.body)
    this_year = content.on is None or year_of(content.on) == year_of(today)
    return _Work(
        row,
        content,
        offers.read(row.offer) if row.offer else None,
        span_of(content.learner.grade or (grade if this_year else None)),
    )


def _engagement(work: _Work) -> Engagement:
    return Engagement(
        work.row.id,
        work.submission.on,
        work.submission.title,
        employer=work.row.program,
        career_cluster=work.offer.career_cluster if work.offer else None,
        span=work.span,
    )


def _spans(at_work: Sequence[_Work]) -> tuple[SpanCount, ...]:
    """By grade span; the hours of what is offered count once, however many pieces of work it brought."""
    counts = Counter(work.span for work in at_work)
    hours: dict[str, float] = defaultdict(float)
    once: set[tuple[str, UUID | None]] = set()
    for work in at_work:
        if work.offer and work.offer.hours and (work.span, work.row.opportunity) not in once:
            once.add((work.span, work.row.opportunity))
            hours[work.span] += work.offer.hours
    names = (*(name for name, _ in SPANS), NOT_TOLD)
    return tuple(SpanCount(name, counts[name], hours[name]) for name in names if counts[name])


def _projects(works: Sequence[_Work]) -> tuple[Project, ...]:
    """Passion projects, the one begun first first; of a stage that was handed in twice the latest counts."""
    projects: dict[UUID, dict[Stage, _Work]] = {}
    for work in works:
        if work.submission.stage and work.row.opportunity:
            projects.setdefault(work.row.opportunity, {})[work.submission.stage] = work
    return tuple(_project(by_stage) for by_stage in projects.values())


def _project(by_stage: dict[Stage, _Work]) -> Project:
    any_work = next(iter(by_stage.values()))
    stages = tuple(
        StageReached(stage, work.row.id, work.submission.title, work.submission.on)
        if (work := by_stage.get(stage))
        else StageReached(stage)
        for stage in STAGES
    )
    return Project(any_work.offer.title if any_work.offer else any_work.submission.title, any_work.row.program, stages)
