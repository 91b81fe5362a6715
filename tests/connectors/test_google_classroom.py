"""The Google Classroom connector against answers in the shape of Google's discovery document, and a small Classroom."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ConfigError, MappingError, RightsLacking, SourceDenied
from connectors.fields import Fields
from connectors.google_classroom import connector
from schemas import Enrollment, LineItem, Person, Result
from tests.support.google_classroom import ADMIN, READS, Classroom, graded, key_file, school, submission
from tests.support.pulled import JSON, expected, fixture, mapped_pages, pages, raws, stream_of

BASE = "https://classroom.googleapis.com"
TOKENS = "https://oauth2.googleapis.com"
NAMES = [stream.name for stream in connector.streams if stream.pull]


def answered(request: httpx.Request) -> httpx.Response:
    """What the fixtures say: one class of two."""
    if request.url.path == "/token":
        return httpx.Response(200, json={"access_token": "t", "expires_in": 3599})
    path = request.url.path.split("/")
    name = {"students": "members", "studentSubmissions": "submissions"}.get(path[-1], path[-1])
    if name == "members" and path[3] == "620002":
        return httpx.Response(200, content=fixture(connector, name, "archived.json"))
    if name == "teachers" or (len(path) > 4 and path[3] == "620002"):
        return httpx.Response(200, json={})
    if name == "rubrics":
        return httpx.Response(200, content=fixture(connector, "submissions", "rubrics.json"))
    return httpx.Response(200, content=fixture(connector, name))


@pytest.fixture
def classroom() -> Iterator[Classroom]:
    made = school()
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=BASE).mock(side_effect=made)
        router.route(url__startswith=TOKENS).mock(side_effect=made)
        yield made


def opened(**changes: Any) -> httpx.AsyncClient:
    assert connector.client is not None
    settings = {"client_id": "id", "client_secret": "s", "refresh_token": "r3fresh"} | changes
    return connector.client(connector.settings.model_validate({k: v for k, v in settings.items() if v is not None}))


def acting(**changes: Any) -> httpx.AsyncClient:
    """As a service account does."""
    none = dict.fromkeys(("client_id", "client_secret", "refresh_token"))
    return opened(**none, **{"service_account": key_file(), "subject": ADMIN, **changes})


@pytest.mark.parametrize("name", NAMES)
async def test_documented_answers_say_the_golden_records_twice(name: str) -> None:
    with respx.mock(assert_all_called=False) as router:
        router.route().mock(side_effect=answered)
        stream = stream_of(connector, name)
        async with opened(time_zone="America/Denver") as http:
            listing = await pages(stream, http)
        assert raws(listing) == msgspec.json.decode(_as_pulled(name))
        first, left = mapped_pages(stream, listing)
        assert first == expected(connector, name)
        assert left == {}


def _as_pulled(name: str) -> bytes:
    if name in ("members", "courseWork", "submissions"):
        return fixture(connector, name, "pulled.json")
    [listed] = msgspec.json.decode(fixture(connector, name)).values()
    return msgspec.json.encode(listed)


async def test_every_page_of_every_class_is_read(classroom: Classroom) -> None:
    for size in (1, 100):
        classroom.size = size
        async with opened() as http:
            counts = {name: len(raws(await pages(stream_of(connector, name), http))) for name in NAMES}
        assert counts == {"courses": 2, "members": 6, "courseWork": 3, "submissions": 4}


async def test_the_next_sync_brings_what_has_changed(classroom: Classroom) -> None:
    stream = stream_of(connector, "submissions")
    async with opened() as http:
        first = await pages(stream, http)
    assert [page.cursor for page in first] == [None, None], "each sync is a full listing"
    classroom.submissions["101"][0] = graded("101", "11", "1", 4)
    async with opened() as http:
        second = raws(await pages(stream, http))
    assert [raw["assignedGrade"] for raw in second if "assignedGrade" in raw] == [4, 7]
    assert second[1:] == raws(first)[1:]


async def test_a_service_account_acts_for_the_administrator(classroom: Classroom) -> None:
    async with acting() as http:
        assert len(raws(await pages(stream_of(connector, "members"), http))) == 6
    async with acting(subject="teacher@school.example") as http:
        with pytest.raises(SourceDenied, match="Client is unauthorized"):
            await pages(stream_of(connector, "courses"), http)
    classroom.delegated.discard("rosters.readonly")
    async with acting() as http:
        with pytest.raises(SourceDenied, match=r"sync@project\.example"):
            await pages(stream_of(connector, "courses"), http)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"service_account": "{}"}, "no key file"),
        ({"service_account": "not json"}, "no key file"),
        ({"service_account": json.dumps({"client_email": "x", "private_key": "x"})}, "no RSA key"),
    ],
)
async def test_a_key_file_that_is_none_is_told(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        acting(**changes)


def test_credentials_are_whole() -> None:
    for changes in ({}, {"client_id": "x", "client_secret": "x"}, {"service_account": key_file()}):
        with pytest.raises(ValueError, match="missing"):
            connector.settings.model_validate(changes)


@pytest.mark.parametrize(
    ("scope", "stream"),
    [("rosters.readonly", "members"), ("coursework.students.readonly", "courseWork"), ("courses.readonly", "courses")],
)
async def test_a_scope_that_lacks_is_told_beforehand(classroom: Classroom, scope: str, stream: str) -> None:
    classroom.delegated.discard(scope)
    reading = stream_of(connector, stream)
    async with opened() as http:
        with pytest.raises(RightsLacking):
            await pages(reading, http)
    async with opened() as http:
        assert reading.probe is not None or stream == "courses"
        with pytest.raises(RightsLacking):
            await (reading.probe(http) if reading.probe else pages(reading, http))


async def test_who_sees_no_class_has_too_few_rights(classroom: Classroom) -> None:
    classroom.courses.clear()
    async with opened() as http:
        with pytest.raises(SourceDenied, match="no class is seen"):
            await pages(stream_of(connector, "courses"), http)


@pytest.mark.parametrize("name", ["members", "courseWork", "submissions"])
async def test_a_class_that_may_not_be_read_costs_itself(classroom: Classroom, name: str) -> None:
    classroom.denied = {"101"}
    async with opened() as http:
        listing = await pages(stream_of(connector, name), http)
    assert raws(listing)
    [complaint] = [page.incomplete for page in listing if page.incomplete]
    assert complaint.startswith("class 'Algebra' (101): ")
    classroom.denied = {"101", "102"}
    async with opened() as http:
        with pytest.raises(RightsLacking):
            await pages(stream_of(connector, name), http)


async def test_archived_classes_are_over_or_not_read(classroom: Classroom) -> None:
    async with opened() as http:
        records = [
            record
            for raw in raws(await pages(stream_of(connector, "members"), http))
            for record in stream_of(connector, "members").map(Fields(raw))
        ]
    ended = {(each.class_, each.ended) for each in records if isinstance(each, Enrollment)}
    assert ended == {("101", False), ("102", True)}
    async with opened(archived=False) as http:
        assert [raw["id"] for raw in raws(await pages(stream_of(connector, "courses"), http))] == ["101"]
    del classroom


async def test_guardians_are_read_where_they_are_wanted(classroom: Classroom) -> None:
    profile = {"id": "501", "name": {"fullName": "Pat Sample"}, "emailAddress": "pat@home.example"}
    classroom.guardians = [{"studentId": "1", "guardianId": "501", "guardianProfile": profile}]
    settings = connector.settings.model_validate(
        {"client_id": "x", "client_secret": "x", "refresh_token": "r3fresh", "guardians": True}
    )
    guardians = next(stream for stream in connector.streams_for(settings) if stream.name == "guardians")
    async with opened(guardians=True) as http:
        with pytest.raises(RightsLacking):
            await pages(guardians, http)
    classroom.delegated.add("guardianlinks.students.readonly")
    async with acting(guardians=True) as http:
        [raw] = raws(await pages(guardians, http))
    adult, child = guardians.map(Fields(raw))
    assert isinstance(adult, Person)
    assert isinstance(child, Person)
    assert (adult.email, child.key, child.agents[0].person) == ("pat@home.example", "1", "501")


async def test_a_rubric_is_asked_for_once(classroom: Classroom) -> None:
    classroom.rubrics["11"] = [{"id": "r", "criteria": [{"id": "c", "title": "Thesis", "levels": [{"id": "l"}]}]}]
    rated = {"assignedRubricGrades": {"c": {"criterionId": "c", "levelId": "l", "points": 2}}}
    classroom.submissions["101"] = [graded("101", "11", user, 5, **rated) for user in "123"]
    async with opened() as http:
        listing = raws(await pages(stream_of(connector, "submissions"), http))
    assert classroom.asked["v1/courses/N/courseWork/N/rubrics"] == 1
    said_ = [record for raw in listing for record in stream_of(connector, "submissions").map(Fields(raw))]
    assert [each.narrative for each in said_ if isinstance(each, Result)][:3] == ["Thesis: 2"] * 3


@pytest.mark.parametrize(
    ("changes", "status", "score"),
    [
        ({"state": "NEW"}, None, None),
        ({"state": "CREATED"}, None, None),
        ({"state": "TURNED_IN"}, "submitted", None),
        ({"state": "TURNED_IN", "draftGrade": 4}, "submitted", None),
        ({"state": "TURNED_IN", "assignedGrade": 4}, "submitted", None),
        ({"state": "CREATED", "assignedGrade": 4}, None, None),
        ({"state": "RETURNED"}, "submitted", None),
        ({"state": "RETURNED", "assignedGrade": 0}, "fully graded", 0),
        ({"state": "RETURNED", "assignedGrade": 12}, "fully graded", 12),
        ({"state": "CREATED", "late": True}, "not submitted", None),
        ({"state": "RECLAIMED_BY_STUDENT", "late": True}, "not submitted", None),
    ],
)
def test_a_grade_counts_once_it_was_returned(changes: dict[str, Any], status: str | None, score: float | None) -> None:
    results = list(stream_of(connector, "submissions").map(Fields(submission("101", "11", "1", **changes))))
    assert [(each.status, each.score) for each in results if isinstance(each, Result)] == (
        [(status, score)] if status else []
    )
    assert all(each.scored_at is None for each in results if isinstance(each, Result)), "undated stays undated"


def test_a_grade_stands_while_the_student_works_on() -> None:
    raw = graded("101", "11", "1", 6, state="RECLAIMED_BY_STUDENT")
    [result] = stream_of(connector, "submissions").map(Fields(raw))
    assert isinstance(result, Result)
    assert (result.status, result.score) == ("fully graded", 6)
    assert result.scored_at is not None
    assert result.scored_at.isoformat() == "2026-10-05T10:00:00+00:00"


@pytest.mark.parametrize(("zone", "due"), [(None, "2026-10-03"), ("America/Denver", "2026-10-02")])
async def test_what_is_due_is_due_where_the_school_is(classroom: Classroom, zone: str | None, due: str) -> None:
    async with opened(time_zone=zone) as http:
        raw = raws(await pages(stream_of(connector, "courseWork"), http))[0]
    [item] = stream_of(connector, "courseWork").map(Fields(raw))
    assert isinstance(item, LineItem)
    assert (str(item.due), item.key) == (due, "101/11")
    del classroom


@pytest.mark.parametrize(
    "throttled",
    [
        httpx.Response(429, json={"error": {"status": "RESOURCE_EXHAUSTED"}}, headers={"Retry-After": "0.01"}),
        httpx.Response(
            403, json={"error": {"errors": [{"reason": "rateLimitExceeded"}]}}, headers={"Retry-After": "0"}
        ),
        httpx.Response(503, json={"error": {"status": "UNAVAILABLE"}}, headers={"Retry-After": "0"}),
    ],
)
async def test_throttling_is_waited_out(classroom: Classroom, throttled: httpx.Response) -> None:
    first = [throttled]
    with respx.mock(assert_all_called=False) as router:
        router.route(url__startswith=TOKENS).mock(side_effect=classroom)
        router.route(url__startswith=BASE).mock(side_effect=lambda r: first.pop() if first else classroom(r))
        async with opened() as http:
            assert len(raws(await pages(stream_of(connector, "courses"), http))) == 2


def _known(name: str) -> dict[str, Any]:
    file = "pulled.json" if name in ("members", "courseWork", "submissions") else "page.json"
    document = msgspec.json.decode(fixture(connector, name, file))
    rows = document if isinstance(document, list) else next(iter(document.values()))
    return dict(rows[0])


KNOWN = {stream.name: _known(stream.name) for stream in connector.streams}


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_no_record_breaks_the_mapping(name: str, data: st.DataObject) -> None:
    """Any values in the fields a mapping reads: it maps, or says why not."""
    spoiled = data.draw(st.dictionaries(st.sampled_from(sorted(KNOWN[name])) | st.text(max_size=8), JSON, max_size=6))
    raw = msgspec.json.decode(msgspec.json.encode(KNOWN[name])) | spoiled
    with suppress(MappingError):
        list(stream_of(connector, name).map(Fields(raw)))


def test_the_discovery_document_knows_what_is_asked_for(shared: Path) -> None:
    """Every address, parameter and field the connector reads is one of Google's."""
    document = json.loads((shared / "data/lms/google_classroom/classroom.v1.json").read_text())
    methods: dict[str, Any] = {}

    def collect(resources: dict[str, Any]) -> None:
        for each in resources.values():
            methods.update({method["path"]: method for method in each.get("methods", {}).values()
                            if method["httpMethod"] == "GET"})  # fmt: skip
            collect(each.get("resources", {}))

    collect(document["resources"])
    addresses = {
        "v1/courses": {"courseStates", "pageSize", "pageToken"},
        "v1/courses/{courseId}/students": {"pageSize", "pageToken"},
        "v1/courses/{courseId}/teachers": {"pageSize", "pageToken"},
        "v1/courses/{courseId}/courseWork": {"courseWorkStates", "pageSize", "pageToken"},
        "v1/courses/{courseId}/courseWork/{courseWorkId}/studentSubmissions": {"pageSize", "pageToken"},
        "v1/courses/{courseId}/courseWork/{courseWorkId}/rubrics": {"pageToken"},
        "v1/userProfiles/{userId}": set(),
        "v1/userProfiles/{studentId}/guardians": {"pageSize", "pageToken"},
    }
    unknown = {path: names - methods[path]["parameters"].keys() for path, names in addresses.items()}
    assert not any(unknown.values()), unknown
    scopes = {scope for path in addresses for scope in methods[path]["scopes"]}
    assert {f"https://www.googleapis.com/auth/classroom.{name}" for name in READS} <= scopes
    shapes = {"courses": "Course", "courseWork": "CourseWork", "submissions": "StudentSubmission"}
    for name, shape in shapes.items():
        [rows] = json.loads(fixture(connector, name)).values()
        assert {field for row in rows for field in row} <= document["schemas"][shape]["properties"].keys()
        assert stream_of(connector, name).ignore <= document["schemas"][shape]["properties"].keys()
