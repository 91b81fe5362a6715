"""`Fields`: one raw record, read destructively, so that whatever a mapping does not know is reported and not lost.

Pure.
"""

from collections.abc import Container, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from typing import Any, TypeVar, overload

from connectors.date_order import EVERY, ORDERS, orders_in
from connectors.dates import iso_day
from connectors.errors import MappingError

T = TypeVar("T")
D = TypeVar("D")


class _Required:
    """The default of what must be there."""


REQUIRED = _Required()
_BLANK: tuple[Any, ...] = (None, "", [], {})
_FLAGS = dict.fromkeys(("true", "1", "yes", "y", "t"), True) | dict.fromkeys(("false", "0", "no", "n", "f"), False)


def excerpt(value: Any) -> str:
    """A value as it is written in Python, cut short after 80 characters, to go into a message."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


class Fields:
    """One raw record of a source.

    `pop(name)` takes a field that must be there, `pop(name, None)` one that may be missing; blank ("" or null) counts
    as missing, for a CSV knows no other way to say so. The typed readers (`text`, `day`, `moment`, `number`, …) do the
    same and check the form. Every complaint is a `MappingError` that names the field and the value.

    `row` says that this is a row of a file, whose identifiers a spreadsheet may have changed; an API's are as they are.
    """

    __slots__ = ("_children", "_data", "_orders", "_path", "odd", "passed_over", "row", "take")

    def __init__(self, data: dict[str, Any], path: str = "", *, row: bool = False) -> None:
        self.row = row
        self.take = data.pop  # `take(name, None)`: a field as it is, blank or not, for readers made on top of these
        self._data = data
        self._path = path
        self._children: list[Fields] | None = None
        self._orders: Mapping[str, str] | None = None
        self.odd: list[tuple[str, str, str]] | None = None
        self.passed_over = 0  # how many cells the mapping took and knows to say nothing

    def spare(self, name: str, value: str, why: str) -> None:
        """Note a value that could not be read, and cost itself alone: the record goes on without it, and it is told."""
        odd = (self._path + name, value, why)
        if self.odd is None:
            self.odd = [odd]
        elif odd not in self.odd:
            self.odd.append(odd)

    def date_orders(self) -> Mapping[str, str]:
        """The order of the dates of a row's columns, as its file's reader or a setting says it (`date_order`)."""
        if self._orders is None:
            written = self.take(ORDERS, None)
            self._orders = orders_in(written) if isinstance(written, str) else {}
        return self._orders

    def read_dates(self, order: str) -> None:
        """Say the order of all dates of this record."""
        self._orders = {EVERY: order}

    def __contains__(self, name: str) -> bool:
        return self._data.get(name) not in _BLANK

    def __bool__(self) -> bool:
        """Whether anything may be left that no reader took."""
        return bool(self._data) or (self._children is not None and any(self._children))

    def any_but(self, known: AbstractSet[str]) -> bool:
        """Whether anything may be left that no reader took, and that is not one of these."""
        data, children = self._data, self._children
        return (bool(data) and not data.keys() <= known) or (children is not None and any(children))

    def names(self) -> list[str]:
        """The names of the fields not yet taken."""
        return list(self._data)

    @overload
    def pop(self, name: str) -> Any: ...
    @overload
    def pop(self, name: str, default: D) -> Any | D: ...
    def pop(self, name: str, default: Any = REQUIRED) -> Any:
        """Take a field as it is."""
        value = self.take(name, None)
        if value is None or value == "":
            if default is REQUIRED:
                raise MappingError(f"field '{self._path}{name}' is missing or blank, and is required")
            return default
        return value

    @overload
    def text(self, name: str) -> str: ...
    @overload
    def text(self, name: str, default: D) -> str | D: ...
    def text(self, name: str, default: Any = REQUIRED) -> Any:
        """Take a text; a whole number is taken as its digits (sources disagree on whether an id is one)."""
        value = self.take(name, None)
        if value is not None:
            if isinstance(value, str):
                if value := value.strip():
                    if "\x00" in value:
                        raise self.wrong(name, value, "holds a NUL character")
                    return value
            elif isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            else:
                raise self.wrong(name, value, "is not a text")
        if default is REQUIRED:
            raise MappingError(f"field '{self._path}{name}' is missing or blank, and is required")
        return default

    @overload
    def ident(self, name: str) -> str: ...
    @overload
    def ident(self, name: str, default: D) -> str | D: ...
    def ident(self, name: str, default: Any = REQUIRED) -> Any:
        """Take an id as it is: two that differ in any character, a space or a case, name two. Numbers are digits.

        Only the blanks around a cell of a file are the file's.
        """
        value = self.take(name, None)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str | None):
            raise self.wrong(name, value, "is not a text")
        if value and value.strip():
            if "\x00" in value:
                raise self.wrong(name, value, "holds a NUL character")
            return value.strip() if self.row else value
        if default is REQUIRED:
            raise MappingError(f"field '{self._path}{name}' is missing or blank, and is required")
        return default

    def texts(self, name: str, separator: str = ",") -> tuple[str, ...]:
        """Take a list of texts: a JSON array, or one cell with separators. Missing is empty."""
        value = self.pop(name, None)
        if value is None:
            return ()
        items = value.split(separator) if isinstance(value, str) else value
        if not isinstance(items, list):
            raise self.wrong(name, value, "is not a list of texts")
        texts = []
        for item in items:
            if not isinstance(item, (str, int)):
                raise self.wrong(name, value, "is not a list of texts")
            if text := str(item).strip():
                texts.append(text)
        return tuple(texts)

    @overload
    def number(self, name: str) -> float: ...
    @overload
    def number(self, name: str, default: D) -> float | D: ...
    def number(self, name: str, default: Any = REQUIRED) -> Any:
        """Take a finite number."""
        value = self.pop(name, default)
        if value is default:
            return value
        try:
            if isinstance(value, bool):
                raise TypeError
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise self.wrong(name, value, "is not a number") from None
        if number - number != 0:  # NaN and the infinities
            raise self.wrong(name, value, "is not a finite number")
        return number

    @overload
    def flag(self, name: str) -> bool: ...
    @overload
    def flag(self, name: str, default: D) -> bool | D: ...
    def flag(self, name: str, default: Any = REQUIRED) -> Any:
        """Take a yes or no: a JSON boolean, or true/false, yes/no, 1/0 in any case."""
        value = self.take(name, None)
        if isinstance(value, str) and value in _FLAGS:
            return _FLAGS[value]
        if isinstance(value, bool):
            return value
        if value is None or value == "":
            return self.pop(name, default)
        word = str(value).strip().lower()
        if word in _FLAGS:
            return _FLAGS[word]
        raise self.wrong(name, value, "is neither true nor false")

    @overload
    def day(self, name: str) -> date: ...
    @overload
    def day(self, name: str, default: D) -> date | D: ...
    def day(self, name: str, default: Any = REQUIRED) -> Any:
        """Take a calendar date in ISO 8601; of a date-time, its date as written."""
        value = self.pop(name, default)
        if value is default:
            return value
        try:
            return iso_day(value.strip())
        except (AttributeError, ValueError):
            raise self.wrong(name, value, "is not a date like 2026-09-01") from None

    @overload
    def moment(self, name: str) -> datetime: ...
    @overload
    def moment(self, name: str, default: D) -> datetime | D: ...
    def moment(self, name: str, default: Any = REQUIRED) -> Any:
        """Take a moment in ISO 8601, in UTC where no offset is written."""
        value = self.pop(name, default)
        if value is default:
            return value
        try:
            moment = datetime.fromisoformat(value.strip())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (AttributeError, ValueError, OverflowError):
            raise self.wrong(name, value, "is not a date-time like 2026-09-01T08:00:00Z") from None

    @overload
    def one_of(self, name: str, table: Mapping[str, T]) -> T: ...
    @overload
    def one_of(self, name: str, table: Mapping[str, T], default: D) -> T | D: ...
    def one_of(self, name: str, table: Mapping[str, Any], default: Any = REQUIRED) -> Any:
        """Take a code and translate it. An unknown code is an error, never a default."""
        value = self.pop(name, default)
        if value is default:
            return value
        key = value.strip() if isinstance(value, str) else str(value)
        if key in table:
            return table[key]
        raise self.wrong(
            name, value, f"is not one of {', '.join(sorted(table)[:12])} (add it to the mapping, or correct the source)"
        )

    @overload
    def nested(self, name: str) -> "Fields": ...
    @overload
    def nested(self, name: str, default: D) -> "Fields | D": ...
    def nested(self, name: str, default: Any = REQUIRED) -> Any:
        """Take an object, to be read as carefully as this one."""
        value = self.pop(name, default)
        if value is default:
            return value
        if not isinstance(value, dict):
            raise self.wrong(name, value, "is not an object")
        return self._child(value, f"{self._path}{name}.")

    def each(self, name: str) -> "list[Fields]":
        """Take a list of objects, each to be read as carefully as this one. Missing is empty."""
        value = self.pop(name, None)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, value, "is not a list of objects")
        children = []
        for i, item in enumerate(value):
            if not isinstance(item, dict):
                raise self.wrong(name, value, "is not a list of objects")
            children.append(self._child(item, f"{self._path}{name}[{i}]."))
        return children

    def objects(self, name: str, bare: str) -> "list[Fields]":
        """Take one object or several, as JSON-LD writes them; a bare text is an object with the field `bare` alone."""
        value = self.pop(name, None)
        items = value if isinstance(value, list) else [] if value is None else [value]
        objects = []
        for i, item in enumerate(items):
            if not isinstance(item, dict | str):
                raise self.wrong(name, item, "is neither an object nor a text")
            path = f"{self._path}{name}[{i}]." if isinstance(value, list) else f"{self._path}{name}."
            objects.append(self._child({bare: item} if isinstance(item, str) else item, path))
        return objects

    def cells(self, names: Container[str], as_written: Container[str] = ()) -> dict[str, str]:
        """Take at once every not blank text among `names`, for wide rows of which most cells are blank.

        Blanks around a text are no part of it, but for those of `as_written`, where the place of a character counts.
        """
        data = self._data
        taken: dict[str, str] = {}
        for name in [name for name, value in data.items() if value and name in names]:
            value = data.pop(name)
            if not isinstance(value, str):
                raise self.wrong(name, value, "is not a text")
            if "\x00" in value:
                raise self.wrong(name, value, "holds a NUL character")
            if stripped := value.strip():
                taken[name] = value if name in as_written else stripped
        return taken

    def drop(self, *names: str) -> None:
        """Leave out fields known and not wanted in this place (`Stream.ignore` does so for whole streams)."""
        for name in names:
            dict.pop(self._data, name, None)  # not read: a record that notes what is read does not note this

    def left(self) -> Iterator[tuple[str, Any]]:
        """What no reader took and is not blank, by path."""
        for name, value in self._data.items():
            if value not in _BLANK:
                yield self._path + name, value
        for child in self._children or ():
            yield from child.left()

    def wrong(self, name: str, value: Any, complaint: str) -> MappingError:
        """The error for a field whose value will not do."""
        return MappingError(f"field '{self._path}{name}': {excerpt(value)} {complaint}")

    def _child(self, data: dict[str, Any], path: str) -> "Fields":
        child = Fields(data, path)
        child._orders = self._orders
        if self._children is None:
            self._children = []
        self._children.append(child)
        return child
