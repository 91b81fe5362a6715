"""Batches: credentials asked for many learners at once, who these are, and storing them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.issuing.issued import IssuedRow, take_places
from app.db.records.packed import unpacker


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What was asked for, and how far it is: waiting, running, done or failed."""

    id: UUID
    wanted: dict[str, Any]
    state: str
    counts: dict[str, int]
    message: str | None
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None


async def add(tx: Tx, batch: UUID, wanted: Mapping[str, Any], by: str) -> None:
    """Store what is asked for."""
    await tx.run(
        "INSERT INTO issue_batch (tenant_id, id, wanted, state, counts, asked_by) VALUES (%s, %s, %s, 'waiting', '{}', %s)",
        tx.tenant,
        batch,
        Jsonb(dict(wanted)),
        by,
    )


async def by_id(tx: Tx, batch: UUID) -> BatchRow | None:
    """The batch of that id."""
    async with tx.conn.cursor(row_factory=class_row(BatchRow)) as cursor:
        await cursor.execute(
            """SELECT id, wanted, state, counts, message, asked_by, asked_at, finished_at FROM issue_batch
               WHERE tenant_id = %s AND id = %s""",
            [tx.tenant, batch],
        )
        return await cursor.fetchone()


async def note(tx: Tx, batch: UUID, state: str, counts: Mapping[str, int], message: str | None = None) -> None:
    """Note how far a batch is."""
    await tx.run(
        """UPDATE issue_batch SET state = %s, counts = %s, message = %s,
               finished_at = CASE WHEN %s IN ('done', 'failed') THEN now() END WHERE tenant_id = %s AND id = %s""",
        state,
        Jsonb(dict(counts)),
        message,
        state,
        tx.tenant,
        batch,
    )


async def learners_of_source(tx: Tx, source: int) -> list[UUID]:
    """All learners a source knows: of a program's source, its participants."""
    rows = await tx.rows(
        """SELECT DISTINCT learner_id FROM person WHERE tenant_id = %s AND source_id = %s AND learner_id IS NOT NULL
           ORDER BY 1""",
        tx.tenant,
        source,
    )
    return [learner for (learner,) in rows]


async def lack_record(tx: Tx, learners: list[str]) -> set[UUID]:
    """Those of these learners who have no record."""
    rows = await tx.rows(
        """SELECT unnest(%s::uuid[])
           EXCEPT SELECT id FROM learner WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND body IS NOT NULL""",
        texts(learners),
        tx.tenant,
        texts(learners),
    )
    return {learner for (learner,) in rows}


async def served(tx: Tx, batch: UUID, kind: str, origin: str, learners: list[str]) -> dict[UUID, bool]:
    """Who of these learners has it: from this batch, also if it was revoked since (True), or from elsewhere (False)."""
    rows = await tx.rows(
        """SELECT learner_id, coalesce(bool_or(batch_id = %s), false) FROM issued_credential
           WHERE tenant_id = %s AND kind = %s AND learner_id = ANY(%s::uuid[])
             AND (origin = %s AND state <> 'revoked' OR batch_id = %s) GROUP BY learner_id""",
        batch,
        tx.tenant,
        kind,
        texts(learners),
        origin,
        batch,
    )
    return dict(rows)


async def store(tx: Tx, like: IssuedRow, stencil: UUID, ids: list[str], learners: list[str], owns: list[str]) -> int:
    """Store and announce new credentials that are otherwise as `like`; how many were stored.

    `owns` are each one's own words in the stencil (`app.own_words`). Each gets a place in the tenant's status lists. What was
    issued already and is not revoked is left out.
    """
    places = await take_places(tx, len(ids))
    return await tx.run(
        """WITH stored AS (
               INSERT INTO issued_credential (tenant_id, id, learner_id, kind, origin, name, media_type, body, list_id,
                   list_index, status_type, state, issued_by, issued_at, valid_until, changed_at, batch_id, stencil_id)
               SELECT %s, id, learner_id, %s, %s, %s, %s, convert_to(own, 'UTF8'), list_id, list_index,
                   %s, 'active', %s, %s, %s, %s, %s, %s
               FROM unnest(%s::uuid[], %s::uuid[], %s::integer[], %s::integer[], %s::text[])
                   AS new (id, learner_id, list_id, list_index, own)
               ON CONFLICT (tenant_id, learner_id, kind, origin) WHERE state <> 'revoked' DO NOTHING
               RETURNING id, learner_id)
           INSERT INTO event (tenant_id, type, learner_id, data)
           SELECT %s, 'credential.issued', learner_id, jsonb_build_object('credential', id, 'kind', %s::text)
           FROM stored""",
        tx.tenant,
        like.kind,
        like.origin,
        like.name,
        like.media_type,
        like.status_type,
        like.issued_by,
        like.issued_at,
        like.valid_until,
        like.changed_at,
        like.batch_id,
        stencil,
        texts(ids),
        texts(learners),
        numbers([place[0] for place in places]),
        numbers([place[1] for place in places]),
        texts(owns),
        tx.tenant,
        like.kind,
    )


async def records(tx: Tx, learners: list[UUID]) -> dict[UUID, bytes]:
    """The records of these learners, of those who have one."""
    rows = await tx.rows(
        "SELECT id, body FROM learner WHERE tenant_id = %s AND id = ANY(%s) AND body IS NOT NULL", tx.tenant, learners
    )
    unpack = unpacker()
    return {learner: unpack(body) for learner, body in rows}
