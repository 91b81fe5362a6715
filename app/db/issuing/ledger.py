"""The ledger of what was issued, as a list: without the documents themselves; and the batches, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.issuing.batches import BatchRow


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A credential as the list has it: whose, what, in which state, and who changed that last."""

    id: UUID
    learner_id: UUID
    kind: str
    name: str
    state: str
    reason: str | None
    issued_by: str
    issued_at: datetime
    valid_until: datetime | None
    changed_at: datetime
    changed_by: str | None


async def page(
    tx: Tx, *, words: str, state: str, learners: Sequence[UUID] | None, before: tuple[datetime, UUID] | None, limit: int
) -> list[LedgerRow]:
    """What was issued, newest first, whose name has these words in it; of all learners, or of these."""
    issued_at, credential = before or (None, None)
    return await tx.all(
        LedgerRow,
        """FROM issued_credential WHERE tenant_id = %(tenant)s
             AND (%(words)s::text = '' OR strpos(lower(name), lower(%(words)s)) > 0)
             AND (%(state)s::text = '' OR state = %(state)s)
             AND (%(learners)s::uuid[] IS NULL OR learner_id = ANY(%(learners)s))
             AND (%(issued_at)s::timestamptz IS NULL OR (issued_at, id) < (%(issued_at)s, %(credential)s))
           ORDER BY issued_at DESC, id DESC LIMIT %(limit)s""",
        words=words,
        state=state,
        learners=None if learners is None else list(learners),
        issued_at=issued_at,
        credential=credential,
        limit=limit,
    )


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[LedgerRow]:
    """All that was issued to these learners, newest first."""
    return await tx.all(
        LedgerRow,
        """FROM issued_credential WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s)
           ORDER BY issued_at DESC, id DESC""",
        learners=list(learners),
    )


async def of_batch(tx: Tx, batch: UUID, limit: int) -> list[LedgerRow]:
    """What was issued by a batch and stands, in the order of the learners' ids."""
    return await tx.all(
        LedgerRow,
        """FROM issued_credential WHERE tenant_id = %(tenant)s AND batch_id = %(batch)s AND state = 'active'
           ORDER BY learner_id, id LIMIT %(limit)s""",
        batch=batch,
        limit=limit,
    )


async def states(tx: Tx, learners: Sequence[UUID] | None) -> dict[str, int]:
    """How many there are in each state."""
    rows = await tx.rows(
        """SELECT state, count(*) FROM issued_credential WHERE tenant_id = %(tenant)s
             AND (%(learners)s::uuid[] IS NULL OR learner_id = ANY(%(learners)s)) GROUP BY 1""",
        learners=None if learners is None else list(learners),
    )
    return dict(rows)


async def batches(tx: Tx, limit: int) -> list[BatchRow]:
    """The batches that were asked for last."""
    query = "FROM issue_batch WHERE tenant_id = %(tenant)s ORDER BY asked_at DESC, id LIMIT %(limit)s"
    return await tx.all(BatchRow, query, limit=limit)
