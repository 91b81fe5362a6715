"""What a client wrote into the gradebook, listed, filtered and sorted as the roster's objects are, and beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import msgspec
from psycopg import sql

from app.db import Tx
from app.db.rosters.conditions import BODY, Condition, Field, order, where
from app.db.rosters.pages import OBJECT, Objects, View, matching

ONCE = 1000
"""How many ids of objects that name another are answered at once."""

_DIFFERS: LiteralString = """(body->'extensions'->>'scoreScale') IS DISTINCT FROM (
    SELECT li.body->'extensions'->>'scoreScale' FROM record li WHERE li.tenant_id = %(tenant)s
        AND li.source_id = %(source)s AND li.stream = %(named)s AND li.raw_key = %(id)s AND li.n = 0)"""
_NAMING: dict[str, LiteralString] = {
    "categories": "%(id)s IN (body->'extensions'->>'category', body->>'category')",
    "scoreScales": "body->'extensions'->>'scoreScale' = %(id)s",
    "lineItems": "body->>'line_item' = %(id)s AND " + _DIFFERS,
    "assessmentLineItems": "body->>'line_item' = 'assessment/' || %(id)s AND " + _DIFFERS,
}

_ITEM: LiteralString = """'title', r.body->>'title', 'description', r.body->>'description',
    'resultValueMin', r.body->'minimum', 'resultValueMax', r.body->'maximum'"""
_SCORE: LiteralString = """
    'student', jsonb_build_object('sourcedId', coalesce(r.body->'extensions'->>'student', r.person)),
    'scoreStatus', r.body->>'status', 'scoreDate', r.body->>'scored_on', 'score', r.body->'score',
    'textScore', r.body->>'text_score', 'comment', r.body->>'narrative', 'late', r.body->>'late',
    'missing', r.body->>'missing'"""
BODIES: dict[str, LiteralString] = {
    "lineItems": _ITEM
    + """, 'assignDate', (r.body->>'assigned') || 'T00:00:00.000Z', 'dueDate', (r.body->>'due') || 'T00:00:00.000Z',
        'class', jsonb_build_object('sourcedId', r.body->>'class_'),
        'school', jsonb_build_object('sourcedId', r.body->'extensions'->>'school'),
        'category', jsonb_build_object(
            'sourcedId', coalesce(r.body->'extensions'->>'category', r.body->>'category')),
        'academicSession', jsonb_build_object('sourcedId', r.body->>'session')""",
    "assessmentLineItems": _ITEM,
    "results": _SCORE
    + """, 'lineItem', jsonb_build_object('sourcedId', r.body->>'line_item'),
        'class', jsonb_build_object('sourcedId', coalesce(r.body->>'class_',
            (SELECT li.body->>'class_' FROM record li WHERE li.tenant_id = r.tenant_id AND li.source_id = r.source_id
                AND li.stream = 'lineItems' AND li.raw_key = r.body->>'line_item' AND li.n = 0),
            (SELECT li.body->'class'->>'sourcedId' FROM roster_object li WHERE li.tenant_id = r.tenant_id
                AND li.collection = 'lineItems' AND li.sourced_id = CASE
                    WHEN r.body->>'line_item' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                    THEN (r.body->>'line_item')::uuid END)))""",
    "assessmentResults": _SCORE
    + """, 'scorePercentile', r.body->'percentile', 'assessmentLineItem',
        jsonb_build_object('sourcedId', substr(r.body->>'line_item', length('assessment/') + 1))""",
}
"""The fields of an object as they are filtered and sorted by, of what its statement says. Of categories and score scales
no statement tells: they are given as they were written."""


@dataclass(frozen=True, slots=True)
class Own:
    """What a client wrote into a collection. `within` names the objects it belongs to by field: one of these each.

    `documents` are the objects themselves, of a collection no statement tells of.
    """

    source: int
    collection: str
    within: Mapping[str, Sequence[str]]
    documents: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class ListedObject:
    """An object of a page: where it is kept as a client wrote it, or, of the roster, the object itself as JSON."""

    sourced_id: str
    raw_id: int | None
    raw_pos: int | None
    object: str | None


async def page(
    tx: Tx, own: Own, roster: tuple[Objects, View] | None, condition: Condition | None, *,
    sort: Field | None, descending: bool, limit: int, offset: int,
) -> list[ListedObject]:  # fmt: skip
    """A page of what a client wrote, and of the roster's objects that were not made of it."""
    by = order(sort, descending=descending)
    query = sql.SQL(
        """SELECT o.sourced_id, o.raw_id, o.raw_pos, CASE WHEN o.raw_id IS NULL AND o.served THEN {} END AS object
           FROM ({}) o WHERE {} ORDER BY {} LIMIT {} OFFSET {}"""
    ).format(
        OBJECT.format(body=BODY), _all(tx, own, roster), _where(condition), by, sql.Literal(limit), sql.Literal(offset)
    )
    cursor = await tx.conn.execute(query)
    return [ListedObject(*row) for row in await cursor.fetchall()]


