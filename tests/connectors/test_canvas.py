"""The Canvas connector against answers in the shape Canvas documents: how it pages, throttles and breaks."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import msgspec
import pytest
import respx

from connectors.canvas import connector
from connectors.errors import ConfigError, RateLimited, RightsLacking, SourceDenied, Unavailable
from tests.support.pulled import expected, fixture, mapped_pages, pages, raws, stream_of

BASE = "https://canvas.example.org"
NAMES = [stream.name for stream in connector.streams]
NOW = "Sat, 21 Nov 2026 22:10:04 GMT"
LISTS = {
    "/api/v1/accounts": "accounts",
    "/api/v1/accounts/1/terms": "terms",
    "/api/v1/accounts/1/grading_period_sets": "grading_periods",
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
        self.deleted: set[int] = set()  # courses that are there when they are listed first, and no more afterwards
        self.size = 100
        self.in_body = False
        self.changed: dict[str, str] | None = None
        self.instead: httpx.Response | None = None
        self.denied: dict[str, httpx.Response] = {}
        self.expired = self.stale = False
        self.granted: list[dict[str, str]] = []
        router.route(method="GET").mock(side_effect=self.answer)
        router.route(method="POST", path="/api/graphql").mock(side_effect=self.graphql)
        router.route(method="POST", path="/login/oauth2/token").mock(side_effect=self.grant)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.expired or (self.stale and request.headers["Authorization"] == "Bearer a1"):
            return httpx.Response(401, json={"errors": [{"message": "Expired access token."}]})
        assert request.headers["Authorization"] in ("Bearer t0k3n", "Bearer a1", "Bearer a2")
        path, params = request.url.path, dict(request.url.params)
        if path.endswith("/permissions"):
            return httpx.Response(200, json=dict.fromkeys(request.url.params.get_list("permissions[]"), True))
        self.asked.append((path, params))
        if self.before:
            return self.before.pop(0)
        if path.split("/")[3] == "courses" and (answer := self.denied.get(path.split("/")[4])):
            return answer
        if path in self.gone:
            return httpx.Response(404, json={"errors": [{"message": "The specified resource does not exist."}]})
        return self.page(request, *self.found(path, params))

    def found(self, path: str, params: dict[str, str]) -> tuple[list[Any], str | None]:
        if path.endswith("/sub_accounts"):
            return msgspec.json.decode(fixture(connector, "accounts", "sub_accounts.json")), None
        name = LISTS.get(path)
        if path == "/api/v1/courses/102/outcome_results":
            return [], "outcome_results"
        if path == "/api/v1/courses/101/assignment_groups":
            return msgspec.json.decode(fixture(connector, "assignments", "groups.json")), None
        if name is None:
            return [], None
        if "grading_period_id" in params:
            name = "period_grades"
        document = msgspec.json.decode(fixture(connector, name))
        if name == "outcome_results":
            return document["outcome_results"], "outcome_results"
        if name == "terms":
            return document["enrollment_terms"], "enrollment_terms"
        if name == "grading_periods":
            return document["grading_period_sets"], "grading_period_sets"
        if path.endswith("/courses") and [earlier for earlier, _ in self.asked].count(path) > 1:
            document = [course for course in document if course["id"] not in self.deleted]
        if "type[]" in params:
            document = [item for item in document if item["type"] == params["type[]"]]
        return document, None

    def grant(self, request: httpx.Request) -> httpx.Response:
        self.granted.append(dict(parse_qsl(request.content.decode())))
        return httpx.Response(200, json={"access_token": f"a{len(self.granted)}", "expires_in": 3600})

    def graphql(self, request: httpx.Request) -> httpx.Response:
        """What has changed in the courses asked for; a Canvas without such an API knows no such page."""
        if self.instead:
            return self.instead
        if self.changed is None:
            return httpx.Response(404, json={"errors": [{"message": "The specified resource does not exist."}]})
        self.asked.append((request.url.path, {}))
        matches = re.findall(r'c(\d+): course\(id: "\1"\)', msgspec.json.decode(request.content)["query"])
        since = msgspec.json.decode(request.content)["variables"]["since"]
        return httpx.Response(200, json={"data": {f"c{course}": self.told(course, since) for course in matches}})

    def told(self, course: str, since: str) -> dict[str, Any]:
        version = self.changed.get(course, "") if self.changed else ""
        listed = {"nodes": [{"_id": "1", "updatedAt": version}], "pageInfo": {"hasNextPage": False}}
        people = {"nodes": [{"_id": "9", "type": "StudentViewEnrollment", "user": {"_id": "99"}, "updatedAt": version}]}
        work = {"nodes": [{"_id": "1"}] if version > since else []}
        lists = {"sectionsConnection": listed, "enrollmentsConnection": people, "assignmentsConnection": listed}
        return {**lists, "submitted": work, "graded": {"nodes": []}}

    def page(self, request: httpx.Request, items: list[Any], collection: str | None) -> httpx.Response:
        number = int(request.url.params.get("page", "1"))
        part = items[(number - 1) * self.size : number * self.size]
        following = str(request.url.copy_set_param("page", number + 1)) if items[number * self.size :] else None
        headers = {"Date": NOW}
        body: Any = {collection: part} if collection else part
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
    del server
    async with opened() as client:
        yield client


def opened(**more: Any) -> httpx.AsyncClient:
    assert connector.client is not None
    return connector.client(connector.settings.model_validate({"base_url": BASE, "token": "t0k3n"} | more))


@pytest.mark.parametrize("name", NAMES)
async def test_documented_answers_say_the_golden_records_twice(name: str, http: httpx.AsyncClient) -> None:
    stream = stream_of(connector, name)
    answers = await pages(stream, http)
    first, left = mapped_pages(stream, answers)
    assert first == expected(connector, name)
    assert left == {}
    assert mapped_pages(stream, answers)[0] == first


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


@pytest.mark.parametrize("name", PER_COURSE)
async def test_a_cursor_is_only_given_after_a_whole_course(name: str, http: httpx.AsyncClient, server: Server) -> None:
    server.size = 1
    answers = await pages(stream_of(connector, name), http)
    cursors = [msgspec.json.decode(page.cursor).get("after") if page.cursor else None for page in answers]
    assert [course for course in cursors if course] == [101, 102]
    assert not [page for page in answers if page.records and page.cursor]
    last = max(position for position, page in enumerate(answers) if page.records)
    assert cursors[last + 1] == 101


@pytest.mark.parametrize("name", [*PER_COURSE, "submissions", "users"])
async def test_a_second_sync_asks_the_courses_that_changed_alone(name: str, server: Server) -> None:
    server.changed = {"101": "2026-11-01T00:00:00Z"}
    stream = stream_of(connector, name)
    async with opened() as http:
        first = await pages(stream, http)
    for changed in ({"101": ""}, {"101": "", "102": "2026-11-22T00:00:00Z"}):
        server.changed = {"101": "2026-11-01T00:00:00Z"} | changed
        if name in ("sections", "enrollments", "assignments", "users"):
            server.changed["101"] = "2026-11-01T00:00:00Z"
        server.asked.clear()
        async with opened() as http:
            await pages(stream, http, first[-1].cursor)
        courses = {path.split("/")[4] for path, _ in server.asked if path.startswith("/api/v1/courses/")}
        assert courses == (set() if name == "users" else {"102"} if "102" in changed else set())
        listed = [path for path, _ in server.asked if path.endswith("/users")]
        assert bool(listed) == (name == "users" and "102" in changed)


@pytest.mark.parametrize("broken", [httpx.Response(200, json={"errors": [{"message": "no field"}]}), None])
async def test_without_an_answer_to_what_changed_every_course_is_asked_for_its_work(
    broken: httpx.Response | None, server: Server
) -> None:
    stream = stream_of(connector, "submissions")
    server.instead = broken
    async with opened() as http:
        first = await pages(stream, http)
    server.asked.clear()
    async with opened() as http:
        await pages(stream, http, first[-1].cursor)
    assert {path.split("/")[4] for path, _ in server.asked if "/students/submissions" in path} == {"101", "102"}


@pytest.mark.parametrize(("status", "message"), [(401, "user not authorized"), (403, "forbidden"), (400, "bad course")])
@pytest.mark.parametrize("name", PER_COURSE)
async def test_a_course_that_may_not_be_read_costs_itself(
    name: str, status: int, message: str, http: httpx.AsyncClient, server: Server
) -> None:
    server.denied = {"102": httpx.Response(status, json={"status": "x", "errors": [{"message": message}]})}
    answers = await pages(stream_of(connector, name), http)
    assert raws(answers)
    [reason] = [page.incomplete for page in answers if page.incomplete]
    assert reason.startswith("course 102: ")
    assert message in reason
    server.denied["101"] = server.denied["102"]
    async with opened() as fresh:
        with pytest.raises(RightsLacking, match=message):
            await pages(stream_of(connector, name), fresh)


async def test_a_course_that_times_out_at_the_gateway_costs_itself(http: httpx.AsyncClient, server: Server) -> None:
    server.denied = {"102": httpx.Response(504, text="<html>Gateway Time-out</html>", headers={"Retry-After": "0"})}
    answers = await pages(stream_of(connector, "sections"), http)
    assert raws(answers)
    assert [page.incomplete[:11] for page in answers if page.incomplete] == ["course 102:"]


async def test_a_token_that_ends_in_the_midst_is_no_matter_of_a_course(server: Server) -> None:
    async with opened() as http:
        await pages(stream_of(connector, "courses"), http)
        server.expired = True
        with pytest.raises(SourceDenied, match="Expired access token") as caught:
            await pages(stream_of(connector, "sections"), http)
    assert not isinstance(caught.value, RightsLacking)


async def test_the_lists_all_walks_need_are_read_once_in_a_run(http: httpx.AsyncClient, server: Server) -> None:
    for name in NAMES:
        await pages(stream_of(connector, name), http)
    first = [(path, params) for path, params in server.asked if int(params.get("page", 1)) == 1]
    counts = Counter(path + params.get("grading_period_id", "") for path, params in first)
    assert {path: times for path, times in counts.items() if times > 1 and "graphql" not in path} == {}


async def test_terms_narrow_what_is_read(server: Server) -> None:
    async with opened(terms=["2026-F"]) as http:
        assert {raw["id"] for raw in raws(await pages(stream_of(connector, "courses"), http))} == {101, 102}
    async with opened(terms=["1"]) as http:
        assert raws(await pages(stream_of(connector, "courses"), http)) == []
    async with opened(terms=["1999-F"]) as http:
        with pytest.raises(ConfigError, match="no term 1999-F"):
            await pages(stream_of(connector, "courses"), http)
    del server


async def test_a_refresh_token_is_kept_fresh(server: Server) -> None:
    async with opened(token=None, client_id="10000000000001", client_secret="s3cret", refresh_token="r3fresh") as http:
        assert len(raws(await pages(stream_of(connector, "users"), http))) == 4
        server.stale = True
        assert len(raws(await pages(stream_of(connector, "sections"), http))) > 0
    assert [form["grant_type"] for form in server.granted] == ["refresh_token", "refresh_token"]
    assert {form["refresh_token"] for form in server.granted} == {"r3fresh"}
    with pytest.raises(ValueError, match="token is missing"):
        connector.settings.model_validate({"base_url": BASE})


@pytest.mark.parametrize("name", [*PER_COURSE, "submissions"])
async def test_a_course_that_has_gone_since_is_passed_over(name: str, http: httpx.AsyncClient, server: Server) -> None:
    server.gone, server.deleted = {path for path in LISTS if "/courses/101/" in path}, {101}
    read = await pages(stream_of(connector, name), http)
    assert raws(read) == []
    assert not any(page.incomplete for page in read)


@pytest.mark.parametrize("name", [*PER_COURSE, "submissions"])
async def test_a_course_that_is_not_found_and_listed_all_the_same_is_not_taken_to_be_gone(
    name: str, http: httpx.AsyncClient, server: Server
) -> None:
    server.gone = {path for path in LISTS if "/courses/101/" in path} | {"/api/v1/courses/101"}
    read = await pages(stream_of(connector, name), http)
    assert raws(read) == []
    assert any("course 101" in page.incomplete for page in read)


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
