"""The fake LMS as a reader of the Canvas API meets it."""

from collections import Counter
from typing import Any

import httpx
import pytest

from app.sandbox.accounts import truth
from app.sandbox.lms import API, TOKEN
from app.sandbox.world import World

BASE = f"/lms{API}"


@pytest.fixture
def lms(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.headers["Authorization"] = f"Bearer {TOKEN}"
    return http


async def pulled(lms: httpx.AsyncClient, path: str, collection: str | None = None, **params: Any) -> list[Any]:
    items: list[Any] = []
    url: httpx.URL | str | None = httpx.URL(BASE + path, params={"per_page": "100", **params})
    while url:
        answer = await lms.get(url)
        assert answer.status_code == 200, answer.text
        items += answer.json()[collection] if collection else answer.json()
        url = answer.links.get("next", {}).get("url")
    return items


async def course_of_math(lms: httpx.AsyncClient) -> int:
    courses = await pulled(lms, "/accounts/1/courses")
    return int(next(course["id"] for course in courses if course["course_code"] == "MA-06"))


async def test_pages_through_links(lms: httpx.AsyncClient):
    first = await lms.get(f"{BASE}/accounts/self/users")
    assert len(first.json()) == 10
    assert set(first.links) == {"current", "next", "first", "last"}
    assert len((await lms.get(f"{BASE}/accounts/self/users", params={"per_page": "5000"})).json()) == 100
    users = await pulled(lms, "/accounts/self/users")
    assert len({user["id"] for user in users}) == len(users)
    assert users == await pulled(lms, "/accounts/self/users", per_page="7")


async def test_knows_the_learners_of_the_truth(lms: httpx.AsyncClient, world: World):
    users = {user["id"]: user for user in await pulled(lms, "/accounts/1/users", **{"include[]": "email"})}
    for person in truth(world.district):
        for key in person.lms:
            assert users[int(key)]["sis_user_id"] in {person.number, None}
            assert users[int(key)]["email"]
    assert all("email" not in user for user in await pulled(lms, "/accounts/1/users"))


async def test_courses_hold_together(lms: httpx.AsyncClient):
    users = {user["id"] for user in await pulled(lms, "/accounts/1/users")}
    courses = await pulled(lms, "/accounts/1/courses", **{"include[]": "term", "state[]": "available"})
    assert len(courses) == 40
    assert all(course["term"]["sis_term_id"] == "year-2027" for course in courses)
    kinds: Counter[str] = Counter()
    for course in courses:
        path = f"/courses/{course['id']}"
        sections = {section["id"] for section in await pulled(lms, f"{path}/sections")}
        everyone = {"state[]": ["active", "inactive", "completed", "deleted"]}
        for member in await pulled(lms, f"{path}/enrollments", **everyone):
            assert member["course_section_id"] in sections
            assert member["user_id"] in users or member["type"] == "StudentViewEnrollment"
            kinds[member["type"]] += 1
        assignments = {item["id"] for item in await pulled(lms, f"{path}/assignments")}
        handed_in = await pulled(lms, f"{path}/students/submissions", **{"student_ids[]": "all"})
        assert {item["assignment_id"] for item in handed_in} <= assignments
        assert {item["user_id"] for item in handed_in} <= users
        assert len({item["id"] for item in handed_in}) == len(handed_in)
    assert set(kinds) == {"StudentEnrollment", "TeacherEnrollment", "ObserverEnrollment", "StudentViewEnrollment"}


async def test_enrollments_are_active_unless_asked_otherwise(lms: httpx.AsyncClient, world: World):
    world.advance(5)
    states: Counter[str] = Counter()
    for course in await pulled(lms, "/accounts/1/courses"):
        path = f"/courses/{course['id']}/enrollments"
        active = await pulled(lms, path)
        assert {member["enrollment_state"] for member in active} <= {"active"}
        every = await pulled(lms, path, **{"state[]": ["active", "completed", "deleted"]})
        states.update(member["enrollment_state"] for member in every)
        students = await pulled(lms, path, **{"type[]": "StudentEnrollment"})
        assert [m["id"] for m in students] == [m["id"] for m in active if m["type"] == "StudentEnrollment"]
    assert min(states["completed"], states["deleted"]) > 0


async def test_results_name_their_outcome_and_where_they_came_from(lms: httpx.AsyncClient):
    path = f"/courses/{await course_of_math(lms)}"
    include = {"include[]": ["outcomes", "users", "alignments"]}
    answer = (await lms.get(BASE + path + "/outcome_results", params=include)).json()
    outcomes = {outcome["id"] for outcome in answer["linked"]["outcomes"]}
    users = {user["id"] for user in answer["linked"]["users"]}
    alignments = {item["id"] for item in answer["linked"]["alignments"]}
    for result in answer["outcome_results"]:
        assert int(result["links"]["learning_outcome"]) in outcomes
        assert int(result["links"]["user"]) in users
        assert result["links"]["alignment"] in alignments
        assert result["mastery"] == (result["score"] >= 3)
        assert result["percent"] == result["score"] / result["possible"]
    links = await pulled(lms, f"{path}/outcome_group_links", outcome_style="full")
    assert {link["outcome"]["id"] for link in links} == outcomes
    for outcome in outcomes:
        assert (await lms.get(f"{BASE}/outcomes/{outcome}")).json() in [link["outcome"] for link in links]
    groups = {group["id"] for group in await pulled(lms, f"{path}/outcome_groups")}
    assert {link["outcome_group"]["id"] for link in links} <= groups


async def test_rollups_repeat_a_learner_for_each_section(lms: httpx.AsyncClient):
    repeated = 0
    for course in await pulled(lms, "/accounts/1/courses"):
        rollups = await pulled(lms, f"/courses/{course['id']}/outcome_rollups", "rollups")
        per_user = Counter(rollup["links"]["user"] for rollup in rollups)
        repeated += sum(1 for count in per_user.values() if count == 2)
    assert repeated > 0


async def test_submissions_come_alone_or_by_learner_and_since_a_time(lms: httpx.AsyncClient, world: World):
    path = f"/courses/{await course_of_math(lms)}/students/submissions"
    every = await pulled(lms, path, **{"student_ids[]": "all", "include[]": "rubric_assessment"})
    grouped = await pulled(lms, path, **{"student_ids[]": "all", "grouped": "1"})
    assert sum(len(group["submissions"]) for group in grouped) == len(every)
    assert any("rubric_assessment" in item for item in every)
    assert {item["workflow_state"] for item in every} <= {"graded", "submitted", "unsubmitted"}
    assert await pulled(lms, path, submitted_since="2026-11-17T00:00:00Z") == []
    world.advance(2)
    fresh = await pulled(lms, path, submitted_since="2026-11-17T00:00:00Z")
    assert fresh
    assert {item["assignment_id"] for item in fresh}.isdisjoint(item["assignment_id"] for item in every)


async def test_accounts_are_the_district_and_its_schools(lms: httpx.AsyncClient):
    assert [account["id"] for account in await pulled(lms, "/accounts")] == [1]
    below = await pulled(lms, "/accounts/1/sub_accounts", recursive="true")
    assert len(below) == 6
    assert {account["parent_account_id"] for account in below} == {1}
    courses = await pulled(lms, "/accounts/1/courses")
    assert {course["account_id"] for course in courses} <= {account["id"] for account in below}
    school = courses[0]["account_id"]
    of_school = await pulled(lms, f"/accounts/{school}/courses")
    assert [course["id"] for course in of_school] == [c["id"] for c in courses if c["account_id"] == school]


@pytest.mark.parametrize("path", ["/courses/1", "/courses/x", "/accounts/99", "/users/3", "/outcomes/1"])
async def test_what_is_not_there_is_not_found(lms: httpx.AsyncClient, path: str):
    answer = await lms.get(BASE + path)
    assert answer.status_code == 404
    assert answer.json() == {"errors": [{"message": "The specified resource does not exist."}]}


@pytest.mark.parametrize(
    "path", ["/users/self", "/users/10003", "/accounts/1/terms", "/courses/1001/assignment_groups"]
)
async def test_small_things_are_told(lms: httpx.AsyncClient, path: str):
    assert (await lms.get(BASE + path)).json()


async def test_observers_see_their_children(lms: httpx.AsyncClient):
    observers = [user for user in await pulled(lms, "/accounts/1/users") if user["login_id"].startswith("guardian")]
    assert observers
    assert await pulled(lms, f"/users/{observers[0]['id']}/observees")


@pytest.mark.parametrize("status", [403, 429])
async def test_throttles_as_often_as_told(lms: httpx.AsyncClient, world: World, status: int):
    world.throttled, world.throttle_status = 2, status
    answers = [await lms.get(f"{BASE}/users/self") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].text == "403 Forbidden (Rate Limit Exceeded)"


async def test_asks_for_a_token(http: httpx.AsyncClient):
    assert (await http.get(f"{BASE}/users/self")).status_code == 401
