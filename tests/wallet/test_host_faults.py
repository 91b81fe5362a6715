"""Hosts that misbehave: nothing leaves for where it should not, and each refusal names what was wrong."""

from typing import Any

import pytest
import respx

from app.errors import SourceDenied, Unavailable
from app.wallet import host_client
from app.wallet.host_client import ConsentEnded, Described, Registered, TokenRefused, Tokens
from app.wallet.hosts import visit
from app.wallet.submitted import OPEN_BADGES
from connectors.limits import Limits

ROOT = "https://wallet.example.org/ims/ob/v3p0"
ME = Registered("me", "s:1 é", "client_secret_basic")
THERE = Described("W", f"{ROOT}/a?x=1", f"{ROOT}/token", f"{ROOT}/token", f"{ROOT}/register", ("offline_access",))


def description(**more: Any) -> dict[str, Any]:
    flow = {"authorizationUrl": THERE.authorize, "tokenUrl": THERE.token, "scopes": {"a": "b"}, **more}
    scheme = {"type": "oauth2", "x-imssf-registrationUrl": THERE.register, "flows": {"authorizationCode": flow}}
    return {"info": {"title": "W"}, "components": {"securitySchemes": {"OAuth2ACG": scheme}}}


@pytest.mark.parametrize(
    "description",
    [
        {},
        [],
        None,
        {"components": {"securitySchemes": {}}},
        {"components": {"securitySchemes": {"a": {"type": "x"}}}},
        description(tokenUrl="http://wallet.example.org/token"),
        description(tokenUrl="javascript:alert(1)"),
        description(authorizationUrl="https://u:p@wallet.example.org/"),
        description(tokenUrl=7),
        description(tokenUrl="https://[::1"),
        description(scopes=None),
    ],
)
@respx.mock
async def test_a_description_that_will_not_do(description: Any) -> None:
    respx.get(f"{ROOT}/discovery").respond(json=description)
    async with visit(Limits()) as http:
        with pytest.raises(Unavailable):
            await host_client.describe(http, ROOT)


@pytest.mark.parametrize("address", ["http://wallet.example.org", "file:///etc", "https://[", "x", "https://u:p@a.b/"])
async def test_an_address_that_will_not_do(address: str) -> None:
    async with visit(Limits()) as http:
        with pytest.raises(Unavailable):
            await host_client.describe(http, address)


@respx.mock
async def test_a_token_goes_to_no_other_host_however_the_next_page_is_named() -> None:
    for target in ("https://evil.example.org/credentials", "//evil.example.org/x", "http://wallet.example.org/x"):
        route = respx.get(url__startswith=f"{ROOT}/credentials").respond(
            json={"credential": []}, headers={"Link": f'<{target}>; rel="next"'}
        )
        async with visit(Limits()) as http:
            with pytest.raises(Unavailable, match="another host"):
                [page async for page in host_client.credentials(http, ROOT, OPEN_BADGES, "t")]
        assert route.called


@respx.mock
async def test_pages_that_lead_back_end() -> None:
    respx.get(url__startswith=f"{ROOT}/credentials").respond(
        json={"credential": [{"a": 1}]}, headers={"Link": f'<{ROOT}/credentials?limit=100>; rel="next"'}
    )
    async with visit(Limits()) as http:
        with pytest.raises(Unavailable, match="read already"):
            [page async for page in host_client.credentials(http, ROOT, OPEN_BADGES, "t")]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b'{"credential": 7}', b'{"compactJwsString": [7]}', b"{", b'{"error": "busy"}']
)
@respx.mock
async def test_an_answer_that_is_no_list(body: bytes) -> None:
    respx.get(url__startswith=f"{ROOT}/credentials").respond(content=body)
    async with visit(Limits()) as http:
        with pytest.raises(Unavailable):
            [page async for page in host_client.credentials(http, ROOT, OPEN_BADGES, "t")]


@respx.mock
async def test_bytes_are_as_the_host_gave_them() -> None:
    written = b'{"x" : 1.0e2, "n":"Jos\\u00e9"}'
    respx.get(url__startswith=f"{ROOT}/credentials").respond(content=b'{"credential":[' + written + b"]}")
    async with visit(Limits()) as http:
        ((credential,),) = [page async for page in host_client.credentials(http, ROOT, OPEN_BADGES, "t")]
    assert credential.body == written


