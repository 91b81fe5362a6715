"""Near matches and decisions on the wire."""

import datetime as dt
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import Asked, Cursor, Text, Wire


class Person(Asked):
    """A person as one source knows them."""

    source: int = Field(ge=1, le=2**31 - 1)
    person: Text = Field(description="the person's id at that source")


class PersonKnown(Person):
    """A person, and the learner they are part of now."""

    learner: UUID | None


class NearMatch(Wire):
    """Two persons that may be one learner: somebody has to decide."""

    id: int
    left: PersonKnown
    right: PersonKnown
    reason: str
    since: dt.datetime


class NearMatchList(Wire):
    """Near matches in the order they came up."""

    matches: list[NearMatch]
    next: Cursor


class CaseField(Wire):
    """One field side by side: what the person's source tells, and what is told of each candidate, in their order."""

    field: str
    person: list[str]
    candidates: list[list[str]]
    differs: list[bool] = Field(description="whether each candidate differs in it from the person")


class CaseCandidate(Wire):
    """Somebody whom the person of a case may be."""

    pair: int = Field(description="the pair's number, by which it is decided")
    person: Person
    reason: str = Field(description="how likely it is, and what speaks for and against it, in words")


class Case(Wire):
    """A person of whom it is asked who they are, and up to three candidates, the likeliest first."""

    id: int
    person: Person
    since: dt.datetime
    candidates: list[CaseCandidate]
    fields: list[CaseField]
    claimed_by: str | None
    claimed_until: dt.datetime | None
    note: str
    second_person: bool = Field(description="two people have to say the same")
    proposed: Literal["same", "different"] | None = Field(description="what the first of two people said")
    proposed_pair: int | None
    proposed_by: str | None


class CaseList(Wire):
    """Cases in the order they came up, how many wait, and for how long."""

    cases: list[Case]
    next: Cursor
    waiting: int
    aside: int = Field(description="of how many it cannot be told so far")
    median_hours: float | None = Field(description="half of those that wait have waited longer")
    decided_median_hours: float | None = Field(description="half of those decided in 90 days waited longer")


class CaseDecision(Asked):
    """What somebody says of a case."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"judgement": "same", "reason": "Her coach knows her"}]})

    judgement: Literal["same", "different", "not-enough", "open"] = Field(
        description="`same`: they are this one; `different`: none of them; `not-enough`: it waits until something "
        "more is known; `open` takes back what was decided of the pair"
    )
    reason: Text


class CaseOutcome(Wire):
    """What became of a case."""

    state: Literal["decided", "second", "aside"] = Field(
        description="`second`: a second person has to say the same; `aside`: it waits until something more is known"
    )


class CaseClaim(Wire):
    """Until when a case is somebody's."""

    claimed_until: dt.datetime


class CaseNote(Asked):
    """A note for whoever looks at a case next."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "The club was asked on Monday"}]})

    note: Text


class DecisionNew(Asked):
    """What somebody decided about two persons."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "left": {"source": 1, "person": "u-17"},
                    "right": {"source": 3, "person": "program:RC-118"},
                    "judgement": "same",
                    "reason": "The program's coordinator confirmed it",
                }
            ]
        }
    )

    left: Person
    right: Person
    judgement: Literal["same", "different", "open"] = Field(
        description="`same` links them, `different` keeps them apart for good, `open` takes a decision back"
    )
    reason: Text


class Decision(Wire):
    """A decision in force, by a rule or by somebody."""

    id: int
    left: Person
    right: Person
    judgement: Literal["same", "different", "unsure"]
    rule: str
    reason: str
    decided_by: str
    decided_at: dt.datetime


class DecisionList(Wire):
    """The decisions that make a learner one."""

    decisions: list[Decision]


class Duplicate(Wire):
    """Two persons of one source, and what is amiss. Nothing was merged for it."""

    left: Person
    right: Person
    kind: Literal["twice", "shared", "recycled"] = Field(
        description="`twice`: a person the source may hold twice; `shared`: a number that two have; "
        "`recycled`: a number that one had and the other has"
    )
    reason: str = Field(description="what speaks for their being one, and what against it")


class DuplicateList(Wire):
    """What is amiss in one source, those who share a number first."""

    duplicates: list[Duplicate]
    whole: bool = Field(description="false: only the first 500 pairs were compared; mend some, and look again")
    by_names: bool = Field(description="whether names were compared, too: only where some source is scored")


class MatchingSource(Wire):
    """A source, whether its persons are scored, and what scores say of them now, each person once."""

    source: int
    slug: str
    mode: Literal["off", "propose", "automatic"]
    linked: int = Field(description="linked by their score")
    ready: int = Field(description="asked about, and would be linked in mode `automatic`")
    asked: int = Field(description="asked about, because a guard stops the link")
    at_once: int = Field(description="how many links may be made at once without a person")
    held_since: dt.datetime | None = Field(description="since when more links than that wait; null where none do")
    why_held: str | None = Field(description="why they wait, in words")
    second_person: bool = Field(description="what is said of its persons holds once two people have said it")


class MatchingWeights(Wire):
    """Where the weights are from by which persons are scored: a job learns them every week, from the tenant's people.

    They are in force where they are better than the shipped ones on pairs of whom it is known who is who.
    """

    version: str = Field(description="`shipped`, or what learned weights in force are called by what they are made of")
    learned_at: dt.datetime | None = Field(description="when they were learned last; null: not yet")
    reason: str | None = Field(description="why those that were learned last are in force or not, in words")
    pairs: int = Field(description="from how many pairs they were learned")
    expected: int = Field(description="how many of these are expected to be of one person")
    shipped_loss: float = Field(description="how far the shipped weights are off where the truth is known, bits a pair")
    learned_loss: float = Field(description="how far the learned ones are off")


class MatchingList(Wire):
    """All sources, as scores see them, and the weights in force."""

    sources: list[MatchingSource]
    weights: MatchingWeights


class MatchingChange(Asked):
    """Whether a source's persons are scored from now on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mode": "propose"}]})

    mode: Literal["off", "propose", "automatic"] = Field(
        description="`propose` asks a person; `automatic` links where no guard stops it; `off` takes such links back"
    )
    at_once: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="how many links may be made at once without a person (200 at first); left out, it stays as it is",
    )
    second_person: bool | None = Field(
        default=None, description="whether two people have to say the same of its persons; left out, it stays as it is"
    )


class LinksAllowed(Asked):
    """Links of a source that were held back are let through."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"links": 412}]})

    links: int = Field(ge=1, le=2**31 - 1, description="how many were shown as `ready`: where more wait by now, 409")
