"""Learners on the wire: lists, the timeline, provenance. The record itself goes out as it is stored."""

import datetime as dt
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.api.kit.wire_base import Cursor, Wire
from schemas.codes import StatementState


class LearnerListed(Wire):
    """A learner in a list."""

    id: UUID
    etag: str = Field(description="names the state of the whole record; what is shown of it may have another")
    version: int = Field(description="how often the record has changed")
    updated_at: dt.datetime


class LearnerList(Wire):
    """Learners, and where the list goes on."""

    learners: list[LearnerListed]
    next: Cursor
    events: str | None = Field(
        None, description="on the first page: follow the change feed from here once you have listed everything"
    )


class TimelineEntry(Wire):
    """A dated entry of the record, as it stands there."""

    date: str
    section: Literal["enrollments", "results", "credentials", "evidence"]
    path: str = Field(description="ask for the entry's provenance by it")
    entry: dict[str, Any] = Field(description="as the record's sections have it")


class Timeline(Wire):
    """What is dated in a learner's record, newest first."""

    entries: list[TimelineEntry]
    next: Cursor
    withheld: int = Field(description="so many more are left out as sensitive, on all pages: see `scope=all`")


class Statement(Wire):
    """What one source said, and its very bytes."""

    id: str = Field(description="names the statement")
    source: str
    source_name: str
    stream: str
    source_id: str = Field(description="the record's id at the source")
    kind: str
    received_at: dt.datetime
    state: StatementState = Field(
        "current",
        description="what became of it: `ended`: its time is over; `unlisted`: its source lists it no more; "
        "`retracted`: its source took it back",
    )
    state_at: dt.datetime | None = Field(None, description="when that was learned, if it was after it was received")
    withdrawn: bool = False
    unread_since: dt.datetime | None = Field(
        None, description="since when its source has sent a newer version that could not be read"
    )
    columns: list[str] | None = Field(None, description="the names of the cells, where the source sent a table")
    raw: str | None = Field(description="the raw record as the source sent it; null if it has changed in this moment")


class SourceOf(Wire):
    """A source that says a value: how many statements of its do, and when the first and the last of them came."""

    source: str
    source_name: str
    first: dt.datetime
    last: dt.datetime
    count: int


class Provenance(Wire):
    """Where a value of a learner's record comes from: who says so, the preferred source first, and their statements."""

    path: str
    sources: list[SourceOf]
    statements: list[Statement] = Field(description="the latest first, also equal ones of one source")
    next: Cursor
    withheld: int = Field(description="statements left out as sensitive: see `scope=all`")
