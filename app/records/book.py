"""The book of a fold: context looked up beside a statement, and a note of everything that was asked for. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

import msgspec

from app.pipeline.refs import ref
from app.pipeline.statement import Lookup, Statement, kind_of
from app.records.parts import EntryClass, Origin
from schemas import Record

R = TypeVar("R", bound=Record)
Reference = tuple[int, str, str]
"""A record of a source: source, kind, key."""


@dataclass(frozen=True, slots=True)
class ClassInContext:
    """A class as all entries show it that name it; who says so, and which records (references) it names."""

    shown: EntryClass
    origins: tuple[Origin, ...]
    named: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Context:
    """The records that statements name, as they were read, and what was asked for in vain; classes as they are shown.

    It may serve many raw records, for these name the same classes: what changes meanwhile is touched by that.
    """

    known: dict[Reference, Statement] = field(default_factory=dict)
    looked_up: set[Reference] = field(default_factory=set)
    taught: dict[tuple[int, str], ClassInContext | None] = field(default_factory=dict)
    noted: set[tuple[int, int]] = field(default_factory=set)
    """What names what, as far as it is stored already."""

    def __call__(self, source: int, kind: str, key: str) -> Statement | None:
        """The statement of a record, if it was read."""
        return self.known.get((source, kind, key))

    def forget(self) -> None:
        """Know nothing any more: all is read anew."""
        self.known.clear()
        self.looked_up.clear()
        self.taught.clear()
        self.noted.clear()


@dataclass(slots=True)
class Book:
    """Looks up what statements name. `refs` is everything that was asked for, found or not.

    `named` are records and what names them, where that is not the statement itself: a course, and its class.
    """

    lookup: Lookup
    refs: set[int] = field(default_factory=set)
    named: list[tuple[int, int]] = field(default_factory=list)

    def find(self, statement: Statement, shape: type[R], key: str | None) -> tuple[Statement | None, R | None]:
        """Another record of the same source, with its statement; both None where it was not told."""
        if key is None:
            return None, None
        kind = str(shape.__struct_config__.tag)
        self.refs.add(ref(statement.source.id, kind, key))
        other = self.lookup(statement.source.id, kind, key)
        if other is None or not isinstance(other.record, shape):
            return None, None
        return other, other.record


def origin(statement: Statement) -> Origin:
    """Where a statement came from."""
    return Origin(
        source=statement.source.slug,
        source_name=statement.source.name,
        stream=statement.stream,
        raw_key=statement.raw_key,
        kind=kind_of(statement),
        source_id=statement.record.key,
        received_at=_iso(statement.received_at),
        modified=iso(statement.record.modified),
        state=statement.state,
        state_at=iso(statement.state_at),
        unread_since=iso(statement.unread_since),
    )


def last_day(statement: Statement, ends: date | None) -> date | None:
    """The last day as told or, where a listing ended it earlier, that listing's day."""
    ended = statement.ended_on
    return ends if ended is None or (ends is not None and ends < ended) else ended


def iso(moment: date | datetime | None) -> str | None:
    """A day or a moment as RFC 3339 writes it."""
    return None if moment is None else _iso(moment)


_iso: Callable[[date | datetime], str] = msgspec.to_builtins
