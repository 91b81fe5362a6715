"""Competencies: frameworks, alignments, assertions, policies, mastery."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ARRAY, JSON, BigInteger, LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field

from app.db.tables.shapes import MOMENT, NOW, TEXTS, TenantTable


class Framework(TenantTable, table=True):
    """A CASE package a tenant holds, as it was received and as it is served."""

    id: uuid.UUID = Field(primary_key=True)
    title: str = Field(sa_type=Text)
    framework_type: str | None = Field(default=None, sa_type=Text)
    sensitivity: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    sha256: bytes = Field(sa_type=LargeBinary)
    received: bytes = Field(sa_type=LargeBinary)
    document: Any = Field(sa_type=JSON)
    package: bytes = Field(sa_type=LargeBinary)
    findings: Any = Field(sa_type=JSONB)
    imported_at: dt.datetime = Field(sa_type=MOMENT)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    names: list[str] = Field(default=[], sa_type=TEXTS, sa_column_kwargs={"server_default": "{}"})
    prefixes: list[str] = Field(default=[], sa_type=TEXTS, sa_column_kwargs={"server_default": "{}"})


class FrameworkPast(TenantTable, table=True):
    """A version of a framework that another has taken the place of, as it was received."""

    framework_id: uuid.UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    title: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    sha256: bytes = Field(sa_type=LargeBinary)
    received: bytes = Field(sa_type=LargeBinary)
    imported_at: dt.datetime = Field(sa_type=MOMENT)
    ended_at: dt.datetime = Field(sa_type=MOMENT)


class Competency(TenantTable, table=True):
    """One item of a framework (CASE CFItem), with what it is searched and found by."""

    framework_id: uuid.UUID = Field(primary_key=True)
    n: int = Field(primary_key=True)
    id: uuid.UUID
    code: str | None = Field(default=None, sa_type=Text)
    aliases: list[str] = Field(sa_type=TEXTS)
    statement: str = Field(sa_type=Text)
    item_type: str | None = Field(default=None, sa_type=Text)
    sensitivity: str = Field(sa_type=Text)
    education: list[str] = Field(sa_type=TEXTS)
    search: Any = Field(sa_type=TSVECTOR)
    body: bytes = Field(sa_type=LargeBinary)


class CompetencyPast(TenantTable, table=True):
    """What an item said up to that version of its framework: the next one says something else, or has it no more."""

    framework_id: uuid.UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    n: int = Field(primary_key=True)
    id: uuid.UUID
    framework: str = Field(sa_type=Text)
    code: str | None = Field(default=None, sa_type=Text)
    statement: str = Field(sa_type=Text)
    item_type: str | None = Field(default=None, sa_type=Text)
    sensitivity: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)
    ended_at: dt.datetime = Field(sa_type=MOMENT)


class CompetencyLink(TenantTable, table=True):
    """One association of a framework (CASE CFAssociation); `meant` is the held item a foreign target was found to be."""

    framework_id: uuid.UUID = Field(primary_key=True)
    n: int = Field(primary_key=True)
    id: uuid.UUID
    type: str = Field(sa_type=Text)
    origin: uuid.UUID
    destination: uuid.UUID
    meant: uuid.UUID | None = None
    sequence: int | None = None
    strength: str | None = Field(default=None, sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)


class CaseDefinition(TenantTable, table=True):
    """One of a framework's definitions (CASE CFDefinitions: item types, subjects, concepts, licenses, groupings) or rubrics."""

    framework_id: uuid.UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=Text)
    n: int = Field(primary_key=True)
    id: uuid.UUID
    hierarchy: str = Field(sa_type=Text)
    body: bytes = Field(sa_type=LargeBinary)


