"""Needs: what a group needs this week, competency by competency, who, and why: so that a teacher can act."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Literal
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.mastery import mastery
from app.frameworks.outline import Outline, plain
from app.mastery.judge import Asserted, Judge, Reason
from app.mastery.standing import Evidenced
from app.mastery.summaries import Piece, piece, pieces
from app.mastery.views.focus import Focus
from app.mastery.views.inputs import FrameworkView
from app.mastery.views.perspectives import Gap, Moment, View, title

Why = Literal["below-mastery", "expired", "not-counted", "nothing-shown"]
"""Why a learner has not met a competency: what was shown is not enough; it has expired; none of it counts by the
policy; nothing was shown."""
WHYS: tuple[Why, ...] = ("below-mastery", "expired", "not-counted", "nothing-shown")
NEWEST = 3
"""How much of what was shown is told as a reason."""
Rows = Mapping[tuple[UUID, UUID], Sequence[Asserted]]


class Prerequisite(View, frozen=True):
    """A competency that comes before, which the learner has met, and since when."""

    competency: UUID
    statement: str
    code: str | None = None
    since: Moment | None = None


class LearnerNeed(View, frozen=True):
    """A learner who needs a competency: since when, what was shown and what it did, and what is met that comes before.

    `since` is when the last that counted was shown, or the last to expire expired, or what comes before was met.
    `overridden`: a teacher of record set the level. `planned`: it is a step of a plan of theirs.
    """

    learner: UUID
    name: str | None = None
    since: Moment | None = None
    level: str | None = None
    evidence: list[Piece] = []
    after: list[Prerequisite] = []
    overridden: bool = False
    planned: bool = False

    @property
    def new(self) -> bool:
        """Whether nothing leads to it yet: it is in no plan, and nothing that they have met comes before."""
        return not self.after and not self.planned


class NeedGroup(View, frozen=True):
    """Learners who need a competency for the same reason."""

    why: Why
    learners: list[LearnerNeed]


class Need(View, frozen=True):
    """A competency some learners are ready for and have not met; `unlocks` is what waits for it."""

    competency: UUID
    statement: str
    learners: list[UUID]
    groups: list[NeedGroup]
    code: str | None = None
    unlocks: list[UUID] = []

    @property
    def new(self) -> bool:
        """Whether it is new to all who need it: nobody has shown anything of it, and nothing leads to it yet."""
        return all(
            together.why == "nothing-shown" and all(pupil.new for pupil in together.learners)
            for together in self.groups
        )

    @property
    def urgency(self) -> tuple[bool, int]:
        """The one order of needs, beside that of the framework: what is new comes last, what most need first."""
        return self.new, -len(self.learners)


class Needs(View, frozen=True):
    """The needs of a group in one part of a framework, what most need first."""

    domain: UUID
    title: str
    needs: list[Need]


async def needs(
    tx: Tx, seen: FrameworkView, learners: Sequence[UUID], focus: Focus, now: datetime, names: Mapping[UUID, str]
) -> list[Needs]:
    """What learners are ready for of what they are looked at for, by domain, with the reasons: what was begun first.

    All that they have begun, or plan, or have met what precedes; and of a domain where nothing is so, the first.
    """
    ready = focus.ready(seen, learners)
    foremost = {who: _foremost(seen, who, gaps, focus.planned.get(who, ())) for who, gaps in ready.items()}
    pairs = {(who, seen.of(who).shown_in(c)) for who, reasons_of in foremost.items() for c in reasons_of}
    rows = await _rows(tx, pairs)
    evidenced = await pieces(tx, (reason.id for reasons_of in rows.values() for reason in reasons_of))
    by_part: dict[UUID, dict[UUID, dict[Why, list[LearnerNeed]]]] = {}
    for learner, reasons_of in foremost.items():
        for competency in reasons_of:
            why, because = _because(
                seen, learner, competency, rows=rows, pieces=evidenced, now=now, name=names.get(learner)
            )
            because = msgspec.structs.replace(because, planned=competency in focus.planned.get(learner, ()))
            domain = by_part.setdefault(seen.outline.domain(competency), {})
            domain.setdefault(competency, {}).setdefault(why, []).append(because)
    order = {competency: n for n, competency in enumerate(seen.outline.competencies)}
    after = _after(seen.outline)
    domains = [
        Needs(
            domain,
            title(seen.outline, domain),
            sorted(
                (_need(seen.outline, competency, groups, after) for competency, groups in reasons_of.items()),
                key=lambda need: (need.urgency, order[need.competency]),
            ),
        )
        for domain, reasons_of in by_part.items()
    ]
    return sorted(domains, key=lambda part: (part.needs[0].urgency, order[part.domain]))


def in_one_order(domains: Sequence[Needs]) -> list[tuple[str, Need]]:
    """The needs of all domains, each with its domain's title: what is new last, what most need first."""
    needs_of_all = [(part.title, need) for part in domains for need in part.needs]
    return sorted(needs_of_all, key=lambda pair: pair[1].urgency)


