"""A report card: where a learner stands at the end of a term in what was shown of them in it. Pure.

Nothing is averaged: each competency has its own level, as every view tells it, and the level before the term beside it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from app.mastery.policies import Level
from app.mastery.standing import Evidenced, ItemStanding

MOST_WORDS = 3
"""So many words of teachers and of the learner are told of one competency, the latest."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term by its first and last day."""

    title: str
    begins: date
    ends: date

    @property
    def key(self) -> str:
        """What a term is called in an address."""
        return f"{self.begins}_{self.ends}"

    @property
    def first(self) -> datetime:
        """The moment it begins."""
        return datetime.combine(self.begins, time(), UTC)

    @property
    def last(self) -> datetime:
        """The last moment of it."""
        return datetime.combine(self.ends + timedelta(days=1), time(), UTC) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Words:
    """What was said of a piece of evidence; `own`: by the learner."""

    text: str
    who: str
    on: date
    own: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A competency: the level at the end of the term and at its beginning, how often it was shown meanwhile.

    The level is `step`, from 1, of `steps`; 0 is none yet.

    `by_teacher`: a teacher of record set the level. `id` is None where no framework here has it.
    """

    id: UUID | None
    code: str | None
    statement: str
    level: Level | None
    step: int
    steps: int
    mastered: bool
    before: Level | None
    pieces: int
    by_teacher: bool
    words: Sequence[Words]


@dataclass(frozen=True, slots=True)
class Subject:
    """A domain of a framework, with the competencies that were shown in the term."""

    framework: str
    domain: str
    lines: Sequence[Line]


Beside = Mapping[tuple[int, str, str], str]
"""What was said beside a result, by its statement."""


def report_card(
    before: Iterable[ItemStanding], after: Sequence[ItemStanding], term: Term, beside: Beside
) -> list[Subject]:
    """The subjects of a term, as frameworks order them, of where a learner stands at its beginning and at its end."""
    levels = {standing.item.id: _level(standing) for standing in before}
    subjects: dict[tuple[str, str], list[Line]] = {}
    for standing in sorted(after, key=lambda standing: (standing.item.framework_title, standing.item.place)):
        pieces = [piece for piece in standing.evidence if _within(piece, term)]
        if pieces:
            subject = subjects.setdefault((standing.item.framework_title, standing.item.domain), [])
            subject.append(_line(standing, pieces, levels.get(standing.item.id), beside))
    return [Subject(framework, domain, lines) for (framework, domain), lines in subjects.items()]


def _within(piece: Evidenced, term: Term) -> bool:
    """Whether it was shown, or set by a teacher, in the term; what has no date is of no term."""
    return not piece.asserted.undated and term.first <= piece.when <= term.last


def _line(standing: ItemStanding, pieces: Sequence[Evidenced], before: Level | None, beside: Beside) -> Line:
    latest = sorted(pieces, key=lambda piece: piece.when, reverse=True)
    words = [
        Words(text, piece.assessor or piece.issuer or piece.source, piece.when.date(), piece.asserted.method == "self")
        for piece in latest
        if (text := piece.narrative or (beside.get(piece.statement) if piece.statement else None))
    ]
    return Line(
        id=standing.item.id if standing.item.aligned else None,
        code=standing.item.code,
        statement=standing.item.statement,
        level=_level(standing),
        step=0 if standing.state.level is None else standing.state.level + 1,
        steps=len(standing.levels),
        mastered=standing.state.met is True,
        before=before,
        pieces=sum(1 for piece in pieces if not piece.asserted.override),
        by_teacher=standing.override is not None,
        words=words[:MOST_WORDS],
    )


def _level(standing: ItemStanding) -> Level | None:
    return None if standing.state.level is None else standing.levels[standing.state.level]
