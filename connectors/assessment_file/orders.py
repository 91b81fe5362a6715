"""What a layout says of its columns, by name: those of dates and their order, those of results. Pure."""

import re
from collections.abc import Iterable

from connectors.assessment_file.layout import Layout
from connectors.assessment_file.result_columns import told_columns
from connectors.assessment_file.sources import Cell, Fixed, column_of
from connectors.date_order import Order

VALUES = frozenset({"score", "text_score", "level", "passed", "percentile", "scored_on", "scored_at"})

_ORDER: dict[str, Order] = {"%m": "month-first", "%d": "day-first"}
_NUMBERED = re.compile(r"%[md][/.-]%[md][/.-]%[Yy]")


def date_orders(layout: Layout) -> dict[str, Order]:
    """The columns of dates that are two numbers and a year, with their order."""
    dated: list[str | Cell | None] = [layout.person.birth_date]
    for result in (layout.common, *layout.results):
        dated += [source for _, kind, source in result.targets() if kind == "day" and not isinstance(source, Fixed)]
    dated += [column for term in layout.sessions() for column in (term.begins, term.ends)]
    orders: dict[str, Order] = {}
    for source in dated:
        column = column_of(source)
        forms = source.dates if isinstance(source, Cell) and source.dates else layout.dates
        order = next((_ORDER[form[:2]] for form in forms if _NUMBERED.match(form)), None)
        if column is not None and order is not None:
            orders[column] = order
    return orders


def number_columns(layout: Layout) -> frozenset[str]:
    """The columns that are read as numbers and nothing else: no codes, no units, no packed values."""
    sources = [
        source
        for result in (layout.common, *layout.results)
        for _, kind, source in result.targets()
        if kind == "number"
    ]
    plain = (source for source in sources if isinstance(source, str) or source == Cell(column=column_of(source) or ""))
    return frozenset(column for source in plain if (column := column_of(source)))


def absent_values(layout: Layout, columns: Iterable[str]) -> list[str]:
    """The columns of scores, levels and dates that a file does not have, in the layout's order; [] where it has none.

    A layout for all tests of a vendor has many that one file lacks: what is told is of results of which some are there.
    """
    present = set(columns)
    absent: dict[str, None] = {}
    for result in (layout.common, *layout.results):
        values = [
            column for target, _, source in result.targets() if target in VALUES and (column := column_of(source))
        ]
        if present.intersection(values):
            absent.update(dict.fromkeys(column for column in values if column not in present))
    return list(absent)


def is_undated(layout: Layout, columns: Iterable[str]) -> bool:
    """Whether no column of a file says when a test was taken that it has results of."""
    present = set(columns)
    common = [layout.common.scored_on, layout.common.scored_at]
    results = [result for result in layout.results if not present.isdisjoint(told_columns(result))]
    dates = [source for result in results for source in (result.scored_on, result.scored_at)]
    return present.isdisjoint(column for source in (*common, *dates) if (column := column_of(source)))
