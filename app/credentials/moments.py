"""Moments as credentials tell them (XML Schema date-time), of every year and zone that the data model allows."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

STAMP = re.compile(
    r"(?P<year>-?\d{4,9})(?P<day>-\d\d-\d\d)T(?P<minute>\d\d:\d\d):(?P<second>\d\d)(?P<part>\.\d+)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
SKEW = timedelta(minutes=5)
"""How far clocks may differ."""
LONGEST = 100
"""Characters of the longest text that is read as a moment."""
SECONDS = re.compile(r"\d{9,10}|\d{12,13}", re.ASCII)
"""Seconds or milliseconds since 1970, written as a text."""
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC, microsecond=0)
"""The first and the last moment that can be told here; what lies beyond is taken for them."""


def moment(value: Any) -> datetime | None:
    """An XML Schema date-time, in UTC where it names no zone; None for anything else.

    A leap second is the second before it, the end of a day (24:00:00) its last second, a year beyond those that can be
    told here the first or last moment that can.
    """
    return _read(value) if isinstance(value, str) and len(value) <= LONGEST else None


@lru_cache(maxsize=512)  # a credential's few moments are asked for several times
def _read(text: str) -> datetime | None:
    stamp = STAMP.fullmatch(text)
    if stamp is None:
        return None
    year, minute, second = int(stamp["year"]), stamp["minute"], stamp["second"]
    if second == "60":
        second = "59"
    if (minute, second) == ("24:00", "00"):
        minute, second = "23:59", "59"
    written = year if 1 <= year <= 9999 else _as_long_as(year)
    text = f"{written:04}{stamp['day']}T{minute}:{second}{stamp['part'] or ''}{stamp['zone'] or 'Z'}"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if year != written:
        return FIRST if year < 1 else LAST
    return _in_utc(instant)


def later(now: datetime) -> datetime:
    """What another's clock may show now."""
    return now + SKEW


def loose_moment(value: Any) -> datetime | None:
    """A moment as badges before 3.0 tell it: a date-time, a date, or seconds or milliseconds since 1970."""
    if isinstance(value, str) and SECONDS.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**13:
        return datetime.fromtimestamp(value if value < 2**35 else value / 1000, UTC)
    if not isinstance(value, str):
        return None
    if (instant := moment(value)) is not None:
        return instant
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return _in_utc(instant if instant.tzinfo else instant.replace(tzinfo=UTC))


def _as_long_as(year: int) -> int:
    """A year that can be written here and has as many days."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 2000 if leap else 1999


def _in_utc(instant: datetime) -> datetime:
    """A moment in UTC, which at the ends of time has no such year."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return FIRST if instant.year == 1 else LAST