def at_hand(need: Need) -> Need | None:
    """A need of those alone to whom it is not new; None where it is to all of them."""
    groups = [
        NeedGroup(
            together.why, [pupil for pupil in together.learners if together.why != "nothing-shown" or not pupil.new]
        )
        for together in need.groups
    ]
    learners = sorted(pupil.learner for together in groups for pupil in together.learners)
    groups = [together for together in groups if together.learners]
    return msgspec.structs.replace(need, learners=learners, groups=groups) if learners else None


async def _rows(tx: Tx, pairs: set[tuple[UUID, UUID]]) -> Rows:
    learners, competencies = sorted({who for who, _ in pairs}), sorted({competency for _, competency in pairs})
    rows = await mastery.asserted(tx, learners, competencies)
    return {
        pair: [Asserted(*row[2:]) for row in group]
        for pair, group in groupby(rows, key=itemgetter(0, 1))
        if pair in pairs
    }


def _foremost(seen: FrameworkView, learner: UUID, ready: Sequence[Gap], planned: Collection[UUID]) -> list[UUID]:
    """Of what a learner is ready for: what was begun, is planned or follows what is met; else a domain's first."""
    outline, states = seen.outline, seen.of(learner).states
    met = {competency for competency, state in states.items() if state.met}
    domains: set[UUID] = set()
    foremost = []
    for at_hand in (True, False):
        for competency in (gap.competency for gap in ready):
            follows = not met.isdisjoint(outline.before.get(competency, ()))
            if at_hand == (follows or competency in states or competency in planned) and (
                at_hand or outline.domain(competency) not in domains
            ):
                domains.add(outline.domain(competency))
                foremost.append(competency)
    return foremost


def _because(
    seen: FrameworkView,
    learner: UUID,
    competency: UUID,
    rows: Rows,
    pieces: Mapping[int, Evidenced],
    now: datetime,
    name: str | None,
) -> tuple[Why, LearnerNeed]:
    place = seen.of(learner)
    own = place.shown_in(competency)
    asserted, judge = rows.get((learner, own), ()), seen.rules.of(own).judge
    state, reasons = judge.explain(asserted, now)
    before = [
        Prerequisite(
            earlier,
            plain(seen.outline.competencies[earlier].statement),
            seen.outline.competencies[earlier].code,
            met.at,
        )
        for earlier in seen.outline.before.get(competency, ())
        if (met := place.states.get(earlier)) and met.met
    ]
    why, since = _why(asserted, judge, state.at if state.level is not None else None, now)
    if why == "nothing-shown":
        since = max((earlier.since for earlier in before if earlier.since), default=None)
    evidence = [piece(pieces[reason.id], _did(reason)) for reason in reversed(reasons) if reason.id in pieces]
    level = None if state.level is None else judge.policy.levels[state.level].name
    standing = place.standings.get(competency)
    if standing is not None and standing.parts and standing.state.level is not None:
        judge = seen.rules.by_id(standing.state.policy_id).judge
        why, since, level = "below-mastery", standing.state.at, judge.policy.levels[standing.state.level].name
    overridden = bool(judge.overrides(asserted, now))
    return why, LearnerNeed(
        learner, name, since, level=level, evidence=evidence[:NEWEST], after=before, overridden=overridden
    )


def _why(
    asserted: Sequence[Asserted], judge: Judge, counted: datetime | None, now: datetime
) -> tuple[Why, datetime | None]:
    if counted is not None:
        return "below-mastery", counted
    if not asserted:
        return "nothing-shown", None
    ends = [end for assertion in asserted if (end := judge.end(assertion)) is not None and end <= now]
    return ("expired", max(ends)) if ends else ("not-counted", max(assertion.at for assertion in asserted))


def _did(reason: Reason) -> str:
    return "decided the level" if reason.decided else reason.why


def _need(
    outline: Outline, competency: UUID, groups: Mapping[Why, list[LearnerNeed]], after: Mapping[UUID, list[UUID]]
) -> Need:
    row = outline.competencies[competency]
    together = [NeedGroup(why, groups[why]) for why in WHYS if why in groups]
    learners = sorted(because.learner for group in together for because in group.learners)
    return Need(
        competency, plain(row.statement), learners, groups=together, code=row.code, unlocks=after.get(competency, [])
    )


def _after(outline: Outline) -> dict[UUID, list[UUID]]:
    """By competency, what it comes before."""
    after: dict[UUID, list[UUID]] = {}
    for then, befores in outline.before.items():
        for first in befores:
            after.setdefault(first, []).append(then)
    return after
