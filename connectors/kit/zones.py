"""Days where people live: a school's midnight is not the one of UTC, in which its system writes."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.fields import Fields


@lru_cache(maxsize=256)
def zone(name: str | None) -> ZoneInfo | None:
    """A time zone by its IANA name; None where there is none so called."""
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None


def day_in(moment: datetime, name: str | None) -> date:
    """The day a moment falls on in a time zone; in UTC where that is not known. One without an offset is its own."""
    where = zone(name)
    return (moment.astimezone(where or UTC) if moment.tzinfo else moment).date()


def local_day(f: Fields, name: str, zone_name: str | None) -> date | None:
    """Take a field that is a date, or a moment, whose day in a time zone it is then. MappingError where it is neither.

    What is due at 23:59 in Denver is due that day, though in UTC it is the next morning.
    """
    text = f.pop(name, None)
    if text is None:
        return None
    again = Fields({name: text})
    day = again.day(name)
    if not isinstance(text, str) or len(text.strip()) <= len("2026-09-01"):
        return day
    return day_in(datetime.fromisoformat(text.strip()), zone_name)
