"""Judge: what assertions add up to by a policy, at a time. Pure.

`judge` is the hot path; `explain` does the same and says of every assertion whether it decided, and if not, why. What a
teacher of record set goes before all that was shown: that is decided here, and so in every view.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import Struct

from app.mastery.parts import Part
from app.mastery.policies import UNSAID_WEIGHTS, Policy
from app.mastery.running import NEAR, Outcome, ScoredEvidence

EARLIEST = datetime.min.replace(tzinfo=UTC)
MIXED = frozenset({"summative", "diagnostic"})
"""Methods that ask for several skills at once, as far as rules care."""


Place = tuple[bool, datetime, float, float, bool, int, int]
"""Where an assertion stands in the order of evidence: undated first, by time, share, weight, method and words."""


class Asserted(NamedTuple):
    """An assertion as a policy sees it: `share` of its own scale where it has one with ends, else value and unit.

    `met` is the source's own word on mastery: no share contradicts it. `strength` is how much of the competency it
    covers, where a person has said so: what covers it in part does not decide. `undated`: its source tells no time, and
    `at` is when it came. `hash` is of all that it says: the same, however it arrived. `least` and `most` end
    the scale `value` is on. `doubt`: why it cannot be right; it does not count. `override`: a teacher of record set the
    level, from `at` until `expires`.
    """

    id: int
    at: datetime
    share: float | None = None
    method: str | None = None
    positive: bool = True
    confidence: float | None = None
    expires: datetime | None = None
    level: str | None = None
    value: float | None = None
    unit: str | None = None
    met: bool | None = None
    strength: str | None = None
    undated: bool = False
    hash: int = 0
    least: float | None = None
    most: float | None = None
    doubt: str | None = None
    override: bool = False

    @classmethod
    def of(cls, row: Any) -> "Asserted":
        """What a policy sees of a row that has an assertion's columns by name."""
        return cls._make(_columns(row))

    @property
    def partial(self) -> bool:
        """Whether it covers its competency only in part."""
        return self.strength is not None and self.strength != "equivalent"


_columns = attrgetter(*Asserted._fields)


class State(NamedTuple):
    """What assertions add up to: a level (position among the policy's; None: nothing that counts), and what decided.

    `until`: when this may change without anything new, because something counted expires, or a time told has come.
    """

    level: int | None
    value: float | None
    met: bool
    deciding: list[int]
    at: datetime | None
    until: datetime | None


NOTHING_SHOWN = State(None, None, False, [], None, None)


class Reason(Struct, frozen=True):
    """An assertion, whether it decided, and why or why not."""

    id: int
    decided: bool
    why: str


OVERRIDDEN = "a teacher of record set the level, which goes before what was shown"
DIFFERS = "another level that a teacher of record set later goes before it"
SELF = "it is the learner's own assessment, which counts only where a policy says so"


def soonest(times: Iterable[datetime | None]) -> datetime | None:
    """The first of these times, of which some may never be."""
    return min((time for time in times if time is not None), default=None)


