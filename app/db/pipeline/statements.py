"""The bulk path: which raw records changed, keep them, store what they say. Sets in SQL, rows by COPY.

What a stored statement said until it changed goes to `record_history`, in the same statement that changes it: a fresh
load and an idle sync write nothing there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from msgspec.structs import astuple
from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.bulk import numbers, stage, texts
from schemas.codes import StatementState

RECORD_TYPES = ("text", "int2", "text", "text", "text", "int8", "timestamptz", "int4", "text", "text")
"""The body is JSON as text, which is PostgreSQL's binary form of json too."""

KEPT: LiteralString = """
    INSERT INTO record_history (tenant_id, source_id, stream, raw_key, n, kind, key, person, raw_id, raw_pos,
                                received_at, state, state_at, since, until, body)
    SELECT r.tenant_id, r.source_id, r.stream, r.raw_key, r.n, r.kind, r.key, r.person, r.raw_id, r.raw_pos,
           r.received_at, r.state, r.state_at, coalesce(r.since, r.received_at), %(at)s, r.body
"""
"""Keep what statements `r` said until a time."""

ONCE: LiteralString = "coalesce(r.since, r.received_at) < %(at)s AND r.kind <> 'nothing'"
"""Of those only what was said for any time at all."""

INSERT: LiteralString = """
    INSERT INTO record AS r (tenant_id, source_id, stream, raw_key, n, kind, key, person, hash, version, raw_id, raw_pos,
                             received_at, state, withdrawn, body)
    SELECT %(tenant)s, %(source)s, %(stream)s, raw_key, n, kind, key, person, hash, version, %(raw)s, raw_pos, %(at)s,
           state, state = 'retracted', body
    FROM staged_record
"""
NEWER: LiteralString = "(r.version IS NULL OR s.version IS NULL OR s.version >= r.version)"
"""Whether what is staged is no older version than what is stored."""

