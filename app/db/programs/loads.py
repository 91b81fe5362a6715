"""Who reviews, and how much."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx


@dataclass(frozen=True, slots=True)
class LoadRow:
    """Who reviews, how much they have claimed, and how much they have decided of late."""

    name: str
    claimed: int
    decided: int


async def loads(tx: Tx, programs: Sequence[UUID], now: datetime, since: datetime) -> list[LoadRow]:
    """Who reviews these programs: how much each has claimed, and has decided since a time; the most first."""
    return await tx.all(
        LoadRow,
        """WITH own AS (SELECT id, state, leased_to, leased_until FROM submission
                        WHERE tenant_id = %(tenant)s AND program_id = ANY(%(programs)s)),
               claimed AS (SELECT leased_to AS who, count(*) AS n FROM own
                           WHERE state = 'in review' AND leased_until > %(now)s GROUP BY leased_to),
               decided AS (SELECT CASE WHEN r.made_by LIKE 'account %%' THEN r.made_by
                                       ELSE r.made_by || '/' || lower(r.name) END AS who, count(*) AS n
                           FROM submission_review r JOIN own ON own.id = r.submission_id
                           WHERE r.tenant_id = %(tenant)s AND r.made_at >= %(since)s AND r.made_by NOT LIKE 'link %%'
                           GROUP BY 1),
               named AS (SELECT DISTINCT ON (t.made_by, lower(t.name)) t.made_by, t.name FROM submission_step t
                         JOIN own ON own.id = t.submission_id WHERE t.tenant_id = %(tenant)s AND t.step = 'claim'
                         ORDER BY t.made_by, lower(t.name), t.id DESC)
           SELECT max(named.name) AS name, coalesce(max(claimed.n), 0)::int AS claimed,
                  coalesce(max(decided.n), 0)::int AS decided
           FROM claimed FULL JOIN decided USING (who)
           JOIN named ON who IN (named.made_by, named.made_by || '/' || lower(named.name))
           GROUP BY who ORDER BY claimed DESC, decided DESC, name""",
        programs=list(programs),
        now=now,
        since=since,
    )
