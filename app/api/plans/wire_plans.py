"""Plans and notes on the wire."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool

from app.api.kit.wire_base import Cursor, Slug, Text, Wire, no_blank, no_nul
from app.plans.plans import Horizon

Role = Literal["learner", "guardian", "advisor", "teacher", "mentor", "other"]
Words = Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(no_nul), AfterValidator(no_blank)]

COMPETENCY = "5f0f9d5e-2f0c-5a7c-9d5c-1f6a2b3c4d5e"
ADVISOR: dict[str, Any] = {"name": "Robin Sample", "role": "advisor"}
LEARNER: dict[str, Any] = {"name": "Ada Sample", "role": "learner"}
STEPS: list[Any] = [
    {"competency": COMPETENCY, "level": "Proficient"},
    {
        "achievement": {"name": "Line Follower", "issuer": "Northside Robotics Club"},
        "evidence": [{"title": "My robot", "source": "robotics-club", "rawKey": "robotics-2026-0042"}],
    },
]
GOAL: dict[str, Any] = {
    "id": "build",
    "title": "Build things that work",
    "horizon": "year",
    "by": "2027-06-11",
    "steps": STEPS,
}


class Named(Wire):
    """A person who writes or signs: their name, and in which role."""

    name: Annotated[Text, Field(description="as they sign")]
    role: Role


class AchievementToEarn(Wire):
    """An achievement to earn: known by its address, or by its name and, if you wish, who issues it."""

    uri: Text | None = None
    name: Text | None = None
    issuer: Text | None = None


class EvidenceLink(Wire):
    """Evidence: an address, or `source` and `rawKey` as the record's statements have them."""

    title: Text
    url: Annotated[str, Field(pattern=r"^https?://[^\s\x00]+$", max_length=2000)] | None = None
    source: Slug | None = None
    raw_key: Text | None = None


class PlanStepBody(Wire):
    """A competency, at a level of the policy in force or mastered; or an achievement."""

    competency: UUID | None = None
    level: Text | None = None
    achievement: AchievementToEarn | None = None
    words: Text | None = Field(None, description="how to go about it")
    evidence: list[EvidenceLink] = Field(default=[], max_length=50)


class GoalBody(Wire):
    """A goal. `sensitive`: it is shown only where sensitive things are asked for, and on no page."""

    id: Slug = Field(description="its name within the plan: it stays the same when the plan is edited")
    title: Text
    horizon: Horizon
    by: dt.date | None = None
    why: Text | None = None
    sensitive: StrictBool = False
    steps: list[PlanStepBody] = Field(default=[], max_length=50)


class PlanBody(Wire):
    """A plan as a whole, and who wrote it so."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "Grade 6", "goals": [GOAL], "writer": LEARNER}]}
    )

    title: Text
    goals: list[GoalBody] = Field(max_length=50)
    writer: Named


class SignOffBody(Wire):
    """A signature under what the plan says now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"signer": ADVISOR, "note": "Agreed on 3 October"}]})

    signer: Named
    note: Text | None = None