UPSERT: LiteralString = f"""
    WITH kept AS ({KEPT}
        FROM staged_record s JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = %(source)s
            AND r.stream = %(stream)s AND r.raw_key = s.raw_key AND r.n = s.n
        WHERE s.state <> 'retracted' AND {NEWER} AND (r.state <> s.state OR r.body::text <> s.body::text) AND {ONCE}
        ON CONFLICT DO NOTHING)
    {INSERT}
    ON CONFLICT (tenant_id, source_id, stream, raw_key, n) DO UPDATE SET
        kind = excluded.kind, key = excluded.key, person = excluded.person, hash = excluded.hash,
        version = excluded.version, raw_id = excluded.raw_id, raw_pos = excluded.raw_pos,
        received_at = excluded.received_at, state = excluded.state, withdrawn = false, body = excluded.body,
        state_at = CASE WHEN r.state = excluded.state THEN r.state_at ELSE excluded.received_at END, unread_since = NULL,
        since = CASE WHEN r.state = excluded.state AND r.body::text = excluded.body::text
                     THEN coalesce(r.since, r.received_at) END
    WHERE excluded.state <> 'retracted' AND (r.version IS NULL OR excluded.version IS NULL OR excluded.version >= r.version)
"""
RETRACTED: LiteralString = f"""
    FROM staged_record s JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = %(source)s
        AND r.stream = %(stream)s AND r.raw_key = s.raw_key
    WHERE s.n = 0 AND s.state = 'retracted' AND {NEWER}
"""
RETRACT: LiteralString = f"""
    WITH kept AS ({KEPT} {RETRACTED} AND r.state <> 'retracted' AND {ONCE} ON CONFLICT DO NOTHING)
    UPDATE record r SET state = 'retracted', withdrawn = true, hash = s.hash, version = coalesce(s.version, r.version),
        raw_id = %(raw)s, raw_pos = s.raw_pos, received_at = %(at)s, unread_since = NULL,
        state_at = CASE WHEN r.state = 'retracted' THEN r.state_at ELSE %(at)s END,
        since = CASE WHEN r.state = 'retracted' THEN coalesce(r.since, r.received_at) END
    FROM staged_record s
    WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s AND r.raw_key = s.raw_key
      AND s.n = 0 AND s.state = 'retracted' AND {NEWER}
"""
VOID: LiteralString = f"""
    WITH taken AS (
        SELECT key AS raw_key FROM staged_record WHERE kind = 'gone' AND key <> raw_key
        UNION SELECT s.raw_key FROM staged_record s JOIN record g ON g.tenant_id = %(tenant)s
            AND g.source_id = %(source)s AND g.kind = 'gone' AND g.key = s.raw_key AND g.person IS NULL
            AND g.stream = %(stream)s AND g.raw_key <> g.key),
    kept AS ({KEPT} FROM taken t JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = %(source)s
            AND r.stream = %(stream)s AND r.raw_key = t.raw_key
        WHERE r.kind <> 'gone' AND r.state <> 'retracted' AND {ONCE} ON CONFLICT DO NOTHING)
    UPDATE record r SET state = 'retracted', withdrawn = true, state_at = %(at)s, since = %(at)s FROM taken t
    WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
      AND r.raw_key = t.raw_key AND r.kind <> 'gone' AND r.state <> 'retracted'
    RETURNING r.person
"""
FORGET: LiteralString = f"""
    WITH r AS (
        DELETE FROM record r USING unnest(%(keys)s::text[], %(counts)s::int[]) AS c (raw_key, count)
        WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
          AND r.raw_key = c.raw_key AND r.n >= c.count AND r.hash <> 0
          AND (c.count = 0 OR EXISTS (SELECT 1 FROM record s WHERE s.tenant_id = r.tenant_id
               AND s.source_id = r.source_id AND s.stream = r.stream AND s.raw_key = r.raw_key AND s.n = 0
               AND s.raw_id = %(raw)s))
        RETURNING r.*)
    {KEPT} FROM r WHERE {ONCE} ON CONFLICT DO NOTHING
"""
MOVED: LiteralString = """
    FROM unnest(%(keys)s::text[], %(ns)s::int[], %(places)s::int[], %(states)s::text[]) AS m (raw_key, n, place, state)
    JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
        AND r.raw_key = m.raw_key AND r.n = m.n
"""
MOVE: LiteralString = f"""
    WITH kept AS ({KEPT} {MOVED} WHERE (r.state = 'current' OR m.place IS NULL) AND {ONCE} ON CONFLICT DO NOTHING),
    gone AS (DELETE FROM record r USING unnest(%(keys)s::text[], %(ns)s::int[], %(places)s::int[]) AS m (raw_key, n, place)
        WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
          AND r.raw_key = m.raw_key AND r.n = m.n AND m.place IS NULL)
    UPDATE record r SET n = m.place, hash = 0, state = CASE WHEN r.state = 'current' THEN m.state ELSE r.state END,
        state_at = CASE WHEN r.state = 'current' THEN %(at)s ELSE r.state_at END,
        since = CASE WHEN r.state = 'current' THEN %(at)s ELSE coalesce(r.since, r.received_at) END
    FROM unnest(%(keys)s::text[], %(ns)s::int[], %(places)s::int[], %(states)s::text[]) AS m (raw_key, n, place, state)
    WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
      AND r.raw_key = m.raw_key AND r.n = m.n AND m.place IS NOT NULL
"""


NONE: Mapping[int, int] = {}


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A statement as it is stored, without what it says."""

    raw_key: str
    n: int
    kind: str
    key: str
    person: str | None
    hash: int
    version: datetime | None
    raw_id: int
    raw_pos: int
    state: StatementState


async def lock_source(tx: Tx, source: int) -> None:
    """One writer per source at a time, until the transaction ends: no deadlocks, no lost statements."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, %s)", tx.tenant, source)


async def hashes(tx: Tx, source: int, stream: str, keys: Collection[str]) -> dict[str, int]:
    """Of these raw keys, those that are known, each with its hash. One walk along the index finds them all."""
    rows = await tx.rows(
        """SELECT raw_key, hash FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND raw_key = ANY(%(keys)s::text[]) AND n = 0""",
        source=source,
        stream=stream,
        keys=texts(keys),
    )
    return dict(rows)


async def any_current(tx: Tx, source: int, stream: str, pattern: str) -> bool:
    """Whether a stream has a current raw record whose key is like a pattern of SQL."""
    known: bool = await tx.one(
        """SELECT EXISTS (SELECT FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND raw_key LIKE %(pattern)s AND n = 0 AND state = 'current')""",
        source=source,
        stream=stream,
        pattern=pattern,
    )
    return known


