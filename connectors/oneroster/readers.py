"""Readers for the forms OneRoster writes values in, the same for JSON and for CSV cells.

What a reader had to interpret (a date in a country's order, an extended code, a side field of a wrong shape) it notes,
by field name, in `notes`: they become the record's `extensions`, so that nothing is changed in silence.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from connectors.date_order import numbered
from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.ids import undressed
from connectors.oneroster.codes import WITHDRAWN
from schemas import Gone

T = TypeVar("T")
Notes = dict[str, Any]

_USER_IDS = re.compile(r"\s*\{\s*([^{}:]+?)\s*:\s*([^{}]*?)\s*\}\s*(?:,|$)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_NO_DATE = re.compile(
    r"[\s0]*[/.-][\s0]*[/.-][\s0]*"
)  # what some exports write where there is none: "  /  /", 0000-00-00
_ONE_DAY = timedelta(days=1)
NEVER = 9000
"""From this year on a date stands for none: 9999-12-31 is what systems write of what has no end."""


def plain_id(f: Fields, name: str, text: str) -> str:
    """An id as an API tells it, or from a file, without what a spreadsheet put on it.

    Over REST `'x1` and `x1` are two ids, of two people. MappingError where digits are gone (6.05E+08).
    """
    try:
        plain = undressed(text)
    except ValueError as why:
        raise f.wrong(name, text, str(why)) from None
    return plain if f.row else text


def own_id(f: Fields, name: str = "sourcedId") -> str:
    """Take the record's own id."""
    return plain_id(f, name, f.ident(name))


def maybe_id(f: Fields, name: str) -> str | None:
    """Take an id that may be missing."""
    text = f.ident(name, None)
    return None if text is None else plain_id(f, name, text)


def side(notes: Notes, name: str, read: Callable[[], T], missing: T) -> T:
    """Take a field beside the point: of a wrong shape it costs itself, not the record, and is noted."""
    try:
        return read()
    except MappingError as why:
        notes[name] = f"left out: {why}"
        return missing


def code(f: Fields, name: str, table: Mapping[str, T], notes: Notes, extended: T | None = None) -> T | None:
    """Take a code, in any case; None where it is missing. An `ext:` code (1.2) is `extended`, and is noted."""
    value = f.take(name, None)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value in table:
        return table[value]
    return _uncommon(f, name, value, table=table, notes=notes, extended=extended)


def _uncommon(f: Fields, name: str, value: Any, table: Mapping[str, T], notes: Notes, extended: T | None) -> T | None:
    if isinstance(value, str):
        word = value.strip().lower()
        if word in table:
            return table[word]
        if word.startswith("ext:"):
            notes[name] = value
            return extended
    raise f.wrong(name, value, f"is not one of {', '.join(table)} (add it to the mapping, or correct the source)")


def gone(f: Fields, notes: Notes) -> bool:
    """Take the status: whether the source withdrew the record. Blank (as in bulk CSV) is active."""
    value = f.take("status", None)
    if value in ("active", None, ""):
        return False
    return _uncommon(f, "status", value, table=WITHDRAWN, notes=notes, extended=None) is True


def bare(f: Fields, *names: str) -> Gone | None:
    """That a record is gone, where a withdrawn one tells no more than its id; None where it tells any of `names`."""
    if any(name in f for name in names):
        return None
    return Gone(key=own_id(f), modified=moment(f, "dateLastModified", {}))


def score(f: Fields, name: str, notes: Notes) -> tuple[float | None, str | None]:
    """Take a score: its number, or what stands in its place (`*`, `A-`, `85%`), which is a text and is noted."""
    if isinstance(value := f.take(name, None), str) and not _NUMBER.fullmatch(value.strip()):
        if words := value.strip():
            notes[name] = f"'{words}' is no number"
        return None, words or None
    return Fields({name: value}).number(name, None), None


