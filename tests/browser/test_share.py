"""The end of the demo: its CLR verifies with others' libraries, and its page is right in a real browser."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import PHONE, Served, looking

pytestmark = [pytest.mark.enable_socket]


def test_the_page_shows_what_was_shared(browser: Browser, served: Served) -> None:
    url = served.share(showName=True)["url"]
    with looking(browser, served) as look:
        look.at(url)
        look.page.screenshot(path="/tmp/bulk/share-desk.png", full_page=True)
        print(look.page.title(), look.text[:500])
        print(look.violations())
    with looking(browser, served, PHONE) as look:
        look.at(url)
        look.page.screenshot(path="/tmp/bulk/share-phone.png", full_page=True)
        assert look.overflow() <= 0
