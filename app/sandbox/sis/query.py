"""OneRoster's query parameters: filter, sort and fields (OneRoster 1.2 REST binding, section 3.4)."""

import operator
import re
from collections.abc import Callable, Iterable
from typing import Any

from app.sandbox.sis.roster import Json

_TERM = re.compile(r"\s*([A-Za-z.]+)\s*(!=|>=|<=|=|>|<|~)\s*'([^']*)'\s*")
_WORD = re.compile(r"(AND|OR)\s")
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "~": lambda have, want: want in have,
}

Accepts = Callable[[Json], bool]


class InvalidFilter(ValueError):
    """A filter that does not parse, or names a field the collection does not have."""


class InvalidSelection(ValueError):
    """A field to select or sort by that the collection does not have."""


def parse_filter(text: str, fields: frozenset[str]) -> Accepts:
    """Whether a record passes `text`: terms like `field>='value'`, joined by AND or OR, read from left to right."""
    accepts, position = _term(text, 0, fields)
    while position < len(text):
        word = _WORD.match(text, position)
        if not word:
            raise InvalidFilter(f"filter {text!r}: expected AND or OR at character {position}")
        right, position = _term(text, word.end(), fields)
        accepts = _both(accepts, right) if word[1] == "AND" else _either(accepts, right)
    return accepts


def _term(text: str, position: int, fields: frozenset[str]) -> tuple[Accepts, int]:
    term = _TERM.match(text, position)
    if not term:
        raise InvalidFilter(f"filter {text!r}: expected field, operator and quoted value at character {position}")
    name, symbol, value = term.groups()
    if name.partition(".")[0] not in fields:
        raise InvalidFilter(f"filter {text!r}: there is no field '{name}'")
    compare, path, want = _COMPARE[symbol], name.split("."), value.lower()
    return lambda record: any(compare(str(have).lower(), want) for have in values_at(record, path)), term.end()


def _both(left: Accepts, right: Accepts) -> Accepts:
    return lambda record: left(record) and right(record)


def _either(left: Accepts, right: Accepts) -> Accepts:
    return lambda record: left(record) or right(record)


def values_at(value: Any, path: list[str]) -> Iterable[Any]:
    """Every value a dotted path leads to: lists on the way are searched item by item."""
    if isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:])


def parse_fields(text: str, fields: frozenset[str]) -> frozenset[str]:
    """The fields to select, from a comma-separated list."""
    chosen = frozenset(text.split(","))
    if unknown := chosen - fields:
        raise InvalidSelection(f"fields {text!r}: there is no field '{min(unknown)}'")
    return chosen


def parse_sort(text: str, fields: frozenset[str]) -> Callable[[Json], str]:
    """The value to sort a record by, from a (dotted) field name; records without it come first."""
    path = text.split(".")
    if path[0] not in fields:
        raise InvalidSelection(f"sort {text!r}: there is no such field")
    return lambda record: next((str(value) for value in values_at(record, path)), "")
