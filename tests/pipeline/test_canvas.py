"""Syncs of a small Canvas that changes, denies and counts, all the way to learners' records."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import respx

from app.mastery.evidence import evidence_board
from app.mastery.standing import ItemStanding
from app.pipeline.pull import pull
from app.sources.source import Source
from tests.support.canvas import Canvas
from tests.support.district import District

BASE = "https://canvas.example.org"


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    made = Canvas()
    with respx.mock(base_url=BASE) as router:
        router.route().mock(side_effect=made)
        yield made


@pytest.fixture
async def source(district: District) -> Source:
    return await district.source("canvas", "canvas", base_url=BASE, token="t0k3n")


async def learner(district: District, person: int) -> dict[str, Any]:
    await district.settle()
    for record in (await district.records()).values():
        if any(identifier["value"] == f"l{person}" for identifier in record["identifiers"]):
            return record
    raise AssertionError(f"no learner {person}")


async def standings(district: District, person: int) -> list[ItemStanding]:
    learner_id = UUID((await learner(district, person))["id"])
    async with district.db.transaction(district.tenant.id) as tx:
        return (await evidence_board(tx, [learner_id])).standings(learner_id, datetime.now(UTC))


def earned(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted((result["title"], result.get("score"), result["class"]["title"]) for result in record["results"])


async def test_a_learner_who_leaves_a_class_keeps_what_was_earned_there(
    district: District, source: Source, canvas: Canvas
) -> None:
    assert (await pull(district.db, source)).state == "done"
    before = earned(await learner(district, 103))
    assert len(before) == 6, "a grade, a course grade and an outcome result in each of two courses"
    canvas.left.add(103)
    report = await pull(district.db, source, full=True)
    assert (report.state, report.message) == ("done", None)
    after = await learner(district, 103)
    assert earned(after) == before
    assert all(enrollment.get("past") or enrollment.get("ended") for enrollment in after["enrollments"])


@pytest.mark.parametrize(("manages", "state"), [(True, "done"), (False, "partial")])
async def test_who_may_manage_sis_data_sees_it_and_who_may_neither_is_denied(
    manages: bool, state: str, district: District, source: Source, canvas: Canvas
) -> None:
    canvas.lacks.add("SIS Data - read")
    canvas.manages_sis = manages
    report = await pull(district.db, source)
    assert report.state == state
    assert ("lacks SIS Data - read" in (report.message or "")) is not manages


async def test_who_hides_logins_on_purpose_has_people_without_them_and_is_told(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.lacks.add("Users - view login IDs")
    report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    hidden = "logins are not shown to the token: turn on 'Users - view login IDs' for its role to have them"
    assert [note for note in report.streams["users"].notes if "not shown" in note] == [hidden]
    await district.settle()
    kinds = {i["type"] for record in (await district.records()).values() for i in record["identifiers"]}
    assert "username" not in kinds
    assert kinds & {"sourced", "district"}


async def test_an_assignments_total_says_nothing_of_an_outcome_of_its_rubric(
    district: District, source: Source, canvas: Canvas
) -> None:
    await pull(district.db, source)
    assert [standing.item.statement for standing in await standings(district, 101)] == ["Argue"]
    assert await standings(district, canvas.people[-1]) == [], "graded without the rubric: 7 of 10, and no result"


async def test_an_outcome_is_named_by_the_outcome_and_its_framework(
    district: District, source: Source, canvas: Canvas
) -> None:
    del canvas
    await pull(district.db, source)
    [standing] = await standings(district, 101)
    assert (standing.item.statement, standing.item.framework_title) == ("Argue", "District")


async def test_a_course_that_may_not_be_read_costs_itself_in_canvass_words(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.denied.add(2)
    report = await pull(district.db, source)
    assert report.state == "partial"
    assert "course 2: " in (report.message or "")
    assert "user not authorized to perform that action" in (report.message or "")
    assert {work[2] for work in earned(await learner(district, 101))} == {"Course 1"}


async def test_forty_courses_unchanged_take_few_requests_and_one_that_changed_a_few_more(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.courses = 40
    canvas.concluded = {3}
    await pull(district.db, source)
    first = canvas.asked["total"]
    assert first <= 11 + 7 * 40
    canvas.asked.clear()
    assert (await pull(district.db, source)).state == "done"
    assert canvas.asked["total"] <= 12, canvas.asked
    canvas.asked.clear()
    canvas.touched[7] += 1
    canvas.scores[7, 101] = 9
    assert (await pull(district.db, source)).state == "done"
    assert canvas.asked["total"] <= 12 + 6, canvas.asked
    assert ("Essay", 9, "Course 7") in earned(await learner(district, 101))


async def test_a_course_that_ended_is_read_once_more_and_then_rests(
    district: District, source: Source, canvas: Canvas
) -> None:
    await pull(district.db, source)
    canvas.concluded.add(2)
    await pull(district.db, source)
    grades = {
        result["class"]["title"]: result
        for result in (await learner(district, 101))["results"]
        if result["title"] == "Course grade"
    }
    assert (grades["Course 1"]["score"], grades["Course 1"]["status"]) == (91.5, "partially graded")
    assert (grades["Course 2"]["score"], grades["Course 2"]["status"]) == (80, "fully graded")
    canvas.asked.clear()
    await pull(district.db, source)
    assert not [path for path in canvas.asked if path.startswith("/api/v1/courses/")]


async def test_a_canvas_without_graphql_is_asked_for_work_alone(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.graphql = False
    canvas.courses = 10
    await pull(district.db, source)
    canvas.asked.clear()
    canvas.touched[4] += 1
    canvas.scores[4, 101] = 10
    await pull(district.db, source)
    assert canvas.asked["/api/v1/courses/N/students/submissions"] == 20 + 1, "and whether what changed is posted"
    assert canvas.asked["total"] <= 20 + 10 + 12
    assert ("Essay", 10, "Course 4") in earned(await learner(district, 101))


@pytest.mark.parametrize("full", [False, True])
async def test_a_course_that_did_not_answer_once_is_asked_for_what_it_owes(
    district: District, source: Source, canvas: Canvas, *, full: bool
) -> None:
    await pull(district.db, source)
    canvas.touched.update((1, 2))
    canvas.scores[2, 101] = 9
    canvas.denied.add(2)
    assert (await pull(district.db, source, full=full)).state == "partial"
    canvas.denied.clear()
    canvas.touched.clear()  # nothing has changed since the sync that could not read it
    canvas.owes = {2: "2026-11-30T05:50:00Z"}
    assert (await pull(district.db, source)).state == "done"
    assert ("Essay", 9, "Course 2") in earned(await learner(district, 101))
    canvas.asked.clear()
    assert (await pull(district.db, source)).state == "done"
    assert not [path for path in canvas.asked if path.startswith("/api/v1/courses/")], "and then it rests"


async def test_a_course_that_never_answers_costs_itself_at_every_sync(
    district: District, source: Source, canvas: Canvas
) -> None:
    await pull(district.db, source)
    canvas.touched.update((1, 2))
    canvas.denied.add(2)
    for _ in range(3):
        report = await pull(district.db, source)
        assert report.state == "partial"
        assert "course 2: " in (report.message or "")
    canvas.touched[1] += 1
    canvas.scores[1, 101] = 9
    assert (await pull(district.db, source)).state == "partial"
    assert ("Essay", 9, "Course 1") in earned(await learner(district, 101))


async def test_what_is_not_posted_is_no_level_yet_and_is_one_once_it_is(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.unposted = {(1, 101), (2, 101)}
    await pull(district.db, source)
    assert await standings(district, 101) == [], "Canvas lists the outcome result to administrators, and to no learner"
    assert [standing.item.statement for standing in await standings(district, 102)] == ["Argue"]
    canvas.unposted = set()
    await pull(district.db, source, full=True)
    assert [stands.item.statement for stands in await standings(district, 101)] == ["Argue"]
    canvas.unposted = {(1, 101), (2, 101)}
    await pull(district.db, source, full=True)
    assert await standings(district, 101) == [], "hidden again"


async def test_a_sync_of_changes_knows_too_what_is_not_posted(
    district: District, source: Source, canvas: Canvas
) -> None:
    await pull(district.db, source)
    canvas.unposted = {(1, 101), (2, 101)}
    canvas.touched.update([1, 2])
    await pull(district.db, source)
    assert await standings(district, 101) == []
    assert [standing.item.statement for standing in await standings(district, 102)] == ["Argue"]


async def test_who_moves_to_another_section_has_not_ended_the_course(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.moved = {101}
    await pull(district.db, source)
    totals = {(course_grade["score"], course_grade["status"]) for course_grade in await course_grades(district, 101)}
    assert totals == {(91.5, "partially graded")}, "and not 80, in which missing work counts as nothing"


async def course_grades(district: District, person: int) -> list[dict[str, Any]]:
    return [result for result in (await learner(district, person))["results"] if result["title"] == "Course grade"]


async def test_a_course_that_is_over_by_its_dates_tells_its_final_grade(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.over = {1}
    await pull(district.db, source)
    totals = {
        course_grade["class"]["title"]: (course_grade["score"], course_grade["status"])
        for course_grade in await course_grades(district, 101)
    }
    assert totals == {"Course 1": (80.0, "fully graded"), "Course 2": (91.5, "partially graded")}


async def test_a_total_that_its_course_hides_is_told_to_nobody(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.hiding = {1}
    await pull(district.db, source)
    assert [course_grade["class"]["title"] for course_grade in await course_grades(district, 101)] == ["Course 2"]


QUARTERS = [
    {"id": "31", "title": "Q1", "start_date": "2026-08-15T06:00:00Z", "end_date": "2026-10-17T05:59:59Z"},
    {"id": "32", "title": "Q2", "start_date": "2026-10-17T06:00:00Z", "end_date": "2026-12-20T06:59:59Z"},
    {"id": "33", "title": "Q3", "start_date": "2027-01-05T07:00:00Z", "end_date": "2027-03-12T06:59:59Z"},
]


def of_periods(record: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (result["class"]["title"], result["title"], result["score"], result["status"])
        for result in record["results"]
        if result["title"].startswith("Course grade, ")
    )


async def test_grades_come_by_grading_period_and_are_final_when_it_has_closed(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.courses, canvas.periods = 1, QUARTERS
    assert (await pull(district.db, source)).state == "done"
    first = ("Course 1", "Course grade, Q1", 60, "fully graded")
    second = ("Course 1", "Course grade, Q2", 122, "partially graded")
    assert of_periods(await learner(district, 101)) == [first, second]
    assert of_periods(await learner(district, 102)) == [second], "a zero for who was not there"
    canvas.asked.clear()
    idle = await pull(district.db, source)
    assert not any(stream.counts["new"] + stream.counts["updated"] for stream in idle.streams.values())
    assert not [path for path in canvas.asked if path.startswith("/api/v1/courses/")]


async def test_work_that_is_graded_changes_the_grades_of_the_course_it_is_in(
    district: District, source: Source, canvas: Canvas
) -> None:
    canvas.periods = QUARTERS
    await pull(district.db, source)
    canvas.asked.clear()
    canvas.touched[2] += 1
    await pull(district.db, source)
    assert canvas.asked["/api/v1/courses/N/enrollments"] == 2 - 1 + 1, "the course, and the period that is open"


@pytest.mark.parametrize(("concluded", "counted"), [(False, False), (True, True)])
async def test_a_total_that_learners_are_not_shown_waits_for_the_end_of_the_course(
    district: District, source: Source, canvas: Canvas, *, concluded: bool, counted: bool
) -> None:
    canvas.courses, canvas.periods, canvas.totals = 1, QUARTERS, False
    canvas.concluded = {1} if concluded else set()
    await pull(district.db, source)
    record = await learner(district, 101)
    assert any(result["title"] == "Course grade" for result in record["results"]) == counted
    assert len(of_periods(record)) == 2


@pytest.mark.parametrize(("status", "state"), [(404, "done"), (401, "partial")])
async def test_grading_periods_that_may_not_be_read_cost_themselves(
    district: District, source: Source, canvas: Canvas, status: int, state: str
) -> None:
    canvas.periods, canvas.no_periods = QUARTERS, status
    report = await pull(district.db, source)
    assert report.state == state
    assert ("grading_periods" in (report.message or "")) == (status == 401)
    assert len(earned(await learner(district, 101))) == 6


async def test_a_rubric_says_what_was_reached_row_by_row_once_the_grade_is_posted(
    district: District, source: Source, canvas: Canvas
) -> None:
    rated = {"_1": {"rating_id": None, "points": 3, "comments": "cites"}, "_2": {"points": 4.0, "comments": ""}}
    canvas.courses, canvas.rated = 1, {(1, 101): rated, (1, 102): rated}
    canvas.unposted = {(1, 102)}
    canvas.rated[1, 103] = {"_1": "not as documented"}
    await pull(district.db, source)
    words = {
        person: [result.get("narrative") for result in (await learner(district, person))["results"]]
        for person in (101, 102, 103)
    }
    assert [text for text in words[101] if text] == ["Argues: 3 of 4. cites\n_2: 4 of 4"]
    assert not any(words[102] + words[103])
    essays = [result for result in (await learner(district, 101))["results"] if result["title"] == "Essay"]
    assert {essay["category"] for essay in essays} == {"Papers"}
