"""What views are made of: evidence with the words it came in, competencies with their place, groups with their members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from app.db import Tx


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An assertion with what it is aligned to in its source's words; `competency_id` None: nobody knows which that is."""

    id: int
    learner_id: UUID
    competency_id: UUID | None
    at: datetime
    share: float | None
    method: str | None
    positive: bool
    confidence: float | None
    expires: datetime | None
    level: str | None
    value: float | None
    unit: str | None
    met: bool | None
    detail: dict[str, Any]
    source_id: int
    source: str
    stream: str
    raw_key: str
    alignment_id: int
    code: str | None
    name: str | None
    url: str | None
    framework: str | None


EVIDENCE: LiteralString = """a.id, a.learner_id, l.competency_id, a.at, a.share, a.method, a.positive, a.confidence,
    a.expires, a.level, a.value, a.unit, a.met, a.detail, a.source_id, s.name AS source, a.stream, a.raw_key,
    l.id AS alignment_id, l.code, l.name, l.url, l.framework"""


async def evidence(
    tx: Tx, learners: Sequence[UUID], *, competencies: Sequence[UUID] | None = None, known_at: datetime | None = None
) -> list[EvidenceRow]:
    """All that is asserted of learners, of these competencies or all; or what was known at a time."""
    async with tx.conn.cursor(row_factory=class_row(EvidenceRow)) as cursor:
        await cursor.execute(
            f"""SELECT {EVIDENCE} FROM assertion a
                JOIN alignment l ON l.tenant_id = a.tenant_id AND l.id = a.alignment_id
                JOIN source s ON s.tenant_id = a.tenant_id AND s.id = a.source_id
                WHERE a.tenant_id = %s AND a.learner_id = ANY(%s)
                  AND (%s::uuid[] IS NULL OR l.competency_id = ANY(%s))
                  AND CASE WHEN %s::timestamptz IS NULL THEN a.ended_at IS NULL
                      ELSE a.recorded_at <= %s AND (a.ended_at IS NULL OR a.ended_at > %s) END""",
            [tx.tenant, list(learners), competencies, competencies, known_at, known_at, known_at],
        )
        return await cursor.fetchall()


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A competency in the framework it was imported with last, or one of those it is a part of (`above` > 0)."""

    leaf: UUID
    above: int
    id: UUID
    n: int
    code: str | None
    statement: str
    item_type: str | None
    sensitivity: str
    framework_id: UUID
    framework: str


async def placed(tx: Tx, competencies: Sequence[UUID]) -> list[PlacedRow]:
    """These competencies, as far as a framework has them, and all they are parts of, the nearest first."""
    async with tx.conn.cursor(row_factory=class_row(PlacedRow)) as cursor:
        await cursor.execute(
            """WITH RECURSIVE leaf AS (
                   SELECT DISTINCT ON (c.id) c.id, c.framework_id FROM competency c
                   JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
                   WHERE c.tenant_id = %s AND c.id = ANY(%s) ORDER BY c.id, f.imported_at DESC, f.id),
               up AS (
                   SELECT id AS leaf, id, framework_id, 0 AS above FROM leaf
                   UNION SELECT up.leaf, k.destination, up.framework_id, up.above + 1 FROM up
                   JOIN competency_link k ON k.tenant_id = %s AND k.origin = up.id AND k.framework_id = up.framework_id
                        AND k.type = 'isChildOf'
                   WHERE up.above < 20)
               SELECT DISTINCT ON (up.leaf, up.above, c.n) up.leaf, up.above, c.id, c.n, c.code, c.statement, c.item_type,
                      c.sensitivity, c.framework_id, f.title AS framework
               FROM up JOIN competency c ON c.tenant_id = %s AND c.framework_id = up.framework_id AND c.id = up.id
               JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
               ORDER BY up.leaf, up.above, c.n""",
            [tx.tenant, list(competencies), tx.tenant, tx.tenant],
        )
        return await cursor.fetchall()


async def target(tx: Tx, framework: UUID, within: UUID | None, grade: str | None) -> list[UUID]:
    """The competencies of a framework that can be shown: of the kinds its leaves are, in its order.

    `within`: only what is a part of that item; `grade`: only what is for that grade level (CEDS code).
    """
    rows = await tx.rows(
        """WITH RECURSIVE below AS (
               SELECT %s::uuid AS id
               UNION SELECT k.origin FROM below JOIN competency_link k ON k.tenant_id = %s AND k.framework_id = %s
                   AND k.destination = below.id AND k.type = 'isChildOf'),
           parent AS (SELECT DISTINCT destination AS id FROM competency_link
                      WHERE tenant_id = %s AND framework_id = %s AND type = 'isChildOf'),
           leaf_type AS (SELECT DISTINCT c.item_type FROM competency c LEFT JOIN parent p ON p.id = c.id
                         WHERE c.tenant_id = %s AND c.framework_id = %s AND p.id IS NULL AND c.item_type IS NOT NULL)
           SELECT c.id FROM competency c LEFT JOIN parent p ON p.id = c.id
           WHERE c.tenant_id = %s AND c.framework_id = %s
             AND (p.id IS NULL OR c.item_type IN (SELECT item_type FROM leaf_type))
             AND (%s::uuid IS NULL OR c.id IN (SELECT id FROM below))
             AND (%s::text IS NULL OR convert_from(c.body, 'UTF8')::jsonb -> 'educationLevel' ? %s)
           GROUP BY c.id ORDER BY max(c.n)""",
        within, tx.tenant, framework, tx.tenant, framework, tx.tenant, framework, tx.tenant, framework, within, grade,
        grade,
    )  # fmt: skip
    return [competency for (competency,) in rows]


async def order(tx: Tx, competencies: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(what comes first, what then) between these competencies, as any framework says (`precedes`)."""
    return await tx.rows(
        """SELECT DISTINCT origin, destination FROM competency_link
           WHERE tenant_id = %s AND type = 'precedes' AND destination = ANY(%s) ORDER BY origin, destination""",
        tx.tenant, list(competencies),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A class, club or lesson group as its source tells it."""

    source_id: int
    source: str
    key: str
    title: str
    kind: str | None


async def groups(tx: Tx, after: tuple[int, str], limit: int) -> list[GroupRow]:
    """Groups that are not withdrawn, in the order of their source and key."""
    async with tx.conn.cursor(row_factory=class_row(GroupRow)) as cursor:
        await cursor.execute(
            """SELECT DISTINCT ON (r.source_id, r.key) r.source_id, s.slug AS source, r.key,
                      r.body ->> 'title' AS title, r.body ->> 'type' AS kind
               FROM record r JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
               WHERE r.tenant_id = %s AND r.kind = 'class' AND r.person IS NULL AND NOT r.withdrawn
                 AND (r.source_id, r.key) > (%s, %s)
               ORDER BY r.source_id, r.key, r.stream, r.raw_key, r.n LIMIT %s""",
            [tx.tenant, *after, limit],
        )
        return await cursor.fetchall()


async def group(tx: Tx, source: int, key: str) -> GroupRow | None:
    """The group of that source and key."""
    async with tx.conn.cursor(row_factory=class_row(GroupRow)) as cursor:
        await cursor.execute(
            """SELECT r.source_id, s.slug AS source, r.key, r.body ->> 'title' AS title, r.body ->> 'type' AS kind
               FROM record r JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
               WHERE r.tenant_id = %s AND r.source_id = %s AND r.kind = 'class' AND r.key = %s AND r.person IS NULL
                 AND NOT r.withdrawn ORDER BY r.stream, r.raw_key, r.n LIMIT 1""",
            [tx.tenant, source, key],
        )
        return await cursor.fetchone()


async def members(tx: Tx, source: int, key: str, ref: int) -> list[UUID]:
    """The learners who are in a group as students; `ref` is the group's (app.pipeline.refs), by which records name it."""
    rows = await tx.rows(
        """SELECT DISTINCT l.id FROM learner l
           JOIN person p ON p.tenant_id = l.tenant_id AND p.learner_id = l.id AND p.source_id = %s
           JOIN record r ON r.tenant_id = l.tenant_id AND r.source_id = p.source_id AND r.person = p.key
                AND r.kind = 'enrollment' AND NOT r.withdrawn
                AND r.body ->> 'class_' = %s AND coalesce(r.body ->> 'role', 'student') = 'student'
           WHERE l.tenant_id = %s AND l.refs @> ARRAY[%s]::bigint[] AND l.body IS NOT NULL ORDER BY l.id""",
        source, key, tx.tenant, ref,
    )  # fmt: skip
    return [learner for (learner,) in rows]


async def bodies(tx: Tx, learners: Sequence[UUID]) -> Mapping[UUID, bytes]:
    """The records of learners as they are served."""
    cursor = await tx.conn.execute(
        "SELECT id, body FROM learner WHERE tenant_id = %s AND id = ANY(%s) AND body IS NOT NULL",
        [tx.tenant, list(learners)],
        binary=True,
    )
    return dict(await cursor.fetchall())
