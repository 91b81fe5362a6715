"""Claims: what a source's raw records tell of whom they name, by the key they name them by."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from app.db import Tx
from app.db.bulk import texts


async def by_keys(
    tx: Tx, source: int, keys: Collection[str], stream: str, replaced: Collection[str]
) -> dict[str, Sequence[str]]:
    """What is told of these persons themselves, by key, equal statements once; but for raw records being `replaced`.

    From one to the next that differs, the index is skipped along: how often each was said makes no difference.
    """
    rows = await tx.rows(
        """WITH RECURSIVE each AS (
               SELECT k.key, f.said FROM unnest(%(keys)s::text[]) AS k (key) CROSS JOIN LATERAL (
                   SELECT f.said FROM record f WHERE f.tenant_id = %(tenant)s AND f.source_id = %(source)s
                       AND f.person = k.key AND f.said IS NOT NULL ORDER BY f.said LIMIT 1) f
               UNION ALL
               SELECT e.key, x.said FROM each e CROSS JOIN LATERAL (
                   SELECT f.said FROM record f WHERE f.tenant_id = %(tenant)s AND f.source_id = %(source)s
                       AND f.person = e.key AND f.said > e.said ORDER BY f.said LIMIT 1) x)
           SELECT e.key, r.body FROM each e CROSS JOIN LATERAL (
               SELECT f.body::text AS body FROM record f WHERE f.tenant_id = %(tenant)s AND f.source_id = %(source)s
                   AND f.person = e.key AND f.said = e.said AND f.state <> 'retracted'
                   AND NOT (f.stream = %(stream)s AND f.raw_key = ANY(%(replaced)s::text[])) LIMIT 1) r
           ORDER BY e.key, r.body""",
        source=source,
        keys=texts(keys),
        stream=stream,
        replaced=texts(replaced),
    )
    bodies: dict[str, list[str]] = defaultdict(list)
    for key, body in rows:
        bodies[key].append(body)
    return dict(bodies)
