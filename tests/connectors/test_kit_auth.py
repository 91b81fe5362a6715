"""Credentials: how each kind is shown, and what happens when a source does not take them."""

import asyncio
import base64
import hmac
from urllib.parse import parse_qs, quote, unquote

import httpx
import pytest
import respx

from connectors import HttpSettings
from connectors.errors import ConfigError, RateLimited, SourceDenied, Unavailable
from connectors.kit import Patience, client, oauth1, oauth2

BASE = "https://sis.example.org/v1"
TOKEN = "https://login.example.org/token?appName=sis"


async def at_once(_seconds: float) -> None:
    """Wait no time."""


def source(auth: httpx.Auth) -> httpx.AsyncClient:
    return client(HttpSettings(base_url=BASE), auth=auth, patience=Patience(sleep=at_once))


def grant(token: str = "t1", **more: object) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "token_type": "bearer"} | more)


@respx.mock
async def test_client_credentials_by_basic() -> None:
    grants = respx.post(TOKEN).mock(return_value=grant())
    users = respx.get(f"{BASE}/users").respond(json=[])
    http = source(oauth2(TOKEN, "id", "s3cret", scope="roster.readonly gradebook.readonly"))
    await http.get("/users")
    await http.get("/users")
    assert grants.call_count == 1
    sent = grants.calls.last.request
    assert sent.headers["authorization"] == "Basic aWQ6czNjcmV0"
    assert parse_qs(sent.content.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["roster.readonly gradebook.readonly"],
    }
    assert [call.request.headers["authorization"] for call in users.calls] == ["Bearer t1", "Bearer t1"]


@respx.mock
async def test_client_credentials_by_form() -> None:
    grants = respx.post(TOKEN).mock(return_value=grant())
    respx.get(f"{BASE}/users").respond(json=[])
    await source(oauth2(TOKEN, "id", "s3cret&+ü", method="form")).get("/users")
    sent = grants.calls.last.request
    assert "authorization" not in sent.headers
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert int(sent.headers["content-length"]) == len(sent.content)
    assert parse_qs(sent.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["id"],
        "client_secret": ["s3cret&+ü"],
    }


@pytest.mark.parametrize("lifetime", [0, "0", -1])
@respx.mock
async def test_a_token_at_its_end_is_renewed_before_it_is_shown(lifetime: object) -> None:
    grants = respx.post(TOKEN).mock(side_effect=[grant("t1", expires_in=lifetime), grant("t2", expires_in="3600")])
    users = respx.get(f"{BASE}/users").respond(json=[])
    http = source(oauth2(TOKEN, "id", "s3cret"))
    await http.get("/users")
    await http.get("/users")
    await http.get("/users")
    assert grants.call_count == 2
    assert users.calls.last.request.headers["authorization"] == "Bearer t2"


@respx.mock
async def test_a_token_refused_on_the_way_is_renewed_once() -> None:
    grants = respx.post(TOKEN).mock(side_effect=[grant("t1"), grant("t2")])
    users = respx.get(f"{BASE}/users").mock(
        side_effect=[httpx.Response(200, json=[]), httpx.Response(401), httpx.Response(200, json=[])]
    )
    http = source(oauth2(TOKEN, "id", "s3cret"))
    await http.get("/users")
    await http.get("/users")
    assert grants.call_count == 2
    assert [call.request.headers["authorization"] for call in users.calls] == ["Bearer t1", "Bearer t1", "Bearer t2"]


@respx.mock
async def test_a_fresh_token_that_is_refused_is_denied_without_a_loop() -> None:
    grants = respx.post(TOKEN).mock(return_value=grant())
    users = respx.get(f"{BASE}/users").respond(401, json={"error": "invalid_token"})
    http = source(oauth2(TOKEN, "id", "s3cret"))
    with pytest.raises(SourceDenied, match=r"401 .'invalid_token'."):
        await http.get("/users")
    assert (grants.call_count, users.call_count) == (1, 1)
    with pytest.raises(SourceDenied):
        await http.get("/users")
    assert (grants.call_count, users.call_count) == (2, 3)


@respx.mock
async def test_requests_at_the_same_time_share_one_token() -> None:
    grants = respx.post(TOKEN).mock(return_value=grant())
    respx.get(f"{BASE}/users").respond(json=[])
    http = source(oauth2(TOKEN, "id", "s3cret"))
    await asyncio.gather(*(http.get("/users") for _ in range(20)))
    assert grants.call_count == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
