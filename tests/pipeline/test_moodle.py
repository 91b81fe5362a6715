"""Syncs of a Moodle that holds a school and enforces rights, all the way to learners' records."""

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
from app.sources.testing import test_source as check_source
from connectors.moodle.calls import TOGETHER
from connectors.moodle.rights import FUNCTIONS, NEEDS, RIGHTS
from tests.support.district import District
from tests.support.moodle import EVERY_RIGHT, IDENTITY, Moodle
from tests.support.moodle_school import AT, add_activities, add_learner, complete, grade_work, rated, school

BASE = "https://moodle.example.org"


@pytest.fixture
def moodle() -> Iterator[Moodle]:
    site = school()
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        router.post("/webservice/rest/server.php").mock(side_effect=site)
        yield site


@pytest.fixture
async def source(district: District) -> Source:
    return await district.source("moodle", "moodle", base_url=BASE, token="t0k3n")


async def learner(district: District, login: str) -> dict[str, Any]:
    await district.settle()
    for record in (await district.records()).values():
        if any(identifier["value"] == login for identifier in record["identifiers"]):
            return record
    raise AssertionError(f"no learner {login}")


def results(record: dict[str, Any], title: str) -> list[dict[str, Any]]:
    return [result for result in record["results"] if result.get("title") == title]


async def test_a_school_comes_whole(district: District, source: Source, moodle: Moodle) -> None:
    report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    record = await learner(district, "l11")
    work = {result["title"]: result for result in record["results"]}
    assert set(work) == {"Essay", "Portfolio", "Quiz", "Effort", "Course total", "Ratios", "Reading", "Equations"}
    assert (work["Essay"]["score"], work["Essay"]["maximum"]) == (87.5, 100)
    assert (work["Portfolio"]["level"], work["Portfolio"]["minimum"], work["Portfolio"]["maximum"]) == (
        "Advanced",
        1,
        4,
    )
    assert (work["Course total"]["score"], work["Course total"]["maximum"]) == (105.5, 115)
    assert work["Equations"]["class"]["title"] == "Art 2 Ünïcode & html"
    assert {enrollment["class"]["title"] for enrollment in record["enrollments"]} == {
        "Art 2 Ünïcode & html",
        "Period 1",
    }
    assert [credential["name"] for credential in record["credentials"]] == ["Robotics"]
    assert record["credentials"][0]["uri"] == f"{BASE}/badges/assertion.php?b=hash11"
    assert [piece["name"] for piece in record["evidence"]] == ["Camp & fair"]
    assert len(await district.records()) == 6, "a teacher and the token's own user are no learners"


async def test_people_without_an_email_address_are_read(district: District, source: Source, moodle: Moodle) -> None:
    assert moodle.users[15]["email"] == ""
    await pull(district.db, source)
    assert (await learner(district, "l15"))["identifiers"]


async def test_the_same_id_number_in_two_frameworks_is_two_competencies(
    district: District, source: Source, moodle: Moodle
) -> None:
    del moodle
    await pull(district.db, source)
    levels = {
        (standing.item.framework_title, standing.item.statement): standing.level
        for standing in await standings(district, "l11")
    }
    assert levels["Math 6", "Ratios"] == "Advanced"
    assert levels["ELA 6", "Reading"] == "Beginning"


async def test_a_completed_plan_keeps_its_ratings_and_none_stands_twice(
    district: District, source: Source, moodle: Moodle
) -> None:
    await pull(district.db, source)
    for plan in moodle.plans:
        complete(moodle, plan)
    report = await pull(district.db, source, full=True)
    assert (report.state, report.message) == ("done", None)
    record = await learner(district, "l11")
    assert [result["level"] for result in results(record, "Ratios")] == ["Advanced"]
    assert results(record, "Ratios")[0]["date"].startswith("2026-09-22"), "as of the day the plan was completed"


