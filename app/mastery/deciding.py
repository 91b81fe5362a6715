"""Deciding: people say which competency a source means, and what of it waited counts at once."""

from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.frameworks import alignments
from app.db.identity import persons
from app.errors import Invalid, NotFound
from app.mastery import judging


async def decide(tx: Tx, alignment: int, competency: UUID | None, strength: str | None, by: str, at: datetime) -> int:
    """Decide which competency an alignment means (None: none); how many states of mastery changed.

    A later decision takes its place. NotFound where there is no such alignment, Invalid where no framework has the
    competency. Nobody is settled meanwhile: what is asserted in another transaction is judged by neither of them.
    """
    await persons.lock_settling(tx)
    if not 0 < alignment < 2**31 or await alignments.by_id(tx, alignment) is None:
        raise NotFound
    state = "rejected"
    if competency is not None:
        state = "decided"
        await check_known(tx, competency)
    await alignments.settle(tx, [(alignment, competency, strength if competency else None, state)], by, at)
    return await judging.judge(tx, await alignments.learners(tx, [alignment]), at)


async def check_known(tx: Tx, competency: UUID) -> None:
    """Invalid where no framework has a competency."""
    if not await alignments.in_frameworks(tx, [competency]):
        detail = f"No framework has the competency {competency}: import its framework first."
        raise Invalid(detail, type="unknown-competency", title="Unknown competency")
