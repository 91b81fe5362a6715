"""What a program or a vendor pushes as evidence: the one validator, and the schema of `POST /v1/evidence`."""

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator

from connectors.learner import Learner
from connectors.pushed import Flag, Ident, Label, Moment, Number, Occasion, Prose, Pushed, WebAddress
from schemas.codes import Method, ScoreStatus, Setting


class Issuer(Pushed):
    """The organization that stands behind it (Open Badges Profile)."""

    id: Label | None = None
    name: Label | None = None
    url: WebAddress | None = None


class AlignmentItem(Pushed):
    """A competency it shows: by its code, its address, or both (Open Badges Alignment)."""

    code: Label | None = Field(None, description="the human code, e.g. CCSS.MATH.6.NS.A.1")
    framework: Label | None = Field(None, description="the framework's title")
    url: WebAddress | None = Field(None, description="the competency's address, e.g. a CASE CFItem URI")
    name: Label | None = Field(None, description="the competency's short statement")
    type: Label | None = Field(None, description="Open Badges targetType, e.g. CFItem")

    @model_validator(mode="after")
    def _says_which(self) -> "AlignmentItem":
        if not (self.code or self.url or self.name):
            raise ValueError("says no competency: give its code, url or name")
        return self


class CriterionItem(Pushed):
    """What was reached in one criterion of a rubric: its level, and the competencies it shows."""

    name: Label
    level: Label | None = Field(None, description="the level reached, in the rubric's words")
    met: Flag | None = Field(None, description="whether that is the level wanted, or above it")
    alignments: tuple[AlignmentItem, ...] = Field((), max_length=100)

    @model_validator(mode="after")
    def _says_something(self) -> "CriterionItem":
        if self.level is None and self.met is None:
            raise ValueError("says nothing: give a level, or whether it is met")
        return self


class ResultItem(Pushed):
    """What the learner reached. A narrative alone is a result; a missing score is never a zero."""

    score: Number | None = None
    min: Number | None = Field(None, description="the lowest score possible; left out, it is 0")
    max: Number | None = Field(None, description="the highest score possible")
    unit: Label | None = Field(None, description="points, percent, level …")
    level: Label | None = Field(None, description="the level reached, in the words of the scale")
    passed: Flag | None = None
    status: ScoreStatus | None = None
    narrative: Prose | None = None
    method: Method | None = Field(None, description="how the result came about")
    confidence: Annotated[Number, Field(ge=0, le=1)] | None = Field(
        None, description="how sure you are of it, from 0 to 1: a model's estimate, not a score"
    )
    criteria: tuple[CriterionItem, ...] = Field(
        (), max_length=100, description="criterion by criterion of a rubric: each shows its own competencies"
    )

    @model_validator(mode="after")
    def _on_its_scale(self) -> "ResultItem":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"has min {self.min:g} above max {self.max:g}")
        least = 0 if self.min is None else self.min
        if self.score is not None and self.max is not None and not least <= self.score <= self.max:
            raise ValueError(f"has score {self.score:g}, which is not between {least:g} and max {self.max:g}")
        values = (self.score, self.level, self.passed, self.status, self.narrative)
        if all(value is None for value in values):
            raise ValueError("says nothing: give a score, level, passed, status or narrative")
        return self


class AchievementItem(Pushed):
    """The badge or micro-credential that was awarded for it (Open Badges Achievement)."""

    id: Ident | None = Field(None, description="its own id or address; the same id is the same achievement")
    name: Label
    description: Prose | None = None
    criteria: Prose | None = Field(None, description="what one must do to earn it, in words")
    criteria_url: WebAddress | None = None
    achievement_type: Label | None = Field(None, description="Badge, MicroCredential, Certificate …")
    image: WebAddress | None = None


class EvidenceItem(Pushed):
    """One thing one learner made, did or reached, in or out of school.

    Send it again with the same `id` to correct it. `id` and `withdrawn` alone take it back. Fields that are not listed
    here are kept with the record and reported to the district.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "robotics-2026-0042",
                    "learner": {
                        "identifiers": [{"type": "program", "value": "RC-118"}],
                        "name": {"given": "Ada", "family": "Sample"},
                    },
                    "name": "A robot that follows a line",
                    "narrative": "Ada built the chassis, wrote the control loop, and explained both to the group.",
                    "url": "https://robotics.example.org/projects/42",
                    "occurredAt": "2026-10-03T16:30:00-04:00",
                    "setting": "after-school",
                    "place": "Robotics Club, Northside Library",
                    "issuer": {"name": "Northside Robotics Club"},
                    "assessor": "Mentor Grace Example",
                    "result": {"score": 3, "min": 1, "max": 4, "unit": "rubric points", "method": "summative"},
                    "alignments": [{"code": "MS-ETS1-4", "framework": "NGSS"}],
                }
            ]
        }
    )

    id: Ident = Field(description="your own id of this submission")
    learner: Learner | None = Field(None, description="whose it is; left out only where `withdrawn` takes it back")
    name: Label | None = Field(None, description="a title")
    description: Prose | None = None
    narrative: Prose | None = Field(None, description="what the learner did, in words")
    url: WebAddress | None = Field(None, description="where it can be seen; it is not fetched")
    genre: Label | None = None
    audience: Label | None = None
    occurred_at: Occasion | None = Field(None, description="when it happened")
    expires_at: Moment | None = Field(None, description="when it ceases to count: result, achievement and all")
    updated_at: Moment | None = Field(None, description="when you last changed this; an older one never replaces it")
    setting: Setting | None = Field(None, description="where it happened, if not where this source usually works")
    place: Label | None = None
    issuer: Issuer | None = None
    assessor: Label | None = Field(None, description="who judged it")
    subject: Label | None = None
    result: ResultItem | None = None
    alignments: tuple[AlignmentItem, ...] = Field((), max_length=100)
    achievement: AchievementItem | None = None
    withdrawn: Flag = Field(False, description="true takes the submission back")

    @property
    def shows_something(self) -> bool:
        """Whether it says what was made, done or reached."""
        return any((self.name, self.description, self.narrative, self.url, self.result, self.achievement))

    @model_validator(mode="after")
    def _is_whole(self) -> "EvidenceItem":
        if self.withdrawn:
            return self
        if self.learner is None:
            raise ValueError("learner is missing: say whose it is (`id` and `withdrawn` alone take an item back)")
        if not self.shows_something:
            raise ValueError("nothing is shown: give a name, description, narrative, url, result or achievement")
        return self
