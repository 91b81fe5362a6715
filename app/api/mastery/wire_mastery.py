"""Mastery on the wire: levels that teachers of record set, and links to record pages."""

import datetime as dt
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import TeacherOfRecord, Text, Time, Wire


class LevelOverrideNew(Wire):
    """A level to be set in the name of a teacher of record, with the reason, until a time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "level": "Proficient",
                    "reason": "Explained it to the class; the test was on a day she was ill",
                    "ends": "2027-06-11T00:00:00Z",
                    "teacherOfRecord": {"name": "Kim Sample", "role": "Mathematics teacher, grade 6"},
                }
            ]
        }
    )

    level: Text
    reason: Text = Field(description="whoever may see the record reads it")
    ends: Time
    teacher_of_record: TeacherOfRecord


class LevelOverrideWithdrawal(Wire):
    """Why a level that was set is taken back, and by whom."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "The test was taken again",
                    "teacherOfRecord": {"name": "Kim Sample", "role": "Mathematics teacher, grade 6"},
                }
            ]
        }
    )

    teacher_of_record: TeacherOfRecord
    reason: Text


class LevelOverride(Wire):
    """A level that a teacher of record set: from when, until when, and whether it was taken back."""

    key: UUID
    competency: UUID
    level: str
    reason: str
    begins: dt.datetime
    ends: dt.datetime
    teacher_of_record: TeacherOfRecord
    client: str
    withdrawn_at: dt.datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None


class LevelOverrideList(Wire):
    """The levels that were set for a learner, the first first; also those that ended or were taken back."""

    overrides: list[LevelOverride]


class RecordLinkNew(Wire):
    """A link to a learner's record page."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reader": "the family of Ada Sample", "days": 7}]})

    days: int = Field(7, ge=1, le=90, description="how long the link works")
    reader: str = Field(min_length=1, max_length=200, description="whom it is for: it is shown on the page")


class RecordLinkListed(Wire):
    """A link to a learner's record page: whom it is for, and whether it was taken back."""

    id: UUID
    reader: str
    created_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None


class RecordLinkList(Wire):
    """The links to a learner's record page, newest first."""

    links: list[RecordLinkListed]


class RecordLink(Wire):
    """A link to a learner's record page: whoever has it can read the page until it expires or is taken back."""

    id: UUID
    url: str
    expires_at: dt.datetime
