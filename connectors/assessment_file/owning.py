"""Whether a column numbers the learners of a file, by its cells: no two learners share a number."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

MOST_ODD = 0.2
"""The share of numbers that may be two learners' all the same: names are written in two ways."""


def own(candidates: Sequence[Sequence[str]], learners: Sequence[tuple[str, ...]]) -> list[int]:
    """Which of the columns that may number learners do so, by their cells; the first of these is the learner's key.

    `learners` are the rows' names and days of birth: a number under which several stand is nobody's own. Further
    numbers go with the first, one to one. Rows that say nothing prove nothing.
    """
    owned: list[int] = []
    for index, numbers in enumerate(candidates):
        named = [(number, learner) for number, learner in zip(numbers, learners, strict=True) if any(learner)]
        if not _is_one(named):
            continue
        if owned:
            first = candidates[owned[0]]
            both = list(zip(first, numbers, strict=True))
            if not (_is_one(both) and _is_one((number, key) for key, number in both)):
                continue
        owned.append(index)
    return owned


def _is_one(pairs: Iterable[tuple[str, object]]) -> bool:
    """Whether nearly each number stands with one other thing alone."""
    several: dict[str, set[object]] = defaultdict(set)
    for number, other in pairs:
        if number and other:
            several[number].add(other)
    odd = sum(len(others) > 1 for others in several.values())
    return odd <= MOST_ODD * len(several)
