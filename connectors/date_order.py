"""Dates of two numbers and a year: which number is the month is said by their column, or they are not read."""

import re
from collections.abc import Mapping
from typing import Literal

Order = Literal["month-first", "day-first"]

NUMBERED = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(.*)", re.DOTALL | re.ASCII)
"""Such a date, and what follows it."""

MONTHS = 12

ORDERS = "(date order)"
"""The column that a file's reader adds: the order of each column that has such dates, the same in every row."""

EVERY = "*"
"""Stands for all columns, where a setting says the order."""

_FORM = {"month-first": "mm/dd/yyyy", "day-first": "dd/mm/yyyy"}


def numbered(text: str, orders: Mapping[str, str], name: str) -> tuple[str, str] | None:
    """A date of two numbers and a year in ISO 8601, with what follows it, and the form it was read in.

    None where it has another form. ValueError, in words, where both numbers may be the month and nothing says which, or
    where the column has dates in both orders.
    """
    shape = NUMBERED.fullmatch(text)
    if shape is None:
        return None
    first, second = int(shape[1]), int(shape[3])
    order = orders.get(name) or orders.get(EVERY)
    if order == "both":
        raise ValueError("stands among dates in two orders (set date_order to the one that is right)")
    if order is None or order == "unknown":
        if first <= MONTHS and second <= MONTHS and first != second:
            raise ValueError("may be read month first or day first (set date_order to the one that is right)")
        order = "day-first" if first > MONTHS else "month-first"
    month, day = (second, first) if order == "day-first" else (first, second)
    return f"{shape[4]}-{month:02}-{day:02}{shape[5]}", _FORM[order]


def written(orders: Mapping[str, str]) -> str:
    """Orders by column as one text, which goes with each row of a file: what a row says must not depend on others."""
    return ";".join(f"{column}={order}" for column, order in sorted(orders.items()))


def orders_in(text: str) -> dict[str, str]:
    """What `written` wrote: by column `month-first`, `day-first`, `both` or `unknown`."""
    pairs = (part.rpartition("=") for part in text.split(";"))
    return {column: order for column, _, order in pairs if column}
