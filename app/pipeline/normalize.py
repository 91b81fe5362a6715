"""Normalize: one raw record into canonical statements, purely."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

import msgspec
from msgspec import Struct

from app.pipeline.raw import KEY_BYTES, Item, too_long
from connectors import Stream
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import AnyRecord, Demographics, Person
from schemas.codes import StatementState

KIND: dict[type, str] = {shape: str(shape.__struct_config__.tag) for shape in get_args(AnyRecord)}
"""The kind of each canonical record, by its class."""

DEPTH = 64
"""How deep what a mapping did not know may be nested: whoever reads the record on has to get to its bottom too."""

STATEMENTS = 32_767
"""The most statements one raw record may say: they are numbered by a smallint."""

IDENTIFIER_BYTES = 1500
"""The most bytes an identifier's value and issuer may have together, without case: with its person it is indexed."""

SHORT_ASCII, SHORT = KEY_BYTES, IDENTIFIER_BYTES // 3
"""A body of no more bytes has no id that is too long: without case a letter is three times as many at the most."""

FAULTS = 5
"""Without so many fields at most a record is read for who it is about, where it cannot be read whole."""

_CONTAINERS = (dict, list)
_FIELD = re.compile(r"field '([^'.\[]+)")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode
_decode_cells = msgspec.json.Decoder(list[str | None]).decode
decode_record = msgspec.json.Decoder(AnyRecord).decode
"""A stored statement's body as the record it is."""

Decode = Callable[[bytes], dict[str, Any]]


class Statement(Struct, frozen=True, gc=False):
    """One canonical record as it is stored, in the order of the staging table's columns; its body is JSON."""

    raw_key: str
    n: int
    kind: str
    key: str
    person: str | None
    hash: int
    version: datetime | None
    raw_pos: int
    state: StatementState
    body: str


@dataclass(slots=True)
class Normalized:
    """What a page's changed records say: statements, failures (with their reasons), and fields nobody took.

    `unknown` are the fields nobody took by the position of their record in the page. `odd` are values that could not be
    read and cost themselves alone, by field, value and reason. `cells` says what
    became of the fields of a file's rows: `mapped`, `ignored`, `reported`.
    """

    statements: list[Statement] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[Item, str]] = field(default_factory=list)
    leftovers: Counter[str] = field(default_factory=Counter)
    odd: dict[tuple[str, str, str], list[Item]] = field(default_factory=dict)
    unknown: dict[int, list[str]] = field(default_factory=dict)
    cells: Counter[str] = field(default_factory=Counter)


def normalize(stream: Stream, items: Sequence[Item], columns: tuple[str, ...] | None) -> Normalized:
    """Map records. One that cannot be mapped is a failure with its reason, and the others go on.

    `raw_pos` of a statement is the position of its raw record among `items`.
    """
    decode, say, ignore = decoder(columns), stream.map, stream.ignore
    result = Normalized()
    statements, counts = result.statements, result.counts
    all_cells = ignored = reported = 0
    for pos, item in enumerate(items):
        filled = 0
        try:
            data = decode(item.body)
            filled, fields = len(data), Fields(data, row=columns is not None)
            records = list(say(fields))
            left = _left(fields, ignore) if fields.any_but(ignore) else None
            mapped = filled - len(data) - fields.passed_over
            if left or len(records) > STATEMENTS:
                records = _keep(records, left or {})
            own = [_statement(item, n, pos, record) for n, record in enumerate(records)]
        except MappingError as why:
            result.failures.append((item, str(why)))
            all_cells += filled
            reported += filled
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as why:
            result.failures.append((item, f"not a record: {why}"))
        else:
            if left:
                result.leftovers.update(left.keys())
                result.unknown[item.pos] = sorted(left)
            unmapped = len(left or ())
            if fields.odd:
                unmapped += len({name for name, _, _ in fields.odd})
                for odd in fields.odd:
                    result.odd.setdefault(odd, []).append(item)
            if columns is not None:
                reported += unmapped
                ignored += filled - mapped - len(left or ())
                all_cells += filled
            statements += own or [_silent(item, pos)]
            counts[item.key] = len(own) or 1
    if columns is not None:
        result.cells.update(mapped=all_cells - ignored - reported, ignored=ignored, reported=reported)
    return result


