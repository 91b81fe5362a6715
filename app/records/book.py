"""The book of a fold: context looked up beside a statement, and a note of everything that was asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

import msgspec

from app.pipeline.refs import ref
from app.pipeline.statement import Lookup, Told, kind_of
from app.records.document import Origin
from schemas import Record

R = TypeVar("R", bound=Record)


@dataclass(slots=True)
class Book:
    """Looks up what statements name. `refs` is everything that was asked for, found or not.

    `named` are records and what names them, where that is not the statement itself: a course, and its class.
    """

    lookup: Lookup
    refs: set[int] = field(default_factory=set)
    named: list[tuple[int, int]] = field(default_factory=list)

    def find(self, told: Told, shape: type[R], key: str | None) -> tuple[Told | None, R | None]:
        """Another record of the same source, with its statement; both None where it was not told."""
        if key is None:
            return None, None
        kind = str(shape.__struct_config__.tag)
        self.refs.add(ref(told.teller.id, kind, key))
        statement = self.lookup(told.teller.id, kind, key)
        if statement is None or not isinstance(statement.record, shape):
            return None, None
        return statement, statement.record


def origin(told: Told) -> Origin:
    """Where a statement came from."""
    return Origin(
        source=told.teller.slug,
        source_name=told.teller.name,
        stream=told.stream,
        raw_key=told.raw_key,
        kind=kind_of(told),
        source_id=told.record.key,
        received_at=_iso(told.received_at),
        modified=iso(told.record.modified),
        state=told.state,
        state_at=iso(told.state_at),
        unread_since=iso(told.unread_since),
    )


def ending(told: Told, ends: date | None) -> date | None:
    """The last day as told or, where a listing ended it earlier, that listing's day."""
    return min((day for day in (ends, told.ended_on) if day is not None), default=None)


def iso(moment: date | datetime | None) -> str | None:
    """A day or a moment as RFC 3339 writes it."""
    return None if moment is None else _iso(moment)


_iso: Callable[[date | datetime], str] = msgspec.to_builtins
