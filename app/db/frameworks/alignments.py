"""What assertions are aligned to, as sources name it, and which competency that is: matched, decided, or waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.records.entries import note_sensitive


@dataclass(frozen=True, slots=True)
class AlignmentRow:
    """What assertions are aligned to, as a source names it, and which competency that is, if that is known."""

    id: int
    target: str
    source_id: int | None
    code: str | None
    url: str | None
    name: str | None
    framework: str | None
    competency_id: UUID | None
    strength: str | None
    state: str
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An alignment in the queue, or that somebody decided, and how many assertions are by it."""

    id: int
    target: str
    code: str | None
    url: str | None
    name: str | None
    framework: str | None
    competency_id: UUID | None
    strength: str | None
    state: str
    first_at: datetime
    assertions: int


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """A competency that may be meant; `rank` is PostgreSQL's, higher is nearer."""

    id: UUID
    framework_id: UUID
    framework: str
    code: str | None
    statement: str
    rank: float


async def known(tx: Tx, targets: Sequence[str]) -> dict[str, tuple[int, UUID | None]]:
    """Of targets' keys: the alignment of each that there is, and its competency."""
    rows = await tx.rows(
        "SELECT target, id, competency_id FROM alignment WHERE tenant_id = %s AND target = ANY(%s)",
        tx.tenant,
        list(targets),
    )
    return {target: (alignment, competency) for target, alignment, competency in rows}


NewRow = tuple[str, int | None, str | None, str | None, str | None, str | None, UUID | None, str]


async def add(tx: Tx, rows: Sequence[NewRow], at: datetime) -> None:
    """Add alignments (target, source, code, url, name, framework, competency, state)."""
    await tx.run(
        """INSERT INTO alignment (tenant_id, target, source_id, code, url, name, framework, competency_id, state, first_at)
           SELECT %(tenant)s, target, source_id, code, url, name, framework, competency_id, state, %(at)s
           FROM unnest(%(targets)s::text[], %(sources)s::int[], %(codes)s::text[], %(urls)s::text[], %(names)s::text[],
                       %(frameworks)s::text[], %(competencies)s::uuid[], %(states)s::text[])
                AS a (target, source_id, code, url, name, framework, competency_id, state) ON CONFLICT DO NOTHING""",
        at=at,
        targets=[row[0] for row in rows],
        sources=[row[1] for row in rows],
        codes=[row[2] for row in rows],
        urls=[row[3] for row in rows],
        names=[row[4] for row in rows],
        frameworks=[row[5] for row in rows],
        competencies=[row[6] for row in rows],
        states=[row[7] for row in rows],
    )


async def by_alias(tx: Tx, forms: Sequence[str]) -> list[tuple[str, UUID, UUID]]:
    """(form, competency, framework) of the competencies that are called by any of these."""
    return await tx.rows(
        """SELECT DISTINCT form, c.id, c.framework_id FROM competency c CROSS JOIN LATERAL unnest(c.aliases) AS form
           WHERE c.tenant_id = %(tenant)s AND c.aliases && %(forms)s::text[] AND form = ANY(%(forms)s)
           ORDER BY form, c.id, c.framework_id""",
        forms=list(forms),
    )


async def in_frameworks(tx: Tx, competencies: Sequence[UUID]) -> set[UUID]:
    """Which of these competencies are in a framework of the tenant."""
    rows = await tx.rows(
        "SELECT DISTINCT id FROM competency WHERE tenant_id = %s AND id = ANY(%s)", tx.tenant, list(competencies)
    )
    return {competency for (competency,) in rows}


async def own_competencies(tx: Tx, sources: Sequence[int]) -> list[tuple[int, str, str | None]]:
    """(source, record in JSON, framework's title) of the competencies sources tell of themselves (an LMS's outcomes)."""
    return await tx.rows(
        """SELECT c.source_id, c.body::text, f.body->>'title' FROM record c
           LEFT JOIN record f ON f.tenant_id = c.tenant_id AND f.source_id = c.source_id AND f.kind = 'framework'
                AND f.key = c.body->>'framework'
           WHERE c.tenant_id = %s AND c.source_id = ANY(%s) AND c.kind = 'competency' AND c.person IS NULL""",
        tx.tenant,
        list(sources),
    )


async def unmatched(tx: Tx) -> list[AlignmentRow]:
    """Alignments that wait, in the order they came."""
    query = "FROM alignment WHERE tenant_id = %s AND state IN ('waiting', 'unheld') ORDER BY id"
    return await tx.all(AlignmentRow, query, tx.tenant)


