"""How people stand to learners, as sources tell: who teaches what, who is in which class, whose children, whose school."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import LiteralString
from uuid import UUID

from app.db import Tx

Ref = tuple[int, str]
"""A person of a source: source, key."""

THESE: LiteralString = "unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)"
RUNS: LiteralString = """r.state = 'current' AND coalesce((r.body->>'begins')::date, '-infinity') <= %(on)s
    AND coalesce((r.body->>'ends')::date, 'infinity') >= %(on)s
    AND coalesce(r.body->>'state', 'active') NOT IN ('inactive', 'rejected', 'deleted', 'completed')"""
"""Of a statement `r`: it holds on a day, by its state and by its dates."""


AGENTS: LiteralString = "CASE json_typeof(r.body->'agents') WHEN 'array' THEN r.body->'agents' ELSE '[]' END"
"""Of a person's statement `r`: whom it names their agents."""


@dataclass(frozen=True, slots=True)
class PostRow:
    """A class that a person has a part in who is no student of it."""

    source_id: int
    key: str
    title: str | None
    role: str
    begins: date | None
    ends: date | None
    school: str | None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role that a roster gives a person, at a school or (None) at the whole source."""

    source_id: int
    role: str
    org: str | None


@dataclass(frozen=True, slots=True)
class StaffRow:
    """Somebody on a source's roster who is no student."""

    source_id: int
    source: str
    person: str
    name: str | None
    email: str | None
    roles: str


async def posts(tx: Tx, persons: Sequence[Ref], on: date) -> list[PostRow]:
    """The classes that these persons have a part in on a day, other than as students."""
    return await tx.all(
        PostRow,
        f"""SELECT r.source_id, r.body->>'class_' AS key, c.body->>'title' AS title, r.body->>'role' AS role,
                  (r.body->>'begins')::date AS begins, (r.body->>'ends')::date AS ends, o.body->>'name' AS school
           FROM {THESE} JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id AND r.person = s.key
               AND r.kind = 'enrollment' AND {RUNS} AND coalesce(r.body->>'role', 'student') <> 'student'
           LEFT JOIN record c ON c.tenant_id = r.tenant_id AND c.source_id = r.source_id AND c.kind = 'class'
               AND c.key = r.body->>'class_' AND c.person IS NULL AND c.state <> 'retracted'
           LEFT JOIN record o ON o.tenant_id = r.tenant_id AND o.source_id = r.source_id AND o.kind = 'org'
               AND o.key = c.body->>'org' AND o.person IS NULL AND o.state <> 'retracted'
           ORDER BY title, r.source_id, r.body->>'class_'""",
        **_these(persons),
        on=on,
    )


async def parts(tx: Tx, classes: Sequence[Ref]) -> list[tuple[int, str, str]]:
    """The classes that are part of these, themselves included: source, class, part."""
    return await tx.rows(
        f"""WITH RECURSIVE part (source_id, class, key) AS (
               SELECT s.source_id, s.key, s.key FROM {THESE}
               UNION
               SELECT part.source_id, part.class, r.key FROM part JOIN record r ON r.tenant_id = %(tenant)s
                   AND r.source_id = part.source_id AND r.kind = 'class' AND r.body->>'part_of' = part.key
                   AND r.state <> 'retracted')
           SELECT source_id, class, key FROM part""",
        **_these(classes),
    )


async def students(tx: Tx, refs: Sequence[int], on: date, learner: UUID | None) -> list[tuple[UUID, int]]:
    """Who is a student on a day of any of these classes (references): learner, class. Of one learner, where one is given."""
    return await tx.rows(
        f"""SELECT DISTINCT e.learner_id, e.class_ref FROM entry e JOIN record r ON r.tenant_id = e.tenant_id
               AND r.source_id = e.source_id AND r.stream = e.stream AND r.raw_key = e.raw_key AND r.n = e.n
           WHERE e.tenant_id = %(tenant)s AND e.class_ref = ANY(%(refs)s) AND e.section = 'enrollments'
             AND (%(learner)s::uuid IS NULL OR e.learner_id = %(learner)s)
             AND {RUNS} AND coalesce(r.body->>'role', 'student') = 'student'""",
        refs=list(refs),
        on=on,
        learner=learner,
    )


async def roster_roles(tx: Tx, persons: Sequence[Ref], on: date) -> list[RoleRow]:
    """The roles that sources give these persons on a day."""
    return await tx.all(
        RoleRow,
        f"""SELECT DISTINCT r.source_id, o->>'role' AS role, o->>'org' AS org
           FROM {THESE} JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id AND r.person = s.key
               AND r.kind = 'person' AND r.state = 'current'
           CROSS JOIN LATERAL json_array_elements(coalesce(r.body->'roles', '[]')) o
           WHERE coalesce((r.body->>'enabled')::boolean, true) AND coalesce((o->>'begins')::date, '-infinity') <= %(on)s
             AND coalesce((o->>'ends')::date, 'infinity') >= %(on)s
           ORDER BY 1, 2, 3""",
        **_these(persons),
        on=on,
    )


