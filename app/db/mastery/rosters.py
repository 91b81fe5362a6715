"""Rosters: the classes sources tell of, who is enrolled in one, and what the learners of a group are called."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.records.packed import unpacker


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class as its source tells of it."""

    source: str
    key: str
    title: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class AboutRow:
    """The grades and subjects of a class as its source writes them, or of its course, or of the class it is part of."""

    grades: list[str]
    subjects: list[str]


@dataclass(frozen=True, slots=True)
class EnrolledRow:
    """A learner's enrollment as a student, as its source tells of it; None is what it does not say."""

    learner: UUID
    state: str | None
    begins: date | None
    ends: date | None


async def classes(tx: Tx, *, after: tuple[str, str], limit: int) -> list[ClassRow]:
    """Classes that sources tell of, in the order of source and key, after a (source, key)."""
    slug, key = after
    return await tx.all(
        ClassRow,
        """SELECT s.slug AS source, r.key, r.body->>'title' AS title, r.body->>'code' AS code FROM source s
           JOIN record r ON r.tenant_id = s.tenant_id AND r.source_id = s.id AND r.kind = 'class'
                AND r.person IS NULL AND r.state <> 'retracted'
           WHERE s.tenant_id = %(tenant)s AND (s.slug, r.key) > (%(slug)s, %(key)s)
           ORDER BY s.slug, r.key LIMIT %(most)s""",
        slug=slug,
        key=key,
        most=limit,
    )


async def title(tx: Tx, source: int, key: str) -> str | None:
    """What a source calls a class."""
    row = await tx.row(
        """SELECT body->>'title' FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND kind = 'class'
           AND key = %(key)s AND person IS NULL ORDER BY state <> 'current' LIMIT 1""",
        source=source,
        key=key,
    )
    return None if row is None else row[0]


async def about(tx: Tx, source: int, key: str) -> list[AboutRow]:
    """What a source says a class is about: the class first, then its course, then the class it is a part of."""
    return await tx.all(
        AboutRow,
        """FROM (SELECT n, ARRAY(SELECT json_array_elements_text(coalesce(body->'grades', '[]'))) AS grades,
                  ARRAY(SELECT json_array_elements_text(coalesce(body->'subjects', '[]'))) AS subjects
           FROM (SELECT r.body FROM record r WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s
                     AND r.kind = 'class' AND r.key = %(key)s AND r.person IS NULL
                 ORDER BY r.state <> 'current' LIMIT 1) class (told)
           CROSS JOIN LATERAL (
               SELECT 0 AS n, told AS body
               UNION ALL SELECT 1, r.body FROM record r WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s
                   AND r.kind = 'course' AND r.key = told->>'course' AND r.person IS NULL
               UNION ALL SELECT 2, r.body FROM record r WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s
                   AND r.kind = 'class' AND r.key = told->>'part_of' AND r.person IS NULL) spoken) said ORDER BY n""",
        source=source,
        key=key,
    )


async def parts(tx: Tx, source: int, key: str) -> list[str]:
    """The keys of a class that a source tells of and of the classes that are part of it; none: it tells of no such."""
    rows = await tx.rows(
        """WITH RECURSIVE part (key) AS (
               SELECT key FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND kind = 'class'
                   AND key = %(key)s AND person IS NULL
               UNION
               SELECT r.key FROM part JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = %(source)s
                   AND r.kind = 'class' AND r.body->>'part_of' = part.key AND r.state <> 'retracted')
           SELECT key FROM part ORDER BY key""",
        source=source,
        key=key,
    )
    return [part for (part,) in rows]


async def enrolled(tx: Tx, refs: Sequence[int]) -> list[EnrolledRow]:
    """Who a source says is or was a student in any of these classes of its own, given as references."""
    return await tx.all(
        EnrolledRow,
        """SELECT e.learner_id AS learner, r.body->>'state' AS state, (r.body->>'begins')::date AS begins,
                  least((r.body->>'ends')::date,
                        CASE WHEN r.state = 'ended' THEN coalesce(r.state_at, r.received_at)::date - 1 END) AS ends
           FROM unnest(%(refs)s::bigint[]) AS c (ref)
           CROSS JOIN LATERAL (SELECT learner_id, source_id, stream, raw_key, n, section FROM entry
               WHERE tenant_id = %(tenant)s AND class_ref = c.ref OFFSET 0) e
           CROSS JOIN LATERAL (SELECT state, state_at, received_at, body FROM record WHERE tenant_id = %(tenant)s AND source_id = e.source_id
               AND stream = e.stream AND raw_key = e.raw_key AND n = e.n OFFSET 0) r
           WHERE e.section = 'enrollments' AND r.state <> 'retracted' AND coalesce(r.body->>'role', 'student') = 'student'""",
        refs=list(refs),
    )


class _Named(msgspec.Struct):
    value: str
    preferred: bool = False


class _Graded(msgspec.Struct):
    value: str
    ends: str | None = None


class _Record(msgspec.Struct):
    names: list[_Named] = []
    grades: list[_Graded] = []


async def names(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, str]:
    """What learners' records call them: the name they chose, else the first that is told."""
    called = {}
    for learner, header in await _headers(tx, learners):
        if header.names:
            called[learner] = next((name for name in header.names if name.preferred), header.names[0]).value
    return called


async def grades(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The grades that learners' records say they are in, as they are written there; what is over is left out."""
    return {
        learner: [grade.value for grade in header.grades if grade.ends is None]
        for learner, header in await _headers(tx, learners)
    }


async def _headers(tx: Tx, learners: Sequence[UUID]) -> list[tuple[UUID, _Record]]:
    rows = await tx.rows(
        "SELECT id, body FROM learner WHERE tenant_id = %s AND id = ANY(%s) AND body IS NOT NULL",
        tx.tenant,
        list(learners),
    )
    unpack, read = unpacker(), msgspec.json.Decoder(_Record).decode
    return [(learner, read(unpack(body))) for learner, body in rows]
