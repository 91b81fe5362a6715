"""Columns that repeat with a number or a name are written once: `Goal{n}Name` with n = 1..8 is eight columns."""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any


def unrolled(entry: Any, ranges: dict[str, Any]) -> Iterator[Any]:
    """Yield the entry, of whatever shape, once for each combination of values of the ranges it names."""
    text = json.dumps(entry)
    names = [name for name in ranges if "{" + name + "}" in text]
    for values in product(*(ranges[name] for name in names)):
        filled = text
        for name, value in zip(names, values, strict=True):
            filled = filled.replace("{" + name + "}", json.dumps(str(value))[1:-1])
        yield json.loads(filled)


def unrolled_result(entry: dict[str, Any], ranges: dict[str, Any]) -> Iterator[Any]:
    """Yield a result once for each value of the ranges it names; the columns it keeps are its own whole list."""
    own = {name: value for name, value in entry.items() if name != "keep"}
    for one in unrolled(own, ranges):
        yield one | {"keep": [column for kept in entry.get("keep", []) for column in unrolled(kept, ranges)]}
