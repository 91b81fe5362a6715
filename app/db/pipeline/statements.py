"""The bulk path: which raw records changed, keep them, store what they say. Sets in SQL, rows by COPY."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from msgspec.structs import astuple

from app.db import Tx
from app.db.bulk import numbers, stage, texts

RECORD_TYPES = ("text", "int2", "text", "text", "text", "int8", "timestamptz", "int4", "text", "text")
"""The body is JSON as text, which is PostgreSQL's binary form of json too."""


INSERT = """
    INSERT INTO record AS r (tenant_id, source_id, stream, raw_key, n, kind, key, person, hash, version, raw_id, raw_pos,
                             received_at, state, withdrawn, body)
    SELECT %s, %s, %s, raw_key, n, kind, key, person, hash, version, %s, raw_pos, %s, state, state = 'retracted', body
    FROM staged_record
"""
ON_CONFLICT = """
    ON CONFLICT (tenant_id, source_id, stream, raw_key, n) DO UPDATE SET
        kind = excluded.kind, key = excluded.key, person = excluded.person, hash = excluded.hash,
        version = excluded.version, raw_id = excluded.raw_id, raw_pos = excluded.raw_pos,
        received_at = excluded.received_at, state = excluded.state, withdrawn = false, body = excluded.body,
        state_at = CASE WHEN r.state = excluded.state THEN r.state_at ELSE excluded.received_at END
    WHERE excluded.state <> 'retracted' AND (r.version IS NULL OR excluded.version IS NULL OR excluded.version >= r.version)
"""
WITHDRAW = """
    UPDATE record r SET state = 'retracted', withdrawn = true, hash = s.hash, version = coalesce(s.version, r.version), raw_id = %s,
        raw_pos = s.raw_pos, received_at = v.at, state_at = CASE WHEN r.state = 'retracted' THEN r.state_at ELSE v.at END
    FROM staged_record s, (SELECT %s::timestamptz AS at) v
    WHERE r.tenant_id = %s AND r.source_id = %s AND r.stream = %s AND r.raw_key = s.raw_key AND s.n = 0
      AND s.state = 'retracted'
      AND (r.version IS NULL OR s.version IS NULL OR s.version >= r.version)
"""

WITHDRAWN = """
    SELECT count(*) FROM staged_record s
    JOIN record r ON r.tenant_id = %s AND r.source_id = %s AND r.stream = %s AND r.raw_key = s.raw_key AND r.n = 0
    WHERE s.n = 0 AND s.state = 'retracted' AND r.state <> 'retracted'
      AND (r.version IS NULL OR s.version IS NULL OR s.version >= r.version)
"""


