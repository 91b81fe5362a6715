"""A person's row that cannot be read, and is another child's: what follows under its key is never the first child's."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.district import MORNING, District, enrollment, user

TUESDAY, WEDNESDAY, FRIDAY = (MORNING + timedelta(days=days) for days in (1, 2, 4))
BEN: dict[str, Any] = user("u-1", "Ben", "Family1", identifier="100001", username="ben")
ZOE: dict[str, Any] = user("u-1", "Zoe", "Other", identifier="555001", username="zoe")
ADA: dict[str, Any] = user("u-2", "Ada", "Sample", identifier="100002")

UNREADABLE: list[dict[str, Any]] = [{"roles": "junk"}, {"status": "gone"}, {"dateLastModified": "yesterday"}]


@pytest.mark.parametrize("wrong", UNREADABLE, ids=str)
async def test_a_row_that_cannot_be_read_and_is_another_childs(district: District, wrong: dict[str, Any]) -> None:
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [BEN, ADA])
    await district.listing(sis, "enrollments", [enrollment("e-1", "u-1", "algebra")])
    await district.settle()
    for day in (TUESDAY, WEDNESDAY):
        outcome = await district.take(sis, "users", [{**ZOE, **wrong}, ADA], day)
        assert len(outcome.rejected) == 1
        assert any("has become another person's" in note for note in outcome.notes) == (day == TUESDAY)
    await district.take(sis, "enrollments", [enrollment("e-9", "u-1", "drawing")], WEDNESDAY)
    assert await taught(district) == {"Ben": ["algebra"], "Ada": [], "": ["drawing"]}
    await district.take(sis, "users", [ZOE, ADA], FRIDAY)
    assert await taught(district) == {"Ben": ["algebra"], "Ada": [], "Zoe": ["drawing"]}


async def test_a_row_of_which_nothing_can_be_read_and_that_was_another_childs(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [BEN, ADA])
    await district.listing(sis, "enrollments", [enrollment("e-1", "u-1", "algebra")])
    await district.settle()
    assert len((await district.take(sis, "users", [{"sourcedId": "u-1", "status": []}, ADA], TUESDAY)).rejected) == 1
    await district.take(sis, "enrollments", [enrollment("e-9", "u-1", "drawing")], WEDNESDAY)
    await district.take(sis, "users", [ZOE, ADA], FRIDAY)
    assert await taught(district) == {"Ben": ["algebra"], "Ada": [], "Zoe": ["drawing"]}


async def test_a_row_that_was_junk_for_a_day_is_the_first_childs_again(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [BEN, ADA])
    await district.settle()
    await district.take(sis, "users", [{**ZOE, "roles": "junk"}, ADA], TUESDAY)
    await district.take(sis, "users", [BEN, ADA], WEDNESDAY)
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "algebra")], FRIDAY)
    assert await taught(district) == {"Ben": ["algebra"], "Ada": []}


async def taught(district: District) -> dict[str, list[str]]:
    """The classes of each learner, by the learner's given name."""
    await district.settle()
    return {
        record["names"][0]["given"] if record["names"] else "": sorted(e["class"]["key"] for e in record["enrollments"])
        for record in (await district.records()).values()
    }
