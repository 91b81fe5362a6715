"""Where a table's header is, and which layout has it: on any of the first lines, or on two of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from connectors.assessment_file.header import Match, has_needed, match, recognize
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.names import plain
from connectors.assessment_file.sources import column_of
from connectors.dates import LATEST, day_parser
from connectors.errors import ConfigError
from connectors.kit.table import Table

FOREIGN = 3
"""From so many columns on that a layout does not know, another one is looked for that knows them."""

LOOKED_AT = 30
"""So many rows may stand above the header."""


@dataclass(frozen=True, slots=True)
class TableHeader:
    """A table whose layout is known: `after` so many of its first rows its data begin; `cells` as the file has it."""

    match: Match
    after: int
    cells: tuple[str, ...]


def find(table: Table, layouts: Sequence[Layout], own: Sequence[Layout] = ()) -> TableHeader:
    """The header of a table and its layout: one of its source's `own` where one fits.

    ConfigError where no layout has it, in words that say what to do.
    """
    if own and (header := _fitting(table, own)) is not None:
        return header
    if (header := _fitting(table, layouts)) is not None:
        return header
    recognize(likely_header(table), (*own, *layouts), table.name)
    raise ConfigError(f"{table.name}: its header was not found")


def _fitting(table: Table, layouts: Sequence[Layout]) -> TableHeader | None:
    if (fixed := _of_fixed_width(table, layouts)) is not None:
        return fixed
    for after, header in _candidates(table):
        possible = [layout for layout in layouts if _may_have(layout, header, table.lines[after - 1])]
        if possible:
            fitting = [layout for layout in possible if not match(header, layout).missing]
            if fitting:
                best = recognize(header, fitting, table.name)
                _no_others(best, header, layouts, table.name)
                return TableHeader(best, after, header)
    return _over_two_rows(table, layouts)


def _over_two_rows(table: Table, layouts: Sequence[Layout]) -> TableHeader | None:
    """A header of two rows in which some columns are named by both, some by one alone; each as a layout knows it."""
    rows = [tuple(row) for row in table.first[:LOOKED_AT]]
    for after, (above, below) in enumerate(pairwise(rows), 2):
        if _filled(below) < 2 or len(above) != len(below):
            continue
        spread = _under(above, below)
        choices = [(name, low, high) for name, low, high in zip(spread, below, above, strict=True)]
        for layout in layouts:
            header = tuple(next((name for name in names if _is_known(layout, name)), names[0]) for names in choices)
            if not layout.positions and not match(header, layout).missing:
                return TableHeader(match(header, layout), after, header)
    return None


def _is_known(layout: Layout, name: str) -> bool:
    return plain(name) in layout.known


def _no_others(best: Match, header: Sequence[str], layouts: Iterable[Layout], name: str) -> None:
    """ConfigError where another layout knows the header better and misses one column: a test must not bear another's
    name because a column was renamed or left out.
    """
    if len(best.unknown) < FOREIGN:
        return
    for layout in layouts:
        if layout.positions or layout is best.layout:
            continue
        other = match(header, layout)
        if len(other.missing) == 1 and 2 * len(other.unknown) < len(best.unknown):
            misses = other.hint(other.missing[0])
            raise ConfigError(
                f"{name}: it is like layout {layout.name}, which misses {misses}. Layout {best.layout.name} misses "
                f"nothing, and does not know {len(best.unknown)} of its columns. Name the column as before, or give a "
                "layout of your own"
            )


def likely_header(table: Table) -> tuple[str, ...]:
    """The row that looks most like a header: the first with as many filled cells as any near it has, none a
    number; a line like `Teacher:,One` is above one.
    """
    rows = [tuple(row) for row in table.first[:LOOKED_AT]]
    most = max((_filled(row) for row in rows), default=0)
    for row in rows:
        if 2 * _filled(row) >= most and not any(_is_number(cell) for cell in row) and not row[0].strip().endswith(":"):
            return row
    return rows[0] if rows else ()


def header_row(table: Table) -> int:
    """How many of a table's first rows there are up to the likely header, with it."""
    header = likely_header(table)
    return next((number for number, row in enumerate(table.first, 1) if tuple(row) == header), 1)


def _filled(row: Sequence[str]) -> int:
    return sum(bool(cell) for cell in row)


def _is_number(cell: str) -> bool:
    return bool(cell) and cell.replace(".", "", 1).isdigit() and len(cell) > 0


def _candidates(table: Table) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every row that may be a header, then every two that may be one together."""
    rows = [tuple(row) for row in table.first[:LOOKED_AT]]
    for number, row in enumerate(rows, 1):
        if _filled(row) > 1:
            yield number, row
    for number, (above, below) in enumerate(pairwise(rows), 2):
        if _filled(below) > 1 and len(above) == len(below):
            yield number, tuple(_under(above, below))
            yield number, tuple(low or high for high, low in zip(above, below, strict=True))


def _under(above: Sequence[str], below: Sequence[str]) -> Iterator[str]:
    """The names of a header of two rows, in which a title above stands for all columns to the next."""
    title = ""
    for high, low in zip(above, below, strict=True):
        title = high or title
        yield f"{title} {low}".strip()


def _may_have(layout: Layout, header: Sequence[str], line: int) -> bool:
    """Whether a header has all that a layout cannot be without; quickly, for most layouts are another vendor's."""
    if layout.positions or (layout.header is not None and layout.header != line):
        return False
    return has_needed(layout, frozenset(map(plain, header)))


def _of_fixed_width(table: Table, layouts: Iterable[Layout]) -> TableHeader | None:
    """A layout by positions whose lines the table's are: as wide, identifiers and dates where they should be."""
    lines = [line.rstrip("\r\n\x1a") for line in table.text if line.strip()][:20]
    if not lines or table.opened is None:
        return None
    for layout in layouts:
        if layout.positions and all(_is_as_wide(layout, line) for line in lines) and _reads(layout, lines):
            columns = tuple(layout.positions)
            return TableHeader(replace(match(columns, layout), columns=columns, missing=()), 0, columns)
    return None


def _is_as_wide(layout: Layout, line: str) -> bool:
    return layout.least_width <= len(line) <= layout.width_of_lines + 2


def _reads(layout: Layout, lines: Sequence[str]) -> bool:
    """Whether most lines have an identifier and dates where the layout says that they stand, and say what it `says`."""
    parsed = day_parser(layout.dates)
    dated = {column_of(source) for source in (layout.person.birth_date, layout.common.scored_on)} - {None}
    good = 0
    for line in lines:
        row = {column: line[begins - 1 : ends].strip() for column, (begins, ends) in layout.positions.items()}
        ids = [row[identifier.column] for identifier in layout.person.identifiers]
        named = any(ids) and all(id_.replace("-", "").isalnum() for id_ in ids if id_)
        days = [row[column] for column in dated if column is not None and row[column]]
        known = all(row[column] in words for column, words in layout.says.items())
        good += named and known and (bool(days) or not dated) and all(parsed(day, LATEST) is not None for day in days)
    return good * 5 >= len(lines) * 4
