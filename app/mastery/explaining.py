"""Explains a level: the policy in words, every assertion, whether it decided, and if not, why."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.frameworks.frameworks import Wording
from app.db.mastery import assertions, citations, mastery, standings
from app.db.mastery.assertions import AssertionRow
from app.db.mastery.citations import NamedRow
from app.db.mastery.mastery import MasteryRow
from app.db.mastery.standings import PlacedRow
from app.frameworks.outline import plain
from app.mastery import judging
from app.mastery.assertions import AssertionDetail
from app.mastery.in_force import Rulebook, rulebook
from app.mastery.judge import Asserted, Reason
from app.mastery.policies import Level, Policy
from app.mastery.standings import Ladder, Standing, stand, ties
from app.mastery.views.perspectives import Moment, Scope, View

INSTEAD = "it is not enough by itself, and what decided was shown of another competency"


BY_PARTS = "it is not enough by itself, and the parts of the competency decided"


class PartExplained(View, frozen=True):
    """A part of a competency that stands by its parts: where it stands, and whether that decided."""

    competency: UUID
    statement: str
    met: bool
    decided: bool
    code: str | None = None
    level: str | None = None


class Explained(View, frozen=True):
    """An assertion: what was shown, and why it decided or did not.

    `value` is on a scale from `minimum` to `maximum`, where its source tells that. `undated`: its source tells no
    time, and `at` is when it came; it is the earliest of all. `read_then` is what the competency said when this was
    recorded, where it says something else now.
    """

    id: int
    at: Moment
    decided: bool
    why: str
    positive: bool
    detail: AssertionDetail
    share: float | None = None
    value: float | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    level: str | None = None
    met: bool | None = None
    method: str | None = None
    confidence: float | None = None
    expires: Moment | None = None
    undated: bool = False
    supersedes: int | None = None
    recorded_at: Moment | None = None
    read_then: str | None = None
    override: bool = False


class Override(View, frozen=True):
    """A level that a teacher of record set and that is in force: which, who, why, until when, and whether it decided.

    Of several the one that was set last decides; `key` takes it back.
    """

    key: str
    level: str
    name: str
    role: str
    reason: str
    begins: Moment
    ends: Moment
    decided: bool


class Explanation(View, frozen=True):
    """Why a learner stands where they stand in a competency, as of a time. `retired_at`: no framework has it.

    Where it stands by another competency, `via` is the equivalent one it was shown in and `part_of` the whole that is
    mastered: what decided is of that one, by its policy. `overrides` are the levels that teachers of record set and
    that are in force, the one that decided last; `computed` is then the level that what was shown adds up to alone.
    `parts` are all its parts, where it stands by these, by the rule of its policy.
    """

    competency: UUID
    as_of: Moment
    met: bool
    policy: str
    policy_says: Policy
    assertions: list[Explained]
    level: Level | None = None
    value: float | None = None
    changes_at: Moment | None = None
    statement: str | None = None
    code: str | None = None
    retired_at: Moment | None = None
    via: UUID | None = None
    part_of: UUID | None = None
    overrides: list[Override] = []
    computed: Level | None = None
    parts: list[PartExplained] = []


async def explain(
    tx: Tx, learner: UUID, competency: UUID, as_of: datetime, known_at: datetime | None, scope: Scope
) -> Explanation | None:
    """The explanation of one level of a learner; None where there is no such competency, or the scope leaves it out."""
    if scope != "all" and await frameworks.sensitive(tx, [competency]):
        return None
    rows = {row.id: row for row in await assertions.of_learner(tx, learner, competency=competency, known_at=known_at)}
    item = next((row for row in await standings.placed(tx, [competency]) if row.above == 0), None)
    if item is None and not rows:
        return None
    place = await _place(tx, learner, competency, as_of=as_of, known_at=known_at, scope=scope)
    standing = place.standing
    if standing is not None and standing.parts:
        return await _by_parts(tx, place, standing, item=item, own=rows, as_of=as_of)
    other = standing.shown_in if standing else None
    if other is not None:
        more = await assertions.of_learner(tx, learner, competency=other, known_at=known_at)
        rows = {**rows, **{row.id: row for row in more}}
    decisive = other or competency
    policy = (await rulebook(tx, as_of, [decisive])).of(decisive)
    judge, asserted = policy.judge, [Asserted.of(row) for row in rows.values() if row.competency_id == decisive]
    state, reasons = judge.explain(asserted, as_of)
    in_force = [_override(rows[level.id], level.id in state.deciding) for level in judge.overrides(asserted, as_of)]
    without = judge.computed(asserted, as_of).level if in_force else None
    spare = [Reason(row.id, decided=False, why=INSTEAD) for row in rows.values() if row.competency_id != decisive]
    wordings = await frameworks.wordings(tx, [competency])
    explained = [_explained(rows[reason.id], reason, item, wordings) for reason in (*reasons, *spare)]
    levels = judge.policy.levels
    return Explanation(
        competency=competency,
        as_of=as_of,
        met=state.met,
        policy=f"{policy.name} {policy.version}",
        policy_says=judge.policy,
        assertions=explained,
        level=None if state.level is None else levels[state.level],
        value=state.value,
        changes_at=state.until,
        statement=plain(item.statement) if item else None,
        code=item.code if item else None,
        retired_at=item.retired_at if item else None,
        via=standing.via if standing else None,
        part_of=standing.part_of if standing else None,
        overrides=in_force,
        computed=None if without is None else levels[without],
    )


def _override(row: AssertionRow, decided: bool) -> Override:
    detail = msgspec.convert(row.detail, AssertionDetail)
    return Override(
        key=row.raw_key,
        level=row.level or "",
        name=detail.assessor or "",
        role=detail.role or "",
        reason=detail.narrative or "",
        begins=row.at,
        ends=row.expires or row.at,
        decided=decided,
    )


class _Place(NamedTuple):
    """Where a learner stands in a competency, as every view has it; and in its parts. `rules` are those in force."""

    competency: UUID
    learner: UUID
    known_at: datetime | None
    standing: Standing | None
    parts: dict[UUID, Standing | None]
    rules: Rulebook


async def _place(
    tx: Tx, learner: UUID, competency: UUID, as_of: datetime, known_at: datetime | None, scope: Scope
) -> _Place:
    """The place, without what the scope leaves out."""
    tied = await ties(tx, [competency], scope)
    visible = sorted(tied.around(competency))
    rows = await mastery.asserted(tx, [learner], visible, known_at)
    rules = await rulebook(tx, as_of, visible)
    states = {row[1]: MasteryRow(*row) for row in judging.judged_states(rows, rules, as_of)}
    ladder = Ladder(states, tied, rules)
    standing = stand([competency], states, tied, rules).get(competency)
    parts = {part: ladder.of(part) for part in tied.below.get(competency, ())}
    return _Place(competency, learner, known_at, standing=standing, parts=parts, rules=rules)


async def _by_parts(
    tx: Tx, place: _Place, standing: Standing, item: PlacedRow | None, own: Mapping[int, AssertionRow], as_of: datetime
) -> Explanation:
    """The explanation of a whole that stands by its parts: where each stands, and what decided these."""
    policy, row = place.rules.by_id(standing.state.policy_id), standing.state
    names = {named.id: named for named in await citations.named(tx, list(place.parts))}
    evidence = await assertions.of_learner(tx, place.learner, known_at=place.known_at)
    decisive = {assertion.id: assertion for assertion in evidence if assertion.id in row.deciding}
    decided = [
        _explained(assertion, Reason(assertion.id, decided=True, why="decided"), None, ())
        for assertion in decisive.values()
    ]
    spare = [
        _explained(assertion, Reason(assertion.id, decided=False, why=BY_PARTS), item, ())
        for assertion in own.values()
        if assertion.id not in decisive
    ]
    return Explanation(
        competency=place.competency,
        as_of=as_of,
        met=row.met,
        policy=f"{policy.name} {policy.version}",
        policy_says=policy.judge.policy,
        assertions=[*decided, *spare],
        level=None if row.level is None else policy.judge.policy.levels[row.level],
        value=row.value,
        changes_at=row.until,
        statement=plain(item.statement) if item else None,
        code=item.code if item else None,
        retired_at=item.retired_at if item else None,
        parts=[_part(names[part], place, part in standing.parts) for part in place.parts if part in names],
    )


def _part(named: NamedRow, place: _Place, decided: bool) -> PartExplained:
    standing = place.parts[named.id]
    level = None
    if standing is not None and standing.state.level is not None:
        level = place.rules.by_id(standing.state.policy_id).judge.policy.levels[standing.state.level].name
    met = standing is not None and standing.state.met
    return PartExplained(named.id, plain(named.statement), met, decided=decided, code=named.code, level=level)


def _explained(row: AssertionRow, reason: Reason, item: PlacedRow | None, wordings: Sequence[Wording]) -> Explained:
    wording_then = next((plain(wording.statement) for wording in wordings if wording.ended_at > row.recorded_at), None)
    return Explained(
        id=row.id,
        at=row.at,
        decided=reason.decided,
        why=reason.why,
        positive=row.positive,
        share=row.share,
        value=row.value,
        unit=row.unit,
        minimum=row.least,
        maximum=row.most,
        level=row.level,
        met=row.met,
        method=row.method,
        confidence=row.confidence,
        expires=row.expires,
        undated=row.undated,
        supersedes=row.supersedes,
        recorded_at=row.recorded_at,
        read_then=wording_then if item and wording_then != plain(item.statement) else None,
        override=row.override,
        detail=msgspec.convert(row.detail, AssertionDetail),
    )
