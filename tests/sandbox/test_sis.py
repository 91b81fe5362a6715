"""The fake SIS as a OneRoster consumer meets it, and by the official schemas."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft4Validator

from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET, GRADEBOOK_PATH, ROSTERING_PATH, TOKEN_PATH
from app.sandbox.sis.collection import GRADEBOOKS, ROSTERING, SCOPE, SCOPES
from app.sandbox.sis.flaws import SIS_FLAWS
from app.sandbox.world import World

GRANT = {"grant_type": "client_credentials"}
TYPES = {
    "orgs": "OrgDType",
    "academicSessions": "AcademicSessionDType",
    "courses": "CourseDType",
    "classes": "ClassDType",
    "users": "UserDType",
    "enrollments": "EnrollmentDType",
    "demographics": "DemographicsDType",
    "categories": "CategoryDType",
    "scoreScales": "ScoreScaleDType",
    "lineItems": "LineItemDType",
    "results": "ResultDType",
    "assessmentLineItems": "AssessmentLineItemDType",
    "assessmentResults": "AssessmentResultDType",
}
DOCUMENTS = {
    ROSTERING_PATH: "onerosterv1p2rostersservice_openapi3_v1p0.json",
    GRADEBOOK_PATH: "onerosterv1p2gradebookservice_openapi3_v1p0.json",
}
EVERYTHING = [(ROSTERING_PATH, c) for c in ROSTERING] + [(GRADEBOOK_PATH, c) for c in GRADEBOOKS]


async def token(http: httpx.AsyncClient, scope: str = "") -> str:
    answer = await http.post(f"/sis{TOKEN_PATH}", data=GRANT | {"scope": scope}, auth=(CLIENT_ID, CLIENT_SECRET))
    assert answer.status_code == 200
    return str(answer.json()["access_token"])


@pytest.fixture
async def sis(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.headers["Authorization"] = f"Bearer {await token(http)}"
    return http


async def pulled(sis: httpx.AsyncClient, url: str, collection: str, **params: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    next_url: httpx.URL | str | None = httpx.URL(f"/sis{url}", params=params)
    while next_url:
        answer = await sis.get(next_url)
        assert answer.status_code == 200, answer.text
        items += answer.json()[collection]
        next_url = answer.links.get("next", {}).get("url")
    assert len(items) == int(answer.headers["X-Total-Count"])
    return items


def validator(shared: Path, prefix: str, name: str) -> Draft4Validator:
    document = json.loads((shared / "data" / "oneroster" / DOCUMENTS[prefix]).read_text())
    reference = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    return Draft4Validator(reference)


@pytest.mark.parametrize(("prefix", "collection"), EVERYTHING, ids=[c.path for _, c in EVERYTHING])
async def test_every_record_is_valid(sis: httpx.AsyncClient, shared: Path, prefix: str, collection: Any):
    official = validator(shared, prefix, TYPES[collection.plural])
    records = await pulled(sis, f"{prefix}/{collection.path}", collection.plural, limit="1000")
    assert records
    assert [list(official.iter_errors(record)) for record in records if not official.is_valid(record)] == []
    assert len({record["sourcedId"] for record in records}) == len(records)


async def test_wrong_records_are_wrong_and_few(sis: httpx.AsyncClient, world: World, shared: Path):
    world.flawed = True
    for prefix, collection in EVERYTHING:
        if collection.path not in SIS_FLAWS:
            continue
        official = validator(shared, prefix, TYPES[collection.plural])
        records = await pulled(sis, f"{prefix}/{collection.path}", collection.plural, limit="1000")
        wrong = {record["sourcedId"] for record in records if not official.is_valid(record)}
        assert wrong == {flaw["sourcedId"] for flaw in SIS_FLAWS[collection.path]}


async def test_every_reference_leads_to_a_record(sis: httpx.AsyncClient):
    for prefix, collection in EVERYTHING:
        record = (await sis.get(f"/sis{prefix}/{collection.path}", params={"limit": 1})).json()[collection.plural][0]
        references = [value for value in record.values() if isinstance(value, dict) and "href" in value]
        for reference in references:
            answer = await sis.get(reference["href"])
            assert answer.status_code == 200, reference
            assert next(iter(answer.json().values()))["sourcedId"] == reference["sourcedId"]


async def test_pages_by_limit_and_offset(sis: httpx.AsyncClient):
    url = f"/sis{ROSTERING_PATH}/students"
    whole = await pulled(sis, f"{ROSTERING_PATH}/students", "users", limit="64")
    assert len(whole) == 500
    middle = await sis.get(url, params={"limit": 10, "offset": 20})
    assert [user["sourcedId"] for user in middle.json()["users"]] == [user["sourcedId"] for user in whole[20:30]]
    assert set(middle.links) == {"first", "last", "next", "prev"}
    last = await sis.get(middle.links["last"]["url"])
    assert "next" not in last.links
    assert [user["sourcedId"] for user in last.json()["users"]] == [user["sourcedId"] for user in whole[490:]]
    beyond = await sis.get(url, params={"offset": 500})
    assert beyond.json() == {"users": []}
    assert len((await sis.get(url)).json()["users"]) == 100


async def test_filters_by_time_of_change(sis: httpx.AsyncClient, world: World):
    since = "dateLastModified>'2026-11-16T12:00:00.000Z'"
    url = f"{ROSTERING_PATH}/enrollments"
    assert await pulled(sis, url, "enrollments", filter=since) == []
    world.advance(2)
    changed = await pulled(sis, url, "enrollments", filter=since)
    gone = await pulled(sis, url, "enrollments", filter=f"{since} AND status='tobedeleted'")
    assert len(gone) == 5 * 8
    assert len(changed) == 5 * 8 + 5 * 16
    ended = [record for record in changed if record["status"] == "active" and "endDate" in record]
    assert {record["endDate"] for record in ended} == {"2026-11-15"}
    results = await pulled(sis, f"{GRADEBOOK_PATH}/results", "results", filter=since)
    assert results
    assert {record["scoreDate"] for record in results} <= {"2026-11-17", "2026-11-18"}


async def test_filters_through_nested_fields_and_lists(sis: httpx.AsyncClient):
    url = f"{ROSTERING_PATH}/users"
    principals = await pulled(sis, url, "users", filter="roles.role='principal'")
    assert len(principals) == 6
    either = await pulled(sis, url, "users", filter="roles.role='principal' OR roles.role='counselor'")
    assert len(either) == 12
    named = await pulled(sis, url, "users", filter="familyName~'placeholder'")
    assert named
    assert all("placeholder" in user["familyName"].lower() for user in named)


async def test_sorts_and_selects(sis: httpx.AsyncClient):
    url = f"{ROSTERING_PATH}/users"
    down = await pulled(sis, url, "users", sort="familyName", orderBy="desc", fields="familyName,sourcedId")
    assert {frozenset(user) for user in down} == {frozenset({"familyName", "sourcedId"})}
    names = [user["familyName"] for user in down]
    assert names == sorted(names, reverse=True)


@pytest.mark.parametrize(
    ("params", "status", "reason"),
    [
        ({"filter": "shoeSize='9'"}, 400, "invalid_filter_field"),
        ({"filter": "status=active"}, 400, "invalid_filter_field"),
        ({"filter": "status='active' XOR status='active'"}, 400, "invalid_filter_field"),
        ({"sort": "shoeSize"}, 400, "invalid_selection_field"),
        ({"fields": "shoeSize"}, 400, "invalid_selection_field"),
        ({"limit": "0"}, 422, "invaliddata"),
        ({"offset": "-1"}, 422, "invaliddata"),
    ],
)
async def test_says_what_is_wrong_in_a_request(
    sis: httpx.AsyncClient, shared: Path, params: dict[str, str], status: int, reason: str
):
    answer = await sis.get(f"/sis{ROSTERING_PATH}/users", params=params)
    assert answer.status_code == status
    assert validator(shared, ROSTERING_PATH, "imsx_StatusInfoDType").is_valid(answer.json())
    assert answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == reason


async def test_an_unknown_id_is_an_unknown_object(sis: httpx.AsyncClient):
    answer = await sis.get(f"/sis{ROSTERING_PATH}/users/nobody")
    assert answer.status_code == 404
    assert "unknownobject" in answer.text


async def test_parts_are_the_whole_seen_from_a_place(sis: httpx.AsyncClient):
    base = ROSTERING_PATH
    whole = {c["sourcedId"]: c for c in await pulled(sis, f"{base}/classes", "classes", limit="1000")}
    schools = await pulled(sis, f"{base}/schools", "orgs")
    of_schools = [
        c["sourcedId"]
        for school in schools
        for c in await pulled(sis, f"{base}/schools/{school['sourcedId']}/classes", "classes", limit="1000")
    ]
    assert sorted(of_schools) == sorted(whole)
    some = next(iter(whole))
    students = {user["sourcedId"] for user in await pulled(sis, f"{base}/classes/{some}/students", "users")}
    enrolled = await pulled(sis, f"{base}/enrollments", "enrollments", limit="5000", filter=f"class.sourcedId='{some}'")
    assert students == {e["user"]["sourcedId"] for e in enrolled if e["role"] == "student"}
    student = min(students)
    attended = await pulled(sis, f"{base}/students/{student}/classes", "classes")
    assert some in {c["sourcedId"] for c in attended}
    assert len(attended) == 8
    assert len(await pulled(sis, f"{base}/terms/sem-1/gradingPeriods", "academicSessions")) == 2
    items = await pulled(sis, f"{GRADEBOOK_PATH}/classes/cls-m01-MA-06-1/lineItems", "lineItems")
    assert len(items) == 3


@pytest.mark.parametrize("path", ["courses/crs-MA-06/classes", "schools/sch-m01/courses", "schools/sch-m01/terms"])
async def test_other_parts_answer(sis: httpx.AsyncClient, path: str):
    collection = {"classes": "classes", "courses": "courses", "terms": "academicSessions"}[path.rsplit("/", 1)[1]]
    assert await pulled(sis, f"{ROSTERING_PATH}/{path}", collection)


async def test_every_documented_read_is_served(sis: httpx.AsyncClient, shared: Path):
    for prefix, name in DOCUMENTS.items():
        paths = json.loads((shared / "data" / "oneroster" / name).read_text())["paths"]
        for path in (path for path, methods in paths.items() if "get" in methods):
            answer = await sis.get(f"/sis{prefix}{path.replace('{', '').replace('}', '')}")
            assert answer.status_code == 200 or "unknownobject" in answer.text, path


async def test_a_client_signs_in_by_header_or_by_form(http: httpx.AsyncClient):
    form = GRANT | {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    by_form = (await http.post(f"/sis{TOKEN_PATH}", data=form)).json()
    assert by_form["token_type"] == "Bearer"
    assert set(by_form["scope"].split()) == SCOPES
    assert by_form["access_token"] == await token(http)


@pytest.mark.parametrize(
    ("form", "auth", "status", "error"),
    [
        (GRANT, (CLIENT_ID, "wrong"), 401, "invalid_client"),
        (GRANT, None, 401, "invalid_client"),
        ({"grant_type": "password"}, (CLIENT_ID, CLIENT_SECRET), 400, "unsupported_grant_type"),
        (GRANT | {"scope": "everything"}, (CLIENT_ID, CLIENT_SECRET), 400, "invalid_scope"),
    ],
)
async def test_a_wrong_sign_in_is_refused(
    http: httpx.AsyncClient, form: dict[str, str], auth: tuple[str, str] | None, status: int, error: str
):
    answer = await http.post(f"/sis{TOKEN_PATH}", data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_a_token_opens_what_its_scope_names(http: httpx.AsyncClient):
    assert (await http.get(f"/sis{ROSTERING_PATH}/users")).status_code == 401
    http.headers["Authorization"] = f"Bearer {await token(http, SCOPE + 'roster.readonly')}"
    assert (await http.get(f"/sis{ROSTERING_PATH}/users")).status_code == 200
    refused = await http.get(f"/sis{ROSTERING_PATH}/demographics")
    assert refused.status_code == 403
    assert "forbidden" in refused.text
