"""The statements behind a value, with the bytes their sources sent."""

from typing import Any

from app.api.models.learners import Statement
from app.api.problem import not_found
from app.db import Tx
from app.db import raw as kept
from app.pipeline import raw
from app.pipeline.provenance import NoSuchValue, statements_of
from app.pipeline.raw import Chunk

MOST = 50
"""How many statements one answer shows: each comes with its raw bytes."""


async def statements(tx: Tx, record: dict[str, Any], path: str) -> tuple[list[Statement], int]:
    """The statements behind the value at a path of a record, and how many more there are. ApiError 404: no value."""
    try:
        numbers = statements_of(record, path)
    except NoSuchValue:
        raise not_found(f"Parameter 'path': the record has no value at '{path}': see the record itself.") from None
    origins = {number: record["statements"][number] for number in numbers[:MOST]}
    places = await kept.places(tx, [_place(origin) for origin in origins.values()])
    chunks = {raw_id: await _records(tx, raw_id) for raw_id in sorted({raw_id for raw_id, _ in places.values()})}
    shown = []
    for number, origin in origins.items():
        raw_id, pos = places.get(_place(origin), (0, 0))
        columns, records = chunks.get(raw_id, (None, []))
        body = records[pos].decode(errors="backslashreplace") if pos < len(records) else None
        shown.append(_statement(number, origin, columns, body))
    return shown, max(0, len(numbers) - MOST)


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
        withdrawn="withdrawn" in origin,
        columns=columns,
        raw=body,
    )
