"""Mastery: assertions follow the statements they are made of, states the assertions, and only where these changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from psycopg.rows import TupleRow

from app.db import Database, Tx, queue
from app.db.mastery import assertions, judging, mastery, overrides
from app.db.mastery.assertions import Pair, Ref, Spoken
from app.db.mastery.judging import JudgingRow
from app.db.records import heads
from app.frameworks.alignment import align
from app.mastery.assertions import Assertion, asserted
from app.mastery.in_force import Rulebook, rulebook
from app.mastery.judge import Asserted
from app.pipeline.statement import Lookup, Statement

BATCH = 500
_encode = msgspec.json.Encoder().encode

P = TypeVar("P", bound=Ref)
Key = tuple[int, str, str, str, int, int]


async def follow(
    tx: Tx,
    statements_of: Mapping[P, Sequence[Statement]],
    learner_of: Mapping[P, UUID],
    lookup: Lookup,
    at: datetime,
    raw: Sequence[Spoken],
) -> int:
    """Bring what these raw records assert up to date with what they say; how many states of mastery changed.

    `statements_of` is what they say about each person (source, key), with results of the same work, which `raw` names
    too; `learner_of` is whose record that is now, if anyone's.
    """
    made: dict[Ref, list[Assertion]] = {ref: asserted(statements, lookup) for ref, statements in statements_of.items()}
    whose: dict[Ref, UUID] = dict(learner_of.items())
    before = await assertions.of_raw(tx, raw)
    if not before and not any(made.values()):
        return 0
    changed = await _store(tx, made, before, whose, at)
    pairs = {(learner, competency) for learner, competency in changed if learner is not None}
    return await judge(tx, sorted({learner for learner, _ in pairs}), at, pairs)


async def move(tx: Tx, learner_of: Mapping[P, UUID | None], at: datetime) -> int:
    """What is asserted of these persons is another learner's now, or no one's; how many states of mastery changed."""
    pairs = set(await assertions.move(tx, [(*ref, learner) for ref, learner in sorted(learner_of.items())]))
    return await judge(tx, sorted({learner for learner, _ in pairs}), at, pairs)


async def follow_levels(tx: Tx, learners: Collection[UUID], at: datetime) -> int:
    """Levels that were set for these learners follow who became whom; how many states of mastery changed."""
    return await judge(tx, await overrides.concerned(tx, learners), at)


async def _store(
    tx: Tx,
    made: Mapping[Ref, Sequence[Assertion]],
    before: Sequence[TupleRow],
    learner_of: Mapping[Ref, UUID],
    at: datetime,
) -> set[tuple[UUID | None, UUID]]:
    """Store what is new, end what is no longer said; whom and what that concerns."""
    known: dict[Key, int] = {(r[0], r[1], *r[3:7]): r[7] for r in before}
    everything = {(*ref, *assertion.key): assertion for ref, ones in made.items() for assertion in ones}
    fresh = [(key, assertion) for key, assertion in everything.items() if known.get(key) != assertion.hash]
    gone = sorted(known.keys() - everything.keys())
    changed: set[tuple[UUID | None, UUID]] = set()
    if gone:
        changed.update(await assertions.end(tx, gone, at))
    if fresh:
        aligned = await align(tx, (assertion.target for _, assertion in fresh), at)
        rows = (
            _row(key, assertion, learner_of.get(key[:2]), aligned[assertion.target.key]) for key, assertion in fresh
        )
        changed.update(await assertions.replace(tx, rows, at))
    return changed


def _row(key: Key, assertion: Assertion, learner: UUID | None, alignment: int) -> Sequence[Any]:
    return (
        learner,
        alignment,
        *key,
        assertion.hash,
        assertion.at,
        assertion.share,
        assertion.value,
        assertion.unit,
        assertion.level,
        assertion.met,
        assertion.positive,
        assertion.confidence,
        assertion.method,
        assertion.expires,
        _encode(assertion.detail),
        assertion.undated,
        assertion.least,
        assertion.most,
        assertion.doubt,
    )


async def judge(tx: Tx, learners: Sequence[UUID], at: datetime, only: AbstractSet[Pair] | None = None) -> int:
    """Judge anew all that is asserted of these learners, or only these pairs; how many states have changed.

    Never as of a time before judging was asked for last: who began earlier would undo what a policy since has changed.
    """
    if not learners:
        return 0
    await mastery.alone(tx)
    current = await judging.current(tx)
    as_of = max(at, current.asked_at) if current else at
    competencies = None if only is None else sorted({competency for _, competency in only})
    rows = await mastery.asserted(tx, learners, competencies)
    if only is not None:
        rows = [row for row in rows if row[:2] in only]
    rules = await rulebook(tx, as_of, list({row[1] for row in rows}))
    pairs = None if only is None else sorted(only)
    changed = await mastery.remember(tx, learners, pairs, judged(rows, rules, as_of))
    if changed:
        await heads.mark(tx, learners)
    return changed


def judged(rows: Iterable[TupleRow], rules: Rulebook, at: datetime) -> Iterable[Sequence[Any]]:
    """States of mastery, one for each learner and competency, of rows in that order."""
    for (learner, competency), group in groupby(rows, key=itemgetter(0, 1)):
        policy = rules.of(competency)
        pieces = [Asserted(*row[2:]) for row in group]
        level, value, met, deciding, when, until = policy.judge.judge(pieces, at)
        count = sum(not piece.override for piece in pieces)
        yield learner, competency, policy.id, level, value, met, when, until, deciding, count


async def judge_overdue(tx: Tx, at: datetime, learners: Sequence[UUID] | None = None) -> int:
    """Judge anew those something of whose has expired."""
    return await judge(tx, await mastery.overdue(tx, at, learners), at)


async def judge_again(tx: Tx, at: datetime) -> JudgingRow:
    """Have everything of the tenant judged anew, by a job: after a policy has changed."""
    row = await judging.ask(tx, at)
    await queue.judge_soon(tx)
    return row


async def judge_all(db: Database, tenant: int, at: datetime) -> int:
    """Judge anew what was asked for, some learners at a time, from where that was left off; how many states changed."""
    changed = 0
    while True:
        async with db.transaction(tenant) as tx:
            row = await judging.locked(tx)
            if row is None or row.finished_at is not None:
                return changed
            learners = await mastery.assessed(tx, row.after, BATCH)
            if not learners:
                await judging.finish(tx, at)
                return changed
            count = await judge(tx, learners, at)
            await judging.go_on(tx, learners[-1], len(learners), count)
            changed += count
