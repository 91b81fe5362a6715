"""The Moodle connector against a small Moodle: how it calls, what errors mean, how it goes on; what grades say."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors import folder_of
from connectors.errors import MappingError, SourceDenied, Unavailable
from connectors.fields import Fields
from connectors.moodle import connector
from connectors.moodle.calls import TOGETHER
from connectors.moodle.rights import FUNCTIONS, RIGHTS
from connectors.testing.recording import record
from schemas import Enrollment, LineItem, Result
from tests.support.moodle import Moodle, MoodleError
from tests.support.moodle_school import complete, rated, school
from tests.support.pulled import JSON, fixture, pages, raws, stream_of

FOLDER = folder_of("moodle")
BASE = "https://moodle.example.org"
NAMES = [stream.name for stream in connector.streams]
OF_USERS = ["ratings", "evidence", "badges"]


class Site:
    """A small Moodle at its address, as requests come to it; `before` is answered first, `faults` by function."""

    def __init__(self) -> None:
        self.moodle: Moodle = school(learners=4, courses=2)
        self.answering: Callable[[httpx.Request], httpx.Response] = self.moodle
        self.before: list[httpx.Response] = []
        self.faults: dict[str, str] = {}

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert not request.url.query, "neither a token nor whose records are asked for may stand in an address"
        assert (request.headers["user-agent"], request.headers["accept-encoding"]) == ("Tessera", "gzip")
        form = dict(pair.split("=") for pair in request.content.decode().split("&"))
        assert (form["wstoken"], form["moodlewsrestformat"]) == ("t0k3n", "json")
        if self.before:
            return self.before.pop(0)
        if code := self.faults.get(form["wsfunction"]):
            return httpx.Response(200, json=MoodleError(code).said)
        return self.answering(request)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        router.post("/webservice/rest/server.php").mock(side_effect=made.answer)
        yield made


@pytest.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    del site
    async with opened() as client:
        yield client


def opened() -> httpx.AsyncClient:
    assert connector.client is not None
    return connector.client(connector.settings.model_validate({"base_url": BASE, "token": "t0k3n"}))


@pytest.mark.parametrize("name", NAMES)
async def test_every_stream_has_records_with_keys_that_tell_them_apart(name: str, http: httpx.AsyncClient) -> None:
    keys = [str(raw["id"]) for raw in raws(await pages(stream_of(connector, name), http))]
    assert keys
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", OF_USERS)
async def test_a_killed_pull_is_resumed_after_the_last_user_read_whole(
    name: str, http: httpx.AsyncClient, site: Site
) -> None:
    stream = stream_of(connector, name)
    whole = await pages(stream, http)
    assert [page.cursor for page in whole] == ["14", ""]
    assert raws(await pages(stream, http, "14")) == []
    after = raws(await pages(stream, http, "12"))
    assert after
    assert {record["person"] for raw in after for record in said_of(name, raw)} <= {"13", "14"}
    del site


def said_of(name: str, raw: dict[str, Any]) -> list[dict[str, Any]]:
    records = [msgspec.to_builtins(record) for record in stream_of(connector, name).map(Fields(raw))]
    return [record for record in records if "person" in record]


async def test_a_passing_failure_is_asked_again_and_an_error_in_a_200_is_none(
    http: httpx.AsyncClient, site: Site
) -> None:
    site.before = [httpx.Response(503, headers={"Retry-After": "0"})]
    assert len(raws(await pages(stream_of(connector, "users"), http))) == 6
    for code, kind in (
        ("invalidtoken", SourceDenied),
        ("nopermissions", SourceDenied),
        ("dmlreadexception", Unavailable),
    ):
        site.faults["core_course_get_courses"] = code
        with pytest.raises(kind, match=f"core_course_get_courses answered {code} .'It says why'"):
            await pages(stream_of(connector, "courses"), http)
    site.faults.clear()
    site.before = [httpx.Response(200, json=[[]])]
    with pytest.raises(Unavailable):
        await pages(stream_of(connector, "courses"), http)


@pytest.mark.parametrize("together", [True, False])
async def test_a_user_deleted_in_the_meantime_is_passed_over(
    together: bool, http: httpx.AsyncClient, site: Site
) -> None:
    """What fails in the middle of a request takes nothing of what stands after it along."""
    if not together:
        site.moodle.functions.discard(TOGETHER)
    await pages(stream_of(connector, "users"), http)
    del site.moodle.users[12]
    people = {raw["user"] for raw in raws(await pages(stream_of(connector, "ratings"), http))}
    assert people == {11, 13, 14}


async def test_a_plan_deleted_in_the_meantime_takes_no_rating_of_another_plan_along(
    http: httpx.AsyncClient, site: Site
) -> None:
    answer = site.moodle

    def vanishing(request: httpx.Request) -> httpx.Response:
        if b"list_plan_competencies" in request.content:
            answer.plans.pop(11, None)
        return answer(request)

    site.answering = vanishing
    read = await pages(stream_of(connector, "ratings"), http)
    assert {raw["user"] for raw in raws(read)} == {12, 13, 14}
    assert not any(page.incomplete for page in read), "it is gone indeed"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("name", "lost"),
    [
        *((name, "courses") for name in ("groups", "enrollments", "gradebook", "course_ratings")),
        ("ratings", "users"),
        ("ratings", "plans"),
    ],
)
async def test_what_is_not_there_and_still_listed_leaves_the_listing_incomplete(
    name: str, lost: str, together: bool, http: httpx.AsyncClient, site: Site
) -> None:
    if not together:
        site.moodle.functions.discard(TOGETHER)
    number = 3 if lost == "courses" else 12
    getattr(site.moodle, f"lost_{lost}").add(number)
    read = await pages(stream_of(connector, name), http)
    assert raws(read), "the others come"
    assert [page.incomplete for page in read if f" {number}: " in page.incomplete]
    assert "lists it all the same" in " ".join(page.incomplete for page in read)


async def test_the_last_courses_alone_deny_no_stream_and_all_of_them_do(site: Site) -> None:
    site.moodle = site.answering = school(learners=2, courses=45)
    site.moodle.forbidden_courses = {42, 43, 44, 45, 46}
    async with opened() as http:
        read = await pages(stream_of(connector, "groups"), http)
    assert len(raws(read)) == 40
    assert "courseid 46: " in " ".join(page.incomplete for page in read)
    site.moodle.forbidden_courses = set(site.moodle.courses)
    async with opened() as http:
        with pytest.raises(SourceDenied):
            await pages(stream_of(connector, "groups"), http)


async def test_a_search_or_a_framework_that_is_not_there_is_no_empty_list(http: httpx.AsyncClient, site: Site) -> None:
    for name, function in (("competencies", "core_competency_list_competencies"), ("users", "core_user_get_users")):
        site.moodle.functions.discard(TOGETHER)
        site.faults = {function: "invalidrecord"}
        with pytest.raises(Unavailable, match="invalidrecord"):
            await pages(stream_of(connector, name), http)


async def test_nobody_counts_as_inactive_where_only_the_list_of_the_active_is_refused(
    http: httpx.AsyncClient, site: Site
) -> None:
    answer = site.moodle

    def refusing(request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        if (
            form["wsfunction"] == "core_enrol_get_enrolled_users"
            and form["courseid"] == "3"
            and "onlyactive" in str(form)
        ):
            return httpx.Response(200, json=MoodleError("requireloginerror").said)
        return answer(request)

    answer.functions.discard(TOGETHER)
    site.answering = refusing
    read = await pages(stream_of(connector, "enrollments"), http)
    assert {raw["course"] for raw in raws(read)} == {2}
    assert any("courseid 3: " in page.incomplete for page in read)


@pytest.mark.parametrize(("status", "count"), [(0, 0), (1, 2), (2, 2), (3, 0), (4, 0)])
async def test_a_draft_is_one_while_it_is_reviewed_too(
    status: int, count: int, http: httpx.AsyncClient, site: Site
) -> None:
    site.moodle.plans[11]["status"] = status
    ratings = [raw for raw in raws(await pages(stream_of(connector, "ratings"), http)) if raw["user"] == 11]
    assert len(ratings) == count


async def test_a_rating_has_one_key_whatever_becomes_of_its_plans(http: httpx.AsyncClient, site: Site) -> None:
    async def keys() -> list[str]:
        async with opened() as fresh:
            ratings = raws(await pages(stream_of(connector, "ratings"), fresh))
        return sorted(raw["id"] for raw in ratings if raw["user"] == 11)

    del http
    assert await keys() == ["11/1", "11/6"]
    complete(site.moodle, 11)
    assert await keys() == ["11/1", "11/6"]
    site.moodle.plans[99] = {"id": 99, "name": "Next", "userid": 11, "status": 1, "competencies": [1]}
    assert await keys() == ["11/1", "11/6"], "rated the same, it is not said twice"
    site.moodle.rated[11, 1] = rated(2)
    assert await keys() == ["11/1", "11/1/11", "11/6"]
    complete(site.moodle, 99)
    assert await keys() == ["11/1", "11/1/11", "11/6"]


async def test_the_next_sync_asks_for_submissions_since(http: httpx.AsyncClient, site: Site) -> None:
    stream = stream_of(connector, "submissions")
    first = await pages(stream, http)
    assert msgspec.json.decode(first[-1].cursor or "") == {"since": 1_796_018_400 - 600}
    assert raws(await pages(stream, http, first[-1].cursor)) == []
    site.moodle.submissions[1100]["timemodified"] = 1_796_018_400
    assert len(raws(await pages(stream, http, first[-1].cursor))) == 1


def test_a_recorder_writes_what_each_stream_says_some_of_each_shape(site: Site, tmp_path: Path) -> None:
    site.moodle.rights.discard("moodle/badges:viewotherbadges")
    faults = asyncio.run(record(connector, {"base_url": BASE, "token": "t0k3n"}, tmp_path))
    assert [fault.partition(":")[0] for fault in faults] == ["badges"], "it costs itself"
    assert {folder.name for folder in tmp_path.iterdir()} == set(NAMES) - {"badges"}
    for name in set(NAMES) - {"badges"}:
        recorded = msgspec.json.decode((tmp_path / name / "pulled.json").read_bytes())
        assert recorded
        assert [list(stream_of(connector, name).map(Fields(raw))) for raw in recorded]
    users = msgspec.json.decode((tmp_path / "users" / "pulled.json").read_bytes())
    assert len(users) == 4, "two of those who have an ID number, and two who have none"


def test_every_stream_says_which_rights_it_needs_and_the_readme_lists_them_all() -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    for stream in connector.streams:
        assert stream.rights
    for name in {name for names in (*RIGHTS.values(), *FUNCTIONS.values()) for name in names}:
        assert f"`{name}`" in readme


GRADE = {
    "id": 5,
    "itemtype": "mod",
    "itemmodule": "quiz",
    "iteminstance": 3,
    "itemnumber": 0,
    "graderaw": 3,
    "grademin": 0,
    "grademax": 10,
    "gradeformatted": "3.00",
    "gradedategraded": 1_790_000_000,
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"score": 3, "unit": "points", "level": None, "text_score": None}),
        ({"gradeformatted": "30.00 %"}, {"score": 3, "level": None, "text_score": None}),
        ({"gradeformatted": "B+"}, {"score": 3, "level": None, "text_score": "B+", "unit": "points"}),
        (
            {"gradeformatted": "Proficient", "grademin": 1, "grademax": 4},
            {"level": "Proficient", "text_score": None, "unit": "scale item", "minimum": 1, "maximum": 4},
        ),
        ({"gradeformatted": "A &amp; B", "grademin": 1, "grademax": 4}, {"level": "A & B"}),
        ({"graderaw": 12}, {"score": 12, "maximum": 10}),  # extra credit
        ({"itemtype": "course", "itemname": None}, {"title": "Course total", "method": "summative"}),
        ({"feedback": "<p>Nice</p>"}, {"narrative": "Nice"}),
        ({"graderaw": 0}, {"score": 0}),
    ],
)
def test_a_grade_says_what_its_scale_means(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    [result] = graded(GRADE | fields)
    assert {name: getattr(result, name) for name in expected} == expected


@pytest.mark.parametrize("fields", [{"graderaw": None}, {"gradeishidden": True}, {"gradehiddenbydate": True}])
def test_what_is_not_graded_or_hidden_from_the_learner_says_nothing(fields: dict[str, Any]) -> None:
    assert graded(GRADE | fields) == []


def graded(grade: dict[str, Any]) -> list[Result]:
    raw = {"id": "grade/5/4", "course": 2, "user": 4, "grade": dict(grade)}
    return [record for record in stream_of(connector, "gradebook").map(Fields(raw)) if isinstance(record, Result)]


def test_a_grade_is_of_the_line_item_its_module_or_item_names() -> None:
    item = {"id": "item/5", "course": 2, "item": {"id": 5, "itemtype": "mod", "itemmodule": "quiz", "iteminstance": 3}}
    [line] = stream_of(connector, "gradebook").map(Fields(item))
    assert isinstance(line, LineItem)
    assert graded(GRADE)[0].line_item == line.key
    part = {**GRADE, "itemnumber": 1}
    assert graded(part)[0].line_item == f"{line.key}/1"


def test_a_role_of_the_sites_own_is_set_apart_until_the_source_says_what_it_means() -> None:
    raw = {"id": "2/4", "course": 2, "active": True, "user": {"id": 4, "roles": [{"shortname": "coteacher"}]}}
    with pytest.raises(MappingError, match=r"say in the source's setting `roles`"):
        list(stream_of(connector, "enrollments").map(Fields(msgspec.json.decode(msgspec.json.encode(raw)))))
    settings = connector.settings.model_validate({"base_url": BASE, "token": "t", "roles": {"coteacher": "teacher"}})
    own = next(stream for stream in connector.streams_for(settings) if stream.name == "enrollments")
    [enrollment] = own.map(Fields(raw))
    assert isinstance(enrollment, Enrollment)
    assert enrollment.role == "teacher"


def test_levels_and_proficiency_are_moodles_own_and_entities_are_letters() -> None:
    raw = msgspec.json.decode(fixture(connector, "ratings", "pulled.json"))
    raw[0]["rating"]["usercompetency"] |= {"gradename": "Not yet &amp; <b>but near</b>", "proficiency": False}
    [result] = list(stream_of(connector, "ratings").map(Fields(raw[0])))
    assert isinstance(result, Result)
    assert (result.level, result.passed, result.score) == ("Not yet & but near", False, 3)
    raw[3]["rating"]["usercompetencyplan"]["timemodified"] = 1e300
    with pytest.raises(MappingError, match="is no time in seconds since 1970"):
        list(stream_of(connector, "ratings").map(Fields(raw[3])))


def _known(name: str) -> dict[str, Any]:
    pulled = (FOLDER / "fixtures" / name / "pulled.json").exists()
    document = msgspec.json.decode(fixture(connector, name, "pulled.json" if pulled else "page.json"))
    return dict(document[0])


KNOWN = {name: _known(name) for name in NAMES}


@given(st.sampled_from(NAMES), st.data())
def test_no_record_breaks_the_mapping(name: str, data: st.DataObject) -> None:
    """Any values in the fields a mapping reads: it maps, or says why not."""
    spoiled = data.draw(st.dictionaries(st.sampled_from(sorted(KNOWN[name])) | st.text(max_size=8), JSON, max_size=6))
    raw = msgspec.json.decode(msgspec.json.encode(KNOWN[name])) | spoiled
    with suppress(MappingError):
        list(stream_of(connector, name).map(Fields(raw)))
    deep = msgspec.json.decode(msgspec.json.encode(KNOWN[name]))
    for part in [part for part in deep.values() if isinstance(part, dict)]:
        part.update(data.draw(st.dictionaries(st.sampled_from(sorted(part)), JSON, max_size=6)))
    with suppress(MappingError):
        list(stream_of(connector, name).map(Fields(deep)))


@pytest.mark.parametrize(("zone", "day"), [(None, "2026-12-01"), ("America/Denver", "2026-11-30")])
def test_work_is_due_on_the_day_of_the_site(zone: str | None, day: str) -> None:
    settings = connector.settings.model_validate({"base_url": BASE, "token": "t", "time_zone": zone})
    streams = {stream.name: stream for stream in connector.streams_for(settings)}
    raw = {"id": 1, "course": 2, "name": "Essay", "grade": 100, "duedate": 1_796_108_399}
    [item] = streams["assignments"].map(Fields(raw))
    assert f"{item.due}" == day


def test_a_time_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="'Denver' is no time zone"):
        connector.settings.model_validate({"base_url": BASE, "token": "t", "time_zone": "Denver"})
