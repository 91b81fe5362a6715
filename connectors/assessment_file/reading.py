"""How one cell of a row is read: a value, or a complaint about the text. Nothing here knows rows or layouts."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.assessment_file.sources import Cell, Reading
from connectors.dates import LATEST, NO_DAY, Day, Month, day_parser, not_of
from connectors.ids import visible

Read = Callable[[str], Any]
"""Turn a cell's text into a value. ValueError says what is wrong with it; None is no value."""


class Kept(ValueError):
    """A cell that says something and is no value for its target: it stays with the record, as it is."""


SUPPRESSED = "suppressed"

_MEANINGS = {
    SUPPRESSED: "*|**|***|<|>|s|ts|dsi|suppressed|redacted|masked",
    "not tested": (
        "nt|ns|nr|a|abs|absent|dnt|dna|exempt|excused|inc|incomplete|inv|invalid|invalidated|void|voided|refused|refusal"
        "|na/nt|not tested|not assessed|not-assessed|not_assessed|not taken|no score|no-score|noscore|did not test"
        "|did not attempt|did not take|not attempted|not scored|not completed"
    ),
    "not applicable": "n/a|na|n.a.|n|null|none|nil|nan|-|--|---|.|..|?|#n/a|not available|not applicable|(read only)",
    "a formula that failed": "#div/0!|#value!|#ref!|#name?|#num!|#null!",
}
WORDS: dict[str, str] = {word: means for means, words in _MEANINGS.items() for word in words.split("|")}
"""Words that stand in the place of a number or date, each with what it means."""

_RANGE = re.compile(r"[<>≤≥]=?\s*-?\d+(\.\d+)?\s*%?")


def meaning(cell: str) -> str | None:
    """What a word means that stands in the place of a value; None where it is no such word."""
    known = WORDS.get(visible(cell).casefold())
    return known if known is not None else SUPPRESSED if _RANGE.fullmatch(cell) else None


def text(cell: str) -> str:
    """Take the text as it is."""
    return cell


_NO_TEXT = frozenset({"n/a", "na", "#n/a", "null", "none", "nan", "-", "--", "*", "**", "***", "#div/0!", "#value!"})


def is_no_level(cell: str) -> bool:
    """Whether a text stands where a level would, and is none: `*`, `N/A`."""
    return cell.casefold() in _NO_TEXT


def level_word(cell: str) -> str:
    """Take a text that says a level or score; words that say there is none are none."""
    if is_no_level(cell):
        raise ValueError("says no level")
    return cell


def number(cell: str) -> float:
    """Read a finite number; no thousands separators, for some write them as decimal marks."""
    try:
        value = float(cell)
    except ValueError:
        raise ValueError("is not a number (words belong in a table of [codes], in `words` or in `blank`)") from None
    if value - value != 0 or "_" in cell:  # NaN, the infinities, and Python's own 1_000
        raise ValueError("is not a finite number")
    return value


def bounded(read: Read, least: float, most: float) -> Read:
    """Read a number between two ends, both allowed."""

    def within(cell: str) -> float:
        value: float = read(cell)
        if not least <= value <= most:
            raise ValueError(f"is not between {least:g} and {most:g}")
        return value

    return within


_PERCENTILE = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(?:%|%ile|st|nd|rd|th)", re.IGNORECASE)


def percentile(read: Read) -> Read:
    """Read a percentile, 0 to 100, also as people write it: 55%, 77th."""

    def within(cell: str) -> float:
        written = _PERCENTILE.fullmatch(cell)
        value: float = read(written[1] if written else cell)
        if not 0 <= value <= 100:
            raise ValueError("is not a percentile between 0 and 100")
        return value

    return within


def day(formats: tuple[str, ...]) -> Callable[[str], Day]:
    """Read a calendar date in one of the layout's formats; of an ISO date-time, its date as written."""
    parsed = day_parser(formats)

    def read(cell: str) -> Day:
        value = parsed(cell, LATEST)
        if value is None:
            raise ValueError(not_of(formats, cell))
        if value in NO_DAY:
            raise ValueError("is what stands for no date")
        return value

    return read


def whole_day(formats: tuple[str, ...]) -> Read:
    """Read a date that has a day; a month without one is kept as it is."""
    read = day(formats)

    def whole(cell: str) -> Day:
        value = read(cell)
        if isinstance(value, Month):
            raise Kept("is a month without a day")
        return value

    return whole


def moment(cell: str) -> datetime:
    """Read an ISO 8601 moment, in UTC where no offset is written."""
    try:
        value = datetime.fromisoformat(cell)
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not a date-time like 2026-09-01T08:00:00Z") from None


