"""Programs on the wire: who they are, what they recognize, what they offer."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.issuing.wire_credentials import Color, Icon
from app.api.kit.wire_base import Text, Time, Wire
from app.api.plans.wire_plans import COMPETENCY
from app.programs.offers import CLOCK, Weekday
from app.programs.programs import ProgramKind, Signs
from app.programs.rubric import Assessing
from schemas.codes import Setting

Prose = Annotated[str, Field(min_length=1, max_length=20_000)]
OfferKind = Literal["project", "event", "playlist", "internship", "passion project", "club"]
REGISTERED: dict[str, Any] = {
    "name": "Northside Robotics Club",
    "kind": "club",
    "setting": "after-school",
    "contact": "coordinator@robotics.example.org",
    "about": "Tuesdays and Thursdays, at the library.",
    "issuers": ["https://badges.example.org/issuers/robotics"],
    "schools": ["Northside Middle School"],
    "signs": "district",
    "trusted": False,
}
LEVELS: list[dict[str, Any]] = [
    {"name": "Beginning", "points": 1.0},
    {"name": "Proficient", "points": 2.0},
    {"name": "Exemplary", "points": 3.0},
]
DEFINED: dict[str, Any] = {
    "name": "Robot builder",
    "description": "Builds a robot that follows a line.",
    "criteria": "The robot follows a line once around, and its builder explains how.",
    "kind": "Badge",
    "rubric": [
        {
            "id": "explain",
            "name": "Explains the plan",
            "levels": LEVELS,
            "wanted": "Proficient",
            "competencies": [COMPETENCY],
        }
    ],
    "assessing": "one",
}
OFFERED: dict[str, Any] = {
    "kind": "event",
    "title": "Robot night",
    "place": "Northside Library",
    "begins": "2026-12-03T22:00:00Z",
    "ends": "2026-12-04T00:00:00Z",
    "transport": "Bus 12",
    "youngest": 10,
    "oldest": 14,
}


class Signer(Wire):
    """A person who acts for a program or the district: their name, and in which role."""

    name: Text
    role: Text


class ProgramBody(Wire):
    """A program, as it is registered. Until the district approves it, nothing is taken in from it."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTERED]})

    name: Text
    kind: ProgramKind = "club"
    setting: Setting = "after-school"
    contact: Text | None = Field(None, description="an e-mail address that notices go to")
    about: Prose | None = None
    issuers: list[Text] = Field([], max_length=50, description="whose badges it may hand in: DIDs or addresses")
    schools: list[Text] = Field([], max_length=200)
    signs: Signs = Field("district", description="who issues its badges: itself, or the district it acts for")
    trusted: bool = Field(False, description="what it hands in may be accepted many at a time")


class Program(ProgramBody):
    """A program. `state`: *asked* (it waits for the district), *approved*, *ended*. `source`: its own in the record."""

    id: UUID
    slug: str
    state: Literal["asked", "approved", "ended"]
    source: int | None
    decided_at: dt.datetime | None
    decided_by: str | None
    reason: str | None


class ProgramList(Wire):
    """The district's programs, by name."""

    programs: list[Program]


class ProgramDecision(Wire):
    """Approve a program, or end it with a reason."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "approved"}]})

    state: Literal["approved", "ended"]
    reason: Text | None = None


class RubricLevel(Wire):
    """A level of a criterion."""

    name: Text
    description: Prose | None = None
    points: Annotated[float, Field(strict=True, ge=0, le=1e6)] | None = None


class RubricCriterion(Wire):
    """A criterion of a rubric: its levels from the lowest, and the one (`wanted`) from which it is met."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    name: Text
    levels: list[RubricLevel] = Field(min_length=1, max_length=20)
    wanted: Text
    description: Prose | None = None
    competencies: list[UUID] = Field([], max_length=100)


