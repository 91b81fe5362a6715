"""The frameworks and competencies that sources have told of themselves: an LMS's outcomes, another's competencies."""

from dataclasses import dataclass

from app.db import Tx


@dataclass(frozen=True, slots=True)
class PulledRow:
    """A framework of a source; `key` is "" for the competencies that it has in none, `titles` are some of them."""

    source_id: int
    slug: str
    source: str
    key: str
    title: str | None
    competencies: int
    titles: list[str]


@dataclass(frozen=True, slots=True)
class PulledCompetency:
    """A competency as its source tells it; `uri` is its address there."""

    key: str
    statement: str
    code: str | None
    uri: str | None


async def frameworks(tx: Tx, source: int | None = None) -> list[PulledRow]:
    """The frameworks that sources (or one) have competencies of, by source and title. What is retracted is none."""
    return await tx.all(
        PulledRow,
        """SELECT s.id AS source_id, s.slug, s.name AS source, g.key, f.body->>'title' AS title, g.competencies, g.titles
           FROM (SELECT c.tenant_id, c.source_id, coalesce(c.body->>'framework', '') AS key, count(*)::int AS competencies,
                        (array_agg(coalesce(c.body->>'code', c.body->>'statement') ORDER BY c.key))[1:5] AS titles
                 FROM record c WHERE c.tenant_id = %(tenant)s AND c.kind = 'competency' AND c.person IS NULL
                   AND c.state <> 'retracted' AND (%(source)s::int IS NULL OR c.source_id = %(source)s)
                 GROUP BY c.tenant_id, c.source_id, coalesce(c.body->>'framework', '')) g
           JOIN source s ON s.tenant_id = g.tenant_id AND s.id = g.source_id
           LEFT JOIN LATERAL (
               SELECT r.body FROM record r WHERE r.tenant_id = g.tenant_id AND r.source_id = g.source_id
                 AND r.kind = 'framework' AND r.key = g.key AND r.state <> 'retracted' LIMIT 1) f ON true
           ORDER BY s.name, s.id, title NULLS LAST, g.key""",
        source=source,
    )


async def competencies(tx: Tx, source: int, framework: str) -> list[PulledCompetency]:
    """The competencies of a source's framework, by their keys there."""
    return await tx.all(
        PulledCompetency,
        """SELECT c.key, c.body->>'statement' AS statement, c.body->>'code' AS code, c.body->>'uri' AS uri FROM record c
           WHERE c.tenant_id = %(tenant)s AND c.source_id = %(source)s AND c.kind = 'competency' AND c.person IS NULL
             AND c.state <> 'retracted' AND coalesce(c.body->>'framework', '') = %(framework)s
           ORDER BY length(c.key), c.key""",
        source=source,
        framework=framework,
    )
