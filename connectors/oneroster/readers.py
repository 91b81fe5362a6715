"""Readers for the forms OneRoster writes values in, the same for JSON and for CSV cells.

What a reader had to interpret (a date in American order, an extended code) it notes, by field name, in `notes`: they
become the record's `extensions`, so that nothing is changed in silence.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from connectors.errors import MappingError
from connectors.fields import Fields
from connectors.oneroster.codes import WITHDRAWN
from schemas import Gone

T = TypeVar("T")
Notes = dict[str, Any]

_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(.*)", re.DOTALL)
_USER_IDS = re.compile(r"\s*\{\s*([^{}:]+?)\s*:\s*([^{}]*?)\s*\}\s*(?:,|$)")
_ONE_DAY = timedelta(days=1)


def code(f: Fields, name: str, table: Mapping[str, T], notes: Notes, extended: T | None = None) -> T | None:
    """Take a code, in any case; None where it is missing. An `ext:` code (1.2) is `extended`, and is noted."""
    value = f.take(name, None)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value in table:
        return table[value]
    return _uncommon(f, name, value, table, notes, extended)


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
    return _uncommon(f, "status", value, WITHDRAWN, notes, None) is True


def bare(f: Fields, *names: str) -> Gone | None:
    """That a record is gone, where a withdrawn one tells no more than its id; None where it tells any of `names`."""
    if any(name in f for name in names):
        return None
    return Gone(key=f.text("sourcedId"), modified=moment(f, "dateLastModified", {}))


def coded(f: Fields, name: str, table: Mapping[str, T], notes: Notes, extended: T) -> T:
    """Take a code that must be there."""
    value = f.take(name, None)
    if isinstance(value, str) and value in table:
        return table[value]
    found = None if value is None or value == "" else _uncommon(f, name, value, table, notes, extended)
    if found is None:
        raise MappingError(f"field '{name}' is missing or blank, and is required")
    return found


def day(f: Fields, name: str, notes: Notes) -> date | None:
    """Take a date: ISO 8601, or mm/dd/yyyy, which is noted."""
    value = f.take(name, None)
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return _unusual_day(f, name, value, notes)


def _unusual_day(f: Fields, name: str, value: Any, notes: Notes) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(_iso(value.strip(), name, notes)[:10])
        except ValueError:
            pass  # the complaint below names the field
    raise f.wrong(name, value, "is not a date like 2026-09-01 (or 09/01/2026, read as mm/dd/yyyy)")


def last_day(f: Fields, name: str, notes: Notes, begins: date | None) -> date | None:
    """Take the date something ends on. OneRoster's end dates are exclusive: the last day is the one before.

    An end on the day of the beginning is kept as that one day, and noted; an earlier one is refused.
    """
    end = day(f, name, notes)
    if end is None:
        return None
    if begins is not None and end <= begins:
        if end < begins:
            raise f.wrong(name, end.isoformat(), f"is before the beginning, {begins.isoformat()}")
        notes[name] = f"{end.isoformat()}, the day of the beginning, read as that one day"
        return end
    if end == date.min:
        raise f.wrong(name, end.isoformat(), "has no day before it")
    return end - _ONE_DAY


def moment(f: Fields, name: str, notes: Notes) -> datetime | None:
    """Take a moment: ISO 8601 (UTC where no offset is written), a bare date, or mm/dd/yyyy, which is noted."""
    value = f.take(name, None)
    if value is None or value == "":
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found = _unusual_moment(f, name, value, notes)
    if found.tzinfo is UTC:
        return found
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        raise _no_moment(f, name, value) from None


def _unusual_moment(f: Fields, name: str, value: Any, notes: Notes) -> datetime:
    if isinstance(value, str):
        text = value.strip()
        if text.endswith("+00:00Z"):  # seen in the wild: both ways of saying UTC at once
            text = text[:-1]
        try:
            return datetime.fromisoformat(_iso(text, name, notes))
        except ValueError:
            pass  # the complaint below names the field
    raise _no_moment(f, name, value)


def _no_moment(f: Fields, name: str, value: Any) -> MappingError:
    return f.wrong(name, value, "is not a date-time like 2026-09-01T08:00:00Z")


def _iso(text: str, name: str, notes: Notes) -> str:
    american = _AMERICAN.fullmatch(text)
    if american is None:
        return text
    month, day_, year, rest = american.groups()
    notes[name] = f"{text} read as mm/dd/yyyy"
    return f"{year}-{month:>02}-{day_:>02}{rest}"


def ref(f: Fields, name: str, column: str) -> str | None:
    """Take the sourcedId of a reference: of a GUIDRef object under `name` (JSON), or a text under `column` (CSV)."""
    value = f.take(name, None)
    if isinstance(value, dict) and isinstance(found := value.get("sourcedId"), str):
        return found.strip() or None
    return f.text(column, None) if value is None or value == "" else _sourced_id(f, name, value)


def referred(f: Fields, name: str, column: str) -> str:
    """Take the sourcedId of a reference that must be there."""
    found = ref(f, name, column)
    if found is None:
        raise MappingError(f"field '{name}' (in CSV '{column}') is missing or blank, and is required")
    return found


def refs(f: Fields, name: str, column: str) -> tuple[str, ...]:
    """Take the sourcedIds of a list of references, or of a cell with commas."""
    value = f.pop(name, None)
    if value is None:
        return f.texts(column)
    if not isinstance(value, list):
        raise f.wrong(name, value, "is not a list of references")
    return tuple([found for item in value if (found := _sourced_id(f, name, item)) is not None])


def _sourced_id(f: Fields, name: str, value: Any) -> str | None:
    if isinstance(value, dict):
        found = value.get("sourcedId")
        if isinstance(found, str):
            return found.strip() or None
        if found is None:
            return None
        if isinstance(found, int):
            return str(found)
    raise f.wrong(name, value, "is not a reference with a 'sourcedId'")


def user_ids(f: Fields) -> list[tuple[str, str]]:
    """Take the user's other identifiers, as (type, value): a list of objects, or a cell `{LDAP:x},{State:y}`."""
    value = f.pop("userIds", None)
    if value is None:
        return []
    if isinstance(value, list):
        found = [_user_id(f, value, item) for item in value]
    elif isinstance(value, str):
        found, end = [], 0
        while match := _USER_IDS.match(value, end):
            found.append((match[1], match[2]))
            end = match.end()
        if end != len(value):
            raise f.wrong("userIds", value, "is not like {LDAP:x},{State:y}")
    else:
        raise f.wrong("userIds", value, "is neither a list nor a text")
    return [(kind, identifier) for kind, identifier in found if identifier]


def _user_id(f: Fields, value: Any, item: Any) -> tuple[str, str]:
    if isinstance(item, dict) and len(item) == 2:
        kind, identifier = item.get("type"), item.get("identifier")
        if isinstance(kind, str) and isinstance(identifier, str | int):
            return kind, str(identifier).strip()
    raise f.wrong("userIds", value, "is not a list of {type, identifier}")


def rest(f: Fields, notes: Notes) -> Notes:
    """Take the metadata (a JSON object, or `metadata.x` columns) into the notes, and return them. Call it last."""
    for name in f.names():
        if name == "metadata":
            value = f.pop(name, None)
            if not isinstance(value, dict | None):
                raise f.wrong(name, value, "is not an object")
            notes.update({f"metadata.{key}": item for key, item in (value or {}).items()})
        elif name.startswith("metadata.") and (value := f.pop(name, None)) is not None:
            notes[name] = value
    return notes
