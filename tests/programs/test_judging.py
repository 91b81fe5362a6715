"""Deciding together: whoever moderates decides, after the assessors, and never one of them."""

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec import structs

from app.db.plans.plans import Signature
from app.errors import Denied
from app.programs import judging, reviewing
from app.programs.judging import Mark, Review
from app.programs.reviewing import MODERATOR
from tests.support.api import Api
from tests.support.programs import LEVELS, REVIEWER, ROBOT, SECOND, THIRD, club, handed_in, now

MODERATED = structs.replace(ROBOT, assessing="moderated")
LOW = (Mark("cut", "Beginning"), Mark("explain", "Proficient"))
HIGH = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
levels = st.sampled_from([level.name for level in LEVELS])
verdicts = st.sampled_from(["accept", "needs work", "reject"])


@st.composite
def reviews(draw: st.DrawFn) -> list[Review]:
    marks = st.builds(lambda cut, explain: (Mark("cut", cut), Mark("explain", explain)), levels, levels)
    kinds = draw(st.lists(st.tuples(verdicts, marks, st.booleans()), max_size=6))
    return [
        Review(f"assessor {n}", verdict, given_marks, None, outside)
        for n, (verdict, given_marks, outside) in enumerate(kinds)
    ]


@given(reviews())
def test_the_first_of_the_districts_own_after_two_decides_whatever_the_others_say(given_reviews: list[Review]) -> None:
    decision = judging.decide(MODERATED, given_reviews)
    own = [review for review in given_reviews[2:] if not review.outside]
    assert decision.verdict == (own[0].verdict if own else None)
    assert (decision.lacking == 0) is bool(own)
    assert judging.to_moderate(MODERATED, given_reviews) is (len(given_reviews) >= 2 and not own)
    if own:
        assert [reached.level for reached in decision.reached] == [mark.level for mark in own[0].marks]


@given(reviews())
def test_what_assessors_agree_on_is_what_each_of_them_said(given_reviews: list[Review]) -> None:
    agreed = judging.agreed(MODERATED, given_reviews)
    for criterion, level in agreed.items():
        assert {mark.level for review in given_reviews for mark in review.marks if mark.criterion == criterion} == {
            level
        }


async def test_a_moderator_reads_both_decides_alone_and_is_none_of_them(api: Api) -> None:
    robotics = await club(api, MODERATED)
    submission = await handed_in(api, robotics)
    service = api.app.state.service

    async def reviewed(by: Signature, verdict: judging.Verdict, marks: tuple[Mark, ...]) -> reviewing.Reviewed:
        async with api.db.transaction(api.tenant) as tx:
            await reviewing.claim(tx, submission, by, now())
            return await reviewing.review(tx, service, submission, verdict, marks, "Because.", by, now())

    async with api.db.transaction(api.tenant) as tx:
        await reviewing.decide_whose(tx, submission, None, REVIEWER, now())
    first = await reviewed(REVIEWER, "accept", HIGH)
    assert (first.row.state, first.decision.lacking) == ("in review", 2)
    async with api.db.transaction(api.tenant) as tx:
        assert reviewing.open_to(await reviewing.case_of(tx, submission), SECOND) == []
    second = await reviewed(SECOND, "reject", LOW)
    assert (second.row.state, second.decision.lacking) == ("in review", 1)
    for assessor in (REVIEWER, SECOND):
        with pytest.raises(Denied, match="already"):
            await reviewed(assessor, "accept", HIGH)
    async with api.db.transaction(api.tenant) as tx:
        case = await reviewing.case_of(tx, submission)
        assert case.to_moderate
        assert case.agreed == {"explain": "Proficient"}
        assert [row.name for row in reviewing.open_to(case, THIRD)] == [REVIEWER.name, SECOND.name]
    third = await reviewed(THIRD, "accept", (Mark("cut", "Proficient"), Mark("explain", "Proficient")))
    assert third.row.state == "accepted"
    assert [reached.level for reached in third.decision.reached] == ["Proficient", "Proficient"]
    async with api.db.transaction(api.tenant) as tx:
        case = await reviewing.case_of(tx, submission)
    assert [row.role for row in case.reviews] == [REVIEWER.role, SECOND.role, MODERATOR]
