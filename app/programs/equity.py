"""Who takes part out of school, who is recognized, and who of them at work, so that nobody is found in it.

A count below ten is not shown, and none that follows from two that are: how many of a school did *not* take part is a
count, too. Where the total would give a hidden count away, the next smallest is hidden beside it (complementary
suppression), until each hidden one could be ten different numbers. A column that cannot be kept so is hidden whole, in
every table: they share their totals.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

FEWEST = 10
"""The smallest count that is shown (34 CFR 99.31(b)(1); the Department of Education's statistical methods, 2012)."""
COLUMNS = 4
"""Learners, those who take part, those recognized, those recognized for work: each among those before."""


class Count(NamedTuple):
    """A school or group: how many learners it has, how many of them take part, how many of these are recognized, and
    how many of those for something they did in the world of work.
    """

    name: str
    learners: int
    taking_part: int
    recognized: int
    at_work: int


@dataclass(frozen=True, slots=True)
class PublishedCount:
    """A group's counts as they are shown; None: too small to be shown."""

    name: str
    learners: int | None
    taking_part: int | None
    recognized: int | None
    at_work: int | None

    @property
    def share(self) -> float | None:
        """How many of a hundred learners take part."""
        return None if self.taking_part is None or not self.learners else 100 * self.taking_part / self.learners


@dataclass(frozen=True, slots=True)
class Table:
    """A table of schools or of groups; its rows make the total."""

    rows: tuple[PublishedCount, ...]
    total: PublishedCount


Column = list[int]
Seen = list[list[int | None]]
"""By column, and in it by row; the last row is the total."""


def suppressed(tables: Sequence[Sequence[Count]], fewest: int = FEWEST) -> list[Table]:
    """Tables of the same learners as they may be shown together."""
    values = [_columns(table) for table in tables]
    seen: list[Seen] = [[] for _ in tables]
    for column in range(COLUMNS):
        parts = [
            _column(own[column], columns[-1] if columns else None, own, column, fewest)
            for own, columns in zip(values, seen, strict=True)
        ]
        whole = all(part is not None for part in parts)
        for part, own, columns in zip(parts, values, seen, strict=True):
            columns.append(part if whole and part is not None else [None] * len(own[column]))
    return [_table(table, columns) for table, columns in zip(tables, seen, strict=True)]


def _columns(table: Sequence[Count]) -> list[Column]:
    columns = [list(column) for column in zip(*(row[1:] for row in table), strict=True)] or [[] for _ in range(COLUMNS)]
    return [[*column, sum(column)] for column in columns]


def _column(
    values: Column, before: list[int | None] | None, own: list[Column], nth: int, fewest: int
) -> list[int | None] | None:
    """A column as it may be shown beside the one before it; None where its total cannot be."""
    last = len(values) - 1

    def small(row: int) -> bool:
        if before is not None and before[row] is None:
            return True
        apart = own[nth - 1][row] - values[row] if nth else fewest
        return values[row] < fewest or apart < fewest

    if small(last):
        return None
    hidden = {row for row in range(last) if small(row)}
    order = sorted(set(range(last)) - hidden, key=lambda row: (values[row], row))
    while hidden and not _safe(hidden, values, before, fewest):
        if not order:
            return None
        hidden.add(order.pop(0))
    return [None if row in hidden else value for row, value in enumerate(values)]


def _safe(hidden: set[int], values: Column, before: list[int | None] | None, fewest: int) -> bool:
    """Whether each hidden count could be that many numbers, for all that the total and the column before tell."""
    together = sum(values[row] for row in hidden)
    most = {row: together if before is None else min(together, before[row] or together) for row in hidden}
    room = sum(most.values())
    return all(most[row] - max(0, together - (room - most[row])) >= fewest for row in hidden)


def _table(table: Sequence[Count], seen: Seen) -> Table:
    names = [*(row.name for row in table), ""]
    rows = [PublishedCount(name, *(column[index] for column in seen)) for index, name in enumerate(names)]
    return Table(tuple(rows[:-1]), rows[-1])
