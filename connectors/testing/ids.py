"""The law of ids: what identifies somebody at a source goes through a mapping as it is.

Two ids that differ in any character, a space or a case, are two people's. So each value of a fixture's records is
written in ways that a careless reader would make equal; where it comes out as an id, they must come out as several.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec

from connectors import Page, Stream
from connectors.errors import MappingError
from connectors.testing.fixtures import mapped

NAMES = frozenset(
    {
        *("key", "person", "class", "class_", "course", "org", "parent", "primary_org", "part_of", "line_item"),
        *("session", "sessions", "credential"),
    }
)
"""The fields of canonical records that hold ids of the source's; the values of typed identifiers are such, too."""

MARK = "xY7"
"""What makes a text of a fixture one that is nothing else: no number, no code, no GUID."""

Path = tuple[str | int, ...]


def confused(stream: Stream, page: Page) -> list[str]:
    """Where a mapping makes one id of two, in words: which field, and how it was written."""
    complaints: list[str] = []
    for body in page.records:
        raw = msgspec.json.decode(body)
        for path, value in _leaves(raw):
            complaints += _confused(stream, raw, path, f"{value}{MARK}")
    return sorted(set(complaints))


def _confused(stream: Stream, raw: Any, path: Path, base: str) -> Iterator[str]:
    """The ways of writing one field that come out as one id, where the source means two."""
    usual = _mapped(stream, raw, path, base)
    if usual is None:
        return
    depending = {place: out for place, out in usual.items() if base in out}
    for other in (f"{base} ", f" {base}", base.swapcase(), f"'{base}", f'="{base}"', f"{base}.0"):
        if not depending or (outs := _mapped(stream, raw, path, other)) is None:
            continue
        for place, out in depending.items():
            if outs.get(place) == out:
                yield f"{'.'.join(step for step in path if isinstance(step, str))}: {other!r} is the same as {base!r}"


def _mapped(stream: Stream, raw: Any, path: Path, value: str) -> dict[Path, str] | None:
    """The ids that a record says where one of its fields has this value; None where it is refused."""
    copy = deepcopy(raw)
    parent = copy
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    try:
        records = mapped(stream, [Page([msgspec.json.encode(copy)])]).records
    except MappingError:
        return None
    return {place: str(out) for place, out in _leaves(records) if _is_id(place)}


def _is_id(place: Path) -> bool:
    names = [step for step in place if isinstance(step, str)]
    return bool(names) and (names[-1] in NAMES or (names[-1] == "value" and "identifiers" in names))


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The texts and whole numbers in a JSON value, each with where it is."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in items:
        if isinstance(inner, dict | list):
            yield from _leaves(inner, (*path, step))
        elif isinstance(inner, str | int) and not isinstance(inner, bool):
            yield (*path, step), inner
