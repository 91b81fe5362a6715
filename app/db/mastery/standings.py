"""What views are made of: evidence with the words it came in, and competencies with their place in a framework."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import overrides
from app.db.mastery.mastery import Pair, known
from app.db.mastery.overrides import OverrideRow


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
    strength: str | None
    undated: bool
    hash: int
    least: float | None
    most: float | None
    doubt: str | None
    code: str | None
    name: str | None
    url: str | None
    framework: str | None
    override: bool = False


SENSITIVE = "sensitive"
"""The sensitivity of what is general in one framework, and not in another or in what it was shown in."""
EVIDENCE: LiteralString = """a.id, a.learner_id, l.competency_id, a.at, a.share, a.method, a.positive, a.confidence,
    a.expires, a.level, a.value, a.unit, a.met, a.detail, a.source_id, s.name AS source, a.stream, a.raw_key,
    l.id AS alignment_id, l.strength, a.undated, a.hash, a.least, a.most, a.doubt, l.code, l.name, l.url, l.framework, FALSE AS override"""


FROM: LiteralString = """FROM assertion a JOIN alignment l ON l.tenant_id = a.tenant_id AND l.id = a.alignment_id
    JOIN source s ON s.tenant_id = a.tenant_id AND s.id = a.source_id WHERE a.tenant_id = %(tenant)s"""


async def evidence(tx: Tx, learners: Sequence[UUID], *, known_at: datetime | None = None) -> list[EvidenceRow]:
    """All that is asserted of learners, and the levels set for them; or what was known at a time."""
    rows = await tx.all(
        EvidenceRow,
        f"SELECT {EVIDENCE} {FROM} AND a.learner_id = ANY(%(learners)s) AND {known(known_at)}",
        learners=list(learners),
        known=known_at,
    )
    return [*rows, *map(_as_evidence, await overrides.of_learners(tx, learners, known_at=known_at))]


async def by_id(tx: Tx, assertions: Sequence[int]) -> list[EvidenceRow]:
    """These assertions and levels that were set, also those that were corrected or taken back since."""
    query = f"SELECT {EVIDENCE} {FROM} AND a.id = ANY(%(assertions)s) ORDER BY a.at, a.id"
    rows = await tx.all(EvidenceRow, query, assertions=list(assertions))
    return [*rows, *map(_as_evidence, await overrides.by_ids(tx, assertions))]


async def begun(tx: Tx, pairs: Sequence[Pair], on: datetime) -> set[Pair]:
    """Of these (learner, competency) those of which anything asserted, or a level that was set, is dated by a day."""
    learners, competencies = [learner for learner, _ in pairs], [competency for _, competency in pairs]
    rows = await tx.rows(
        """SELECT DISTINCT p.learner, p.competency
           FROM unnest(%(learners)s::uuid[], %(competencies)s::uuid[]) AS p (learner, competency)
           JOIN alignment l ON l.tenant_id = %(tenant)s AND l.competency_id = p.competency
           JOIN assertion a ON a.tenant_id = %(tenant)s AND a.learner_id = p.learner AND a.alignment_id = l.id
               AND a.ended_at IS NULL AND a.at <= %(on)s""",
        learners=learners,
        competencies=competencies,
        on=on,
    )
    levels = await overrides.of_learners(tx, sorted({*learners}), sorted({*competencies}))
    return {*rows, *((row.learner_id, row.competency_id) for row in levels if row.begins <= on)} & {*pairs}


def _as_evidence(row: OverrideRow) -> EvidenceRow:
    return EvidenceRow(
        **overrides.as_assertion(row), source=row.who, alignment_id=0, code=None, name=None, url=None, framework=None
    )


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A competency in the framework it was imported with last, or one of those it is a part of (`above` > 0).

    `retired_at`: since when no framework has it any more; it is then told as it was last. Sensitive in any is sensitive.
    """

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
    retired_at: datetime | None = None


