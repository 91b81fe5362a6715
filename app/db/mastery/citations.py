"""What is cited: competencies by name, and what decided a state of mastery, with who says so and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.mastery import overrides


@dataclass(frozen=True, slots=True)
class CitedRow:
    """An assertion as it is cited; `source` is who says so, by name, `raw_key` what that source calls it."""

    id: int
    at: datetime
    title: str | None
    source: str
    slug: str
    raw_key: str


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A competency in the framework it was imported with last; `retired`: none has it any more, and this it said last."""

    id: UUID
    code: str | None
    statement: str
    sensitivity: str
    retired: bool


@dataclass(frozen=True, slots=True)
class AddressedRow:
    """A competency as it is pointed to: where its framework says it is (CASE `uri`), and what that is called."""

    id: UUID
    code: str | None
    statement: str
    uri: str
    framework: str


async def named(tx: Tx, competencies: Sequence[UUID]) -> list[NamedRow]:
    """These competencies, as far as a framework has them, or had."""
    return await tx.all(
        NamedRow,
        """(SELECT DISTINCT ON (c.id) c.id, c.code, c.statement, c.sensitivity, FALSE AS retired FROM competency c
           JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
           WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(ids)s) ORDER BY c.id, f.imported_at DESC, f.id)
           UNION ALL
           (SELECT DISTINCT ON (p.id) p.id, p.code, p.statement, p.sensitivity, TRUE FROM competency_past p
           WHERE p.tenant_id = %(tenant)s AND p.id = ANY(%(ids)s) AND NOT EXISTS (
               SELECT 1 FROM competency c WHERE c.tenant_id = p.tenant_id AND c.id = p.id)
           ORDER BY p.id, p.ended_at DESC, p.n DESC)""",
        ids=list(competencies),
    )


async def addressed(tx: Tx, competencies: Sequence[UUID]) -> list[AddressedRow]:
    """These competencies with their addresses; what no framework has any more, as it was last."""
    return await tx.all(
        AddressedRow,
        """SELECT DISTINCT ON (id) id, code, statement, convert_from(body, 'UTF8')::json ->> 'uri' AS uri, framework
           FROM (
               SELECT c.id, c.code, c.statement, c.body, f.title AS framework, f.imported_at AS at, 1 AS held, c.n
               FROM competency c JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
               WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(ids)s)
               UNION ALL SELECT id, code, statement, body, framework, ended_at, 0, n FROM competency_past
               WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
           ) AS item ORDER BY id, held DESC, at DESC, n DESC""",
        ids=list(competencies),
    )


async def cited(tx: Tx, assertions: Sequence[int]) -> dict[int, CitedRow]:
    """These assertions and levels that were set, by id."""
    rows = await tx.all(
        CitedRow,
        """SELECT a.id, a.at, a.detail->>'title' AS title, s.name AS source, s.slug, a.raw_key FROM assertion a
           JOIN source s ON s.tenant_id = a.tenant_id AND s.id = a.source_id
           WHERE a.tenant_id = %(tenant)s AND a.id = ANY(%(ids)s)""",
        ids=list(assertions),
    )
    levels = [
        CitedRow(id=-row.id, at=row.begins, title=overrides.TITLE, source=row.who, slug="", raw_key=str(row.key))
        for row in await overrides.by_ids(tx, assertions)
    ]
    return {row.id: row for row in (*rows, *levels)}
