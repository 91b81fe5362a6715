"""The guarded client: what it asks again, what it hands back, what it raises, and where it never goes."""

import gzip
import zlib
from datetime import UTC, datetime

import httpx
import pytest
import respx

from connectors import HttpSettings
from connectors.errors import ConfigError, RateLimited, SourceDenied, SourceError, Unavailable
from connectors.kit import Patience, basic, bearer, client, members, records, visitor

BASE = "https://sis.example.org/v1"
NOW = datetime(2026, 9, 1, 8, 0, 0, tzinfo=UTC).timestamp()


class Waits(list[float]):
    """A sleep that only notes how long it was asked for."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def http(waits: Waits) -> httpx.AsyncClient:
    return client(HttpSettings(base_url=BASE), auth=bearer("s3cret"), patience=Patience(sleep=waits, now=lambda: NOW))


@respx.mock
async def test_a_request_carries_base_path_token_and_gzip_only(http: httpx.AsyncClient) -> None:
    route = respx.get(f"{BASE}/users", params={"limit": "2"}).respond(json={"users": []})
    assert (await http.get("/users", params={"limit": 2})).json() == {"users": []}
    sent = route.calls.last.request.headers
    assert (sent["authorization"], sent["accept-encoding"], sent["user-agent"]) == ("Bearer s3cret", "gzip", "Tessera")


@pytest.mark.parametrize(
    ("retry_after", "waited"),
    [("2", 2.0), ("2.128", 2.128), ("Tue, 01 Sep 2026 08:00:07 GMT", 7.0), ("-3", 0.0), ("0", 0.0)],
)
@respx.mock
async def test_a_rate_limit_is_waited_out_as_asked(
    http: httpx.AsyncClient, waits: Waits, retry_after: str, waited: float
) -> None:
    respx.get(f"{BASE}/users").mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": retry_after}), httpx.Response(200, json=[])]
    )
    assert (await http.get("/users")).status_code == 200
    assert waits == [waited]


@pytest.mark.parametrize(
    ("retry_after", "after"), [("90", 90.0), ("Wed, 21 Oct 2099 07:28:00 GMT", 86_400.0), ("1e999", 86_400.0)]
)
@respx.mock
async def test_a_longer_wait_than_patience_ends_the_run(
    http: httpx.AsyncClient, waits: Waits, retry_after: str, after: float
) -> None:
    respx.get(f"{BASE}/users").respond(429, headers={"Retry-After": retry_after})
    with pytest.raises(RateLimited, match="answered 429: the source asks to wait") as raised:
        await http.get("/users")
    assert (raised.value.after, waits) == (after, [])


@pytest.mark.parametrize("retry_after", [None, "soon", "nan"])
@respx.mock
async def test_a_rate_limit_that_does_not_say_is_tried_four_times(
    http: httpx.AsyncClient, waits: Waits, retry_after: str | None
) -> None:
    route = respx.get(f"{BASE}/users").respond(429, headers={"Retry-After": retry_after} if retry_after else {})
    with pytest.raises(RateLimited, match="asks to slow down") as raised:
        await http.get("/users")
    assert route.call_count == 4
    assert raised.value.after == 60
    assert len(waits) == 3
    assert all(0 <= wait <= 20 for wait in waits)


@pytest.mark.parametrize(
    "body", ["403 Forbidden (Rate Limit Exceeded)\n", '{"error": {"errors": [{"reason": "rateLimitExceeded"}]}}']
)
@respx.mock
async def test_a_403_that_speaks_of_rates_is_a_rate_limit(http: httpx.AsyncClient, waits: Waits, body: str) -> None:
    respx.get(f"{BASE}/users").mock(side_effect=[httpx.Response(403, text=body), httpx.Response(200, json=[])])
    assert (await http.get("/users")).status_code == 200
    assert len(waits) == 1


@pytest.mark.parametrize("status", [401, 403])
@respx.mock
async def test_a_refusal_is_denied_at_once_with_the_source_s_words(http: httpx.AsyncClient, status: int) -> None:
    route = respx.get(f"{BASE}/users").respond(status, json={"detail": "client 7 is not welcome"})
    with pytest.raises(SourceDenied, match=rf"{status} \('client 7 is not welcome'\)"):
        await http.get("/users?wstoken=s3cret")
    assert route.call_count == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@respx.mock
async def test_a_passing_failure_is_tried_again(http: httpx.AsyncClient, waits: Waits, status: int) -> None:
    respx.get(f"{BASE}/users").mock(side_effect=[httpx.Response(status), httpx.Response(status), httpx.Response(200)])
    assert (await http.get("/users")).status_code == 200
    assert len(waits) == 2


@respx.mock
async def test_a_lasting_failure_is_unavailable_and_names_no_query(http: httpx.AsyncClient) -> None:
    route = respx.get(f"{BASE}/users").respond(500, text="oops")
    with pytest.raises(Unavailable) as raised:
        await http.get("/users?wstoken=s3cret")
    assert str(raised.value) == "GET https://sis.example.org/v1/users answered 500"
    assert route.call_count == 4


@respx.mock
async def test_broken_connections_are_tried_again(http: httpx.AsyncClient, waits: Waits) -> None:
    respx.get(f"{BASE}/users").mock(
        side_effect=[httpx.ConnectError("no"), httpx.ReadError("gone"), httpx.Response(200)]
    )
    assert (await http.get("/users")).status_code == 200
    assert len(waits) == 2


@respx.mock
async def test_a_write_is_not_sent_twice(http: httpx.AsyncClient, waits: Waits) -> None:
    route = respx.post(f"{BASE}/results").mock(side_effect=[httpx.ReadError("gone"), httpx.Response(200)])
    with pytest.raises(Unavailable, match="broke off"):
        await http.post("/results", json={})
    assert (route.call_count, waits) == (1, [])


@respx.mock
async def test_a_write_that_never_left_or_was_put_off_is_sent_again(http: httpx.AsyncClient, waits: Waits) -> None:
    route = respx.post(f"{BASE}/results").mock(
        side_effect=[httpx.ConnectError("no"), httpx.Response(429, headers={"Retry-After": "1"}), httpx.Response(201)]
    )
    assert (await http.post("/results", json={"score": 1})).status_code == 201
    assert [call.request.content for call in route.calls] == [b'{"score":1}'] * 3


@pytest.mark.parametrize("status", [200, 204, 304, 400, 404, 422])
@respx.mock
async def test_what_only_the_connector_can_judge_comes_back(http: httpx.AsyncClient, status: int) -> None:
    respx.get(f"{BASE}/users").respond(status)
    assert (await http.get("/users")).status_code == status


@pytest.mark.parametrize("status", [405, 410, 418, 501])
@respx.mock
async def test_any_other_status_is_unavailable_at_once(http: httpx.AsyncClient, waits: Waits, status: int) -> None:
    respx.get(f"{BASE}/users").respond(status)
    with pytest.raises(Unavailable, match=f"answered {status}"):
        await http.get("/users")
    assert waits == []


@respx.mock
async def test_a_redirect_on_the_same_host_is_followed_with_the_token(http: httpx.AsyncClient) -> None:
    respx.get(f"{BASE}/users").respond(301, headers={"Location": "/v1/users/"})
    route = respx.get(f"{BASE}/users/").respond(json=[])
    assert (await http.get("/users")).json() == []
    assert route.calls.last.request.headers["authorization"] == "Bearer s3cret"


@pytest.mark.parametrize(
    "target",
    [
        "http://sis.example.org/v1/users",
        "https://sis.example.org:8443/v1/users",
        "https://evil.invalid/v1/users",
        "//evil.invalid/v1/users",
        "https://sis.example.org@evil.invalid/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
    ],
)
@respx.mock
async def test_a_redirect_elsewhere_is_refused_and_nothing_sent_there(http: httpx.AsyncClient, target: str) -> None:
    respx.get(f"{BASE}/users").respond(302, headers={"Location": target})
    with pytest.raises(Unavailable, match=r"is redirected to .*: not following"):
        await http.get("/users")
    assert len(respx.calls) == 1


@respx.mock
async def test_redirects_end(http: httpx.AsyncClient) -> None:
    route = respx.get(f"{BASE}/users").respond(302, headers={"Location": "/v1/users"})
    with pytest.raises(Unavailable, match="redirects more than 5 times"):
        await http.get("/users")
    assert route.call_count == 6


@respx.mock
async def test_a_redirect_without_a_place_is_unavailable(http: httpx.AsyncClient) -> None:
    respx.get(f"{BASE}/users").respond(302)
    with pytest.raises(Unavailable, match="redirects to no place"):
        await http.get("/users")


@respx.mock
async def test_no_request_goes_to_another_host(http: httpx.AsyncClient) -> None:
    with pytest.raises(Unavailable, match=r"is not on sis\.example\.org: not sending anything there"):
        await http.get("https://evil.invalid/v1/users")
    assert len(respx.calls) == 0


@pytest.mark.parametrize(
    ("base_url", "complaint"),
    [
        ("sis.example.org", "does not begin like https"),
        ("ftp://sis.example.org", "does not begin like https"),
        ("http://sis.example.org", "is not https"),
        ("https://user:s3cret@sis.example.org", "holds a user name"),
        ("https://sis.example.org:port", "is no URL"),
    ],
)
def test_a_base_url_that_will_not_do_is_told_to_the_operator(base_url: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as raised:
        client(HttpSettings(base_url=base_url))
    assert "s3cret" not in str(raised.value)


def _answering(body: bytes, encoding: str) -> httpx.Response:
    async def stream():
        yield body

    return httpx.Response(200, headers={"Content-Encoding": encoding}, content=stream())


@respx.mock
async def test_gzip_is_unpacked_member_after_member(http: httpx.AsyncClient) -> None:
    respx.get(f"{BASE}/users").mock(return_value=_answering(gzip.compress(b'{"a":') + gzip.compress(b"1}"), "gzip"))
    response = await http.get("/users")
    assert response.content == b'{"a":1}'
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("body", "encoding", "complaint"),
    [
        (b"not gzip", "gzip", "broken gzip"),
        (gzip.compress(b"[1, 2, 3]", mtime=0)[:-4], "gzip", "cut short"),
        (gzip.compress(b"[]", mtime=0) + b"garbage", "gzip", "broken gzip"),
        (zlib.compress(b"[]"), "deflate", "'deflate', which was not asked for"),
        (b"[]", "br", "'br', which was not asked for"),
    ],
)
@respx.mock
async def test_other_packing_is_unavailable(
    http: httpx.AsyncClient, body: bytes, encoding: str, complaint: str
) -> None:
    respx.get(f"{BASE}/users").mock(return_value=_answering(body, encoding))
    with pytest.raises(Unavailable, match=complaint):
        await http.get("/users")


@pytest.mark.parametrize("packed", [False, True])
@respx.mock
async def test_the_byte_budget_holds_on_the_wire_and_after_unpacking(packed: bool) -> None:
    small = client(HttpSettings(base_url=BASE, response_bytes=1000))
    body = b"0" * 1001
    respx.get(f"{BASE}/users").mock(
        return_value=_answering(gzip.compress(body), "gzip") if packed else httpx.Response(200, content=body)
    )
    with pytest.raises(Unavailable, match="more than 1,000 bytes"):
        await small.get("/users")


@respx.mock
async def test_a_budget_is_not_spent_by_filling_it() -> None:
    small = client(HttpSettings(base_url=BASE, response_bytes=1000))
    respx.get(f"{BASE}/users").mock(return_value=_answering(gzip.compress(b"0" * 1000), "gzip"))
    assert len((await small.get("/users")).content) == 1000


@respx.mock
async def test_basic_credentials_travel_in_the_header() -> None:
    route = respx.get(f"{BASE}/users").respond(json=[])
    await client(HttpSettings(base_url=BASE), auth=basic("ada", "pw")).get("/users")
    assert route.calls.last.request.headers["authorization"] == "Basic YWRhOnB3"


@respx.mock
async def test_a_visitor_hands_back_every_status_and_follows_nothing() -> None:
    respx.post("https://hook.example.net/").mock(
        side_effect=[httpx.Response(410), httpx.Response(302, headers={"Location": "https://evil.invalid/"})]
    )
    async with visitor() as http:
        assert (await http.post("https://hook.example.net/")).status_code == 410
        assert (await http.post("https://hook.example.net/")).status_code == 302
        with pytest.raises(Unavailable, match="is not https"):
            await http.post("http://hook.example.net/")


def test_records_are_the_bytes_the_source_sent() -> None:
    body = '{"total":2,"users":[{"id" : 1, "name":"Jos\u00e9"},\n {"x":1.0e2}]}'.encode()
    assert records(body, "users") == ['{"id" : 1, "name":"Jos\u00e9"}'.encode(), b'{"x":1.0e2}']
    assert records(b"\xef\xbb\xbf[{}]") == [b"{}"]
    assert records(b"[]") == []
    assert records(b' [ {"a":[1]} ] ') == [b'{"a":[1]}']


@pytest.mark.parametrize(
    ("body", "member", "complaint"),
    [
        (b"<html>Please log in</html>", "users", "a web page"),
        (b"  <!DOCTYPE html>", None, "a web page"),
        (b"", "users", "the answer is empty"),
        (b"  \n", None, "the answer is empty"),
        (b"null", "users", "not a JSON object"),
        (b"null", None, "not a JSON list"),
        (b'{"users": null}', "users", "not a JSON list under 'users'"),
        (b'{"users": {"0": {}}}', "users", "not a JSON list under 'users'"),
        (b'{"data": [], "error": 1}', "users", "has no 'users' .it has data, error."),
        (b"{}", "users", "it has nothing"),
        (b'{"users": [{"a": 1}', "users", "truncated"),
        (b'{"n":"Jos\xe9"}', "n", "not UTF-8 at byte 9"),
        (b'["Jos\xe9"]', None, "not UTF-8 at byte 5"),
        (b'{"users": []}', None, "not a JSON list"),
        (b"[" * 100_000, None, "not a JSON list"),
        (b'{"users":' * 100_000, "users", "not a JSON object"),
    ],
)
def test_an_answer_that_is_no_list_is_unavailable_and_not_quoted(
    body: bytes, member: str | None, complaint: str
) -> None:
    with pytest.raises(Unavailable, match=complaint) as raised:
        records(body, member)
    assert "Jos" not in str(raised.value)


def test_members_keep_what_they_do_not_read() -> None:
    parts = members(b'{"a": 1.50, "b": [true]}')
    assert {name: bytes(raw) for name, raw in parts.items()} == {"a": b"1.50", "b": b"[true]"}
    with pytest.raises(SourceError):
        members(b"[]")
