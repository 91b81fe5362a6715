"""Rules that look at the last results, and at where they lead: against vectors from what gradebooks publish."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mastery.judge import Asserted, Judge
from app.mastery.policies import Policy
from app.mastery.rules import AnyRule, AverageOfLast, HighestOfLast, MedianOfLast, PowerLaw

BEGIN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
LATER = BEGIN + timedelta(days=1000)


def value(rule: AnyRule, scores: list[float]) -> str | None:
    """What a rule makes of scores of 4 points, a day apart: in points."""
    assertions = [Asserted(n, BEGIN + timedelta(days=n), score / 4) for n, score in enumerate(scores)]
    state = Judge(Policy(rule=rule)).judge(assertions, LATER)
    return None if state.value is None else f"{state.value * 4:.2f}"


# TeacherEase, "What are the standards-based grading scale grade calculation modes": medians of nine, of seven where
# nine are asked, of an even number. Educate, "How Educate Calculates Standards-Based Grading": the average, and that of
# the three highest. Ascender, "Power Law Computation": y = m·x^b by least squares between logarithms, and the higher of
# it and the average; a curve that the scores lie on exactly is found exactly. All of 4 points.
LAST: list[tuple[AnyRule, list[float], str | None]] = [
    (MedianOfLast(9), [4, 4, 3, 3, 3, 2, 2, 2, 1], "3.00"),
    (MedianOfLast(9), [4, 3, 3, 2, 2, 2, 1], "2.00"),
    (MedianOfLast(9), [4, 3, 3, 2, 2, 1], "2.50"),
    (MedianOfLast(3), [4, 4, 4, 1, 2, 3], "2.00"),
    (AverageOfLast(9), [4, 3, 3, 4], "3.50"),
    (AverageOfLast(2), [1, 1, 3, 4], "3.50"),
    (HighestOfLast(best=3), [4, 3, 3, 4], "3.67"),
    (HighestOfLast(best=3), [4], "4.00"),
    (HighestOfLast(3), [4, 1, 2, 1], "2.00"),
    (PowerLaw(), [1, 2, 3, 4], "4.00"),
    (PowerLaw(), [3, 3, 3, 3], "3.00"),
    (PowerLaw(), [1, 2**0.5, 3**0.5, 2], "2.00"),
    (PowerLaw(), [4, 2, 4 / 3, 1], "1.00"),
    (PowerLaw(), [2, 4], "3.00"),
    (PowerLaw("at-least-average"), [4, 2, 4 / 3, 1], "2.08"),
    (PowerLaw("at-least-average"), [1, 2, 3, 4], "4.00"),
    (PowerLaw(), [], None),
]


@pytest.mark.parametrize(("rule", "scores", "expected"), LAST)
def test_the_last_ones_and_their_trend_as_gradebooks_have_them(
    rule: AnyRule, scores: list[float], expected: str | None
) -> None:
    assert value(rule, scores) == expected


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0]), min_size=1, max_size=12))
def test_what_is_before_the_last_ones_never_counts(scores: list[float]) -> None:
    for rule in (AverageOfLast(3), MedianOfLast(3), HighestOfLast(3)):
        assert value(rule, scores) == value(rule, [*([4.0, 1.0] if len(scores) >= 3 else []), *scores[-3:]])