async def keep(
    tx: Tx,
    source: int,
    stream: str,
    run: int | None,
    received_at: datetime,
    chunk: Any,
    *,
    kind: str = "records",
    nth: Mapping[int, int] = NONE,
) -> int:
    """Keep a raw chunk; its id. `nth` says which records are the second, third … row of their key, by position."""
    raw_id: int = await tx.one(
        """INSERT INTO raw (tenant_id, source_id, stream, run_id, kind, received_at, columns, ends, sha256, body, nth)
           VALUES (%(tenant)s, %(source)s, %(stream)s, %(run)s, %(kind)s, %(received_at)s, %(columns)s,
                   %(ends)s::bigint[], %(sha256)s, %(body)b, %(nth)s) RETURNING id""",
        source=source,
        stream=stream,
        run=run,
        kind=kind,
        received_at=received_at,
        columns=None if chunk.columns is None else list(chunk.columns),
        ends=numbers(chunk.ends),
        sha256=chunk.sha256,
        body=chunk.body,
        nth=Jsonb({str(pos): n for pos, n in nth.items()}) if nth else None,
    )
    return raw_id


async def store(
    tx: Tx, source: int, stream: str, raw_id: int, at: datetime, statements: Sequence[Any], *, all_new: bool
) -> int:
    """Store statements: one upsert, in which an older version of a record never overwrites a newer one.

    A source that takes a record back need tell no more than its id: what it said before stays, marked as retracted.
    `all_new`: none of their raw records is known (and the source is locked), so that there is nothing to conflict with.
    How many raw records they retract that were not retracted before.
    """
    await stage(tx, "staged_record", RECORD_TYPES, map(astuple, statements))
    values = {"source": source, "stream": stream, "raw": raw_id, "at": at}
    retracted = 0
    if not all_new and any(statement.state == "retracted" for statement in statements):
        retracted = await tx.one(f"SELECT count(*) {RETRACTED} AND r.n = 0 AND r.state <> 'retracted'", **values)
        await tx.run(RETRACT, **values)
    await tx.run(INSERT if all_new else UPSERT, **values)
    return retracted


async def void(tx: Tx, source: int, stream: str, at: datetime) -> list[str | None]:
    """Retract what records take back that say so by its key, whichever of the two came first; the persons it was of.

    Looks only at what was just staged. What takes back is never taken back itself.
    """
    return [person for (person,) in await tx.rows(VOID, source=source, stream=stream, at=at)]


async def stored_of(tx: Tx, source: int, stream: str, keys: Collection[str]) -> list[StoredRow]:
    """What these raw records said until now: a result that moves away touches its old person."""
    return await tx.all(
        StoredRow,
        """FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND raw_key = ANY(%(keys)s::text[])""",
        source=source,
        stream=stream,
        keys=texts(keys),
    )


async def set_behind(
    tx: Tx, source: int, stream: str, moved: Sequence[tuple[str, int, int | None, str]], *, at: datetime
) -> None:
    """Put statements that raw records say no more (raw key, n) to another place (None: away), in their state."""
    keys, ns, places, states = zip(*moved, strict=True)
    await tx.run(
        MOVE,
        source=source,
        stream=stream,
        keys=texts(keys),
        ns=list(ns),
        places=list(places),
        states=texts(states),
        at=at,
    )


async def forget_surplus(
    tx: Tx, source: int, stream: str, raw_id: int, counts: dict[str, int], *, at: datetime
) -> None:
    """Drop statements that changed raw records no longer make: those beyond the new count that have no place behind."""
    await tx.run(
        FORGET, source=source, stream=stream, raw=raw_id, keys=texts(counts), counts=numbers(counts.values()), at=at
    )


async def touch(tx: Tx, source: int, persons: Collection[str], refs: Collection[int]) -> None:
    """Note which persons and other records changed, for resolve and record to take up."""
    if persons or refs:
        await tx.run(
            """INSERT INTO touched (tenant_id, source_id, persons, refs)
               VALUES (%(tenant)s, %(source)s, %(persons)s::text[], %(refs)s::bigint[])""",
            source=source,
            persons=texts(persons),
            refs=numbers(refs),
        )
