"""What an xAPI statement is, as far as it is read: IEEE 9274.1.1 (xAPI 2.0) section 4, and xAPI 1.0.3 part 2."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from connectors.pushed import Flag, Ident, Label, Moment, Number, Prose, Pushed

Iri = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=2000)]
LanguageMap = dict[str, str]


class Account(Pushed):
    """An account at a system: unique by both."""

    home_page: Iri
    name: Ident


class Agent(Pushed):
    """Who it is, by exactly one of four identifiers; or a group, by its members."""

    object_type: Literal["Agent", "Group"] = "Agent"
    name: Label | None = None
    mbox: Annotated[str, StringConstraints(strip_whitespace=False, max_length=330, pattern="^mailto:.+@.+$")] | None = (
        None
    )
    mbox_sha1sum: Annotated[str, StringConstraints(strip_whitespace=False, pattern="^[0-9a-fA-F]{40}$")] | None = Field(
        None, alias="mbox_sha1sum"
    )
    openid: Iri | None = None
    account: Account | None = None
    member: "tuple[Agent, ...]" = Field((), max_length=500)

    @model_validator(mode="after")
    def _is_somebody(self) -> "Agent":
        names = sum(name is not None for name in (self.mbox, self.mbox_sha1sum, self.openid, self.account))
        if names > 1 or (names == 0 and self.object_type == "Agent"):
            raise ValueError("names nobody: give exactly one of mbox, mbox_sha1sum, openid and account")
        return self


class Verb(Pushed):
    """What was done, by its IRI."""

    id: Iri
    display: LanguageMap | None = None


class Definition(Pushed):
    """What an activity is."""

    name: LanguageMap | None = None
    description: LanguageMap | None = None
    type: Iri | None = None


class Activity(Pushed):
    """What can be done or known: a course, a test, a competency. One of which only the type is told has no `id`."""

    id: Annotated[str, StringConstraints(strip_whitespace=False, max_length=2000)] = ""
    definition: Definition | None = None


class Score(Pushed):
    """`scaled` is from -1 to 1; `raw` lies between `min` and `max` where they are told."""

    scaled: Annotated[Number, Field(ge=-1, le=1)] | None = None
    raw: Number | None = None
    min: Number | None = None
    max: Number | None = None

    @property
    def is_told(self) -> bool:
        """Whether it is a score: `min` and `max` alone are a scale, and nothing is reached of 0 to 0."""
        return (self.scaled is not None or self.raw is not None) and (self.max is None or self.min != self.max)

    @model_validator(mode="after")
    def _on_its_scale(self) -> "Score":
        least, most = self.min, self.max
        if least is not None and most is not None and least > most:
            raise ValueError(f"has min {least:g} above max {most:g}")
        if self.raw is not None and not (least is None or least <= self.raw) & (most is None or self.raw <= most):
            raise ValueError(f"has raw {self.raw:g} outside of min and max")
        return self


class Outcome(Pushed):
    """What came of what the learner did (xAPI `result`)."""

    score: Score | None = None
    success: Flag | None = None
    completion: Flag | None = None
    response: Prose | None = None
    duration: str | None = None
    extensions: dict[str, Any] = {}


class Reference(Pushed):
    """Another statement."""

    id: Iri
    object_type: Literal["StatementRef"] = "StatementRef"


class Context(Pushed):
    """What was around what the learner did (xAPI `context`)."""

    instructor: Agent | None = None
    context_activities: dict[Literal["parent", "grouping", "category", "other"], Activity | list[Activity]] = {}
    context_agents: Any = None
    context_groups: Any = None
    statement: Reference | None = None
    registration: str | None = None
    team: Any = None
    platform: str | None = None
    language: str | None = None
    revision: str | None = None
    extensions: dict[str, Any] = {}


class XapiStatement(Pushed):
    """One xAPI statement, 1.0.3 or 2.0, with the id its tool gave it.

    Verbs of ADL, cmi5 and the TLA are understood; a statement with any other is set apart with its reason.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0b6c1b0e-6f0c-4a52-9d0c-2f4f3f1f7a10",
                    "actor": {"name": "Ada Sample", "account": {"homePage": "https://sis.example.org", "name": "1001"}},
                    "verb": {"id": "https://w3id.org/xapi/tla/verbs/asserted", "display": {"en-US": "asserted"}},
                    "object": {
                        "id": "https://frameworks.example.org/ims/case/v1p1/CFItems/6b9cbe9e-d7cc-11e8-824f-0242ac160002",
                        "definition": {
                            "name": {"en-US": "Understand ratio concepts"},
                            "type": "https://w3id.org/xapi/tla/activity-types/competency",
                        },
                    },
                    "result": {"score": {"raw": 3, "min": 1, "max": 4}, "success": True},
                    "timestamp": "2026-10-03T16:30:00Z",
                }
            ]
        }
    )

    id: Annotated[str, Field(pattern="^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")] = Field(
        description="the statement's own id, a UUID"
    )
    actor: Agent
    verb: Verb
    object: dict[str, Any] = Field(description="an Activity, Agent, Group, StatementRef or SubStatement")
    result: Outcome | None = None
    context: Context | None = None
    timestamp: Moment | None = Field(None, description="when it happened")
    stored: Moment | None = None
    authority: Agent | None = Field(None, description="who vouches for it")
    version: str | None = None
    attachments: Any = None
