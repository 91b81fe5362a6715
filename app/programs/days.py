"""Days as lists write them: which number is the month is said by the other rows of the same column, or not guessed.

Pure.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from connectors.date_order import MONTHS
from connectors.dates import LATEST, Month, day_parser
from connectors.evidence.files import DATES

Order = Literal["month-first", "day-first", "both", "unknown"]
"""How a column writes its days. `both`: some rows say one, some the other. `unknown`: no row says."""
NUMBERED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
SERIAL = re.compile(r"([2-5]\d{4})(?:\.\d+)?", re.ASCII)
"""Days since the end of 1899, as a spreadsheet counts them: from 1954 to 2064."""
FIRST = date(1899, 12, 30)
TIME = re.compile(
    r"[T ,]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s*[ap]\.?\s?m\.?)?\s*(?:Z|[+-]\d\d:?\d\d|GMT[+-]?\d*|[A-Z]{3,4})?",
    re.IGNORECASE,
)
WEEKDAY = re.compile(
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag)(?:day)?\.?,?\s+",
    re.IGNORECASE,
)
MONTH_WORDS = {
    "ene": "Jan",
    "abr": "Apr",
    "ago": "Aug",
    "set": "Sep",
    "sep": "Sep",
    "dic": "Dec",
    "mär": "Mar",
    "mai": "May",
    "okt": "Oct",
    "dez": "Dec",
}
"""Months of other languages by how their names begin; the others begin as in English."""
_parsed = day_parser((*DATES, "%d %b %Y"))


def order_of(cells: Iterable[str]) -> Order:
    """What the days of a column say of their order."""
    orders: set[Order] = set()
    for cell in cells:
        if match := NUMBERED.fullmatch(_bare(cell)):
            first, second = int(match[1]), int(match[3])
            if first > MONTHS >= second:
                orders.add("day-first")
            elif second > MONTHS >= first:
                orders.add("month-first")
    return "both" if len(orders) > 1 else next(iter(orders), "unknown")


def is_numbered(cell: str, sign: str) -> bool:
    """Whether a cell is a day of two numbers and a year with that sign between them."""
    match = NUMBERED.fullmatch(_bare(cell))
    return match is not None and match[2] == sign


def day_of(cell: str, order: Order) -> date:
    """The day that a cell names. ValueError, in words, where it names none or may name two."""
    bare = _bare(cell)
    if match := NUMBERED.fullmatch(bare):
        first, second = int(match[1]), int(match[3])
        if order in ("both", "unknown") and first <= MONTHS and second <= MONTHS and first != second:
            words = "may be read month first or day first: say which below the list, or write it as 2026-10-03"
            raise ValueError(f"'{cell[:40]}' {words}")
        if order == "day-first" or first > MONTHS:
            bare = f"{match[3]}/{match[1]}/{match[4]}"
        else:
            bare = f"{match[1]}/{match[3]}/{match[4]}"
    elif match := SERIAL.fullmatch(bare):
        return FIRST + timedelta(days=int(match[1]))
    day = _parsed(bare, LATEST)
    if day is None or isinstance(day, Month):
        raise ValueError(f"'{cell[:40]}' is no date like 10/03/2026 or 2026-10-03")
    return day


def _bare(cell: str) -> str:
    """A day without its weekday and its time, with its month in English: `sábado 3 de octubre de 2026 14:22`."""
    plain = WEEKDAY.sub("", " ".join(cell.split()), count=1)
    plain = TIME.sub("", plain)
    if not re.search(r"[^\W\d_]{3}", plain):
        return plain
    plain = re.sub(r"\bde[l]?\b", " ", plain, flags=re.IGNORECASE)
    plain = re.sub(r"(\d{1,2})(?:st|nd|rd|th|\.|º)(?=\s|$)", r"\1", plain)
    plain = re.sub(r"[^\W\d_]{3,}\.?", lambda word: MONTH_WORDS.get(word[0][:3].casefold(), word[0]), plain)
    return " ".join(plain.split())
