"""Statements behind a value of a record: who made them, when first and last, how many; and page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.bulk import numbers, texts
from schemas.codes import StatementState


class Own(NamedTuple):
    """A statement by where it is: source, stream, raw key, and its number there or, without, its kind and key."""

    source: int
    stream: str
    raw_key: str
    n: int | None
    kind: str | None
    key: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """How many statements of a source say something, and when the first and the last of them came."""

    source: str
    source_name: str
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement, and where its raw record is kept."""

    source_id: int
    slug: str
    name: str
    stream: str
    raw_key: str
    n: int
    kind: str
    key: str
    received_at: datetime
    state: StatementState
    state_at: datetime | None
    unread_since: datetime | None
    raw_id: int
    raw_pos: int


# A raw record that tells of an achievement may be another learner's: that one's bytes are nobody else's to read.
THESE: LiteralString = """WITH own AS MATERIALIZED (
        SELECT DISTINCT r.source_id, r.stream, r.raw_key, r.n, r.person, r.said
        FROM unnest(%(sources)s::int[], %(streams)s::text[], %(keys)s::text[], %(ns)s::int[], %(kinds)s::text[],
                    %(ids)s::text[]) AS o (source_id, stream, raw_key, n, kind, key)
        CROSS JOIN LATERAL (SELECT source_id, stream, raw_key, n, kind, key, person, said FROM record
            WHERE tenant_id = %(tenant)s AND source_id = o.source_id AND stream = o.stream AND raw_key = o.raw_key OFFSET 0) r
        WHERE (r.n = o.n OR o.n IS NULL AND r.kind = o.kind AND r.key = o.key)
            AND (r.person IS NOT NULL OR NOT EXISTS (
                SELECT FROM record x JOIN person p ON p.tenant_id = x.tenant_id AND p.source_id = x.source_id
                    AND p.key = x.person
                WHERE x.tenant_id = %(tenant)s AND x.source_id = r.source_id AND x.stream = r.stream
                  AND x.raw_key = r.raw_key AND p.learner_id IS DISTINCT FROM %(learner)s))),
    every AS (
        SELECT r.source_id, r.stream, r.raw_key, r.n, r.kind, r.key, r.received_at, r.state, r.state_at, r.unread_since,
               r.raw_id, r.raw_pos
        FROM own o JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = o.source_id AND r.stream = o.stream
            AND r.raw_key = o.raw_key AND r.n = o.n WHERE %(exactly)s
        UNION ALL
        SELECT r.source_id, r.stream, r.raw_key, r.n, r.kind, r.key, r.received_at, r.state, r.state_at, r.unread_since,
               r.raw_id, r.raw_pos
        FROM own o CROSS JOIN LATERAL (SELECT source_id, stream, raw_key, n, kind, key, received_at, state, state_at,
                unread_since, raw_id, raw_pos FROM record WHERE tenant_id = %(tenant)s AND source_id = o.source_id
            AND person = o.person AND said = o.said OFFSET 0) r WHERE NOT %(exactly)s),
    secret AS MATERIALIZED (
        SELECT DISTINCT e.source_id, e.stream, e.raw_key FROM entry e
        WHERE e.tenant_id = %(tenant)s AND e.learner_id = %(learner)s AND e.sensitive) """
HIDDEN: LiteralString = """EXISTS (SELECT FROM secret s WHERE s.source_id = r.source_id AND s.stream = r.stream
    AND s.raw_key = r.raw_key)"""


async def summaries(tx: Tx, learner: UUID, own: Sequence[Own], *, exactly: bool, hiding: bool) -> list[Summary]:
    """Who makes these statements and all equal ones (`exactly`: just these), the preferred source first."""
    return await tx.all(
        Summary,
        f"""{THESE} SELECT s.slug AS source, s.name AS source_name, min(r.received_at) AS first,
                max(r.received_at) AS last, count(*)::int AS count
            FROM every r JOIN source s ON s.tenant_id = %(tenant)s AND s.id = r.source_id
            WHERE NOT (%(hiding)s AND {HIDDEN}) GROUP BY s.rank, s.slug, s.name ORDER BY s.rank, s.slug""",
        **_named(learner, own, exactly=exactly),
        hiding=hiding,
    )


async def page(
    tx: Tx,
    learner: UUID,
    own: Sequence[Own],
    after: tuple[datetime, int, str, str, int] | None,
    limit: int,
    *,
    exactly: bool,
    hiding: bool,
) -> list[StatementRow]:
    """A page of the same, the latest first."""
    received, source, stream, key, n = after or (None, None, None, None, None)
    return await tx.all(
        StatementRow,
        f"""{THESE} SELECT r.source_id, s.slug, s.name, r.stream, r.raw_key, r.n, r.kind, r.key, r.received_at,
                r.state, r.state_at, r.unread_since, r.raw_id, r.raw_pos
            FROM every r JOIN source s ON s.tenant_id = %(tenant)s AND s.id = r.source_id
            WHERE NOT (%(hiding)s AND {HIDDEN}) AND (%(at)s::timestamptz IS NULL OR
                (r.received_at, r.source_id, r.stream, r.raw_key, r.n) < (%(at)s, %(source)s, %(stream)s, %(key)s, %(n)s))
            ORDER BY r.received_at DESC, r.source_id DESC, r.stream DESC, r.raw_key DESC, r.n DESC LIMIT %(limit)s""",
        **_named(learner, own, exactly=exactly),
        hiding=hiding,
        at=received,
        source=source,
        stream=stream,
        key=key,
        n=n,
        limit=limit,
    )


async def withheld(tx: Tx, learner: UUID, own: Sequence[Own], *, exactly: bool) -> int:
    """How many of them are in raw records that tell of something sensitive."""
    count: int = await tx.one(
        f"{THESE} SELECT count(*)::int FROM every r WHERE {HIDDEN}", **_named(learner, own, exactly=exactly)
    )
    return count


async def source_ids(tx: Tx) -> dict[str, int]:
    """The tenant's sources by slug."""
    return dict(await tx.rows("SELECT slug, id FROM source WHERE tenant_id = %s", tx.tenant))


def _named(learner: UUID, own: Sequence[Own], *, exactly: bool) -> dict[str, Any]:
    return {
        "learner": learner,
        "exactly": exactly,
        "sources": numbers(statement.source for statement in own),
        "streams": texts([statement.stream for statement in own]),
        "keys": texts([statement.raw_key for statement in own]),
        "ns": [statement.n for statement in own],
        "kinds": [statement.kind for statement in own],
        "ids": [statement.key for statement in own],
    }
