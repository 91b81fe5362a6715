"""Apps on a phone and in a browser: redirects by a scheme of their own (RFC 8252), and calls from any site (CORS)."""

from typing import Any
from uuid import UUID

import pytest

from app.wallet import apps
from app.wallet.apps import _portless
from tests.support.api import Api, bearer
from tests.support.wallet import OB, SCOPE
from tests.support.wallets import OAUTH, REGISTRATION, registered

PHONE = "com.example.wallet:/back"
PUBLIC = {"token_endpoint_auth_method": "none"}


async def register(api: Api, **more: Any) -> tuple[int, str]:
    async with api.db.transaction(api.tenant) as tx:
        ticket = await apps.invite_app(tx, "for a test", "test")
    answer = await api.http.post(f"{OAUTH}/register", json={**REGISTRATION, **more}, headers=bearer(ticket))
    return answer.status_code, answer.json().get("error", "")


async def test_an_app_of_the_phone_registers_its_own_scheme(api: Api) -> None:
    for uri in (PHONE, "com.example.wallet://back", "org.example-1.app:/a/b?c=d", "http://127.0.0.1:7890/back"):
        assert (await register(api, redirect_uris=[uri], **PUBLIC))[0] == 201, uri
    for uri in (
        "javascript:alert(1)",
        "data:text/html,x",
        "wallet:/back",
        "com.example.wallet:",
        f"{PHONE}#x",
        "com.example.wallet://user@back",
        "com.example.wallet:/a b",
        "http://wallet.example.org/back",
    ):
        assert await register(api, redirect_uris=[uri], **PUBLIC) == (400, "invalid_redirect_uri"), uri
    assert await register(api, redirect_uris=[PHONE]) == (400, "invalid_redirect_uri")


async def test_the_learner_is_taken_back_to_the_app(api: Api) -> None:
    learner = UUID(await api.learner(await api.pusher()))
    app = await registered(api, redirect_uris=[PHONE], **PUBLIC)
    query = {**app.asked(f"{SCOPE}readonly", "v" * 43), "redirect_uri": PHONE}
    page = await api.http.get(f"{OAUTH}/authorize", params=query)
    assert "form-action 'self' com.example.wallet:;" in page.headers["content-security-policy"]
    assert "the app com.example.wallet" in page.text
    async with api.db.transaction(api.tenant) as tx:
        connect, _ = await apps.connect_code(tx, learner, "test")
    answer = await api.http.post(f"{OAUTH}/authorize", data={**query, "connect_code": connect, "decision": "allow"})
    assert answer.headers["location"].startswith(f"{PHONE}?code=")
    other = await api.http.get(f"{OAUTH}/authorize", params={**query, "redirect_uri": "com.example.wallet:/other"})
    assert other.status_code == 400


async def test_on_the_loopback_any_port_will_do(api: Api) -> None:
    app = await registered(api, redirect_uris=["http://127.0.0.1:7890/back"], **PUBLIC)
    for uri, status in (
        ("http://127.0.0.1:50123/back", 200),
        ("http://127.0.0.1:50123/other", 400),
        ("http://[::1]:50123/back", 400),
        ("http://127.0.0.1:99999/back", 400),
    ):
        query = {**app.asked(f"{SCOPE}readonly", "v" * 43), "redirect_uri": uri}
        assert (await api.http.get(f"{OAUTH}/authorize", params=query)).status_code == status, uri


@pytest.mark.parametrize("uri", ["https://127.0.0.1/x", "http://evil.example/x", "http://127.0.0.1@evil.example/x", ""])
def test_nothing_but_the_loopback_is_without_a_port(uri: str) -> None:
    assert _portless(uri) is None


async def test_a_wallet_in_a_browser_may_ask(api: Api) -> None:
    origin = {"Origin": "https://wallet.example.org"}
    asking = {**origin, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    for path in (f"{OB}/credentials", f"{OAUTH}/token", "/t/sample/ims/clr/v2p0/credentials"):
        ahead = await api.http.options(path, headers=asking)
        assert ahead.status_code == 200, ahead.text
        assert ahead.headers["access-control-allow-origin"] == "*"
        assert "authorization" in ahead.headers["access-control-allow-headers"].lower()
    answer = await api.http.get(f"{OB}/credentials", headers=origin)
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "X-Total-Count" in answer.headers["access-control-expose-headers"]
    elsewhere = await api.http.get("/v1/learners", headers=origin)
    assert "access-control-allow-origin" not in elsewhere.headers


ODD = (
    "https://[::1",
    "https://[zz]/back",
    "https://x.example;sandbox/back",
    "https://good.example\\.evil.example/back",
    "https://x.example:99999/back",
    "https://x.example:port/back",
    "https://x.example/\x7f",
    "https://x.example/<b>",
    "https://x.example/\u202eback",
    "https://ex\u0430mple.com/back",
    "https://x..example/back",
    "https://.example/back",
    "https://x.example/back?code=1",
    "https://x.example/back?a=b&iss=",
    "com.example.app:////x.example",
)
"""Addresses that two readers would read in two ways, or that no library reads."""


@pytest.mark.parametrize("uri", ODD)
async def test_an_address_that_can_be_read_in_two_ways_is_refused(api: Api, uri: str) -> None:
    assert await register(api, redirect_uris=[uri], **PUBLIC) == (400, "invalid_redirect_uri")


async def test_nobody_is_sent_to_an_address_that_is_not_written_as_registered(api: Api) -> None:
    app = await registered(api, redirect_uris=["http://127.0.0.1:7890/back"], **PUBLIC)
    for uri in (
        "http://[::1",
        "http://127.0.0.1:7890/ba\nck",
        "\x00http://127.0.0.1:7890/back",
        " http://127.0.0.1:1/back",
        "http://127.0.0.1:\u0663/back",
        "http://127.0.0.1:0/back",
        "http://127.0.0.1:00080/back",
    ):
        query = {**app.asked(f"{SCOPE}readonly", "v" * 43), "redirect_uri": uri}
        answer = await api.http.get(f"{OAUTH}/authorize", params=query)
        assert (answer.status_code, "location" in answer.headers) == (400, False), uri
