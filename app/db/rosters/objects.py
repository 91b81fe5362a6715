"""The objects of a roster: stored where they differ, linked to what they belong to, counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Tx


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """An object to be stored. `body` None: no source has it any more."""

    sourced_id: UUID
    source_id: int | None
    kind: str | None
    key: str | None
    active: bool
    kinds: list[str]
    sensitive: bool
    mark: int
    body: Any


STUBS: dict[str, LiteralString] = {
    "users": "jsonb_build_object('enabledUser', 'false', 'givenName', '', 'familyName', '', 'roles', o.body->'roles')",
    "demographics": "'{}'",
    "results": "o.body - ARRAY['score', 'textScore', 'comment', 'learningObjectiveSet']",
    "assessmentResults": "o.body - ARRAY['score', 'scorePercentile', 'textScore', 'comment', 'learningObjectiveSet']",
}
"""What stays of an object that nobody tells of any more: that there was one, and nothing about the person."""

STORE: LiteralString = """
    INSERT INTO roster_object AS o (tenant_id, collection, sourced_id, source_id, kind, key, active, modified, kinds,
                                    links, sensitive, mark, body)
    SELECT %(tenant)s, %(collection)s, n.sourced_id, n.source_id, n.kind, n.key, n.active, %(now)s, n.kinds, '{}',
           n.sensitive, n.mark, n.body
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (sourced_id uuid, source_id int, kind text, key text, active bool,
        kinds text[], sensitive bool, mark bigint, body jsonb)
    ON CONFLICT (tenant_id, collection, sourced_id) DO UPDATE SET
        source_id = excluded.source_id, kind = excluded.kind, key = excluded.key, active = excluded.active,
        kinds = excluded.kinds, sensitive = excluded.sensitive, mark = excluded.mark, body = excluded.body,
        modified = CASE WHEN (o.active, o.kinds, o.sensitive, o.body)
                        = (excluded.active, excluded.kinds, excluded.sensitive, excluded.body)
                   THEN o.modified ELSE excluded.modified END
