"""Check-ins of advisors with learners, and when something was last seen of whom."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from app.db import Tx
from app.db.tables.plans import Checkin


@dataclass(frozen=True, slots=True)
class CheckinRow:
    """A check-in; `sealed_note` is the writer's alone."""

    id: UUID
    learner_id: UUID
    account_id: UUID
    name: str
    on: date
    topics: str
    next_step: str
    sealed_note: bytes | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class LastRow:
    """When a learner last showed something that is dated, and had their last check-in; None: never."""

    learner: UUID
    shown: datetime | None
    talked: date | None
    next_step: str | None


async def add(tx: Tx, row: CheckinRow) -> None:
    """Store a check-in."""
    await tx.insert(Checkin(**asdict(row)))


async def of_learners(tx: Tx, learners: Sequence[UUID], limit: int) -> list[CheckinRow]:
    """The check-ins with these learners, newest first."""
    return await tx.all(
        CheckinRow,
        """SELECT id, learner_id, account_id, name, "on", topics, next_step, sealed_note, made_at FROM checkin
           WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) ORDER BY "on" DESC, made_at DESC LIMIT %(most)s""",
        learners=list(learners),
        most=limit,
    )


async def last(tx: Tx, learners: Sequence[UUID]) -> list[LastRow]:
    """When each of these learners was last seen, also as whoever became them."""
    return await tx.all(
        LastRow,
        """WITH RECURSIVE kin AS (
               SELECT id AS learner, id FROM unnest(%(learners)s::uuid[]) AS l (id)
               UNION SELECT k.learner, l.id FROM kin k JOIN learner l ON l.tenant_id = %(tenant)s AND l.merged_into = k.id
           ), talk AS (
               SELECT DISTINCT ON (k.learner) k.learner, t."on", t.next_step
               FROM kin k JOIN checkin t ON t.tenant_id = %(tenant)s AND t.learner_id = k.id
               ORDER BY k.learner, t."on" DESC, t.made_at DESC
           )
           SELECT l.id AS learner, e.at AS shown, c."on" AS talked, c.next_step
           FROM unnest(%(learners)s::uuid[]) AS l (id)
           LEFT JOIN LATERAL (
               SELECT max(at) AS at FROM entry WHERE tenant_id = %(tenant)s AND learner_id = l.id
               AND section IN ('results', 'evidence', 'credentials') AND state <> 'retracted' AND at > '1900-01-01') e ON true
           LEFT JOIN talk c ON c.learner = l.id""",
        learners=list(learners),
    )
