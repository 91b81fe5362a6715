"""Signing in, one's own page and the parts of pages in a real browser: on a desk and at 320 pixels, light and dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESK, NARROW, Served, looking, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]


@pytest.mark.parametrize("path", ["/", "/login", "/invitation", "/style", "/nowhere/at/all"])
def test_pages_for_anybody(browser: Browser, served: Served, path: str, shots: Path | None) -> None:
    with looking(browser, served) as look:
        if path.startswith("/nowhere"):
            look.at(f"{served.url}/invitation/0000000000000000")
            assert look.status == 404
        else:
            look.at(served.url + path)
        seen_well(look, path.strip("/").replace("/", "-") or "start", shots)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "phone"])
def test_one_s_own_page(browser: Browser, served: Served, size: object, scripts: bool, shots: Path | None) -> None:
    with signed_in(browser, served, "administrator", size=size, scripts=scripts, name="Kim") as look:
        look.at(f"{served.url}/me")
        page = look.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Kim Sample")
        page.get_by_label("Your name").fill("Kim Changed")
        page.get_by_label("Language").select_option("es")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kim Changed")
        assert page.get_attribute("html", "lang") == "es"
        if scripts:
            seen_well(look, "me", shots)


def test_who_is_not_signed_in_is_led_to_the_door_and_back(browser: Browser, served: Served) -> None:
    with looking(browser, served) as look:
        look.at(f"{served.url}/me")
        assert look.page.url.endswith("/login?next=/me")


def test_going_back_after_signing_out_shows_nothing_of_before(browser: Browser, served: Served) -> None:
    with signed_in(browser, served, "administrator", name="Kim") as look:
        look.at(f"{served.url}/people")
        look.at(f"{served.url}/me")
        page = look.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Kim Sample")
        page.get_by_role("button", name="Sign out", exact=True).first.click()
        page.wait_for_url(f"{served.url}/")
        page.go_back()
        expect(page).to_have_url(f"{served.url}/login?next=/me")
        expect(page.locator("body")).not_to_contain_text("Kim Sample")
