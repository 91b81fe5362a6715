"""Submissions on the wire, as the program that hands them in and as those who review them see them."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from app.api.kit.wire_base import Cursor, Text, Wire
from app.api.plans.wire_plans import COMPETENCY
from app.api.programs.wire_programs import Signer
from app.programs.judging import Verdict
from app.programs.states import Standing, State
from app.programs.submission import Kind, Medium, Stage
from schemas.codes import Setting

Prose = Annotated[str, Field(min_length=1, max_length=20_000)]


def _day(value: Any) -> Any:
    if isinstance(value, str) and len(value) == 10:
        return value
    if value is None or isinstance(value, dt.date):
        return value
    raise ValueError("give a day such as 2026-10-03")


Day = Annotated[dt.date, BeforeValidator(_day)]
SUBMITTED: dict[str, Any] = {
    "learner": {"name": "Ada Sample", "birthDate": "2014-05-06", "school": "Northside Middle School"},
    "title": "A robot that follows a line",
    "done": "Built the chassis, wrote the control loop, and explained both to the group.",
    "on": "2026-10-03",
    "place": "Northside Library",
    "achievement": COMPETENCY,
    "evidence": [{"medium": "link", "value": "https://robotics.example.org/projects/42"}],
    "mentor": "Grace Example",
    "submitter": {"name": "Sam Sample", "role": "coordinator"},
    "consent": "Kim Sample, her mother",
}
ASSESSOR: dict[str, Any] = {"name": "Robin Sample", "role": "reviewer"}
REVIEWED: dict[str, Any] = {
    "assessor": ASSESSOR,
    "verdict": "accept",
    "marks": [{"criterion": "explain", "level": "Proficient", "comment": "Clear, with a drawing."}],
}
CONSENT: Any = Field(
    None,
    description="the parent or guardian who agreed that it is kept: needed of a child under 13, and where no birth "
    "date is told; once said, it counts until the submission is withdrawn",
)


class LearnerNumber(Wire):
    """A number or name the learner is known by."""

    type: Kind
    value: Text


class LearnerGuardian(Wire):
    """Who answers for the learner."""

    name: Text | None = None
    contact: Text | None = None


class SubmissionLearner(Wire):
    """Whose it is: a name and as little else as finds them, or a number. A state id is never needed."""

    name: Text | None = None
    birth_date: Day | None = None
    grade: Text | None = None
    school: Text | None = None
    numbers: list[LearnerNumber] = Field([], max_length=10)
    guardian: LearnerGuardian | None = None


class Artifact(Wire):
    """What can be looked at: words or an address."""

    medium: Medium
    value: Prose
    title: Text | None = None


class SubmissionBody(Wire):
    """What a learner did. Without an `ownId`, the learner, the title and the day tell one case from another."""

    learner: SubmissionLearner
    title: Text
    done: Prose | None = Field(None, description="what the learner did, in words")
    on: Day | None = None
    setting: Setting | None = Field(None, description="where it happened, if not where the program usually works")
    place: Text | None = None
    achievement: UUID | None = Field(None, description="which of the program's achievements it is for")
    opportunity: UUID | None = Field(None, description="which of the things the program offers it was part of")
    stage: Stage | None = Field(None, description="of a passion project: which of its stages this is")
    evidence: list[Artifact] = Field([], max_length=20)
    reflection: Prose | None = Field(None, description="the learner's own words on it")
    competencies: list[UUID] = Field([], max_length=100, description="what it is proposed to show")
    mentor: Text | None = None
    team: Text | None = Field(None, description="the same for all who made one piece of work together")
    own_id: Text | None = None


class SubmissionNew(SubmissionBody):
    """A submission, and who hands it in."""

    model_config = ConfigDict(json_schema_extra={"examples": [SUBMITTED]})

    submitter: Signer
    consent: Text | None = CONSENT


class Resubmission(SubmissionBody):
    """What was sent back, with what was mended."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**SUBMITTED, "note": "I added the drawing."}]})

    submitter: Signer
    consent: Text | None = CONSENT
    note: Prose | None = None


