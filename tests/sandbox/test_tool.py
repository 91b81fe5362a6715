"""The fake adaptive tool as a reader of Kolibri's API meets it, and against recorded answers of a real one."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sandbox.accounts import truth
from app.sandbox.tool import FACILITY, PASSWORD, USERNAME
from app.sandbox.world import World

SIGN_IN = {"username": USERNAME, "password": PASSWORD, "facility": FACILITY}
RECORDED = {
    "facility": "/api/auth/facility/",
    "facilityuser": "/api/auth/facilityuser/",
    "classroom": "/api/auth/classroom/",
    "learnergroup": "/api/auth/learnergroup/",
    "membership": "/api/auth/membership/",
    "role": "/api/auth/role/",
    "lesson": "/api/lessons/lesson/",
    "contentnode": "/api/content/contentnode/",
    "attemptlog": "/api/logger/attemptlog/",
    "masterylog": "/api/logger/masterylog/?user=&content=",
    "public_facility": "/api/public/v1/facility/",
}


@pytest.fixture
async def tool(http: httpx.AsyncClient) -> httpx.AsyncClient:
    assert (await http.post("/tool/api/auth/session/", json=SIGN_IN)).status_code == 200
    return http


async def listed(tool: httpx.AsyncClient, path: str, **params: str) -> Any:
    answer = await tool.get(httpx.URL("/tool" + path).copy_merge_params(params))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("name", RECORDED)
async def test_says_what_a_real_server_says(tool: httpx.AsyncClient, shared: Path, name: str):
    real = json.loads((shared / "data" / "lms" / "kolibri" / f"{name}.json").read_text())
    ours = await listed(tool, RECORDED[name])
    assert ours
    assert {frozenset(record) for record in ours} == {frozenset(record) for record in real}
    types = {key: {type(record[key]) for record in real} - {type(None)} for key in real[0]}
    for record in ours:
        other = {key for key, value in record.items() if types[key] and type(value) not in types[key] | {type(None)}}
        assert other <= {"assessmentmetadata"}


async def test_a_class_summary_is_like_a_real_one(tool: httpx.AsyncClient, shared: Path):
    real = json.loads((shared / "data" / "lms" / "kolibri" / "classsummary_A.json").read_text())
    room = (await listed(tool, "/api/auth/classroom/"))[0]
    ours = await listed(tool, f"/coach/api/classsummary/{room['id']}/")
    assert set(ours) == set(real)
    for part in ("coaches", "learners", "groups", "content", "content_learner_status", "lessons"):
        assert set(ours[part][0]) == set(real[part][0])
    assert (await tool.get("/tool/coach/api/classsummary/none/")).status_code == 404


async def test_knows_the_learners_of_the_truth(tool: httpx.AsyncClient, world: World):
    people = {person["id"]: person for person in await listed(tool, "/api/auth/facilityuser/")}
    numbers = {key: person.number for person in truth(world.district) for key in person.tool}
    learners = {key for key, person in people.items() if not person["roles"]}
    assert learners == set(numbers)
    assert all(people[key]["id_number"].strip() in {number, ""} for key, number in numbers.items())


async def test_lists_by_page(tool: httpx.AsyncClient):
    whole = await listed(tool, "/api/auth/membership/")
    first = await listed(tool, "/api/auth/membership/", page_size="50")
    assert (first["page"], first["count"], len(first["results"])) == (1, len(whole), 50)
    pages = [
        await listed(tool, "/api/auth/membership/", page_size="50", page=str(n))
        for n in range(1, first["total_pages"] + 1)
    ]
    assert [record for page in pages for record in page["results"]] == whole
    beyond = await tool.get("/tool/api/auth/membership/", params={"page_size": "50", "page": "99"})
    assert beyond.status_code == 404


async def test_lists_content_in_pages_of_its_own(tool: httpx.AsyncClient):
    nodes, params = [], {"max_results": "5"}
    while params:
        answer = await listed(tool, "/api/content/contentnode/", **params)
        nodes += answer["results"]
        params = answer["more"]
    assert nodes == await listed(tool, "/api/content/contentnode/")


async def test_memberships_are_of_a_collection(tool: httpx.AsyncClient):
    for room in await listed(tool, "/api/auth/classroom/"):
        members = await listed(tool, "/api/auth/membership/", collection=room["id"])
        assert len(members) == room["learner_count"]
    for group in await listed(tool, "/api/auth/learnergroup/"):
        members = await listed(tool, "/api/auth/membership/", collection=group["id"])
        assert [member["user"] for member in members] == group["user_ids"]


async def test_mastery_logs_want_a_filter_and_agree_with_the_export(tool: httpx.AsyncClient):
    assert (await tool.get("/tool/api/logger/masterylog/")).status_code == 412
    logs = await listed(tool, "/api/logger/masterylog/", user="", content="")
    assert logs
    attempts = await listed(tool, "/api/logger/attemptlog/")
    assert {attempt["masterylog"] for attempt in attempts} == {log["id"] for log in logs}
    someone = attempts[0]["user"]
    theirs = await listed(tool, "/api/logger/masterylog/", user=someone, content="")
    assert {log["id"] for log in theirs} == {a["masterylog"] for a in attempts if a["user"] == someone}
    export = await summary(tool)
    assert len([row for row in export if row["Content kind"] == "exercise"]) == len(logs)


async def summary(tool: httpx.AsyncClient) -> list[dict[str, str]]:
    order = {"type": "kolibri.core.logger.tasks.exportsummarylogcsv", "facility": FACILITY}
    headers = {"X-CSRFToken": tool.cookies["kolibri_csrftoken"]}
    task = (await tool.post("/tool/api/tasks/tasks/", json=order, headers=headers)).json()
    assert (await listed(tool, f"/api/tasks/tasks/{task['id']}/"))["status"] == "COMPLETED"
    answer = await tool.get(f"/tool/facility/api/downloadcsvfile/summary/{FACILITY}/")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_the_export_is_like_a_real_one(tool: httpx.AsyncClient, shared: Path, world: World):
    real = (shared / "data" / "lms" / "kolibri" / "summary.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    rows = await summary(tool)
    assert ",".join(rows[0]) == real
    people = {person["username"] for person in await listed(tool, "/api/auth/facilityuser/")}
    assert {row["Username"] for row in rows} <= people
    world.flawed = True
    assert {row["Username"] for row in await summary(tool)} - people == {"ghost"}


async def test_those_who_left_are_deleted_accounts(tool: httpx.AsyncClient, world: World):
    path = "/api/auth/deletedfacilityuser/"
    assert await listed(tool, path) == []
    everyone = {person["id"] for person in await listed(tool, "/api/auth/facilityuser/")}
    world.advance(5)
    gone = await listed(tool, path)
    assert gone
    assert all(person["date_deleted"] for person in gone)
    left = {person["id"] for person in await listed(tool, "/api/auth/facilityuser/")}
    assert everyone - left == {person["id"] for person in gone}


async def test_a_week_brings_new_tries(tool: httpx.AsyncClient, world: World):
    before = {log["id"] for log in await listed(tool, "/api/logger/masterylog/", user="", content="")}
    world.advance(2)
    after = {log["id"] for log in await listed(tool, "/api/logger/masterylog/", user="", content="")}
    assert after - before


async def test_who_is_not_signed_in_gets_nothing(http: httpx.AsyncClient):
    assert await listed(http, "/api/auth/facilityuser/") == []
    assert await listed(http, "/api/logger/masterylog/", user="") == []
    assert (await http.post("/tool/api/auth/session/", json=SIGN_IN | {"password": "x"})).status_code == 401
    assert (await http.post("/tool/api/tasks/tasks/", json={})).status_code == 403
    assert (await http.get(f"/tool/facility/api/downloadcsvfile/summary/{FACILITY}/")).status_code == 403
    assert (await listed(http, "/api/auth/session/current/"))["kind"] == ["anonymous"]


async def test_signs_in_by_basic_too(http: httpx.AsyncClient):
    auth = (f"username={USERNAME}&facility_id={FACILITY}", PASSWORD)
    answer = await http.get("/tool/api/auth/classroom/", auth=auth)
    assert len(answer.json()) == 12
    wrong = await http.get("/tool/api/auth/classroom/", auth=(USERNAME, "wrong"))
    assert wrong.json() == []


async def test_a_session_without_its_token_may_not_change_anything(tool: httpx.AsyncClient):
    assert (await tool.post("/tool/api/tasks/tasks/", json={})).status_code == 403