class Alignment(TenantTable, table=True):
    """A target that evidence names, and the held competency it was found to be; `waiting` ones are the alignment queue."""

    id: int | None = Field(default=None, primary_key=True)
    target: str = Field(sa_type=Text)
    source_id: int | None = None
    code: str | None = Field(default=None, sa_type=Text)
    url: str | None = Field(default=None, sa_type=Text)
    name: str | None = Field(default=None, sa_type=Text)
    framework: str | None = Field(default=None, sa_type=Text)
    competency_id: uuid.UUID | None = None
    strength: str | None = Field(default=None, sa_type=Text)
    state: str = Field(sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    first_at: dt.datetime = Field(sa_type=MOMENT)


class Assertion(TenantTable, table=True):
    """What a statement says a learner showed of a competency. Never changed: a correction supersedes it."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    learner_id: uuid.UUID | None = None
    alignment_id: int
    source_id: int
    person: str = Field(sa_type=Text)
    stream: str = Field(sa_type=Text)
    raw_key: str = Field(sa_type=Text)
    n: int = Field(sa_type=SmallInteger)
    part: int = Field(sa_type=SmallInteger)
    hash: int = Field(sa_type=BigInteger)
    at: dt.datetime = Field(sa_type=MOMENT)
    share: float | None = None
    value: float | None = None
    unit: str | None = Field(default=None, sa_type=Text)
    level: str | None = Field(default=None, sa_type=Text)
    met: bool | None = None
    positive: bool
    confidence: float | None = None
    method: str | None = Field(default=None, sa_type=Text)
    expires: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    detail: Any = Field(sa_type=JSON)
    undated: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    least: float | None = None
    most: float | None = None
    doubt: str | None = Field(default=None, sa_type=Text)
    recorded_at: dt.datetime = Field(sa_type=MOMENT)
    supersedes: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class Policy(TenantTable, table=True):
    """A named rule of mastery with its parameters, in force from a time on, for a framework, a competency or all."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Text)
    version: int
    framework_id: uuid.UUID | None = None
    competency_id: uuid.UUID | None = None
    body: Any = Field(sa_type=JSON)
    begins: dt.datetime = Field(sa_type=MOMENT)
    created_by: str = Field(sa_type=Text)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)


class Mastery(TenantTable, table=True):
    """A learner's state in a competency as the policy in force derives it."""

    learner_id: uuid.UUID = Field(primary_key=True)
    competency_id: uuid.UUID = Field(primary_key=True)
    policy_id: int
    level: int | None = Field(default=None, sa_type=SmallInteger)
    value: float | None = None
    met: bool
    at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    until: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    deciding: list[int] = Field(sa_type=ARRAY(BigInteger))
    shown: int
    tally: bytes | None = Field(default=None, sa_type=LargeBinary)


class LevelOverride(TenantTable, table=True):
    """A level that a teacher of record set for a learner, until an end. Never changed: it may be withdrawn."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    key: uuid.UUID
    learner_id: uuid.UUID
    competency_id: uuid.UUID
    level: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    begins: dt.datetime = Field(sa_type=MOMENT)
    ends: dt.datetime = Field(sa_type=MOMENT)
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    made_by: str = Field(sa_type=Text)
    withdrawn_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
    withdrawn_name: str | None = Field(default=None, sa_type=Text)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_reason: str | None = Field(default=None, sa_type=Text)


class Judging(TenantTable, table=True):
    """How far a tenant's states of mastery have been judged anew, since that was last asked for."""

    asked_at: dt.datetime = Field(sa_type=MOMENT)
    after: uuid.UUID
    learners: int
    changed: int
    finished_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)


class RecordLink(TenantTable, table=True):
    """A link to a learner's record page, whom it is for, and whether it was taken back."""

    id: uuid.UUID = Field(primary_key=True)
    learner_id: uuid.UUID
    reader: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: dt.datetime = Field(default=None, sa_type=MOMENT, sa_column_kwargs=NOW)
    expires_at: dt.datetime = Field(sa_type=MOMENT)
    revoked_at: dt.datetime | None = Field(default=None, sa_type=MOMENT)
