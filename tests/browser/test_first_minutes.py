"""The first minutes of an instance in a real browser: a district, a source, what is set apart, who would vanish."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from app.people import first
from app.sandbox.district import District
from app.sandbox.serve import Addresses, serving
from app.sandbox.sis import CLIENT_ID, CLIENT_SECRET
from app.sandbox.world import World
from tests.support.browser import DESK, NARROW, Served, browser, empty, looking, seen_well, shots

__all__ = ["browser", "empty", "shots"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(300)]
"""Five minutes: what the first start to the first source may take, with all that follows."""
FULL, FEW = 60, 12
Well = Callable[[str], None]


@pytest.mark.parametrize(("size", "scripts"), [(DESK, True), (NARROW, False)], ids=["desk", "phone-no-scripts"])
def test_from_the_first_start_to_a_sync_that_was_held_and_let_through(
    browser: Browser, empty: Served, size: Any, scripts: bool, shots: Path | None
) -> None:
    world = World(District(size=FULL))
    with serving(world) as systems, looking(browser, empty, size, java_script_enabled=scripts) as look:

        def well(name: str) -> None:
            if scripts:  # axe is one
                seen_well(look, name, shots)

        look.at(f"{empty.url}/start/{empty.run(first_link)}")
        district_made(look.page, well)
        source_connected(look.page, systems, well)
        set_apart(look.page, well)
        held_and_let_through(look.page, world, well)


async def first_link(app: FastAPI, tenant: int) -> str:
    """What `tessera serve` prints on an empty instance."""
    del tenant
    return first.link_token(app.state.service.vault)


def district_made(page: Page, well: Well) -> None:
    """From the link that `tessera serve` prints to the district's own page."""
    well("first")
    page.get_by_label("The district's name").fill("Creekside Schools")
    page.get_by_label("Your name").fill("Kim Sample")
    page.get_by_label("E-mail address or sign-in name").fill("kim@example.org")
    page.get_by_label("Password", exact=True).fill("tulip ferry copper ninety")
    page.get_by_label("The same password again").fill("tulip ferry copper ninety")
    page.get_by_role("button", name="Make the district").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Creekside Schools")
    well("district-empty")


def source_connected(page: Page, systems: Addresses, well: Well) -> None:
    """A student information system, by the form of its connector: tested, then synced."""
    page.get_by_role("link", name="Connect a source").first.click()
    page.get_by_role("link", name=re.compile("^OneRoster")).click()
    page.get_by_label("Name", exact=True).fill("District SIS")
    page.get_by_label("Base URL").fill(f"{systems.root}/sis")
    page.get_by_label("Token URL").fill(systems.token)
    page.get_by_label("Client ID").fill(CLIENT_ID)
    page.get_by_label("Client secret").fill(CLIENT_SECRET)
    page.get_by_role("button", name="Save and test").click()
    expect(page.get_by_role("heading", name="Yes", exact=True)).to_be_visible()
    well("source-answers")
    page.get_by_role("button", name="Begin to sync").click()
    synced(page)
    well("source-synced")


def set_apart(page: Page, well: Well) -> None:
    """A few records of the source cannot be what they say: each says why, with the field at fault marked."""
    page.get_by_role("link", name=re.compile("in quarantine")).first.click()
    page.get_by_role("link", name="Look at the first").first.click()
    expect(page.locator("mark").first).to_be_visible()
    well("quarantined-first")


def held_and_let_through(page: Page, world: World, well: Well) -> None:
    """A listing that lost most of its people ends nobody until somebody says so."""
    world.district = District(size=FEW)
    world.advance(1)
    sync_everything(page)
    expect(page.get_by_text("Held back").first).to_be_visible()
    page.get_by_role("link", name="See who would vanish").click()
    page.locator("main details summary").first.click()
    expect(page.locator("main details li").first).to_be_visible()
    well("held")
    for box in page.get_by_label("These may go").all():
        box.check()
    page.get_by_role("button", name="Let the checked ones go").click()
    synced(page)
    expect(page.locator("#now section").first).not_to_contain_text("Held back")


def sync_everything(page: Page) -> None:
    """Sync the source in full, from its page."""
    page.goto(re.split("/(?:sources|quarantine)", page.url)[0] + "/sources")
    page.get_by_role("link", name="District SIS").click()
    page.get_by_role("button", name="Sync everything").click()
    synced(page)


def synced(page: Page) -> None:
    """Look at the source's page until the run that was asked for has ended: by hand, as who has no scripts does."""
    while page.locator("#now[data-live]").count():
        page.wait_for_timeout(500)
        page.reload()
