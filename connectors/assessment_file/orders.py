"""In which order a layout's vendor writes the numbers of its dates, column by column. Pure."""

import re

from connectors.assessment_file.layout import Layout
from connectors.assessment_file.sources import Cell, Fixed, column_of
from connectors.date_order import Order

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
