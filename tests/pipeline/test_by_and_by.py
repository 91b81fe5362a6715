"""A source's key that becomes another child's by and by: in runs of which each alone looks like a correction."""

from datetime import timedelta
from typing import Any

import pytest

from app.pipeline.replay import replay
from tests.support.ben import ADA, BEN, TUESDAY, WEDNESDAY, ben, demographics
from tests.support.district import District, enrollment, user

ZOE: dict[str, Any] = user("u-1", "Zoe", "Other", identifier="100001", username="zoe", grades=["03"])


@pytest.mark.parametrize("first", ["users", "demographics"])
async def test_who_gets_a_recycled_key_by_and_by_is_a_learner_of_their_own(district: District, first: str) -> None:
    """The name is overwritten in one run and the birth date in a later one: each looks like a correction."""
    sis, bens = await ben(district)
    name, birth = ("users", [ZOE, ADA]), ("demographics", [demographics("u-1", "2016-01-01")])
    steps = (name, birth) if first == "users" else (birth, name)
    await district.take(sis, *steps[0], TUESDAY)
    await district.take(sis, "enrollments", [enrollment("e-9", "u-1", "drawing")], TUESDAY + timedelta(hours=1))
    await district.settle()
    assert len(await district.records()) == 2
    await district.take(sis, *steps[1], WEDNESDAY)
    await district.settle()
    records = await district.records()
    assert len(records) == 3
    [zoe] = [r for r in records.values() if r["names"][0]["given"] == "Zoe"]
    bens_record = records[bens]
    assert [name["value"] for name in bens_record["names"]] == ["Ben Family1"]
    assert [birth["value"] for birth in bens_record["birthDates"]] == ["2011-02-02"]
    assert [e["class"]["key"] for e in bens_record["enrollments"]] == ["algebra"]
    assert [birth["value"] for birth in zoe["birthDates"]] == ["2016-01-01"]
    assert [e["class"]["key"] for e in zoe["enrollments"]] == ["drawing"], "what came since the first of the two"
    [match] = [m for m in await district.near_matches() if "u-1" in (m.left_key, m.right_key)]
    assert "has become another person's: name and birth date differ" in match.reason
    before = await district.bytes()
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before


BY_AND_BY: dict[str, list[tuple[str, list[dict[str, Any]]]]] = {
    "a marriage, a moved day and a name of one's own choice": [
        ("users", [{**BEN, "familyName": "Other"}]),
        ("demographics", [demographics("u-1", "2011-02-20")]),
        ("users", [{**BEN, "givenName": "Robin", "familyName": "Other"}]),
    ],
    "typing mistakes": [
        ("users", [{**BEN, "givenName": "Bem"}]),
        ("demographics", [demographics("u-1", "2011-02-03")]),
        ("users", [{**BEN, "givenName": "Benn"}]),
        ("demographics", [demographics("u-1", "2012-02-03")]),
    ],
    "a birth date that nobody knew, and a new number": [
        ("demographics", [demographics("u-1", "2011-01-01")]),
        ("users", [{**BEN, "identifier": "100009"}]),
        ("demographics", [demographics("u-1", "2011-02-02")]),
    ],
}


@pytest.mark.parametrize("changes", BY_AND_BY)
async def test_corrections_pass_by_and_by_too(district: District, changes: str) -> None:
    sis, bens = await ben(district)
    for n, (stream, rows) in enumerate(BY_AND_BY[changes]):
        await district.take(sis, stream, rows, TUESDAY + timedelta(days=n))
        await district.settle()
    assert len(await district.records()) == 2
    assert bens in await district.records()
    assert not await district.near_matches()
