"""How Clever writes what Clever alone writes so."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from connectors.date_order import EVERY, numbered
from connectors.dates import iso_day
from connectors.fields import Fields

T = TypeVar("T")


def coded(f: Fields, name: str, table: Mapping[str, T], notes: dict[str, object]) -> T | None:
    """Take a code beside the point: one that is in no table costs itself, not the person, and is noted."""
    value = f.text(name, None)
    if value is None:
        return None
    if value not in table:
        notes[name] = value
    return table.get(value)


def birth_date(f: Fields) -> date | None:
    """Take `dob`: `mm/dd/yyyy`, as Clever's document says, or ISO 8601."""
    value = f.text("dob", None)
    if value is None:
        return None
    try:
        american = numbered(value, {EVERY: "month-first"}, "dob")
        return iso_day(american[0] if american else value)
    except ValueError:
        raise f.wrong("dob", value, "is not a date like 9/30/2014") from None
