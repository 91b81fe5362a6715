"""Decide: people link persons or keep them apart; the ledger remembers who, when and why, and it can be undone."""

from app.db import Tx
from app.db.identity import persons
from app.db.identity.persons import Ref
from app.db.pipeline import statements
from app.errors import ConfigError


async def link(tx: Tx, left: Ref, right: Ref, *, by: str, reason: str) -> None:
    """These two persons are one learner."""
    await _decide(tx, left, right, "same", by, reason)


async def unlink(tx: Tx, left: Ref, right: Ref, *, by: str, reason: str) -> None:
    """These two persons are two learners: both records become again what they were without each other."""
    await _decide(tx, left, right, "different", by, reason)


async def undo(tx: Tx, left: Ref, right: Ref, *, by: str) -> None:
    """Take back what people have decided of these two: the rules decide again."""
    left, right = sorted((left, right))
    ledger = await persons.decisions_of(tx, [left, right])
    await persons.end_decisions(tx, [d.id for d in ledger if _about(d, left, right) and d.rule == "person"], by)
    await _touch(tx, left, right)


async def _decide(tx: Tx, left: Ref, right: Ref, judgement: str, by: str, reason: str) -> None:
    if left == right:
        raise ConfigError("a person cannot be linked with, or unlinked from, themselves")
    left, right = sorted((left, right))
    ledger = await persons.decisions_of(tx, [left, right])
    await persons.end_decisions(tx, [d.id for d in ledger if _about(d, left, right)], by)
    await persons.decide(tx, [(*left, *right, judgement, "person", reason)], by)
    await _touch(tx, left, right)


def _about(decision: persons.DecisionRow, left: Ref, right: Ref) -> bool:
    return (decision.left_source, decision.left_key, decision.right_source, decision.right_key) == (*left, *right)


async def _touch(tx: Tx, *refs: Ref) -> None:
    for source, key in refs:
        await statements.touch(tx, source, [key], [])
