"""Provenance: which statements a value of a learner's record comes from. Pure: it reads the record as it is served."""

from typing import Any


class NoSuchValue(KeyError):
    """A JSON Pointer that points at nothing in the record."""


def statements_of(record: dict[str, Any], pointer: str) -> list[str]:
    """The statements ("s1", …) behind the value at a JSON Pointer (RFC 6901), the preferred first.

    A value inside an entry comes from its entry's statements; a list or the whole record from those of all its entries.
    """
    value: Any = record
    nearest: list[str] | None = None
    for token in _tokens(pointer):
        value = _step(value, token, pointer)
        if isinstance(value, dict) and "from" in value:
            nearest = value["from"]
    if nearest is None:
        return list(dict.fromkeys(_inside(value)))
    return nearest


def _tokens(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise NoSuchValue(pointer)
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _step(value: Any, token: str, pointer: str) -> Any:
    if isinstance(value, dict) and token in value:
        return value[token]
    if isinstance(value, list) and token.isascii() and token.isdigit() and len(token) < 10 and int(token) < len(value):
        return value[int(token)]
    raise NoSuchValue(pointer)


def _inside(value: Any) -> list[str]:
    if isinstance(value, list):
        return [number for entry in value for number in _inside(entry)]
    if isinstance(value, dict):
        own = value.get("from", [])
        return [*own, *(n for name, held in value.items() if name != "from" for n in _inside(held))]
    return []
