"""The shorthands of a layout file, written out: `Goal{n}Name` with n = 1..8 becomes eight columns."""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

Ranges = dict[str, Sequence[str]]


def written_out(data: Any) -> dict[str, Any]:
    """The layout's tables with every range unrolled and every list of codes a table. ValueError names a wrong shape."""
    _shaped(data)
    plain = dict(data)
    ranges = data.get("ranges", {})
    plain["results"] = [one for entry in data.get("results", []) for one in _unrolled_result(entry, ranges)]
    plain["ignore"] = {
        reason: [one for entry in columns for one in _unrolled(entry, ranges)]
        for reason, columns in data.get("ignore", {}).items()
    }
    plain["aliases"] = dict(
        pair for entry in data.get("aliases", {}).items() for pair in _unrolled(list(entry), ranges)
    )
    plain["codes"] = {
        name: {code: code for code in table} if isinstance(table, list) else table
        for name, table in data.get("codes", {}).items()
    }
    return plain


def _shaped(data: Any) -> None:
    """Refuse tables and lists written as something else, before anything is unrolled."""
    if not isinstance(data, dict):
        raise ValueError("a layout is a table")  # noqa: TRY004 (pydantic takes ValueError)
    results = data.get("results", [])
    if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
        raise ValueError("results: each begins with [[results]], in double brackets")
    for name in ("ranges", "aliases", "codes", "ignore"):
        if not isinstance(data.get(name, {}), dict):
            raise ValueError(f"{name}: begins with [{name}]")  # noqa: TRY004
    lists = [
        (f"{name}.{key}", value)
        for name in ("ranges", "aliases", "ignore")
        for key, value in data.get(name, {}).items()
    ]
    lists += [("results.keep", one.get("keep", [])) for one in results]
    lists += [(f"codes.{key}", value) for key, value in data.get("codes", {}).items() if not isinstance(value, dict)]
    for name, value in lists:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f'{name}: is a list of texts, like ["A", "B"]')


def _unrolled(entry: Any, ranges: Ranges) -> Iterator[Any]:
    """Yield the entry, of whatever shape, once for each combination of values of the ranges it names."""
    yield from _filled(entry, _named(entry, ranges), ranges)


def _unrolled_result(entry: dict[str, Any], ranges: Ranges) -> Iterator[dict[str, Any]]:
    """Yield a result once for each value of the ranges it names; only the others unroll what it keeps."""
    own = {name: value for name, value in entry.items() if name != "keep"}
    for one in _filled(entry, _named(own, ranges), ranges):
        keep = one.get("keep", [])
        yield one | {"keep": [column for kept in keep for column in _unrolled(kept, ranges)] if keep else []}


def _named(entry: Any, ranges: Ranges) -> list[str]:
    text = json.dumps(entry, default=str)
    return [name for name in ranges if "{" + name + "}" in text]


def _filled(entry: Any, names: list[str], ranges: Ranges) -> Iterator[Any]:
    text = json.dumps(entry, default=str)
    for values in product(*(ranges[name] for name in names)):
        filled = text
        for name, value in zip(names, values, strict=True):
            filled = filled.replace("{" + name + "}", json.dumps(str(value))[1:-1])
        yield json.loads(filled)