"""


async def store(tx: Tx, collection: str, rows: Sequence[ObjectRow], now: datetime) -> None:
    """Store objects; what is the same as before keeps the time of its last change."""
    if gone := [row.sourced_id for row in rows if row.body is None]:
        await tx.run(
            f"""UPDATE roster_object o SET active = false, modified = %(now)s, mark = 0, body = {STUBS.get(collection, "o.body")}
               WHERE o.tenant_id = %(tenant)s AND o.collection = %(collection)s AND o.sourced_id = ANY(%(gone)s)
                 AND o.active""",
            collection=collection,
            gone=gone,
            now=now,
        )
    living = [row for row in rows if row.body is not None]
    if living:
        documents = [
            {
                "sourced_id": str(row.sourced_id),
                "source_id": row.source_id,
                "kind": row.kind,
                "key": row.key,
                "active": row.active,
                "kinds": row.kinds,
                "sensitive": row.sensitive,
                "mark": row.mark,
                "body": row.body,
            }
            for row in living
        ]
        await tx.run(STORE, collection=collection, rows=Jsonb(documents), now=now)


SCHOOLS: LiteralString = """
    WITH RECURSIVE above AS (
        SELECT sourced_id, sourced_id AS org, kinds[1] = 'school' AS school, 0 AS depth FROM roster_object
        WHERE tenant_id = %(tenant)s AND collection = 'orgs'
        UNION
        SELECT a.sourced_id, (o.body#>>'{parent,sourcedId}')::uuid, a.school, a.depth + 1 FROM above a
        JOIN roster_object o ON o.tenant_id = %(tenant)s AND o.collection = 'orgs' AND o.sourced_id = a.org
        WHERE o.body ? 'parent' AND a.depth < 12),
    pair AS (
        SELECT org, sourced_id AS school FROM above WHERE school
        UNION SELECT a.sourced_id, a.org FROM above a JOIN roster_object o ON o.tenant_id = %(tenant)s
            AND o.collection = 'orgs' AND o.sourced_id = a.org AND o.kinds[1] = 'school')
    SELECT org AS sourced_id, array_agg(DISTINCT school ORDER BY school) AS links FROM pair GROUP BY org
"""
"""The schools of an org: those at or below it, and the one it is a part of."""

CLASSES: LiteralString = """
    SELECT sourced_id, array_remove(ARRAY[sourced_id, (body#>>'{school,sourcedId}')::uuid,
               (body#>>'{course,sourcedId}')::uuid], NULL) || ARRAY(
               SELECT (t->>'sourcedId')::uuid FROM jsonb_array_elements(body->'terms') t) AS links
    FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'classes'
"""
COURSES: LiteralString = """
    SELECT c.sourced_id, array_agg(DISTINCT link ORDER BY link) AS links FROM (
        SELECT c.sourced_id, unnest(o.links) AS link FROM roster_object c JOIN roster_object o
            ON o.tenant_id = %(tenant)s AND o.collection = 'orgs' AND o.sourced_id = (c.body#>>'{org,sourcedId}')::uuid
        WHERE c.tenant_id = %(tenant)s AND c.collection = 'courses'
        UNION ALL
        SELECT (body#>>'{course,sourcedId}')::uuid, unnest(ARRAY[sourced_id, (body#>>'{school,sourcedId}')::uuid])
        FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'classes' AND active) c GROUP BY 1
"""
SESSIONS: LiteralString = """
    SELECT sourced_id, ARRAY[(body#>>'{parent,sourcedId}')::uuid] AS links FROM roster_object
    WHERE tenant_id = %(tenant)s AND collection = 'academicSessions' AND body ? 'parent'
"""
ENROLLMENTS: LiteralString = """
    SELECT sourced_id, ARRAY[(body#>>'{user,sourcedId}')::uuid, (body#>>'{class,sourcedId}')::uuid,
                             (body#>>'{school,sourcedId}')::uuid] AS links
    FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'enrollments'
"""
USERS: LiteralString = """
    WITH own AS (
        SELECT (body#>>'{user,sourcedId}')::uuid AS sourced_id,
               unnest(ARRAY[(body#>>'{class,sourcedId}')::uuid, (body#>>'{school,sourcedId}')::uuid]) AS link
        FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'enrollments' AND active
        UNION
        SELECT u.sourced_id, unnest(o.links) FROM roster_object u
        CROSS JOIN LATERAL jsonb_array_elements(u.body->'roles') r
        JOIN roster_object o ON o.tenant_id = %(tenant)s AND o.collection = 'orgs'
            AND o.sourced_id = (r#>>'{org,sourcedId}')::uuid AND o.kinds && '{school,department}'
        WHERE u.tenant_id = %(tenant)s AND u.collection = 'users')
    SELECT sourced_id, array_agg(DISTINCT link ORDER BY link) AS links FROM (
        SELECT sourced_id, link FROM own
        UNION ALL
        SELECT (a->>'sourcedId')::uuid, own.link FROM roster_object u
        CROSS JOIN LATERAL jsonb_array_elements(u.body->'agents') a JOIN own ON own.sourced_id = u.sourced_id
        WHERE u.tenant_id = %(tenant)s AND u.collection = 'users' AND u.body ? 'agents' AND u.active) l GROUP BY 1
"""
"""Of a user, the classes and schools of enrollments and roles: a role at the district makes nobody of every school.

An adult whom a student names is seen with the student.
"""
DEMOGRAPHICS: LiteralString = """
    SELECT d.sourced_id, u.links FROM roster_object d JOIN roster_object u ON u.tenant_id = %(tenant)s
        AND u.collection = 'users' AND u.sourced_id = d.sourced_id
    WHERE d.tenant_id = %(tenant)s AND d.collection = 'demographics'
"""
LINE_ITEMS: LiteralString = """
    SELECT sourced_id, ARRAY[(body#>>'{class,sourcedId}')::uuid, (body#>>'{school,sourcedId}')::uuid,
                             (body#>>'{category,sourcedId}')::uuid] AS links
    FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'lineItems'
"""
CATEGORIES: LiteralString = """
    SELECT (body#>>'{category,sourcedId}')::uuid AS sourced_id, array_agg(DISTINCT link ORDER BY link) AS links
    FROM roster_object CROSS JOIN LATERAL unnest(ARRAY[(body#>>'{class,sourcedId}')::uuid,
                                                       (body#>>'{school,sourcedId}')::uuid]) link
    WHERE tenant_id = %(tenant)s AND collection = 'lineItems' GROUP BY 1
"""
RESULTS: LiteralString = """
    SELECT r.sourced_id, array_append(i.links, (r.body#>>'{student,sourcedId}')::uuid) || i.sourced_id AS links
    FROM roster_object r JOIN roster_object i ON i.tenant_id = %(tenant)s AND i.collection = 'lineItems'
        AND i.sourced_id = (r.body#>>'{lineItem,sourcedId}')::uuid
    WHERE r.tenant_id = %(tenant)s AND r.collection = 'results'
"""
ASSESSMENTS: LiteralString = """
    SELECT r.sourced_id, u.links || ARRAY[u.sourced_id, (r.body#>>'{assessmentLineItem,sourcedId}')::uuid] AS links
    FROM roster_object r JOIN roster_object u ON u.tenant_id = %(tenant)s AND u.collection = 'users'
        AND u.sourced_id = (r.body#>>'{student,sourcedId}')::uuid
    WHERE r.tenant_id = %(tenant)s AND r.collection = 'assessmentResults'
"""
LINKS: dict[str, LiteralString] = {
    "orgs": SCHOOLS,
    "academicSessions": SESSIONS,
    "classes": CLASSES,
    "courses": COURSES,
    "enrollments": ENROLLMENTS,
    "users": USERS,
    "demographics": DEMOGRAPHICS,
    "lineItems": LINE_ITEMS,
    "categories": CATEGORIES,
    "results": RESULTS,
    "assessmentResults": ASSESSMENTS,
}


async def link(tx: Tx, collection: str, now: datetime) -> None:
    """Note what each object of a collection belongs to. One that belongs elsewhere has changed for those who see it."""
    if (query := LINKS.get(collection)) is not None:
        await tx.run(
            f"""WITH w AS ({query}),
                changed AS (SELECT o.sourced_id, coalesce(w.links, '{{}}') AS links FROM roster_object o
                    LEFT JOIN w USING (sourced_id) WHERE o.tenant_id = %(tenant)s AND o.collection = %(collection)s
                    AND o.links <> coalesce(w.links, '{{}}'))
                UPDATE roster_object o SET links = c.links,
                    modified = CASE WHEN o.links = '{{}}' THEN o.modified ELSE %(now)s END
                FROM changed c WHERE o.tenant_id = %(tenant)s AND o.collection = %(collection)s
                    AND o.sourced_id = c.sourced_id""",
            collection=collection,
            now=now,
        )


async def count(tx: Tx, now: datetime) -> dict[str, int]:
    """Count the objects of each collection, and note that the roster is up to date."""
    rows = await tx.rows(
        "SELECT collection, count(*) FROM roster_object WHERE tenant_id = %(tenant)s AND NOT sensitive GROUP BY 1",
        tenant=tx.tenant,
    )
    counts: dict[str, int] = dict(rows)
    await tx.run(
        "UPDATE roster SET refreshed_at = %(now)s, counts = %(counts)s WHERE tenant_id = %(tenant)s",
        now=now,
        counts=Jsonb(counts),
    )
    return counts