async def test_a_later_plan_rates_anew_and_the_completed_one_keeps_what_was_then(
    district: District, source: Source, moodle: Moodle
) -> None:
    complete(moodle, 11)
    moodle.plans[99] = {"id": 99, "name": "Next", "userid": 11, "status": 1, "competencies": [1]}
    moodle.rated[11, 1] = rated(2, AT + 900_000)
    await pull(district.db, source)
    assert sorted(result["level"] for result in results(await learner(district, "l11"), "Ratios")) == [
        "Advanced",
        "Developing",
    ]
    moodle.plans[98] = {"id": 98, "name": "Again", "userid": 11, "status": 1, "competencies": [1]}
    await pull(district.db, source, full=True)
    assert len(results(await learner(district, "l11"), "Ratios")) == 2, "one rating seen by way of two plans is one"


async def test_what_was_earned_remains_when_plans_classes_and_courses_go(
    district: District, source: Source, moodle: Moodle
) -> None:
    await pull(district.db, source)
    before = await learner(district, "l11")
    del moodle.plans[11], moodle.enrolled[2, 11]
    report = await pull(district.db, source, full=True, allow_shrink=True)
    assert report.state == "done"
    after = await learner(district, "l11")
    earned = [(result["title"], result.get("score"), result.get("level")) for result in before["results"]]
    assert [(entry["title"], entry.get("score"), entry.get("level")) for entry in after["results"]] == earned


async def test_a_hidden_grade_is_a_draft_and_a_taken_back_one_is_gone(
    district: District, source: Source, moodle: Moodle
) -> None:
    grade_work(moodle, 20, 11, 40, "40.00", gradeishidden=True)
    await pull(district.db, source)
    assert results(await learner(district, "l11"), "Essay") == []
    grade_work(moodle, 20, 11, 90, "90.00")
    await pull(district.db, source, full=True)
    assert [result["score"] for result in results(await learner(district, "l11"), "Essay")] == [90]
    grade_work(moodle, 20, 11, None, "-")
    await pull(district.db, source, full=True)
    assert results(await learner(district, "l11"), "Essay") == []


async def test_a_total_with_a_hidden_grade_in_it_is_told_to_nobody(
    district: District, source: Source, moodle: Moodle
) -> None:
    def totals(record: dict[str, Any]) -> list[float]:
        return [result["score"] for result in results(record, "Course total")]

    await pull(district.db, source)
    before, other = totals(await learner(district, "l11")), totals(await learner(district, "l12"))
    assert before
    grade_work(moodle, 20, 11, 40, "40.00", gradeishidden=True)
    await pull(district.db, source, full=True)
    assert len(totals(await learner(district, "l11"))) == len(before) - 1, "that of the course alone"
    assert totals(await learner(district, "l12")) == other
    grade_work(moodle, 20, 11, 40, "40.00")
    await pull(district.db, source, full=True)
    assert totals(await learner(district, "l11")) == before


async def test_sixty_learners_in_four_courses_take_few_requests_and_a_second_sync_no_more(
    district: District, source: Source
) -> None:
    site = school(learners=60, courses=4)
    for n in range(40):
        site.enrolled[2 + (n + 1) % 4, 11 + n] = {"roles": ["student"], "groups": [], "active": n % 2 == 0}
    with respx.mock(base_url=BASE) as router:
        router.post("/webservice/rest/server.php").mock(side_effect=site)
        assert (await pull(district.db, source)).state == "done"
        first, site.requests = site.requests, 0
        assert (await pull(district.db, source)).state == "done"
    assert first <= 40
    assert site.requests <= first


async def test_a_service_that_allows_one_function_at_a_time_says_the_same(
    district: District, source: Source, moodle: Moodle
) -> None:
    await pull(district.db, source)
    await district.settle()
    together = await district.records()
    moodle.functions.discard(TOGETHER)
    report = await pull(district.db, source, full=True)
    assert report.state == "done"
    assert (await district.settle()).persons == 0
    assert await district.records() == together


README_BEFORE = {
    "moodle/user:viewalldetails",
    "moodle/competency:competencyview",
    "moodle/competency:planview",
    "moodle/competency:usercompetencyview",
    "moodle/competency:userevidenceview",
}


