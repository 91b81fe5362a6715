"""Mastery: assertions follow the statements they are made of, states the assertions, and only where these changed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec
from psycopg.rows import TupleRow

from app.db import Database, Tx, queue
from app.db.mastery import assertions, judging, mastery, newest, overrides
from app.db.mastery.assertions import Pair, Ref, Spoken
from app.db.mastery.judging import JudgingRow
from app.db.mastery.mastery import as_judged
from app.db.records import heads
from app.frameworks.alignment import align
from app.mastery import tallies
from app.mastery.assertions import Assertion, asserted
from app.mastery.in_force import InForce, Rulebook, rulebook
from app.mastery.judge import Asserted, State
from app.pipeline.statement import Lookup, Statement

BATCH = 500
MANY, FEW, FURTHER = 200, 50, 4
"""From so many assertions on, where the last few decide, so few are read; so many times as many where it takes more."""
_encode = msgspec.json.Encoder().encode

P = TypeVar("P", bound=Ref)
Key = tuple[int, str, str, str, int, int]


async def update_assertions(
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
    by_statement: dict[Ref, list[Assertion]] = {
        ref: asserted(statements, lookup) for ref, statements in statements_of.items()
    }
    whose: dict[Ref, UUID] = dict(learner_of.items())
    before = await assertions.of_raw(tx, raw)
    if not before and not any(by_statement.values()):
        return 0
    changed = await _store(tx, by_statement, before, whose, at)
    return await judge(tx, sorted({learner for learner, _ in changed.pairs}), at, changed.pairs, changed.grown)


async def move_assertions(tx: Tx, learner_of: Mapping[P, UUID | None], at: datetime) -> int:
    """What is asserted of these persons is another learner's now, or no one's; how many states of mastery changed."""
    pairs = set(await assertions.move(tx, [(*ref, learner) for ref, learner in sorted(learner_of.items())]))
    return await judge(tx, sorted({learner for learner, _ in pairs}), at, pairs)


async def move_overrides(tx: Tx, learners: Collection[UUID], at: datetime) -> int:
    """Levels that were set for these learners follow who became whom; how many states of mastery changed."""
    return await judge(tx, await overrides.concerned(tx, learners), at)


class Changed(NamedTuple):
    """What has changed of whom: pairs of which something ended, and of others what is asserted anew."""

    ended: AbstractSet[Pair]
    fresh: Mapping[Pair, Sequence[int]]

    @property
    def pairs(self) -> set[Pair]:
        """All of whom anything has changed."""
        return {*self.ended, *self.fresh}

    @property
    def grown(self) -> dict[Pair, Sequence[int]]:
        """What is asserted anew where nothing has ended."""
        return {pair: fresh for pair, fresh in self.fresh.items() if pair not in self.ended}


async def _store(
    tx: Tx,
    by_statement: Mapping[Ref, Sequence[Assertion]],
    before: Sequence[TupleRow],
    learner_of: Mapping[Ref, UUID],
    at: datetime,
) -> Changed:
    """Store what is new, end what is no longer said; whom and what that concerns."""
    known: dict[Key, int] = {(r[0], r[1], *r[3:7]): r[7] for r in before}
    everything = {(*ref, *assertion.key): assertion for ref, ones in by_statement.items() for assertion in ones}
    new = [(key, assertion) for key, assertion in everything.items() if known.get(key) != assertion.hash]
    gone = sorted(known.keys() - everything.keys())
    ended = await assertions.end(tx, gone, at) if gone else []
    fresh: dict[Pair, list[int]] = {}
    if new:
        aligned = await align(tx, (assertion.target for _, assertion in new), at)
        rows = (_row(key, assertion, learner_of.get(key[:2]), aligned[assertion.target.key]) for key, assertion in new)
        corrected, stored = await assertions.replace(tx, rows, at)
        ended += corrected
        for learner, competency, assertion_id in stored:
            if learner is not None:
                fresh.setdefault((learner, competency), []).append(assertion_id)
    return Changed({(learner, competency) for learner, competency in ended if learner is not None}, fresh)


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


async def judge(
    tx: Tx,
    learners: Sequence[UUID],
    at: datetime,
    only: AbstractSet[Pair] | None = None,
    grown: Mapping[Pair, Sequence[int]] = MappingProxyType({}),
) -> int:
    """Judge anew all that is asserted of these learners, or only these pairs; how many states have changed.

    `grown` is, by pair, what is asserted anew where nothing else has changed: where that can, a state goes on with it.
    Never as of a time before judging was asked for last: who began earlier would undo what a policy since has changed.
    """
    if not learners:
        return 0
    await mastery.alone(tx)
    current = await judging.current(tx)
    as_of = max(at, current.asked_at) if current else at
    pairs = None if only is None else sorted(only)
    if pairs is None:
        rows = await mastery.asserted(tx, learners, None)
        rules = await rulebook(tx, as_of, list({row[1] for row in rows}))
        states = [judged.stored_row(as_of) for judged in _judged(rows, rules, as_of)]
    else:
        states = await _of_pairs(tx, learners, pairs, as_of, grown)
    changed = await mastery.remember(tx, learners, pairs, states)
    if changed:
        await heads.mark(tx, learners)
    return changed


async def _of_pairs(
    tx: Tx, learners: Sequence[UUID], pairs: Sequence[Pair], at: datetime, grown: Mapping[Pair, Sequence[int]]
) -> list[Sequence[Any]]:
    """States of these pairs, of these learners; where somebody set a level, by all there is."""
    competencies = sorted({competency for _, competency in pairs})
    rules = await rulebook(tx, at, competencies)
    levels = await overrides.of_learners(tx, learners, competencies)
    overridden = {(row.learner_id, row.competency_id) for row in levels}
    states = await _continued(tx, {pair: new for pair, new in grown.items() if pair not in overridden}, rules, at)
    continued = {(state[0], state[1]) for state in states}
    states += await _crowded(tx, [pair for pair in pairs if pair not in overridden | continued], rules, at)
    judged = {(state[0], state[1]) for state in states}
    rest = [pair for pair in pairs if pair not in judged]
    rows = await newest.whole(tx, rest)
    rows += [as_judged(level) for level in levels if (level.learner_id, level.competency_id) in {*rest}]
    return [*states, *(of.stored_row(at) for of in _judged(sorted(rows, key=itemgetter(0, 1)), rules, at))]


async def _continued(tx: Tx, grown: Mapping[Pair, Sequence[int]], rules: Rulebook, at: datetime) -> list[Sequence[Any]]:
    """States of those of these pairs that go on with what is asserted anew, whatever was before."""
    rows = await newest.tallies(tx, sorted(grown)) if grown else []
    resumable = {(row.learner_id, row.competency_id): row for row in rows if row.until is None or row.until > at}
    resumable = {pair: row for pair, row in resumable.items() if rules.of(pair[1]).id == row.policy_id}
    fresh: dict[Pair, list[Asserted]] = {}
    for row in await newest.these(tx, [new for pair in resumable for new in grown[pair]]) if resumable else ():
        fresh.setdefault((row[0], row[1]), []).append(Asserted(*row[2:]))
    states: list[Sequence[Any]] = []
    for pair, state in resumable.items():
        policy, begun, new = rules.of(pair[1]), tallies.read(state.tally), fresh.get(pair, ())
        if begun is None or len(new) != len(grown[pair]):  # some of it was aligned to another competency meanwhile
            continue
        now = tallies.go_on(policy.judge, begun, new, at)
        if now is not None:
            count = state.shown + len(grown[pair])
            tally = tallies.written(now.tally, policy.id, count)
            states.append((*_state(pair, policy, now.state, count), now.appends, tally))
    return states


async def _crowded(tx: Tx, pairs: Sequence[Pair], rules: Rulebook, at: datetime) -> list[Sequence[Any]]:
    """States of those of these pairs of which very much is asserted: by what may count, and no more than decides."""
    crowded = sorted(await newest.many(tx, pairs, MANY))
    rows = await newest.counts(tx, crowded, at) if crowded else []
    counts = {(row.learner_id, row.competency_id): row for row in rows if row.shown}
    judges = {pair: rules.of(pair[1]).judge for pair in counts}
    units = sorted({unit for judge in judges.values() for unit in judge.units})
    states: dict[Pair, tuple[State, Sequence[Asserted]]] = {}
    limits = {pair: max(FEW, 2 * window) for pair in counts if (window := judges[pair].policy.rule.newest) is not None}
    while limits := {pair: limit for pair, limit in limits.items() if limit < counts[pair].shown}:
        newest_of = complete_pairs(await newest.dated(tx, limits, at, units), limits)
        for pair, seen in newest_of.items():
            if (state := judges[pair].by_newest(seen, at, counts[pair].to_come)) is not None:
                states[pair] = (state, seen)
        limits = {pair: limit * FURTHER for pair, limit in limits.items() if pair in newest_of and pair not in states}
    if rest := [pair for pair in counts if pair not in states]:
        counting = complete_pairs(await newest.counting(tx, rest, units), {})
        for pair in rest:
            seen = counting.get(pair, [])
            states[pair] = (judges[pair].by_counting(seen, at, counts[pair].to_come), seen)
    return [
        Judged(pair, rules.of(pair[1]), state, seen, counts[pair].shown).stored_row(at, counts[pair].to_come)
        for pair, (state, seen) in sorted(states.items(), key=itemgetter(0))
    ]


def _state(pair: Pair, policy: InForce, state: State, count: int) -> Sequence[Any]:
    level, value, met, deciding, when, until = state
    return (*pair, policy.id, level, value, met, when, until, deciding, count)


class Judged(NamedTuple):
    """A state made of assertions: `seen` are all there are, or enough of them; `shown` is how many there are."""

    pair: Pair
    policy: InForce
    state: State
    seen: Sequence[Asserted]
    shown: int

    @property
    def row(self) -> Sequence[Any]:
        """The state's columns."""
        return _state(self.pair, self.policy, self.state, self.shown)

    def stored_row(self, at: datetime, to_come: datetime | None = None) -> Sequence[Any]:
        """The state as it is stored: with a tally where very much is asserted and nobody set a level."""
        goes_on = self.shown >= MANY and not any(piece.override for piece in self.seen)
        tally = tallies.tally(self.policy.judge, self.seen, at, to_come) if goes_on else None
        return (*self.row, False, None if tally is None else tallies.written(tally, self.policy.id, self.shown))


