"""Passkeys in a real browser whose device is a virtual authenticator (Chromium's `WebAuthn` domain)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from app.access import tenants
from app.cli.serve import api_server, listening, opened_service
from app.main import create_app
from app.people import accounts
from app.settings import Settings
from tests.conftest import TestDatabase
from tests.support.browser import Look, Wait, in_another_thread, seen_well
from tests.support.people import TOKEN

pytestmark = [pytest.mark.enable_socket]
GOOD = "four random words here"
KIM, LEE = "kim@example.org", "lee@example.org"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(scope="module")
def home(module_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A district with two data stewards, served at a name: browsers take passkeys for no number."""
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        settings = Settings(
            data=tmp_path_factory.mktemp("passkeys"),
            port=port,
            public_url=f"http://localhost:{port}",
            log_level="warning",
            database_url=SecretStr(module_database.owner_url),
            service_database_url=SecretStr(module_database.service_url),
        )

        async def main(ready: Wait) -> None:
            app = create_app(settings)
            async with opened_service(app) as service, api_server(app, settings, taken):
                tenant = await tenants.add(service.db, "sample", "Sample District")
                async with service.db.transaction(tenant.id) as tx:
                    for login in (KIM, LEE):
                        row = await accounts.make(tx, login, f"{login[:3].title()} Sample", password=GOOD)
                        await accounts.give(tx, row.id, "steward", by="a test", origin="administrator")
                await ready()

        with in_another_thread(main):
            yield settings.home


@dataclass
class Device:
    """A page of a browser whose device keeps passkeys, and what it has answered with."""

    page: Page
    answers: list[dict[str, str]]

    def look(self, home: str) -> Look:
        return Look(self.page, home)


@pytest.fixture
def device(browser: Browser) -> Iterator[Device]:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    answers: list[dict[str, str]] = []

    def note(request: Any) -> None:
        if request.method == "POST" and "passkey" in request.url and request.post_data:
            answers.append({name: values[0] for name, values in parse_qs(request.post_data).items()})

    page.on("request", note)
    yield Device(page, answers)
    context.close()


def sign_in(page: Page, home: str, login: str) -> None:
    page.goto(f"{home}/login")
    page.get_by_label("E-mail address or sign-in name").fill(login)
    page.get_by_label("Password", exact=True).fill(GOOD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{home}/district")


def sign_out(page: Page, home: str) -> None:
    page.goto(f"{home}/me")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_url(f"{home}/")


def make(page: Page, home: str, name: str) -> None:
    page.goto(f"{home}/me/passkeys/new")
    page.get_by_label("What do you call this device?").fill(name)
    page.get_by_label("The password you have now").fill(GOOD)
    page.get_by_role("button", name="Make the passkey").click()
    page.wait_for_url(f"{home}/me")


def test_a_passkey_is_made_opens_alone_and_is_taken_away(home: str, device: Device, shots: Path | None) -> None:
    page = device.page
    sign_in(page, home, KIM)
    page.goto(f"{home}/me/passkeys/new")
    seen_well(device.look(home), "passkey-new", shots)
    make(page, home, "My laptop")
    expect(page.get_by_role("status")).to_contain_text("opens your account")
    expect(page.locator("main")).to_contain_text("My laptop")
    seen_well(device.look(home), "passkey-me", shots)
    sign_out(page, home)
    page.goto(f"{home}/login?next=/me")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{home}/me")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kim Sample")
    page.get_by_role("button", name="Take away My laptop").click()
    expect(page.get_by_role("status")).to_contain_text("opens nothing any more")
    sign_out(page, home)
    page.goto(f"{home}/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").first).to_contain_text("not known here")


def test_an_answer_counts_once_in_its_own_browser_and_for_its_own_account(home: str, device: Device) -> None:
    page = device.page
    sign_in(page, home, LEE)
    make(page, home, "My phone")
    made = device.answers[-1]
    sign_out(page, home)
    page.goto(f"{home}/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{home}/district")
    answer = device.answers[-1]["answer"]
    visit = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "tessera-visit")
    for cookies in ({"tessera-visit": visit}, {}):  # the same browser again, and one that saw it over a shoulder
        with httpx.Client(base_url=home, cookies=cookies, headers={"Accept": "text/html"}) as http:
            token = TOKEN.search(http.get("/login").text)
            assert token
            again = http.post("/login/passkey", data={"form_token": token[1], "answer": answer})
            assert again.status_code == 401, again.text
            assert "tessera" not in again.cookies
            for wrong in ("", "{}", "[]", made["answer"], _of(answer, "userHandle", "AAAAAAAAAAE"), "x" * 9000):
                assert http.post("/login/passkey", data={"form_token": token[1], "answer": wrong}).status_code == 401
    sign_out(page, home)
    sign_in(page, home, KIM)
    with httpx.Client(base_url=home, headers={"Accept": "text/html"}) as http:
        http.cookies.update({cookie["name"]: cookie["value"] for cookie in page.context.cookies()})
        token = TOKEN.search(http.get("/me").text)
        assert token
        stolen = {"form_token": token[1], "now": GOOD, "answer": made["answer"], "name": "Lee's"}
        assert http.post("/me/passkeys", data=stolen).status_code == 422, "it was made in another session"
        assert http.post("/me/passkeys", data={**stolen, "now": "wrong"}).status_code == 422


def _of(answer: str, name: str, value: str) -> str:
    changed = json.loads(answer)
    changed["response"][name] = value
    return json.dumps(changed)