async def pupils(tx: Tx, schools: Sequence[Ref], refs: Sequence[int], on: date, learner: UUID | None) -> list[UUID]:
    """The learners who are students of these schools (also as references) on a day; of one, where one is given."""
    rows = await tx.rows(
        f"""SELECT DISTINCT p.learner_id FROM header_ref h JOIN person p ON p.tenant_id = h.tenant_id
               AND p.learner_id = h.learner_id
           JOIN record r ON r.tenant_id = p.tenant_id AND r.source_id = p.source_id AND r.person = p.key
               AND r.kind = 'person' AND r.state = 'current'
           CROSS JOIN LATERAL json_array_elements(coalesce(r.body->'roles', '[]')) o
           JOIN {THESE} ON s.source_id = r.source_id AND s.key = o->>'org'
           WHERE h.tenant_id = %(tenant)s AND h.ref = ANY(%(refs)s) AND o->>'role' = 'student'
             AND (%(learner)s::uuid IS NULL OR h.learner_id = %(learner)s)
             AND coalesce((o->>'begins')::date, '-infinity') <= %(on)s AND coalesce((o->>'ends')::date, 'infinity') >= %(on)s""",
        **_these(schools),
        refs=list(refs),
        on=on,
        learner=learner,
    )
    return [pupil for (pupil,) in rows]


async def charges(tx: Tx, persons: Sequence[Ref], refs: Sequence[int], learner: UUID | None) -> list[tuple[UUID, str]]:
    """The learners of whom a source names any of these persons (also as references) an agent, and as what.

    Of one learner, where one is given. Rosters say it on either side: on the learner's row, to whose agents their header
    refers, or on the adult's. What a header refers to only leads there: the row itself says who is an agent now.
    """
    return await tx.rows(
        f"""SELECT DISTINCT p.learner_id, coalesce(a->>'relation', 'other') FROM header_ref h
           JOIN person p ON p.tenant_id = h.tenant_id AND p.learner_id = h.learner_id
           JOIN record r ON r.tenant_id = p.tenant_id AND r.source_id = p.source_id AND r.person = p.key
               AND r.kind = 'person' AND r.state = 'current'
           CROSS JOIN LATERAL json_array_elements({AGENTS}) a
           JOIN {THESE} ON s.source_id = r.source_id AND s.key = a->>'person'
           WHERE h.tenant_id = %(tenant)s AND h.ref = ANY(%(refs)s)
             AND (%(learner)s::uuid IS NULL OR h.learner_id = %(learner)s)
           UNION
           SELECT DISTINCT p.learner_id, 'other'
           FROM {THESE} JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id AND r.person = s.key
               AND r.kind = 'person' AND r.state = 'current'
           CROSS JOIN LATERAL json_array_elements({AGENTS}) a
           JOIN person p ON p.tenant_id = r.tenant_id AND p.source_id = r.source_id AND p.key = a->>'person'
           WHERE p.learner_id IS NOT NULL AND (%(learner)s::uuid IS NULL OR p.learner_id = %(learner)s)""",
        **_these(persons),
        refs=list(refs),
        learner=learner,
    )


async def agents(tx: Tx, persons: Sequence[Ref], learners: Sequence[UUID]) -> list[tuple[int, str, str]]:
    """Whom sources name agents of these persons, and of those who are these learners: source, agent, and as what."""
    return await tx.rows(
        f"""SELECT DISTINCT r.source_id, a->>'person', coalesce(a->>'relation', 'other')
           FROM (SELECT source_id, key FROM {THESE}
                 UNION SELECT source_id, key FROM person WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s)) s
           JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id AND r.person = s.key
               AND r.kind = 'person' AND r.body->'agents' IS NOT NULL AND r.state = 'current'
           CROSS JOIN LATERAL json_array_elements(r.body->'agents') a""",
        **_these(persons),
        learners=list(learners),
    )


async def themselves(tx: Tx, persons: Sequence[Ref]) -> list[UUID]:
    """The learners whom these persons are part of."""
    rows = await tx.rows(
        f"""SELECT DISTINCT p.learner_id FROM {THESE} JOIN person p ON p.tenant_id = %(tenant)s
               AND p.source_id = s.source_id AND p.key = s.key WHERE p.learner_id IS NOT NULL ORDER BY 1""",
        **_these(persons),
    )
    return [learner for (learner,) in rows]


