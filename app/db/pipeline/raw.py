"""Raw chunks, read back."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from app.db import Tx
from app.db.pipeline.statements import lock_source

AT_ONCE = 50
"""How many chunks are fetched by their ids at once."""


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk of raw records as it is kept."""

    id: int
    stream: str
    run_id: int | None
    kind: str
    received_at: datetime
    columns: list[str] | None
    ends: list[int]
    sha256: bytes
    body: bytes
    nth: dict[str, int] | None = None


async def chunks(tx: Tx, source: int) -> AsyncIterator[ChunkRow]:
    """All chunks of a source but those of runs that were undone, in the order they were received, a few at a time."""
    async with tx.conn.cursor("chunks", row_factory=class_row(ChunkRow)) as cursor:
        cursor.itersize = 20
        await cursor.execute(
            """SELECT id, stream, run_id, kind, received_at, columns, ends, sha256, body, nth FROM raw
               WHERE tenant_id = %s AND source_id = %s AND NOT EXISTS (SELECT FROM run u WHERE u.tenant_id = raw.tenant_id
                   AND u.id = raw.run_id AND u.undone_at IS NOT NULL) ORDER BY id""",
            [tx.tenant, source],
        )
        async for row in cursor:
            yield row


async def streams_of(tx: Tx, source: int, run: int) -> list[str]:
    """The streams of which a run stored anything."""
    rows = await tx.rows(
        "SELECT DISTINCT stream FROM raw WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND run_id = %(run)s",
        source=source,
        run=run,
    )
    return [stream for (stream,) in rows]


async def chunk(tx: Tx, raw_id: int) -> ChunkRow | None:
    """The chunk of that id."""
    return await tx.first(ChunkRow, "FROM raw WHERE tenant_id = %(tenant)s AND id = %(raw)s", raw=raw_id)


async def several(tx: Tx, raw_ids: Iterable[int]) -> AsyncIterator[ChunkRow]:
    """The chunks of these ids that there are, in their order, some at a time: one may hold a whole listing's page."""
    ids = sorted(set(raw_ids))
    for begin in range(0, len(ids), AT_ONCE):
        rows = await tx.all(
            ChunkRow,
            "FROM raw WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) ORDER BY id",
            ids=ids[begin : begin + AT_ONCE],
        )
        for row in rows:
            yield row


async def forget_statements(tx: Tx, source: int) -> None:
    """Drop everything that can be said again from the raw of a source; whoever it spoke of is touched.

    What it said before stays where the raw is kept no longer (`app.pipeline.superseded`): nothing would say it again.
    The source is locked first, as by all who write into it: a push either comes before, or waits until the end.
    """
    await lock_source(tx, source)
    await tx.run(
        """INSERT INTO touched (tenant_id, source_id, persons, refs)
           SELECT %(tenant)s, %(source)s, array_agg(DISTINCT person), '{}' FROM record
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND person IS NOT NULL HAVING count(*) > 0""",
        source=source,
    )
    with_bytes = """(NOT EXISTS (SELECT FROM raw_floor f WHERE f.tenant_id = %(tenant)s AND f.source_id = %(source)s)
        OR EXISTS (SELECT FROM raw w WHERE w.tenant_id = r.tenant_id AND w.id = r.raw_id
            AND w.ends[r.raw_pos + 1] > coalesce(w.ends[r.raw_pos], 0)))"""
    own = "r.tenant_id = %(tenant)s AND r.source_id = %(source)s"
    await tx.run(f"DELETE FROM record r WHERE {own} AND {with_bytes}", source=source)
    await tx.run("DELETE FROM succession WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source)
    await tx.run(f"DELETE FROM record_history r WHERE {own} AND {with_bytes}", source=source)


async def places(tx: Tx, statements: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Where the raw records of statements (source slug, stream, raw key) are kept: chunk and position in it."""
    slugs, streams, keys = ([statement[i] for statement in statements] for i in range(3))
    rows = await tx.rows(
        """SELECT s.slug, r.stream, r.raw_key, r.raw_id, r.raw_pos
           FROM unnest(%(slugs)s::text[], %(streams)s::text[], %(keys)s::text[]) AS w (slug, stream, raw_key)
           JOIN source s ON s.tenant_id = %(tenant)s AND s.slug = w.slug
           JOIN record r ON r.tenant_id = s.tenant_id AND r.source_id = s.id AND r.stream = w.stream
               AND r.raw_key = w.raw_key AND r.n = 0""",
        slugs=slugs,
        streams=streams,
        keys=keys,
    )
    return {(slug, stream, raw_key): (raw_id, raw_pos) for slug, stream, raw_key, raw_id, raw_pos in rows}
