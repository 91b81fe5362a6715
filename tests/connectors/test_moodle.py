"""The Moodle connector against recorded answers: what ratings say, how errors in a 200 are taken, how it goes on."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import MappingError, SourceDenied, Unavailable
from connectors.fields import Fields
from connectors.moodle import connector
from connectors.moodle.client import check
from schemas import Result
from tests.connectors.pulled import JSON, expected, fixture, pages, raws, said, stream_of

BASE = "https://moodle.example.org"
NAMES = [stream.name for stream in connector.streams]
FUNCTIONS = {
    "core_user_get_users": ("users", "page.json"),
    "core_competency_list_competency_frameworks": ("frameworks", "page.json"),
    "core_competency_list_competencies": ("competencies", "page.json"),
    "core_competency_list_user_plans": ("ratings", "plans.json"),
    "core_competency_list_plan_competencies": ("ratings", "page.json"),
    "tool_lp_data_for_user_evidence_list_page": ("evidence", "page.json"),
}


class Site:
    """A Moodle with a guest, a teacher, and two learners, of whom one has a plan and the other evidence."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.asked: list[dict[str, str]] = []
        self.before: list[httpx.Response] = []
        self.instead: dict[tuple[str, str | None], Any] = {}
        router.post("/webservice/rest/server.php").mock(side_effect=self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert not request.url.query
        assert (request.headers["user-agent"], request.headers["accept-encoding"]) == ("Tessera", "gzip")
        form = dict(parse_qsl(request.content.decode()))
        assert (form.pop("wstoken"), form.pop("moodlewsrestformat")) == ("t0k3n", "json")
        self.asked.append(form)
        if self.before:
            return self.before.pop(0)
        function, user = form["wsfunction"], form.get("userid", form.get("id"))
        if (function, user) in self.instead:
            return httpx.Response(200, json=self.instead[function, user])
        if (function, user) in (("core_competency_list_user_plans", "3"), ("core_competency_list_user_plans", "13")):
            return httpx.Response(200, json=[])
        if function.startswith("tool_lp") and user != "13":
            return httpx.Response(200, json={"evidence": []})
        return httpx.Response(200, content=fixture(connector, *FUNCTIONS[function]))


@pytest.fixture
def site() -> Iterator[Site]:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield Site(router)


@pytest.fixture
async def http(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    assert connector.client is not None
    settings = connector.settings.model_validate({"base_url": BASE, "token": "t0k3n"})
    async with connector.client(settings) as opened:
        yield opened


def error(code: str) -> dict[str, str]:
    """An error as Moodle writes it, with status 200."""
    return {"exception": "moodle_exception", "errorcode": code, "message": "It says why"}


@pytest.mark.parametrize("name", ["users", "frameworks", "competencies", "evidence"])
async def test_recorded_answers_say_the_golden_records(name: str, http: httpx.AsyncClient) -> None:
    found, left = said(stream_of(connector, name), await pages(stream_of(connector, name), http))
    assert (found, left) == (expected(connector, name), {})


async def test_ratings_are_of_whom_was_asked_for_and_the_unrated_say_nothing(http: httpx.AsyncClient) -> None:
    stream = stream_of(connector, "ratings")
    got = await pages(stream, http)
    found, left = said(stream, got)
    assert (found, left) == (expected(connector, "ratings")[:1], {})  # the second is of a completed plan
    assert [len(page.records) for page in got] == [0, 3, 0, 0]


async def test_a_killed_pull_is_resumed_after_the_last_user_read_whole(http: httpx.AsyncClient, site: Site) -> None:
    stream = stream_of(connector, "ratings")
    assert stream.pull is not None
    whole = [page.cursor async for page in stream.pull(http, None)]
    assert whole == ["3", "4", "13", ""]
    site.asked.clear()
    assert [page.cursor async for page in stream.pull(http, "4")] == ["13", ""]
    assert [form.get("userid") for form in site.asked] == [None, "13"]


async def test_a_passing_failure_is_asked_again_and_an_error_in_a_200_is_none(
    http: httpx.AsyncClient, site: Site
) -> None:
    site.before = [httpx.Response(503, headers={"Retry-After": "0"})]
    assert len((await pages(stream_of(connector, "users"), http))[0].records) == 3
    for code, kind in (
        ("invalidtoken", SourceDenied),
        ("nopermissions", SourceDenied),
        ("dmlreadexception", Unavailable),
    ):
        site.instead["core_user_get_users", None] = error(code)
        with pytest.raises(kind, match=f"core_user_get_users answered {code} .'It says why'"):
            await pages(stream_of(connector, "users"), http)
    site.instead["core_user_get_users", None] = [[]]
    with pytest.raises(Unavailable):
        await pages(stream_of(connector, "users"), http)


async def test_a_user_deleted_in_the_meantime_is_passed_over_and_a_missing_right_is_not(
    http: httpx.AsyncClient, site: Site
) -> None:
    stream = stream_of(connector, "ratings")
    site.instead["core_competency_list_user_plans", "3"] = error("invalidrecordunknown")
    assert [len(page.records) for page in await pages(stream, http)] == [0, 3, 0, 0]
    site.instead["core_competency_list_user_plans", "13"] = error("nopermissions")
    with pytest.raises(SourceDenied):
        await pages(stream, http)


async def test_a_plan_deleted_in_the_meantime_takes_no_rating_of_another_plan_along(
    http: httpx.AsyncClient, site: Site
) -> None:
    """What a full listing lacks is withdrawn: the other plan's ratings must be in it."""
    [plan] = msgspec.json.decode(fixture(connector, "ratings", "plans.json"))
    site.instead["core_competency_list_user_plans", "4"] = [{**plan, "id": 9}, plan]
    site.instead["core_competency_list_plan_competencies", "9"] = error("invalidrecord")
    assert [len(page.records) for page in await pages(stream_of(connector, "ratings"), http)] == [0, 3, 0, 0]


@pytest.mark.parametrize(("status", "found"), [(0, 0), (1, 3), (2, 3), (3, 0), (4, 0)])
async def test_a_draft_is_one_while_it_is_reviewed_too(
    http: httpx.AsyncClient, site: Site, status: int, found: int
) -> None:
    [plan] = msgspec.json.decode(fixture(connector, "ratings", "plans.json"))
    site.instead["core_competency_list_user_plans", "4"] = [{**plan, "status": status}]
    assert [len(page.records) for page in await pages(stream_of(connector, "ratings"), http)] == [0, found, 0, 0]


def test_what_else_moodle_tells_of_a_user_is_known_and_not_wanted() -> None:
    told = dict.fromkeys(("address", "city", "country", "institution", "interests", "phone1", "phone2", "url"), "x")
    stream, fields = stream_of(connector, "users"), Fields({**_known("users"), **told})
    list(stream.map(fields))
    assert {name for name, _ in fields.left()} - stream.ignore == set()


async def test_what_is_in_a_completed_plan_has_a_key_of_its_own(http: httpx.AsyncClient, site: Site) -> None:
    """An empty place for the plan's own rating is none: some versions leave it out, some say null."""
    completed = msgspec.json.decode(fixture(connector, "ratings", "pulled.json"))[3]["rating"]
    under_way = {**completed, "usercompetencyplan": None}
    site.instead["core_competency_list_plan_competencies", "10"] = [completed, under_way]
    found = raws(await pages(stream_of(connector, "ratings"), http))
    competency = completed["competency"]["id"]
    assert [one["id"] for one in found] == [f"4/{competency}/10", f"4/{competency}"]


async def test_the_token_is_checked(http: httpx.AsyncClient, site: Site) -> None:
    site.instead["core_webservice_get_site_info", None] = {"sitename": "Test District", "release": "5.1+"}
    assert await check(http) == "the token reads Test District (Moodle 5.1+)"
    site.instead["core_webservice_get_site_info", None] = error("invalidtoken")
    with pytest.raises(SourceDenied):
        await check(http)


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
    pulled = name in ("users", "ratings", "evidence")
    return dict(msgspec.json.decode(fixture(connector, name, "pulled.json" if pulled else "page.json"))[0])


KNOWN = {name: _known(name) for name in NAMES}


@given(st.sampled_from(NAMES), st.data())
def test_no_record_breaks_the_mapping(name: str, data: st.DataObject) -> None:
    """Any values in the fields a mapping reads: it maps, or says why not."""
    spoiled = data.draw(st.dictionaries(st.sampled_from(sorted(KNOWN[name])) | st.text(max_size=8), JSON, max_size=6))
    raw = msgspec.json.decode(msgspec.json.encode(KNOWN[name])) | spoiled
    with suppress(MappingError):
        list(stream_of(connector, name).map(Fields(raw)))