async def lock_source(tx: Tx, source: int) -> None:
    """One writer per source at a time, until the transaction ends: no deadlocks, no lost statements."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, %s)", tx.tenant, source)


async def hashes(tx: Tx, source: int, stream: str, keys: Collection[str]) -> dict[str, int]:
    """Of these raw keys, those that are known, each with its hash. One walk along the index finds them all."""
    rows = await tx.rows(
        """SELECT raw_key, hash FROM record
           WHERE tenant_id = %s AND source_id = %s AND stream = %s AND raw_key = ANY(%s::text[]) AND n = 0""",
        tx.tenant,
        source,
        stream,
        texts(keys),
    )
    return dict(rows)


async def keep(
    tx: Tx, source: int, stream: str, run: int | None, received_at: datetime, chunk: Any, kind: str = "records"
) -> int:
    """Keep a raw chunk; its id."""
    columns = None if chunk.columns is None else list(chunk.columns)
    raw_id: int = await tx.one(
        """INSERT INTO raw (tenant_id, source_id, stream, run_id, kind, received_at, columns, ends, sha256, body)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s::bigint[], %s, %b) RETURNING id""",
        tx.tenant,
        source,
        stream,
        run,
        kind,
        received_at,
        columns,
        numbers(chunk.ends),
        chunk.sha256,
        chunk.body,
    )
    return raw_id


async def store(
    tx: Tx, source: int, stream: str, raw_id: int, received_at: datetime, statements: Sequence[Any], *, all_new: bool
) -> int:
    """Store statements: one upsert, in which an older version of a record never overwrites a newer one.

    A source that withdraws a record need tell no more than its id: what it said before stays, marked as withdrawn.
    `all_new`: none of their raw records is known (and the source is locked), so that there is nothing to conflict with.
    How many raw records they withdraw that were not withdrawn before.
    """
    await stage(tx, "staged_record", RECORD_TYPES, map(astuple, statements))
    withdrawn = 0
    if not all_new and any(statement.state == "retracted" for statement in statements):
        withdrawn = await tx.one(WITHDRAWN, tx.tenant, source, stream)
        await tx.run(WITHDRAW, raw_id, received_at, tx.tenant, source, stream)
    await tx.run(INSERT if all_new else INSERT + ON_CONFLICT, tx.tenant, source, stream, raw_id, received_at)
    return withdrawn


async def void(tx: Tx, source: int, stream: str, at: datetime) -> list[str | None]:
    """Withdraw what records take back that say so by its key, whichever of the two came first; the persons it was of.

    Looks only at what was just staged. What takes back is never taken back itself.
    """
    rows = await tx.rows(
        """WITH taken AS (
               SELECT key AS raw_key FROM staged_record WHERE kind = 'gone' AND key <> raw_key
               UNION SELECT s.raw_key FROM staged_record s JOIN record g ON g.tenant_id = %(tenant)s
                   AND g.source_id = %(source)s AND g.kind = 'gone' AND g.key = s.raw_key AND g.person IS NULL
                   AND g.stream = %(stream)s AND g.raw_key <> g.key)
           UPDATE record r SET state = 'retracted', withdrawn = true, state_at = %(at)s FROM taken t
           WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
             AND r.raw_key = t.raw_key AND r.kind <> 'gone' AND r.state <> 'retracted'
           RETURNING r.person""",
        source=source,
        stream=stream,
        at=at,
    )
    return [person for (person,) in rows]


async def said_before(tx: Tx, source: int, stream: str, keys: list[str]) -> list[tuple[str, str, str | None]]:
    """(kind, key, person) of what these raw records said until now: a result that moves away touches its old person."""
    return await tx.rows(
        "SELECT kind, key, person FROM record WHERE tenant_id = %s AND source_id = %s AND stream = %s AND raw_key = ANY(%s)",
        tx.tenant,
        source,
        stream,
        keys,
    )


async def forget_surplus(tx: Tx, source: int, stream: str, raw_id: int, counts: dict[str, int]) -> None:
    """Delete statements that changed raw records no longer make: those beyond the new count."""
    await tx.run(
        """DELETE FROM record r USING unnest(%s::text[], %s::int[]) AS c (raw_key, count)
           WHERE r.tenant_id = %s AND r.source_id = %s AND r.stream = %s AND r.raw_key = c.raw_key AND r.n >= c.count
             AND (c.count = 0 OR EXISTS (SELECT 1 FROM record s WHERE s.tenant_id = r.tenant_id
                  AND s.source_id = r.source_id AND s.stream = r.stream AND s.raw_key = r.raw_key AND s.n = 0 AND s.raw_id = %s))""",
        list(counts),
        list(counts.values()),
        tx.tenant,
        source,
        stream,
        raw_id,
    )


async def quarantine(
    tx: Tx,
    source: int,
    stream: str,
    columns: tuple[str, ...] | None,
    at: datetime,
    failures: Sequence[tuple[str, str | None, str, int, bytes]],
) -> None:
    """Set failures (raw key, position, reason, hash, body) apart, each once however often it comes."""
    cells = None if columns is None else list(columns)
    async with tx.conn.cursor() as cursor:
        await cursor.executemany(
            """INSERT INTO quarantine AS q (tenant_id, source_id, stream, raw_key, position, reason, hash, columns,
                                            body, times, first_at, last_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %b, 1, %s, %s)
               ON CONFLICT (tenant_id, source_id, stream, raw_key) DO UPDATE SET
                   reason = excluded.reason, position = excluded.position, columns = excluded.columns,
                   hash = excluded.hash, body = excluded.body, last_at = excluded.last_at, times = q.times + 1, resolved_at = NULL""",
            [
                (tx.tenant, source, stream, key, where, why, digest, cells, body, at, at)
                for key, where, why, digest, body in failures
            ],
        )


async def waiting(tx: Tx, source: int, stream: str, failures: Sequence[tuple[str, int]]) -> set[str]:
    """Of (raw key, hash) of failures: the keys that are in quarantine already, with the same bytes and mapping."""
    rows = await tx.rows(
        """SELECT q.raw_key FROM unnest(%s::text[], %s::bigint[]) AS f (raw_key, hash)
           CROSS JOIN LATERAL (SELECT raw_key FROM quarantine WHERE tenant_id = %s AND source_id = %s AND stream = %s
               AND raw_key = f.raw_key AND hash = f.hash AND resolved_at IS NULL OFFSET 0) q""",
        [key for key, _ in failures],
        [digest for _, digest in failures],
        tx.tenant,
        source,
        stream,
    )
    return {key for (key,) in rows}


async def any_waiting(tx: Tx, source: int, stream: str) -> bool:
    """Whether any record of a stream waits in quarantine: most often none does, and nothing is to be released."""
    found: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM quarantine
           WHERE tenant_id = %s AND source_id = %s AND stream = %s AND resolved_at IS NULL)""",
        tx.tenant,
        source,
        stream,
    )
    return found


