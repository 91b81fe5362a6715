"""Mastery on the wire: profiles and growth. No shape here has a mean across competencies."""

import datetime as dt
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import TeacherOfRecord, Text, Time, Wire


class LevelReached(Wire):
    """A level of the policy's scale, counted from 1."""

    name: str
    number: int
    of: int


class LevelCount(Wire):
    """How many competencies stand at a level; null: no level yet."""

    level: str | None
    count: int


class EvidenceCount(Wire):
    """How much evidence came from a setting by a method."""

    setting: str | None
    method: str | None
    count: int


class CompetencyNamed(Wire):
    """A competency: `competency` is its CASE identifier, or our own id for what no framework held has."""

    competency: str
    code: str | None
    statement: str
    framework: str
    domain: str
    sensitivity: str
    retired: bool = Field(description="its framework had it, and has it no more")


class RolledUp(Wire):
    """Another competency that stands for one by a crosswalk, how strongly, and where the learner stands in it."""

    competency: str
    strength: str
    met: bool
    level: str | None


class OverrideTold(Wire):
    """Who set a level, why, and until when."""

    by: str
    reason: str
    until: dt.datetime


class CompetencyShown(CompetencyNamed):
    """Where a learner stands in a competency; level null: there is evidence, and no level can be told from it."""

    level: LevelReached | None
    mastered: bool
    last_shown: dt.datetime | None
    holds_until: dt.datetime | None = Field(
        description="when this may change though nothing new comes: evidence expires, or its time has come"
    )
    policy: str
    override: OverrideTold | None = Field(description="where a teacher of record set the level")
    evidence: list[EvidenceCount]
    via: str | None = Field(description="the equivalent competency it was shown in, where that is another one")
    part_of: str | None = Field(description="the whole that is mastered, where it stands by that")
    parts: list[str] = Field(description="its parts that decided, where it stands by these by its policy's rule")
    rolled_up: list[RolledUp]


class DomainShown(Wire):
    """A domain of a framework: its competencies, strengths first."""

    framework: str
    domain: str
    levels: list[LevelCount]
    competencies: list[CompetencyShown]


class Profile(Wire):
    """A learner's jagged profile, strengths first."""

    as_of: dt.datetime
    domains: list[DomainShown]
    unaligned: list[CompetencyShown] = Field(description="what no framework held has, in its source's words")


class GrowthStep(Wire):
    """From then on the competency stood at this level."""

    from_: dt.datetime = Field(alias="from")
    level: str | None
    policy: str = Field(description="the policy that was in force then, and its version")
    overridden: bool = Field(description="a teacher of record set it")


class GrowthPoint(Wire):
    """When something was shown."""

    date: dt.datetime
    title: str | None
    setting: str | None
    method: str | None


class CompetencyGrown(CompetencyNamed):
    """A competency's way, by the policies in force at each time."""

    steps: list[GrowthStep]
    evidence: list[GrowthPoint]


class Growth(Wire):
    """How a learner's levels moved, those that moved furthest first."""

    as_of: dt.datetime
    competencies: list[CompetencyGrown]


class OverrideWanted(Wire):
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


class OverrideWithdrawal(Wire):
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


class OverrideShown(Wire):
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


class OverrideList(Wire):
    """The levels that were set for a learner, the first first; also those that ended or were taken back."""

    overrides: list[OverrideShown]


class LinkWanted(Wire):
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