def coded(name: str, table: Mapping[str, Any]) -> Read:
    """Translate a code; an unknown one is an error, never a default.

    Case does not matter, nor what a spreadsheet does to numbers (3 for 03, 3.0 for 3), where that is not ambiguous.
    """
    loose = _loose(table)

    def read(cell: str) -> Any:
        if cell in table:
            return table[cell]
        shape = _code(cell)
        if shape in loose:
            return loose[shape]
        known = ", ".join(sorted(table)[:12])
        raise ValueError(f"is not in [codes.{name}] ({known}…): add it there, or correct the file")

    return read


def _loose(table: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, set[Any]] = {}
    for code, value in table.items():
        values.setdefault(_code(code), set()).add(value)
    return {shape: next(iter(means)) for shape, means in values.items() if len(means) == 1}


def _code(cell: str) -> str:
    shape = visible(cell).casefold().removesuffix(".0")
    return shape.lstrip("0") or "0" if shape.isdigit() else shape


def as_layout_says(read: Read, cell: Cell) -> Read:
    """A reader behind what the layout says of a column's cells: a part, a piece, a pattern, units."""
    possible = (_part(cell), _piece(cell), _packed(cell), _pattern(cell), _bare(cell))
    steps = [step for step in possible if step is not None]
    if not steps:
        return read

    def stepped(content: str) -> Any:
        value: str | None = content
        for step in steps:
            value = step(value).strip() if value else None
        return read(value) if value else None

    return stepped


def _part(cell: Cell) -> Callable[[str], str] | None:
    if cell.part is None:
        return None
    begins, ends = cell.part
    return lambda content: content[begins - 1 : ends]


def _piece(cell: Cell) -> Callable[[str], str] | None:
    if cell.split is None:
        return None
    sign, take = cell.split, cell.take

    def piece(content: str) -> str:
        pieces = content.split(sign)
        index = take - 1 if take > 0 else take
        return pieces[index] if -len(pieces) <= index < len(pieces) else ""

    return piece


_SCIENTIFIC = re.compile(r"\dE[+-]?\d", re.IGNORECASE)


def _packed(cell: Cell) -> Callable[[str], str] | None:
    """One of the values that a cell packs side by side, numbers to the right: `107 95110` are 107, 95 and 110.

    Blanks that were cut off the cell's beginning are put back where the first value alone lacks them; of a cell that
    lacks more, nobody knows which value is which.
    """
    if cell.packed is None:
        return None
    width, begins, least = cell.packed, cell.packed * (cell.take - 1), cell.packed * (cell.of or 0)

    def value(content: str) -> str:
        if _SCIENTIFIC.search(content):
            raise ValueError("packs values that a spreadsheet has rounded: export the file again, do not open it")
        whole = " " * (-len(content) % width) + content if content[:1].strip() else content
        if len(whole) < least:
            raise ValueError(
                f"has {len(content)} characters, not {least}: blanks were cut off it, export the file again"
            )
        return whole[begins : begins + width]

    return value


def _pattern(cell: Cell) -> Callable[[str], str] | None:
    if cell.match is None:
        return None
    pattern = re.compile(cell.match)

    def value(content: str) -> str:
        shape = pattern.search(content)
        if shape is None:
            raise ValueError(f"does not look like `match` says ({pattern.pattern})")
        return shape[1] or ""

    return value


def _bare(cell: Cell) -> Callable[[str], str] | None:
    """A number without its units, percent sign and thousands separators."""
    if not (cell.units or cell.percent or cell.thousands):
        return None
    units, thousands = [unit.casefold() for unit in cell.units], cell.thousands
    grouped = re.compile(rf"[+-]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+(\D\d+)?") if thousands else None

    def bare(content: str) -> str:
        shape = content.strip()
        for unit in (*units, *(("%",) if cell.percent else ())):
            if shape.casefold().endswith(unit):
                shape = shape[: -len(unit)].rstrip()
            elif shape.casefold().startswith(unit):
                shape = shape[len(unit) :].lstrip()
        if grouped is not None and thousands and grouped.fullmatch(shape):
            shape = shape.replace(thousands, "")
        return shape.replace(",", ".") if thousands == "." else shape

    return bare


def reader(reading: Reading, dates: tuple[str, ...]) -> Read:
    """The reader of cells that are no codes."""
    match reading:
        case "number":
            return number
        case "day":
            return whole_day(dates)
        case "moment":
            return moment
        case _:
            return text


def reached(read: Read, at_least: float) -> Read:
    """Whether a number is at least so much."""
    return lambda cell: read(cell) >= at_least