async def queue(tx: Tx, states: Sequence[str], *, retired: bool = False, after: int, limit: int) -> list[WaitingRow]:
    """The queue: alignments in one of these states, with how much there is by each; or those whose item is retired."""
    return await tx.all(
        WaitingRow,
        """SELECT l.id, l.target, l.code, l.url, l.name, l.framework, l.competency_id, l.strength, l.state, l.first_at,
                  (SELECT count(*) FROM assertion a WHERE a.tenant_id = l.tenant_id AND a.alignment_id = l.id
                   AND a.ended_at IS NULL)::int AS assertions
           FROM alignment l WHERE l.tenant_id = %(tenant)s AND l.state = ANY(%(states)s) AND l.id > %(after)s
             AND (NOT %(retired)s OR NOT EXISTS (
                 SELECT 1 FROM competency c WHERE c.tenant_id = l.tenant_id AND c.id = l.competency_id))
           ORDER BY l.id LIMIT %(most)s""",
        states=list(states),
        after=after,
        retired=retired,
        most=limit,
    )


async def suggestions(tx: Tx, words: str, forms: Sequence[str], limit: int) -> list[SuggestionRow]:
    """Competencies that may be called by one of these forms of a code, the fullest first, then those whose words are
    nearest by PostgreSQL's full-text search: any word may fit.
    """
    return await tx.all(
        SuggestionRow,
        """WITH asked AS (SELECT to_tsquery('english', nullif(string_agg(quote_literal(word), ' | '), '')) AS query
                          FROM unnest(tsvector_to_array(to_tsvector('english', %(words)s))) AS word),
           ranked AS (
               SELECT c.id, c.framework_id, c.code, c.statement, 2.0::float8 - array_position(%(forms)s::text[], form) * 0.1 AS rank
               FROM competency c CROSS JOIN LATERAL unnest(c.aliases) AS form
               WHERE c.tenant_id = %(tenant)s AND c.aliases && %(forms)s::text[] AND form = ANY(%(forms)s)
               UNION ALL
               SELECT c.id, c.framework_id, c.code, c.statement, ts_rank_cd(c.search, asked.query, 2)::float8
               FROM asked JOIN competency c ON c.tenant_id = %(tenant)s AND c.search @@ asked.query),
           best AS (SELECT DISTINCT ON (id, framework_id) id, framework_id, code, statement, rank
                    FROM ranked ORDER BY id, framework_id, rank DESC)
           SELECT b.id, b.framework_id, f.title AS framework, b.code, b.statement, b.rank FROM best b
           JOIN framework f ON f.tenant_id = %(tenant)s AND f.id = b.framework_id
           ORDER BY b.rank DESC, b.id LIMIT %(most)s""",
        words=words,
        forms=list(forms),
        most=limit,
    )


async def by_id(tx: Tx, alignment: int) -> AlignmentRow | None:
    """The alignment of that id."""
    return await tx.first(AlignmentRow, "FROM alignment WHERE tenant_id = %s AND id = %s", tx.tenant, alignment)


async def settle(
    tx: Tx, rows: Sequence[tuple[int, UUID | None, str | None, str]], by: str | None, at: datetime
) -> None:
    """Note which competency alignments mean (alignment, competency, strength, state), and who says so."""
    await tx.run(
        """UPDATE alignment l SET competency_id = d.competency, strength = d.strength, state = d.state,
               decided_by = %(by)s, decided_at = %(at)s
           FROM unnest(%(ids)s::int[], %(competencies)s::uuid[], %(strengths)s::text[], %(states)s::text[])
                AS d (id, competency, strength, state)
           WHERE l.tenant_id = %(tenant)s AND l.id = d.id""",
        by=by,
        at=at,
        ids=[row[0] for row in rows],
        competencies=[row[1] for row in rows],
        strengths=[row[2] for row in rows],
        states=[row[3] for row in rows],
    )
    await note_sensitive(tx)


async def learners(tx: Tx, alignments: Sequence[int]) -> list[UUID]:
    """The learners of whom something is asserted by these alignments."""
    rows = await tx.rows(
        """SELECT DISTINCT learner_id FROM assertion
           WHERE tenant_id = %s AND alignment_id = ANY(%s) AND learner_id IS NOT NULL AND ended_at IS NULL""",
        tx.tenant,
        list(alignments),
    )
    return [learner for (learner,) in rows]
