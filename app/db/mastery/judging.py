"""How far a tenant's states of mastery have been judged anew, since that was last asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.db import Tx

NOBODY = UUID(int=0)
"""Before every learner."""


@dataclass(frozen=True, slots=True)
class JudgingRow:
    """When judging anew was asked for, after which learner it goes on, how many learners it has seen and states changed."""

    asked_at: datetime
    after: UUID
    learners: int
    changed: int
    finished_at: datetime | None


async def ask(tx: Tx, at: datetime) -> JudgingRow:
    """Have everything judged anew, from the first learner, also where that is under way."""
    await tx.run(
        """INSERT INTO judging AS j (tenant_id, asked_at, after, learners, changed) VALUES (%s, %s, %s, 0, 0)
           ON CONFLICT (tenant_id) DO UPDATE SET asked_at = greatest(j.asked_at, excluded.asked_at),
               after = excluded.after, learners = 0, changed = 0, finished_at = NULL""",
        tx.tenant,
        at,
        NOBODY,
    )
    judging = await current(tx)
    assert judging is not None
    return judging


async def current(tx: Tx) -> JudgingRow | None:
    """How far judging anew has come; None where it was never asked for."""
    return await _row(tx)


async def locked(tx: Tx) -> JudgingRow | None:
    """How far judging anew has come, locked until the transaction ends."""
    await tx.run("SELECT 1 FROM judging WHERE tenant_id = %s FOR UPDATE", tx.tenant)
    return await _row(tx)


async def go_on(tx: Tx, after: UUID, learners: int, changed: int) -> None:
    """Note that it is done up to a learner: so many more, of whom so many states changed."""
    await tx.run(
        "UPDATE judging SET after = %s, learners = learners + %s, changed = changed + %s WHERE tenant_id = %s",
        after,
        learners,
        changed,
        tx.tenant,
    )


async def finish(tx: Tx, at: datetime) -> None:
    """Note that all is done."""
    await tx.run("UPDATE judging SET finished_at = greatest(%s, asked_at) WHERE tenant_id = %s", at, tx.tenant)


async def unfinished(tx: Tx) -> bool:
    """Whether it was asked for and is not done."""
    query: LiteralString = "SELECT EXISTS (SELECT 1 FROM judging WHERE tenant_id = %s AND finished_at IS NULL)"
    return bool(await tx.one(query, tx.tenant))


async def overtaken(tx: Tx, now: datetime) -> bool:
    """Whether a policy has come into force since it was last asked for."""
    query: LiteralString = """SELECT EXISTS (SELECT 1 FROM policy p WHERE p.tenant_id = %s AND p.begins <= %s
        AND p.begins > coalesce((SELECT j.asked_at FROM judging j WHERE j.tenant_id = p.tenant_id), '-infinity'))"""
    return bool(await tx.one(query, tx.tenant, now))


async def _row(tx: Tx) -> JudgingRow | None:
    return await tx.first(JudgingRow, "FROM judging WHERE tenant_id = %s", tx.tenant)
