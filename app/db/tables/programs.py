"""Programs: who they are, what they recognize and offer, what they hand in, and what became of it."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, LargeBinary, Text, Uuid
from sqlmodel import Field

from app.db.tables.plans import Authored
from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class Program(TenantTable, table=True):
    """A club, library, museum, employer or camp. `source_id` is where what is accepted of it goes into the record."""

    id: uuid.UUID = Field(primary_key=True)
    slug: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    setting: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    contact: str | None = Field(default=None, sa_type=Text)
    about: str | None = Field(default=None, sa_type=Text)
    issuers: list[str] = Field(sa_type=TEXTS)
    schools: list[str] = Field(sa_type=TEXTS)
    signs: str = Field(sa_type=Text)
    trusted: bool
    source_id: int | None = None
    revision: int
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    decided_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    decided_by: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class ProgramAchievement(Authored, table=True):
    """A version of what a program recognizes. Never changed: the latest one is in force."""

    id: uuid.UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    program_id: uuid.UUID
    body: Any = Field(sa_type=JSON)
    retired: bool


class ProgramEndorsement(Authored, table=True):
    """What a second organization (`program_id`) says of a program's achievement. `ended_at`: it says so no more."""

    id: uuid.UUID = Field(primary_key=True)
    achievement_id: uuid.UUID
    program_id: uuid.UUID
    words: str = Field(sa_type=Text)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Opportunity(TenantTable, table=True):
    """Something learners can take part in: a project, an event, a playlist, an internship. `ended_at`: no more."""

    id: uuid.UUID = Field(primary_key=True)
    program_id: uuid.UUID
    kind: str = Field(sa_type=Text)
    body: Any = Field(sa_type=JSON)
    begins_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    ends_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    revision: int
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Submission(TenantTable, table=True):
    """What a program hands in: the canonical submission, its state, whose it is as far as that is decided."""

    id: uuid.UUID = Field(primary_key=True)
    program_id: uuid.UUID
    key: str = Field(sa_type=Text)
    body: Any = Field(sa_type=JSON)
    way: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    achievement_id: uuid.UUID | None = None
    upload_id: uuid.UUID | None = None
    learner_id: uuid.UUID | None = None
    whose: str | None = Field(default=None, sa_type=Text)
    leased_to: str | None = Field(default=None, sa_type=Text)
    leased_until: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    credential_id: uuid.UUID | None = None
    revision: int
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    changed_at: dt.datetime = Field(sa_type=MOMENT)
    consent_ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    consent_by: str | None = Field(default=None, sa_type=Text)
    consent_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class SubmissionStep(Authored, table=True):
    """A step of a submission's life: who took it, from which state to which, and what they said.

    Never changed, but for what it said of what nobody agrees to any more.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    submission_id: uuid.UUID
    step: str = Field(sa_type=Text)
    before: str | None = Field(default=None, sa_type=Text)
    after: str = Field(sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    body: Any = Field(sa_type=JSON)


class SubmissionReview(Authored, table=True):
    """What one assessor decided of a submission as it then was (`round`). Never changed."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    submission_id: uuid.UUID
    round: int
    verdict: str = Field(sa_type=Text)
    marks: Any = Field(sa_type=JSON)
    feedback: str | None = Field(default=None, sa_type=Text)


class SubmissionMessage(Authored, table=True):
    """A word between a program and those who review, about one submission. Never changed."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    submission_id: uuid.UUID
    side: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)


class SubmittedCredential(TenantTable, table=True):
    """A badge that came with a submission, byte for byte, and the report of its verification."""

    submission_id: uuid.UUID = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    verdict: str = Field(sa_type=Text)
    report: Any = Field(sa_type=JSON)
    checked_at: dt.datetime = Field(sa_type=MOMENT)


class SubmissionLink(TenantTable, table=True):
    """A link or a claim code by which somebody without an account hands in, or judges one project.

    Of its secret there is a hash; `sealed` is the secret itself, sealed, so that its picture can be printed again.
    """

    id: uuid.UUID = Field(primary_key=True)
    program_id: uuid.UUID
    kind: str = Field(sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    sealed_pin: bytes | None = Field(default=None, sa_type=LargeBinary)
    title: str = Field(sa_type=Text)
    achievement_id: uuid.UUID | None = None
    opportunity_id: uuid.UUID | None = None
    submission_id: uuid.UUID | None = None
    uses_left: int | None = None
    wrong_pins: int
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)


class ProgramList(TenantTable, table=True):
    """A list that a program handed in: its rows as they were read, and what became of them. `taken_at`: it was taken."""

    id: uuid.UUID = Field(primary_key=True)
    program_id: uuid.UUID
    name: str = Field(sa_type=Text)
    rows: Any = Field(sa_type=JSON)
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    taken_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    undone_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class SubmissionFile(TenantTable, table=True):
    """A file of a submission: what it is, the SHA-256 it is kept by outside the database, and its own key, sealed."""

    submission_id: uuid.UUID = Field(primary_key=True)
    sha256: str = Field(primary_key=True, sa_type=Text)
    name: str = Field(sa_type=Text)
    media_type: str = Field(sa_type=Text)
    size: int
    sealed: bytes = Field(sa_type=LargeBinary)
    made_at: dt.datetime = Field(sa_type=MOMENT)


class LearnerName(TenantTable, table=True):
    """A word of a learner's name, with a birth date: what candidates are searched by."""

    word: str = Field(primary_key=True, sa_type=Text)
    born: str = Field(primary_key=True, sa_type=Text)
    learner_id: uuid.UUID = Field(primary_key=True)


class LearnerNamesRead(TenantTable, table=True):
    """How far the names of learners have been read, in the order of their last change."""

    changed_at: dt.datetime = Field(sa_type=MOMENT)
    learner_id: uuid.UUID


class Exhibition(TenantTable, table=True):
    """What a learner shows of their work, who agreed to it, and until when. `ended_at`: consent was taken back."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    hash: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    title: str = Field(sa_type=Text)
    shown_as: str = Field(sa_type=Text)
    words: str | None = Field(default=None, sa_type=Text)
    pieces: list[uuid.UUID] = Field(sa_type=ARRAY(Uuid))
    consent_by: str = Field(sa_type=Text)
    consent_at: dt.datetime = Field(sa_type=MOMENT)
    ends_at: dt.datetime = Field(sa_type=MOMENT)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)


class ExhibitionComment(TenantTable, table=True):
    """A visitor's word on an exhibition; it is held until the learner's side lets it be seen."""

    id: uuid.UUID = Field(primary_key=True)
    exhibition_id: uuid.UUID
    name: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)
    shown_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    made_at: dt.datetime = Field(sa_type=MOMENT)


class Notice(TenantTable, table=True):
    """What a program (`side` program) or a family is told. Whom it goes to is looked up when it is sent."""

    id: uuid.UUID = Field(primary_key=True)
    program_id: uuid.UUID
    submission_id: uuid.UUID | None = None
    side: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    month: dt.date | None = None
    state: str = Field(sa_type=Text)
    tries: int
    why: str | None = Field(default=None, sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    next_at: dt.datetime = Field(sa_type=MOMENT)
    sent_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class BadgeIdea(TenantTable, table=True):
    """A badge that a learner has designed: `state` is proposed, approved (`achievement_id` is what it became) or declined."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    name: str = Field(sa_type=Text)
    criteria: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    feedback: str | None = Field(default=None, sa_type=Text)
    achievement_id: uuid.UUID | None = None
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
