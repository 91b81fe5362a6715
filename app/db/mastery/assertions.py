"""Assertions as they are kept: never changed, only ended when their statement is corrected or withdrawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import TupleRow

from app.db import Tx
from app.db.bulk import stage
from app.db.mastery import overrides
from app.db.mastery.mastery import known
from app.db.mastery.overrides import OverrideRow

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
    "bool",
    "float8",
    "float8",
    "text",
)
"""`detail` is JSON in bytes already: PostgreSQL's binary form of json is its text, which a bytea's bytes pass for."""
COLUMNS: LiteralString = """learner_id, alignment_id, source_id, person, stream, raw_key, n, part, hash, at, share, value,
    unit, level, met, positive, confidence, method, expires, detail, undated,
    least, most, doubt"""
SAME: LiteralString = """a.tenant_id = %(tenant)s AND a.ended_at IS NULL AND a.source_id = s.source_id AND a.person = s.person
    AND a.stream = s.stream AND a.raw_key = s.raw_key AND a.n = s.n AND a.part = s.part"""
Ref = tuple[int, str]
"""A person: source and key."""
Spoken = tuple[int, str, str, str]
"""What a raw record says of a person: source, person, stream, raw key."""
Pair = tuple[UUID, UUID]
Fresh = tuple[UUID | None, UUID, int]
"""What is asserted anew: of whom, of which competency, and its id."""


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
    undated: bool
    hash: int
    least: float | None
    most: float | None
    doubt: str | None
    override: bool = False


ASSERTION: LiteralString = """a.id, a.learner_id, l.competency_id, a.at, a.share, a.value, a.unit, a.level, a.met, a.positive,
    a.confidence, a.method, a.expires, a.detail, a.source_id, a.stream, a.raw_key, a.recorded_at, a.supersedes, a.ended_at, l.strength, a.undated, a.hash,
    a.least, a.most, a.doubt, FALSE AS override"""


async def of_raw(tx: Tx, raw: Sequence[Spoken]) -> list[TupleRow]:
    """(source, person, learner, stream, raw key, n, part, hash) of what these raw records assert until now."""
    return await tx.rows(
        """SELECT a.source_id, a.person, a.learner_id, a.stream, a.raw_key, a.n, a.part, a.hash
           FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[]) AS p (source_id, person, stream, raw_key)
           CROSS JOIN LATERAL (SELECT source_id, person, learner_id, stream, raw_key, n, part, hash FROM assertion
                               WHERE tenant_id = %s AND source_id = p.source_id AND person = p.person
                                 AND stream = p.stream AND raw_key = p.raw_key AND ended_at IS NULL OFFSET 0) a""",
        *([row[i] for row in raw] for i in range(4)),
        tx.tenant,
    )


async def replace(tx: Tx, rows: Iterable[Sequence[Any]], at: datetime) -> tuple[list[Pair], list[Fresh]]:
    """Store assertions, ending those they correct. The pairs that were spoken of by what has ended, and what is new.

    What is corrected is looked up by its own index for each row: joined, all that is asserted would be read.
    """
    await stage(tx, "staged_assertion", ASSERTION_TYPES, rows)
    ended = await tx.rows(
        f"""WITH these AS MATERIALIZED (SELECT x.id FROM staged_assertion s CROSS JOIN LATERAL (
                SELECT a.id FROM assertion a WHERE {SAME} OFFSET 0) x),
            ended AS (UPDATE assertion a SET ended_at = %(at)s WHERE a.tenant_id = %(tenant)s
                      AND a.id = ANY(ARRAY(SELECT id FROM these)) RETURNING a.learner_id, a.alignment_id)
            SELECT DISTINCT e.learner_id, l.competency_id FROM ended e
            JOIN alignment l ON l.tenant_id = %(tenant)s AND l.id = e.alignment_id
            WHERE l.competency_id IS NOT NULL""",
        at=at,
    )
    # The one just ended has this very `ended_at`: it is what the new one supersedes.
    fresh = await tx.rows(
        f"""WITH fresh AS (INSERT INTO assertion (tenant_id, {COLUMNS}, recorded_at, supersedes)
            SELECT %(tenant)s, {COLUMNS}, %(at)s, (SELECT max(a.id) FROM assertion a
                WHERE a.tenant_id = %(tenant)s AND a.ended_at = %(at)s
                AND a.source_id = s.source_id AND a.person = s.person AND a.stream = s.stream
                AND a.raw_key = s.raw_key AND a.n = s.n AND a.part = s.part) FROM staged_assertion s
            RETURNING id, learner_id, alignment_id)
            SELECT f.learner_id, l.competency_id, f.id FROM fresh f
            JOIN alignment l ON l.tenant_id = %(tenant)s AND l.id = f.alignment_id
            WHERE l.competency_id IS NOT NULL""",
        at=at,
    )
    return ended, fresh


async def end(tx: Tx, keys: Sequence[tuple[int, str, str, str, int, int]], at: datetime) -> list[Pair]:
    """End assertions (source, person, stream, raw key, n, part) that are made no more; whom and what they spoke of."""
    sources, persons, streams, raw_keys, ns, parts = zip(*keys, strict=True)
    return await tx.rows(
        f"""WITH ended AS (UPDATE assertion a SET ended_at = %(at)s
                FROM unnest(%(sources)s::int[], %(persons)s::text[], %(streams)s::text[], %(raw_keys)s::text[],
                            %(ns)s::smallint[], %(parts)s::smallint[])
                     AS s (source_id, person, stream, raw_key, n, part) WHERE {SAME}
                RETURNING a.learner_id, a.alignment_id)
            SELECT DISTINCT e.learner_id, l.competency_id FROM ended e
            JOIN alignment l ON l.tenant_id = %(tenant)s AND l.id = e.alignment_id
            WHERE l.competency_id IS NOT NULL""",
        at=at,
        sources=list(sources),
        persons=list(persons),
        streams=list(streams),
        raw_keys=list(raw_keys),
        ns=list(ns),
        parts=list(parts),
    )


async def move(tx: Tx, rows: Sequence[tuple[int, str, UUID | None]]) -> list[Pair]:
    """What is asserted of these persons is about this learner now; the pairs that lost or gained it."""
    moved = await tx.rows(
        """WITH before AS (
               SELECT a.id, a.learner_id, m.learner AS now, a.alignment_id
               FROM unnest(%(sources)s::int[], %(persons)s::text[], %(learners)s::uuid[])
                    AS m (source_id, person, learner)
               JOIN assertion a ON a.tenant_id = %(tenant)s AND a.source_id = m.source_id AND a.person = m.person
               WHERE a.learner_id IS DISTINCT FROM m.learner),
           moved AS (UPDATE assertion a SET learner_id = b.now FROM before b
                     WHERE a.tenant_id = %(tenant)s AND a.id = b.id)
           SELECT DISTINCT b.learner_id, b.now, l.competency_id FROM before b
           JOIN alignment l ON l.tenant_id = %(tenant)s AND l.id = b.alignment_id WHERE l.competency_id IS NOT NULL""",
        sources=[source for source, _, _ in rows],
        persons=[person for _, person, _ in rows],
        learners=[learner for _, _, learner in rows],
    )
    return [(learner, competency) for was, now, competency in moved for learner in (was, now) if learner is not None]


async def of_learner(
    tx: Tx, learner: UUID, *, competency: UUID | None = None, known_at: datetime | None = None
) -> list[AssertionRow]:
    """What is asserted of a learner, of one competency or all, and the levels set; or what was known at a time."""
    rows = await tx.all(
        AssertionRow,
        f"""SELECT {ASSERTION} FROM assertion a JOIN alignment l ON l.tenant_id = a.tenant_id AND l.id = a.alignment_id
            WHERE a.tenant_id = %(tenant)s AND a.learner_id = %(learner)s AND {known(known_at)}
              AND (%(competency)s::uuid IS NULL OR l.competency_id = %(competency)s) ORDER BY a.at, a.id""",
        learner=learner,
        competency=competency,
        known=known_at,
    )
    chosen = None if competency is None else [competency]
    levels = await overrides.of_learners(tx, [learner], chosen, known_at=known_at)
    return [*rows, *map(_as_assertion, levels)]


def _as_assertion(row: OverrideRow) -> AssertionRow:
    return AssertionRow(
        **overrides.as_assertion(row), recorded_at=row.begins, supersedes=None, ended_at=row.withdrawn_at
    )
