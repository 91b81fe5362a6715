"""Estimate: weights from a district's own people, by expectation maximization. Pure, and the same for the same pairs.

What ships comes from reports of other places. How often a sign-up misspells a name, or leaves the school out, differs
from district to district, and can be learned without knowing who is who (Winkler 1988; Herzog, Scheuren and Winkler
2007, chapter 9): pairs that share a key are a mixture of two kinds, those of one person and all others, and the levels
of their fields tell which. How often two strangers agree (u) is counted over pairs taken at random.

A district's pairs are few, and a mixture can be told apart wrongly. So a weight begins as the shipped one, moves as
far as the pairs speak for it, and never by more than BOUND; numbers, and years of birth alone, are not learned.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, fsum, log, log2
from types import MappingProxyType

import msgspec

from app.matching.compare import Compared, Levels
from app.matching.guards import AUTOMATIC
from app.matching.weights import SHIPPED, Model, Table, score

LEARNED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "given": ("same", "short", "close", "initial", "middle", "swapped", "different"),
        "middle": ("same", "different"),
        "family": ("same", "part", "close", "different"),
        "birth": ("same", "swapped", "digit", "placeholder", "different"),
        "grade": ("same", "near", "different"),
        "school": ("same", "different"),
        "sex": ("same", "different"),
        "household": ("same", "different"),
    }
)
"""The fields and levels whose weights are learned; of one field they shut each other out."""

BOUND = 2.0
"""The most that a share moves from the shipped one, in bits."""
ROUNDS, STILL = 100, 1e-6
"""Expectation maximization ends after so many rounds, or once no share moves by more than that."""
BEHIND = 200.0
"""The pairs that the shipped weights count for, beside those of the district."""
ENOUGH = 200
"""Pairs of one person that have to be expected among those that share a key; of fewer nothing is learned."""
KNOWN = 30
"""Pairs of one person, and of two, whose truth has to be known to compare weights on."""

Counts = Mapping[Levels, int]
Shares = Mapping[str, Mapping[str, float]]
"""By field and level."""
M, U = 0, 1
"""Of a weight, where it says how often one person's pairs agree so, and where how often two persons' do."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Learned weights, of how many pairs, of which so many are expected to be of one person."""

    table: Table
    pairs: int
    expected: float


