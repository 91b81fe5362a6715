"""Dates as files write them: the digits their form says, or none; a month without a day stays one."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}.*))?", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DIGITS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2}
_WORDS = {
    "b": r"(?P<b>[A-Za-z]{3,9})\.?",
    "B": r"(?P<b>[A-Za-z]{3,9})\.?",
    "a": r"[A-Za-z]+",
    "A": r"[A-Za-z]+",
    "p": r"[AaPp]\.?[Mm]\.?",
    "f": r"\d+",
    "Z": r"[A-Za-z]*",
    "z": r"(?:Z|[+-]\d\d:?\d\d)?",
}

_TIME = re.compile(r"\s+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s*[AaPp]\.?[Mm]\.?)?$", re.ASCII)
"""A time of day behind a date."""

NO_DAY = frozenset({date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1, 1, 1), date(1753, 1, 1)})
"""The first days of spreadsheets' and databases' calendars: what they show where a date is blank."""

LATEST = 2068
"""The last year that two digits mean, where nothing says better (as POSIX has it: 69 is 1969)."""

LATEST_BIRTH = 2029
"""The same for a birth date in a row that does not say when it was made."""


class Month(NamedTuple):
    """A month of a year: all that a cell without a day says."""

    year: int
    month: int


Day = date | Month


def iso_day(text: str) -> date:
    """The date of a whole ISO 8601 date, or of a date-time as written. ValueError for anything more or less."""
    shape = _ISO.fullmatch(text)
    if shape is None:
        raise ValueError(f"{text!r} is no ISO date")
    if shape[4] is not None:
        return datetime.fromisoformat(text).date()
    return date(int(shape[1]), int(shape[2]), int(shape[3]))


def in_words(formats: Iterable[str]) -> str:
    """Formats as a message names them."""
    return ", ".join(formats)


def not_of(formats: Iterable[str], cell: str) -> str:
    """Why a cell is no date of a layout that writes them so, and what to do."""
    words = f"is not a date of the layout's `dates` ({in_words(formats)})"
    return f"{words}; as a spreadsheet counts days it would be one: 'excel' in `dates`" if is_serial(cell) else words


@cache
def day_parser(formats: tuple[str, ...]) -> Callable[[str, int], Day | None]:
    """A function from a text, and the last year that two digits may mean, to its day; None where it is none.

    A whole ISO date is always one: it can mean nothing else, and is how a workbook's dates are handed on. A time of day
    behind a date (`9/8/2025 12:00:00 AM`) changes nothing of its day.
    """
    forms = [_form(form) for form in formats if form != "iso"]
    timeless = not any(sign in form for form in formats for sign in ("%H", "%I"))

    @lru_cache(maxsize=8192)
    def parsed(text: str, latest: int) -> Day | None:
        date_text = _TIME.sub("", text) if timeless and ":" in text else text
        for form in forms:
            if (day := form(date_text, latest)) is not None:
                return day
        try:
            return iso_day(text)
        except ValueError:
            return None

    return parsed


EXCEL = "excel"
"""The form of dates as a spreadsheet counts them: days since 1899-12-30, from 1927 to 2068, the time as fraction."""

_SERIAL = re.compile(r"([1-6]\d{4})(?:\.\d+)?", re.ASCII)


def _serial(text: str, _latest: int) -> Day | None:
    shape = _SERIAL.fullmatch(text)
    day = date(1899, 12, 30) + timedelta(days=int(shape[1])) if shape else None
    return day if day is not None and day.year <= LATEST else None


def is_serial(text: str) -> bool:
    """Whether a text may be a day as a spreadsheet counts them."""
    return _serial(text, LATEST) is not None


def is_form(text: str) -> bool:
    """Whether a text is a date format as layouts write them."""
    return text in ("iso", EXCEL) or (("%Y" in text or "%y" in text) and ("%m" in text or "%b" in text or "%B" in text))


def _form(form: str) -> Callable[[str, int], Day | None]:
    if form == EXCEL:
        return _serial
    pattern = re.compile(_pattern(form), re.ASCII)
    width = _width(form)

    def parsed(text: str, latest: int) -> Day | None:
        if width and len(text) == width - 1 and text.isascii() and text.isdigit():
            text = "0" + text  # a spreadsheet took it for a number: the only reading whose day has two digits
        shape = pattern.fullmatch(text)
        if shape is None:
            return None
        parts = shape.groupdict()
        try:
            year, month = _year(parts, latest), _month(parts)
            if "d" not in parts:
                return Month(year, month) if 1 <= month <= 12 else None
            return datetime(year, month, int(parts["d"]), tzinfo=UTC).date()
        except ValueError:
            return None

    return parsed


def _year(parts: dict[str, str | None], latest: int) -> int:
    if (whole := parts.get("Y")) is not None:
        return int(whole)
    year = latest - latest % 100 + int(parts["y"] or 0)
    return year if year <= latest else year - 100


def _month(parts: dict[str, str | None]) -> int:
    if (number := parts.get("m")) is not None:
        return int(number)
    name = (parts["b"] or "").lower()
    if name[:3] not in _MONTHS:
        raise ValueError(f"{name} is no month")
    return _MONTHS.index(name[:3]) + 1


def _pattern(form: str) -> str:
    """A regular expression for a format: one or two digits beside separators, exactly two where there are none."""
    made, seen = [], set()
    for piece in re.finditer(r"%-?(.)|(.)", form, re.DOTALL):
        code, sign = piece.groups()
        if code is None:
            made.append(r"\s+" if sign.isspace() else re.escape(sign))
        elif code in _DIGITS:
            loose = _DIGITS[code] == 2 and code != "y" and _apart(form, piece.start(), piece.end())
            digits = r"\d{1,2}" if loose else rf"\d{{{_DIGITS[code]}}}"
            made.append(f"(?P<{code}>{digits})" if code in "Yymd" and code not in seen else digits)
            seen.add(code)
        else:
            made.append(_WORDS.get(code, re.escape("%" + code)))
    return "".join(made)


def _apart(form: str, begins: int, ends: int) -> bool:
    """Whether a directive stands apart from the digits of others."""
    return form[max(0, begins - 2) : begins][:1] != "%" and form[ends : ends + 1] != "%"


def _width(form: str) -> int:
    """How many digits a format of nothing but digits has, if its first number may have lost its zero; else 0."""
    if not re.fullmatch(r"(%[Yymd])+", form) or form[1] not in "md":
        return 0
    return sum(_DIGITS[code] for code in form[1::2])
