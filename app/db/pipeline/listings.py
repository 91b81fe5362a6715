"""Full listings: which keys their pages had, what they lack, and what becomes of it."""

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import date, datetime
from typing import LiteralString, NamedTuple

from app.db import Tx
from app.db.bulk import texts
from app.db.pipeline.statements import KEPT, ONCE


class Missing(NamedTuple):
    """A raw record that a complete listing no longer has: of which kind, and the end it was told to have."""

    raw_key: str
    kind: str
    ends: date | None


LACKED: LiteralString = """
    FROM record r JOIN unnest(%(kinds)s::text[], %(states)s::text[]) AS m (kind, state) ON m.kind = r.kind
    WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
      AND r.raw_key = ANY(%(keys)s::text[]) AND r.state = 'current'
"""
MARK: LiteralString = f"""
    WITH kept AS ({KEPT} {LACKED} AND {ONCE} ON CONFLICT DO NOTHING),
    lacked AS (SELECT r.raw_key, r.n, m.state {LACKED})
    UPDATE record r SET state = m.state, state_at = %(at)s, since = %(at)s, hash = 0 FROM lacked m
    WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
      AND r.raw_key = m.raw_key AND r.n = m.n
"""


async def saw(tx: Tx, source: int, stream: str, listing: int, keys: Collection[str]) -> None:
    """Note the keys of a page that is part of a complete listing."""
    if keys:
        await tx.run(
            """INSERT INTO seen (tenant_id, source_id, stream, listing, keys)
               VALUES (%(tenant)s, %(source)s, %(stream)s, %(listing)s, %(keys)s::text[])""",
            source=source,
            stream=stream,
            listing=listing,
            keys=texts(keys),
        )


async def seen_rows(tx: Tx, source: int, stream: str, listing: int) -> AsyncIterator[tuple[str, int]]:
    """The keys that a complete listing has had so far, a few at a time, each with the hash of what is stored of it."""
    async with tx.conn.cursor("seen_rows") as cursor:
        await cursor.execute(
            """SELECT r.raw_key, r.hash FROM seen s CROSS JOIN LATERAL unnest(s.keys) AS listed (key)
               JOIN record r ON r.tenant_id = s.tenant_id AND r.source_id = s.source_id AND r.stream = s.stream
                   AND r.raw_key = listed.key AND r.n = 0
               WHERE s.tenant_id = %(tenant)s AND s.source_id = %(source)s AND s.stream = %(stream)s
                   AND s.listing = %(listing)s""",
            {"tenant": tx.tenant, "source": source, "stream": stream, "listing": listing},
        )
        async for key, hash_ in cursor:
            yield key, hash_


async def forget_seen(tx: Tx, source: int, stream: str) -> None:
    """The listing is done: its keys are needed no more."""
    await tx.run(
        "DELETE FROM seen WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = %(stream)s",
        source=source,
        stream=stream,
    )


async def missing(tx: Tx, source: int, stream: str, listing: int) -> list[Missing]:
    """The raw records we have as current that a complete listing did not have, in the order of their keys."""
    return await tx.all(
        Missing,
        """SELECT r.raw_key, r.kind, (r.body ->> 'ends')::date AS ends FROM (
               SELECT raw_key FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
                   AND stream = %(stream)s AND n = 0 AND state = 'current'
               EXCEPT SELECT unnest(keys) FROM seen WHERE tenant_id = %(tenant)s AND source_id = %(source)s
                   AND stream = %(stream)s AND listing = %(listing)s) gone
           JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
               AND r.raw_key = gone.raw_key AND r.n = 0
           ORDER BY 1""",
        source=source,
        stream=stream,
        listing=listing,
    )


async def current_streams(tx: Tx, source: int) -> list[str]:
    """The streams of which a source tells anything now."""
    rows = await tx.rows(
        """SELECT DISTINCT stream FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND state = 'current'
           ORDER BY stream""",
        source=source,
    )
    return [stream for (stream,) in rows]


async def current_keys(tx: Tx, source: int, stream: str, limit: int) -> list[str]:
    """Keys of raw records of which anything is current, the first in order."""
    rows = await tx.rows(
        """SELECT DISTINCT raw_key FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND state = 'current' ORDER BY raw_key LIMIT %(limit)s""",
        source=source,
        stream=stream,
        limit=limit,
    )
    return [key for (key,) in rows]


async def count_current(tx: Tx, source: int, stream: str) -> int:
    """How many raw records of a stream are current."""
    count: int = await tx.one(
        """SELECT count(*) FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND n = 0 AND state = 'current'""",
        source=source,
        stream=stream,
    )
    return count


async def any_stored(tx: Tx, source: int, stream: str) -> bool:
    """Whether anything of a stream is stored, in whatever state."""
    stored: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM record
               WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = %(stream)s)""",
        source=source,
        stream=stream,
    )
    return stored


async def mark(
    tx: Tx, source: int, stream: str, keys: Collection[str], states: Mapping[str, str], *, at: datetime
) -> None:
    """Give what a complete listing of that time lacked its state, by kind. Listed again it has another hash than 0."""
    await tx.run(
        MARK, source=source, stream=stream, keys=texts(keys), kinds=list(states), states=list(states.values()), at=at
    )
