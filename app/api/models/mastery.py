"""Mastery on the wire: profiles, growth, gaps, pathways, gradebooks. No shape here has a mean across competencies."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.api.models.base import Cursor, Wire


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


class CompetencyShown(CompetencyNamed):
    """Where a learner stands in a competency; level null: there is evidence, and no level can be told from it."""

    level: LevelReached | None
    mastered: bool
    last_shown: dt.datetime | None
    holds_until: dt.datetime | None = Field(
        description="when this may change though nothing new comes: evidence expires"
    )
    policy: str
    evidence: list[EvidenceCount]


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


class EvidenceDecided(Wire):
    """A piece of evidence, whether it decided, and why or why not."""

    assertion: int
    title: str | None
    date: dt.datetime
    said: str = Field(description="what was reached, in the source's own terms")
    narrative: str | None
    method: str | None
    setting: str | None
    source: str
    issuer: str | None
    assessor: str | None
    verification: str | None
    expires: dt.datetime | None
    url: str | None
    stream: str | None
    source_id: str | None
    decided: bool
    why: str


class LevelMeant(Wire):
    """A level, the share of a scale it begins at, and what it means."""

    name: str
    from_: float = Field(alias="from")
    means: str


class Explained(CompetencyShown):
    """One competency's level, explained: the newest evidence first."""

    as_of: dt.datetime
    scale: list[LevelMeant]
    mastered_from: str
    decided: list[EvidenceDecided]


class GrowthStep(Wire):
    """From then on the competency stood at this level."""

    from_: dt.datetime = Field(alias="from")
    level: str | None


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


class DomainProgress(Wire):
    """Of the competencies a domain asks for: how many are mastered, how many begun."""

    framework: str
    domain: str
    asked: int
    mastered: int
    begun: int


class Gaps(Wire):
    """A learner against a framework, or a part of it."""

    as_of: dt.datetime
    asked: int
    mastered: list[CompetencyShown]
    begun: list[CompetencyShown]
    not_shown: list[CompetencyNamed]
    domains: list[DomainProgress]


class CompetencyUnlocked(CompetencyNamed):
    """A competency to take up next, and what unlocked it."""

    level: LevelReached | None
    unlocked_by: list[CompetencyNamed]


class Next(Wire):
    """What a learner could take up next: everything that precedes it is mastered."""

    as_of: dt.datetime
    next: list[CompetencyUnlocked]


class PathwayStep(CompetencyNamed):
    """A competency still to be learned, in its place on the way."""

    step: int
    level: LevelReached | None
    ready: bool = Field(description="everything that precedes it is mastered")
    likely_known: bool = Field(description="something it precedes is mastered, so it is probably known and not shown")
    waits_for: list[UUID]


class Because(Wire):
    """Evidence for which a competency is skipped."""

    title: str | None
    date: dt.datetime
    source: str
    method: str | None


class Skipped(CompetencyNamed):
    """A mastered competency, skipped, and why."""

    level: LevelReached | None
    because: list[Because]


class Pathway(Wire):
    """The way to everything a target asks for, the mastered skipped."""

    as_of: dt.datetime
    steps: list[PathwayStep]
    skipped: list[Skipped]


class Group(Wire):
    """A class, club or lesson group."""

    id: str
    title: str
    source: str
    key: str = Field(description="its id at the source")
    kind: str | None


class GroupList(Wire):
    """Groups, and where the list goes on."""

    groups: list[Group]
    next: Cursor


class LearnerBegun(Wire):
    """A learner who has begun a competency."""

    learner: UUID
    level: LevelReached | None


class CompetencyOfGroup(CompetencyNamed):
    """A competency: who of a group has mastered it, begun it, not shown it."""

    mastered: list[UUID]
    begun: list[LearnerBegun]
    not_shown: list[UUID]


class GroupGaps(Wire):
    """A group against a framework, or a part of it."""

    as_of: dt.datetime
    learners: int
    competencies: list[CompetencyOfGroup]


class LearnerNeeds(Wire):
    """A learner who needs a competency this week, and why."""

    learner: UUID
    level: LevelReached | None
    why: str


class CompetencyNeeded(CompetencyNamed):
    """A competency the group works on, and who needs it."""

    learners: list[LearnerNeeds]


class Needs(Wire):
    """What a group needs this week: what most need comes first."""

    as_of: dt.datetime
    learners: int
    needs: list[CompetencyNeeded]


class GradebookColumn(Wire):
    """A column of the gradebook."""

    competency: UUID
    code: str | None
    statement: str
    domain: str


class GradebookCell(Wire):
    """Where a learner stands in a competency: the level's name, or its mark where marks were asked for."""

    mark: str | None
    mastered: bool
    last_shown: dt.datetime | None
    evidence: int


class GradebookRow(Wire):
    """A learner's row: a cell for each column, null where nothing was shown."""

    learner: UUID
    name: str
    cells: list[GradebookCell | None]


class Gradebook(Wire):
    """Learner by competency."""

    as_of: dt.datetime
    competencies: list[GradebookColumn]
    learners: list[GradebookRow]
    marks: list[str]


class LinkWanted(Wire):
    """A link to a learner's record page."""

    days: int = Field(7, ge=1, le=90, description="how long the link works")
    reader: str = Field(min_length=1, max_length=200, description="whom it is for: it is shown on the page")
    purpose: Literal["family", "learner", "teacher", "counselor", "other"] = "family"


class RecordLink(Wire):
    """A link to a learner's record page: whoever has it can read the page until it expires."""

    url: str
    expires_at: dt.datetime
