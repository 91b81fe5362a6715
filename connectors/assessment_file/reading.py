"""How one cell of a row is read: every complaint names the column and the text."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from connectors.assessment_file.layout import Reading
from connectors.fields import Fields

Read = Callable[[Fields, str, str], Any]
"""Turn the text of a column into a value."""

_ROUNDED = re.compile(r"\d(\.\d+)?E\+?\d+", re.IGNORECASE)


def reader(reading: Reading, dates: tuple[str, ...]) -> Read:
    """The reader of cells that are no codes."""
    match reading:
        case "number":
            return number
        case "day":
            return day(dates)
        case "moment":
            return moment
        case _:
            return text


def text(_f: Fields, _column: str, cell: str) -> str:
    """Take the text as it is."""
    return cell


def number(f: Fields, column: str, cell: str) -> float:
    """Read a finite number; no thousands separators, for some write them as decimal marks."""
    try:
        value = float(cell)
    except ValueError:
        raise f.wrong(column, cell, "is not a number (words belong in a table of [codes] or in `blank`)") from None
    if value - value != 0 or "_" in cell:  # NaN, the infinities, and Python's own 1_000
        raise f.wrong(column, cell, "is not a finite number")
    return value


def bounded(least: float, most: float) -> Read:
    """Read a number between two ends, both allowed."""

    def read(f: Fields, column: str, cell: str) -> float:
        value = number(f, column, cell)
        if not least <= value <= most:
            raise f.wrong(column, cell, f"is not between {least:g} and {most:g}")
        return value

    return read


def reached(at_least: float) -> Read:
    """Whether a number is at least so much."""
    return lambda f, column, cell: number(f, column, cell) >= at_least


def percentile(f: Fields, column: str, cell: str) -> float:
    """Read a percentile, 0 to 100."""
    value = number(f, column, cell)
    if not 0 <= value <= 100:
        raise f.wrong(column, cell, "is not a percentile between 0 and 100")
    return value


def day(formats: tuple[str, ...]) -> Read:
    """Read a calendar date in one of the layout's formats; of an ISO date-time, its date as written."""

    @lru_cache(maxsize=4096)
    def parsed(cell: str) -> date | None:
        for form in formats:
            try:
                if form == "iso":
                    return date.fromisoformat(cell[:10])
                return datetime.strptime(cell, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
        return None

    def read(f: Fields, column: str, cell: str) -> date:
        value = parsed(cell)
        if value is None:
            raise f.wrong(column, cell, f"is not a date of the layout's `dates` ({', '.join(formats)})")
        return value

    return read


def moment(f: Fields, column: str, cell: str) -> datetime:
    """Read an ISO 8601 moment, in UTC where no offset is written."""
    try:
        value = datetime.fromisoformat(cell)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise f.wrong(column, cell, "is not a date-time like 2026-09-01T08:00:00Z") from None


def coded(name: str, table: Mapping[str, Any]) -> Read:
    """Translate a code; an unknown one is an error, never a default."""

    def read(f: Fields, column: str, cell: str) -> Any:
        if cell in table:
            return table[cell]
        known = ", ".join(sorted(table)[:12])
        raise f.wrong(column, cell, f"is not in [codes.{name}] ({known}…): add it there, or correct the file")

    return read


def identifier(f: Fields, column: str, cell: str) -> str:
    """Take an identifier, unless a spreadsheet has rounded it: rounded, it names many learners at once."""
    if _ROUNDED.fullmatch(cell):
        raise f.wrong(column, cell, "is an id that a spreadsheet has rounded: export the file again, do not open it")
    return cell