async def wholes(tx: Tx, competencies: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(competency, what it is a part of) in any framework, for each the nearest first; of those as near, by id."""
    cursor = await tx.conn.execute(
        """WITH RECURSIVE up AS (
               SELECT c AS leaf, c AS id, 0 AS above FROM unnest(%(asked)b::uuid[]) AS c
               UNION SELECT up.leaf, k.destination, up.above + 1 FROM up
               JOIN competency_link k ON k.tenant_id = %(tenant)s AND k.origin = up.id AND k.type = 'isChildOf'
               WHERE up.above < 20)
           SELECT leaf, id FROM up WHERE id <> leaf AND EXISTS (
               SELECT FROM competency c WHERE c.tenant_id = %(tenant)s AND c.id = up.id)
           GROUP BY leaf, id ORDER BY leaf, min(above), id""",
        {"tenant": tx.tenant, "asked": list(competencies)},
        binary=True,
    )
    return await cursor.fetchall()


async def parts(tx: Tx, competencies: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(whole, part) of these and all below them, in any framework, in the order of their frameworks.

    None where no policy says by which rule parts add up.
    """
    if not await tx.one(
        "SELECT EXISTS (SELECT FROM policy WHERE tenant_id = %s AND body->>'parts' IS NOT NULL)", tx.tenant
    ):
        return []
    cursor = await tx.conn.execute(
        """WITH RECURSIVE down AS (
               SELECT NULL::uuid AS whole, a AS part, 0 AS below, NULL::int AS sequence FROM unnest(%(asked)b::uuid[]) AS a
               UNION SELECT d.part, k.origin, d.below + 1, k.sequence FROM down d
               JOIN competency_link k ON k.tenant_id = %(tenant)s AND k.destination = d.part AND k.type = 'isChildOf'
               WHERE d.below < 20)
           SELECT d.whole, d.part FROM down d
           JOIN competency c ON c.tenant_id = %(tenant)s AND c.id = d.part WHERE d.whole <> d.part
           GROUP BY d.whole, d.part ORDER BY d.whole, min(d.sequence) NULLS LAST, min(c.n), d.part""",
        {"tenant": tx.tenant, "asked": list(competencies)},
        binary=True,
    )
    return await cursor.fetchall()


async def placed(tx: Tx, competencies: Sequence[UUID], framework: UUID | None = None) -> list[PlacedRow]:
    """These competencies, as far as a framework has or had them, and all they are parts of, the nearest first.

    One that several have stands in the `framework` asked for, if that is one of them.
    """
    rows = await _placed(tx, competencies, framework)
    missing = {*competencies} - {row.leaf for row in rows}
    if missing:
        rows += await _retired(tx, sorted(missing))
    hidden = await frameworks.sensitive(tx, sorted({row.id for row in rows if row.sensitivity == "general"}))
    return [replace(row, sensitivity=SENSITIVE) if row.id in hidden else row for row in rows] if hidden else rows


async def _retired(tx: Tx, competencies: Sequence[UUID]) -> list[PlacedRow]:
    return await tx.all(
        PlacedRow,
        """SELECT DISTINCT ON (id) id AS leaf, 0 AS above, id, n, code, statement, item_type, sensitivity,
                  framework_id, framework, ended_at AS retired_at
           FROM competency_past WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) ORDER BY id, ended_at DESC, n DESC""",
        ids=list(competencies),
    )


async def _placed(tx: Tx, competencies: Sequence[UUID], framework: UUID | None) -> list[PlacedRow]:
    return await tx.all(
        PlacedRow,
        """WITH RECURSIVE leaf AS (
               SELECT DISTINCT ON (c.id) c.id, c.framework_id FROM competency c
               JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
               WHERE c.tenant_id = %(tenant)s AND c.id = ANY(%(ids)s)
               ORDER BY c.id, f.id IS DISTINCT FROM %(framework)s::uuid, f.imported_at DESC, f.id),
           up AS (
               SELECT id AS leaf, id, framework_id, 0 AS above FROM leaf
               UNION SELECT up.leaf, k.destination, up.framework_id, up.above + 1 FROM up
               JOIN competency_link k ON k.tenant_id = %(tenant)s AND k.origin = up.id
                    AND k.framework_id = up.framework_id AND k.type = 'isChildOf'
               WHERE up.above < 20)
           SELECT DISTINCT ON (up.leaf, up.above, c.n) up.leaf, up.above, c.id, c.n, c.code, c.statement, c.item_type,
                  c.sensitivity, c.framework_id, f.title AS framework
           FROM up JOIN competency c ON c.tenant_id = %(tenant)s AND c.framework_id = up.framework_id AND c.id = up.id
           JOIN framework f ON f.tenant_id = c.tenant_id AND f.id = c.framework_id
           ORDER BY up.leaf, up.above, c.n""",
        ids=list(competencies),
        framework=framework,
    )
