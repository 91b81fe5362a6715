"""What became of a push, on the wire."""

from typing import Literal

from pydantic import Field

from app.api.kit.wire_base import Wire
from app.api.pipeline.wire_pushed import WHOSE


class ItemOutcome(Wire):
    """What became of one pushed item."""

    index: int
    id: str | None = Field(description="the item's own id; null where it could not be read")
    status: Literal["new", "updated", "unchanged", "stale", "rejected", "refused"]
    learner: Literal["matched", "waiting", "contradicts"] | None = Field(None, description=WHOSE)
    reason: str | None = None
    warnings: list[str] = Field(
        default_factory=list,
        description="what was taken in, and may not say what was meant: a field that is unknown, or misspelt",
    )


class PushOutcome(Wire):
    """What became of a push, item by item, in the order they were sent."""

    received: int
    stored: int = Field(description="items that are durable now, or were already")
    rejected: int
    items: list[ItemOutcome]
