"""Raw, first and verbatim: keys and hashes of what a source handed over, and the chunks it is kept in. Pure."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Any

import msgspec
import zstandard
from msgspec import Struct
from xxhash import xxh3_64_intdigest

from connectors import Page, Reject, Stream

KEY_LENGTH = 500
KEY_BYTES = 1000
"""The longest key, in characters and in UTF-8: an index entry with two of them still fits PostgreSQL's 2,704 bytes."""

SHORT = KEY_BYTES // 4
"""So many characters are never too many bytes."""


Tidy = Callable[[str], str]
"""Makes equal what means the same in a part of a key."""

BIAS = 2**63
"""What makes an unsigned 64-bit hash a signed one."""


class Item(Struct, frozen=True, gc=False):
    """One raw record with what identifies it: `pos` in its page, `key` at the source, `hash` of bytes and mapping.

    The hash tells whether a record changed since the last time. It guards against accidents, not intent: whoever could
    make two versions with one hash could as well not send the second.
    """

    pos: int
    key: str
    hash: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Chunk:
    """Raw records as they are kept: their bytes end to end, compressed, where each ends, SHA-256 of what is kept."""

    columns: tuple[str, ...] | None
    ends: list[int]
    sha256: bytes
    body: bytes


def rounds(page: Page, stream: Stream, version: int) -> tuple[list[list[Item]], dict[int, Reject]]:
    """A page's records, hashed, in rounds of different keys; by position those without a key.

    A key that comes again is in a later round, so that the page means the same as its records in pages of their own.
    """
    key_of = _key_reader(stream, page.columns)
    edition = (stream.edition,) if stream.edition else ()
    seed = xxh3_64_intdigest(repr((version, page.columns, *edition)).encode())
    layers: list[list[Item]] = [[]]
    first = layers[0].append
    known: set[str] = set()
    again: Counter[str] = Counter()
    rejects: dict[int, Reject] = {}
    for pos, body in enumerate(page.records):
        try:
            key = key_of(body)
        except ValueError as why:
            rejects[pos] = Reject(bytes(body), str(why), f"{stream.name} record {pos + 1}")
            continue
        item = Item(pos, key, xxh3_64_intdigest(body, seed) - BIAS, body)
        if key not in known:
            known.add(key)
            first(item)
            continue
        again[key] += 1
        if again[key] == len(layers):
            layers.append([])
        layers[again[key]].append(item)
    return layers, rejects


def pack(records: Sequence[bytes], columns: tuple[str, ...] | None) -> Chunk:
    """Records as a chunk."""
    ends = list(accumulate(map(len, records)))
    body = zstandard.compress(b"".join(records), 3)
    return Chunk(columns, ends, hashlib.sha256(body).digest(), body)


def unpack(chunk: Chunk) -> list[bytes]:
    """The records of a chunk, byte for byte. ValueError where the bytes are not those that were kept."""
    if hashlib.sha256(chunk.body).digest() != chunk.sha256:
        raise ValueError("a raw chunk is not what was kept: its SHA-256 differs")
    joined = zstandard.decompress(chunk.body)
    return [joined[begin:end] for begin, end in pairwise([0, *chunk.ends])]


def digest(body: bytes, seed: int = 0) -> int:
    """The hash of a piece, as a signed 64-bit integer."""
    return xxh3_64_intdigest(body, seed) - BIAS


def too_long(key: str) -> bool:
    """Whether a key has more bytes than an index can take."""
    return len(key) > SHORT and len(key.encode()) > KEY_BYTES


def reject_key(body: bytes) -> str:
    """What stands for the key of a piece that has none."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def _key_reader(stream: Stream, columns: tuple[str, ...] | None) -> Callable[[bytes], str]:
    """A function from a record's bytes to its key. ValueError with the complaint where it has none."""
    missing = [name for name in stream.key if columns is not None and name not in columns]
    if missing and columns is not None:
        complaint = (
            f"the column '{missing[0]}', which identifies a row, is missing (columns: {', '.join(columns[:8])}…)"
        )

        def refuse(_body: bytes) -> str:
            raise ValueError(complaint)

        return refuse
    learner, also = (
        tuple(name for name in names if columns is None or name in columns) for names in (stream.learner, stream.also)
    )
    fields = (*stream.key, *learner, *also)
    decode = msgspec.json.Decoder(_object(fields) if columns is None else _row(fields, columns)).decode
    parts = attrgetter(*(f"f{i}" for i in range(len(fields))))
    tidy = stream.tidy if columns is None else stream.tidy_cell
    own = {} if columns is None else stream.tidy_cells
    tidies = [own.get(name, tidy) for name in fields]
    text = _text(len(stream.key), len(learner), len(also), tidies)
    names = " + ".join(stream.key)
    tests = stream.tests(columns) if stream.tests is not None and columns is not None else ""

    def read(body: bytes) -> str:
        try:
            key = text(parts(decode(body)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as why:
            raise ValueError(f"not a record: {why}") from None
        if not key:
            raise ValueError(f"field '{names}', which identifies the record, is missing or blank")
        if tests:
            key = f"{key}|{_part(tests)}"
        if "\x00" in key or (len(key) > SHORT and (len(key) > KEY_LENGTH or too_long(key))):
            raise ValueError(f"field '{names}' is no identifier: longer than {KEY_LENGTH} characters, or with a NUL")
        return key

    return read


def _text(needed: int, learner: int, also: int, tidies: Sequence[Tidy | None]) -> Callable[[Any], str]:
    """A function from the values of a key to its text: those needed, then so many of which the first filled one counts,
    then so many that may be blank.
    """
    if not learner and not also and not any(tidies):
        return _only if needed == 1 else _joined
    one_value = needed + learner + also == 1

    def text(values: Any) -> str:
        cells = (values,) if one_value else values
        parts = [
            "" if value is None else tidy(str(value)) if tidy else str(value)
            for value, tidy in zip(cells, tidies, strict=True)
        ]
        if "" in parts[:needed]:
            return ""
        if learner:
            whose = next((part for part in parts[needed : needed + learner] if part.strip("0")), "")
            parts = [*parts[:needed], whose, *parts[needed + learner :]]
        return parts[0] if one_value else "|".join(map(_part, parts))

    return text


def _only(value: Any) -> str:
    return "" if value is None else str(value)


def _joined(values: Sequence[Any]) -> str:
    """Several fields as one key; "" where one of them is missing."""
    return "" if None in values or "" in values else "|".join(map(_part, values))


def _part(value: Any) -> str:
    """One of several fields of a key, told from the others whatever it holds: `a|b` and `c` are not `a` and `b|c`."""
    return str(value).replace("\\", "\\\\").replace("|", "\\|")


def _object(names: tuple[str, ...]) -> type[Struct]:
    """The fields `f0`, `f1`, … of an object that are its key; a decoder passes over all others."""
    fields = [(f"f{i}", str | int | None, None) for i in range(len(names))]
    return msgspec.defstruct("Key", fields, rename={f"f{i}": name for i, name in enumerate(names)})


def _row(names: tuple[str, ...], columns: tuple[str, ...]) -> type[Struct]:
    """The same of a row; what comes after them is passed over, too."""
    numbered = {columns.index(name): f"f{i}" for i, name in enumerate(names)}
    fields = [
        (numbered[i], str | None, None) if i in numbered else (f"c{i}", msgspec.Raw, None)
        for i in range(max(numbered) + 1)
    ]
    return msgspec.defstruct("Key", fields, array_like=True)
