"""What was issued, as somebody reads it who keeps the list: by name and state, newest first."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.issuing import ledger
from app.db.issuing.batches import BatchRow
from app.db.issuing.ledger import LedgerRow
from app.errors import NotFound

STATES = ("active", "suspended", "revoked")
Place = tuple[datetime, UUID]
"""Where a page of the list ends: when the last one of it was issued, and its id."""
__all__ = ["STATES", "BatchRow", "LedgerRow", "Page", "batches", "counts", "entry_of", "issued_to", "of_batch", "page"]


class Page(NamedTuple):
    """Some of what was issued, and where to go on (None: this was the last)."""

    rows: Sequence[LedgerRow]
    following: Place | None


async def page(
    tx: Tx, words: str, state: str, learners: Collection[UUID] | None, before: Place | None, limit: int
) -> Page:
    """What was issued whose name has these words in it; `state` empty: in any; `learners` None: to everybody."""
    rows = await ledger.page(
        tx,
        words=words.strip(),
        state=state if state in STATES else "",
        learners=None if learners is None else sorted(learners),
        before=before,
        limit=limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], (last.issued_at, last.id) if last else None)


async def counts(tx: Tx, learners: Collection[UUID] | None) -> dict[str, int]:
    """How many there are in each state."""
    by_state = await ledger.states(tx, None if learners is None else sorted(learners))
    return {state: by_state.get(state, 0) for state in STATES}


async def issued_to(tx: Tx, same: Sequence[UUID]) -> list[LedgerRow]:
    """What was issued to a learner, under each id they ever had."""
    return await ledger.of_learners(tx, same)


async def of_batch(tx: Tx, batch: UUID, limit: int) -> list[LedgerRow]:
    """What was issued by a batch and stands, at most so many."""
    return await ledger.of_batch(tx, batch, limit)


async def entry_of(tx: Tx, same: Sequence[UUID], credential: UUID) -> LedgerRow:
    """The entry of that id. NotFound where it is none of this learner's."""
    for row in await ledger.of_learners(tx, same):
        if row.id == credential:
            return row
    raise NotFound("There is no such credential, or it was issued to somebody else.")


async def batches(tx: Tx, limit: int = 20) -> list[BatchRow]:
    """The batches that were asked for last."""
    return await ledger.batches(tx, limit)
