"""Each state of a result has words of its own, on every page: who was not tested has not failed to hand anything in."""

from typing import get_args

import pytest

from app.issuing.awards import NOT_REACHED
from app.mastery.assertions import NEVER
from app.records.document import ResultEntry
from app.rosters.objects import STATUSES
from app.web.kit.results import STATUS, reached
from schemas.codes import ScoreStatus

ALL: tuple[str, ...] = get_args(ScoreStatus)
STANDARD = {"exempt", "fully graded", "not submitted", "partially graded", "submitted"}
WORDS = {
    "exempt": "need not be done",
    "fully graded": "graded",
    "not submitted": "not handed in",
    "not tested": "not tested",
    "partially graded": "graded in part",
    "submitted": "handed in",
}


@pytest.mark.parametrize("status", ALL)
def test_each_state_is_told_in_its_own_words(status: str) -> None:
    entry = ResultEntry(id="r-1", setting="in-school", from_=(), status=status)
    assert reached(entry) == WORDS[status]
    assert STATUS.keys() == set(ALL)


@pytest.mark.parametrize("status", ["not tested", "not submitted", "exempt"])
def test_what_was_not_taken_shows_nothing_and_is_no_badge(status: str) -> None:
    assert status in NEVER
    assert status in NOT_REACHED


def test_a_served_roster_has_the_states_of_the_standard() -> None:
    assert {STATUSES.get(status, status) for status in ALL} == STANDARD
