"""Syncs of a small Google Classroom, all the way to learners' records."""

from collections.abc import Iterator
from typing import Any

import pytest
import respx

from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.district import District
from tests.support.google_classroom import ADMIN, Classroom, graded, key_file, school


@pytest.fixture
def classroom() -> Iterator[Classroom]:
    made = school()
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=made)
        yield made


@pytest.fixture
async def source(district: District) -> Source:
    return await district.source("google", "google_classroom", service_account=key_file(), subject=ADMIN)


async def results(district: District, user: str) -> list[tuple[Any, ...]]:
    await district.settle()
    for record in (await district.records()).values():
        if any(identifier["value"] == user for identifier in record["identifiers"]):
            return sorted(
                (result["class"]["title"], result["title"], result.get("score"), result["status"])
                for result in record["results"]
            )
    raise AssertionError(f"no learner {user}")


ADAS = [("Algebra (Period 2)", "Essay 11", 9, "fully graded"), ("Biology", "Essay 11", 7, "fully graded")]


async def test_a_class_without_any_address_is_read_where_the_caller_sees_their_own(
    district: District, source: Source, classroom: Classroom
) -> None:
    classroom.unaddressed = {"900", *(user for users in classroom.students.values() for user in users)}
    report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    assert await results(district, "1") == ADAS


async def test_a_second_sync_writes_nothing(district: District, source: Source, classroom: Classroom) -> None:
    first = await pull(district.db, source)
    assert (first.state, first.message) == ("done", None)
    assert await results(district, "1") == ADAS, "of two classes, in which course work has the same id"
    assert await results(district, "2") == [("Algebra (Period 2)", "Essay 11", None, "not submitted")]
    before = await district.bytes()
    idle = await pull(district.db, source)
    assert idle.state == "done"
    assert not any(stream.counts["new"] + stream.counts["updated"] for stream in idle.streams.values())
    assert await district.bytes() == before
    del classroom


async def test_who_leaves_a_class_keeps_what_was_earned_there(
    district: District, source: Source, classroom: Classroom
) -> None:
    await pull(district.db, source)
    classroom.students["101"].remove("1")
    report = await pull(district.db, source)
    assert report.state == "done"
    assert await results(district, "1") == ADAS


async def test_a_class_that_may_not_be_read_costs_itself_and_ends_nobody(
    district: District, source: Source, classroom: Classroom
) -> None:
    await pull(district.db, source)
    await district.settle()
    before = await district.bytes()
    classroom.denied = {"101"}
    report = await pull(district.db, source)
    assert report.state == "partial"
    assert "class 'Algebra' (101)" in (report.message or "")
    await district.settle()
    assert await district.bytes() == before
    classroom.denied = set()
    classroom.submissions["101"][1] = graded("101", "11", "2", 8)
    assert (await pull(district.db, source)).state == "done"
    assert await results(district, "2") == [("Algebra (Period 2)", "Essay 11", 8, "fully graded")]
