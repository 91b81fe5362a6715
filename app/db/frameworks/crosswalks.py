"""Crosswalks: which competencies stand for which others, within and across frameworks, and how strongly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from app.db import Tx

CROSSING: LiteralString = "('exactMatchOf', 'isRelatedTo', 'isPartOf', 'isPeerOf', 'isTranslationOf')"


@dataclass(frozen=True, slots=True)
class EndRow:
    """The far end of a crosswalk that is no competency the tenant has, and which one it was found to mean, if any."""

    framework_id: UUID
    n: int
    uri: str
    title: str | None
    meant: UUID | None


async def leading_out(tx: Tx) -> list[EndRow]:
    """The far ends of crosswalks that are no competency the tenant has."""
    return await tx.all(
        EndRow,
        f"""SELECT l.framework_id, l.n, node->>'uri' AS uri, node->>'title' AS title, l.meant
            FROM competency_link l CROSS JOIN LATERAL (SELECT convert_from(l.body, 'UTF8')::json->'destinationNodeURI') AS d (node)
            WHERE l.tenant_id = %s AND l.type IN {CROSSING} AND NOT EXISTS (
                SELECT 1 FROM competency c WHERE c.tenant_id = l.tenant_id AND c.id = l.destination)
            ORDER BY l.framework_id, l.n""",
        tx.tenant,
    )


Meant = Sequence[tuple[UUID, UUID, UUID]]


async def meant(tx: Tx, framework: UUID) -> Meant:
    """(association, far end, competency) of what a framework's crosswalks were found to mean."""
    return await tx.rows(
        """SELECT id, destination, meant FROM competency_link
           WHERE tenant_id = %s AND framework_id = %s AND meant IS NOT NULL""",
        tx.tenant,
        framework,
    )


async def mean_as_before(tx: Tx, framework: UUID, before: Meant) -> None:
    """Let the crosswalks of a new version mean what they meant in the one before."""
    await tx.run(
        """UPDATE competency_link l SET meant = m.competency
           FROM unnest(%(associations)s::uuid[], %(ends)s::uuid[], %(competencies)s::uuid[])
                AS m (association, far, competency)
           WHERE l.tenant_id = %(tenant)s AND l.framework_id = %(framework)s AND l.id = m.association
             AND l.destination = m.far""",
        framework=framework,
        associations=[association for association, _, _ in before],
        ends=[far for _, far, _ in before],
        competencies=[competency for _, _, competency in before],
    )


async def mean(tx: Tx, rows: Sequence[tuple[UUID, int, UUID]]) -> None:
    """Note which competency far ends (framework, position, competency) mean."""
    await tx.run(
        """UPDATE competency_link l SET meant = m.competency
           FROM unnest(%(frameworks)s::uuid[], %(positions)s::int[], %(competencies)s::uuid[])
                AS m (framework_id, n, competency)
           WHERE l.tenant_id = %(tenant)s AND l.framework_id = m.framework_id AND l.n = m.n""",
        frameworks=[framework for framework, _, _ in rows],
        positions=[n for _, n, _ in rows],
        competencies=[competency for _, _, competency in rows],
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
