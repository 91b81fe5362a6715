"""A roster as it was known at a time: what a source told of its people, and of which learner each is part now."""

from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from app.db import Tx


class ToldRow(NamedTuple):
    """A statement about a person: `body` is the person in JSON, `learner` who they are part of (None: nobody yet)."""

    person: str
    learner: UUID | None
    body: str


TOLD: LiteralString = """
    WITH unlisted AS MATERIALIZED (
        SELECT a.stream, unnest(a.keys) AS raw_key FROM guard_alarm a
        WHERE a.tenant_id = %(tenant)s AND a.source_id = %(source)s AND a.scope = 'rollover' AND %(now)s)
    SELECT t.person, p.learner_id AS learner, t.body::text AS body FROM (
        SELECT r.person, r.stream, r.raw_key, r.n, r.body FROM record r
        WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.kind = 'person' AND r.state = 'current'
          AND coalesce(r.since, r.received_at) <= %(at)s
          AND NOT EXISTS (SELECT FROM unlisted u WHERE u.stream = r.stream AND u.raw_key = r.raw_key)
        UNION ALL SELECT h.person, h.stream, h.raw_key, h.n, h.body FROM record_history h
        WHERE h.tenant_id = %(tenant)s AND h.source_id = %(source)s AND h.kind = 'person' AND h.state = 'current'
          AND h.since <= %(at)s AND h.until > %(at)s) t
    LEFT JOIN person p ON p.tenant_id = %(tenant)s AND p.source_id = %(source)s AND p.key = t.person
    ORDER BY t.person, t.stream, t.raw_key, t.n
"""


async def told_at(tx: Tx, source: int, at: datetime) -> list[ToldRow]:
    """What a source's current statements said of people at a time, person by person."""
    return await tx.all(ToldRow, TOLD, source=source, at=at, now=False)


async def told_now(tx: Tx, source: int, now: datetime) -> list[ToldRow]:
    """What they say now, without what is no longer listed since the school year turned."""
    return await tx.all(ToldRow, TOLD, source=source, at=now, now=True)


async def listed_at(tx: Tx, source: int) -> datetime | None:
    """When all streams that tell of people were last listed in full; None where one of them never was."""
    moment: datetime | None = await tx.one(
        """SELECT CASE WHEN bool_and(s.full_at IS NOT NULL) THEN min(s.full_at) END FROM stream_state s
           WHERE s.tenant_id = %(tenant)s AND s.source_id = %(source)s AND EXISTS (
               SELECT FROM record r WHERE r.tenant_id = s.tenant_id AND r.source_id = s.source_id
                   AND r.stream = s.stream AND r.kind = 'person')""",
        source=source,
    )
    return moment


async def org_names(tx: Tx, source: int) -> dict[str, str]:
    """The names of a source's organizations, by key."""
    rows = await tx.rows(
        """SELECT key, min(body->>'name') FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND kind = 'org' AND person IS NULL GROUP BY key""",
        source=source,
    )
    return dict(rows)
