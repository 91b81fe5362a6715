"""Assertions as they are kept: never changed, only ended when their statement is corrected or withdrawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import TupleRow, class_row

from app.db import Tx
from app.db.bulk import stage

ASSERTION_TYPES = (
    "uuid",
    "int4",
    "int4",
    "text",
    "text",
    "text",
    "int2",
    "int2",
    "int8",
    "timestamptz",
    "float8",
    "float8",
    "text",
    "text",
    "bool",
    "bool",
    "float8",
    "text",
    "timestamptz",
    "bytea",
)
"""`detail` is JSON in bytes already: PostgreSQL's binary form of json is its text, which a bytea's bytes pass for."""
COLUMNS: LiteralString = """learner_id, alignment_id, source_id, person, stream, raw_key, n, part, hash, at, share, value,
    unit, level, met, positive, confidence, method, expires, detail"""
SAME: LiteralString = """a.tenant_id = %s AND a.ended_at IS NULL AND a.source_id = s.source_id AND a.person = s.person
    AND a.stream = s.stream AND a.raw_key = s.raw_key AND a.n = s.n AND a.part = s.part"""
Ref = tuple[int, str]
"""A person: source and key."""
Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class AssertionRow:
    """An assertion in full."""

    id: int
    learner_id: UUID | None
    competency_id: UUID | None
    at: datetime
    share: float | None
    value: float | None
    unit: str | None
    level: str | None
    met: bool | None
    positive: bool
    confidence: float | None
    method: str | None
    expires: datetime | None
    detail: dict[str, Any]
    source_id: int
    stream: str
    raw_key: str
    recorded_at: datetime
    supersedes: int | None
    ended_at: datetime | None
    strength: str | None


ASSERTION: LiteralString = """a.id, a.learner_id, l.competency_id, a.at, a.share, a.value, a.unit, a.level, a.met, a.positive,
    a.confidence, a.method, a.expires, a.detail, a.source_id, a.stream, a.raw_key, a.recorded_at, a.supersedes, a.ended_at, l.strength"""


async def held(tx: Tx, persons: Sequence[Ref]) -> list[TupleRow]:
    """(source, person, learner, stream, raw key, n, part, hash) of what is asserted of these persons until now."""
    return await tx.rows(
        """SELECT a.source_id, a.person, a.learner_id, a.stream, a.raw_key, a.n, a.part, a.hash
           FROM unnest(%s::int[], %s::text[]) AS p (source_id, person)
           CROSS JOIN LATERAL (SELECT * FROM assertion WHERE tenant_id = %s AND source_id = p.source_id
                               AND person = p.person AND ended_at IS NULL OFFSET 0) a""",
        [source for source, _ in persons],
        [person for _, person in persons],
        tx.tenant,
    )


async def replace(tx: Tx, rows: Iterable[Sequence[Any]], at: datetime) -> list[Pair]:
    """Store assertions, ending those they correct. The (learner, competency) pairs that either speaks of."""
    await stage(tx, "staged_assertion", ASSERTION_TYPES, rows)
    ended = await tx.rows(
        f"""WITH ended AS (UPDATE assertion a SET ended_at = %s FROM staged_assertion s WHERE {SAME}
                           RETURNING a.learner_id, a.alignment_id)
            SELECT DISTINCT e.learner_id, l.competency_id FROM ended e
            JOIN alignment l ON l.tenant_id = %s AND l.id = e.alignment_id WHERE l.competency_id IS NOT NULL""",
        at,
        tx.tenant,
        tx.tenant,
    )
    # The one just ended has this very `ended_at`: it is what the new one supersedes.
    await tx.run(
        f"""INSERT INTO assertion (tenant_id, {COLUMNS}, recorded_at, supersedes)
            SELECT %s, s.*, %s, (SELECT max(a.id) FROM assertion a WHERE a.tenant_id = %s AND a.ended_at = %s
                AND a.source_id = s.source_id AND a.person = s.person AND a.stream = s.stream
                AND a.raw_key = s.raw_key AND a.n = s.n AND a.part = s.part) FROM staged_assertion s""",
        tx.tenant,
        at,
        tx.tenant,
        at,
    )
    fresh = await tx.rows(
        """SELECT DISTINCT s.learner_id, l.competency_id FROM staged_assertion s
           JOIN alignment l ON l.tenant_id = %s AND l.id = s.alignment_id WHERE l.competency_id IS NOT NULL""",
        tx.tenant,
    )
    return [*ended, *fresh]


async def end(tx: Tx, keys: Sequence[tuple[int, str, str, str, int, int]], at: datetime) -> list[Pair]:
    """End assertions (source, person, stream, raw key, n, part) that are made no more; whom and what they spoke of."""
    return await tx.rows(
        f"""WITH ended AS (UPDATE assertion a SET ended_at = %s
                FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::smallint[], %s::smallint[])
                     AS s (source_id, person, stream, raw_key, n, part) WHERE {SAME}
                RETURNING a.learner_id, a.alignment_id)
            SELECT DISTINCT e.learner_id, l.competency_id FROM ended e
            JOIN alignment l ON l.tenant_id = %s AND l.id = e.alignment_id WHERE l.competency_id IS NOT NULL""",
        at,
        *([key[i] for key in keys] for i in range(6)),
        tx.tenant,
        tx.tenant,
    )


async def move(tx: Tx, rows: Sequence[tuple[int, str, UUID | None]]) -> list[Pair]:
    """What is asserted of these persons is about this learner now; the pairs that lost or gained it."""
    found = await tx.rows(
        """WITH before AS (
               SELECT a.id, a.learner_id, m.learner AS now, a.alignment_id
               FROM unnest(%s::int[], %s::text[], %s::uuid[]) AS m (source_id, person, learner)
               JOIN assertion a ON a.tenant_id = %s AND a.source_id = m.source_id AND a.person = m.person
               WHERE a.learner_id IS DISTINCT FROM m.learner),
           moved AS (UPDATE assertion a SET learner_id = b.now FROM before b WHERE a.tenant_id = %s AND a.id = b.id)
           SELECT DISTINCT b.learner_id, b.now, l.competency_id FROM before b
           JOIN alignment l ON l.tenant_id = %s AND l.id = b.alignment_id WHERE l.competency_id IS NOT NULL""",
        [r[0] for r in rows],
        [r[1] for r in rows],
        [r[2] for r in rows],
        tx.tenant,
        tx.tenant,
        tx.tenant,
    )
    return [(learner, competency) for was, now, competency in found for learner in (was, now) if learner is not None]


async def of_learner(tx: Tx, learner: UUID, *, known_at: datetime | None = None) -> list[AssertionRow]:
    """All that is asserted of a learner, oldest first; or what was known at a time."""
    async with tx.conn.cursor(row_factory=class_row(AssertionRow)) as cursor:
        await cursor.execute(
            f"""SELECT {ASSERTION} FROM assertion a JOIN alignment l ON l.tenant_id = a.tenant_id AND l.id = a.alignment_id
                WHERE a.tenant_id = %s AND a.learner_id = %s
                  AND CASE WHEN %s::timestamptz IS NULL THEN a.ended_at IS NULL
                      ELSE a.recorded_at <= %s AND (a.ended_at IS NULL OR a.ended_at > %s) END
                ORDER BY a.at, a.id""",
            [tx.tenant, learner, known_at, known_at, known_at],
        )
        return await cursor.fetchall()
