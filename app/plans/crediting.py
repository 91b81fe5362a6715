"""Crediting: rules are written in versions; credit is proposed by them, and awarded by a teacher of record alone.

An award names the version it was made by and keeps what it rested on. A later version, or a learner who has slipped
since, changes nothing about it: that is shown beside it, and a person may withdraw it, with a reason.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

import msgspec

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import mastery
from app.db.plans import credit as stored
from app.db.plans.credit import AwardRow, RuleRow
from app.db.plans.plans import Signature
from app.db.records import learners
from app.errors import Conflict, NotFound
from app.mastery.standings import ties
from app.mastery.views.perspectives import Scope
from app.plans import credit
from app.plans.credit import Judged, NeedSeen, Rule
from app.plans.planning import invalid_plan, lineage
from app.plans.reached import Held, reached

BATCH, BATCHES = 500, 8
"""Learners looked at together, and how many times for one page: it may be short, and says where to go on."""


class Awarded(NamedTuple):
    """An award, and how its rule would be judged today. `again`: the learner has this credit once more, by a merge."""

    row: AwardRow
    rule: Rule
    today: Judged
    again: bool

    def lacking(self, scope: Scope) -> list[NeedSeen]:
        """What lacks today, where what is shown would no longer do; within the scope, as if there were nothing else."""
        lacking = [need for need in self.today.needs if need.lacks and (scope == "all" or not need.sensitive)]
        return lacking if len(lacking) > len(self.rule.needs) - self.rule.wanted else []


class Credits(NamedTuple):
    """What a learner was awarded, and how far they are from what there is to be had; `withheld`: so many rules not."""

    learner: UUID
    awards: Sequence[Awarded]
    rules: Sequence[tuple[RuleRow, Judged]]
    withheld: int = 0

    def within(self, scope: Scope) -> "Credits":
        """Without the rules that ask for what is sensitive, where that is not asked for."""
        in_scope = [(row, judged) for row, judged in self.rules if scope == "all" or not judged.sensitive]
        return self._replace(rules=in_scope, withheld=len(self.rules) - len(in_scope))


class Proposals(NamedTuple):
    """Learners who may be awarded a rule's credit, and where to go on (None: these were all)."""

    rule: RuleRow
    found: Sequence[tuple[UUID, Judged]]
    following: UUID | None


async def write_rule(tx: Tx, rule: Rule, by: Signature, now: datetime, before: RuleRow | None = None) -> RuleRow:
    """A new rule, or (`before`) another version of one. Invalid where it makes no sense."""
    competencies = [need.competency for need in rule.needs]
    standings = (await reached(tx, [NOBODY], competencies, now))[NOBODY]
    was = credit.read(before.body) if before is not None else None
    if wrongs := list(credit.wrongs(rule, standings, await mastery.frameworks_of(tx, competencies), was)):
        raise invalid_plan(wrongs)
    if before is not None and was == rule:
        return before
    own, version = (before.id, before.version + 1) if before else (uuid4(), 1)
    await stored.add_version(tx, own, version, body=credit.written(rule), by=by, at=now)
    return (await stored.versions(tx, own))[-1]


async def new_rule(tx: Tx, rule: Rule, by: Signature, now: datetime) -> UUID:
    """The id of a new rule."""
    return (await write_rule(tx, rule, by, now)).id


NOBODY = UUID(int=0)
"""A learner who has shown nothing: to see competencies by."""


async def rules(tx: Tx) -> list[RuleRow]:
    """Every rule, in its latest version."""
    return await stored.rules(tx)


async def rules_in_use(tx: Tx) -> list[tuple[RuleRow, int]]:
    """Every rule, in its latest version, and how many awards by it stand."""
    counts = await stored.standing_counts(tx)
    return [(row, counts.get(row.id, 0)) for row in await stored.rules(tx)]


async def awards(tx: Tx, learner: UUID | None = None) -> list[AwardRow]:
    """All that was awarded, to one learner or to all; also what was withdrawn. NotFound for no learner."""
    return await stored.every_award(tx) if learner is None else await stored.awards(tx, await lineage(tx, learner))


async def versions(tx: Tx, rule: UUID) -> list[RuleRow]:
    """All versions of a rule, the first first."""
    return await stored.versions(tx, rule)


async def rule_now(tx: Tx, rule: UUID) -> RuleRow:
    """The latest version of a rule. NotFound where there is none."""
    rows = await stored.versions(tx, rule)
    if not rows:
        raise NotFound
    return rows[-1]


async def rule_locked(tx: Tx, rule: UUID) -> RuleRow:
    """The latest version of a rule, locked: nobody else writes a version or awards by it until the transaction ends."""
    await stored.lock(tx, rule)
    return await rule_now(tx, rule)


