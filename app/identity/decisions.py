"""Decide: people link persons or keep them apart; the ledger remembers who, when and why, and it can be undone."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from app.db import Tx, queue
from app.db.identity import ledger, persons
from app.db.identity.persons import DecisionRow, Ref
from app.db.pipeline import statements
from app.errors import ConfigError, Invalid, NotFound

__all__ = [
    "DecisionRow",
    "Learners",
    "Ref",
    "about",
    "decide",
    "decide_pair",
    "inherit",
    "link",
    "near_matches",
    "refs_of",
    "undo",
    "unlink",
]

JUDGEMENTS = ("same", "different", "open")
"""What may be decided of two persons; open: the rules decide again."""

INHERITED = " (said of a person whose source was removed)"

Learners = Mapping[Ref, UUID | None]
"""The learner each person is part of."""


async def near_matches(tx: Tx, *, after: int, limit: int) -> tuple[list[DecisionRow], Learners]:
    """Pairs of persons who wait for somebody's decision, after an id, and the learners they are part of now."""
    rows = await persons.near_matches(tx, after, limit)
    return rows, await persons.learners_of(tx, {ref for row in rows for ref in refs_of(row)})


async def about(tx: Tx, learner: UUID) -> list[DecisionRow]:
    """The decisions in force about any person of a learner."""
    return await persons.decisions_about(tx, learner)


async def decide(tx: Tx, left: Ref, right: Ref, judgement: str, *, by: str, reason: str) -> None:
    """Link two persons, keep them apart, or take a decision back. Invalid where one of them is not known."""
    await _check_known(tx, left, right)
    if judgement == "same":
        await link(tx, left, right, by=by, reason=reason)
    elif judgement == "different":
        await unlink(tx, left, right, by=by, reason=reason)
    else:
        await undo(tx, left, right, by=by)
    await queue.settle_soon(tx)


async def decide_pair(tx: Tx, number: int, judgement: str, *, by: str, reason: str) -> None:
    """Decide about a pair that a decision is about, by its number. NotFound where none in force has it."""
    if judgement not in JUDGEMENTS:
        raise Invalid(f"'{judgement}' is no judgement: there are same, different and open.")
    row = await persons.decision(tx, number)
    if row is None:
        raise NotFound(f"No pair {number} waits: it was decided, or never was one.")
    await decide(tx, *refs_of(row), judgement, by=by, reason=reason)


def refs_of(row: DecisionRow) -> tuple[Ref, Ref]:
    """The two persons a decision is about."""
    return (row.left_source, row.left_key), (row.right_source, row.right_key)


async def _check_known(tx: Tx, left: Ref, right: Ref) -> None:
    known = await persons.learners_of(tx, {left, right})
    unknown: Iterable[tuple[str, int]] = [
        (side, ref[0]) for side, ref in (("left", left), ("right", right)) if ref not in known
    ]
    pointers = {
        f"/{side}/person": f"Source {source} knows no such person: their id at the source is wanted."
        for side, source in unknown
    }
    if pointers:
        first, detail = next(iter(pointers.items()))
        raise Invalid(f"body {first}: {detail}", pointers=pointers)


async def link(tx: Tx, left: Ref, right: Ref, *, by: str, reason: str) -> None:
    """These two persons are one learner."""
    await _decide(tx, left, right, judgement="same", by=by, reason=reason)


async def unlink(tx: Tx, left: Ref, right: Ref, *, by: str, reason: str) -> None:
    """These two persons are two learners: both records become again what they were without each other."""
    await _decide(tx, left, right, judgement="different", by=by, reason=reason)


async def undo(tx: Tx, left: Ref, right: Ref, *, by: str) -> None:
    """Take back what people have decided of these two: the rules decide again, and what was asked waits again."""
    left, right = sorted((left, right))
    in_force = await persons.decisions_of(tx, [left, right])
    await persons.end_decisions(tx, [d.id for d in in_force if _about(d, left, right) and d.rule == "person"], by)
    await ledger.ask_again(tx, left, right)
    await _touch(tx, left, right)


async def inherit(tx: Tx, source: int) -> None:
    """What people have decided of persons of a source that is being removed holds of who remains of their learners.

    Else what somebody said to be a child's would be nobody's, for want of the person whom it was said of.
    """
    for row in await ledger.inherited(tx, source):
        heir, other = sorted(((row.heir_source, row.heir_key), (row.other_source, row.other_key)))
        in_force = await persons.decisions_of(tx, [heir, other])
        if not any(_about(d, heir, other) and d.rule == "person" for d in in_force):
            reason = row.reason.removesuffix(INHERITED) + INHERITED
            await _decide(tx, heir, other, judgement=row.judgement, by=row.decided_by, reason=reason)


async def _decide(tx: Tx, left: Ref, right: Ref, judgement: str, by: str, reason: str) -> None:
    if left == right:
        raise ConfigError("a person cannot be linked with, or unlinked from, themselves")
    left, right = sorted((left, right))
    in_force = await persons.decisions_of(tx, [left, right])
    await persons.end_decisions(tx, [d.id for d in in_force if _about(d, left, right)], by)
    await ledger.decide(tx, [(*left, *right, judgement, "person", reason)], by)
    await _touch(tx, left, right)


def _about(decision: persons.DecisionRow, left: Ref, right: Ref) -> bool:
    return (decision.left_source, decision.left_key, decision.right_source, decision.right_key) == (*left, *right)


async def _touch(tx: Tx, *refs: Ref) -> None:
    for source, key in refs:
        await statements.touch(tx, source, [key], [])