async def known_to(tx: Tx, sources: Sequence[int], learner: UUID | None) -> list[tuple[UUID, int]]:
    """The learners whom these sources know: learner, source. Of one learner, where one is given."""
    return await tx.rows(
        """SELECT DISTINCT learner_id, source_id FROM person WHERE tenant_id = %(tenant)s AND source_id = ANY(%(sources)s)
             AND learner_id IS NOT NULL AND (%(learner)s::uuid IS NULL OR learner_id = %(learner)s)""",
        sources=list(sources),
        learner=learner,
    )


async def born(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, date]:
    """The birth dates that sources tell of these learners: of several for one, the latest."""
    rows = await tx.rows(
        """SELECT p.learner_id, max((r.body->>'birth_date')::date) FROM person p JOIN record r ON r.tenant_id = p.tenant_id
               AND r.source_id = p.source_id AND r.person = p.key AND r.kind IN ('person', 'demographics')
               AND r.state <> 'retracted'
           WHERE p.tenant_id = %(tenant)s AND p.learner_id = ANY(%(learners)s) AND r.body->>'birth_date' IS NOT NULL
           GROUP BY p.learner_id""",
        learners=list(learners),
    )
    return dict(rows)


async def by_email(tx: Tx, email: str) -> list[Ref]:
    """The persons of whom a source tells that e-mail address, in any case."""
    return await tx.rows(
        """SELECT DISTINCT r.source_id, r.person FROM record r WHERE r.tenant_id = %(tenant)s AND r.email = lower(%(email)s)
             AND r.kind = 'person' AND r.state = 'current'
             AND coalesce((r.body->>'enabled')::boolean, true)""",
        email=email,
    )


def _these(persons: Sequence[Ref]) -> dict[str, list[int] | list[str]]:
    """Persons (or classes, or schools) as the arrays of THESE."""
    return {"sources": [source for source, _ in persons], "keys": [key for _, key in persons]}


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school as a roster tells of it."""

    source_id: int
    key: str
    name: str


async def schools(tx: Tx) -> list[SchoolRow]:
    """The schools that rosters tell of, by name."""
    return await tx.all(
        SchoolRow,
        """SELECT DISTINCT r.source_id, r.key, r.body->>'name' AS name FROM source s JOIN record r
               ON r.tenant_id = s.tenant_id AND r.source_id = s.id AND r.kind = 'org' AND r.person IS NULL
               AND r.state = 'current' AND r.body->>'type' = 'school'
           WHERE s.tenant_id = %(tenant)s ORDER BY name, r.source_id, r.key LIMIT 2000""",
        tenant=tx.tenant,
    )


async def staff(tx: Tx, words: str, limit: int) -> list[StaffRow]:
    """Those on rosters who are no students and whose name, e-mail address or id has these words in it."""
    return await tx.all(
        StaffRow,
        """SELECT p.source_id, s.name AS source, p.key AS person, said.name, said.email, said.roles
           FROM person p JOIN source s ON s.tenant_id = p.tenant_id AND s.id = p.source_id
           CROSS JOIN LATERAL (
               SELECT coalesce(called->>'full', concat_ws(' ', called->>'given', called->>'family')) AS name, r.body->>'email' AS email,
                      coalesce((SELECT string_agg(DISTINCT o->>'role', ', ') FROM json_array_elements(r.body->'roles') o), '')
                          AS roles
               FROM record r LEFT JOIN LATERAL (SELECT v AS called FROM json_array_elements(r.body->'names') v LIMIT 1) v ON true
               WHERE r.tenant_id = p.tenant_id AND r.source_id = p.source_id AND r.person = p.key AND r.kind = 'person'
                 AND r.state = 'current' LIMIT 1) said
           WHERE p.tenant_id = %(tenant)s AND p.learner_id IS NULL
             AND (strpos(lower(said.name), lower(%(words)s)) > 0 OR strpos(lower(said.email), lower(%(words)s)) > 0
                  OR p.key = %(words)s)
           ORDER BY said.name, p.key LIMIT %(limit)s""",
        words=words,
        limit=limit,
    )


async def called(tx: Tx, persons: Sequence[Ref]) -> dict[Ref, str]:
    """What sources call these persons."""
    rows = await tx.rows(
        f"""SELECT DISTINCT ON (r.source_id, r.person) r.source_id, r.person,
                  coalesce(called->>'full', concat_ws(' ', called->>'given', called->>'family'))
           FROM {THESE} JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id AND r.person = s.key
               AND r.kind = 'person'
           LEFT JOIN LATERAL (SELECT v AS called FROM json_array_elements(r.body->'names') v LIMIT 1) v ON true
           ORDER BY r.source_id, r.person, r.received_at DESC""",
        **_these(persons),
    )
    return {(source, person): name for source, person, name in rows if name}
