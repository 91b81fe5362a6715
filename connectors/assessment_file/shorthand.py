"""The shorthands of a layout file, written out: `Goal{n}Name` with n = 1..8 becomes eight columns."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

Ranges = Mapping[str, Mapping[str, str]]
"""Of each range its values, each with the title it has beside `{name:title}`."""

_SPAN = re.compile(r"(\d+)\.\.(\d+)")

LONGEST = 5000
"""The most values that a range, written like `1..8`, may have."""


def written_out(data: Any) -> dict[str, Any]:
    """The layout's tables with every range unrolled and every list of codes a table. ValueError names a wrong shape."""
    _shaped(data)
    plain = dict(data)
    ranges = {name: _values(name, values) for name, values in data.get("ranges", {}).items()}
    plain["results"] = [result for entry in data.get("results", []) for result in _unrolled_result(entry, ranges)]
    plain["keep"] = [column for entry in data.get("keep", []) for column in _unrolled(entry, ranges)]
    plain["ignore"] = {
        reason: [column for entry in columns for column in _unrolled(entry, ranges)]
        for reason, columns in data.get("ignore", {}).items()
    }
    plain["aliases"] = dict(
        pair for entry in data.get("aliases", {}).items() for pair in _unrolled(list(entry), ranges)
    )
    plain["codes"] = {
        name: {code: code for code in table} if isinstance(table, list) else table
        for name, table in data.get("codes", {}).items()
    }
    plain["ranges"] = {name: tuple(values) for name, values in ranges.items()}
    return plain


def merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A layout on the base of another: tables are joined, results and what is ignored appended, everything else is its
    own.
    """
    result = dict(base)
    for name, value in own.items():
        before = result.get(name)
        if isinstance(before, dict) and isinstance(value, dict):
            result[name] = _ignored(before, value) if name == "ignore" else merged(before, value)
        elif name == "results" and isinstance(before, list) and isinstance(value, list):
            result[name] = [*before, *value]
        else:
            result[name] = value
    return result


def _ignored(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What both ignore, by reasons."""
    both = {
        reason: [*base[reason], *own[reason]] for reason in base.keys() & own.keys() if isinstance(own[reason], list)
    }
    return base | own | both


def _values(name: str, values: Any) -> dict[str, str]:
    """The values of a range with their titles: a list, a table, or two ends like 1..8 or 01..30."""
    if isinstance(values, dict):
        return {str(value): str(title) for value, title in values.items()}
    if isinstance(values, str):
        span = _SPAN.fullmatch(values)
        if span is None or not 0 <= int(span[2]) - int(span[1]) < LONGEST:
            raise ValueError(f'ranges.{name}: is a list of texts, a table of texts, or two ends like "1..8"')
        width = len(span[1]) if span[1].startswith("0") else 0
        return {text: text for n in range(int(span[1]), int(span[2]) + 1) if (text := str(n).zfill(width))}
    return {value: value for value in values}


def _shaped(data: Any) -> None:
    """Refuse tables and lists written as something else, before anything is unrolled."""
    if not isinstance(data, dict):
        raise ValueError("a layout is a table")  # noqa: TRY004 (pydantic takes ValueError)
    results = data.get("results", [])
    if not isinstance(results, list) or not all(isinstance(result, dict) for result in results):
        raise ValueError("results: each begins with [[results]], in double brackets")
    for name in ("ranges", "aliases", "codes", "ignore"):
        if not isinstance(data.get(name, {}), dict):
            raise ValueError(f"{name}: begins with [{name}]")  # noqa: TRY004
    lists = [(f"{name}.{key}", value) for name in ("aliases", "ignore") for key, value in data.get(name, {}).items()]
    lists += [
        (f"ranges.{key}", list(value.values()) if isinstance(value, dict) else value)
        for key, value in data.get("ranges", {}).items()
        if not isinstance(value, str)
    ]
    lists += [("results.keep", result.get("keep", [])) for result in results]
    lists += [("keep", data.get("keep", []))]
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
    for result in _filled(entry, _named(own, ranges), ranges):
        keep = result.get("keep", [])
        columns = [column for name in keep for column in (_unrolled(name, ranges) if "{" in name else (name,))]
        yield result | {"keep": columns}


def _named(entry: Any, ranges: Ranges) -> list[str]:
    text = json.dumps(entry, default=str)
    return [name for name in ranges if "{" + name + "}" in text or "{" + name + ":title}" in text]


def _filled(entry: Any, names: list[str], ranges: Ranges) -> Iterator[Any]:
    text = json.dumps(entry, default=str)
    for values in product(*(ranges[name].items() for name in names)):
        filled = text
        for name, (value, title) in zip(names, values, strict=True):
            filled = filled.replace("{" + name + "}", json.dumps(value)[1:-1])
            filled = filled.replace("{" + name + ":title}", json.dumps(title)[1:-1])
        yield json.loads(filled)