async def count(tx: Tx, own: Own, roster: tuple[Objects, View] | None, condition: Condition | None) -> int:
    """How many objects there are."""
    query = sql.SQL("SELECT count(*) FROM ({}) o WHERE {}").format(_all(tx, own, roster), _where(condition))
    row = await (await tx.conn.execute(query)).fetchone()
    assert row is not None
    return int(row[0])


async def naming(tx: Tx, source: int, collection: str, named: str, sourced_id: str, *, after: str = "") -> list[str]:
    """The ids of a client's objects that name another of its, and of whom not that is noted: a thousand after an id."""
    keys = await tx.rows(
        """SELECT raw_key FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
            AND stream = %(collection)s AND n = 0 AND state <> 'retracted' AND raw_key > %(after)s AND """
        + _NAMING[named]
        + " ORDER BY raw_key LIMIT %(once)s",
        source=source,
        collection=collection,
        named=named,
        id=sourced_id,
        after=after,
        once=ONCE,
    )
    return [key for (key,) in keys]


async def keys(tx: Tx, source: int, collection: str) -> list[str]:
    """The ids of all that a client wrote into a collection and did not take back as far as statements tell."""
    rows = await tx.rows(
        """SELECT raw_key FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s
           AND stream = %(collection)s AND n = 0 AND state <> 'retracted' ORDER BY raw_key""",
        source=source,
        collection=collection,
    )
    return [key for (key,) in rows]


async def categories_of(tx: Tx, source: int, class_: str) -> set[str]:
    """The ids of the categories that a client's line items of a class name."""
    rows = await tx.rows(
        """SELECT DISTINCT coalesce(body->'extensions'->>'category', body->>'category') FROM record
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = 'lineItems' AND n = 0
               AND state <> 'retracted' AND body->>'class_' = %(class)s""",
        **{"source": source, "class": class_},
    )
    return {category for (category,) in rows if category is not None}


async def classes_of(tx: Tx, school: str, issuer: str | None) -> list[str]:
    """The ids of a school's classes: of the roster, and of the source whose ids are used (`issuer`)."""
    rows = await tx.rows(
        """SELECT sourced_id::text FROM roster_object WHERE tenant_id = %(tenant)s AND collection = 'classes'
               AND body->'school'->>'sourcedId' = %(school)s
           UNION SELECT r.key FROM record r JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
           WHERE r.tenant_id = %(tenant)s AND s.slug = %(issuer)s AND r.kind = 'class' AND r.state <> 'retracted'
               AND r.body->>'org' = %(school)s""",
        school=school,
        issuer=issuer,
    )
    return [class_ for (class_,) in rows]


def _where(condition: Condition | None) -> sql.Composable:
    return sql.SQL("true") if condition is None else where(condition)


def _all(tx: Tx, own: Own, roster: tuple[Objects, View] | None) -> sql.Composable:
    written = _statements(tx, own) if own.documents is None else _documents(own.documents)
    parts = [
        sql.SQL("SELECT sourced_id, active, modified, body, raw_id, raw_pos, served FROM ({}) w WHERE {}").format(
            written, _within(own.within)
        )
    ]
    if roster is not None:
        parts.append(
            sql.SQL(
                """SELECT o.sourced_id::text, o.active, o.modified, o.body, NULL::bigint, NULL::integer, true
                   FROM roster_object o WHERE {} AND o.source_id IS DISTINCT FROM {}"""
            ).format(matching(tx, *roster, None), sql.Literal(own.source))
        )
    return sql.SQL(" UNION ALL ").join(parts)


def _statements(tx: Tx, own: Own) -> sql.Composable:
    return sql.SQL(
        """SELECT r.raw_key AS sourced_id, true AS active, coalesce(r.version, r.received_at) AS modified,
                  jsonb_strip_nulls(jsonb_build_object({})) AS body, r.raw_id, r.raw_pos, false AS served
           FROM record r WHERE r.tenant_id = {} AND r.source_id = {} AND r.stream = {} AND r.n = 0
               AND r.state <> 'retracted' AND r.kind <> 'gone'"""
    ).format(
        sql.SQL(BODIES[own.collection]), sql.Literal(tx.tenant), sql.Literal(own.source), sql.Literal(own.collection)
    )


def _documents(documents: Sequence[Mapping[str, Any]]) -> sql.Composable:
    """Objects given as they are; those without a time of their own have none to be filtered by."""
    return sql.SQL(
        """SELECT d->>'sourcedId' AS sourced_id, true AS active, (d->>'dateLastModified')::timestamptz AS modified,
                  d AS body, NULL::bigint AS raw_id, NULL::integer AS raw_pos, false AS served
           FROM jsonb_array_elements({}::jsonb) d"""
    ).format(sql.Literal(msgspec.json.encode(documents).decode()))


def _within(within: Mapping[str, Sequence[str]]) -> sql.Composable:
    parts = [
        sql.SQL("w.body->{}->>'sourcedId' = ANY({}::text[])").format(sql.Literal(field), sql.Literal(list(ids)))
        for field, ids in within.items()
    ]
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")
