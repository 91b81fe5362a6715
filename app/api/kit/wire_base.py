"""What all wire shapes share: camel case, nothing undeclared, and how an error looks."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def no_nul(text: str | None) -> str | None:
    """A text PostgreSQL can hold."""
    if text is not None and "\x00" in text:
        raise ValueError("may hold no NUL character")
    return text


def no_blank(text: str) -> str:
    """A text that says something: spaces, and what no screen shows, are no name and no title."""
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise ValueError("may not be blank")
    return text


Text = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(no_nul), AfterValidator(no_blank)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Cursor = Annotated[str | None, Field(description="where the list goes on: the next request's `after`; null at the end")]


def _no_number(value: Any) -> Any:
    if value is not None and not isinstance(value, dt.datetime) and "-" not in str(value)[1:]:
        raise ValueError("give a time such as 2026-10-03T00:00:00Z")
    return value


def _in_utc(moment: dt.datetime) -> dt.datetime:
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:
        raise ValueError("give a time that is in the years 1 to 9999 in UTC, too") from None


Time = Annotated[AwareDatetime, BeforeValidator(_no_number), AfterValidator(_in_utc)]
"""A time as RFC 3339 has it: pydantic would also take seconds since 1970."""


class Wire(BaseModel):
    """What goes over the wire: nothing that is not declared here."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Asked(Wire):
    """What a client sends: a number is a number and a text a text, never one taken for the other."""

    model_config = ConfigDict(strict=True)


class Complaint(Wire):
    """What is wrong with one field."""

    in_: Literal["body", "query", "path", "header", "cookie"] = Field(alias="in")
    field: str
    pointer: str | None = Field(None, description="JSON Pointer into the body")
    detail: str


class Problem(BaseModel):
    """An error (RFC 9457): what happened, and the next step."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": []})

    type: str = Field(examples=["urn:tessera:problem:not-found"])
    title: str
    status: int
    detail: str
    errors: list[Complaint] | None = None


class TeacherOfRecord(Wire):
    """Who answers for it: their name, and as what they do."""

    name: Text
    role: Text
