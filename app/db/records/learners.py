"""Learner records as they are served."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from app.db import Database, Tx
from app.db.identity.formers import OWN
from app.db.records.event_types import EVENT_TYPES
from app.db.records.packed import unpacker

LINEAGE: LiteralString = """
WITH RECURSIVE forward AS (
    SELECT id, merged_into, 0 AS step FROM learner WHERE tenant_id = %(tenant)s AND id = %(learner)s
    UNION ALL SELECT l.id, l.merged_into, f.step + 1 FROM forward f
        JOIN learner l ON l.tenant_id = %(tenant)s AND l.id = f.merged_into WHERE f.step < 100
), current AS (
    SELECT id FROM forward ORDER BY step DESC LIMIT 1
), back AS (
    SELECT id, 0 AS step FROM current
    UNION ALL SELECT l.id, b.step + 1 FROM back b
        JOIN learner l ON l.tenant_id = %(tenant)s AND l.merged_into = b.id WHERE b.step < 100
)
SELECT id FROM back GROUP BY id ORDER BY min(step), id
"""


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """A learner's record: the bytes as they are served, their ETag, how often they changed."""

    etag: str
    version: int
    body: bytes | None
    merged_into: UUID | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A learner in a list."""

    id: UUID
    etag: str
    version: int
    updated_at: datetime


async def row(db: Database, tenant: int, learner: UUID) -> LearnerRow | None:
    """A learner's record, in one round trip."""
    async with db.connection() as conn, conn.cursor(row_factory=class_row(LearnerRow)) as cursor:
        await cursor.execute(
            "SELECT etag, version, body, merged_into, updated_at FROM learner_row(%s, %s)",
            [tenant, learner],
            binary=True,
        )
        record = await cursor.fetchone()
    return replace(record, body=unpacker()(record.body)) if record and record.body is not None else record


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A header as it is stored, for everybody and for those who may not see what is sensitive (None: the same)."""

    body: bytes | None
    general: bytes | None
    merged_into: UUID | None
    stale: bool
    fold: int


async def seen(tx: Tx, learner: UUID) -> SeenRow | None:
    """A learner's header within a transaction."""
    record = await tx.first(SeenRow, "FROM learner WHERE tenant_id = %(tenant)s AND id = %(learner)s", learner=learner)
    if record is None or record.body is None:
        return record
    unpack = unpacker()
    general = None if record.general is None else unpack(record.general)
    return replace(record, body=unpack(record.body), general=general)


async def seen_together(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, SeenRow]:
    """The headers of learners who have one."""
    rows = await tx.rows(
        """SELECT id, body, general, merged_into, stale, fold FROM learner
           WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s) AND body IS NOT NULL""",
        ids=list(ids),
    )
    unpack = unpacker()
    return {
        learner: SeenRow(unpack(body), None if general is None else unpack(general), merged, stale=stale, fold=fold)
        for learner, body, general, merged, stale, fold in rows
    }


async def bodies(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, bytes]:
    """The headers of those of these learners who have one, as they are stored, within a transaction."""
    unpack = unpacker()
    rows = await tx.rows(
        "SELECT id, body FROM learner WHERE tenant_id = %s AND id = ANY(%s) AND body IS NOT NULL", tx.tenant, list(ids)
    )
    return {learner: unpack(body) for learner, body in rows}


async def etag(db: Database, tenant: int, learner: UUID) -> str | None:
    """The ETag of a learner's record, in one round trip; None where there is none (any more)."""
    async with db.connection() as conn:
        answer = await (await conn.execute("SELECT learner_etag(%s, %s)", [tenant, learner])).fetchone()
    return answer[0] if answer else None


async def present(tx: Tx, learners: Sequence[UUID]) -> set[UUID]:
    """Which of these learners have a record."""
    rows = await tx.rows(
        "SELECT id FROM learner WHERE tenant_id = %s AND id = ANY(%s) AND body IS NOT NULL", tx.tenant, list(learners)
    )
    return {learner for (learner,) in rows}


async def listed(tx: Tx, *, after: tuple[datetime, UUID] | None, since: datetime | None, limit: int) -> list[Listed]:
    """Learners in the order of their last change, after a (time, id), changed at or after a time."""
    begin, last = after or (since or "-infinity", UUID(int=0))
    return await tx.all(
        Listed,
        """FROM learner WHERE tenant_id = %(tenant)s AND body IS NOT NULL AND (updated_at, id) > (%(begin)s, %(last)s)
           ORDER BY updated_at, id LIMIT %(most)s""",
        begin=begin,
        last=last,
        most=limit,
    )


