"""The quarantine: records that could not be mapped, until a mapping, a setting or the source is mended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, NamedTuple

from app.db import Tx
from app.db.bulk import numbers, texts

WEIGHT = 16 * 1024 * 1024
"""How many bytes of what is in quarantine are read at a time: anybody may push what will not do, again and again."""


class Failure(NamedTuple):
    """A record set apart: its key (or its hash), where it was, why, the hash of its bytes, and the bytes."""

    key: str
    position: str | None
    reason: str
    hash: int
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


async def set_apart(
    tx: Tx, source: int, stream: str, columns: Sequence[str] | None, at: datetime, failures: Sequence[Failure]
) -> list[str | None]:
    """Set failures apart, each once however often it comes; what they should have replaced says so from now on.

    The persons of whom that is.
    """
    values = {"tenant": tx.tenant, "source": source, "stream": stream, "at": at}
    cells = None if columns is None else list(columns)
    async with tx.conn.cursor() as cursor:
        await cursor.executemany(
            """INSERT INTO quarantine AS q (tenant_id, source_id, stream, raw_key, position, reason, hash, columns,
                                            body, times, first_at, last_at)
               VALUES (%(tenant)s, %(source)s, %(stream)s, %(key)s, %(position)s, %(reason)s, %(hash)s, %(cells)s,
                       %(body)b, 1, %(at)s, %(at)s)
               ON CONFLICT (tenant_id, source_id, stream, raw_key) DO UPDATE SET
                   reason = excluded.reason, position = excluded.position, columns = excluded.columns,
                   hash = excluded.hash, body = excluded.body, last_at = excluded.last_at, times = q.times + 1,
                   resolved_at = NULL""",
            [{**values, **failure._asdict(), "cells": cells} for failure in failures],
        )
    rows = await tx.rows(
        """UPDATE record SET unread_since = %(at)s WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND raw_key = ANY(%(keys)s::text[]) AND unread_since IS NULL
               AND state <> 'retracted' RETURNING person""",
        source=source,
        stream=stream,
        at=at,
        keys=texts([failure.key for failure in failures]),
    )
    return [person for (person,) in rows]


async def waiting(tx: Tx, source: int, stream: str, failures: Sequence[tuple[str, int]]) -> set[str]:
    """Of (raw key, hash) of failures: the keys that are in quarantine already, with the same bytes and mapping."""
    rows = await tx.rows(
        """SELECT q.raw_key FROM unnest(%(keys)s::text[], %(hashes)s::bigint[]) AS f (raw_key, hash)
           CROSS JOIN LATERAL (SELECT raw_key FROM quarantine WHERE tenant_id = %(tenant)s
               AND source_id = %(source)s AND stream = %(stream)s AND raw_key = f.raw_key AND hash = f.hash
               AND resolved_at IS NULL OFFSET 0) q""",
        source=source,
        stream=stream,
        keys=texts([key for key, _ in failures]),
        hashes=numbers(digest for _, digest in failures),
    )
    return {key for (key,) in rows}


async def waiting_since(tx: Tx, source: int, streams: Sequence[str], keys: Collection[str]) -> dict[str, datetime]:
    """Since when records of these raw keys wait in quarantine."""
    rows = await tx.rows(
        """SELECT raw_key, min(first_at) FROM quarantine WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = ANY(%(streams)s) AND raw_key = ANY(%(keys)s::text[]) AND resolved_at IS NULL GROUP BY 1""",
        source=source,
        streams=list(streams),
        keys=texts(keys),
    )
    return dict(rows)


async def any_waiting(tx: Tx, source: int, stream: str) -> bool:
    """Whether any record of a stream waits in quarantine: most often none does, and nothing is to be released."""
    waits: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM quarantine WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND resolved_at IS NULL)""",
        source=source,
        stream=stream,
    )
    return waits


