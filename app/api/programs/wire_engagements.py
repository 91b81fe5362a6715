"""What a learner's work out of school comes to, as the API writes it."""

import datetime as dt
from uuid import UUID

from pydantic import Field

from app.api.kit.wire_base import Wire
from app.programs.submission import Stage


class WorkEngagement(Wire):
    """Something a learner did in the world of work: at work, or as part of an internship."""

    submission: UUID
    on: dt.date | None = None
    title: str
    employer: str = Field(description="the program")
    career_cluster: str | None = Field(None, description="the field of work, as the offer says it was part of")
    span: str = Field(description="the grade span: `K-5`, `6-8`, `9-12` or `not told`", examples=["6-8"])


class SpanEngagements(Wire):
    """A grade span: how many engagements, and for how many hours, as far as what was offered says."""

    span: str = Field(examples=["6-8"])
    engagements: int
    hours: float


class ProjectStage(Wire):
    """A stage of a passion project; without a submission it is still to come."""

    stage: Stage
    submission: UUID | None = None
    title: str | None = None
    on: dt.date | None = None


class PassionProject(Wire):
    """A passion project: all six stages in their order."""

    title: str
    program: str
    stages: list[ProjectStage]


class LearnerOutOfSchool(Wire):
    """A learner's engagements with the world of work, and passion projects."""

    spans: list[SpanEngagements] = Field(description="those in which there is any")
    engagements: list[WorkEngagement] = Field(description="the first first")
    projects: list[PassionProject]