class Judge:
    """A policy made ready to judge many times."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._cuts = [level.at - NEAR for level in policy.levels]
        self._mastery = bisect_right(self._cuts, policy.mastery) - 1
        self._below = policy.levels[max(0, self._mastery - 1)].at
        self._names: Mapping[str, float] = {
            name.casefold(): level.at for level in policy.levels for name in (level.name, *level.aliases)
        }
        self._weights: dict[str, float] = dict(UNSAID_WEIGHTS)
        self._weights.update((str(method), weight) for method, weight in policy.weights.items())
        self._days = None if policy.days is None else timedelta(policy.days)
        self._last = datetime.max.replace(tzinfo=UTC) - (self._days or timedelta())

    def in_order(self, asserted: Iterable[Asserted]) -> list[Asserted]:
        """Assertions in the one order in which they are judged and shown, in whatever order they arrived.

        What has no date comes first: nobody knows that it is newer than anything. Then by time; and of one time, what
        shows less first, so that what a learner can do is not hidden by what else the same day showed.
        """
        return sorted(asserted, key=self.place)

    def place(self, assertion: Asserted) -> Place:
        """Where something stands in the order in which it is judged."""
        share = self.share(assertion)
        weight = self._weight(assertion)
        time = EARLIEST if assertion.undated else assertion.at
        return (
            not assertion.undated,
            time,
            -1.0 if share is None else share,
            weight,
            assertion.method in MIXED,
            assertion.hash,
            assertion.id,
        )

    def _weight(self, assertion: Asserted) -> float:
        return self._weights.get(assertion.method, 1.0) if assertion.method else 1.0

    def judge(self, asserted: Iterable[Asserted], on: datetime) -> State:
        """What assertions add up to at a time, in whatever order they are given."""
        return self._judge(self.in_order(asserted), on)

    def overrides(self, asserted: Iterable[Asserted], on: datetime) -> list[Asserted]:
        """The levels that teachers of record have set and that are in force at a time: the last one decides."""
        return [
            override
            for override in self.in_order(asserted)
            if override.override
            and override.at <= on
            and (override.expires is None or on < override.expires)
            and self._known(override)
        ]

    def _known(self, override: Asserted) -> bool:
        """Whether this policy has the level that was set."""
        return override.level is not None and override.level.casefold() in self._names

    def _set(self, override: Asserted) -> State:
        """What a level that was set adds up to, whatever was shown."""
        share = self._names[(override.level or "").casefold()]
        level = bisect_right(self._cuts, share) - 1
        return State(level, share, level >= self._mastery, [override.id], override.at, override.expires)

    def _judge(self, ordered: Sequence[Asserted], on: datetime) -> State:
        if in_force := self.overrides(ordered, on):
            return self._set(in_force[-1])
        return self._of_evidence([assertion for assertion in ordered if not assertion.override], on)

    def by_newest(self, newest: Iterable[Asserted], on: datetime, to_come: datetime | None) -> State | None:
        """What assertions add up to at a time by the newest of them; None where that takes more of them.

        `to_come` is when the next is dated that is dated later.
        """
        pieces, counted = self.counted_of(self.in_order(newest), on)
        enough = self.policy.rule.newest
        return None if enough is None or len(counted) < enough else self.state_of(pieces, counted, to_come)

    def by_counting(self, counting: Iterable[Asserted], on: datetime, to_come: datetime | None) -> State:
        """The state by all assertions that may count (`units`)."""
        return self.state_of(*self.counted_of(self.in_order(counting), on), to_come)

    @property
    def units(self) -> Collection[str]:
        """Of which units values count that have no share, level or word on mastery."""
        return self.policy.conversions.keys()

    def _of_evidence(self, ordered: Sequence[Asserted], on: datetime) -> State:
        to_come = min(
            (assertion.at for assertion in ordered if assertion.at > on and assertion.doubt is None), default=None
        )
        return self.state_of(*self.counted_of(ordered, on), to_come)

    def counted_of(self, ordered: Iterable[Asserted], on: datetime) -> tuple[list[ScoredEvidence], list[Asserted]]:
        """What counts of assertions in order, as rules see it and as it was asserted."""
        pieces: list[ScoredEvidence] = []
        counted: list[Asserted] = []
        for assertion in ordered:
            share = self.share(assertion)
            if share is None or self._out(assertion, on):
                continue
            weight = self._weight(assertion)
            level = bisect_right(self._cuts, share) - 1
            met = share >= self.policy.mastery - NEAR
            pieces.append(ScoredEvidence(assertion.at, share, met, level, weight, assertion.method in MIXED))
            counted.append(assertion)
        return pieces, counted

    def share(self, assertion: Asserted) -> float | None:
        """The share something counts with, on the side of mastery its source says.

        A level the policy knows by name goes before a share: a source that calls 3 of 4 proficient knows its scale.
        """
        if not assertion.positive:
            return 0.0
        share = self._converted(assertion)
        share = self._placed(assertion) if share is None else share
        if assertion.met is True and (share is None or share < self.policy.mastery):
            return self.policy.mastery
        if assertion.met is False and (share is None or share >= self.policy.mastery):
            return self._below
        return share

    def explain(self, asserted: Iterable[Asserted], on: datetime) -> tuple[State, list[Reason]]:
        """The state, with a reason for every assertion, in the order in which they are judged."""
        ordered = self.in_order(asserted)
        state, decided_by = self._judge(ordered, on), bool(self.overrides(ordered, on))
        decided, spare = set(state.deciding), OVERRIDDEN if decided_by else self.policy.rule.spare
        reasons = [
            Reason(assertion.id, decided=True, why="decided")
            if assertion.id in decided
            else Reason(assertion.id, decided=False, why=self._why_not(assertion, on) or spare)
            for assertion in ordered
        ]
        return state, reasons

    def computed(self, asserted: Iterable[Asserted], on: datetime) -> State:
        """What was shown adds up to, as if no level had been set."""
        return self._of_evidence([assertion for assertion in self.in_order(asserted) if not assertion.override], on)

    def state_of(
        self, pieces: Sequence[ScoredEvidence], counted: Sequence[Asserted], to_come: datetime | None
    ) -> State:
        """What counts, in order, adds up to; `to_come` is when the next is dated that is dated later."""
        if not pieces:
            return NOTHING_SHOWN if to_come is None else NOTHING_SHOWN._replace(until=to_come)
        exact, met, used = self.policy.rule.judge(pieces)
        enough = self.policy.rule.newest
        deciding = counted if enough is None else counted[-enough:]  # what ends before them changes nothing
        until = soonest((to_come, *map(self.end, deciding)))
        return self.stated((exact, met), [counted[n].id for n in used], counted[-1].at, until)

    def stated(self, outcome: Outcome, deciding: list[int], at: datetime | None, until: datetime | None) -> State:
        """The state by a rule's value, on this policy's levels."""
        exact, met = outcome
        value = None if exact is None else self.policy.rounding.of(exact)
        if met is None:
            met = value is not None and value >= self.policy.mastery - NEAR
        level = 0 if value is None else bisect_right(self._cuts, value) - 1
        level = max(level, self._mastery) if met else min(level, max(0, self._mastery - 1))
        return State(level, value, met, deciding, at, until)

    def roll(
        self, parts: Sequence[tuple[UUID, str | None, bool]]
    ) -> tuple[int | None, float | None, bool, Sequence[int]]:
        """Level, value and mastery of a whole, and which of its parts decided, of where these stand.

        A part is its id, its level's name (None: no level yet) and whether it is mastered.
        """
        rule = self.policy.parts
        assert rule is not None
        shares = [
            Part(part, None if name is None else self.share(Asserted(0, EARLIEST, level=name, met=met)))
            for part, name, met in parts
        ]
        value, used = rule.roll(shares, lambda name: self._names[name.casefold()])
        if value is None:
            return None, None, False, used
        met = value >= self.policy.mastery - NEAR
        return bisect_right(self._cuts, value) - 1, value, met, used

    def end(self, assertion: Asserted) -> datetime | None:
        """When something counts no more, by its own expiry or the policy's days; None: never."""
        own = None if self._days is None or assertion.at > self._last else assertion.at + self._days
        return own if assertion.expires is None else assertion.expires if own is None else min(own, assertion.expires)

    def _out(self, assertion: Asserted, on: datetime) -> bool:
        if assertion.partial or assertion.doubt is not None or assertion.at > on or self._weight(assertion) == 0:
            return True
        if assertion.confidence is not None and assertion.confidence < self.policy.confidence:
            return True
        end = self.end(assertion)
        return end is not None and end <= on

    def _placed(self, assertion: Asserted) -> float | None:
        """The share of its own scale; on a rubric of as many steps as there are levels, within its step's."""
        levels = self.policy.levels
        if (
            assertion.share is None
            or assertion.value is None
            or assertion.least is None
            or assertion.most is None
            or assertion.least < 1
        ):
            return assertion.share
        if assertion.most - assertion.least + 1 != len(levels):
            return assertion.share
        step = max(0, min(int(assertion.value - assertion.least), len(levels) - 1))
        within = bisect_right(self._cuts, assertion.share) - 1 == step
        return assertion.share if within else levels[step].at

    def _converted(self, assertion: Asserted) -> float | None:
        """A level by its name, or a value by its unit's table."""
        if assertion.level is not None and (level := self._names.get(assertion.level.casefold())) is not None:
            return level
        if assertion.value is not None and assertion.unit in self.policy.conversions:
            steps = self.policy.conversions[assertion.unit]
            reached = bisect_right([from_ for from_, _ in steps], assertion.value) - 1
            return self._names[steps[reached][1].casefold()] if reached >= 0 else 0.0
        return None

    def _why_not(self, assertion: Asserted, on: datetime) -> str | None:
        """Why an assertion does not count at all; None where it does."""
        if assertion.override:
            return self._why_not_set(assertion, on)
        if assertion.partial:
            return f"it covers this competency '{assertion.strength}' alone, as its alignment was decided"
        if assertion.doubt is not None:
            return f"{assertion.doubt}: it does not count until its source corrects that"
        if assertion.at > on:
            return f"it is dated {assertion.at:%Y-%m-%d}, after the time asked for"
        end = self.end(assertion)
        if end is not None and end <= on:
            return f"it expired on {end:%Y-%m-%d}"
        if self._weight(assertion) == 0:
            own = assertion.method == "self" and "self" not in self.policy.weights
            return SELF if own else f"'{assertion.method}' does not count in this policy"
        if assertion.confidence is not None and assertion.confidence < self.policy.confidence:
            return f"its confidence {assertion.confidence:g} is below {self.policy.confidence:g}"
        if self.share(assertion) is None:
            if assertion.level is not None:
                return f"'{assertion.level}' is a word of its source's own, which this policy does not know"
            if assertion.value is not None:
                return f"the scale '{assertion.unit or 'without a name'}' has no conversion in this policy"
            return "it is told in words alone"
        return None

    def _why_not_set(self, override: Asserted, on: datetime) -> str:
        """Why a level that was set does not decide."""
        if override.at > on:
            return f"it was set on {override.at:%Y-%m-%d}, after the time asked for"
        if override.expires is not None and override.expires <= on:
            return f"it was set until {override.expires:%Y-%m-%d}"
        return DIFFERS if self._known(override) else f"the policy in force has no level '{override.level}'"
