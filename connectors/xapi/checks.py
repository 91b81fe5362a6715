"""Checks of a pushed document, put together to a grammar: each refuses a value at a path, or lets it pass."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from connectors.errors import MappingError
from connectors.fields import excerpt

Check = Callable[[Any, str], None]
"""Refuses a value at a path by a MappingError, or lets it pass."""

_NO_ZONE = re.compile(r"-00(?::?00)?")


def refuse(path: str, complaint: str) -> MappingError:
    return MappingError(f"{path}: {complaint}")


def like(pattern: re.Pattern[str], what: str) -> Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise refuse(path, f"{excerpt(value)} is no {what}")

    return check


def text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        raise refuse(path, f"{excerpt(value)} is no text")


def flag(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise refuse(path, f"{excerpt(value)} is neither true nor false")


def number(value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refuse(path, f"{excerpt(value)} is no number")


def whole(value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise refuse(path, f"{excerpt(value)} is no number of bytes")


def moment(value: Any, path: str) -> None:
    text(value, path)
    time = value.partition("T")[2]
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise refuse(path, f"{excerpt(value)} is no time of ISO 8601") from None
    if not time or ("-" in time and _NO_ZONE.fullmatch(time[time.index("-") :])):
        raise refuse(path, f"{excerpt(value)} is no moment: write it as 2026-09-01T08:00:00Z")


def constant(word: str) -> Check:
    def check(value: Any, path: str) -> None:
        if value != word:
            raise refuse(path, f"{excerpt(value)} should be {word}")

    return check


def one_of(*words: str) -> Check:
    def check(value: Any, path: str) -> None:
        if value not in words:
            raise refuse(path, f"{excerpt(value)} is none of {', '.join(words)}")

    return check


def each(check: Check, *, least: int = 0) -> Check:
    def every(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise refuse(path, f"{excerpt(value)} is no array")
        if len(value) < least:
            raise refuse(path, "has nothing in it")
        for n, part in enumerate(value):
            check(part, f"{path}[{n}]")

    return every


def entries(key: Check, check: Check | None) -> Check:
    """An object of freely named entries: a language map, extensions."""

    def every(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise refuse(path, f"{excerpt(value)} is no object")
        for name, part in value.items():
            key(name, path)
            if check is not None:
                check(part, f"{path}.{name}")

    return every


def shaped(properties: Mapping[str, Check], *required: str) -> Check:
    """An object with these properties and no others."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise refuse(path or "it", f"{excerpt(value)} is no object")
        for name, part in value.items():
            within = f"{path}.{name}" if path else name
            if name not in properties:
                meant = get_close_matches(name, properties, 1)
                advice = f" (did you mean '{meant[0]}'?)" if meant else ""
                raise refuse(within, f"is no property that the standard has{advice}; what is your own is an extension")
            properties[name](part, within)
        for name in required:
            if name not in value:
                raise refuse(f"{path}.{name}" if path else name, "is missing")

    return check
