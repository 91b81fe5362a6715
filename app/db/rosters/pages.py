"""Pages of a roster's objects, and single ones, as they are sent: one query for the objects, one for how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import msgspec
from psycopg import sql

from app.db import Tx
from app.db.rosters.conditions import BODY, WHOLE, Condition, Field, Seen, order, where

Through = Literal["links", "members", "classes", "terms", "people"]
"""How what is below an object is found: by its links; or, of a class or school, the users who are enrolled in it in a
role; of a user, the classes of their enrollments; of a school, the terms of its classes, and the people with a role."""


@dataclass(frozen=True, slots=True)
class View:
    """What a client may see: objects of these schools and classes (None: of all), and what is sensitive.

    `orgs`: of the roles of a user, those at these organizations (None: at all).
    """

    schools: tuple[UUID, ...] | None = None
    classes: tuple[UUID, ...] | None = None
    sensitive: bool = False
    orgs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Objects:
    """Objects of a collection: of one of these kinds, if any are named, and below these objects."""

    collection: str
    kinds: tuple[str, ...] = ()
    below: tuple[UUID, ...] = ()
    through: Through = "links"
    role: str | None = None


OBJECT = sql.SQL("""'{{"sourcedId": "' || o.sourced_id || '", "status": "'
    || CASE WHEN o.active THEN 'active' ELSE 'tobedeleted' END || '", "dateLastModified": "'
    || to_char(o.modified AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '"'
    || CASE WHEN {body} = '{{}}' THEN '}}' ELSE ', ' || substr(({body})::text, 2) END""")
NARROWED = sql.SQL(
    """(o.body - 'primaryOrg' || CASE WHEN o.body#>>'{{primaryOrg,sourcedId}}' = ANY({orgs})
            THEN jsonb_build_object('primaryOrg', o.body->'primaryOrg') ELSE '{{}}' END
        || jsonb_build_object('roles', coalesce(
            (SELECT jsonb_agg(shared.role || jsonb_build_object('roleType',
                    CASE WHEN shared.nth = 1 THEN 'primary' ELSE 'secondary' END) ORDER BY shared.nth)
             FROM (SELECT every.role, row_number() OVER (ORDER BY every.nth) AS nth
                   FROM jsonb_array_elements(o.body->'roles') WITH ORDINALITY AS every (role, nth)
                   WHERE every.role#>>'{{org,sourcedId}}' = ANY({orgs})) shared),
            jsonb_build_array(jsonb_build_object('roleType', 'primary', 'role', o.body#>'{{roles,0,role}}', 'org',
                jsonb_build_object('href', '@rostering/orgs/' || {first}, 'type', 'org', 'sourcedId', {first}))))))"""
)
"""A user without what is about organizations that are not shared; who is known here by an enrollment alone has its role."""
NOWHERE = sql.SQL("""(o.body - 'primaryOrg' || '{{"roles": []}}'::jsonb)""").format()
"""A user of whom no organization is shared any more."""
OF_NO_SCHOOL = frozenset({"academicSessions", "assessmentLineItems"})
"""Collections that tell of nobody, and are everybody's."""


async def page(
    tx: Tx,
    objects: Objects,
    view: View,
    condition: Condition | None,
    sort: Field | None,
    *,
    descending: bool,
    limit: int,
    offset: int,
) -> list[str]:
    """A page of objects as JSON, in an order."""
    query = sql.SQL(
        """SELECT {} FROM roster_object o JOIN (
               SELECT o.sourced_id, row_number() OVER (ORDER BY {}) AS nth FROM roster_object o WHERE {}
               ORDER BY {} LIMIT {} OFFSET {}) p
           ON o.tenant_id = {} AND o.collection = {} AND o.sourced_id = p.sourced_id ORDER BY p.nth"""
    )
    by = order(sort, descending=descending, seen=seen(objects.collection, view))
    cursor = await tx.conn.execute(
        query.format(
            _object(objects.collection, view),
            by,
            matching(tx, objects, view, condition),
            by,
            sql.Literal(limit),
            sql.Literal(offset),
            sql.Literal(tx.tenant),
            sql.Literal(objects.collection),
        )
    )
    return [text for (text,) in await cursor.fetchall()]


async def count(tx: Tx, objects: Objects, view: View, condition: Condition | None) -> int:
    """How many objects there are: of a whole collection that is counted already."""
    if objects == Objects(objects.collection) and view == View() and condition is None:
        return int(
            await tx.one(
                "SELECT coalesce((counts->>%(collection)s)::int, 0) FROM roster WHERE tenant_id = %(tenant)s",
                collection=objects.collection,
            )
        )
    query = sql.SQL("SELECT count(*) FROM roster_object o WHERE {}").format(matching(tx, objects, view, condition))
    row = await (await tx.conn.execute(query)).fetchone()
    assert row is not None
    return int(row[0])


async def single(tx: Tx, objects: Objects, view: View, sourced_id: UUID) -> str | None:
    """One object as JSON; None where there is none that the client may see."""
    query = sql.SQL("SELECT {} FROM roster_object o WHERE {} AND o.sourced_id = {}").format(
        _object(objects.collection, view), matching(tx, objects, view, None), sql.Literal(sourced_id)
    )
    row = await (await tx.conn.execute(query)).fetchone()
    return None if row is None else str(row[0])


async def schools_of(tx: Tx, classes: Sequence[UUID]) -> tuple[UUID, ...]:
    """The schools of these classes."""
    rows = await tx.rows(
        """SELECT DISTINCT (body#>>'{school,sourcedId}')::uuid FROM roster_object
           WHERE tenant_id = %(tenant)s AND collection = 'classes' AND sourced_id = ANY(%(classes)s) ORDER BY 1""",
        classes=list(classes),
    )
    return tuple(school for (school,) in rows)


async def orgs_of(tx: Tx, schools: Sequence[UUID]) -> set[str]:
    """The organizations of these schools: they, what is above them, and their departments."""
    rows = await tx.rows(
        """SELECT sourced_id::text FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'orgs'
           AND links && %(schools)s::uuid[]""",
        schools=list(schools),
    )
    return {org for (org,) in rows}


def seen(collection: str, view: View) -> Seen:
    """What a client sees otherwise than it is: of users the roles, and the organization that is theirs."""
    if collection != "users" or view.orgs is None:
        return WHOLE
    narrowed = (
        NOWHERE
        if not view.orgs
        else NARROWED.format(orgs=sql.Literal(list(view.orgs)), first=sql.Literal(min(view.orgs)))
    )
    return {"roles": narrowed, "primaryOrg": narrowed}


def _object(collection: str, view: View) -> sql.Composable:
    """An object in JSON, as a client sees it."""
    return OBJECT.format(body=seen(collection, view).get("roles", BODY))


def matching(tx: Tx, objects: Objects, view: View, condition: Condition | None) -> sql.Composable:
    parts: list[sql.Composable] = [
        sql.SQL("o.tenant_id = {}").format(sql.Literal(tx.tenant)),
        sql.SQL("o.collection = {}").format(sql.Literal(objects.collection)),
    ]
    if not view.sensitive:
        parts.append(sql.SQL("NOT o.sensitive"))
    if objects.kinds:
        parts.append(sql.SQL("o.kinds && {}::text[]").format(sql.Literal(list(objects.kinds))))
    if objects.collection not in OF_NO_SCHOOL:
        if view.schools is not None:
            parts.append(sql.SQL("o.links && {}::uuid[]").format(_uuids(view.schools)))
        if view.classes is not None and objects.collection != "orgs":
            parts.append(sql.SQL("o.links && {}::uuid[]").format(_uuids(view.classes)))
    if objects.below:
        parts.append(_below(tx, objects))
    if condition is not None:
        parts.append(where(condition, seen(objects.collection, view)))
    return sql.SQL(" AND ").join(parts)


def _below(tx: Tx, objects: Objects) -> sql.Composable:
    below, tenant = _uuids(objects.below), sql.Literal(tx.tenant)
    enrolled = sql.SQL(
        "e.tenant_id = {} AND e.collection = 'enrollments' AND e.active AND e.links @> {}::uuid[]"
    ).format(tenant, below)
    if objects.role is not None:
        enrolled += sql.SQL(" AND e.kinds = {}::text[]").format(sql.Literal([objects.role]))
    members = sql.SQL("o.sourced_id IN (SELECT (e.body#>>'{{user,sourcedId}}')::uuid FROM roster_object e WHERE {})")
    match objects.through:
        case "links":
            return sql.SQL("o.links @> {}::uuid[]").format(below)
        case "members":
            return members.format(enrolled)
        case "classes":
            return sql.SQL(
                "o.sourced_id IN (SELECT (e.body#>>'{{class,sourcedId}}')::uuid FROM roster_object e WHERE {})"
            ).format(enrolled)
        case "terms":
            return sql.SQL(
                """o.sourced_id IN (SELECT unnest(c.links) FROM roster_object c WHERE c.tenant_id = {}
                   AND c.collection = 'classes' AND c.active AND c.links @> {}::uuid[])"""
            ).format(tenant, below)
        case "people":
            role = [{"role": objects.role, "org": {"sourcedId": str(objects.below[0])}}]
            with_role = sql.SQL("o.links @> {}::uuid[] AND o.body->'roles' @> {}::jsonb").format(below, _json(role))
            return sql.SQL("({} OR {})").format(with_role, members.format(enrolled))


def _json(value: object) -> sql.Literal:
    return sql.Literal(msgspec.json.encode(value).decode())


def _uuids(ids: Sequence[UUID]) -> sql.Literal:
    return sql.Literal([str(each) for each in ids])
