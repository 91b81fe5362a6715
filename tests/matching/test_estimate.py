"""Weights that are learned: nearer to the people they come from, never far from what ships, and nobody is mistaken."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from math import log2
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.matching.apart import PersonRef
from app.matching.blocking import MOST, keys
from app.matching.compare import Compared, Levels, compare
from app.matching.estimate import BOUND, ENOUGH, KNOWN, LEARNED, Estimate, Known, compare_tables, estimate, version
from app.matching.evaluate import evaluate, model_of
from app.matching.traits import Traits
from app.matching.weights import SHIPPED, Model, completed
from tests.support.households import roster, sign_ups, traits_of

SEEDS = (21, 22, 23)


@cache
def _people(seed: int) -> tuple[list[Traits], list[Traits], dict[PersonRef, PersonRef]]:
    children = roster(seed, 2000)
    forms = sign_ups(seed, children, 1200)
    truth = {PersonRef(2, str(n)): PersonRef(1, child.true) for n, child in enumerate(forms) if child.true}
    listed = [traits_of(1, child.true, child) for child in children]
    return listed, [traits_of(2, str(n), child) for n, child in enumerate(forms)], truth


def _sharing(listed: Sequence[Traits], signed: Sequence[Traits]) -> dict[tuple[PersonRef, PersonRef], Compared]:
    """Who shares a key, and how they agree."""
    index: dict[str, list[Traits]] = defaultdict(list)
    for person in listed:
        for key in keys(person):
            index[key].append(person)
    return {
        (person.ref, other.ref): compare(person, other)
        for person in signed
        for key in keys(person)
        if len(index[key]) <= MOST
        for other in index[key]
    }


def _learned(seed: int) -> tuple[Estimate, dict[tuple[PersonRef, PersonRef], Compared]]:
    listed, signed, _ = _people(seed)
    pairs = _sharing(listed, signed)
    chance = Random(seed)
    strangers = Counter(compare(*two).levels for two in product(chance.sample(signed, 200), chance.sample(listed, 200)))
    return estimate(Counter(pair.levels for pair in pairs.values()), strangers), pairs


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_learned_is_how_the_pairs_of_one_person_truly_agree(seed: int) -> None:
    """Nobody tells who is who: the shares that are learned are near those that whoever knows it counts."""
    learned, pairs = _learned(seed)
    _, _, truth = _people(seed)
    true = [compared.levels for (left, right), compared in pairs.items() if truth.get(left) == right]
    assert learned.expected == pytest.approx(len(true), rel=0.05)
    for name, level in (
        ("given", "same"),
        ("family", "same"),
        ("birth", "same"),
        ("school", "same"),
        ("grade", "same"),
    ):
        having = [levels for levels in true if getattr(levels, name) in LEARNED[name]]
        share = sum(getattr(levels, name) == level for levels in having) / len(having)
        assert abs(learned.table[name][level][0] - share) < abs(SHIPPED[name][level][0] - share) + 0.02
        assert learned.table[name][level][0] == pytest.approx(share, abs=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_learned_weights_are_nearer_to_the_truth_and_link_nobody_wrongly(seed: int) -> None:
    listed, signed, truth = _people(seed)
    learned, pairs = _learned(seed)
    known = Known(
        [compared for (left, right), compared in pairs.items() if truth.get(left) == right],
        [compared for (left, right), compared in pairs.items() if truth.get(left) != right],
    )
    shipped = model_of(listed)
    comparison = compare_tables(learned, known, shipped)
    assert comparison.taken, comparison.reason
    assert comparison.learned_loss < comparison.shipped_loss
    before, after = (
        evaluate(listed, signed, truth, model) for model in (shipped, replace(shipped, table=learned.table))
    )
    assert after.wrong == []
    assert after.automatic.value >= before.automatic.value - 0.005
    assert after.found.value >= before.found.value - 0.002


def test_the_same_pairs_in_any_order_give_the_same_weights() -> None:
    listed, signed, _ = _people(SEEDS[0])
    pairs = [compared.levels for compared in _sharing(listed[:500], signed[:300]).values()]
    tables = {
        version(estimate(Counter(Random(n).sample(pairs, len(pairs))), Counter(pairs[:50])).table) for n in range(3)
    }
    assert len(tables) == 1


LEVELS = st.builds(
    Levels,
    **{
        name: st.sampled_from([None, *levels])
        for name, levels in {**LEARNED, "number": ("same", "edit", "different")}.items()
    },
)


@settings(max_examples=60)
@given(
    sharing=st.dictionaries(LEVELS, st.integers(1, 100_000), max_size=12),
    strangers=st.dictionaries(LEVELS, st.integers(1, 100_000), max_size=12),
)
def test_whatever_the_pairs_are_no_weight_goes_far_from_the_shipped_one(
    sharing: dict[Levels, int], strangers: dict[Levels, int]
) -> None:
    learned = estimate(sharing, strangers)
    assert 0 <= learned.expected <= sum(sharing.values()) * 1.000001
    for name, levels in SHIPPED.items():
        for level, shipped in levels.items():
            for now, before in zip(learned.table[name][level], shipped, strict=True):
                assert 0 < now <= 1
                assert abs(log2(now / before)) <= BOUND + 0.001
                assert now == before or level in LEARNED.get(name, ())


def _known(count: int, level: str) -> list[Compared]:
    return [Compared(Levels(level, None, level, level, None, None, None, None, None))] * count


@pytest.mark.parametrize(
    ("expected", "same", "different", "reason"),
    [
        (ENOUGH - 1, KNOWN, KNOWN, "199 pairs of one person are expected, and 200 are needed"),
        (ENOUGH, KNOWN - 1, KNOWN, "of fewer than 30 pairs"),
        (ENOUGH, KNOWN, KNOWN - 1, "of fewer than 30 pairs"),
        (ENOUGH, KNOWN, KNOWN, "no nearer to what is known"),
    ],
)
def test_what_is_learned_of_few_or_is_no_better_is_not_taken(
    expected: float, same: int, different: int, reason: str
) -> None:
    learned = Estimate(SHIPPED, 1000, expected)
    comparison = compare_tables(learned, Known(_known(same, "same"), _known(different, "different")), Model(1000))
    assert not comparison.taken
    assert reason in comparison.reason


def test_weights_that_would_link_more_who_are_two_are_not_taken() -> None:
    twins = [Compared(Levels("same", None, "same", None, None, None, None, None, None))] * KNOWN
    eager = {name: dict(levels) for name, levels in SHIPPED.items()}
    eager["given"]["same"] = (0.99, 0.0005)
    eager["family"]["same"] = (0.99, 0.0005)
    shy = Known(_known(KNOWN, "same"), twins)
    comparison = compare_tables(Estimate(eager, 1000, ENOUGH), shy, Model(1000))
    assert (comparison.shipped_wrong, comparison.learned_wrong) == (0, KNOWN)
    assert "they would link more pairs of whom it is known that they are two" in comparison.reason


def test_weights_that_an_earlier_version_kept_are_completed() -> None:
    table = completed({"given": {"same": [0.5, 0.25]}, "hair": {"same": [0.5, 0.25]}})
    assert table["given"]["same"] == (0.5, 0.25)
    assert table["given"]["short"] == SHIPPED["given"]["short"]
    assert table.keys() == SHIPPED.keys()