def coded(f: Fields, name: str, table: Mapping[str, T], notes: Notes, extended: T) -> T:
    """Take a code that must be there."""
    value = f.take(name, None)
    if isinstance(value, str) and value in table:
        return table[value]
    meaning = (
        None if value is None or value == "" else _uncommon(f, name, value, table=table, notes=notes, extended=extended)
    )
    if meaning is None:
        raise MappingError(f"field '{name}' is missing or blank, and is required")
    return meaning


def day(f: Fields, name: str, notes: Notes) -> date | None:
    """Take a date: ISO 8601, or two numbers and a year in the order of their column, which is noted."""
    value = f.take(name, None)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return _unusual_day(f, name, value, notes)


def _unusual_day(f: Fields, name: str, value: Any, notes: Notes) -> date | None:
    if isinstance(value, str):
        if _NO_DATE.fullmatch(value):
            notes[name] = f"'{value}' is read as no date"
            return None
        try:
            return date.fromisoformat(_iso(f, value.strip(), name, notes)[:10])
        except ValueError:
            pass  # the complaint below names the field
    raise f.wrong(name, value, "is not a date like 2026-09-01")


def last_day(f: Fields, name: str, notes: Notes, begins: date | None, *, never: bool = False) -> date | None:
    """Take the date something ends on. OneRoster's end dates are exclusive: the last day is the one before.

    An end on the day of the beginning is kept as that one day, and noted. An earlier one is refused, or where it may be
    that it `never` began (a no-show, a schedule undone), it is kept and noted: there is no day on which it runs.
    """
    end = day(f, name, notes)
    if end is None:
        return None
    if end.year >= NEVER:
        notes[name] = f"{end.isoformat()} is read as no end"
        return None
    if begins is not None and end == begins:
        notes[name] = f"{end.isoformat()}, the day of the beginning, read as that one day"
        return end
    if begins is not None and end < begins:
        if not never:
            raise f.wrong(name, end.isoformat(), f"is before the beginning, {begins.isoformat()}")
        notes[name] = f"{end.isoformat()} is before the beginning, {begins.isoformat()}: it never began"
    if end == date.min:
        raise f.wrong(name, end.isoformat(), "has no day before it")
    return end - _ONE_DAY


def moment(f: Fields, name: str, notes: Notes) -> datetime | None:
    """Take a moment: ISO 8601 (UTC where no offset is written), or a bare date, be it of two numbers and a year."""
    value = f.take(name, None)
    if value is None or value == "":
        return None
    try:
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        instant = _unusual_moment(f, name, value, notes)
    if instant.tzinfo is UTC:
        return instant
    try:
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        raise _no_moment(f, name, value) from None


def _unusual_moment(f: Fields, name: str, value: Any, notes: Notes) -> datetime:
    if isinstance(value, str):
        text = value.strip()
        if text.endswith("+00:00Z"):  # seen in the wild: both ways of saying UTC at once
            text = text[:-1]
        try:
            return datetime.fromisoformat(_iso(f, text, name, notes))
        except ValueError:
            pass  # the complaint below names the field
    raise _no_moment(f, name, value)


def _no_moment(f: Fields, name: str, value: Any) -> MappingError:
    return f.wrong(name, value, "is not a date-time like 2026-09-01T08:00:00Z")


def _iso(f: Fields, text: str, name: str, notes: Notes) -> str:
    """A text in ISO 8601, if it is a date of two numbers and a year. MappingError where its order is not known."""
    try:
        read = numbered(text, f.date_orders(), name)
    except ValueError as why:
        raise f.wrong(name, text, str(why)) from None
    if read is None:
        return text
    iso, form = read
    notes[name] = f"{text} read as {form}"
    return iso


