"""How a district is doing: what waits for a person, and what came in day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.db import Tx
from app.db.identity.persons import Ref


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """How much waits for a person's decision, and how many learners and accounts there are."""

    learners: int
    quarantined: int
    near_matches: int
    alignments: int
    alarms: int
    invitations: int


@dataclass(frozen=True, slots=True)
class DayRow:
    """What came in on a day: records new or changed, records rejected, and runs that did not come through."""

    day: date
    taken: int
    rejected: int
    failed: int


async def waiting(tx: Tx, now: datetime) -> WaitingRow:
    """What waits, counted."""
    row = await tx.first(
        WaitingRow,
        """SELECT (SELECT count(*) FROM learner WHERE tenant_id = %(tenant)s AND body IS NOT NULL) AS learners,
                  (SELECT count(*) FROM quarantine WHERE tenant_id = %(tenant)s AND resolved_at IS NULL) AS quarantined,
                  (SELECT count(*) FROM decision WHERE tenant_id = %(tenant)s AND judgement = 'unsure' AND ended_at IS NULL)
                      AS near_matches,
                  (SELECT count(*) FROM alignment WHERE tenant_id = %(tenant)s AND state = 'waiting') AS alignments,
                  (SELECT count(*) FROM guard_alarm WHERE tenant_id = %(tenant)s AND allowed_at IS NULL) AS alarms,
                  (SELECT count(*) FROM invitation WHERE tenant_id = %(tenant)s AND used_at IS NULL AND ended_at IS NULL
                      AND expires_at > %(now)s) AS invitations""",
        now=now,
    )
    assert row is not None
    return row


async def by_day(tx: Tx, since: date) -> list[DayRow]:
    """What came in on each day since one (in UTC) on which anything did."""
    return await tx.all(
        DayRow,
        """SELECT started_at::date AS day,
                  coalesce(sum(taken), 0)::bigint AS taken, coalesce(sum(rejected), 0)::bigint AS rejected,
                  count(*) FILTER (WHERE state IN ('failed', 'held')) AS failed
           FROM run LEFT JOIN LATERAL (
               SELECT sum(coalesce((c.value->>'new')::bigint, 0) + coalesce((c.value->>'updated')::bigint, 0)) AS taken,
                      sum(coalesce((c.value->>'rejected')::bigint, 0)) AS rejected
               FROM jsonb_each(counts) c WHERE jsonb_typeof(c.value) = 'object') n ON true
           WHERE tenant_id = %(tenant)s AND started_at >= %(since)s AND kind IN ('pull', 'push', 'file')
             AND undone_at IS NULL
           GROUP BY 1 ORDER BY 1""",
        since=since,
    )


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A record by its key at the source, in words: whom it is of, and which class where it is an enrollment."""

    key: str
    name: str | None
    more: str | None


async def named(tx: Tx, source: int, stream: str, keys: list[str]) -> list[NamedRow]:
    """What records of a stream are of, for a person who is to judge whether they may vanish."""
    return await tx.all(
        NamedRow,
        """SELECT DISTINCT ON (r.raw_key) r.raw_key AS key,
                  coalesce(called->>'full', nullif(concat_ws(' ', called->>'given', called->>'family'), ''), r.body->>'title',
                           r.body->>'name') AS name,
                  c.body->>'title' AS more
           FROM record r
           LEFT JOIN LATERAL (SELECT p.body FROM record p WHERE p.tenant_id = r.tenant_id AND p.source_id = r.source_id
               AND p.person = r.person AND p.kind = 'person' LIMIT 1) p ON r.person IS NOT NULL
           LEFT JOIN LATERAL (SELECT v AS called FROM json_array_elements(p.body->'names') v LIMIT 1) v ON true
           LEFT JOIN LATERAL (SELECT c.body FROM record c WHERE c.tenant_id = r.tenant_id AND c.source_id = r.source_id
               AND c.kind = 'class' AND c.key = r.body->>'class_' AND c.person IS NULL LIMIT 1) c
               ON r.kind = 'enrollment'
           WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = %(stream)s
             AND r.raw_key = ANY(%(keys)s) ORDER BY r.raw_key, r.n""",
        source=source,
        stream=stream,
        keys=keys,
    )


async def persons_of(tx: Tx, source: int, stream: str, keys: Sequence[str]) -> list[Ref]:
    """The persons of whom records of a stream are, as far as these are stored: by the keys of what was sent."""
    rows = await tx.rows(
        """SELECT DISTINCT person FROM record
           WHERE tenant_id = %s AND source_id = %s AND stream = %s AND raw_key = ANY(%s) AND person IS NOT NULL""",
        tx.tenant,
        source,
        stream,
        list(keys),
    )
    return [(source, person) for (person,) in rows]
