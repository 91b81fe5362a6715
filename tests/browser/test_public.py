"""Every public page in a real browser: readable by all (axe), on a phone and on a desk, with nothing from elsewhere."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from tests.support.browser import DESK, PHONE, Look, Served, looking

pytestmark = [pytest.mark.enable_socket]
BACK = "https://wallet.example.org/back"
REGISTRATION = {
    "client_name": "Sample Wallet",
    "client_uri": "https://wallet.example.org",
    "logo_uri": "https://wallet.example.org/logo.png",
    "tos_uri": "https://wallet.example.org/terms",
    "policy_uri": "https://wallet.example.org/privacy",
    "software_id": "sample-wallet",
    "software_version": "1.0",
    "redirect_uris": [BACK],
    "token_endpoint_auth_method": "client_secret_basic",
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "scope": "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.readonly",
}
AWARD = {
    "name": "Robotics 1: a robot that follows a line",
    "description": "Builds and programs a robot that follows a line without help.",
    "criteria": "Three rounds of the course, and an explanation of the program to the group.",
    "tags": ["robotics"],
}


def share(look: Look, served: Served) -> None:
    look.at(served.share(showName=True)["url"])


def verify(look: Look, served: Served) -> None:
    look.at(f"{served.url}/verify")


def verified(look: Look, served: Served) -> None:
    _pasted(look, served, json.dumps(served.clr))
    assert look.page.inner_text("h1") == "Valid"


def refused(look: Look, served: Served) -> None:
    _pasted(look, served, json.dumps(served.clr | {"name": "A better record"}))
    assert look.page.inner_text("h1") == "Not valid"
    assert "It was changed" in look.text or "changed" in look.text


def nothing_given(look: Look, served: Served) -> None:
    _pasted(look, served, "")
    assert look.page.get_by_role("alert").is_visible()


def achievement(look: Look, served: Served) -> None:
    served.batch({"award": AWARD, "learners": [served.learner()]})
    credentials = served.api.get(f"/v1/learners/{served.learner()}/credentials").json()["credentials"]
    own = next(credential["id"] for credential in credentials if credential["name"] == AWARD["name"])
    document = served.api.get(f"/v1/credentials/{own}").json()["document"]
    look.at(document["credentialSubject"]["achievement"]["id"])
    assert AWARD["criteria"] in look.text


def issuer(look: Look, served: Served) -> None:
    look.at(f"{served.url}/t/sample/about")
    assert "did:web:127.0.0.1" in look.text


def authorize(look: Look, served: Served) -> None:
    ticket = served.post("/v1/apps/invitations", {"note": "a test"})["initialAccessToken"]
    body = httpx.post(
        f"{served.url}/t/sample/oauth/register", json=REGISTRATION, headers={"Authorization": f"Bearer {ticket}"}
    ).json()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"x" * 50).digest()).decode().rstrip("=")
    query = {
        "response_type": "code",
        "client_id": body["client_id"],
        "redirect_uri": BACK,
        "scope": REGISTRATION["scope"],
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    look.at(str(httpx.URL(f"{served.url}/t/sample/oauth/authorize", params=query)))
    assert "Let “Sample Wallet” in?" in look.text


def nothing_there(look: Look, served: Served) -> None:
    assert look.at(f"{served.url}/t/sample/s/{'x' * 32}").status == 404


def _pasted(look: Look, served: Served, text: str) -> None:
    verify(look, served)
    look.page.fill("#credential", text)
    look.page.click("button")


PAGES: list[Callable[[Look, Served], None]] = [
    share,
    verify,
    verified,
    refused,
    nothing_given,
    achievement,
    issuer,
    authorize,
    nothing_there,
]


@pytest.mark.parametrize("show", PAGES, ids=[show.__name__ for show in PAGES])
def test_nobody_is_shut_out(browser: Browser, served: Served, show: Any, shots: Path | None) -> None:
    with looking(browser, served) as look:
        show(look, served)
        assert look.page.locator("h1").count() == 1
        assert look.page.get_attribute("html", "lang") == "en"
        for size in (DESK, PHONE):
            look.page.set_viewport_size(size)
            if shots is not None:
                look.page.screenshot(path=shots / f"{show.__name__}-{size['width']}.png", full_page=True)
            assert look.violations() == []
            assert look.overflow() <= 0