async def test_a_listing_of_the_tokens_own_user_alone_is_never_synced(
    district: District, source: Source, moodle: Moodle
) -> None:
    moodle.rights = set(README_BEFORE)
    report = await pull(district.db, source)
    assert report.state in ("failed", "partial")
    assert "moodle/user:viewdetails" in (report.message or "")
    tested = await check_source(source)
    assert not tested.ok
    assert "moodle/user:viewdetails" in tested.message


async def test_the_rights_of_the_readme_are_enough_and_each_is_needed(source: Source, moodle: Moodle) -> None:
    add_activities(moodle, 2)
    moodle.separate_groups = {2}
    assert (await check_source(source)).ok
    for right in sorted(EVERY_RIGHT - {IDENTITY}):  # a site may well hide addresses: a note
        if right == "moodle/grade:viewhidden":
            continue  # without it what is hidden is left out, which no answer shows
        moodle.rights = set(EVERY_RIGHT) - {right}
        tested = await check_source(source)
        assert not tested.ok
        assert right in tested.message


async def test_a_site_that_hides_addresses_is_read_by_its_id_numbers_and_says_so(
    district: District, source: Source, moodle: Moodle
) -> None:
    moodle.shows_addresses = False
    report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    assert any("hides the e-mail address of 7 people" in note for note in report.streams["users"].notes)
    assert (await learner(district, "l11"))["identifiers"]
    for user in moodle.users.values():
        user["idnumber"] = ""
    report = await pull(district.db, source, full=True)
    assert "neither e-mail addresses nor ID numbers" in (report.message or "")


async def test_a_course_without_groups_is_read_and_one_whose_groups_are_hidden_costs_itself(
    district: District, source: Source, moodle: Moodle
) -> None:
    for (course, _), how in moodle.enrolled.items():
        how["groups"] = [] if course == 2 else how["groups"]
    moodle.separate_groups = {2, 3}
    report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    before = (await learner(district, "l12"))["enrollments"]
    moodle.own_groups_only = {3}
    report = await pull(district.db, source, full=True)
    assert report.state == "partial"
    assert "courseid 3: core_enrol_get_enrolled_users answered nopermissions" in (report.message or "")
    assert "Access all groups" in (report.message or "")
    assert "courseid 2" not in (report.message or "")
    assert (await learner(district, "l12"))["enrollments"] == before


async def test_an_empty_course_with_separate_groups_is_empty(
    district: District, source: Source, moodle: Moodle
) -> None:
    moodle.enrolled = {key: how for key, how in moodle.enrolled.items() if key[0] != 3}
    moodle.separate_groups = {3}
    assert (await pull(district.db, source)).state == "done"


async def test_who_is_suspended_in_a_course_keeps_the_grades_earned_there(
    district: District, source: Source, moodle: Moodle
) -> None:
    """A course's own report has active learners alone, by Moodle's default."""
    for user in (11, 13):
        moodle.enrolled[2, user]["active"] = False
    moodle.users[13]["suspended"] = True  # of such an account Moodle reports nothing by itself
    report = await pull(district.db, source)
    assert (report.state, report.message) == ("done", None)
    assert [result["score"] for result in results(await learner(district, "l11"), "Essay")] == [87.5]


async def test_grade_items_that_the_report_leaves_out_are_named(
    district: District, source: Source, moodle: Moodle
) -> None:
    moodle.rights -= {"mod/quiz:view"}
    report = await pull(district.db, source)
    assert report.state == "partial"
    assert "courseid 2: the gradebook lacks 'Quiz' (1 grade items" in (report.message or "")
    assert "mod/quiz:view" in (report.message or "")
    assert results(await learner(district, "l11"), "Essay"), "what may be seen comes"