async def by_identifier(tx: Tx, type: str, value: str, issuer: str | None) -> list[Listed]:
    """Learners with an identifier of that type and value (and issuer), as `app.pipeline.identity.normal` has it."""
    return await tx.all(
        Listed,
        f"""SELECT DISTINCT l.id, l.etag, l.version, l.updated_at FROM identifier i
           JOIN person p ON p.tenant_id = i.tenant_id AND p.source_id = i.source_id AND p.key = i.person
           JOIN learner l ON l.tenant_id = p.tenant_id AND l.id = p.learner_id AND l.body IS NOT NULL
           WHERE i.tenant_id = %(tenant)s AND i.type = %(type)s AND i.value = %(value)s
             AND (%(issuer)s::text IS NULL OR i.issuer = %(issuer)s) AND {OWN} ORDER BY l.id""",
        type=type,
        value=value,
        issuer=issuer and issuer.strip().casefold(),
    )


async def numbered(tx: Tx, numbers: Sequence[tuple[str, str]]) -> list[UUID]:
    """Learners who have one of these identifiers (type, value), those of the first types first."""
    rows = await tx.rows(
        f"""SELECT l.id FROM unnest(%(types)s::text[], %(values)s::text[]) WITH ORDINALITY AS asked (type, value, place)
           JOIN identifier i ON i.tenant_id = %(tenant)s AND i.type = asked.type AND i.value = asked.value
           JOIN person p ON p.tenant_id = i.tenant_id AND p.source_id = i.source_id AND p.key = i.person
           JOIN learner l ON l.tenant_id = p.tenant_id AND l.id = p.learner_id AND l.body IS NOT NULL
           WHERE {OWN} GROUP BY l.id ORDER BY min(asked.place), l.id""",
        types=[type_ for type_, _value in numbers],
        values=[value for _type, value in numbers],
    )
    return [learner for (learner,) in rows]


async def retire(tx: Tx, rows: Sequence[tuple[UUID, UUID | None]], at: datetime) -> list[UUID]:
    """Learners (id, where they went) who have no persons left keep their row and lose their record; who did so now."""
    retired = await tx.rows(
        """UPDATE learner l SET body = NULL, general = NULL, general_etag = NULL, refs = '{}', merged_into = m.target, updated_at = %s
           FROM unnest(%s::uuid[], %s::uuid[]) AS m (id, target)
           WHERE l.tenant_id = %s AND l.id = m.id AND (l.body IS NOT NULL OR l.merged_into IS DISTINCT FROM m.target)
           RETURNING l.id""",
        at,
        [r[0] for r in rows],
        [r[1] for r in rows],
        tx.tenant,
    )
    return [learner for (learner,) in retired]


async def populated(tx: Tx, learners: Sequence[UUID]) -> set[UUID]:
    """Which of these learners have persons."""
    rows = await tx.rows(
        "SELECT DISTINCT learner_id FROM person WHERE tenant_id = %s AND learner_id = ANY(%s)",
        tx.tenant,
        list(learners),
    )
    return {learner for (learner,) in rows}


async def announce(tx: Tx, rows: Sequence[tuple[str, UUID | None, dict[str, object]]]) -> None:
    """Write events (type, learner or None, data) in the transaction of what they tell."""
    assert {row[0] for row in rows} <= EVENT_TYPES.keys(), "a new type of event comes into the list first"
    await tx.run(
        """INSERT INTO event (tenant_id, type, learner_id, data)
           SELECT %s, * FROM unnest(%s::text[], %s::uuid[], %s::jsonb[])""",
        tx.tenant,
        [r[0] for r in rows],
        [r[1] for r in rows],
        [Jsonb(r[2]) for r in rows],
    )


async def currents(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The learner that each of these is now."""
    rows = await tx.rows(
        """WITH RECURSIVE forward AS (
               SELECT id AS first, id, merged_into, 0 AS step FROM learner WHERE tenant_id = %s AND id = ANY(%s)
               UNION ALL SELECT f.first, l.id, l.merged_into, f.step + 1 FROM forward f
                   JOIN learner l ON l.tenant_id = %s AND l.id = f.merged_into WHERE f.step < 100
           ) SELECT DISTINCT ON (first) first, id FROM forward ORDER BY first, step DESC""",
        tx.tenant,
        list(ids),
        tx.tenant,
    )
    return dict(rows)


async def parted(tx: Tx, learner: UUID) -> list[UUID]:
    """The learners with a record who have persons now that were part of this learner, and of all who became it."""
    rows = await tx.rows(
        """SELECT DISTINCT p.learner_id FROM membership m JOIN person p ON p.tenant_id = m.tenant_id
               AND p.source_id = m.source_id AND p.key = m.person
           JOIN learner l ON l.tenant_id = p.tenant_id AND l.id = p.learner_id AND l.body IS NOT NULL
           WHERE m.tenant_id = %(tenant)s AND m.learner_id = ANY(%(ids)s) ORDER BY p.learner_id""",
        ids=await lineage(tx, learner),
    )
    return [now for (now,) in rows]


async def lineage(tx: Tx, learner: UUID) -> list[UUID]:
    """The learner that this one is now, first, and all who became that one: they are the same learner."""
    cursor = await tx.conn.execute(LINEAGE, {"tenant": tx.tenant, "learner": learner})
    return [ancestor for (ancestor,) in await cursor.fetchall()]
