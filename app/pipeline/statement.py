"""The book of a fold: statements numbered in order of preference, so that every value can say where it comes from.

Pure.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from app.pipeline.refs import ref
from schemas import AnyRecord, Record
from schemas.codes import StatementState

Json = dict[str, Any]
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Teller:
    """A source as the record names it."""

    id: int
    slug: str
    name: str
    rank: int
    setting: str


class Told(NamedTuple):
    """A statement with where it came from."""

    teller: Teller
    stream: str
    raw_key: str
    n: int
    received_at: datetime
    state: StatementState
    record: AnyRecord
    state_at: datetime | None = None
    """When its state was learned; None is as it was received."""
    unread_since: datetime | None = None
    """Since when its source has sent a newer version that could not be read."""

    @property
    def withdrawn(self) -> bool:
        """Whether its source has taken it back."""
        return self.state == "retracted"

    @property
    def ended_on(self) -> date | None:
        """The day of the listing that no longer had what was running, in UTC; None where none did."""
        return self.state_at.date() if self.state == "ended" and self.state_at and not self.record.ended else None


Lookup = Callable[[int, str, str], Told | None]
"""The statement of (source, kind, key) that a learner's statement refers to, if the source has told it."""


def preference(told: Told) -> tuple[int, str, str, str, int]:
    """The order in which statements are believed: the preferred source first."""
    return (told.teller.rank, told.teller.slug, told.stream, told.raw_key, told.n)


@dataclass(slots=True)
class Book:
    """The statements being folded, the context they name, and what was asked for, found or not."""

    told: Sequence[Told]
    lookup: Lookup
    numbers: dict[int, str] = field(default_factory=dict)
    context: list[Told] = field(default_factory=list)
    refs: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.told = sorted(self.told, key=preference)
        self.numbers = {id(told): f"s{number}" for number, told in enumerate(self.told, 1)}

    def number(self, told: Told) -> str:
        """The number of a statement in this book."""
        return self.numbers[id(told)]

    def each(self, shape: type[R], *, withdrawn: bool = False) -> Iterable[tuple[Told, R]]:
        """Statements of one kind, the preferred first; with `withdrawn` also those their source took back."""
        return ((t, t.record) for t in self.told if isinstance(t.record, shape) and (withdrawn or not t.withdrawn))

    def find(self, told: Told, shape: type[R], key: str | None) -> tuple[Told | None, R | None]:
        """Another record of the same source, numbered, and its statement; both None where it was not told."""
        if key is None:
            return None, None
        kind = str(shape.__struct_config__.tag)
        self.refs.add(ref(told.teller.id, kind, key))
        found = self.lookup(told.teller.id, kind, key)
        if found is None or not isinstance(found.record, shape):
            return None, None
        if id(found) not in self.numbers:
            self.numbers[id(found)] = f"s{len(self.numbers) + 1}"
            self.context.append(found)
        return found, found.record

    def values(self, pairs: Iterable[tuple[Told, Json]]) -> list[Json]:
        """Equal values as one, each with all the statements that say so, the preferred first."""
        found: dict[tuple[Any, ...], Json] = {}
        for told, value in pairs:
            sources = found.setdefault(tuple(value.items()), {**value, "from": []})["from"]
            if (number := self.number(told)) not in sources:
                sources.append(number)
        return list(found.values())

    def entry(self, told: Told, context: Iterable[Told | None], **values: Any) -> Json:
        """One entry of a list: its values (nothing blank), its setting, and all statements it was made from."""
        shown = some(**values)
        shown["setting"] = told.record.setting or told.teller.setting
        if told.record.extensions:
            shown["extensions"] = told.record.extensions
        if told.state != "current":
            shown["past"] = {"state": told.state, "since": told.state_at or told.received_at}
        if told.unread_since:
            shown["unreadSince"] = told.unread_since
        shown["from"] = [self.number(told), *(self.number(other) for other in context if other is not None)]
        return shown

    def origins(self) -> Json:
        """Every statement by number: where it came from."""
        return {self.number(told): _origin(told) for told in (*self.told, *self.context)}


def some(**values: Any) -> Json:
    """What of these values is not blank: None or an empty list, but not 0 or false."""
    return {
        name: value
        for name, value in values.items()
        if value or (value is not None and value not in ((), [], {}))  # most are not blank, and nothing is cheaper
    }


def kind_of(told: Told) -> str:
    """The kind of a statement's record."""
    return str(told.record.__struct_config__.tag)


def _origin(told: Told) -> Json:
    return some(
        source=told.teller.slug,
        sourceName=told.teller.name,
        stream=told.stream,
        rawKey=told.raw_key,
        kind=kind_of(told),
        sourceId=told.record.key,
        receivedAt=told.received_at,
        modified=told.record.modified,
        state=told.state if told.state != "current" else None,
        stateAt=told.state_at,
        withdrawn=told.withdrawn or None,
        unreadSince=told.unread_since,
    )
