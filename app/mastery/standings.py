"""Where learners stand: the one answer that every view gives, whether of a learner, a class, a plan or a credit.

A competency stands by what was shown of it. Where nothing that counts was, or what was is not enough and an equivalent
competency is mastered, it stands by the equivalent one. Where it has no level then, and something it is a part of is
mastered, it stands by that: who has mastered the whole has mastered its parts. A whole that is not mastered says
nothing of its parts, and what was shown of a part itself goes before what the whole says. A whole whose policy has a
rule for its parts stands by these where what was shown of itself is nothing or not enough; nothing goes down again
from what went up.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Protocol
from uuid import UUID

from app.db import Tx
from app.db.frameworks import frameworks
from app.db.mastery import standings as stored
from app.db.mastery.mastery import MasteryRow
from app.frameworks.crosswalk import Walks, roll_up, walks
from app.mastery.in_force import InForce
from app.mastery.views.perspectives import Scope

States = Mapping[UUID, MasteryRow]
Related = Mapping[UUID, Sequence[UUID]]
"""By competency, others: what it is a part of, the nearest first; or its parts."""


class Rules(Protocol):
    """The policies in force at a time."""

    def of(self, competency: UUID) -> InForce:
        """The policy for a competency."""

    def by_id(self, policy: int) -> InForce:
        """The policy of that id."""


@dataclass(frozen=True)
class Ties:
    """What competencies may stand by beside what was shown of them: equivalents, wholes they are part of, and parts.

    Parts are here only where a policy says by which rule parts add up.
    """

    along: Walks
    above: Related
    below: Related = field(default_factory=dict)

    @cached_property
    def beneath(self) -> Related:
        """What `above` says, the other way: by whole, all that is a part of it, however far down."""
        return _by_first((whole, part) for part, wholes in self.above.items() for whole in wholes)

    @cached_property
    def everything(self) -> set[UUID]:
        """All that is in any tie."""
        related = [(whole, *others) for tied in (self.above, self.below) for whole, others in tied.items()]
        walked = [(whole, *(other for other, _ in others)) for whole, others in self.along.items()]
        return {*chain.from_iterable(related), *chain.from_iterable(walked)}

    def around(self, competency: UUID) -> set[UUID]:
        """The competencies whose states decide where one stands, itself among them."""
        within = {competency, *self.above.get(competency, ())}
        waiting = [*within]
        while waiting:
            fresh = [part for part in self.below.get(waiting.pop(), ()) if part not in within]
            within.update(fresh)
            waiting += fresh
        return within | {other for whole in within for other, _ in self.along.get(whole, ())}

    def around_all(self, competencies: Collection[UUID]) -> set[UUID]:
        """The competencies whose states decide where any of these stand, these among them."""
        tied = [competency for competency in competencies if competency in self.above or competency in self.below]
        along = {other for competency in competencies for other, _ in self.along.get(competency, ())}
        return {*competencies, *along, *chain.from_iterable(map(self.around, tied))}

    def by_parts(self, evidenced: AbstractSet[UUID], within: Iterable[UUID] = ()) -> set[UUID]:
        """The wholes, of what has evidence and of a framework `within`, that may stand by parts that have it.

        They are those of this learner, whomever else these ties were read for.
        """
        if not self.below:
            return set()
        reached = {*evidenced, *within}
        reached.update(*(self.above.get(competency, ()) for competency in list(reached)))
        waiting = [*reached]
        while waiting:
            fresh = [part for part in self.below.get(waiting.pop(), ()) if part not in reached]
            reached.update(fresh)
            waiting += fresh
        return {whole for whole in reached & self.below.keys() if not evidenced.isdisjoint(self.around(whole))}


NO_TIES = Ties({}, {})


async def ties(tx: Tx, competencies: Sequence[UUID], scope: Scope) -> Ties:
    """What ties these competencies to others, in any framework, but for what the scope leaves out."""
    above = _by_first(await stored.wholes(tx, competencies))
    within = {*competencies, *chain.from_iterable(above.values())}
    below = _by_first(await stored.parts(tx, sorted(within)))
    within.update(chain.from_iterable(below.values()))
    along = await walks(tx, sorted(within))
    everything = Ties(along, above, below)
    if scope == "all":
        return everything
    return general(everything, await frameworks.sensitive(tx, sorted(within | everything.everything)))


def general(tied: Ties, hidden: AbstractSet[UUID]) -> Ties:
    """Ties without those that lead to what is hidden."""
    return Ties(
        {whole: [walk for walk in others if walk[0] not in hidden] for whole, others in tied.along.items()},
        {part: [whole for whole in wholes if whole not in hidden] for part, wholes in tied.above.items()},
        {whole: [part for part in parts if part not in hidden] for whole, parts in tied.below.items()},
    )


def _by_first(pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, list[UUID]]:
    grouped: dict[UUID, list[UUID]] = {}
    for first, second in pairs:
        grouped.setdefault(first, []).append(second)
    return grouped


class Standing(NamedTuple):
    """Where a learner stands in a competency: `state` is its own or, by `via`, `part_of` or `parts`, others'.

    `via` is the equivalent competency it was shown in. `part_of` is the whole that is mastered; where that is so by an
    equivalent of its own, `via` is that one. `parts` are its parts that decided, by the rule of its policy.
    """

    state: MasteryRow
    via: UUID | None = None
    part_of: UUID | None = None
    parts: tuple[UUID, ...] = ()

    @property
    def shown_in(self) -> UUID | None:
        """The competency the evidence is of, where that is another one."""
        return self.via or self.part_of


def stand(competencies: Iterable[UUID], states: States, ties: Ties, rules: Rules) -> dict[UUID, Standing]:
    """Where a learner with these states stands in these competencies; left out where nothing was shown."""
    tied = ties.everything
    if not tied:  # as in most frameworks: each stands by what was shown of it, and nothing follows from another
        return {competency: Standing(own) for competency in competencies if (own := states.get(competency))}
    ground = Ladder(states, ties, rules)
    standings: dict[UUID, Standing] = {}
    evidenced = states.keys() | ground.taken
    reachable = {*evidenced, *ties.below, *chain.from_iterable(ties.beneath.get(whole, ()) for whole in evidenced)}
    for competency in competencies:
        if competency not in reachable:  # most are not: nothing of it, of an equivalent, or of its wholes was shown
            continue
        standing = ground.of(competency)
        if standing is None or standing.state.level is None:
            wholes = ((whole, ground.direct(whole)) for whole in ties.above.get(competency, ()))
            inherited = next(
                ((whole, higher) for whole, higher in wholes if higher is not None and higher.state.met), None
            )
            if inherited is not None:
                whole, higher = inherited
                row = higher.state._replace(competency_id=competency)
                standing = Standing(row, higher.via, whole)
        if standing is not None:
            standings[competency] = standing
    return standings


class Ladder:
    """A learner's states, with what follows from them for equivalents (`taken`) and, upwards, for wholes from parts."""

    def __init__(self, states: States, ties: Ties, rules: Rules) -> None:
        self._states, self._ties, self._rules = states, ties, rules
        self.taken = roll_up(states, ties.along)
        self._reached: dict[UUID, Standing | None] = {}

    def direct(self, competency: UUID) -> Standing | None:
        """Where a competency stands by what was shown of it, or of an equivalent one."""
        if competency in self.taken:
            return Standing(*self.taken[competency])
        return Standing(self._states[competency]) if competency in self._states else None

    def of(self, competency: UUID) -> Standing | None:
        """The standing of a competency; where there is none, or not enough, by its parts, if its policy rules them."""
        if competency not in self._reached:
            self._reached[competency] = None  # a circle adds nothing to itself
            self._reached[competency] = self._better(self.direct(competency), self._rolled(competency))
        return self._reached[competency]

    def _better(self, direct: Standing | None, rolled: Standing | None) -> Standing | None:
        if rolled is None or (direct is not None and direct.state.overridden):
            return direct
        if direct is None or direct.state.level is None or (rolled.state.met and not direct.state.met):
            return rolled
        return direct

    def _rolled(self, whole: UUID) -> Standing | None:
        parts = self._ties.below.get(whole, ())
        if not parts or (policy := self._rules.of(whole)).judge.policy.parts is None:
            return None
        standings = [self.of(part) for part in parts]
        stood = [
            (part, self._name(standing), standing is not None and standing.state.met)
            for part, standing in zip(parts, standings, strict=True)
        ]
        level, value, met, used = policy.judge.roll(stood)
        rows = [standing.state for n in used if (standing := standings[n]) is not None]
        if level is None or not rows:
            return None
        row = MasteryRow(
            learner_id=rows[0].learner_id,
            competency_id=whole,
            policy_id=policy.id,
            level=level,
            value=value,
            met=met,
            at=max((row.at for row in rows if row.at is not None), default=None),
            until=min((row.until for row in rows if row.until is not None), default=None),
            deciding=list(dict.fromkeys(assertion for row in rows for assertion in row.deciding)),
            shown=sum(row.shown for row in rows),
        )
        return Standing(row, parts=tuple(parts[n] for n in used))

    def _name(self, standing: Standing | None) -> str | None:
        if standing is None or standing.state.level is None:
            return None
        return self._rules.by_id(standing.state.policy_id).judge.policy.levels[standing.state.level].name
