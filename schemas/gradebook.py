"""Line items and results: OneRoster 1.2 Gradebook, section 4 (data model)."""

from datetime import date, datetime

from schemas.codes import Method, ScoreStatus
from schemas.credentials import Alignment, Profile
from schemas.records import Record, Value


class LineItem(Record, frozen=True, tag="lineItem"):
    """What a result is a result of: an assignment, an exam, a test."""

    title: str
    class_: str | None = None
    description: str | None = None
    category: str | None = None
    session: str | None = None
    assigned: date | None = None
    due: date | None = None
    minimum: float | None = None
    maximum: float | None = None
    alignments: tuple[Alignment, ...] = ()


class ObjectiveResult(Value, frozen=True):
    """A result against one learning objective (OneRoster `learningObjectiveSet`, a Canvas outcome, a domain score)."""

    objective: Alignment
    score: float | None = None
    text_score: str | None = None
    mastered: bool | None = None


class Result(Record, frozen=True, tag="result"):
    """What a person reached. It needs no course and no number: a narrative alone is a result.

    `score` is on `minimum`..`maximum` where known, in `unit` (points, RIT, percent…). `standard_error` and `percentile`
    are kept as the vendor gave them: vendors' scales are never mixed. `confidence` is how sure the source is, from 0 to
    1. A source tells the day (`scored_on`) or the moment (`scored_at`). From `expires_at` on it counts no more.
    """

    person: str
    line_item: str | None = None
    title: str | None = None
    class_: str | None = None
    subject: str | None = None
    status: ScoreStatus | None = None
    score: float | None = None
    text_score: str | None = None
    narrative: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None
    level: str | None = None
    standard_error: float | None = None
    percentile: float | None = None
    passed: bool | None = None
    method: Method | None = None
    confidence: float | None = None
    attempts: int | None = None
    scored_on: date | None = None
    scored_at: datetime | None = None
    expires_at: datetime | None = None
    late: bool | None = None
    missing: bool | None = None
    assessor: str | None = None
    issuer: Profile | None = None
    objectives: tuple[ObjectiveResult, ...] = ()
    alignments: tuple[Alignment, ...] = ()