async def unreadable(tx: Tx, source: int, stream: str, listing: int) -> bool:
    """Whether pieces without a key were set apart since a complete listing began (with the run of that id)."""
    unread: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM quarantine WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND raw_key LIKE 'sha256:%%' AND resolved_at IS NULL
               AND last_at >= (SELECT started_at FROM run WHERE tenant_id = %(tenant)s AND id = %(listing)s))""",
        source=source,
        stream=stream,
        listing=listing,
    )
    return unread


RELEASE: LiteralString = """
    UPDATE quarantine q SET resolved_at = %(at)s WHERE tenant_id = %(tenant)s AND source_id = %(source)s
        AND stream = %(stream)s AND raw_key = ANY(%(keys)s::text[]) AND resolved_at IS NULL
"""


async def release_stored(tx: Tx, source: int, stream: str, keys: Collection[str], *, raw_id: int, at: datetime) -> None:
    """Records leave the quarantine that map now and were stored from that chunk."""
    await tx.run(
        f"""{RELEASE} AND EXISTS (SELECT FROM record r WHERE r.tenant_id = q.tenant_id AND r.source_id = q.source_id
                AND r.stream = q.stream AND r.raw_key = q.raw_key AND r.n = 0 AND r.raw_id = %(raw)s)""",
        source=source,
        stream=stream,
        keys=texts(keys),
        at=at,
        raw=raw_id,
    )


async def release_unchanged(
    tx: Tx, source: int, stream: str, keys: Collection[str], *, at: datetime
) -> list[str | None]:
    """Records leave the quarantine that are again as they are stored: what waits is no longer what the source says.

    The persons they are of.
    """
    values = {"source": source, "stream": stream, "keys": texts(keys)}
    await tx.run(RELEASE, at=at, **values)
    rows = await tx.rows(
        """UPDATE record SET unread_since = NULL WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND raw_key = ANY(%(keys)s::text[]) AND unread_since IS NOT NULL
           RETURNING person""",
        **values,
    )
    return [person for (person,) in rows]


async def quarantined(
    tx: Tx,
    *,
    source: int | None = None,
    ids: Sequence[int] | None = None,
    after: int = 0,
    limit: int = 100,
    whole: bool = False,
) -> list[QuarantineRow]:
    """What is in quarantine, in the order it came, after an id; of one source, or of certain ids.

    `whole`: with their bodies, and no more rows (but one) than have WEIGHT bytes of them together; else without.
    """
    return await tx.all(
        QuarantineRow,
        """SELECT id, source_id, stream, raw_key, position, reason, columns, body, times, first_at, last_at, resolved_at
           FROM (SELECT id, source_id, stream, raw_key, position, reason, columns,
                        CASE WHEN %(whole)s THEN body ELSE '' END AS body, times, first_at, last_at, resolved_at,
                        sum(octet_length(body)) OVER (ORDER BY id) - octet_length(body) AS before
                 FROM quarantine WHERE tenant_id = %(tenant)s AND resolved_at IS NULL AND id > %(after)s
                     AND (%(source)s::int IS NULL OR source_id = %(source)s)
                     AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))
                 ORDER BY id LIMIT %(limit)s) q
           WHERE NOT %(whole)s OR before < %(weight)s ORDER BY id""",
        source=source,
        ids=None if ids is None else list(ids),
        after=after,
        limit=limit,
        whole=whole,
        weight=WEIGHT,
    )


async def sources_of(tx: Tx, ids: Sequence[int] | None) -> list[int]:
    """The sources that have anything in quarantine, or any of the records of these ids."""
    rows = await tx.rows(
        """SELECT DISTINCT source_id FROM quarantine WHERE tenant_id = %(tenant)s AND resolved_at IS NULL
             AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s)) ORDER BY source_id""",
        ids=None if ids is None else list(ids),
    )
    return [source for (source,) in rows]


async def dismiss(tx: Tx, ids: Sequence[int], by: str | None, reason: str | None) -> int:
    """Records leave the quarantine as they are; how many they were."""
    return await tx.run(
        """UPDATE quarantine SET resolved_at = now(), dismissed_by = %(by)s, dismissed_reason = %(reason)s
           WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND resolved_at IS NULL""",
        ids=list(ids),
        by=by,
        reason=reason,
    )
