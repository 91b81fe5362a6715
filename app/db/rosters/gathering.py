"""What a tenant's roster is made of: records of the sources it serves, with the objects that they refer to.

Each gathering is one query. It tells only what differs from what is served: records whose mark is another one than that
of the object made of them, and objects whose record is no more.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from app.db import Tx

VERSION = 1
"""Of how objects are made: another one makes all of them anew."""
BATCH = 1000


@dataclass(frozen=True, slots=True)
class GatheredRow:
    """A record to be served: its canonical body, and the ids of what it refers to, both in JSON. No body: it is gone."""

    sourced_id: UUID
    source_id: int | None
    key: str | None
    body: str | None
    context: str | None
    alive: bool
    sensitive: bool
    mark: int


@dataclass(frozen=True, slots=True)
class Gathering:
    """How the objects of a collection that are made of one kind of record are gathered.

    `joins` resolve what a record `r` of the source `s` refers to, and leave out what cannot be served; `context` is
    what is told of it, pairs of a name and an expression; `sourced_id` is the object's id.
    """

    collection: LiteralString
    kind: LiteralString
    sourced_id: LiteralString
    joins: LiteralString = ""
    context: LiteralString = ""
    sensitive: LiteralString = "false"


def _id(collection: LiteralString, key: LiteralString) -> LiteralString:
    """The id of an object, by what it was made of: the same for ever, and not to be guessed without the tenant's salt."""
    return f"md5(%(salt)s || ':' || s.slug || ':{collection}:' || {key})::uuid"


def _object(name: LiteralString, collection: LiteralString, kind: LiteralString, key: LiteralString) -> LiteralString:
    return f"""roster_object {name} ON {name}.tenant_id = %(tenant)s AND {name}.collection = '{collection}'
        AND {name}.source_id = s.id AND {name}.kind = '{kind}' AND {name}.key = {key}"""


def _parent(collection: LiteralString, kind: LiteralString) -> LiteralString:
    return f"""'parent', CASE WHEN r.body->>'parent' <> r.key AND EXISTS (
        SELECT FROM record p WHERE p.tenant_id = %(tenant)s AND p.source_id = s.id AND p.kind = '{kind}'
        AND p.key = r.body->>'parent' AND p.person IS NULL) THEN {_id(collection, "(r.body->>'parent')")} END"""


_USER: LiteralString = "JOIN roster_user u ON u.tenant_id = %(tenant)s AND u.source_id = s.id AND u.key = r.person"
_SESSIONS: LiteralString = f"""LEFT JOIN LATERAL (SELECT json_agg(x.sourced_id ORDER BY each.nth) AS ids
        FROM json_array_elements_text(coalesce(r.body->'sessions', '[]')) WITH ORDINALITY AS each (key, nth)
        JOIN {_object("x", "academicSessions", "academicSession", "each.key")}) sessions ON true"""
_CATEGORY: LiteralString = "coalesce(r.body->>'category', '')"

GATHERINGS: tuple[Gathering, ...] = (
    Gathering("orgs", "org", _id("orgs", "r.key"), context=_parent("orgs", "org")),
    Gathering(
        "academicSessions",
        "academicSession",
        _id("academicSessions", "r.key"),
        context=_parent("academicSessions", "academicSession"),
    ),
    Gathering(
        "courses",
        "course",
        _id("courses", "r.key"),
        f"""LEFT JOIN {_object("o", "orgs", "org", "r.body->>'org'")}
            LEFT JOIN {_object("x", "academicSessions", "academicSession", "r.body->>'session'")}""",
        "'org', o.sourced_id, 'session', x.sourced_id",
    ),
    Gathering(
        "courses",
        "class",
        _id("class-courses", "r.key"),
        f"""LEFT JOIN {_object("k", "courses", "course", "r.body->>'course'")}
            LEFT JOIN {_object("o", "orgs", "org", "r.body->>'org'")}
            WHERE k.sourced_id IS NULL""",
        "'org', o.sourced_id",
    ),
    Gathering(
        "classes",
        "class",
        _id("classes", "r.key"),
        f"""LEFT JOIN {_object("k", "courses", "course", "r.body->>'course'")}
            LEFT JOIN {_object("o", "orgs", "org", "r.body->>'org'")} {_SESSIONS}""",
        f"'course', coalesce(k.sourced_id, {_id('class-courses', 'r.key')}), 'org', o.sourced_id,"
        " 'sessions', coalesce(sessions.ids, '[]')",
    ),
    Gathering(
        "enrollments",
        "enrollment",
        _id("enrollments", "r.key"),
        f"""{_USER} JOIN {_object("c", "classes", "class", "r.body->>'class_'")}""",
        "'user', u.sourced_id, 'class_', c.sourced_id, 'school', c.body#>>'{school,sourcedId}'",
    ),
    Gathering("demographics", "demographics", "u.sourced_id", _USER),
    Gathering(
        "categories",
        "lineItem",
        _id("categories", _CATEGORY),
        f"""JOIN {_object("c", "classes", "class", "r.body->>'class_'")}""",
    ),
    Gathering(
        "lineItems",
        "lineItem",
        _id("lineItems", "r.key"),
        f"""JOIN {_object("c", "classes", "class", "r.body->>'class_'")}
            LEFT JOIN {_object("x", "academicSessions", "academicSession", "r.body->>'session'")}""",
        f"""'class_', c.sourced_id, 'school', c.body#>>'{{school,sourcedId}}', 'session', x.sourced_id,
            'category', {_id("categories", _CATEGORY)}""",
    ),
    Gathering("assessmentLineItems", "lineItem", _id("lineItems", "r.key"), "WHERE r.body->>'class_' IS NULL"),
    Gathering(
        "results",
        "result",
        _id("results", "r.key"),
        joins=f"""{_USER} JOIN {_object("i", "lineItems", "lineItem", "r.body->>'line_item'")}""",
        context="'user', u.sourced_id, 'line_item', i.sourced_id, 'class_', i.body#>>'{class,sourcedId}'",
        sensitive="coalesce(e.sensitive, false)",
    ),
    Gathering(
        "assessmentResults",
        "result",
        _id("results", "r.key"),
        joins=f"""{_USER} JOIN {_object("i", "assessmentLineItems", "lineItem", "r.body->>'line_item'")}""",
        context="'user', u.sourced_id, 'line_item', i.sourced_id",
        sensitive="coalesce(e.sensitive, false)",
    ),
)
"""In the order in which one refers to those before it."""

