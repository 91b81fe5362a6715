"""What a client has pushed, read back, on the wire."""

import datetime as dt
from typing import Any, Literal

from pydantic import Field

from app.api.kit.wire_base import Wire

WHOSE = (
    "`matched`: others tell of this learner, too; `waiting`: nobody else does yet, or it is not settled; "
    "`contradicts`: somebody with that identifier has another name or other numbers, and staff are asked. Told to "
    "clients that may read learners (`learners.read`) alone: it says who is known here"
)


class PushedItem(Wire):
    """One item that the client's source has pushed."""

    id: str
    status: Literal["stored", "withdrawn", "rejected"] = Field(
        description="`rejected`: nothing of it is held; `withdrawn`: it was taken back, and is in no record"
    )
    learner: Literal["matched", "waiting", "contradicts"] | None = Field(None, description=WHOSE)
    reason: str | None = Field(
        None, description="why its last version was rejected; with `stored`, an earlier one is held"
    )
    received_at: dt.datetime = Field(description="when what is held was received, or what was rejected")
    changed_at: dt.datetime | None = Field(None, description="when it was taken back")
    rejected_at: dt.datetime | None = None
    item: Any = Field(None, description="what is held of it as it was sent, or else what was rejected; not in lists")


class PushedList(Wire):
    """Items in the order of their ids."""

    items: list[PushedItem]
    next: str | None = Field(None, description="the cursor of the next page; null on the last")