@respx.mock
async def test_a_client_the_token_endpoint_refuses_is_denied(status: int) -> None:
    respx.post(TOKEN).respond(status, json={"error": "invalid_client", "error_description": "no such client"})
    users = respx.get(f"{BASE}/users")
    with pytest.raises(SourceDenied) as raised:
        await source(oauth2(TOKEN, "id-7", "s3cret")).get("/users")
    words = str(raised.value)
    assert words.startswith(f"token endpoint https://login.example.org/token refused client 'id-7' with {status}")
    assert "no such client" in words
    assert "by basic or by form" in words
    assert "s3cret" not in words
    assert users.call_count == 0


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (httpx.Response(200, text="<html>Sign in</html>"), "without a token"),
        (httpx.Response(200, json={"token": "t"}), "without a token"),
        (httpx.Response(200, json={"access_token": 7}), "without a token"),
        (httpx.Response(302, headers={"Location": "https://evil.invalid/"}), "302"),
        (httpx.Response(503), "503"),
        (httpx.ConnectError("no"), "cannot be reached"),
    ],
)
@respx.mock
async def test_a_token_endpoint_that_talks_nonsense_is_unavailable(answer: object, complaint: str) -> None:
    respx.post(TOKEN).mock(side_effect=[answer] * 4)
    with pytest.raises(Unavailable, match=complaint):
        await source(oauth2(TOKEN, "id", "s3cret")).get("/users")


@respx.mock
async def test_a_token_endpoint_in_passing_trouble_is_tried_again() -> None:
    respx.post(TOKEN).mock(side_effect=[httpx.Response(503), httpx.Response(429), grant()])
    respx.get(f"{BASE}/users").respond(json=[])
    assert (await source(oauth2(TOKEN, "id", "s3cret")).get("/users")).status_code == 200


@respx.mock
async def test_a_token_endpoint_s_rate_limit_is_one() -> None:
    respx.post(TOKEN).respond(429, headers={"Retry-After": "300"})
    with pytest.raises(RateLimited) as raised:
        await source(oauth2(TOKEN, "id", "s3cret")).get("/users")
    assert raised.value.after == 300


@respx.mock
async def test_oauth_1_signs_each_try_anew() -> None:
    users = respx.get(f"{BASE}/users").mock(side_effect=[httpx.Response(503), httpx.Response(200, json=[])])
    await source(oauth1("key", "s3cret")).get("/users", params={"filter": "dateLastModified>'2026-01-01' AND a=é"})
    first, second = (_signed(call.request) for call in users.calls)
    assert first["oauth_consumer_key"] == "key"
    assert first["oauth_signature_method"] == "HMAC-SHA1"
    assert first["oauth_nonce"] != second["oauth_nonce"]


@respx.mock
async def test_an_oauth_1_signature_is_what_rfc_5849_says() -> None:
    users = respx.get(f"{BASE}/users").respond(json=[])
    await source(oauth1("key", "s3cret")).get("/users", params={"limit": "2", "q": "a b&c"})
    header = _signed(users.calls.last.request)
    signature = header.pop("oauth_signature")
    pairs = sorted((quote(k, "~"), quote(v, "~")) for k, v in {**header, "limit": "2", "q": "a b&c"}.items())
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"GET&{quote(f'{BASE}/users', '~')}&{quote(parameters, '~')}"
    assert signature == base64.b64encode(hmac.digest(b"s3cret&", base.encode(), "sha1")).decode()


def _signed(request: httpx.Request) -> dict[str, str]:
    pairs = request.headers["authorization"].removeprefix("OAuth ").split(", ")
    return {name: unquote(value.strip('"')) for name, _, value in (pair.partition("=") for pair in pairs)}


@pytest.mark.parametrize("token_url", ["", "login.example.org/token", "https://login.example.org:port/"])
def test_a_token_url_that_is_none_is_told_to_the_operator(token_url: str) -> None:
    with pytest.raises(ConfigError, match="token_url"):
        oauth2(token_url, "id", "s3cret")


@respx.mock
async def test_a_client_secret_does_not_travel_unencrypted() -> None:
    with pytest.raises(Unavailable, match="is not https: not sending anything there"):
        await source(oauth2("http://login.example.org/token", "id", "s3cret")).get("/users")
    assert len(respx.calls) == 0