@dataclass(frozen=True, slots=True)
class Known:
    """Pairs whose truth is known: by a number, or because somebody decided."""

    same: Sequence[Compared]
    different: Sequence[Compared]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Learned weights beside the shipped ones, on pairs whose truth is known, and whether they are taken, and why.

    They were learned from `pairs`, of which `expected` are expected to be of one person; `same` and `different` are how
    many are known to be of one and of two. Losses are in bits a pair, the mean of both kinds (0: always certain and
    right; 1: a coin). `wrong` counts pairs of two persons that would be linked, were it for their score alone.
    """

    version: str
    pairs: int
    expected: int
    same: int
    different: int
    shipped_loss: float
    learned_loss: float
    shipped_wrong: int
    learned_wrong: int
    taken: bool
    reason: str


def estimate(sharing: Counts, strangers: Counts) -> Estimate:
    """Weights from the levels of pairs that share a key, and of strangers; both counted by how they agree."""
    pairs = sorted(sharing.items(), key=str)  # sums of fractions depend on their order
    same = {name: {level: SHIPPED[name][level][0] for level in levels} for name, levels in LEARNED.items()}
    other = {name: _smoothed(_tally(name, pairs)) for name in LEARNED}
    part, expected = 0.5, 0.0
    for _ in range(ROUNDS):
        likely = [(levels, count, _probability(levels, same, other, part)) for levels, count in pairs]
        expected = fsum(count * probability for _, count, probability in likely)
        part = min(max(expected / max(sum(sharing.values()), 1), 1e-6), 1 - 1e-6)
        before, of_one = same, [(levels, count * probability) for levels, count, probability in likely]
        same = {name: _blended(name, _tally(name, of_one), M) for name in LEARNED}
        of_two = [(levels, count * (1 - probability)) for levels, count, probability in likely]
        other = {name: _smoothed(_tally(name, of_two)) for name in LEARNED}
        if max(abs(same[name][level] - before[name][level]) for name in LEARNED for level in LEARNED[name]) < STILL:
            break
    chance = {name: _blended(name, _tally(name, strangers.items()), U) for name in LEARNED}
    return Estimate(_table(same, chance), sum(sharing.values()), expected)


def _probability(levels: Levels, same: Shares, other: Shares, part: float) -> float:
    """How likely a pair that agrees so is of one person, where `part` of all are."""
    odds = log(part / (1 - part)) + fsum(
        log(same[name][level] / other[name][level])
        for name, level in zip(levels._fields, levels, strict=True)
        if level in LEARNED.get(name, ())
    )
    return 1 / (1 + exp(-max(-60.0, min(60.0, odds))))


def _tally(name: str, weighted: Iterable[tuple[Levels, float]]) -> dict[str, float]:
    """How much falls on each level of a field."""
    tally = dict.fromkeys(LEARNED[name], 0.0)
    for levels, weight in weighted:
        if (level := getattr(levels, name)) in tally:
            tally[level] += weight
    return tally


def _blended(name: str, tally: Mapping[str, float], kind: int) -> dict[str, float]:
    """Shares: the shipped ones count for BEHIND pairs more, and none ends further than BOUND from its own."""
    seen, shipped = sum(tally.values()), sum(SHIPPED[name][level][kind] for level in tally)
    shares: dict[str, float] = {}
    for level, weight in tally.items():
        before = SHIPPED[name][level][kind]
        share = (weight + BEHIND * before / shipped) / (seen + BEHIND)
        shares[level] = min(max(share, before * 2**-BOUND), before * 2**BOUND, 0.9999)
    return shares


def _smoothed(tally: Mapping[str, float]) -> dict[str, float]:
    """Shares of which none is nothing."""
    seen = sum(tally.values())
    return {level: (weight + 1) / (seen + len(tally)) for level, weight in tally.items()}


def _table(same: Shares, chance: Shares) -> Table:
    table = {name: dict(levels) for name, levels in SHIPPED.items()}
    for name, levels in LEARNED.items():
        table[name] |= {
            level: (float(f"{same[name][level]:.4g}"), float(f"{chance[name][level]:.4g}")) for level in levels
        }
    return table


def version(table: Table) -> str:
    """What a table of weights is called: the same weights have the same name, everywhere."""
    plain = msgspec.json.encode({name: dict(levels) for name, levels in table.items()}, order="sorted")
    return f"learned {hashlib.sha256(plain).hexdigest()[:12]}"


def compare_tables(learned: Estimate, known: Known, model: Model) -> Comparison:
    """Whether learned weights are taken: enough is known, and on it they are no worse than those that ship."""
    shipped = _outcome(known, replace(model, table=SHIPPED))
    ours = _outcome(known, replace(model, table=learned.table))
    reason = _reason(learned, known, shipped, ours)
    return Comparison(
        version=version(learned.table),
        pairs=learned.pairs,
        expected=round(learned.expected),
        same=len(known.same),
        different=len(known.different),
        shipped_loss=shipped[0],
        learned_loss=ours[0],
        shipped_wrong=shipped[1],
        learned_wrong=ours[1],
        taken=reason is None,
        reason=reason or "they are nearer to what is known of who is who",
    )


def _reason(learned: Estimate, known: Known, shipped: tuple[float, int], ours: tuple[float, int]) -> str | None:
    """Why learned weights are not taken."""
    if learned.expected < ENOUGH:
        return f"{learned.expected:,.0f} pairs of one person are expected, and {ENOUGH} are needed to learn from"
    if min(len(known.same), len(known.different)) < KNOWN:
        return f"of fewer than {KNOWN} pairs of one person, or of two, the truth is known, by a number or a decision"
    if ours[1] > shipped[1]:
        return "they would link more pairs of whom it is known that they are two"
    if ours[0] >= shipped[0]:
        return "they are no nearer to what is known of who is who"
    return None


def _outcome(known: Known, model: Model) -> tuple[float, int]:
    """The loss in bits a pair, and how many of two persons would be linked for their score."""
    same = [_unnumbered(compared, model) for compared in known.same]
    different = [_unnumbered(compared, model) for compared in known.different]
    loss = (_mean(log2(1 + 2**-bits) for bits in same) + _mean(log2(1 + 2**bits) for bits in different)) / 2
    return round(loss, 6), sum(bits >= AUTOMATIC for bits in different)


def _unnumbered(compared: Compared, model: Model) -> float:
    """The bits of a pair, without what its numbers say: by these its truth is known."""
    bits = score(compared._replace(levels=compared.levels._replace(number=None)), model).bits
    return max(-60.0, min(60.0, bits))


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return fsum(listed) / len(listed) if listed else 0.0
