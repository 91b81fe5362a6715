"""Arrival: how a page came, and when."""

from dataclasses import dataclass
from datetime import datetime

from app.pipeline.seen import Seen
from app.sources.source import Source
from connectors import Stream


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a page came: of which source and stream, when, in which run, as part of which complete listing.

    `kept` is the raw chunk a replayed page comes from: it is not kept again. `seen` are the keys that a
    file of distinct rows has had.
    """

    source: Source
    stream: Stream
    at: datetime
    run: int | None = None
    listing: int | None = None
    kept: int | None = None
    seen: Seen | None = None
