"""Grades as people write them: each way means one thing, and no range of two is read as one number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frameworks.grades import GRADES, codes

NUMBERS = st.integers(1, 13)
SEPARATORS = st.sampled_from(["-", " - ", "\u2013", "\u2014", " to ", " through "])
WAYS = st.sampled_from(["{}", "{:02d}", "Grade {}", "grade-{}", "Gr. {}", "{}th", "{}th grade", " {} ", "{}.0"])


@given(way=WAYS, number=NUMBERS)
def test_a_grade_is_one_grade_however_it_is_written(way: str, number: int) -> None:
    assert codes(way.format(number)) == [f"{number:02d}"]


@given(first=NUMBERS, last=NUMBERS, separator=SEPARATORS)
def test_a_range_is_all_that_is_between(first: int, last: int, separator: str) -> None:
    between = [f"{number:02d}" for number in range(first, last + 1)] or None
    assert codes(f"{first}{separator}{last}") == between


@given(st.lists(st.sampled_from(GRADES), min_size=1, unique=True))
def test_codes_stay_as_they_are(grades: list[str]) -> None:
    assert codes(", ".join(grades)) == grades


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("1st-3rd", ["01", "02", "03"]),
        ("Pre-K-2", ["PK", "KG", "01", "02"]),
        ("PK-TK", ["PK", "TK"]),
        ("K\u201312", ["KG", *(f"{n:02d}" for n in range(1, 13))]),
        ("-1", None),
        ("0", None),
        ("1.2", None),
        ("4.5", None),
        ("\u0664", None),
        ("K1", None),
    ],
)
def test_what_is_no_grade_is_none(words: str, expected: list[str] | None) -> None:
    assert codes(words) == expected


@pytest.mark.parametrize(
    ("written", "grades"), [("09.10", ["09", "10"]), ("09.10.11", ["09", "10", "11"]), ("1.2", None)]
)
def test_commas_that_a_spreadsheet_made_points_still_stand_between_grades(
    written: str, grades: list[str] | None
) -> None:
    assert codes(written) == grades
