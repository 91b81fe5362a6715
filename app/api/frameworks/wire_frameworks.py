"""Frameworks, alignments and policies over the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from app.api.kit.wire_base import Cursor, Text, Time, Wire
from app.frameworks.frameworks import Sensitivity, Strength


class FrameworkFinding(Wire):
    """Something about a package that its owner should know, how often it is so, and where, by way of example."""

    what: str
    count: int
    where: list[str]


class FrameworkListed(Wire):
    """A framework the tenant has."""

    id: UUID
    title: str
    type: str | None
    sensitivity: Sensitivity
    origin: str
    imported_at: datetime
    findings: list[FrameworkFinding]
    names: list[str] = Field(description="what it is called here beside its title, where sources name it")
    code_prefixes: list[str] = Field(description="what may stand before its codes, or be left out")


class FrameworkPulled(Wire):
    """A framework that a source tells of, such as an LMS its outcomes; `adopted`: it is one of the tenant's here."""

    id: UUID = Field(description="what it is called here, if it is adopted")
    source: str = Field(description="the source's slug")
    title: str
    competencies: int
    examples: list[str] = Field(description="some of them, by code or statement")
    adopted: bool


class PulledList(Wire):
    """The frameworks that sources tell of."""

    frameworks: list[FrameworkPulled]


class FrameworkCalled(Wire):
    """What a framework is called beside its title, and what may stand before its codes (`CC.` in Pennsylvania)."""

    names: list[Text] = Field(default=[], max_length=50)
    code_prefixes: list[Text] = Field(default=[], max_length=50)

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"names": ["Ohio Learning Standards"], "codePrefixes": ["OH"]}]}
    )


class FrameworkList(Wire):
    """All frameworks."""

    frameworks: list[FrameworkListed]


class FrameworkVersion(Wire):
    """A version of a framework as it was received; `ended_at` is when another took its place, or it was removed."""

    version: int
    title: str
    origin: str
    sha256: str
    imported_at: datetime
    ended_at: datetime | None


class FrameworkVersions(Wire):
    """Every version of a framework, the oldest first."""

    versions: list[FrameworkVersion]


class FrameworkImported(Wire):
    """What became of a package."""

    id: UUID
    title: str
    state: Literal["new", "updated", "unchanged"]
    items: int
    associations: int
    findings: list[FrameworkFinding]


class ImportOutcome(Wire):
    """What became of every package at an address."""

    frameworks: list[FrameworkImported]


def _url(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError as why:
        raise ValueError(f"is no address ({why})") from why
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("is no address that begins with https://")
    return address


class FrameworkFetch(Wire):
    """Where CASE packages are: one file or package, or a provider's `/ims/case/v1p1`; and the key it asks for."""

    url: Annotated[
        str, Field(max_length=2000, examples=["https://case.example.org/ims/case/v1p1"]), AfterValidator(_url)
    ]
    token: Annotated[
        str | None, Field(max_length=5000, pattern=r"^[!-~]+$", description="sent as a bearer token, not kept")
    ] = None
    sensitivity: Sensitivity = "general"

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://case.example.org/ims/case/v1p1"}]})


class FrameworkItem(Wire):
    """A competency of an own framework; `parent` and `after` are codes of it, `alignedTo` codes elsewhere (a;b)."""

    code: Text
    statement: Annotated[str, Field(min_length=1, max_length=5000)]
    parent: Text | None = None
    type: Text | None = None
    grades: list[Text] = Field(default=[], max_length=20)
    notes: Annotated[str | None, Field(max_length=5000)] = None
    sensitivity: Sensitivity | None = None
    after: list[Text] = Field(default=[], max_length=50)
    aligned_to: Text | None = None
    strength: Strength = "equivalent"


class FrameworkLevel(Wire):
    """A level of a criterion of a rubric."""

    rubric: Text
    criterion: Text
    level: Text
    score: Annotated[float, Field(allow_inf_nan=False)] | None = None
    description: Annotated[str | None, Field(max_length=5000)] = None
    competency: Text | None = None


GRADUATE: dict[str, Any] = {
    "title": "Portrait of a Graduate",
    "creator": "Sample District",
    "type": "ext:graduateProfile",
    "items": [{"code": "C.1", "statement": "Explains an idea to others", "alignedTo": "SL.6.4"}],
}


class FrameworkBody(Wire):
    """An own framework with its competencies and rubrics: a graduate profile has the type `ext:graduateProfile`."""

    title: Text
    creator: Text
    type: Text | None = None
    description: Annotated[str | None, Field(max_length=5000)] = None
    subject: list[Text] = Field(default=[], max_length=20)
    sensitivity: Sensitivity = "general"
    items: list[FrameworkItem] = Field(min_length=1, max_length=5000)
    levels: list[FrameworkLevel] = Field(default=[], max_length=5000)

    model_config = ConfigDict(json_schema_extra={"examples": [GRADUATE]})


class Suggestion(Wire):
    """A competency that may be meant; a higher rank is nearer."""

    competency: UUID
    framework: str
    code: str | None
    statement: str
    rank: float


class Waiting(Wire):
    """What sources name and nobody knew the competency of, with how many assertions are by it.

    `competency` and `strength` are what was matched or decided; null while it waits, and where it is none of ours.
    """

    id: int
    code: str | None
    url: str | None
    name: str | None
    framework: str | None
    assertions: int
    first_at: datetime
    competency: UUID | None
    strength: Strength | None
    suggestions: list[Suggestion]


class AlignmentQueue(Wire):
    """The queue, a page of it."""

    waiting: list[Waiting]
    next: Cursor


class AlignmentDecision(Wire):
    """Which competency is meant, and how much of it is covered; null: it is none of ours, and waits no longer.

    What covers a competency in part is told with it, and decides no level.
    """

    competency: UUID | None
    strength: Strength = "equivalent"

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"competency": "0af12d2f-9d92-5b9c-8e66-9d5ad5b4f0a1", "strength": "mostly"}]}
    )


class AlignmentOutcome(Wire):
    """How many states of mastery changed with a decision."""

    changed: int


class PolicyBody(Wire):
    """A policy, a new version of it if its name is known; for one competency, one framework, or all."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    framework: UUID | None = None
    competency: UUID | None = None
    begins: Time | None = Field(None, description="when it comes into force; now, if left out")
    policy: dict[str, Any] = Field(description="rule, levels, mastery, weights, days, confidence, conversions")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "best", "policy": {"rule": {"rule": "highest"}, "mastery": 0.7}}]}
    )


class PolicyListed(Wire):
    """A version of a policy."""

    id: int
    name: str
    version: int
    framework: UUID | None
    competency: UUID | None
    begins: datetime
    created_by: str
    policy: dict[str, Any]


class Judging(Wire):
    """How far the states of mastery have been judged anew, since that was last asked for.

    `under way`: a job does it, some learners at a time; until it has come to a learner, their states stand by the
    policy that judged them, which every state names.
    """

    state: Literal["under way", "done"]
    asked_at: datetime
    learners: int = Field(description="how many learners it has come to")
    changed: int = Field(description="how many of their states have changed")
    finished_at: datetime | None


class PolicySet(PolicyListed):
    """A new version of a policy, and the judging it has set off."""

    judging: Judging


class PolicyList(Wire):
    """All versions of all policies, in the order they come into force."""

    policies: list[PolicyListed]
    judging: Judging | None = Field(description="null: it was never asked for")
