"""The OneRoster client: paging that trusts nothing, four ways to sign in, deltas and what becomes of a killed pull."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import respx
from pydantic import ValidationError

from connectors import Page
from connectors.errors import ConfigError, DeltaRefused, SourceDenied, Unavailable
from connectors.oneroster import connector
from connectors.oneroster.settings import OneRosterSettings

BASE = "https://sis.example.org"
USERS = f"{BASE}/ims/oneroster/rostering/v1p2/users"
TOKEN = "https://login.example.org/token"

Handler = Callable[[httpx.Request], httpx.Response]


def settings(**more: Any) -> OneRosterSettings:
    return OneRosterSettings.model_validate({"base_url": BASE, "auth": "bearer", "token": "t-1", **more})


def row(n: int, modified: str = "2026-08-14T06:30:00.000Z", **more: Any) -> dict[str, Any]:
    return {"sourcedId": f"u-{n:04}", "status": "active", "dateLastModified": modified, **more}


def service(rows: list[dict[str, Any]], clamp: int = 1000, **headers: str) -> Handler:
    """A provider that clamps the limit, and sends the headers it is told to."""

    def answer(request: httpx.Request) -> httpx.Response:
        offset, limit = int(request.url.params["offset"]), int(request.url.params["limit"])
        return httpx.Response(200, json={"users": rows[offset : offset + min(limit, clamp)]}, headers=headers)

    return answer


async def pulled(settings: OneRosterSettings, cursor: str | None = None, stream: str = "users") -> list[Page]:
    [collection] = [s for s in connector.streams_for(settings) if s.name == stream]
    assert collection.pull is not None
    assert connector.client is not None
    async with connector.client(settings) as http:
        return [page async for page in collection.pull(http, cursor)]


def ids(pages: list[Page]) -> list[str]:
    return [json.loads(record)["sourcedId"] for page in pages for record in page.records]


@respx.mock
@pytest.mark.parametrize("clamp", [1, 2, 3, 5, 6, 7, 50, 1000])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 12, 23])
async def test_a_clamped_limit_and_missing_headers_lose_nothing(count, clamp):
    rows = [row(n) for n in range(count)]
    respx.get(USERS).mock(side_effect=service(rows, clamp))
    pages = await pulled(settings())
    assert ids(pages) == [r["sourcedId"] for r in rows]


@respx.mock
async def test_headers_that_lie_are_not_believed():
    rows = [row(n) for n in range(30)]
    respx.get(USERS).mock(side_effect=service(rows, 10, **{"X-Total-Count": "3"}))
    assert len(ids(await pulled(settings()))) == 30


@respx.mock
async def test_a_service_that_does_not_heed_offset_is_told_and_not_taken_as_the_end():
    rows = [row(n) for n in range(20)]
    respx.get(USERS).mock(side_effect=lambda _: httpx.Response(200, json={"users": rows}))
    with pytest.raises(Unavailable, match=r"users.*(same page again|the list moved)"):
        await pulled(settings())


@respx.mock
@pytest.mark.parametrize("gone", [1, 2, 3, 4])
async def test_rows_deleted_meanwhile_do_not_make_others_fall_through(gone):
    rows = [row(n) for n in range(30)]
    whole = service(rows, 10)

    def answer(request: httpx.Request) -> httpx.Response:
        response = whole(request)
        if request.url.params["offset"] == "0":
            del rows[2 : 2 + gone]  # after the first page was read, rows before its end are deleted
        return response

    respx.get(USERS).mock(side_effect=answer)
    keys = ids(await pulled(settings()))
    assert keys == [f"u-{n:04}" for n in range(30)]


@respx.mock
async def test_rows_inserted_meanwhile_are_not_a_reason_to_stop():
    rows = [row(n) for n in range(30)]
    whole = service(rows, 10)

    def answer(request: httpx.Request) -> httpx.Response:
        response = whole(request)
        if request.url.params["offset"] == "0":
            rows[0:0] = [row(900), row(901)]
        return response

    respx.get(USERS).mock(side_effect=answer)
    assert ids(await pulled(settings())) == [f"u-{n:04}" for n in range(30)]


@respx.mock
async def test_a_list_in_another_order_each_time_is_refused():
    calls = iter(range(100))

    def answer(request: httpx.Request) -> httpx.Response:
        order = [row(n) for n in range(40)]
        shift = 17 * next(calls)
        order = order[shift % 40 :] + order[: shift % 40]
        offset = int(request.url.params["offset"])
        return httpx.Response(200, json={"users": order[offset : offset + 10]})

    respx.get(USERS).mock(side_effect=answer)
    with pytest.raises(Unavailable, match="the list moved"):
        await pulled(settings())


@respx.mock
async def test_a_service_that_cannot_sort_is_asked_without():
    whole = service([row(n) for n in range(3)])

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={}) if "sort" in request.url.params else whole(request)

    route = respx.get(USERS).mock(side_effect=answer)
    assert len(ids(await pulled(settings()))) == 3
    assert ["sort" in call.request.url.params for call in route.calls] == [True, False, False, False]


@respx.mock
async def test_a_killed_full_pull_goes_on_where_it_stopped():
    rows = [row(n, f"2026-08-{n + 1:02}T00:00:00Z") for n in range(25)]
    route = respx.get(USERS).mock(side_effect=service(rows, 10))
    first = (await pulled(settings()))[0]
    before = len(route.calls)
    rest = await pulled(settings(), first.cursor)
    assert route.calls[before].request.url.params["offset"] == "5"
    assert ids([first, *rest]) == [r["sourcedId"] for r in rows]
    assert json.loads(rest[-1].cursor or "")["since"] == "2026-08-25T00:00:00Z"


@respx.mock
async def test_a_killed_full_pull_of_a_list_that_moved_begins_again():
    rows = [row(n) for n in range(25)]
    respx.get(USERS).mock(side_effect=service(rows, 10))
    first = (await pulled(settings()))[0]
    del rows[0:12]
    assert ids(await pulled(settings(), first.cursor)) == [r["sourcedId"] for r in rows]


@respx.mock
async def test_an_incremental_pull_asks_a_little_back_and_keeps_its_cursor_until_all_came():
    rows = [row(1, "2026-09-01T10:00:00Z"), row(2, "2026-09-03T12:00:00Z", status="tobedeleted")]
    route = respx.get(USERS).mock(side_effect=service(rows, 1))
    cursor = '{"since":"2026-09-01T09:30:00Z"}'
    pages = await pulled(settings(), cursor)
    assert route.calls[0].request.url.params["filter"] == "dateLastModified>'2026-09-01T08:30:00.000Z'"
    assert [page.cursor for page in pages] == [cursor, cursor, '{"since":"2026-09-03T12:00:00Z"}']
    assert b"tobedeleted" in pages[1].records[0]


@respx.mock
async def test_an_incremental_pull_without_changes_keeps_its_place():
    respx.get(USERS).mock(side_effect=service([]))
    [page] = await pulled(settings(), '{"since":"2026-09-01T09:30:00Z"}')
    assert page.cursor == '{"since":"2026-09-01T09:30:00Z"}'


@respx.mock
@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refused_filter_asks_for_a_full_pull(status):
    respx.get(USERS).respond(status, json={"imsx_codeMajor": "failure", "imsx_codeMinor": "invalid_data"})
    with pytest.raises(DeltaRefused, match="users: the service refuses to filter"):
        await pulled(settings(), '{"since":"2026-09-01T09:30:00Z"}')


@respx.mock
async def test_records_without_change_times_are_pulled_in_full_each_time():
    respx.get(USERS).mock(side_effect=service([{"sourcedId": "u-1"}, row(2, "soon"), row(3, "0001-01-01T00:00:00Z")]))
    pages = await pulled(settings())
    with pytest.raises(DeltaRefused):
        await pulled(settings(), pages[-1].cursor)


@respx.mock
async def test_a_change_time_in_the_future_does_not_hide_what_changes_until_then():
    respx.get(USERS).mock(side_effect=service([row(1, "2199-01-01T00:00:00Z")]))
    pages = await pulled(settings())
    since = datetime.fromisoformat(json.loads(pages[-1].cursor or "")["since"])
    assert since.year < 2199


@respx.mock
async def test_a_passing_failure_is_retried_and_loses_nothing():
    busy = httpx.Response(503, headers={"Retry-After": "0"})
    answers = iter([busy, httpx.Response(429, headers={"Retry-After": "0"})])
    whole = service([row(n) for n in range(12)], 5)
    respx.get(USERS).mock(side_effect=lambda request: next(answers, None) or whole(request))
    assert len(ids(await pulled(settings()))) == 12


@respx.mock
async def test_a_collection_the_service_does_not_offer_is_the_operators_to_mend():
    respx.get(USERS).respond(404, json={})
    with pytest.raises(ConfigError, match=r"does not offer users.*take it out of 'collections'"):
        await pulled(settings())


@respx.mock
async def test_passwords_are_not_kept():
    user = row(1, password="hunter2", userProfiles=[{"credentials": [{"username": "u", "password": "hunter3"}]}])
    respx.get(USERS).mock(side_effect=service([user]))
    [record] = (await pulled(settings()))[0].records
    assert b"hunter" not in record
    assert json.loads(record)["userProfiles"] == [{"credentials": [{"username": "u"}]}]


@respx.mock
async def test_what_is_no_object_is_left_to_be_set_apart():
    respx.get(USERS).mock(side_effect=service([row(1), None, 7, row(2)]))  # type: ignore[list-item]
    assert [bytes(r) for r in (await pulled(settings()))[0].records[1:3]] == [b"null", b"7"]


@respx.mock
async def test_the_gradebook_has_its_own_base_and_1_1_has_one():
    newer = settings(collections=["results"])
    older = settings(version="1.1", collections=["results"], base_url=f"{BASE}/ws/v1p1")
    odd = settings(collections=["results"], gradebook_path="/campus/gradebook")
    for configured, url in [
        (newer, f"{BASE}/ims/oneroster/gradebook/v1p2/results"),
        (older, f"{BASE}/ws/v1p1/ims/oneroster/v1p1/results"),
        (odd, f"{BASE}/campus/gradebook/results"),
    ]:
        route = respx.get(url).respond(json={"results": []})
        await pulled(configured, stream="results")
        assert route.called


@pytest.mark.parametrize("base", [BASE, f"{BASE}/", f"{BASE}/ims/oneroster/rostering/v1p2"])
def test_the_base_may_be_given_with_or_without_the_standard_path(base):
    assert settings(base_url=base).url("users") == USERS


def test_only_the_wanted_collections_are_pulled():
    streams = connector.streams_for(settings(collections=["orgs", "users"]))
    assert [s.name for s in streams if s.pull] == ["orgs", "users"]
    assert len({s.name for s in streams}) == len(streams)


@respx.mock
async def test_a_static_bearer_token():
    route = respx.get(USERS).mock(side_effect=service([]))
    await pulled(settings())
    assert route.calls[0].request.headers["Authorization"] == "Bearer t-1"


@respx.mock
@pytest.mark.parametrize("way", ["oauth2-basic", "oauth2-form"])
async def test_oauth2_client_credentials(way):
    token = respx.post(TOKEN).respond(json={"access_token": "granted", "token_type": "bearer", "expires_in": 3600})
    route = respx.get(USERS).mock(side_effect=service([]))
    await pulled(settings(auth=way, token=None, token_url=TOKEN, client_id="id", client_secret="secret"))
    assert route.calls[0].request.headers["Authorization"] == "Bearer granted"
    request = token.calls[0].request
    form = parse_qs(request.content.decode())
    assert form["scope"] == ["https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly"]
    assert ("Authorization" in request.headers, "client_secret" in form) == (
        way == "oauth2-basic",
        way == "oauth2-form",
    )


@respx.mock
async def test_oauth2_refused_is_denied():
    respx.post(TOKEN).respond(401, json={"error": "invalid_client"})
    with pytest.raises(SourceDenied, match="invalid_client"):
        await pulled(settings(auth="oauth2-form", token=None, token_url=TOKEN, client_id="id", client_secret="secret"))


@respx.mock
async def test_oauth1():
    route = respx.get(USERS).mock(side_effect=service([]))
    await pulled(settings(auth="oauth1", token=None, client_id="key", client_secret="secret"))
    assert 'oauth_consumer_key="key"' in route.calls[0].request.headers["Authorization"]


def test_scopes_follow_the_collections():
    configured = settings(collections=["users", "demographics", "results", "assessmentResults"])
    assert [scope.rpartition("/")[2] for scope in configured.scopes().split()] == [
        "roster.readonly",
        "roster-demographics.readonly",
        "gradebook.readonly",
        "assessment.readonly",
    ]


@pytest.mark.parametrize(
    ("misfit", "complaint"),
    [
        ({"token": None}, "auth 'bearer' needs token"),
        ({"auth": "oauth2-form"}, "needs token_url, client_id, client_secret"),
        ({"version": "1.1", "collections": ["assessmentResults"]}, "1.1 has no assessmentResults"),
        ({"quirks": "all"}, "quirks"),
    ],
)
def test_settings_that_do_not_fit_are_told(misfit, complaint):
    with pytest.raises(ValidationError, match=complaint):
        settings(**misfit)


def test_a_source_for_files_only_needs_no_address():
    files_only = OneRosterSettings()
    assert [s.name for s in connector.streams_for(files_only) if s.pull] == []
    assert connector.client is not None
    with pytest.raises(ConfigError, match="base_url is missing"):
        connector.client(files_only)


@respx.mock
async def test_the_connection_test_speaks_in_words():
    assert connector.client is not None
    assert connector.check is not None
    orgs = respx.get(f"{BASE}/ims/oneroster/rostering/v1p2/orgs")
    orgs.respond(json={"orgs": [{"sourcedId": "1", "name": "Harbor"}]}, headers={"X-Total-Count": "4"})
    async with connector.client(settings()) as http:
        assert await connector.check(http) == (
            "sis.example.org answers and lists 4 organizations; the first is 'Harbor'."
        )
        orgs.respond(json={"orgs": []})
        assert "no organizations" in await connector.check(http)
