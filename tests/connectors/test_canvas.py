"""The Canvas connector against answers in the shape Canvas documents: how it pages, throttles and breaks."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from connectors.canvas import connector
from connectors.errors import MappingError, RateLimited, SourceDenied, Unavailable
from connectors.fields import Fields
from schemas import Result
from tests.connectors.pulled import JSON, expected, fixture, pages, raws, said, stream_of

BASE = "https://canvas.example.org"
NAMES = [stream.name for stream in connector.streams]
NOW = "Sat, 21 Nov 2026 22:10:04 GMT"
LISTS = {
    "/api/v1/accounts": "accounts",
    "/api/v1/accounts/1/users": "users",
    "/api/v1/accounts/1/courses": "courses",
    "/api/v1/accounts/1/outcome_group_links": "outcomes",
    "/api/v1/courses/101/sections": "sections",
    "/api/v1/courses/101/enrollments": "enrollments",
    "/api/v1/courses/101/assignments": "assignments",
    "/api/v1/courses/101/students/submissions": "submissions",
    "/api/v1/courses/101/outcome_group_links": "outcomes",
    "/api/v1/courses/101/outcome_results": "outcome_results",
}
PER_COURSE = ["sections", "enrollments", "assignments", "outcome_results"]


class Server:
    """A Canvas with one district, one school, a full course (101) and an empty one (102), in pages of `size`."""

    def __init__(self, router: respx.MockRouter) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.before: list[httpx.Response] = []
        self.gone: set[str] = set()
        self.size = 100
        self.in_body = False
        router.route(method="GET").mock(side_effect=self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer t0k3n"
        path, params = request.url.path, dict(request.url.params)
        self.asked.append((path, params))
        if self.before:
            return self.before.pop(0)
        if path in self.gone:
            return httpx.Response(404, json={"errors": [{"message": "The specified resource does not exist."}]})
        return self.page(request, *self.found(path, params))

    def found(self, path: str, params: dict[str, str]) -> tuple[list[Any], str | None]:
        if path.endswith("/sub_accounts"):
            return msgspec.json.decode(fixture(connector, "accounts", "sub_accounts.json")), None
        name = LISTS.get(path)
        if path == "/api/v1/courses/102/outcome_results":
            return [], "outcome_results"
        if name is None:
            return [], None
        found = msgspec.json.decode(fixture(connector, name))
        if name == "outcome_results":
            return found["outcome_results"], "outcome_results"
        if "type[]" in params:
            found = [one for one in found if one["type"] == params["type[]"]]
        return found, None

    def page(self, request: httpx.Request, found: list[Any], collection: str | None) -> httpx.Response:
        number = int(request.url.params.get("page", "1"))
        shown = found[(number - 1) * self.size : number * self.size]
        following = str(request.url.copy_set_param("page", number + 1)) if found[number * self.size :] else None
        headers = {"Date": NOW}
        body: Any = {collection: shown} if collection else shown
        if collection == "outcome_results" and request.url.params.get("include[]") == "outcomes":
            body["linked"] = msgspec.json.decode(fixture(connector, collection))["linked"]
        if following and self.in_body and collection:
            body["meta"] = {"pagination": {"next": following}}
        elif following:
            headers["Link"] = f'<{request.url}>; rel="current", <{following}>; rel="next", <{BASE}/x>; rel="first"'
        return httpx.Response(200, json=body, headers=headers)


@pytest.fixture
def server() -> Iterator[Server]:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield Server(router)


@pytest.fixture
async def http(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    assert connector.client is not None
    settings = connector.settings.model_validate({"base_url": BASE, "token": "t0k3n"})
    async with connector.client(settings) as opened:
        yield opened


@pytest.mark.parametrize("name", NAMES)
async def test_documented_answers_say_the_golden_records_twice(name: str, http: httpx.AsyncClient) -> None:
    stream = stream_of(connector, name)
    got = await pages(stream, http)
    first, left = said(stream, got)
    assert first == expected(connector, name)
    assert left == {}
    assert said(stream, got)[0] == first


@pytest.mark.parametrize("name", NAMES)
async def test_keys_identify_records(name: str, http: httpx.AsyncClient) -> None:
    stream = stream_of(connector, name)
    keys = Counter(tuple(raw[part] for part in stream.key) for raw in raws(await pages(stream, http)))
    assert keys
    assert set(keys.values()) == {1}


@pytest.mark.parametrize("in_body", [False, True])
@pytest.mark.parametrize("name", NAMES)
async def test_all_pages_are_read(name: str, in_body: bool, http: httpx.AsyncClient, server: Server) -> None:
    stream = stream_of(connector, name)
    whole = raws(await pages(stream, http))
    server.size, server.in_body = 1, in_body
    assert raws(await pages(stream, http)) == whole


@pytest.mark.parametrize(
    "throttled",
    [
        httpx.Response(403, text="403 Forbidden (Rate Limit Exceeded)", headers={"Retry-After": "0.01"}),
        httpx.Response(429, json={"errors": [{"message": "slow down"}]}, headers={"Retry-After": "0.025"}),
        httpx.Response(502, text="<html>Bad Gateway</html>", headers={"Retry-After": "0.01"}),
    ],
)
async def test_throttling_is_waited_out(throttled: httpx.Response, http: httpx.AsyncClient, server: Server) -> None:
    server.before = [throttled]
    assert len(raws(await pages(stream_of(connector, "users"), http))) == 4


async def test_a_long_wait_is_the_runners(http: httpx.AsyncClient, server: Server) -> None:
    server.before = [httpx.Response(429, headers={"Retry-After": "3600.5"})]
    with pytest.raises(RateLimited) as caught:
        await pages(stream_of(connector, "users"), http)
    assert caught.value.after == 3600.5


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_denied(status: int, http: httpx.AsyncClient, server: Server) -> None:
    server.before = [httpx.Response(status, json={"errors": [{"message": "Invalid access token."}]})]
    assert connector.check is not None
    with pytest.raises(SourceDenied):
        await connector.check(http)


async def test_a_token_without_accounts_is_denied_and_not_an_empty_district(
    http: httpx.AsyncClient, server: Server
) -> None:
    server.before = [httpx.Response(200, json=[])]
    with pytest.raises(SourceDenied, match="administers no account"):
        await pages(stream_of(connector, "users"), http)


async def test_a_login_page_is_not_an_answer(http: httpx.AsyncClient, server: Server) -> None:
    server.before = [httpx.Response(200, html="<html>Log in</html>")]
    with pytest.raises(Unavailable, match="web page"):
        await pages(stream_of(connector, "users"), http)


async def test_check_names_the_accounts(http: httpx.AsyncClient) -> None:
    assert connector.check is not None
    assert await connector.check(http) == "the token reads Sample District"


@pytest.mark.parametrize("name", PER_COURSE)
async def test_a_killed_walk_resumes_after_the_last_whole_course(
    name: str, http: httpx.AsyncClient, server: Server
) -> None:
    stream = stream_of(connector, name)
    whole = await pages(stream, http)
    after_first = next(page.cursor for page in whole if page.cursor)
    server.asked.clear()
    assert raws(await pages(stream, http, after_first)) == []
    assert not [path for path, _ in server.asked if "/courses/101/" in path]
    assert [path for path, _ in server.asked if "/courses/102/" in path]
    assert raws(await pages(stream, http, whole[-1].cursor)) == raws(whole), "a finished walk begins anew"


@pytest.mark.parametrize("name", PER_COURSE)
async def test_a_cursor_is_only_given_after_a_whole_course(name: str, http: httpx.AsyncClient, server: Server) -> None:
    server.size = 1
    got = await pages(stream_of(connector, name), http)
    cursors = [page.cursor for page in got if page.records]
    assert cursors[:-1] == [None] * (len(cursors) - 1)
    assert cursors[-1] == '{"after":101}'


@pytest.mark.parametrize("name", [*PER_COURSE, "submissions"])
async def test_a_course_that_has_gone_since_is_passed_over(name: str, http: httpx.AsyncClient, server: Server) -> None:
    server.gone = {path for path in LISTS if "/courses/101/" in path}
    assert raws(await pages(stream_of(connector, name), http)) == []


async def test_the_next_sync_asks_for_what_was_handed_in_or_graded_since(
    http: httpx.AsyncClient, server: Server
) -> None:
    stream = stream_of(connector, "submissions")
    first = await pages(stream, http)
    assert not [params for _, params in server.asked if "submitted_since" in params or "graded_since" in params]
    server.asked.clear()
    second = await pages(stream, http, first[-1].cursor)
    since = "2026-11-21T22:00:04Z"  # ten minutes before what the server called now
    filters = [
        {name: value for name, value in params.items() if name.endswith("since")}
        for path, params in server.asked
        if path == "/api/v1/courses/101/students/submissions"
    ]
    assert filters == [{"submitted_since": since}, {"graded_since": since}]
    assert second[-1].cursor == first[-1].cursor


async def test_a_killed_sync_of_submissions_keeps_when_it_began(http: httpx.AsyncClient, server: Server) -> None:
    stream = stream_of(connector, "submissions")
    whole = await pages(stream, http)
    after_first = next(page.cursor for page in whole if page.cursor)
    assert msgspec.json.decode(after_first) == {"after": 101, "began": "2026-11-21T22:00:04Z"}
    server.asked.clear()
    resumed = await pages(stream, http, after_first)
    assert resumed[-1].cursor == whole[-1].cursor
    assert not [path for path, _ in server.asked if "/courses/101/" in path]


async def test_a_teachers_preview_is_nobody(http: httpx.AsyncClient) -> None:
    assert "99" not in {record["person"] for record in expected(connector, "enrollments")}
    submissions = raws(await pages(stream_of(connector, "submissions"), http))
    assert 99 not in {raw["user_id"] for raw in submissions}


SUBMISSION = {
    "id": 1,
    "user_id": 11,
    "assignment_id": 53,
    "workflow_state": "graded",
    "score": 0,
    "grade": "0",
    "submitted_at": "2026-10-01T20:15:00Z",
    "graded_at": "2026-10-03T14:00:00Z",
    "posted_at": "2026-10-03T14:00:00Z",
}


@pytest.mark.parametrize(
    ("told", "status", "score"),
    [
        ({}, "fully graded", 0.0),
        ({"posted_at": None}, "submitted", None),
        ({"posted_at": None, "submitted_at": None}, None, None),
        ({"excused": True}, "exempt", None),
        ({"missing": True}, "not submitted", None),
        ({"workflow_state": "submitted", "score": None, "grade": None, "graded_at": None}, "submitted", None),
        ({"workflow_state": "pending_review", "score": 3}, "partially graded", 3.0),
    ],
)
def test_only_a_posted_score_of_work_that_is_there_counts(
    told: dict[str, Any], status: str | None, score: float | None
) -> None:
    (result,) = stream_of(connector, "submissions").map(Fields({**SUBMISSION, **told}))
    assert (result.status, result.score) == (status, score)
    if score is None:
        assert (result.text_score, result.passed, result.scored_at) == (None, None, None)


def test_work_not_due_yet_says_nothing() -> None:
    assert list(stream_of(connector, "submissions").map(Fields({**SUBMISSION, "workflow_state": "unsubmitted"}))) == []


@pytest.mark.parametrize(
    ("name", "code"), [("enrollments", "type"), ("submissions", "workflow_state"), ("courses", "workflow_state")]
)
def test_an_unknown_code_is_set_apart(name: str, code: str) -> None:
    with pytest.raises(MappingError, match=rf"'{code}': 'brand_new'"):
        list(stream_of(connector, name).map(Fields(KNOWN[name] | {code: "brand_new"})))


def _known(name: str) -> dict[str, Any]:
    if name == "outcome_results":
        found = msgspec.json.decode(fixture(connector, name))["outcome_results"][0]
        return {"id": 1, "course_id": 1, "result": found}
    found = msgspec.json.decode(fixture(connector, name))[0]
    return found["outcome"] if name == "outcomes" else found


KNOWN = {name: _known(name) for name in NAMES}


@given(st.sampled_from(NAMES), st.data())
def test_no_record_breaks_the_mapping(name: str, data: st.DataObject) -> None:
    """Any values in the fields a mapping reads: it maps, or says why not."""
    spoiled = data.draw(st.dictionaries(st.sampled_from(sorted(KNOWN[name])) | st.text(max_size=8), JSON, max_size=6))
    raw = msgspec.json.decode(msgspec.json.encode(KNOWN[name])) | spoiled
    with suppress(MappingError):
        list(stream_of(connector, name).map(Fields(raw)))


@pytest.mark.parametrize(
    ("score", "possible", "told", "level", "passed", "most"),
    [
        (3, 4, None, "Mastery", True, 4),
        (2.9, 4, None, "Near", False, 4),
        (3, 4, False, "Mastery", False, 4),  # Canvas's own word goes before ours
        (8, 10, None, "Mastery", True, 10),  # 3.2 of 4
        (7, 10, None, "Near", False, 10),
        (3, None, None, "Mastery", True, 4),
        (2.2, 3, None, "Near", False, 3),  # 2.93 of 4
        (2.25, 3, None, "Mastery", True, 3),  # 3 of 4, on the spot
        (None, 4, None, None, None, 4),
    ],
)
def test_a_result_reaches_a_level_and_mastery_on_its_outcomes_own_scale(
    score: float | None, possible: float | None, told: bool | None, level: str, passed: bool, most: float
) -> None:
    result = msgspec.json.decode(msgspec.json.encode(KNOWN["outcome_results"]["result"]))
    result |= {"score": score, "possible": possible, "mastery": told}
    ratings = [{"description": "Near", "points": 2, "color": "FAB901"}, {"description": "Mastery", "points": 3}]
    scale = {"mastery": 3, "most": 4, "ratings": ratings}
    fields = Fields({"id": 1, "course_id": 1, "result": result, "scale": scale})
    [said_] = list(stream_of(connector, "outcome_results").map(fields))
    assert isinstance(said_, Result)
    assert (said_.level, said_.passed, said_.maximum) == (level, passed, most)
    assert said_.objectives[0].mastered is passed
