"""What assertions are aligned to, as sources name it, and which competency that is: matched, decided, or waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from app.db import Tx


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


ALIGNMENT: LiteralString = """l.id, l.target, l.source_id, l.code, l.url, l.name, l.framework, l.competency_id, l.strength,
    l.state, l.decided_by, l.decided_at"""


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
           SELECT %s, *, %s FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[],
                                        %s::text[]) ON CONFLICT DO NOTHING""",
        tx.tenant,
        at,
        *([row[i] for row in rows] for i in range(8)),
    )


async def by_alias(tx: Tx, forms: Sequence[str]) -> list[tuple[str, UUID, str]]:
    """(form, competency, framework's title) of the competencies that are called by any of these."""
    return await tx.rows(
        """SELECT DISTINCT form, c.id, f.title FROM competency c
           JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
           CROSS JOIN LATERAL unnest(c.aliases) AS form
           WHERE c.tenant_id = %s AND c.aliases && %s::text[] AND form = ANY(%s) ORDER BY form, c.id""",
        tx.tenant,
        list(forms),
        list(forms),
    )


async def held(tx: Tx, competencies: Sequence[UUID]) -> set[UUID]:
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
    async with tx.conn.cursor(row_factory=class_row(AlignmentRow)) as cursor:
        await cursor.execute(
            f"SELECT {ALIGNMENT} FROM alignment l WHERE l.tenant_id = %s AND l.state IN ('waiting', 'unheld') ORDER BY l.id",
            [tx.tenant],
        )
        return await cursor.fetchall()


async def queue(tx: Tx, states: Sequence[str], *, retired: bool = False, after: int, limit: int) -> list[WaitingRow]:
    """The queue: alignments in one of these states, with how much there is by each; or those whose item is retired."""
    async with tx.conn.cursor(row_factory=class_row(WaitingRow)) as cursor:
        await cursor.execute(
            """SELECT l.id, l.target, l.code, l.url, l.name, l.framework, l.competency_id, l.strength, l.state, l.first_at,
                      (SELECT count(*) FROM assertion a WHERE a.tenant_id = l.tenant_id AND a.alignment_id = l.id
                       AND a.ended_at IS NULL)::int AS assertions
               FROM alignment l WHERE l.tenant_id = %s AND l.state = ANY(%s) AND l.id > %s
                 AND (NOT %s OR NOT EXISTS (SELECT 1 FROM competency c WHERE c.tenant_id = l.tenant_id AND c.id = l.competency_id))
               ORDER BY l.id LIMIT %s""",
            [tx.tenant, list(states), after, retired, limit],
        )
        return await cursor.fetchall()


async def suggestions(tx: Tx, words: str, limit: int) -> list[SuggestionRow]:
    """Competencies whose words are nearest to these, by PostgreSQL's full-text search: any word may fit."""
    async with tx.conn.cursor(row_factory=class_row(SuggestionRow)) as cursor:
        await cursor.execute(
            """WITH asked AS (SELECT to_tsquery('english', nullif(string_agg(quote_literal(word), ' | '), '')) AS query
                              FROM unnest(tsvector_to_array(to_tsvector('english', %s))) AS word)
               SELECT c.id, c.framework_id, f.title AS framework, c.code, c.statement,
                      ts_rank_cd(c.search, asked.query, 2)::float8 AS rank
               FROM asked JOIN competency c ON c.tenant_id = %s AND c.search @@ asked.query
               JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
               ORDER BY rank DESC, c.id LIMIT %s""",
            [words, tx.tenant, limit],
        )
        return await cursor.fetchall()


async def by_id(tx: Tx, alignment: int) -> AlignmentRow | None:
    """The alignment of that id."""
    async with tx.conn.cursor(row_factory=class_row(AlignmentRow)) as cursor:
        await cursor.execute(
            f"SELECT {ALIGNMENT} FROM alignment l WHERE l.tenant_id = %s AND l.id = %s", [tx.tenant, alignment]
        )
        return await cursor.fetchone()


async def settle(
    tx: Tx, rows: Sequence[tuple[int, UUID | None, str | None, str]], by: str | None, at: datetime
) -> None:
    """Note which competency alignments mean (alignment, competency, strength, state), and who says so."""
    await tx.run(
        """UPDATE alignment l SET competency_id = d.competency, strength = d.strength, state = d.state, decided_by = %s,
               decided_at = %s
           FROM unnest(%s::int[], %s::uuid[], %s::text[], %s::text[]) AS d (id, competency, strength, state)
           WHERE l.tenant_id = %s AND l.id = d.id""",
        by,
        at,
        *([row[i] for row in rows] for i in range(4)),
        tx.tenant,
    )


async def learners(tx: Tx, alignments: Sequence[int]) -> list[UUID]:
    """The learners of whom something is asserted by these alignments."""
    rows = await tx.rows(
        """SELECT DISTINCT learner_id FROM assertion
           WHERE tenant_id = %s AND alignment_id = ANY(%s) AND learner_id IS NOT NULL AND ended_at IS NULL""",
        tx.tenant,
        list(alignments),
    )
    return [learner for (learner,) in rows]