def identity_of(stream: Stream, body: bytes, columns: tuple[str, ...] | None) -> list[Person | Demographics]:
    """Who a record that cannot be mapped says somebody is: what it says without the fields that are wrong."""
    wrong: set[str] = set()
    while len(wrong) <= FAULTS:
        try:
            data = {name: value for name, value in decoder(columns)(body).items() if name not in wrong}
            records = stream.map(Fields(data, row=columns is not None))
            return [record for record in records if isinstance(record, Person | Demographics)]
        except MappingError as why:
            field_ = _FIELD.match(str(why))
            if field_ is None or field_[1] in wrong:
                return []
            wrong.add(field_[1])
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return []
    return []


def decoder(columns: tuple[str, ...] | None) -> Decode:
    """A function from a raw record's bytes to its fields; blank cells, which say nothing, are none."""
    if columns is None:
        return _decode_object
    names = columns

    def decode(body: bytes) -> dict[str, Any]:
        return {name: cell for name, cell in zip(names, _decode_cells(body), strict=False) if cell}

    return decode


def _left(fields: Fields, ignore: AbstractSet[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.left() if name not in ignore}


def _keep(records: list[AnyRecord], left: dict[str, Any]) -> list[AnyRecord]:
    """What the mapping did not know stays with the first record it made."""
    if len(records) > STATEMENTS:
        raise MappingError(f"it says {len(records):,} things, and may say {STATEMENTS:,}: send it in parts")
    if not records or not left:
        return records
    first = records[0]
    return [msgspec.structs.replace(first, extensions={**first.extensions, **left}), *records[1:]]


def _statement(item: Item, n: int, pos: int, record: AnyRecord) -> Statement:
    body = _encode(record)
    if b"\\u0000" in body and _NUL.search(body):
        raise MappingError(f"record '{record.key}' holds a NUL character: take it out at the source")
    shape = type(record)
    person = record.key if shape is Person else getattr(record, "person", None)
    if len(body) > SHORT and (len(body) > SHORT_ASCII or not body.isascii()):
        _check_ids(record, person)
    if record.extensions and _deep(record.extensions):
        raise MappingError(f"a field is nested more than {DEPTH} deep: flatten it at the source")
    state: StatementState = "retracted" if record.withdrawn else "ended" if is_over(record) else "current"
    modified = record.modified
    return Statement(item.key, n, KIND[shape], record.key, person, item.hash, modified, pos, state, body.decode())


def is_over(record: AnyRecord) -> bool:
    """Whether its source says that it is over, or (a no-show) that it never began."""
    return record.ended or (record.ends is not None and record.begins is not None and record.ends < record.begins)


def _check_ids(record: AnyRecord, person: str | None) -> None:
    """Refuse what no index can hold."""
    for key in (record.key, person):
        if key is not None and too_long(key):
            raise MappingError(f"the id '{key[:40]}…' has more than {KEY_BYTES:,} bytes: shorten it at the source")
    for identifier in record.identifiers if isinstance(record, Person) else ():
        text = identifier.value + (identifier.issuer or "")
        if len(text) > IDENTIFIER_BYTES // 6 and len(text.casefold().encode()) > IDENTIFIER_BYTES:
            raise MappingError(f"an identifier of type '{identifier.type}' has more than {IDENTIFIER_BYTES:,} bytes")


def _deep(extensions: dict[str, Any]) -> bool:
    level = _containers(extensions)
    for _ in range(DEPTH - 1):
        if not level:
            return False
        level = [inner for value in level for inner in _containers(value)]
    return bool(level)


def _containers(container: dict[str, Any] | list[Any]) -> list[Any]:
    values = container.values() if isinstance(container, dict) else container
    return [value for value in values if isinstance(value, _CONTAINERS)]


def _silent(item: Item, pos: int) -> Statement:
    """What stands for a raw record that says nothing, so that it is known when it comes again."""
    return Statement(item.key, 0, "nothing", item.key, None, item.hash, None, pos, "current", "null")