@pytest.mark.parametrize("first", [True, False])
async def test_teachers_alone_are_no_listing_of_everybody(
    first: bool, district: District, source: Source, moodle: Moodle
) -> None:
    """Who may not see people is shown contacts of courses all the same; their ids stand before others' or behind."""
    moodle.shows_teachers = True
    for number in (4, 5, 6):
        add_learner(moodle, number, 2)
    if not first:
        moodle.users[9] = moodle.users[3] | {"id": 9, "username": "teacher2"}
    assert (await check_source(source)).ok
    moodle.rights -= {"moodle/user:viewdetails"}
    report = await pull(district.db, source)
    assert "people and hides others: give the token's user moodle/user:viewdetails" in (report.message or "")
    assert "enrollments" not in report.streams or not report.streams["enrollments"].counts.to


@pytest.mark.parametrize("stream", sorted(FUNCTIONS))
async def test_a_function_that_the_service_lacks_is_named(stream: str, source: Source, moodle: Moodle) -> None:
    name = FUNCTIONS[stream][-1]
    moodle.functions.discard(name)
    tested = await check_source(source)
    assert not tested.ok
    assert name in next(tried.message for tried in tested.streams if tried.stream == stream)


@pytest.mark.parametrize("stream", sorted(set(RIGHTS) - {"users", "courses"}))
async def test_a_stream_without_its_rights_is_an_error_and_not_an_empty_list(
    stream: str, district: District, source: Source, moodle: Moodle
) -> None:
    of_others = {right for name in NEEDS.get(stream, ()) for right in RIGHTS[name]}
    moodle.rights -= (set(RIGHTS[stream]) - of_others - {"moodle/grade:viewhidden"}) or {RIGHTS[stream][-1]}
    report = await pull(district.db, source)
    assert report.state == "partial"
    assert f"{stream}: " in (report.message or "")
    assert any(right in (report.message or "") for right in RIGHTS[stream])
    assert stream not in report.streams or not report.streams[stream].counts.total()


async def test_a_course_that_may_not_be_seen_costs_itself(district: District, source: Source, moodle: Moodle) -> None:
    moodle.forbidden_courses.add(3)
    report = await pull(district.db, source)
    assert report.streams["gradebook"].counts["new"] > 0
    assert "not accessible" in (report.message or "")
    assert report.state == "partial"


async def test_a_course_that_moodle_fails_over_costs_itself(district: District, source: Source, moodle: Moodle) -> None:
    moodle.broken_courses.add(3)
    report = await pull(district.db, source)
    assert report.state == "partial"
    assert "courseid 3: " in (report.message or "")
    assert results(await learner(district, "l11"), "Essay")
    moodle.broken_courses.add(2)
    report = await pull(district.db, source, full=True)
    assert (report.state, report.denied) == ("partial", False)
    assert results(await learner(district, "l11"), "Essay"), "what came before stays"


async def test_a_course_that_is_not_there_and_still_listed_takes_no_grade_from_anybody(
    district: District, source: Source, moodle: Moodle
) -> None:
    await pull(district.db, source)
    before = (await learner(district, "l11"))["results"]
    moodle.lost_courses.add(2)
    moodle.lost_plans.add(11)
    report = await pull(district.db, source, full=True, allow_shrink=True)
    assert report.state == "partial"
    assert "courseid 2: gradereport_user_get_grade_items answered invalidrecord" in (report.message or "")
    assert "id 11: core_competency_list_plan_competencies answered invalidrecord" in (report.message or "")
    assert (await learner(district, "l11"))["results"] == before, "none is shown as no longer listed"
    moodle.lost_courses.clear()
    moodle.lost_plans.clear()
    report = await pull(district.db, source, full=True)
    assert (report.state, report.message) == ("done", None)


async def test_a_service_without_its_first_function_says_what_moodle_says(
    district: District, source: Source, moodle: Moodle
) -> None:
    moodle.functions.clear()
    report = await pull(district.db, source)
    assert report.state == "failed"
    assert "core_webservice_get_site_info answered accessexception" in (report.message or "")
    tested = await check_source(source)
    assert not tested.ok
    assert "accessexception" in tested.message


async def standings(district: District, login: str) -> list[ItemStanding]:
    record = await learner(district, login)
    learner_id = UUID(record["id"])
    async with district.db.transaction(district.tenant.id) as tx:
        return (await evidence_board(tx, [learner_id])).standings(learner_id, datetime.now(UTC))
