"""Rosters served, on the wire: of which sources, and what each client may see."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.kit.wire_base import Asked, Wire

Id = Annotated[UUID, Field(strict=False)]


class RosterSettings(Asked):
    """Of which sources a roster is made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"sources": [1]}]})

    sources: list[int] = Field(
        max_length=50, description="by their ids, the preferred one first; none: all that was served is taken back"
    )


class Roster(Wire):
    """The roster that is served."""

    sources: list[int]
    refreshed_at: dt.datetime | None = Field(description="when it was last made what its sources say")
    counts: dict[str, int] = Field(description="how many objects each collection has, those to be deleted included")


class RosterShareSettings(Asked):
    """What a client may see."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schools": ["6c84fb90-12c4-11e1-840d-7b25c5ee775a"],
                    "classes": None,
                    "withheld": ["users.phone", "users.pronouns"],
                }
            ]
        }
    )

    schools: list[Id] | None = Field(None, max_length=5000, description="sourcedIds of schools; null: all")
    classes: list[Id] | None = Field(None, max_length=5000, description="sourcedIds of classes; null: all")
    withheld: list[str] = Field(
        [], max_length=100, description="`collection.field` of fields that the standard does not require"
    )


class Share(Wire):
    """What a client may see."""

    client: UUID
    schools: list[UUID] | None
    classes: list[UUID] | None
    withheld: list[str]
    changed_at: dt.datetime


class ShareList(Wire):
    """What each client may see."""

    shares: list[Share]


class SharedPath(Wire):
    """How much a client would see at a path."""

    path: str
    count: int = Field(description="of what is active")
    lacking_scope: str | None = Field(description="a scope that the client has not, and without which it sees nothing")


class SharePreview(Wire):
    """What a client would see."""

    paths: list[SharedPath]
