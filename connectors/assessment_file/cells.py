"""The cells of a row, and what is asked of them: a value, a condition, a cell that must be there."""

import re
from collections.abc import Callable
from typing import Any

from connectors.assessment_file import reading
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.reading import Kept, Read
from connectors.assessment_file.result_columns import READINGS
from connectors.assessment_file.sources import Cell, Condition, Fixed, Source
from connectors.errors import MappingError
from connectors.fields import Fields

Row = dict[str, str]
Get = Callable[[Fields, Row], Any]  # the value a row has for a target, or None


def needed(row: Row, column: str) -> str:
    """A cell that must be filled."""
    if column not in row:
        raise MappingError(f"field '{column}' is missing or blank, and is required")
    return row[column]


def condition(rule: Condition) -> Callable[[Row], bool]:
    """Whether a row is what a condition asks."""
    column = rule.column
    if rule.filled is not None:
        return lambda row: (column in row) is rule.filled
    if rule.matches is not None:
        pattern = re.compile(rule.matches)
        return lambda row: column in row and pattern.fullmatch(row[column]) is not None
    if rule.others:
        others = frozenset(rule.others)
        return lambda row: row.get(column) not in others
    cells = frozenset(rule.cells)
    return lambda row: row.get(column) in cells


def read_of(layout: Layout, target: str, source: str | Cell) -> tuple[str, Read]:
    """The column of a target, and the function that reads its cells."""
    cell = Cell(column=source) if isinstance(source, str) else source
    read: Read
    if cell.codes is not None:
        read = reading.coded(cell.codes, layout.table(cell.codes))
    elif cell.at_least is not None:
        read = reading.reached(reading.number, cell.at_least)
    else:
        read = reading.reader(READINGS[target], cell.dates or layout.dates)
    if cell.least is not None and cell.most is not None:
        read = reading.bounded(read, cell.least, cell.most)
    if target in ("level", "text_score") and read is reading.text:
        read = reading.level_word
    if target == "percentile":
        read = reading.percentile(read)
    return cell.column, _knowing(layout, reading.as_layout_says(read, cell))


def _knowing(layout: Layout, read: Read) -> Read:
    """A reader that keeps the layout's own `words` as they are."""
    own = {word: means for means, words in layout.words.items() for word in words}
    if not own:
        return read

    def known(cell: str) -> Any:
        if cell in own:
            raise ValueError(f"is a word for '{own[cell]}'")
        return read(cell)

    return known


def spared(f: Fields, column: str, cell: str, why: ValueError) -> None:
    """A cell that is no value costs itself alone: it is kept as it is, and told."""
    if isinstance(why, Kept):
        return
    means = reading.meaning(cell)
    f.spare(column, cell, f"is a word for '{means}'" if means else str(why))


def getter(layout: Layout, target: str, source: Source | None) -> Get:
    """The getter of a value that may be absent. A cell that is no value is told, and is none."""
    if source is None:
        return lambda _f, _row: None
    if isinstance(source, Fixed):
        fixed = source.fixed
        return lambda _f, _row: fixed
    column, read = read_of(layout, target, source)

    def get(f: Fields, row: Row) -> Any:
        if column not in row:
            return None
        try:
            return read(row[column])
        except ValueError as why:
            spared(f, column, row[column], why)
            return None

    return get