async def of_learner(tx: Tx, learner: UUID, now: datetime) -> Credits:
    """A learner's awards, and every rule in force. NotFound where there is no such learner."""
    same = await lineage(tx, learner)
    rows = await stored.awards(tx, same)
    in_force = [(row, rule) for row in await stored.rules(tx) if not (rule := credit.read(row.body)).retired]
    awarded = [(row, credit.read(row.rule)) for row in rows]
    competencies = {need.competency for _, rule in (*awarded, *in_force) for need in rule.needs}
    standings = (await reached(tx, [same[0]], sorted(competencies), now))[same[0]]
    return Credits(
        same[0], _awarded(awarded, standings), [(row, credit.judge(rule, standings)) for row, rule in in_force]
    )


def _awarded(rules: Sequence[tuple[AwardRow, Rule]], standings: Held) -> list[Awarded]:
    awarded, had = [], set()
    for row, rule in rules:
        live = row.withdrawn_at is None
        awarded.append(Awarded(row, rule, credit.judge(rule, standings), live and row.rule_id in had))
        if live:
            had.add(row.rule_id)
    return awarded


async def asks_sensitive(tx: Tx, rule: UUID) -> bool:
    """Whether a rule asks for what is sensitive. NotFound where there is none."""
    needs = credit.read((await rule_now(tx, rule)).body).needs
    return bool(await frameworks.sensitive(tx, [need.competency for need in needs]))


async def proposals(tx: Tx, rule: UUID, scope: Scope, after: UUID, limit: int, now: datetime) -> Proposals:
    """Who may be awarded a rule's credit and was not, in the order of their ids; within the scope, who so."""
    row = await rule_now(tx, rule)
    asked_rule = credit.read(row.body)
    if asked_rule.retired:
        return Proposals(row, (), None)
    competencies = [need.competency for need in asked_rule.needs]
    tied = await ties(tx, competencies, "all")
    others = {other for competency in competencies for other in tied.around(competency)} - {*competencies}
    least = 1 if others else asked_rule.wanted
    had = await stored.awarded(tx, rule)
    eligible: list[tuple[UUID, Judged]] = []
    for _ in range(BATCHES):
        some = await stored.showing(tx, [*competencies, *others], least, after=after, limit=BATCH, now=now)
        standings: Mapping[UUID, Held] = await reached(tx, some, competencies, now)
        for learner in some:
            judged = credit.judge(asked_rule, standings[learner])
            if judged.eligible and learner not in had and (scope == "all" or not judged.sensitive):
                eligible.append((learner, judged))
            if len(eligible) == limit:
                return Proposals(row, eligible, learner)
        if len(some) < BATCH:
            return Proposals(row, eligible, None)
        after = some[-1]
    return Proposals(row, eligible, after)


async def award(
    tx: Tx, learner: UUID, rule: UUID, version: int, by: Signature, note: str | None, now: datetime
) -> UUID:
    """Award credit, in the name of a teacher of record. NotFound, or Conflict where it may not be, with the reason."""
    (current, *same) = await lineage(tx, learner)
    row = await rule_locked(tx, rule)
    if row.version != version:
        raise Conflict(
            f"You saw version {version}, and version {row.version} is in force: look at it, and decide again.",
            type="rule-changed",
            title="Rule changed",
        )
    if any(
        earlier.rule_id == rule and earlier.withdrawn_at is None
        for earlier in await stored.awards(tx, [current, *same])
    ):
        raise Conflict("The learner has this credit.", type="awarded-already", title="Already awarded")
    asked_rule = credit.read(row.body)
    judged = credit.judge(
        asked_rule, (await reached(tx, [current], [n.competency for n in asked_rule.needs], now))[current]
    )
    if not judged.eligible:
        raise _not_yet(judged)
    own = uuid4()
    await stored.add_award(
        tx, own, learner, rule=row, basis=msgspec.json.encode(judged.basis()), by=by, note=note, at=now
    )
    await learners.announce(tx, [("credit.awarded", current, {"award": str(own), "rule": str(rule)})])
    return own


async def withdraw(tx: Tx, award: UUID, name: str, by: str, reason: str, now: datetime) -> UUID:
    """Withdraw an award; whose it is. NotFound where there is none, Conflict where it was withdrawn already."""
    row = await stored.award(tx, award)
    if row is None:
        raise NotFound
    if not await stored.withdraw(tx, award, name, by=by, reason=reason, at=now):
        raise Conflict("Award it anew, if that was a mistake.", type="withdrawn-already", title="Already withdrawn")
    (current, *_) = await lineage(tx, row.learner_id)
    await learners.announce(tx, [("credit.withdrawn", current, {"award": str(award), "rule": str(row.rule_id)})])
    return row.learner_id


def _not_yet(judged: Judged) -> Conflict:
    if judged.rule.retired:
        return Conflict("Nothing is awarded by it any more.", type="rule-retired", title="The rule is retired")
    lacking = [
        f"{need.where.code or need.where.statement if need.where else need.need.competency}: {need.lacks}"
        for need in judged.needs
        if need.lacks and not need.sensitive
    ]
    return Conflict(
        f"{judged.have} of {judged.rule.wanted} are reached. {'; '.join(lacking[:10])}.",
        type="not-eligible",
        title="Not eligible yet",
    )
