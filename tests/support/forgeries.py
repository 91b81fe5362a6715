"""Forgeries, made and not listed: a document with one part changed, dropped, doubled, moved, or taken from another."""

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from app.credentials.errors import CredentialError
from app.credentials.jsonld import canonize

Path_ = tuple[Any, ...]
STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**60,
    "",
    "x",
    "https://evil.example/x",
    "did:key:z6MkhPZAPwAouW1J7mHqghKYtQJkCp3YoffGFBoFViPobxUk",
    "9999-12-31T23:59:60Z",
    "0001-01-01T00:00:00+14:00",
    "\ud800",
    "\0",
    [],
    {},
    [[]],
    {"id": "https://evil.example/x"},
    {"@value": "x"},
    {"en": "x"},
)


def parts(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Where every part of a document stands."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in inner:
        yield (*path, name)
        yield from parts(part, (*path, name))


def part(document: Any, path: Path_) -> Any:
    for step in path:
        document = document[step]
    return document


def forged(document: dict[str, Any], path: Path_, other: dict[str, Any], random_: random.Random) -> Iterator[Any]:
    """The document with one part changed, dropped, doubled, moved, or taken from another good one."""

    def changed() -> tuple[dict[str, Any], Any]:
        copy = deepcopy(document)
        return copy, part(copy, path[:-1])

    value, name = part(document, path), path[-1]
    for strange in random_.sample(STRANGE, 4):
        copy, holder = changed()
        holder[name] = strange
        yield copy
    copy, holder = changed()
    if isinstance(value, str):
        holder[name] = value[:-1] + ("y" if value[-1:] != "y" else "z")
        yield copy
        copy, holder = changed()
    del holder[name]
    yield copy
    copy, holder = changed()
    holder[name] = [value, value]
    yield copy
    copy, holder = changed()
    moved_to = random_.choice(
        ["name", "description", "narrative", "https://x.example/moved", "evidence", "achievement"]
    )
    if isinstance(holder, dict):
        holder[moved_to] = holder.pop(name)
        yield copy
    theirs = [part for part in parts(other) if part[-1] == name]
    if theirs:
        copy, holder = changed()
        holder[name] = deepcopy(part(other, random_.choice(theirs)))
        yield copy


def stated(document: Any) -> bytes | None:
    """What a credential with a proof inside states, however it is written; None for others."""
    if not isinstance(document, dict) or "proof" not in document:
        return None
    try:
        return canonize({name: value for name, value in document.items() if name != "proof"})
    except CredentialError:
        return None


def spelled(document: dict[str, Any], path: Path_) -> Iterator[Any]:
    """The document with one part said in other ways that JSON-LD, or a careless issuer, has for it."""
    value = part(document, path)
    ways: list[Any] = [[value], {"id": value}, {"@id": value}, {"@value": value}]
    if isinstance(value, str):
        name = value.replace("https://", "HTTPS://") if "://" in value else value.upper()  # paths heed capitals
        ways += [name, f" {value}", value.partition("T")[0]]
    for way in ways:
        copy = deepcopy(document)
        part(copy, path[:-1])[path[-1]] = way
        yield copy
