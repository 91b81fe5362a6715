"""What was said, by when it was received: statements as they are stored now, and as they were until they changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from app.db import Tx
from app.db.bulk import numbers, texts
from schemas.codes import StatementState

Ref = tuple[int, str]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A statement as it was known from `since` until `until` (None: it is stored so now)."""

    source_id: int
    stream: str
    raw_key: str
    n: int
    person: str | None
    received_at: datetime
    state: StatementState
    state_at: datetime | None
    unread_since: datetime | None
    since: datetime
    until: datetime | None
    body: str


CONTEXT_ORDER: LiteralString = 'state COLLATE "C", stream COLLATE "C", raw_key COLLATE "C", n'
"""Of several statements of one thing that is no person the current one counts, the first by key."""
LAST: LiteralString = 'state COLLATE "C" DESC, stream COLLATE "C" DESC, raw_key COLLATE "C" DESC, n DESC'
"""That order, the first one last."""
NOW: LiteralString = """r.source_id, r.stream, r.raw_key, r.n, r.person, r.received_at, r.state, r.state_at, r.unread_since,
    coalesce(r.since, r.received_at) AS since, NULL::timestamptz AS until, r.body::text AS body"""
THEN: LiteralString = """r.source_id, r.stream, r.raw_key, r.n, r.person, r.received_at, r.state, r.state_at,
    NULL::timestamptz AS unread_since, r.since, r.until, r.body::text AS body"""


async def of_persons(tx: Tx, persons: Iterable[Ref], known_at: datetime) -> list[VersionRow]:
    """All versions of all statements about these persons that were received up to a time."""
    refs = list(persons)
    return await tx.all(
        VersionRow,
        f"""WITH these AS (SELECT s.source_id, s.key FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key))
            SELECT {NOW} FROM these s JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id
                AND r.person = s.key AND coalesce(r.since, r.received_at) <= %(known_at)s
            UNION ALL SELECT {THEN} FROM these s JOIN record_history r ON r.tenant_id = %(tenant)s
                AND r.source_id = s.source_id AND r.person = s.key AND r.since <= %(known_at)s
            ORDER BY source_id, stream, raw_key, n, since""",
        sources=numbers(source for source, _ in refs),
        keys=texts([key for _, key in refs]),
        known_at=known_at,
    )


async def of_context(tx: Tx, named: Iterable[tuple[int, str, str]], known_at: datetime) -> list[VersionRow]:
    """Statements of kinds that are about no person, by (source, kind, key), as they were known at a time.

    Of several the one first in CONTEXT_ORDER comes last.
    """
    rows = list(named)
    return await tx.all(
        VersionRow,
        f"""WITH these AS (SELECT s.source_id, s.kind, s.key FROM unnest(%(sources)s::int[], %(kinds)s::text[], %(keys)s::text[])
                           AS s (source_id, kind, key))
            SELECT source_id, stream, raw_key, n, person, received_at, state, state_at, unread_since, since, until, body FROM (
                SELECT {NOW} FROM these s CROSS JOIN LATERAL (
                    SELECT source_id, stream, raw_key, n, person, received_at, state, state_at, unread_since, since, body
                    FROM record WHERE tenant_id = %(tenant)s AND source_id = s.source_id AND kind = s.kind
                        AND key = s.key AND person IS NULL AND coalesce(since, received_at) <= %(known_at)s
                    ORDER BY {CONTEXT_ORDER} LIMIT 1) r
                UNION ALL SELECT {THEN} FROM these s JOIN record_history r ON r.tenant_id = %(tenant)s
                    AND r.source_id = s.source_id AND r.kind = s.kind AND r.key = s.key AND r.person IS NULL
                    AND r.since <= %(known_at)s AND r.until > %(known_at)s) known
            ORDER BY {LAST}""",
        sources=numbers(source for source, _, _ in rows),
        kinds=texts([kind for _, kind, _ in rows]),
        keys=texts([key for _, _, key in rows]),
        known_at=known_at,
    )