class ProgramAchievementBody(Wire):
    """An achievement: what it takes (`criteria`), how it is judged (`rubric`), and what it shows (`competencies`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**DEFINED, "writer": {"name": "Kim", "role": "staff"}}]})

    name: Text
    description: Prose
    criteria: Prose
    kind: Text = Field("Badge", description="Open Badges achievementType")
    rubric: list[RubricCriterion] = Field([], max_length=50)
    competencies: list[UUID] = Field([], max_length=100)
    assessing: Assessing = Field(
        "one",
        description="two who disagree ask a third; a panel of three decides by majority; *moderated*: two assess, "
        "and a moderator reads what they saw and decides",
    )
    partial: bool = Field(False, description="what is met is accepted where the rest is not")
    credit_rule: UUID | None = Field(None, description="the rule of credit it counts for: its competencies may give it")
    image: str | None = Field(
        None,
        max_length=2_000_000,
        pattern="^data:image/",
        description="its picture, as a data URI; kept as a PNG of at most 200 by 200 dots, of which badges have a copy",
    )
    color: Color | None = Field(None, description="without `image`: of the picture that is drawn")
    icon: Icon | None = Field(None, description="without `image`: what stands on the picture that is drawn")
    parts: list[UUID] = Field(
        [], max_length=50, description="other achievements: whoever has them all gets this one by itself"
    )
    tags: list[Text] = Field([], max_length=50)
    writer: Signer


class ProgramAchievement(Wire):
    """A version of an achievement. Badges name the version they were awarded by."""

    id: UUID
    program: UUID
    version: int
    name: str
    description: str
    criteria: str
    kind: str
    rubric: list[RubricCriterion]
    competencies: list[UUID]
    assessing: Assessing
    partial: bool
    credit_rule: UUID | None
    image: str | None
    color: str | None
    icon: str | None
    parts: list[UUID]
    tags: list[str]
    writer: Signer
    at: dt.datetime


class DefinitionList(Wire):
    """What a program recognizes."""

    achievements: list[ProgramAchievement]


class PlaylistStep(Wire):
    """A step of a playlist."""

    title: Text
    description: Prose | None = None
    requirements: list[Text] = Field([], max_length=50)
    resources: list[Text] = Field([], max_length=50)


PLAYLIST: dict[str, Any] = {
    "playlist": {
        "title": "Light it up",
        "experiences": [{"title": "Wire a lamp", "requirements": [{"title": "A photo of the lamp"}], "resources": []}],
        "badge": {"title": "Electrician", "description": "Wires a lamp.", "criteria": "The lamp lights up, safely."},
    }
}


class OfferBody(Wire):
    """Something learners can take part in."""

    model_config = ConfigDict(json_schema_extra={"examples": [OFFERED]})

    kind: OfferKind
    title: Text
    description: Prose | None = None
    place: Text | None = None
    begins: Time | None = None
    ends: Time | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=100_000)] | None = None
    cost: Annotated[float, Field(ge=0, le=100_000)] = Field(0, description="0: it is free")
    transport: Text | None = Field(None, description="how one gets there")
    online: bool = False
    days: list[Weekday] = Field([], max_length=7, description="on which days of the week it is")
    opens: Annotated[str, Field(pattern=CLOCK.pattern)] | None = Field(None, examples=["15:30"])
    closes: Annotated[str, Field(pattern=CLOCK.pattern)] | None = Field(None, examples=["17:00"])
    reach: list[Text] = Field([], max_length=200, description="the schools from which learners get there")
    youngest: Annotated[int, Field(strict=True, ge=0, le=120)] | None = None
    oldest: Annotated[int, Field(strict=True, ge=0, le=120)] | None = None
    hours: Annotated[float, Field(gt=0, le=10_000)] | None = Field(None, description="how long it is in all")
    career_cluster: Text | None = Field(None, description="the field of work that it shows")
    achievements: list[UUID] = Field([], max_length=50)
    experiences: list[PlaylistStep] = Field([], max_length=100)


class PlaylistFile(Wire):
    """Playlists as LRNG has them. Other names that its like use are read as well (`xps`, `name`, `tasks`)."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [PLAYLIST]})

    playlist: dict[str, Any] | None = None
    playlists: list[dict[str, Any]] | None = Field(None, max_length=100)


class Offer(OfferBody):
    """An offer, and whose it is."""

    id: UUID
    program: UUID
    program_name: str


class OfferList(Wire):
    """What is offered, the soonest first."""

    opportunities: list[Offer]
