"""The audit log on the wire."""

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from app.api.kit.wire_base import Cursor, Wire


class Change(Wire):
    """A change of a tenant's configuration."""

    at: dt.datetime
    actor: str = Field(description="who did it: `client` and its id, `command line`, `worker`")
    request: str | None = Field(description="the id of the request, as its answer carried it (`Request-Id`)")
    kind: str = Field(examples=["source"])
    thing: str = Field(description="the id of what was changed")
    action: Literal["created", "changed", "removed"]
    before: dict[str, Any] | None = Field(description="the fields that differ, as they were; secrets only as a mark")
    after: dict[str, Any] | None = Field(description="the same, as they are since")


class ChangeList(Wire):
    """Changes of the configuration, newest first."""

    changes: list[Change]
    next: Cursor
