"""Crosswalks: which competencies stand for which others, within and across frameworks, and how strongly."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from app.db import Tx

CROSSING: LiteralString = "('exactMatchOf', 'isRelatedTo', 'isPartOf', 'isPeerOf', 'isTranslationOf')"


async def leading_out(tx: Tx) -> list[tuple[UUID, int, str, str]]:
    """(framework, position, URI, title) of the far ends of crosswalks that are no competency the tenant has."""
    return await tx.rows(
        f"""SELECT l.framework_id, l.n, node->>'uri', node->>'title'
            FROM competency_link l CROSS JOIN LATERAL (SELECT convert_from(l.body, 'UTF8')::json->'destinationNodeURI') AS d (node)
            WHERE l.tenant_id = %s AND l.type IN {CROSSING} AND NOT EXISTS (
                SELECT 1 FROM competency c WHERE c.tenant_id = l.tenant_id AND c.id = l.destination)
            ORDER BY l.framework_id, l.n""",
        tx.tenant,
    )


async def mean(tx: Tx, rows: Sequence[tuple[UUID, int, UUID | None]]) -> int:
    """Note which competency far ends (framework, position, competency) mean; how many are new or other than before."""
    return await tx.run(
        """UPDATE competency_link l SET meant = m.competency
           FROM unnest(%s::uuid[], %s::int[], %s::uuid[]) AS m (framework_id, n, competency)
           WHERE l.tenant_id = %s AND l.framework_id = m.framework_id AND l.n = m.n
             AND l.meant IS DISTINCT FROM m.competency""",
        *([row[i] for row in rows] for i in range(3)),
        tx.tenant,
    )


async def standing_for(tx: Tx, competencies: Sequence[UUID]) -> list[tuple[UUID, UUID, str]]:
    """(competency, what stands for it, strength): matches both ways, parts and relations towards the whole.

    A part of a competency covers it partially, where nothing else is said; a relation without a strength says nothing.
    """
    cursor = await tx.conn.execute(
        """WITH walk AS (
               SELECT coalesce(meant, destination) AS whole, origin AS other, type, strength FROM competency_link
               WHERE tenant_id = %(tenant)s AND (destination = ANY(%(asked)b) OR meant = ANY(%(asked)b))
               UNION SELECT origin, coalesce(meant, destination), type, strength FROM competency_link
               WHERE tenant_id = %(tenant)s AND origin = ANY(%(asked)b) AND type = 'exactMatchOf')
           SELECT DISTINCT ON (whole, other) whole, other,
               coalesce(strength, CASE type WHEN 'exactMatchOf' THEN 'equivalent' WHEN 'isPartOf' THEN 'partially' END)
           FROM walk WHERE whole = ANY(%(asked)b) AND whole <> other AND type IN ('exactMatchOf', 'isPartOf', 'isRelatedTo')
             AND (strength IS NOT NULL OR type <> 'isRelatedTo')
           ORDER BY whole, other, type""",
        {"tenant": tx.tenant, "asked": list(competencies)},
        binary=True,
    )
    return await cursor.fetchall()
