"""Superseded raw: what newer versions replaced longer ago than it is kept for is deleted, a few chunks at a time.

What stands today is said again from what is left, and what was said before stays in its history. A chunk keeps the
places of what is deleted in it, empty. Each step is a transaction of its own with the source locked: one that is killed
leaves the rest to the next time.
"""

from datetime import datetime

from app.db import Database, Tx
from app.db.pipeline import raw as kept
from app.db.pipeline import superseded
from app.db.pipeline.raw import ChunkRow
from app.db.pipeline.statements import lock_source
from app.pipeline import raw
from app.pipeline.raw import Chunk
from app.sources.source import Source
from connectors import Page

TOGETHER = 100
"""How many chunks are looked at in one transaction."""


async def drop_superseded(db: Database, source: Source, before: datetime) -> int:
    """Delete a source's raw records that were replaced before a time; how many they were."""
    count = after = 0
    while True:
        async with db.transaction(source.tenant) as tx:
            await lock_source(tx, source.id)
            ids = await superseded.candidates(tx, source.id, before, after, TOGETHER)
            if not ids:
                return count
            after = ids[-1]
            chunks = [chunk async for chunk in kept.several(tx, ids)]
            gone = sum([await _empty(tx, source, chunk, before) for chunk in chunks])
            if gone:
                await superseded.raise_floor(tx, source.id, before)
        count += gone


async def _empty(tx: Tx, source: Source, chunk: ChunkRow, before: datetime) -> int:
    columns = tuple(chunk.columns) if chunk.columns is not None else None
    records = raw.unpack(Chunk(columns, chunk.ends, chunk.sha256, chunk.body))
    rounds, _ = raw.rounds(Page(records, columns), source.stream(chunk.stream), source.connector.version)
    places = {item.pos: item.key for items in rounds for item in items}
    replaced = await superseded.replaced(tx, source.id, chunk, set(places.values()), before)
    gone = [place for place, key in places.items() if key in replaced]
    if not gone:
        return 0
    for place in gone:
        records[place] = b""
    if any(records):
        left = raw.pack(records, columns)
        await superseded.rewrite(tx, chunk.id, left.ends, left.sha256, left.body)
    else:
        await superseded.drop(tx, chunk.id)
    return len(gone)