RELEASE = """
    UPDATE quarantine q SET resolved_at = %s WHERE tenant_id = %s AND source_id = %s AND stream = %s
        AND raw_key = ANY(%s::text[]) AND resolved_at IS NULL
"""
STORED = """
        AND EXISTS (SELECT FROM record r WHERE r.tenant_id = q.tenant_id AND r.source_id = q.source_id
                    AND r.stream = q.stream AND r.raw_key = q.raw_key AND r.n = 0 AND r.raw_id = %s)
"""


async def release(
    tx: Tx, source: int, stream: str, keys: Collection[str], at: datetime, *, raw_id: int | None = None
) -> None:
    """Records that leave the quarantine: those that map now and are stored (from the chunk `raw_id`).

    Without a chunk: those that are again as we hold them, so that what waits is no longer what the source says.
    """
    given = (at, tx.tenant, source, stream, texts(keys))
    if raw_id is None:
        await tx.run(RELEASE, *given)
    else:
        await tx.run(RELEASE + STORED, *given, raw_id)


async def touch(tx: Tx, source: int, persons: Collection[str], refs: Collection[int]) -> None:
    """Note which persons and other records changed, for resolve and record to take up."""
    if persons or refs:
        await tx.run(
            "INSERT INTO touched (tenant_id, source_id, persons, refs) VALUES (%s, %s, %s::text[], %s::bigint[])",
            tx.tenant,
            source,
            texts(persons),
            numbers(refs),
        )


async def saw(tx: Tx, source: int, stream: str, listing: int, keys: Collection[str]) -> None:
    """Note the keys of a page that is part of a complete listing."""
    if keys:
        await tx.run(
            "INSERT INTO seen (tenant_id, source_id, stream, listing, keys) VALUES (%s, %s, %s, %s, %s::text[])",
            tx.tenant,
            source,
            stream,
            listing,
            texts(keys),
        )


class Missing(NamedTuple):
    """A raw record that a complete listing no longer has: of which kind, and the end it was told to have."""

    raw_key: str
    kind: str
    ends: date | None


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


async def count_current(tx: Tx, source: int, stream: str) -> int:
    """How many raw records of a stream are current."""
    count: int = await tx.one(
        """SELECT count(*) FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND n = 0 AND state = 'current'""",
        source=source,
        stream=stream,
    )
    return count


async def any_held(tx: Tx, source: int, stream: str) -> bool:
    """Whether we hold anything of a stream, be it withdrawn."""
    found: bool = await tx.one(
        "SELECT EXISTS (SELECT FROM record WHERE tenant_id = %s AND source_id = %s AND stream = %s)",
        tx.tenant,
        source,
        stream,
    )
    return found


async def unreadable(tx: Tx, source: int, stream: str, listing: int) -> bool:
    """Whether pieces without a key were set apart since a complete listing began (with the run of that id)."""
    found: bool = await tx.one(
        """SELECT EXISTS (SELECT 1 FROM quarantine WHERE tenant_id = %s AND source_id = %s AND stream = %s
               AND raw_key LIKE 'sha256:%%' AND resolved_at IS NULL
               AND last_at >= (SELECT started_at FROM run WHERE tenant_id = %s AND id = %s))""",
        tx.tenant,
        source,
        stream,
        tx.tenant,
        listing,
    )
    return found


async def mark_absent(
    tx: Tx, source: int, stream: str, keys: Sequence[str], states: Mapping[str, str], at: datetime
) -> None:
    """Give what a complete listing no longer has its state, by kind. Listed again it has another hash than 0."""
    await tx.run(
        """UPDATE record r SET state = m.state, state_at = %(at)s, hash = 0
           FROM unnest(%(kinds)s::text[], %(states)s::text[]) AS m (kind, state)
           WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
             AND r.raw_key = ANY(%(keys)s::text[]) AND r.state = 'current' AND r.kind = m.kind""",
        source=source,
        stream=stream,
        keys=texts(keys),
        kinds=list(states),
        states=list(states.values()),
        at=at,
    )


async def forget_seen(tx: Tx, source: int, stream: str) -> None:
    """The listing is done: its keys are needed no more."""
    await tx.run("DELETE FROM seen WHERE tenant_id = %s AND source_id = %s AND stream = %s", tx.tenant, source, stream)
