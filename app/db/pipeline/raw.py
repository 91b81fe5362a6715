"""Raw chunks, read back; and the quarantine."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from app.db import Tx
from app.db.pipeline.statements import lock_source


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A chunk of raw records as it is kept."""

    id: int
    stream: str
    kind: str
    received_at: datetime
    columns: list[str] | None
    ends: list[int]
    sha256: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    """A raw record set apart, with the reason."""

    id: int
    source_id: int
    stream: str
    raw_key: str
    position: str | None
    reason: str
    columns: list[str] | None
    body: bytes
    times: int
    first_at: datetime
    last_at: datetime
    resolved_at: datetime | None


WEIGHT = 16 * 1024 * 1024
"""How many bytes of what is in quarantine are read at a time: anybody may push what will not do, again and again."""

CHUNK = "id, stream, kind, received_at, columns, ends, sha256, body"
QUARANTINE = "id, source_id, stream, raw_key, position, reason, columns, body, times, first_at, last_at, resolved_at"


async def chunks(tx: Tx, source: int) -> AsyncIterator[ChunkRow]:
    """All chunks of a source, in the order they were received, a few at a time."""
    async with tx.conn.cursor("chunks", row_factory=class_row(ChunkRow)) as cursor:
        cursor.itersize = 20
        await cursor.execute(
            f"SELECT {CHUNK} FROM raw WHERE tenant_id = %s AND source_id = %s ORDER BY id", [tx.tenant, source]
        )
        async for row in cursor:
            yield row


async def chunk(tx: Tx, raw_id: int) -> ChunkRow | None:
    """The chunk of that id."""
    async with tx.conn.cursor(row_factory=class_row(ChunkRow)) as cursor:
        await cursor.execute(f"SELECT {CHUNK} FROM raw WHERE tenant_id = %s AND id = %s", [tx.tenant, raw_id])
        return await cursor.fetchone()


async def forget_statements(tx: Tx, source: int) -> None:
    """Drop everything that can be said again from the raw of a source; whoever it spoke of is touched.

    The source is locked first, as by all who write into it: a push either comes before, or waits until the end.
    """
    await lock_source(tx, source)
    await tx.run(
        """INSERT INTO touched (tenant_id, source_id, persons, refs)
           SELECT %s, %s, array_agg(DISTINCT person), '{}' FROM record
           WHERE tenant_id = %s AND source_id = %s AND person IS NOT NULL HAVING count(*) > 0""",
        tx.tenant,
        source,
        tx.tenant,
        source,
    )
    await tx.run("DELETE FROM record WHERE tenant_id = %s AND source_id = %s", tx.tenant, source)


async def quarantined(
    tx: Tx,
    *,
    source: int | None = None,
    after: int = 0,
    limit: int = 100,
    ids: Sequence[int] | None = None,
    whole: bool = False,
) -> list[QuarantineRow]:
    """What is in quarantine, in the order it came, after an id; of one source, or of certain ids.

    `whole`: with their bodies, and no more rows (but one) than have WEIGHT bytes of them together; else without.
    """
    async with tx.conn.cursor(row_factory=class_row(QuarantineRow)) as cursor:
        await cursor.execute(
            f"""SELECT {QUARANTINE} FROM (
                    SELECT {QUARANTINE.replace("body", "CASE WHEN %s THEN body ELSE '' END AS body")},
                           sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS before
                    FROM quarantine WHERE tenant_id = %s AND resolved_at IS NULL AND id > %s
                        AND (%s::int IS NULL OR source_id = %s) AND (%s::bigint[] IS NULL OR id = ANY(%s))
                    ORDER BY id LIMIT %s) q
                WHERE NOT %s OR before < %s ORDER BY id""",
            [whole, tx.tenant, after, source, source, ids, ids, limit, whole, WEIGHT],
        )
        return await cursor.fetchall()


async def places(tx: Tx, statements: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Where the raw records of statements (source slug, stream, raw key) are kept: chunk and position in it."""
    rows = await tx.rows(
        """SELECT s.slug, r.stream, r.raw_key, r.raw_id, r.raw_pos
           FROM unnest(%s::text[], %s::text[], %s::text[]) AS w (slug, stream, raw_key)
           JOIN source s ON s.tenant_id = %s AND s.slug = w.slug
           JOIN record r ON r.tenant_id = s.tenant_id AND r.source_id = s.id AND r.stream = w.stream
               AND r.raw_key = w.raw_key AND r.n = 0""",
        *([statement[i] for statement in statements] for i in range(3)),
        tx.tenant,
    )
    return {(slug, stream, raw_key): (raw_id, raw_pos) for slug, stream, raw_key, raw_id, raw_pos in rows}