def ref(f: Fields, name: str, column: str) -> str | None:
    """Take the sourcedId of a reference: of a GUIDRef object under `name` (JSON), or a text under `column` (CSV)."""
    value = f.take(name, None)
    if isinstance(value, dict) and isinstance(id_ := value.get("sourcedId"), str):
        return plain_id(f, name, id_) if id_.strip() else None
    return maybe_id(f, column) if value is None or value == "" else _sourced_id(f, name, value)


def referred(f: Fields, name: str, column: str) -> str:
    """Take the sourcedId of a reference that must be there."""
    id_ = ref(f, name, column)
    if id_ is None:
        raise MappingError(f"field '{name}' (in CSV '{column}') is missing or blank, and is required")
    return id_


def refs(f: Fields, name: str, column: str, notes: Notes) -> tuple[str, ...]:
    """Take the sourcedIds of a list of references, or of a cell with commas. What is none is left out, and noted."""
    value = f.pop(name, None)
    if value is None:
        return tuple([plain_id(f, column, id_) for id_ in f.texts(column)])
    if not isinstance(value, list):
        notes[name] = value
        return ()
    ids = []
    for index, item in enumerate(value):
        try:
            id_ = _sourced_id(f, name, item)
        except MappingError:
            notes[f"{name}[{index}]"] = item
        else:
            ids += [] if id_ is None else [id_]
    return tuple(ids)


def _sourced_id(f: Fields, name: str, value: Any) -> str | None:
    if isinstance(value, dict):
        id_ = value.get("sourcedId")
        if isinstance(id_, str):
            return plain_id(f, name, id_) if id_.strip() else None
        if id_ is None:
            return None
        if isinstance(id_, int) and not isinstance(id_, bool):
            return str(id_)
    if isinstance(value, str) and "/" not in value:  # some services write the id itself, and no reference
        return plain_id(f, name, value) if value.strip() else None
    raise f.wrong(name, value, "is not a reference with a 'sourcedId'")


def texts(f: Fields, name: str, notes: Notes) -> tuple[str, ...]:
    """Take a list of texts beside the point: of a wrong shape it costs itself, and is noted."""
    return side(notes, name, lambda: f.texts(name), ()) if name in f else ()


def user_ids(f: Fields, notes: Notes) -> list[tuple[str, str]]:
    """Take the user's other identifiers, as (type, value): a list of objects, or a cell `{LDAP:x},{State:y}`.

    What is none in a list costs itself, and is noted.
    """
    value = f.pop("userIds", None)
    if value is None:
        return []
    if isinstance(value, list):
        pairs = []
        for index, item in enumerate(value):
            try:
                pairs.append(_user_id(f, item))
            except MappingError as why:
                notes[f"userIds[{index}]"] = f"left out: {why}"
    elif isinstance(value, str):
        pairs, end = [], 0
        while match := _USER_IDS.match(value, end):
            pairs.append((match[1], match[2]))
            end = match.end()
        if end != len(value):
            raise f.wrong("userIds", value, "is not like {LDAP:x},{State:y}")
    else:
        raise f.wrong("userIds", value, "is neither a list nor a text")
    return [(kind, identifier) for kind, identifier in pairs if identifier.strip()]


def _user_id(f: Fields, item: Any) -> tuple[str, str]:
    if isinstance(item, dict):
        kind, identifier = item.get("type"), item.get("identifier")
        if isinstance(kind, str) and isinstance(identifier, str | int) and not isinstance(identifier, bool):
            return kind, str(identifier)
    raise f.wrong("userIds", item, "is not like {type, identifier}")


def rest(f: Fields, notes: Notes) -> Notes:
    """Take the metadata (a JSON object, or `metadata.x` columns) into the notes, and return them. Call it last."""
    for name in f.names():
        if name == "metadata":
            value = f.pop(name, None)
            if isinstance(value, dict):
                notes.update({f"metadata.{key}": item for key, item in value.items()})
            elif value not in (None, []):
                notes[name] = value
        elif name.startswith("metadata.") and (value := f.pop(name, None)) is not None:
            notes[name] = value
    return notes