class GoalDecision(Wire):
    """What becomes of a goal: it is closed as reached or set aside, or opened again."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"goal": "build", "state": "reached", "decider": ADVISOR}]}
    )

    goal: Slug
    state: Literal["reached", "set aside", "open"]
    decider: Named
    note: Text | None = None


class Signed(Wire):
    """Who signed which version, and when; `client` is the program that says so."""

    version: int
    name: str
    role: str
    note: str | None
    client: str
    at: dt.datetime


class EvidenceCited(Wire):
    """What was shown: its title, when, and who says so."""

    title: str
    at: dt.datetime | None
    source: str


class CitedAssertion(EvidenceCited):
    """Evidence as it was cited, with the id of its assertion where it is of a competency."""

    assertion: int | None = Field(None, exclude_if=lambda assertion: assertion is None)


class ClosedStep(Wire):
    """How a step stood when its goal was closed or opened again."""

    title: str
    code: str | None
    reached: bool
    level: str | None
    at: dt.datetime | None
    evidence: list[CitedAssertion]


class GoalChanged(Signed):
    """Who closed a goal, or opened it again, and how its steps stood then."""

    goal: str
    state: Literal["reached", "set aside", "open"]
    steps: list[ClosedStep]


class LinkedEvidence(EvidenceLink):
    """An evidence link; `found`: the record has what it names (or it is an address, which nobody looked at)."""

    found: bool


class PlanStep(Wire):
    """A step and where it stands: `lacks` says what is missing, `cited` what decided."""

    title: str
    code: str | None
    competency: UUID | None
    wanted: str | None = Field(description="the level wanted; null: mastery, or an achievement")
    achievement: AchievementToEarn | None
    words: str | None
    reached: bool
    level: str | None
    at: dt.datetime | None
    lacks: str | None
    cited: list[EvidenceCited]
    evidence: list[LinkedEvidence]


class Goal(Wire):
    """A goal and where it stands. `proposesToClose`: all its steps are reached, and a person may close it."""

    id: str
    title: str
    horizon: Horizon
    by: dt.date | None
    why: str | None
    sensitive: bool
    state: Literal["reached", "set aside", "open"]
    proposes_to_close: bool
    late: bool
    slipped: bool = Field(description="it was closed as reached, and what is shown now no longer reaches it")
    closed: GoalChanged | None
    steps: list[PlanStep]


class Plan(Wire):
    """A plan as it stands. `signed`: an advisor signed this very version; `withheld`: goals left out as sensitive."""

    id: UUID
    learner: UUID
    title: str
    version: int
    writer: Named
    written_at: dt.datetime
    signed: bool
    sign_offs: list[Signed]
    signed_before: int | None = Field(description="the last version an advisor signed, where that is not this one")
    withheld: int
    goals: list[Goal]


class NoteBody(Wire):
    """A learner's own words. Private, unless `open`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "interest", "words": "How birds find their way", "writer": LEARNER}]}
    )

    kind: Literal["note", "reflection", "interest", "strength", "value"]
    words: Annotated[Words, Field(description="at most 5,000 characters")]
    open: StrictBool = Field(False, description="whoever may read the plan, or the record page, may read this, too")
    plan: UUID | None = None
    goal: Slug | None = None
    writer: Named


class Note(Wire):
    """A note; its `ETag` comes back in `If-Match` when it is rewritten."""

    id: UUID
    learner: UUID
    kind: Literal["note", "reflection", "interest", "strength", "value"]
    words: str
    open: bool
    plan: UUID | None
    goal: str | None
    writer: Named
    etag: str
    written_at: dt.datetime
    changed_at: dt.datetime


class NoteList(Wire):
    """A learner's own notes, newest first."""

    notes: list[Note]


class PlanList(Wire):
    """A learner's plans, newest first, and the notes that were opened."""

    plans: list[Plan]
    notes: list[Note]


class GoalProposed(Wire):
    """A goal that proposes to be closed: whose it is, and in which plan. `learner` is the plan's, as it was written."""

    learner: UUID
    plan: UUID
    plan_title: str
    goal: str
    title: str


class GoalProposals(Wire):
    """Goals that propose to be closed, a page of them."""

    goals: list[GoalProposed]
    next: Cursor


class PlanVersion(Wire):
    """What a plan said, who wrote it, and who signed it."""

    version: int
    title: str
    goals: list[GoalBody]
    withheld: int
    writer: Named
    client: str
    at: dt.datetime
    sign_offs: list[Signed]


class PlanHistory(Wire):
    """A plan's whole history: every version as it was, and every goal that was closed or opened again."""

    id: UUID
    learner: UUID
    ended_at: dt.datetime | None
    versions: list[PlanVersion]
    goals: list[GoalChanged]
