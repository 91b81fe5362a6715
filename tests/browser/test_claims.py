"""A family claims a badge, and a reader checks a share: in a real browser, nothing for axe."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESK, PHONE, Served, looking, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]


def claim(served: Served) -> tuple[str, str]:
    """The learner of the demo's record, and a link to claim what was issued to them."""
    learner = served.learner()
    return learner, str(served.post(f"/v1/learners/{learner}/claims", {})["url"])


def test_a_family_claims_on_a_phone(browser: Browser, served: Served, shots: Path | None) -> None:
    _, address = claim(served)
    with looking(browser, served, PHONE, has_touch=True, is_mobile=True, java_script_enabled=False) as look:
        assert look.at(address).status == 200
        page = look.page
        expect(page.get_by_role("heading", level=1)).to_have_text("Yours to claim")
        page.get_by_role("button", name="Claim it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Claimed")
        assert look.overflow() <= 0
        download = httpx.get(page.get_by_role("link", name="JSON").first.evaluate("link => link.href"))
        assert download.json()["type"][0] == "VerifiableCredential"
        guardian = page.get_by_label("I am the parent or guardian of this learner.")
        if guardian.count():
            guardian.check()
        page.get_by_role("button", name="Make a link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your link")
        assert page.get_by_role("link", name="Add to LinkedIn").count() > 0
    with looking(browser, served) as look:
        look.at(address)
        seen_well(look, "claim", shots)
        look.at(f"{address}/check")
        seen_well(look, "claim-checked", shots)


def test_a_reader_sees_it_verified(browser: Browser, served: Served, shots: Path | None) -> None:
    with looking(browser, served) as look:
        look.at(served.share(showName=True)["url"])
        look.page.get_by_role("link", name="Check it now").first.click()
        expect(look.page.get_by_role("heading", level=1)).to_have_text("Checked just now")
        assert "Unchanged since it was signed" in look.text
        assert "Valid" in look.page.locator("section .state").first.inner_text()
        seen_well(look, "share-checked", shots)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_staff_make_the_link(browser: Browser, served: Served, size: Any, shots: Path | None) -> None:
    learner, _ = claim(served)
    with signed_in(browser, served, "registrar", size=size) as look:
        look.at(f"{served.url}/learners/{learner}/credentials")
        page = look.page
        seen_well(look, "credentials-claims", shots)
        page.set_viewport_size(size)
        page.get_by_role("button", name="Make a link to claim it").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("To be claimed")
        seen_well(look, "claim-made", shots)
