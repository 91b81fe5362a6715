"""The learner record's outline, for the API's description: the record itself goes out as it is stored."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Value(BaseModel):
    """A value or an entry, and the statements that say so."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel)

    from_: list[str] = Field(alias="from", description="the statements that say so, the preferred source first")


class Origin(BaseModel):
    """Where a statement came from."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel)

    source: str
    source_name: str
    stream: str
    raw_key: str
    kind: str
    source_id: str
    received_at: str


class LearnerRecord(BaseModel):
    """One learner's record. Values that sources disagree on stand side by side, the preferred one first."""

    model_config = ConfigDict(extra="allow", alias_generator=to_camel)

    id: str
    type: str
    names: list[Value]
    identifiers: list[Value]
    birth_dates: list[Value]
    pronouns: list[Value]
    emails: list[Value]
    grades: list[Value]
    schools: list[Value]
    guardians: list[Value]
    enrollments: list[Value]
    results: list[Value]
    credentials: list[Value]
    evidence: list[Value]
    withdrawn: list[Value] = Field(description="what its source has taken back")
    conflicts: list[dict[str, Any]] = Field(description="where sources disagree on what a learner has but one of")
    statements: dict[str, Origin] = Field(description="where every statement came from")
    withheld: int = Field(
        0, description="so many entries are left out as sensitive; each place has `withheld: true` and is from nothing"
    )
