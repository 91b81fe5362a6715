"""What changes for nearly everybody is a fault of the source, but for what happens to everybody once a year."""

import pytest

from app.pipeline.sweeping import MANY, Revised, facets
from schemas import Person


def _moved(before: str, after: str, records: int = MANY) -> list[Revised]:
    pairs = ((Person(key=str(n), grades=(before,)), Person(key=str(n), grades=(after,))) for n in range(records))
    return [Revised(before.key, before, after) for before, after in pairs]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        *[("IT", "PK"), ("PR", "PK"), ("PK", "TK"), ("PK", "KG"), ("TK", "KG"), ("KG", "01"), ("KG", "1")],
        *[("01", "02"), ("8", "9"), ("09", "10"), ("12", "13")],
    ],
)
def test_a_grade_that_rises_by_one_is_no_mistake(before: str, after: str) -> None:
    assert facets(_moved(before, after), turning=False) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("KG", "TK"), ("01", "KG"), ("05", "04"), ("05", "07"), ("KG", "02"), ("PK", "01"), ("UG", "01"), ("10", "1")],
)
def test_another_grade_of_very_many_is_looked_at(before: str, after: str) -> None:
    assert facets(_moved(before, after), turning=False) == ["grades"]
    assert facets(_moved(before, after, MANY - 1), turning=False) == []
