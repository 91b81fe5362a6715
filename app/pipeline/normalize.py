"""Normalize: one raw record into canonical statements, purely."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

import msgspec
from msgspec import Struct

from app.pipeline.raw import Item
from connectors import Stream
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import AnyRecord, Person

KIND: dict[type, str] = {shape: str(shape.__struct_config__.tag) for shape in get_args(AnyRecord)}
"""The kind of each canonical record, by its class."""

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
    withdrawn: bool
    body: str


@dataclass(slots=True)
class Normalized:
    """What a page's changed records say: statements, failures (with their reasons), and fields nobody took."""

    statements: list[Statement] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[tuple[Item, str]] = field(default_factory=list)
    leftovers: Counter[str] = field(default_factory=Counter)


def normalize(stream: Stream, items: Sequence[Item], columns: tuple[str, ...] | None) -> Normalized:
    """Map records. One that cannot be mapped is a failure with its reason, and the others go on.

    `raw_pos` of a statement is the position of its raw record among `items`.
    """
    decode, say = decoder(columns), stream.map
    result = Normalized()
    statements, counts = result.statements, result.counts
    for pos, item in enumerate(items):
        try:
            fields = Fields(decode(item.body))
            records = list(say(fields))
            if fields and (left := {name: value for name, value in fields.left() if name not in stream.ignore}):
                records = _keep(records, left)
                result.leftovers.update(left.keys())
            said = [_statement(item, n, pos, record) for n, record in enumerate(records)]
        except MappingError as why:
            result.failures.append((item, str(why)))
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as why:
            result.failures.append((item, f"not a record: {why}"))
        else:
            statements += said or [_silent(item, pos)]
            counts[item.key] = len(said) or 1
    return result


def decoder(columns: tuple[str, ...] | None) -> Decode:
    """A function from a raw record's bytes to its fields; blank cells, which say nothing, are none."""
    if columns is None:
        return _decode_object
    names = columns

    def decode(body: bytes) -> dict[str, Any]:
        return {name: cell for name, cell in zip(names, _decode_cells(body), strict=False) if cell}

    return decode


def _keep(records: list[AnyRecord], left: dict[str, Any]) -> list[AnyRecord]:
    """What the mapping did not know stays with the first record it made."""
    if not records:
        return records
    first = records[0]
    return [msgspec.structs.replace(first, extensions={**first.extensions, **left}), *records[1:]]


def _statement(item: Item, n: int, pos: int, record: AnyRecord) -> Statement:
    body = _encode(record).decode()
    if "\\u0000" in body:
        raise MappingError(f"record '{record.key}' holds a NUL character: take it out at the source")
    shape = type(record)
    person = record.key if shape is Person else getattr(record, "person", None)
    modified, gone = record.modified, record.withdrawn
    return Statement(item.key, n, KIND[shape], record.key, person, item.hash, modified, pos, gone, body)


def _silent(item: Item, pos: int) -> Statement:
    """What stands for a raw record that says nothing, so that it is known when it comes again."""
    return Statement(item.key, 0, "nothing", item.key, None, item.hash, None, pos, False, "null")