class SubmissionMessage(Wire):
    """A word about a submission."""

    side: Literal["program", "district"]
    words: str
    name: str
    role: str
    at: dt.datetime


class BadgeRevoked(Wire):
    """When the badge of a submission was revoked, and why, if that was said."""

    at: dt.datetime
    reason: str | None


class Submission(Wire):
    """A submission as its program sees it: what it said, and how that stands. It tells nothing of any record."""

    id: UUID
    standing: Standing
    body: SubmissionBody
    way: str
    feedback: str | None = Field(description="what is to be mended, where it was sent back, or why it was not taken in")
    badge_revoked: BadgeRevoked | None = Field(
        None, description="of what is in the record: that the district has revoked its badge by itself"
    )
    messages: list[SubmissionMessage]
    at: dt.datetime
    changed_at: dt.datetime


class Submitted(Wire):
    """What became of what was sent."""

    id: UUID
    outcome: Literal["new", "changed", "unchanged"]
    standing: Standing


class SubmissionSummary(Wire):
    """A submission in short."""

    id: UUID
    standing: Standing
    title: str
    learner: str | None
    on: dt.date | None
    changed_at: dt.datetime


class SubmissionList(Wire):
    """A program's submissions, the last changed first."""

    submissions: list[SubmissionSummary]
    next: Cursor


class Remark(Wire):
    """A word, a reason, an appeal: by whom."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"words": "Please look at page 2 of it.", "by": ASSESSOR}]}
    )

    words: Prose
    by: Signer


class Waiting(Wire):
    """What waits for the district: since when, and who has claimed it until when."""

    id: UUID
    program: UUID
    program_name: str
    state: State
    title: str
    achievement: UUID | None
    way: str
    since: dt.datetime
    claimed_until: dt.datetime | None


class SubmissionQueue(Wire):
    """What waits, the longest waiting first; how many there are by state."""

    waiting: list[Waiting]
    counts: dict[str, int]
    next: Cursor


class SubmissionStep(Wire):
    """A step of a submission's life."""

    step: str
    before: str | None
    after: str
    note: str | None
    name: str
    role: str
    at: dt.datetime


class CriterionMark(Wire):
    """A criterion, decided."""

    criterion: Text
    level: Text
    comment: Prose | None = None


class Review(Wire):
    """What one assessor decided."""

    round: int
    name: str
    role: str
    verdict: Verdict
    marks: list[CriterionMark]
    feedback: str | None
    at: dt.datetime


class ReviewCase(Wire):
    """A submission as those who review it see it. `learner`: whose it is, as far as that is decided (`whose`)."""

    id: UUID
    program: UUID
    program_name: str
    state: State
    body: SubmissionBody
    way: str
    badge: str | None = Field(description="what the verification of the badge found that it came as")
    whose: Literal["number", "person", "new", "account"] | None
    learner: UUID | None
    claimed_until: dt.datetime | None
    credential: UUID | None
    reviews: list[Review]
    lacking: int = Field(description="how many more assessors have to look")
    messages: list[SubmissionMessage]
    history: list[SubmissionStep]


class Candidate(Wire):
    """A learner whose it may be, and what speaks for that."""

    id: UUID
    name: str
    birth_date: str | None
    grade: str | None
    school: str | None
    same_birth_date: bool
    by_number: str | None


class CandidateList(Wire):
    """Who it may be, the likeliest first. Nothing is linked until a person says so."""

    candidates: list[Candidate]


class SubmissionOwner(Wire):
    """The learner whose submission it is; null: one whom the record does not know yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"learner": COMPETENCY, "by": ASSESSOR}]})

    learner: UUID | None
    by: Signer


class Claimant(Wire):
    """Who takes or gives back a submission."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"by": ASSESSOR}]})

    by: Signer


class ReviewBody(Wire):
    """A decision: criterion by criterion, and on the whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [REVIEWED]})

    assessor: Signer
    verdict: Verdict
    marks: list[CriterionMark] = Field([], max_length=50)
    feedback: Prose | None = None
