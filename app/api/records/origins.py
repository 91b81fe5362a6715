"""The statements behind a value, with the bytes their sources sent."""

from collections.abc import Set as AbstractSet
from typing import Any

from app.api.kit.problem import not_found
from app.api.records.wire_learners import Provenance, Statement
from app.db import Tx
from app.db.frameworks import frameworks
from app.db.pipeline import raw as kept
from app.mastery.views.perspectives import Scope
from app.pipeline import raw
from app.pipeline.raw import Chunk
from app.records.provenance import NoSuchValue, statements_of
from app.records.sensitive import KINDS, Raw, hidden_of

Json = dict[str, Any]

MOST = 50
"""How many statements one answer shows: each comes with its raw bytes."""


async def provenance(tx: Tx, whole: Json, seen: Json, path: str, scope: Scope) -> Provenance:
    """The statements behind the value at a path of what is `seen` of a record. ApiError 404: no value.

    A raw record that also tells of something sensitive is withheld, whichever value it is asked for by.
    """
    try:
        every, numbers = statements_of(whole, path), statements_of(seen, path)
    except NoSuchValue:
        raise not_found(f"Parameter 'path': the record has no value at '{path}': see the record itself.") from None
    if scope == "general" and await frameworks.has_sensitive(tx):
        hidden = hidden_of(whole, seen)
        numbers = [number for number in numbers if _general(whole["statements"][number], hidden)]
    shown = await _statements(tx, {number: whole["statements"][number] for number in numbers[:MOST]})
    return Provenance(path=path, statements=shown, more=max(0, len(numbers) - MOST), withheld=len(every) - len(numbers))


def _general(origin: Json, hidden: AbstractSet[Raw]) -> bool:
    """Whether a statement's bytes tell of nothing sensitive. Of what was withdrawn nobody has looked at that."""
    if "withdrawn" in origin and origin["kind"] in KINDS:
        return False
    return (origin["source"], origin["stream"], origin["rawKey"]) not in hidden


async def _statements(tx: Tx, origins: dict[str, Json]) -> list[Statement]:
    places = await kept.places(tx, [_place(origin) for origin in origins.values()])
    chunks = {raw_id: await _records(tx, raw_id) for raw_id in sorted({raw_id for raw_id, _ in places.values()})}
    shown = []
    for number, origin in origins.items():
        raw_id, pos = places.get(_place(origin), (0, 0))
        columns, records = chunks.get(raw_id, (None, []))
        body = records[pos].decode(errors="backslashreplace") if pos < len(records) else None
        shown.append(_statement(number, origin, columns, body))
    return shown


def _place(origin: dict[str, Any]) -> tuple[str, str, str]:
    return (origin["source"], origin["stream"], origin["rawKey"])


async def _records(tx: Tx, raw_id: int) -> tuple[list[str] | None, list[bytes]]:
    chunk = await kept.chunk(tx, raw_id)
    if chunk is None:
        return None, []
    columns = None if chunk.columns is None else tuple(chunk.columns)
    return chunk.columns, raw.unpack(Chunk(columns, chunk.ends, chunk.sha256, chunk.body))


def _statement(number: str, origin: dict[str, Any], columns: list[str] | None, body: str | None) -> Statement:
    return Statement(
        id=number,
        source=origin["source"],
        source_name=origin["sourceName"],
        stream=origin["stream"],
        source_id=origin["sourceId"],
        kind=origin["kind"],
        received_at=origin["receivedAt"],
        state=origin.get("state", "current"),
        state_at=origin.get("stateAt"),
        unread_since=origin.get("unreadSince"),
        withdrawn="withdrawn" in origin,
        columns=columns,
        raw=body,
    )
