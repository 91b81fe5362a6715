"""Batches: credentials asked for many learners at once, who these are, and storing them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.issuing.issued import IssuedRow, take_places
from app.db.tables.credentials import IssueBatch


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


async def add(tx: Tx, batch: UUID, request: Mapping[str, Any], by: str) -> bool:
    """Store what is asked for; False where it was asked for under that id before."""
    row = IssueBatch(id=batch, wanted=dict(request), state="waiting", counts={}, asked_by=by)
    return await tx.insert(row, "ON CONFLICT (tenant_id, id) DO NOTHING RETURNING id") is not None


async def by_id(tx: Tx, batch: UUID) -> BatchRow | None:
    """The batch of that id."""
    return await tx.first(BatchRow, "FROM issue_batch WHERE tenant_id = %s AND id = %s", tx.tenant, batch)


async def note(tx: Tx, batch: UUID, state: str, counts: Mapping[str, int], message: str | None = None) -> None:
    """Note how far a batch is."""
    await tx.run(
        """UPDATE issue_batch SET state = %(state)s, counts = %(counts)s, message = %(message)s,
               finished_at = CASE WHEN %(state)s IN ('done', 'failed') THEN now() END
           WHERE tenant_id = %(tenant)s AND id = %(batch)s""",
        state=state,
        counts=Jsonb(dict(counts)),
        message=message,
        batch=batch,
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
        """SELECT learner_id, coalesce(bool_or(batch_id = %(batch)s), false) FROM issued_credential
           WHERE tenant_id = %(tenant)s AND kind = %(kind)s AND learner_id = ANY(%(learners)s::uuid[])
             AND (origin = %(origin)s AND state <> 'revoked' OR batch_id = %(batch)s) GROUP BY learner_id""",
        batch=batch,
        kind=kind,
        origin=origin,
        learners=texts(learners),
    )
    return dict(rows)


async def store(tx: Tx, like: IssuedRow, template: UUID, ids: list[str], learners: list[str], values: list[str]) -> int:
    """Store and announce new credentials that are otherwise as `like`; how many were stored.

    `values` are what each one puts into the template (`app.template_values`). Each gets a place in the tenant's status
    lists. What was issued already and is not revoked is left out.
    """
    places = await take_places(tx, len(ids))
    return await tx.run(
        """WITH stored AS (
               INSERT INTO issued_credential (tenant_id, id, learner_id, kind, origin, name, media_type, body, list_id,
                   list_index, status_type, state, issued_by, issued_at, valid_until, changed_at, batch_id, stencil_id)
               SELECT %(tenant)s, id, learner_id, %(kind)s, %(origin)s, %(name)s, %(media_type)s,
                   convert_to(own, 'UTF8'), list_id, list_index, %(status_type)s, 'active', %(issued_by)s,
                   %(issued_at)s, %(valid_until)s, %(changed_at)s, %(batch_id)s, %(template)s
               FROM unnest(%(ids)s::uuid[], %(learners)s::uuid[], %(lists)s::integer[], %(indexes)s::integer[],
                   %(values)s::text[]) AS new (id, learner_id, list_id, list_index, own)
               ON CONFLICT (tenant_id, learner_id, kind, origin) WHERE state <> 'revoked' DO NOTHING
               RETURNING id, learner_id)
           INSERT INTO event (tenant_id, type, learner_id, data)
           SELECT %(tenant)s, 'credential.issued', learner_id, jsonb_build_object('credential', id, 'kind', %(kind)s::text)
           FROM stored""",
        kind=like.kind,
        origin=like.origin,
        name=like.name,
        media_type=like.media_type,
        status_type=like.status_type,
        issued_by=like.issued_by,
        issued_at=like.issued_at,
        valid_until=like.valid_until,
        changed_at=like.changed_at,
        batch_id=like.batch_id,
        template=template,
        ids=texts(ids),
        learners=texts(learners),
        lists=numbers([place[0] for place in places]),
        indexes=numbers([place[1] for place in places]),
        values=texts(values),
    )
