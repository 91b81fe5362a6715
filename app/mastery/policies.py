"""Policies: by which rule, on which scale, with what weight and for how long what was shown adds up to mastery. Pure.

A policy is named and versioned where it is stored; here it is only what it says. `judge` is the hot path; `explain`
does the same and says of every assertion whether it decided, and if not, why.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from operator import attrgetter
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct

from app.errors import ConfigError
from app.mastery.rules import NEAR, AnyRule, Latest, MOfN, Part, Shown
from schemas.codes import Method

UNSAID_WEIGHTS: Mapping[str, float] = {"self": 0.0}
"""What has another weight than 1 where a policy does not say: nobody masters anything by their own word alone."""
EARLIEST = datetime.min.replace(tzinfo=UTC)
MIXED = frozenset({"summative", "diagnostic"})
"""Methods that ask for several skills at once, as far as rules care."""


class Level(Struct, frozen=True, forbid_unknown_fields=True):
    """A level: its name, the share from which it is reached, and what it means, in the words a learner reads."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    at: Part
    description: str = ""
    aliases: tuple[str, ...] = ()


USUAL_LEVELS = (
    Level("Beginning", 0, "Makes a first attempt, with help", ("1", "emerging", "not met", "below")),
    Level("Developing", 0.5, "Shows parts of it", ("2", "approaching", "partially met", "progressing", "near mastery")),
    Level("Proficient", 0.7, "Shows it independently", ("3", "met", "meets", "mastery", "demonstrated", "mastered")),
    Level("Advanced", 0.9, "Shows it in new situations", ("4", "exceeds", "exceeded", "exceeds mastery")),
)


