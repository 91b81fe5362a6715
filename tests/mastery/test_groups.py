"""Groups over the API: a class by its source's key, its gradebook, its gaps, and what it needs this week and why."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest

from app.db.access import tenants
from app.db.mastery import mastery
from app.db.mastery.mastery import PolicyScope
from app.db.sources import sources
from app.frameworks.frameworks import import_package
from app.issuing.batch import issue_batch
from app.records.settle import settle
from app.sources.source import open_source
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import FRAMEWORK, SVG, piece, shop
from tests.support.district import VAULT, District, class_, enrollment, user
from tests.support.frameworks import ident
from tests.support.limits import LOOPBACK

VIEWS = ("gradebook", "gaps", "needs")
CLASS = {"source": "sis", "key": "c-1"}
TODAY = datetime.now(UTC).date()
LEARNERS = {"1001": "Ada", "1002": "Ben", "1003": "=HYPERLINK(1)", "1004": "Dee", "1005": "Eve"}
"""Who is known to the SIS: the fourth left the class, the fifth is in another one."""


def of(number: str, key: str, code: str, score: float, **more: Any) -> dict[str, Any]:
    return piece(key, code, score, "in-school") | {
        "id": f"{number}-{key}",
        "learner": {"identifiers": [{"type": "district", "value": number}]},
        **more,
    }


PUSHED = [
    of("1001", "1", "W.1", 9),
    of("1001", "2", "W.2", 4),
    of("1002", "1", "W.1", 9),
    of("1003", "1", "W.1", 3),
    of("1005", "1", "W.1", 9),
]


@pytest.fixture
async def group(api: Api) -> dict[str, str]:
    """A class of three in the SIS, what they showed elsewhere, and the headers of who may look."""
    tenant = await tenants.by_id(api.db, api.tenant)
    assert tenant is not None
    district = District(api.db, tenant)
    async with api.db.transaction(api.tenant) as tx:
        await import_package(tx, json.dumps(shop()).encode(), origin="test", base="https://x.org", at=datetime.now(UTC))
    sis = await district.source("sis", "oneroster")
    people = [user(f"u-{n}", name, "Sample", identifier=number) for n, (number, name) in enumerate(LEARNERS.items(), 1)]
    await district.take(sis, "users", people)
    await district.take(sis, "classes", [class_("c-1", "Wood 1"), class_("c-2", "Wood 2"), class_("c-3", "Empty")])
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    await district.take(
        sis,
        "enrollments",
        [
            *(enrollment(f"e-{n}", f"u-{n}", "c-1", beginDate="2026-08-17") for n in (1, 2, 3)),
            enrollment("e-4", "u-4", "c-1", endDate=yesterday),
            enrollment("e-5", "u-5", "c-2"),
            enrollment("e-6", "u-5", "c-1", role="teacher"),
        ],
    )
    headers = await api.pusher()
    pushed = await api.http.post("/v1/evidence", json=PUSHED, headers=headers)
    assert pushed.status_code in (200, 207), pushed.text
    await settle(api.db, api.tenant)
    return headers


async def ask(api: Api, view: str, headers: dict[str, str], **more: Any) -> Any:
    body = {"class": CLASS, "framework": FRAMEWORK, "names": True, **more}
    answer = await api.http.post(f"/v1/{view}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.text


async def test_a_class_is_who_is_enrolled_as_a_student_today(api: Api, group: dict[str, str]) -> None:
    book = await ask(api, "gradebook", group)
    assert {row["name"] for row in book["learners"]} == {"Ada Sample", "Ben Sample", "=HYPERLINK(1) Sample"}
    assert "name" not in (await ask(api, "gradebook", group, names=False))["learners"][0]
    listed = (await api.http.get("/v1/classes", headers=group)).json()["classes"]
    assert [(class_["source"], class_["key"], class_["title"]) for class_ in listed] == [
        ("sis", "c-1", "Wood 1"),
        ("sis", "c-2", "Wood 2"),
        ("sis", "c-3", "Empty"),
    ]
    first = (await api.http.get("/v1/classes", params={"limit": 1}, headers=group)).json()
    more = (await api.http.get("/v1/classes", params={"limit": 2, "after": first["next"]}, headers=group)).json()
    assert [class_["key"] for class_ in more["classes"]] == ["c-2", "c-3"]


async def test_a_class_without_students_is_no_group(api: Api, group: dict[str, str]) -> None:
    body = {"class": {"source": "sis", "key": "c-3"}, "framework": FRAMEWORK}
    for view in VIEWS:
        problem = problem_of(await api.http.post(f"/v1/{view}", json=body, headers=group), 422)
        assert problem["detail"].startswith("Nobody is enrolled as a student in the class of source 'sis', key 'c-3'")


async def test_a_class_has_the_students_of_its_parts(api: Api, group: dict[str, str]) -> None:
    tenant = await tenants.by_id(api.db, api.tenant)
    assert tenant is not None
    district = District(api.db, tenant)
    lms = await district.source("lms", "canvas", base_url="https://canvas.example.org", token="t")
    await district.take(lms, "users", [{"id": n, "name": name} for n, name in ((1, "Fay Sample"), (2, "Gus Sample"))])
    await district.take(lms, "courses", [{"id": 7, "name": "Wood", "account_id": 1, "workflow_state": "available"}])
    await district.take(lms, "sections", [{"id": n, "course_id": 7, "name": f"Wood {n}"} for n in (71, 72)])
    taught = [
        {
            "id": n,
            "user_id": n,
            "course_id": 7,
            "course_section_id": 70 + n,
            "type": "StudentEnrollment",
            "enrollment_state": "active",
        }
        for n in (1, 2)
    ]
    await district.take(lms, "enrollments", taught)
    await settle(api.db, api.tenant)
    for key, names in (("course:7", ["Fay Sample", "Gus Sample"]), ("71", ["Fay Sample"]), ("72", ["Gus Sample"])):
        book = await ask(api, "gradebook", group, **{"class": {"source": "lms", "key": key}})
        assert sorted(row["name"] for row in book["learners"]) == names


async def test_a_batch_is_for_who_is_in_class_or_was_when_it_ended(api: Api, group: dict[str, str]) -> None:
    """Each learner once: two enrollments in a class that is over, of whom one left before; nobody who was refused."""
    tenant = await tenants.by_id(api.db, api.tenant)
    assert tenant is not None
    district = District(api.db, tenant)
    async with api.db.transaction(api.tenant) as tx:
        row = await sources.by_slug(tx, "sis")
    assert row is not None
    sis = open_source(row, VAULT, LOOPBACK)
    over, before = ((TODAY - timedelta(days=days)).isoformat() for days in (10, 60))
    stayed, left = enrollment("e-7", "u-1", "c-3", endDate=over), enrollment("e-8", "u-2", "c-3", endDate=before)
    await district.take(sis, "enrollments", [stayed, left, enrollment("e-9", "u-1", "c-3", endDate=over)])
    await settle(api.db, api.tenant)
    award = {"name": "Wood 1", "description": "Wood", "criteria": "Built a box."}
    headers = bearer(await api.key())
    for key, people in (("c-1", 3), ("c-2", 1), ("c-3", 1)):
        body = {"award": award | {"name": key}, "source": row.id, "class": key}
        made = await api.http.post("/v1/credentials/batches", json=body, headers=headers)
        assert made.status_code == 202, made.text
        await issue_batch(api.app.state.service, api.tenant, UUID(made.json()["id"]))
        done = (await api.http.get(made.headers["location"], headers=headers)).json()
        assert done["counts"] == {"learners": people, "issued": people}, key
    wrong = {"award": award, "source": row.id, "class": "c-9"}
    problem = problem_of(await api.http.post("/v1/credentials/batches", json=wrong, headers=headers), 422)
    assert "tells of no class 'c-9'" in problem["detail"]


async def test_what_is_no_class_is_not_found(api: Api, group: dict[str, str]) -> None:
    for named in (
        {"source": "sis", "key": "c-9"},
        {"source": "nobody", "key": "c-1"},
        {"source": "sis", "key": "c'--"},
    ):
        for view in VIEWS:
            body = {"class": named, "framework": FRAMEWORK}
            problem_of(await api.http.post(f"/v1/{view}", json=body, headers=group), 404)


async def test_a_class_is_its_own_tenants(api: Api, group: dict[str, str]) -> None:
    stranger = bearer(await api.key(tenant=api.other))
    for view in VIEWS:
        body = {"class": CLASS, "framework": FRAMEWORK}
        problem_of(await api.http.post(f"/v1/{view}", json=body, headers=stranger), 404)
    assert (await api.http.get("/v1/classes", headers=stranger)).json()["classes"] == []


async def test_a_group_is_either_learners_or_a_class(api: Api) -> None:
    headers = bearer(await api.key())
    wrong: tuple[dict[str, Any], ...] = (
        {},
        {"class": CLASS, "learners": [str(uuid4())]},
        {"class": {"source": "sis", "key": "\0"}},
    )
    for who in wrong:
        problem_of(await api.http.post("/v1/needs", json={"framework": FRAMEWORK, **who}, headers=headers), 422)
    problem_of(await api.http.get("/v1/classes", params={"after": "WyJcdTAwMDAiLCAiIl0"}, headers=headers), 400)


async def test_the_gaps_of_a_class_say_who_and_what_comes_first(api: Api, group: dict[str, str]) -> None:
    gaps = await ask(api, "gaps", group)
    assert [(gap["code"], gap["met"], gap["of"], len(gap["learners"])) for gap in gaps] == [
        ("W.1", 2, 3, 1),
        ("W.2", 0, 3, 3),
        ("W.3", 0, 3, 3),
        ("P.2", 0, 3, 3),
    ]
    [left] = gaps[0]["learners"]
    assert (left["name"], left["level"]) == ("=HYPERLINK(1) Sample", "Beginning")
    waits = {learner["name"]: learner.get("after", []) for learner in gaps[1]["learners"]}
    assert waits == {"Ada Sample": [], "Ben Sample": [], "=HYPERLINK(1) Sample": [ident("W.1")]}


async def test_a_target_profile_asks_for_some_competencies_at_their_levels(api: Api, group: dict[str, str]) -> None:
    """Of the competencies of the class: nine of ten is Advanced, four of ten is begun, three of ten is Beginning."""
    first, two, third = ident("W.1"), ident("W.2"), "=HYPERLINK(1)"
    for target, short in (
        ([{"competency": first, "level": "Advanced"}], {"W.1": {third}}),
        ([{"competency": first}], {"W.1": {third}}),
        ([{"competency": first, "level": "Beginning"}], {}),
        ([{"competency": two, "level": "Beginning"}, {"competency": first}], {"W.1": {third}, "W.2": {"Ben", third}}),
        ([{"competency": two}], {"W.2": {"Ada", "Ben", third}}),
    ):
        gaps = await ask(api, "gaps", group, target=target)
        levels = {item["competency"]: item.get("level") for item in target}
        assert [gap.get("needs") for gap in gaps] == [levels[gap["competency"]] for gap in gaps]
        assert {gap["code"]: {who["name"].split()[0] for who in gap["learners"]} for gap in gaps} == short
    drawn = await ask(api, "gaps", group, target=[{"competency": first, "level": "Advanced"}], form="svg")
    assert "Advanced wanted: 2 met, 1 begun, of 3" in drawn
    for wrong in ({"competency": first, "level": "Great"}, {"competency": str(uuid4())}):
        body = {"class": CLASS, "framework": FRAMEWORK, "target": [wrong]}
        problem_of(await api.http.post("/v1/gaps", json=body, headers=group), 422)


async def test_what_a_class_needs_says_why_of_each_and_groups_them(api: Api, group: dict[str, str]) -> None:
    wood, people = await ask(api, "needs", group)
    cut, plane = sorted(wood["needs"], key=lambda need: need["code"])
    assert (wood["title"], cut["code"], plane["code"]) == ("Wood", "W.1", "W.2")
    [low] = cut["groups"]
    [learner] = low["learners"]
    assert (low["why"], learner["name"], learner["level"], learner["since"]) == (
        "below-mastery",
        "=HYPERLINK(1) Sample",
        "Beginning",
        "2026-09-01T10:00:00Z",
    )
    assert (learner["evidence"][0]["title"], learner["evidence"][0]["why"]) == ("Piece 1", "decided the level")
    assert cut["unlocks"] == [ident("W.2")]
    assert [(part["why"], [who["name"] for who in part["learners"]]) for part in plane["groups"]] == [
        ("below-mastery", ["Ada Sample"]),
        ("nothing-shown", ["Ben Sample"]),
    ]
    ben = plane["groups"][1]["learners"][0]
    assert (ben["since"], [before["code"] for before in ben["after"]]) == ("2026-09-01T10:00:00Z", ["W.1"])
    assert [(need["code"], len(need["learners"])) for need in people["needs"]] == [("P.2", 3)]


async def test_what_has_expired_is_a_need_of_its_own(api: Api, group: dict[str, str]) -> None:
    async with api.db.transaction(api.tenant) as tx:
        body = b'{"days": 30}'
        await mastery.add_policy(tx, "month", PolicyScope(), body, begins=datetime(2026, 8, 1, tzinfo=UTC), by="test")
        await tx.run("UPDATE mastery SET until = %s", datetime(2026, 10, 2, tzinfo=UTC))
    wood, _ = await ask(api, "needs", group)
    [cut] = wood["needs"]
    [lapsed] = cut["groups"]
    assert (cut["code"], lapsed["why"], len(lapsed["learners"])) == ("W.1", "expired", 3)
    assert {learner["since"] for learner in lapsed["learners"]} == {"2026-10-01T10:00:00Z"}
    assert lapsed["learners"][0]["evidence"][0]["why"] == "it expired on 2026-10-01"


async def test_no_spreadsheet_takes_a_name_for_a_formula(api: Api, group: dict[str, str]) -> None:
    written = await ask(api, "gradebook", group, form="csv", conversion={"Proficient": "+", "Advanced": "-2"})
    rows = list(csv.reader(io.StringIO(written)))
    assert rows[0] == ["learner", "name", "W.1", "W.2", "W.3", "P.2"]
    assert {tuple(row[1:]) for row in rows[1:]} == {
        ("Ada Sample", "-2", "Beginning", "", ""),
        ("Ben Sample", "-2", "", "", ""),
        ("'=HYPERLINK(1) Sample", "Beginning", "", "", ""),
    }


async def test_what_is_sensitive_is_no_groups_matter_unasked(api: Api, group: dict[str, str]) -> None:
    for view in VIEWS:
        for form in ("json", "svg"):
            assert "Shares tools" not in json.dumps(await ask(api, view, group, form=form))
    competencies = [ident("P.1"), ident("W.1")]
    assert [
        competency["code"]
        for competency in (await ask(api, "gradebook", group, competencies=competencies))["competencies"]
    ] == ["W.1"]
    assert "Shares tools" in json.dumps(await ask(api, "gaps", group, scope="all"))


async def test_a_groups_pictures_say_in_words_what_they_show(api: Api, group: dict[str, str]) -> None:
    descriptions = {"gradebook": "1 met, 1 begun", "gaps": "W.1: 2 of 3 met", "needs": "1 nothing shown yet"}
    for view, words in descriptions.items():
        picture = await ask(api, view, group, form="svg")
        assert picture == await ask(api, view, group, form="svg")
        root = ET.fromstring(picture)
        assert root.get("role") == "img"
        description = root.find(f"{SVG}desc")
        assert description is not None
        assert words in (description.text or "")
        assert "=HYPERLINK(1) Sample" in "".join(root.itertext()) or view == "gaps"
