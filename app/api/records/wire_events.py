"""The change feed on the wire."""

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import Field

from app.api.kit.wire_base import Wire


class Event(Wire):
    """What changed."""

    cursor: str = Field(description="continue after this event with it")
    type: str
    at: dt.datetime
    learner: UUID | None
    data: dict[str, Any]


class EventList(Wire):
    """Events in order, and where to go on: the cursor also moves where there was nothing for you."""

    events: list[Event]
    cursor: str
