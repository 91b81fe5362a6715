"""JSON that everyone reads alike: no name twice, no NaN, no half characters, not too long, not too deep."""

import json
from collections import Counter
from itertools import count
from math import isinf
from typing import Any

from app.credentials.errors import Unreadable

LONGEST = 5_000_000
"""Bytes of the longest document read. A CLR of a whole school life, with its badges, is under 1 MB."""


VALUES, OBJECTS = 200_000, 40_000
"""Values and objects of the largest document read: what is looked at many times must be few. That CLR has 6,000."""
DEEPEST = 200
"""Objects and lists inside one another: what is read one level at a time must end. That CLR has 30."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """One object of a text, with no name twice."""
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise Unreadable(f"the JSON names '{twice}' twice in one object, so readers see different credentials")
    return members


def _constant(name: str) -> Any:
    raise Unreadable(f"the JSON holds {name}, which is no JSON")


def _number(text: str) -> float:
    """A number with a fraction or an exponent; one too large for any reader would be read as none."""
    value = float(text)
    if isinf(value):
        raise Unreadable(f"the JSON holds {text[:40]}, which is too large for a number")
    return value


DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant, parse_float=_number)


def _counted(what: str) -> json.JSONDecoder:
    """A decoder that takes no more objects than any document needs."""
    left = count(OBJECTS - 1, -1)

    def take(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if next(left) < 0:
            raise Unreadable(f"{what}: it holds more than {OBJECTS:,} objects")
        return _members(pairs)

    return json.JSONDecoder(object_pairs_hook=take, parse_constant=_constant, parse_float=_number)


def _deeper(value: Any, levels: int) -> bool:
    """Whether objects and lists stand deeper inside one another than so many levels."""
    layer = [value]
    for _ in range(levels + 1):
        inner = [part.values() if isinstance(part, dict) else part for part in layer if isinstance(part, dict | list)]
        if not inner:
            return False
        layer = [item for items in inner for item in items]
    return True


def load(content: bytes | str, what: str = "credential") -> Any:
    """The value of a JSON text. Unreadable says why not."""
    if len(content) > LONGEST:
        raise Unreadable(f"{what}: {len(content):,} bytes are too many: {LONGEST:,} is the most")
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        if text.count(",") + text.count("[") > VALUES:
            raise Unreadable(f"{what}: it holds more than {VALUES:,} values")
        objects, lists = text.count("{"), text.count("[")
        value = (DECODER if objects <= OBJECTS else _counted(what)).decode(text)
        if objects + lists > DEEPEST and _deeper(value, DEEPEST):
            raise Unreadable(f"{what}: it holds objects and lists more than {DEEPEST} deep inside one another")
        text.encode()
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a character may be written as an escape, too
    except (ValueError, RecursionError) as error:  # also what is no UTF-8
        raise Unreadable(f"{what}: this is no JSON ({error})") from None
    return value


def load_object(content: bytes | str, what: str = "credential") -> dict[str, Any]:
    """The object of a JSON text. Unreadable says why not."""
    value = load(content, what)
    if not isinstance(value, dict):
        raise Unreadable(f"{what}: the JSON is no object")
    return value
