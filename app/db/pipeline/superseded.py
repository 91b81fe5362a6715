"""Raw records that newer versions have replaced: which they are, and up to when some are gone."""

from collections.abc import Collection
from datetime import datetime

from app.db import Tx
from app.db.bulk import texts
from app.db.pipeline.raw import ChunkRow

IDENTIFYING = ["person", "demographics", "enrollment", "gone", "nothing"]
"""Kinds of statements that decide, also on replay, whose a key was at a time."""


async def candidates(tx: Tx, source: int, before: datetime, after: int, limit: int) -> list[int]:
    """Chunks of records, received before a time and after a chunk, in their order.

    Those in which a key has several rows are left out: which of them a later listing replaced is not known by the key.
    """
    rows = await tx.rows(
        """SELECT id FROM raw WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND kind = 'records'
               AND id > %(after)s AND received_at < %(before)s AND (nth IS NULL OR nth = '{}') ORDER BY id LIMIT %(limit)s""",
        source=source,
        before=before,
        after=after,
        limit=limit,
    )
    return [chunk for (chunk,) in rows]


async def replaced(tx: Tx, source: int, chunk: ChunkRow, keys: Collection[str], before: datetime) -> set[str]:
    """Which raw records of a chunk were replaced before a time, by what says something else and still stands.

    What was retracted is not replaced: how it ended is told from all of its versions. Nor is what tells who somebody is
    or where they were enrolled: whose a key was at a time is worked out from all of it.
    """
    rows = await tx.rows(
        """SELECT raw_key FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = %(stream)s
               AND raw_key = ANY(%(keys)s::text[]) GROUP BY raw_key
           HAVING bool_and(raw_id > %(chunk)s AND kind <> ALL(%(identifying)s) AND state <> 'retracted'
               AND unread_since IS NULL AND coalesce(since, received_at) > %(received)s
               AND coalesce(since, received_at) < %(before)s)""",
        source=source,
        stream=chunk.stream,
        chunk=chunk.id,
        received=chunk.received_at,
        before=before,
        keys=texts(keys),
        identifying=IDENTIFYING,
    )
    return {key for (key,) in rows}


async def rewrite(tx: Tx, raw_id: int, ends: list[int], sha256: bytes, body: bytes) -> None:
    """Keep this of a chunk, and nothing else."""
    await tx.run(
        "UPDATE raw SET ends = %(ends)s, sha256 = %(sha256)s, body = %(body)s WHERE tenant_id = %(tenant)s AND id = %(id)s",
        id=raw_id,
        ends=ends,
        sha256=sha256,
        body=body,
    )


async def drop(tx: Tx, raw_id: int) -> None:
    """Delete a chunk."""
    await tx.run("DELETE FROM raw WHERE tenant_id = %s AND id = %s", tx.tenant, raw_id)


async def raise_floor(tx: Tx, source: int, before: datetime) -> None:
    """Note up to when some of a source's raw may be gone."""
    await tx.run(
        """INSERT INTO raw_floor (tenant_id, source_id, at) VALUES (%(tenant)s, %(source)s, %(before)s)
           ON CONFLICT (tenant_id, source_id) DO UPDATE SET at = greatest(raw_floor.at, excluded.at)""",
        source=source,
        before=before,
    )


async def floor(tx: Tx, source: int) -> datetime | None:
    """Up to when raw of a source that newer versions replaced may be gone; None where all is there."""
    rows = await tx.rows(
        "SELECT at FROM raw_floor WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source
    )
    return rows[0][0] if rows else None
