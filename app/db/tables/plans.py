"""Plans: what learners and those who advise them agreed on, what they keep to themselves; and credit by rules."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, BigInteger, LargeBinary, Text
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TenantTable


class Authored(TenantTable):
    """What somebody wrote or decided: their name and role, the account they did it with, and when."""

    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    made_by: str = Field(sa_type=Text)
    made_at: dt.datetime = Field(sa_type=MOMENT)


class Plan(TenantTable, table=True):
    """A learner's plan: which of its versions is current, and how often anything about it was changed."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    version: int
    revision: int
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    ended_by: str | None = Field(default=None, sa_type=Text)


class PlanVersion(Authored, table=True):
    """What a plan said, and who wrote it. Never changed: an edit is another version."""

    plan_id: uuid.UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    body: Any = Field(sa_type=JSON)


class PlanSignOff(Authored, table=True):
    """Somebody signed one version of a plan. Never changed."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    plan_id: uuid.UUID
    version: int
    note: str | None = Field(default=None, sa_type=Text)


class GoalChange(Authored, table=True):
    """Somebody closed a goal, or opened it again; `basis` is how its steps stood then. The latest one holds."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    plan_id: uuid.UUID
    version: int
    goal: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    basis: Any = Field(sa_type=JSON)
    note: str | None = Field(default=None, sa_type=Text)


class LearnerNote(Authored, table=True):
    """A learner's own words: a note, a reflection, an interest, a strength. Private unless it is `open`."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    plan_id: uuid.UUID | None = None
    goal: str | None = Field(default=None, sa_type=Text)
    kind: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)
    open: bool
    revision: int
    changed_at: dt.datetime = Field(sa_type=MOMENT)


class CreditRule(Authored, table=True):
    """A version of a rule by which competencies give credit. Never changed: the latest one is in force."""

    id: uuid.UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    body: Any = Field(sa_type=JSON)


class CreditAward(Authored, table=True):
    """Credit that a teacher of record gave by a version of a rule, on this basis. It may be withdrawn, not changed."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    rule_id: uuid.UUID
    version: int
    basis: Any = Field(sa_type=JSON)
    note: str | None = Field(default=None, sa_type=Text)
    withdrawn_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_name: str | None = Field(default=None, sa_type=Text)
    withdrawn_reason: str | None = Field(default=None, sa_type=Text)


class Checkin(TenantTable, table=True):
    """A talk of an advisor with a learner: topics and the next step are shared, the private note is the writer's alone."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    account_id: uuid.UUID
    name: str = Field(sa_type=Text)
    on: dt.date
    topics: str = Field(sa_type=Text)
    next_step: str = Field(sa_type=Text)
    sealed_note: bytes | None = Field(default=None, sa_type=LargeBinary)
    made_at: dt.datetime = Field(sa_type=MOMENT)
