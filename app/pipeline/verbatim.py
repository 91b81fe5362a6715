"""Raw records as they came, read back by their place."""

from collections.abc import Sequence

from app.db import Tx
from app.db.pipeline import raw as kept
from app.errors import ConfigError
from app.pipeline import raw
from app.pipeline.raw import Chunk


async def raw_records(tx: Tx, places: Sequence[tuple[int, int]]) -> list[bytes]:
    """The raw records at these places (chunk, position). ConfigError where a chunk is gone."""
    chunks: dict[int, list[bytes]] = {}
    async for row in kept.several(tx, (raw_id for raw_id, _ in places)):
        columns = tuple(row.columns) if row.columns is not None else None
        chunks[row.id] = raw.unpack(Chunk(columns, row.ends, row.sha256, row.body))
    for raw_id, _ in places:
        if raw_id not in chunks:
            raise ConfigError(f"raw chunk {raw_id} is gone: replay its source")
    return [chunks[raw_id][place] for raw_id, place in places]
