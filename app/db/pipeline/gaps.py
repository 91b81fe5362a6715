"""What deltas leave out: persons named and never described, changes that were not dated."""

from datetime import datetime

from app.db import Tx


async def undescribed(tx: Tx, source: int, run: int, limit: int) -> list[str]:
    """The persons whom enrollments of a run name and of whom the source has no statement, in the order of their keys."""
    rows = await tx.rows(
        """SELECT DISTINCT r.person FROM raw w JOIN record r ON r.tenant_id = w.tenant_id AND r.source_id = w.source_id
               AND r.stream = w.stream AND r.raw_id = w.id
           WHERE w.tenant_id = %(tenant)s AND w.source_id = %(source)s AND w.run_id = %(run)s AND r.kind = 'enrollment'
               AND r.state = 'current' AND NOT EXISTS (SELECT FROM record p WHERE p.tenant_id = r.tenant_id
                   AND p.source_id = r.source_id AND p.person = r.person AND p.kind = 'person')
           ORDER BY 1 LIMIT %(limit)s""",
        source=source,
        run=run,
        limit=limit,
    )
    return [person for (person,) in rows]


async def undated_changes(tx: Tx, source: int, stream: str, run: int, since: datetime) -> list[str]:
    """The records of a stream that a run found changed, though they tell the same change time as before."""
    rows = await tx.rows(
        """SELECT DISTINCT r.raw_key FROM record_history h JOIN record r ON r.tenant_id = h.tenant_id
               AND r.source_id = h.source_id AND r.stream = h.stream AND r.raw_key = h.raw_key AND r.n = h.n
           JOIN raw w ON w.tenant_id = r.tenant_id AND w.id = r.raw_id AND w.run_id = %(run)s
           WHERE h.tenant_id = %(tenant)s AND h.source_id = %(source)s AND h.stream = %(stream)s AND h.until >= %(since)s
               AND h.state = 'current' AND r.state = 'current' AND r.body->>'modified' = h.body->>'modified'
           ORDER BY 1 LIMIT 1000""",
        source=source,
        stream=stream,
        run=run,
        since=since,
    )
    return [key for (key,) in rows]