@pytest.mark.parametrize(
    ("status", "error"), [(401, TokenRefused), (403, SourceDenied), (404, Unavailable), (500, Unavailable)]
)
@respx.mock
async def test_refusals_are_told_apart(status: int, error: type[Exception]) -> None:
    respx.get(f"{ROOT}/profile").respond(status, json={"imsx_description": "no"})
    async with visit(Limits()) as http:
        with pytest.raises(error, match="no"):
            await host_client.profile(http, ROOT, "t")


@respx.mock
async def test_a_refused_refresh_ends_the_consent_and_a_broken_host_does_not() -> None:
    route = respx.post(THERE.token)
    async with visit(Limits()) as http:
        route.respond(400, json={"error": "invalid_grant"})
        with pytest.raises(ConsentEnded, match="invalid_grant"):
            await host_client.renew(http, THERE, ME, Tokens("a", "r", 0), ["x"])
        with pytest.raises(ConsentEnded):
            await host_client.renew(http, THERE, ME, Tokens("a", None, 0), ["x"])
        for status, answer in ((503, {}), (400, {}), (400, {"error": "invalid_request"})):
            route.respond(status, json=answer)
            with pytest.raises(Unavailable):
                await host_client.renew(http, THERE, ME, Tokens("a", "r", 0), ["x"])
        route.respond(401, json={"error": "invalid_client"})  # our registration's trouble, and no learner's
        with pytest.raises(TokenRefused):
            await host_client.renew(http, THERE, ME, Tokens("a", "r", 0), ["x"])
        route.respond(json={"access_token": "n", "token_type": "bearer"})
        assert (await host_client.renew(http, THERE, ME, Tokens("a", "r", 0), ["x"])).refresh == "r"
        for nonsense in ({"access_token": 7}, {"access_token": "n", "token_type": "mac"}, {}):
            route.respond(json=nonsense)
            with pytest.raises(Unavailable):
                await host_client.renew(http, THERE, ME, Tokens("a", "r", 0), ["x"])


@respx.mock
async def test_nothing_that_no_database_keeps_comes_from_a_host() -> None:
    async with visit(Limits()) as http:
        respx.get(f"{ROOT}/profile").respond(500, json={"imsx_description": "a\x00b"})
        with pytest.raises(Unavailable, match="no reason given"):
            await host_client.profile(http, ROOT, "t")
        respx.get(f"{ROOT}/discovery").respond(json=description() | {"info": {"title": "a\x00b"}})
        with pytest.raises(Unavailable):
            await host_client.describe(http, ROOT)
        respx.post(THERE.register).respond(json={"client_id": "a\x00b"})
        with pytest.raises(Unavailable, match="our registration"):
            await host_client.register(http, THERE, {}, None)


@respx.mock
async def test_a_profile_is_no_place_to_fill_the_database() -> None:
    respx.get(f"{ROOT}/profile").respond(json={"image": "x" * host_client.PROFILE})
    async with visit(Limits()) as http:
        with pytest.raises(Unavailable, match="the most is 262,144"):
            await host_client.profile(http, ROOT, "t")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
@respx.mock
async def test_who_we_are_is_said_as_the_host_wants_it(method: str) -> None:
    route = respx.post(THERE.token).respond(json={"access_token": "n", "token_type": "Bearer", "expires_in": 60})
    async with visit(Limits()) as http:
        await host_client.redeem(
            http, THERE, Registered("me", None if method == "none" else "s", method), "c", "v", "b"
        )
    sent = route.calls.last.request
    assert ("authorization" in sent.headers) == (method == "client_secret_basic")
    assert (b"client_secret" in sent.content) == (method == "client_secret_post")


def test_the_address_to_say_yes_at_keeps_what_the_host_put_there() -> None:
    authorization = host_client.authorization(THERE, "me", "https://b.example/back", ["x", "y"], "st", "v" * 43)
    assert authorization.startswith(f"{ROOT}/a?x=1&response_type=code")
    assert "code_challenge_method=S256" in authorization
