"""Policies: by which rule, on which scale, with what weight and for how long what was shown adds up to mastery. Pure.

A policy is named and versioned where it is stored; here it is only what it says. `app.mastery.judge` judges by it.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from app.errors import ConfigError
from app.mastery.parts import AnyParts, PartsByLevel
from app.mastery.rules import AnyRule, Latest, MOfN, Part
from schemas.codes import Method

UNSAID_WEIGHTS: Mapping[str, float] = {"self": 0.0}
"""What has another weight than 1 where a policy does not say: nobody masters anything by their own word alone."""


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
    `parts` is the rule by which the parts of a competency add up to it, where they do.
    """

    rule: AnyRule = Latest()
    rounding: Rounding = Rounding()
    levels: Annotated[tuple[Level, ...], Meta(min_length=2, max_length=20)] = USUAL_LEVELS
    mastery: Part = 0.7
    weights: dict[Method, Annotated[float, Meta(ge=0, le=100)]] = {}
    days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    confidence: Part = 0
    conversions: dict[str, tuple[tuple[float, str], ...]] = {}
    parts: AnyParts | None = None


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
    _check_parts(policy)
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


def _check_parts(policy: Policy) -> None:
    """ConfigError where a rule by level names levels that the policy does not have."""
    if isinstance(policy.parts, PartsByLevel):
        names = {level.name for level in policy.levels}
        unknown = [name for step in policy.parts.levels for name in (step.level, step.at) if name not in names]
        if unknown:
            raise ConfigError(f"the rule of parts names '{unknown[0]}', which is no level of this policy")


def _check_conversion(unit: str, steps: Sequence[tuple[float, str]], ats: Mapping[str, float]) -> None:
    unknown = [name for _, name in steps if name not in ats]
    rising = [(value, ats.get(name, 0)) for value, name in steps]
    if not steps or unknown or any(a[0] >= b[0] or a[1] >= b[1] for a, b in pairwise(rising)):
        raise ConfigError(f"the conversion of '{unit}' is a rising list of values with rising levels of this policy")


KHAN_LEVELS = (
    Level("Attempted", 0, "Below 70 % on an exercise"),
    Level("Familiar", 0.5, "70 % or more on an exercise"),
    Level("Proficient", 0.75, "All right on an exercise, or lifted by a mixed-skill assessment"),
    Level("Mastered", 1.0, "Right again on a mixed-skill assessment"),
)
