"""A vendor's record layout: the table that says where each column of a file of fixed width begins and ends."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec

from connectors.assessment_file.header import distinct
from connectors.assessment_file.names import plain
from connectors.errors import ConfigError
from connectors.kit.files import open_bundle
from connectors.kit.table import Table
from connectors.kit.tables import is_guide, tables

Positions = dict[str, tuple[int, int]]
"""The columns of a line, each with its first and last character; the first of a line is 1."""

_PLACE = r"(position|pos|columns?|cols?|field|byte|offset|character|char)?"
_NAME = re.compile(r"(physical|short|field|column|variable|data|element|item)*(name|label|title|element|field|column)")
_BEGINS = re.compile(rf"{_PLACE}(start|begin|from|first)(s|ing|ning)?(at|in)?{_PLACE}")
_ENDS = re.compile(rf"{_PLACE}(end|to|thru|through|last|stop)(s|ing)?(at|in)?{_PLACE}")
_LENGTH = re.compile(r"(field|column|max|maximum)?(length|width|size|len|bytes)")
_BOTH = re.compile(r"positions?|columns?|cols?|location|range|(field|column|character)positions?")
_SPAN = re.compile(r"(\d+)(?:\.0)?(?:\s*(?:-|\u2013|\u2014|to|:|\.\.)\s*(\d+)(?:\.0)?)?", re.IGNORECASE)
"""A place as guides write it: 12-20, 12 to 20, 12."""


def read_positions(path: Path) -> Positions:
    """The columns of a record layout, in any form that tables are read in.

    ConfigError for a file without such a table, in words that say what it should have.
    """
    with open_bundle(path) as bundle:
        for name in (name for name in bundle.names() if not is_guide(name)):
            for table in tables(partial(bundle.open, name), name):
                if positions := _positions(table):
                    return positions
    raise ConfigError(
        f"{path.name}: it has no table with the name, the begin and the end or length of each column. Give it a header "
        "such as name,begin,end"
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """Which columns of a record layout say a column's name, begin, end and length; -1 where none does."""

    name: int
    begins: int
    ends: int
    length: int

    def span(self, row: Sequence[str]) -> tuple[int, int] | None:
        """The first and last character that a row says; None where it says none."""
        begin, end, length = (_SPAN.fullmatch(_cell(row, n)) for n in (self.begins, self.ends, self.length))
        if begin is None or not _cell(row, self.name):
            return None
        first = int(begin[1])
        last = int(begin[2] or (end[1] if end else first + int(length[1]) - 1 if length else first))
        return (first, last) if 1 <= first <= last else None


def _places(header: Sequence[str]) -> _Places | None:
    """What the columns of a record layout say, if this is the header of one."""
    shapes = [plain(cell) for cell in header]

    def like(pattern: re.Pattern[str], *taken: int) -> int:
        return next((n for n, shape in enumerate(shapes) if n not in taken and pattern.fullmatch(shape)), -1)

    begins = like(_BEGINS)
    begins = begins if begins >= 0 else like(_BOTH)
    name = like(_NAME, begins)
    if begins < 0 or name < 0:
        return None
    return _Places(name, begins, like(_ENDS, begins, name), like(_LENGTH, begins, name))


def _positions(table: Table) -> Positions:
    for after, header in enumerate(table.first, 1):
        if (places := _places(header)) is not None:
            spans = [
                (row[places.name].strip(), span) for row in _rows(table, after, header) if (span := places.span(row))
            ]
            names = distinct([name for name, _ in spans])
            return dict(zip(names, (span for _, span in spans), strict=True))
    return {}


def _rows(table: Table, after: int, header: Sequence[str]) -> Iterator[list[str]]:
    for page in table.pages(after, tuple(header)):
        yield from (msgspec.json.decode(body, type=list[str]) for body in page.records)


def _cell(row: Sequence[str], index: int) -> str:
    return row[index].strip() if 0 <= index < len(row) else ""