class Rounding(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a value before it is compared: nothing (`exact`), or what Canvas does (`canvas`).

    Canvas rounds the score of an outcome to two decimals of its points, halves up, and compares that with the points of
    mastery (canvas-lms, app/models/rollup_score.rb, PRECISION): 2.998 of 4 points is 3. `points` are the outcome's.
    """

    rule: Literal["exact", "canvas"] = "exact"
    points: Annotated[float, Meta(gt=0, le=1_000_000)] = 4

    def of(self, value: float) -> float:
        """A value, from 0 to 1, as it is compared."""
        if self.rule == "exact":
            return value
        rounded = Decimal(value * self.points).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return float(rounded) / self.points


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """What adds up to mastery. `mastery` is the share from which it is.

    `weights` are by method (left out: 1, and 0 for `self`; 0: does not count). `days` is how long something counts
    after it was shown, None for ever; an assertion's own expiry is respected anyhow. `confidence` is the least that
    counts, where an assertion tells its own. `conversions` are, by unit, the values from which each level is reached,
    in rising order: a value on a scale without known ends (a RIT score) counts only where its unit is here.
    """

    rule: AnyRule = Latest()
    rounding: Rounding = Rounding()
    levels: Annotated[tuple[Level, ...], Meta(min_length=2, max_length=20)] = USUAL_LEVELS
    mastery: Part = 0.7
    weights: dict[Method, Annotated[float, Meta(ge=0, le=100)]] = {}
    days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    confidence: Part = 0
    conversions: dict[str, tuple[tuple[float, str], ...]] = {}


class Asserted(NamedTuple):
    """An assertion as a policy sees it: `share` of its own scale where it has one with ends, else value and unit.

    `met` is the source's own word on mastery: no share contradicts it. `strength` is how much of the competency it
    covers, where a person has said so: what covers it in part does not decide. `undated`: its source tells no time, and
    `at` is when it came. `hash` is of all that it says: the same, however it arrived. `least` and `most` end
    the scale `value` is on. `doubt`: why it cannot be right; it does not count.
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
    """What it adds up to: a level (position in the policy's levels; None: nothing that counts), and what decided.

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


SELF = "it is the learner's own assessment, which counts only where a policy says so"
read = msgspec.json.Decoder(Policy).decode
"""A policy as it is kept."""


def parse(body: bytes) -> Policy:
    """A policy as somebody wrote it. ConfigError where it makes no sense."""
    try:
        policy = read(body)
    except msgspec.ValidationError as why:
        raise ConfigError(f"this policy will not do: {why}") from why
    cuts = [level.at for level in policy.levels]
    if cuts != sorted(set(cuts)) or cuts[0] != 0:
        raise ConfigError("a policy's levels rise from 0, each from a higher share than the one before")
    if policy.mastery not in cuts[1:]:
        words = ", ".join(f"{cut:g}" for cut in cuts[1:])
        raise ConfigError(f"mastery begins at a level above the first ({words}), not at {policy.mastery:g}")
    if isinstance(policy.rule, MOfN) and policy.rule.m > policy.rule.n:
        raise ConfigError(f"{policy.rule.m} of {policy.rule.n} cannot be reached: m is at most n")
    _check_names(policy.levels)
    for unit, steps in policy.conversions.items():
        _check_conversion(unit, steps, {level.name: level.at for level in policy.levels})
    return policy


def _check_names(levels: Sequence[Level]) -> None:
    """ConfigError where a word would mean two levels, or none."""
    meant: dict[str, str] = {}
    for n, level in enumerate(levels):
        for word in (level.name, *level.aliases):
            if not word.strip():
                raise ConfigError(f"level {n + 1} has a name or alias without a letter")
            if word.casefold() in meant and meant[word.casefold()] != level.name:
                raise ConfigError(f"'{word}' means two levels: '{meant[word.casefold()]}' and '{level.name}'")
            if word == level.name and level.name in (other.name for other in levels[:n]):
                raise ConfigError(f"two levels are called '{level.name}'")
            meant[word.casefold()] = level.name


def _check_conversion(unit: str, steps: Sequence[tuple[float, str]], ats: Mapping[str, float]) -> None:
    unknown = [name for _, name in steps if name not in ats]
    rising = [(value, ats.get(name, 0)) for value, name in steps]
    if not steps or unknown or any(a[0] >= b[0] or a[1] >= b[1] for a, b in pairwise(rising)):
        raise ConfigError(f"the conversion of '{unit}' is a rising list of values with rising levels of this policy")


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
        return sorted(asserted, key=self._place)

    def _place(self, assertion: Asserted) -> tuple[Any, ...]:
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

    def _judge(self, ordered: Sequence[Asserted], on: datetime) -> State:
        pieces: list[Shown] = []
        counted: list[Asserted] = []
        to_come = min(
            (assertion.at for assertion in ordered if assertion.at > on and assertion.doubt is None), default=None
        )
        for assertion in ordered:
            share = self.share(assertion)
            if share is None or self._out(assertion, on):
                continue
            weight = self._weight(assertion)
            level = bisect_right(self._cuts, share) - 1
            met = share >= self.policy.mastery - NEAR
            pieces.append(Shown(assertion.at, share, met, level, weight, assertion.method in MIXED))
            counted.append(assertion)
        if not pieces:
            return NOTHING_SHOWN if to_come is None else NOTHING_SHOWN._replace(until=to_come)
        return self._state(pieces, counted, to_come)

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
        """The same, with a reason for every assertion, in the order in which they are judged."""
        ordered = self.in_order(asserted)
        state = self._judge(ordered, on)
        decided = set(state.deciding)
        reasons = [
            Reason(assertion.id, decided=True, why="decided")
            if assertion.id in decided
            else Reason(assertion.id, decided=False, why=self._why_not(assertion, on) or self.policy.rule.spare)
            for assertion in ordered
        ]
        return state, reasons

    def _state(self, pieces: list[Shown], counted: list[Asserted], to_come: datetime | None) -> State:
        exact, met, used = self.policy.rule.judge(pieces)
        value = None if exact is None else self.policy.rounding.of(exact)
        if met is None:
            met = value is not None and value >= self.policy.mastery - NEAR
        level = 0 if value is None else bisect_right(self._cuts, value) - 1
        level = max(level, self._mastery) if met else min(level, max(0, self._mastery - 1))
        ends = [end for end in (to_come, *map(self.end, counted)) if end is not None]
        until = min(ends) if ends else None
        return State(level, value, met, [counted[n].id for n in used], counted[-1].at, until)

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


KHAN_LEVELS = (
    Level("Attempted", 0, "Below 70 % on an exercise"),
    Level("Familiar", 0.5, "70 % or more on an exercise"),
    Level("Proficient", 0.75, "All right on an exercise, or lifted by a mixed-skill assessment"),
    Level("Mastered", 1.0, "Right again on a mixed-skill assessment"),
)
