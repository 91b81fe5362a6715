"""Arrival: how a page came, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.pipeline.rows import Rows
from app.pipeline.seen_keys import SeenKeys
from app.sources.source import Source
from connectors import Stream


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a page came: of which source and stream, when, in which run, as part of which complete listing.

    `raw_chunk` is the chunk that a replayed page comes from: it is not kept again. `seen` are the keys that a file of
    distinct rows has had, `rows` those of a listing that may have several rows of one key. `nth` says of a replayed
    page which of its records is the second, third … row of its key.
    """

    source: Source
    stream: Stream
    at: datetime
    run: int | None = None
    listing: int | None = None
    raw_chunk: int | None = None
    seen: SeenKeys | None = None
    rows: Rows | None = None
    nth: Mapping[int, int] = field(default_factory=dict)
