"""Weights: how much each level of each field speaks for two persons being one, in bits (log2 of m over u). Pure.

Fellegi and Sunter (1969): m is how often a level is seen between two records of one person, u how often between those
of two persons. Bits add up; what is not told counts nothing. Three things are not left to chance:

- A name that few bear says more than one that many do: the same given or family name counts by its share among the
  tenant's names, not by the average (term frequency).
- Who shares a household shares a family name too. Where the household agrees, a family name adds no more than KIN.
- The first word is the prior: how likely any two are one at all, by how many people there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from types import MappingProxyType

from app.matching.compare import Compared

KIN = 1.5
"""The most that one family name counts between two of one household, in bits: kin share both."""
RARE = 1 / 20_000
"""No name is rarer than this: what is seen once may be a misprint."""

Table = Mapping[str, Mapping[str, tuple[float, float]]]
"""By field and level: m and u."""

SHIPPED: Table = MappingProxyType(
    {
        "given": {
            "same": (0.83, 0.006),
            "short": (0.06, 0.0006),
            "close": (0.07, 0.004),
            "initial": (0.006, 0.004),
            "middle": (0.008, 0.0012),
            "swapped": (0.008, 0.00004),
            "different": (0.018, 0.985),
        },
        "middle": {"same": (0.93, 0.13), "different": (0.07, 0.87)},
        "family": {
            "same": (0.87, 0.002),
            "part": (0.04, 0.0008),
            "close": (0.05, 0.002),
            "swapped": (1.0, 1.0),  # it is counted once, with the given name
            "different": (0.03, 0.994),
        },
        "birth": {
            "same": (0.92, 0.00018),
            "swapped": (0.012, 0.00016),
            "digit": (0.02, 0.004),
            "placeholder": (0.01, 0.0009),
            "year": (0.97, 0.08),
            "near": (0.02, 0.15),
            "different": (0.012, 0.995),
        },
        "grade": {"same": (0.93, 0.09), "near": (0.05, 0.16), "different": (0.02, 0.75)},
        "school": {"same": (0.88, 0.06), "different": (0.12, 0.94)},
        "sex": {"same": (0.985, 0.5), "different": (0.015, 0.5)},
        "number": {"same": (0.97, 0.00001), "edit": (0.02, 0.0003), "different": (0.01, 0.99)},
        "household": {"same": (0.72, 0.0006), "different": (0.28, 0.9994)},
    }
)
"""What ships: from the error rates that record linkage in schools and health reports, not fitted to one set."""


def completed(learned: Mapping[str, Mapping[str, Sequence[float]]]) -> Table:
    """A table of learned weights as an earlier version may have kept it: what it does not know yet is as it ships."""
    return {
        name: {level: (pair[0], pair[1]) for level, pair in {**levels, **learned.get(name, {})}.items()}
        for name, levels in SHIPPED.items()
    }


@dataclass(frozen=True, slots=True)
class Names:
    """How common given and family names are among a tenant's people, as shares."""

    given: Mapping[str, float] = field(default_factory=dict)
    family: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by field and level, how common names are, and how many people there are."""

    people: int
    names: Names = Names()
    table: Table = field(default_factory=lambda: SHIPPED)

    @property
    def prior(self) -> float:
        """The bits against any two persons being one before anything is known of them."""
        return -log2(max(self.people, 2))


@dataclass(frozen=True, slots=True)
class Score:
    """How much speaks for two persons being one: `bits` in all, and each field's part of them."""

    bits: float
    parts: Mapping[str, float]

    @property
    def probability(self) -> float:
        """The bits as a probability, between 0 and 1."""
        return 1 / (1 + 2 ** -max(-60.0, min(60.0, self.bits)))


def score(compared: Compared, model: Model) -> Score:
    """What the levels of two persons add up to."""
    parts = {
        name: bits
        for name, level in compared.levels._asdict().items()
        if level is not None and (bits := _bits(name, level, compared, model)) is not None
    }
    if compared.levels.household == "same" and "family" in parts:
        parts["family"] = min(parts["family"], KIN)
    return Score(model.prior + sum(parts.values()), parts)


def _bits(name: str, level: str, compared: Compared, model: Model) -> float:
    m, u = model.table[name][level]
    if level == "same" and name in {"given", "family"}:
        word = compared.given if name == "given" else compared.family
        common = model.names.given if name == "given" else model.names.family
        if word is not None and common:
            nearly, nearly_u = model.table[name]["close"]
            u = min(
                max(common.get(word, 0.0), RARE), m * nearly_u / nearly
            )  # the same never counts less than nearly so
    return log2(m / u)
