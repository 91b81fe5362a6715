"""What clients pushed into a source, item by item: what is held of it, and what was rejected."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from app.db import Tx
from app.db.bulk import texts


@dataclass(frozen=True, slots=True)
class PushedRow:
    """An item by its own id. `state`: of what is held of it (None: nothing is); `reason`: why the last was rejected."""

    key: str
    state: str | None
    received_at: datetime | None
    state_at: datetime | None
    raw_id: int | None
    raw_pos: int | None
    reason: str | None
    rejected_at: datetime | None
    rejected: bytes | None


PUSHED: LiteralString = """
    SELECT coalesce(r.raw_key, q.raw_key) AS key, r.state, r.received_at, r.state_at, r.raw_id, r.raw_pos, q.reason,
        q.last_at AS rejected_at, q.body AS rejected
    FROM (SELECT raw_key, state, received_at, state_at, raw_id, raw_pos FROM record
          WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = %(stream)s AND n = 0 {records}) r
    FULL JOIN (SELECT raw_key, reason, last_at, body FROM quarantine
          WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = %(stream)s AND resolved_at IS NULL
              {rejects}) q ON q.raw_key = r.raw_key
    ORDER BY 1 LIMIT %(limit)s
"""


async def listed(tx: Tx, source: int, stream: str, *, after: str, limit: int) -> list[PushedRow]:
    """Items of a stream after an id, in the order of their ids."""
    only = "AND raw_key > %(after)s ORDER BY raw_key LIMIT %(limit)s"
    return await tx.all(
        PushedRow, PUSHED.format(records=only, rejects=only), source=source, stream=stream, after=after, limit=limit
    )


async def by_keys(tx: Tx, source: int, stream: str, keys: Collection[str]) -> list[PushedRow]:
    """The items of these ids."""
    only = "AND raw_key = ANY(%(keys)s::text[])"
    return await tx.all(
        PushedRow,
        PUSHED.format(records=only, rejects=only),
        source=source,
        stream=stream,
        keys=texts(keys),
        limit=2 * len(keys),
    )


async def whose(tx: Tx, source: int, stream: str, keys: Collection[str]) -> dict[str, str]:
    """How far it is known whose the items of these ids are: `matched`, `contradicts`, or `waiting`.

    Contradicted is a person who shares an identifier with another, and whose name or numbers say that it is not they.
    """
    rows = await tx.rows(
        """WITH item AS (
               SELECT DISTINCT ON (raw_key) raw_key, person FROM record WHERE tenant_id = %(tenant)s
                   AND source_id = %(source)s AND stream = %(stream)s AND raw_key = ANY(%(keys)s::text[])
                   AND person IS NOT NULL ORDER BY raw_key, n)
           SELECT i.raw_key, CASE
               WHEN EXISTS (SELECT FROM decision d WHERE d.tenant_id = %(tenant)s AND d.ended_at IS NULL
                       AND d.judgement = 'unsure'
                       AND ((d.left_source, d.left_key) = (%(source)s, i.person)
                           OR (d.right_source, d.right_key) = (%(source)s, i.person))) THEN 'contradicts'
               WHEN EXISTS (SELECT FROM person p JOIN person other ON other.tenant_id = p.tenant_id
                       AND other.learner_id = p.learner_id AND other.source_id <> p.source_id
                       WHERE p.tenant_id = %(tenant)s AND p.source_id = %(source)s AND p.key = i.person) THEN 'matched'
               ELSE 'waiting' END
           FROM item i""",
        source=source,
        stream=stream,
        keys=texts(keys),
    )
    return {str(key): str(state) for key, state in rows}
