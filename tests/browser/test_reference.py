"""The API reference in a real browser: found by who one is, read without scripts, and nothing for axe to find."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Served, looking, seen_well

pytestmark = [pytest.mark.enable_socket]


@pytest.mark.parametrize("name", ["", "pushEvidence", "types/EvidenceItem", "readRecord"])
def test_the_reference_is_read_by_everybody(browser: Browser, served: Served, shots: Path | None, name: str) -> None:
    with looking(browser, served, java_script_enabled=False) as look:
        assert look.at(f"{served.url}/docs/{name}".rstrip("/")).status == 200
        if not name:
            assert "You make a learning tool" in look.text
    with looking(browser, served) as look:
        look.at(f"{served.url}/docs/{name}".rstrip("/"))
        seen_well(look, f"reference-{name.replace('/', '-') or 'index'}", shots)


def test_an_operation_is_found_by_its_words(browser: Browser, served: Served) -> None:
    with looking(browser, served) as look:
        look.at(f"{served.url}/docs")
        look.page.fill("#q", "evidence post")
        look.page.press("#q", "Enter")
        look.page.click("text=Push evidence")
        assert "/v1/evidence" in look.text
