"""What a run changed, by stream and school: asked before a preview is rolled back."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from app.db import Tx


@dataclass(frozen=True, slots=True)
class Change:
    """How many records of a stream became `new`, `changed`, `ended` or `retracted` at a school, with some of their keys."""

    stream: str
    school: str | None
    name: str | None
    what: str
    count: int
    examples: list[str]


CHANGES: LiteralString = """
    WITH told AS (
        SELECT r.stream, r.raw_key, coalesce(r.body->'roles'->0->>'org', r.body->>'primary_org', r.body->>'org') AS school,
               CASE WHEN r.state = 'retracted' AND r.state_at >= %(since)s THEN 'retracted'
                    WHEN r.state IN ('ended', 'unlisted') AND r.state_at >= %(since)s THEN r.state
                    WHEN EXISTS (SELECT FROM record_history h WHERE h.tenant_id = r.tenant_id AND h.source_id = r.source_id
                        AND h.stream = r.stream AND h.raw_key = r.raw_key AND h.until >= %(since)s) THEN 'changed'
                    ELSE 'new' END AS what
        FROM record r LEFT JOIN raw w ON w.tenant_id = r.tenant_id AND w.id = r.raw_id
        WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.n = 0 AND r.kind <> 'nothing'
            AND (w.run_id = %(run)s OR r.state_at >= %(since)s))
    SELECT t.stream, t.school,
           (SELECT o.body->>'name' FROM record o WHERE o.tenant_id = %(tenant)s AND o.source_id = %(source)s
                AND o.kind = 'org' AND o.key = t.school AND o.person IS NULL LIMIT 1) AS name,
           t.what, count(*) AS count, (array_agg(t.raw_key ORDER BY t.raw_key))[1:3] AS examples
    FROM told t GROUP BY 1, 2, 4 ORDER BY 1, count(*) DESC, 2, 4
"""


async def of_run(tx: Tx, source: int, run: int, since: datetime) -> list[Change]:
    """What a run that began at a time changed, the most first."""
    return await tx.all(Change, CHANGES, source=source, run=run, since=since)