def complete_pairs(rows: Iterable[TupleRow], limits: Mapping[Pair, int]) -> dict[Pair, list[Asserted]]:
    """The newest assertions of pairs up to a time from which on nothing of it is missing: not half of one moment."""
    newest_of: dict[Pair, dict[int, list[Asserted]]] = {}
    for row in rows:
        newest_of.setdefault((row[0], row[1]), {}).setdefault(row[2], []).append(Asserted(*row[3:]))
    complete = {}
    for pair, by_alignment in newest_of.items():
        since = max(
            (min(a.at for a in of) for of in by_alignment.values() if len(of) == limits.get(pair)), default=None
        )
        complete[pair] = [a for of in by_alignment.values() for a in of if since is None or a.at > since]
    return complete


def judged_states(rows: Iterable[TupleRow], rules: Rulebook, at: datetime) -> Iterable[Sequence[Any]]:
    """States of mastery, one for each learner and competency, of rows in that order."""
    return (judged.row for judged in _judged(rows, rules, at))


def _judged(rows: Iterable[TupleRow], rules: Rulebook, at: datetime) -> Iterable[Judged]:
    for pair, group in groupby(rows, key=itemgetter(0, 1)):
        policy = rules.of(pair[1])
        seen = [Asserted(*row[2:]) for row in group]
        count = sum(not piece.override for piece in seen)
        yield Judged(pair, policy, policy.judge.judge(seen, at), seen, count)


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
            await heads.mark(tx, learners)  # a policy also says how parts add up to wholes
            await judging.go_on(tx, learners[-1], len(learners), count)
            changed += count
