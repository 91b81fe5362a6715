"""Credit by competencies: what a rule asks for, and how far a learner is from it. Pure, and without seat time."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from app.plans.plans import StoredPart
from app.plans.reached import GONE, Cited, Held, Reached


class Need(StoredPart, frozen=True):
    """A competency, at a level of the policy in force or mastered."""

    competency: UUID
    level: str | None = None


class Rule(StoredPart, frozen=True):
    """So much credit for these competencies of a framework: for all of them, or for `at_least` so many.

    `amount` is in `unit`s ("Carnegie unit", "credit hour") of a `subject`. A retired rule proposes nothing any more.
    """

    title: str
    amount: float
    unit: str
    subject: str
    framework: UUID
    needs: tuple[Need, ...]
    at_least: int | None = None
    retired: bool = False

    @property
    def wanted(self) -> int:
        """How many of the needs are to be reached."""
        return len(self.needs) if self.at_least is None else self.at_least


read = msgspec.json.Decoder(Rule).decode
written = msgspec.json.Encoder().encode


class KeptNeed(Struct, frozen=True, kw_only=True):
    """A need as it was reached when credit was awarded, as it is kept with the award; `wanted` None: mastery."""

    competency: UUID
    code: str | None = None
    statement: str
    wanted: str | None = None
    level: str | None = None
    policy: str
    at: datetime | None = None
    sensitivity: str
    evidence: tuple[Cited, ...] = ()


kept_needs = msgspec.json.Decoder(tuple[KeptNeed, ...]).decode


class NeedSeen(NamedTuple):
    """A need, where the learner stands in it, and what lacks; None: it is reached."""

    need: Need
    where: Reached | None
    lacks: str | None

    @property
    def sensitive(self) -> bool:
        """Whether it is shown only where sensitive things are asked for."""
        return self.where is not None and self.where.sensitive


class Judged(NamedTuple):
    """How far a learner is from credit."""

    rule: Rule
    needs: Sequence[NeedSeen]

    @property
    def have(self) -> int:
        """How many needs are reached."""
        return sum(1 for need in self.needs if need.lacks is None)

    @property
    def sensitive(self) -> bool:
        """Whether it says something of what is sensitive."""
        return any(need.sensitive for need in self.needs)

    @property
    def eligible(self) -> bool:
        """Whether the credit may be awarded."""
        return not self.rule.retired and self.have >= self.rule.wanted

    def basis(self) -> list[KeptNeed]:
        """What the credit rests on, to be kept: the needs that are reached, and the evidence that decided."""
        return [
            KeptNeed(
                competency=need.need.competency,
                code=where.code,
                statement=where.statement,
                wanted=need.need.level,
                level=where.level,
                policy=where.policy,
                at=where.at,
                sensitivity=where.sensitivity,
                evidence=where.cited,
            )
            for need in self.needs
            if need.lacks is None and (where := need.where) is not None
        ]


def judge(rule: Rule, standings: Held) -> Judged:
    """How far a learner who holds these is from a rule's credit."""
    return Judged(rule, [_need(need, standings.get(need.competency)) for need in rule.needs])


def _need(need: Need, where: Reached | None) -> NeedSeen:
    return NeedSeen(need, where, GONE if where is None else where.lacks(need.level))


def wrongs(
    rule: Rule, standings: Held, frameworks: Mapping[UUID, AbstractSet[UUID]], before: Rule | None = None
) -> Iterable[tuple[str, str]]:
    """(JSON Pointer, what is wrong) of a rule somebody wrote, the competencies held and their frameworks given.

    What stood in the rule before may stay: else a rule could not be retired once its framework has changed.
    """
    if rule.at_least is not None and rule.at_least > len(rule.needs):
        yield "/atLeast", f"there are only {len(rule.needs)} needs"
    agreed = before.needs if before is not None and before.framework == rule.framework else ()
    seen: set[UUID] = set()
    for position, need in enumerate(rule.needs):
        if need.competency in seen:
            yield f"/needs/{position}/competency", "it stands in this rule twice"
        elif need not in agreed:
            complaints = _need_wrongs(
                need, standings.get(need.competency), rule.framework in frameworks.get(need.competency, ())
            )
            yield from ((f"/needs/{position}{place}", why) for place, why in complaints)
        seen.add(need.competency)


def _need_wrongs(need: Need, where: Reached | None, of_framework: bool) -> Iterable[tuple[str, str]]:
    if where is None or where.retired:
        yield "/competency", "no framework has it: import its framework first"
    elif not of_framework:
        yield "/competency", "it is of another framework than the rule"
    elif need.level is not None and need.level not in where.levels:
        yield "/level", f"the policy in force has the levels {', '.join(where.levels)}"
