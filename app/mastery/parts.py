"""Parts: by which rule where a learner stands in the parts of a competency adds up to the whole. Pure.

A policy names the rule (`parts`); without one a whole stands by what was shown of itself alone. What counts of a part
is the share its level has on the whole's own scale: a level by its name where the whole's policy knows it, else on the
side of mastery where the part is.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple
from uuid import UUID

from msgspec import Meta, Struct

from app.mastery.rules import Count
from app.mastery.running import NEAR


class Part(NamedTuple):
    """A part, and its share on the whole's scale; None: it has no level yet."""

    competency: UUID
    share: float | None


class Rolled(NamedTuple):
    """What parts add up to, from 0 to 1 (None: no level yet), and the positions of those that decided."""

    value: float | None
    used: Sequence[int]


class PartsRule(Struct, frozen=True, tag_field="rule", forbid_unknown_fields=True):
    """A rule: `roll` takes all parts of a whole. `share` says from which share a level of the whole is reached."""


class AllParts(PartsRule, frozen=True, tag="all"):
    """All of them: the whole stands where the lowest does, once each has a level."""

    def roll(self, parts: Sequence[Part], share: Callable[[str], float]) -> Rolled:
        del share
        return _best(parts, len(parts))


class AnyPart(PartsRule, frozen=True, tag="any"):
    """Any of them: the whole stands where the highest does."""

    def roll(self, parts: Sequence[Part], share: Callable[[str], float]) -> Rolled:
        del share
        return _best(parts, 1)


class SomeParts(PartsRule, frozen=True, tag="n-of-m"):
    """`n` of them, or all where there are fewer: the whole stands where the nth best does."""

    n: Count = 1

    def roll(self, parts: Sequence[Part], share: Callable[[str], float]) -> Rolled:
        del share
        return _best(parts, min(self.n, len(parts)))


class WeightedParts(PartsRule, frozen=True, tag="points"):
    """Points: the share of all points that was reached, each part with its `weights` (by its id; else 1).

    A part without a level has reached none of its points.
    """

    weights: dict[UUID, Annotated[float, Meta(ge=0, le=1000)]] = {}

    def roll(self, parts: Sequence[Part], share: Callable[[str], float]) -> Rolled:
        del share
        weights = [self.weights.get(part.competency, 1.0) for part in parts]
        used = [n for n, part in enumerate(parts) if part.share is not None and weights[n] > 0]
        if not used:
            return Rolled(None, ())
        return Rolled(sum(weights[n] * (parts[n].share or 0) for n in used) / sum(weights), used)


class Reaching(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole is at `level` where `parts` of its parts (None: all) are at the level `at`, or above."""

    level: str
    at: str
    parts: Count | None = None


class PartsByLevel(PartsRule, frozen=True, tag="levels"):
    """By level: the highest level whose condition holds; below all of them the lowest, once a part has a level."""

    levels: Annotated[tuple[Reaching, ...], Meta(min_length=1, max_length=20)]

    def roll(self, parts: Sequence[Part], share: Callable[[str], float]) -> Rolled:
        begun = [n for n, part in enumerate(parts) if part.share is not None]
        if not begun:
            return Rolled(None, ())
        reached = Rolled(0.0, begun)
        for step in sorted(self.levels, key=lambda step: share(step.level)):
            used = [n for n in begun if (parts[n].share or 0) >= share(step.at) - NEAR]
            if len(used) >= (len(parts) if step.parts is None else min(step.parts, len(parts))):
                reached = Rolled(share(step.level), used)
        return reached


def _best(parts: Sequence[Part], n: int) -> Rolled:
    """Where the nth best stands."""
    begun = [(part.share, -position) for position, part in enumerate(parts) if part.share is not None]
    best = sorted(begun, reverse=True)[:n]
    if not best or len(best) < n:
        return Rolled(None, sorted(-position for _, position in best))
    return Rolled(best[-1][0], sorted(-position for _, position in best))


AnyParts = AllParts | AnyPart | SomeParts | WeightedParts | PartsByLevel