_SENSITIVE: LiteralString = """LEFT JOIN entry e ON e.tenant_id = %(tenant)s AND e.source_id = r.source_id
    AND e.stream = r.stream AND e.raw_key = r.raw_key AND e.n = r.n AND e.sensitive"""
_ALIVE: LiteralString = "(r.state = 'current' OR r.state = 'ended' AND r.body->>'ended' = 'true')"
_LAST: LiteralString = """CASE WHEN r.state = 'ended' AND r.body->>'ended' IS DISTINCT FROM 'true'
    THEN coalesce(r.state_at, r.received_at)::date - 1 END"""


def _query(gathering: Gathering) -> LiteralString:
    joins, _, condition = gathering.joins.partition("WHERE ")
    restriction = f"AND ({condition})" if condition else ""
    sensitive = _SENSITIVE if gathering.sensitive != "false" else ""
    context = f"{gathering.context}, " if gathering.context else ""
    return f"""
        WITH candidate AS (
            SELECT DISTINCT ON (1) {gathering.sourced_id} AS sourced_id, r.source_id, r.key, r.body::text AS body,
                   json_strip_nulls(json_build_object({context}'last', {_LAST}))::text AS context,
                   {_ALIVE} AS alive, {gathering.sensitive} AS sensitive
            FROM unnest(%(sources)s::int[]) WITH ORDINALITY AS served (id, place)
            JOIN source s ON s.tenant_id = %(tenant)s AND s.id = served.id
            JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.id AND r.kind = '{gathering.kind}'
            {sensitive} {joins} WHERE true {restriction}
            ORDER BY 1, {_ALIVE} DESC, served.place, r.stream, r.raw_key, r.n),
        marked AS (
            SELECT c.sourced_id, c.source_id, c.key, c.body, c.context, c.alive, c.sensitive, hashtextextended(concat_ws('|', %(version)s::int, c.body, c.context, c.alive, c.sensitive), 0) AS mark
            FROM candidate c)
        SELECT coalesce(m.sourced_id, o.sourced_id) AS sourced_id, m.source_id, m.key, m.body, m.context,
               coalesce(m.alive, false) AS alive, coalesce(m.sensitive, false) AS sensitive, coalesce(m.mark, 0) AS mark
        FROM marked m
        FULL JOIN (SELECT sourced_id, mark, active FROM roster_object WHERE tenant_id = %(tenant)s
                   AND collection = '{gathering.collection}' AND kind = '{gathering.kind}') o USING (sourced_id)
        WHERE m.mark IS DISTINCT FROM o.mark AND (m.sourced_id IS NOT NULL OR o.active)
    """


async def differing(tx: Tx, gathering: Gathering, sources: list[int], salt: str) -> AsyncIterator[list[GatheredRow]]:
    """What differs from what is served, some at a time, of the sources served, the preferred one first."""
    values: Mapping[str, object] = {"tenant": tx.tenant, "sources": sources, "salt": salt, "version": VERSION}
    async with tx.conn.cursor("differing", row_factory=class_row(GatheredRow)) as cursor:
        await cursor.execute(_query(gathering), values)
        while rows := await cursor.fetchmany(BATCH):
            yield rows
