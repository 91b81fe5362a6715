"""A program's way from nothing to a badge, in a real browser: phone and desk, scripts on and off, nothing for axe.

What axe looks at needs scripts, so without them the pages are only driven.
"""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import Browser

from app.people.roles import Role
from tests.support.browser import DESK, PHONE, Look, Served, browser, looking, seen_well, served, shots, signed_in

__all__ = ["browser", "served", "shots"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(420)]
LIST = """Name,Birth date,Activity,Date,What they did
Ben Sample,2013-02-03,Soldered a lamp,2026-10-04,It lights up.
Cara Sample,2012-12-24,Soldered a lamp,2026-10-04,It lights up and blinks.
Dan Sample,,Soldered a lamp,2026-10-04,It lights up.
Eve Sample,2013-01-01,Soldered a lamp,the fourth of October,It lights up.
"""


def photo() -> bytes:
    """A photo that tells where it was taken."""
    picture = Image.new("RGB", (640, 420), "#2f7d4f")
    exif = Image.Exif()
    exif[0x0110] = "Phone of Ada"
    exif.get_ifd(0x8825)[2] = (40.0, 26.0, 46.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def folder(shots: Path | None) -> Path | None:
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    return shots


def program_source(served: Served) -> int:
    """The source of the program that the district has approved."""

    async def program_of(app: FastAPI, tenant: int) -> int:
        from app.programs import programs

        async with app.state.service.db.transaction(tenant) as tx:
            (row,) = [source for source in await programs.listed(tx) if source.name == "Northside Robotics Club"]
            assert row.source_id is not None
            return row.source_id

    return served.run(program_of)


def registered(browser: Browser, served: Served, folder: Path | None) -> None:
    """The district registers a program, approves it, and says what it recognizes."""
    with signed_in(browser, served, "administrator", size=DESK) as look:
        look.at(served.url + "/programs")
        seen_well(look, "programs-none", folder)
        look.page.fill("#name", "Northside Robotics Club")
        look.page.click("text=Register >> nth=-1")
        look.page.click("button:has-text('Approve')")
        look.page.click("summary:has-text('Add a badge')")
        look.page.fill("#name", "Robot builder")
        look.page.fill("#criteria", "The robot follows a line of tape once around, and its builder explains how.")
        look.page.fill("#rubric", "Builds the chassis\nExplains the control loop")
        look.page.click("button:has-text('Add it')")
        assert "Robot builder" in look.text
        seen_well(look, "program-approved", folder)
        look.page.click("button:has-text('Invite a coordinator')")
        seen_well(look, "program-invited", folder)


def filled(look: Look, name: str = "Ada Sample", **more: str) -> None:
    look.page.check("#consent-older")
    look.page.fill("#learner", name)
    look.page.fill("#born", "2011-05-06")
    look.page.fill("#title", "A robot that follows a line")
    look.page.fill("#done", "Built the chassis and wrote the control loop.")
    look.page.fill("#on", "2026-10-03")
    for field, value in more.items():
        look.page.fill(f"#{field}", value)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_from_nothing_to_a_badge(browser: Browser, served: Served, folder: Path | None, *, scripts: bool) -> None:
    if scripts:
        registered(browser, served, folder)
    source = program_source(served)
    more: dict[str, Any] = {"source": source, "scripts": scripts}
    name = "Ada Sample" if scripts else "Zoe Sample"
    with signed_in(browser, served, "coordinator", size=PHONE, **more) as look:
        look.at(served.url + "/program")
        if scripts:
            seen_well(look, "program-home-empty", folder)
            look.page.set_viewport_size(PHONE)
        look.at(served.url + "/program/new")
        if scripts:
            seen_well(look, "form", folder)
            look.page.set_viewport_size(PHONE)
        filled(look, name)
        look.page.select_option("#achievement", label="Robot builder")
        look.page.set_input_files("#files", {"name": "robot.jpg", "mimeType": "image/jpeg", "buffer": photo()})
        look.page.click("button:has-text('Hand it in')")
        assert "waits for the district" in look.text
        if scripts:
            seen_well(look, "handed-in", folder)
    decided(browser, served, folder, name, first="needs work", scripts=scripts)
    with signed_in(browser, served, "coordinator", size=PHONE, **more) as look:
        look.at(served.url + "/program")
        look.page.click(f"li:has-text('{name}') a")
        assert "Show the loop." in look.text
        if scripts:
            seen_well(look, "asked-back", folder)
        look.page.click("a:has-text('Mend and hand in again')")
        if scripts:
            seen_well(look, "form-again", folder)
        look.page.fill("#done", "Built the chassis and wrote the control loop. Here is the loop.")
        look.page.click("button:has-text('Hand it in again')")
    decided(browser, served, folder, name, first="accept", scripts=scripts)
    with signed_in(browser, served, "coordinator", size=PHONE, **more) as look:
        look.at(served.url + "/program")
        assert "In the record" in look.text
        if scripts:
            seen_well(look, "program-home", folder)


def decided(browser: Browser, served: Served, folder: Path | None, name: str, *, first: str, scripts: bool) -> None:
    """A reviewer takes it, and decides it."""
    levels = ("Beginning", "Proficient") if first == "needs work" else ("Exemplary", "Proficient")
    role: Role = "reviewer"
    with signed_in(browser, served, role, size=DESK, source=program_source(served), scripts=scripts) as look:
        look.at(served.url + "/reviews")
        if scripts:
            seen_well(look, "queue", folder)
            look.page.set_viewport_size(DESK)
        look.page.click("a:has-text('A robot that follows a line')")
        look.page.click("button:has-text('Take it to look at')")
        if first == "accept":
            look.page.check("input[name=learner][value=new]")
            look.page.click("button:has-text('Say whose it is')")
        for nth, level in enumerate(levels):
            look.page.check(f"fieldset.criterion >> nth={nth} >> input[value={level}]")
        look.page.fill("#feedback", "Show the loop.")
        if scripts:
            seen_well(look, f"review-{first.replace(' ', '-')}", folder)
            look.page.set_viewport_size(DESK)
        look.page.check(f"input[name=verdict][value='{first}']")
        look.page.click("button:has-text('Decide')")
        assert ("in the record" if first == "accept" else "Sent back") in look.text
        if first == "accept" and scripts:
            seen_well(look, "review-accepted", folder)


def test_a_list_with_two_bad_rows(browser: Browser, served: Served, folder: Path | None) -> None:
    with signed_in(browser, served, "coordinator", size=PHONE, source=program_source(served)) as look:
        look.at(served.url + "/program/lists")
        seen_well(look, "lists", folder)
        look.page.fill("#pasted", LIST)
        look.page.check("#consent")
        look.page.click("button:has-text('Look at it')")
        seen_well(look, "list-preview", folder)
        text = look.text
        assert "a name alone is not enough" in text
        assert "is no date like" in text
        with look.page.expect_download() as mend:
            look.page.click("a:has-text('Download the rows')")
        assert "Eve Sample" in Path(mend.value.path()).read_text()
        look.page.click("button:has-text('Hand in the good rows')")
        assert "2 rows are handed in" in look.text
        look.page.click("button:has-text('Take the list back')")
        assert "2 submissions are taken back" in look.text


def test_by_code_without_an_account_and_a_mentor_by_link(browser: Browser, served: Served, folder: Path | None) -> None:
    source = program_source(served)
    with signed_in(browser, served, "coordinator", size=PHONE, source=source) as look:
        look.at(served.url + "/program/links")
        look.page.fill("#title", "Robot night")
        look.page.check("input[name=kind][value=code]")
        look.page.select_option("#achievement", label="Robot builder")
        seen_well(look, "links", folder)
        look.page.click("button:has-text('Make it')")
        seen_well(look, "link", folder)
        code = look.page.inner_text(".big.code")
        claim = re.sub(r"/in/.*", "/claim", look.page.inner_text("p.code a"))
    with looking(browser, served, PHONE) as look:
        look.at(claim)
        seen_well(look, "claim", folder)
        look.page.fill("#code", code.lower())
        look.page.click("button:has-text('Go on')")
        seen_well(look, "form-by-code", folder)
        filled(look, "Finn Sample", submitter="Finn Sample")
        look.page.click("button:has-text('Hand it in')")
        assert "Thank you" in look.text
    with signed_in(browser, served, "reviewer", size=DESK, source=source) as look:
        look.at(served.url + "/reviews")
        look.page.click("a:has-text('A robot that follows a line')")
        look.page.click("button:has-text('Take it to look at')")
        look.page.fill("#mentor", "Grace Mentor")
        look.page.click("button:has-text('Make a link')")
        address = re.search(r"http\S+/assess/\S+", look.text)
        assert address
    with looking(browser, served, PHONE) as look:
        look.at(address[0])
        look.page.check("fieldset.criterion >> nth=0 >> input[value=Proficient]")
        look.page.check("fieldset.criterion >> nth=1 >> input[value=Exemplary]")
        look.page.check("input[name=verdict][value=accept]")
        seen_well(look, "assess", folder)
        look.page.click("button:has-text('Send')")
        assert "This link has ended" in look.text
        assert look.at(address[0]).status == 410


def test_what_was_typed_survives_a_lost_connection(browser: Browser, served: Served, folder: Path | None) -> None:
    """A phone on a field trip: handed in without a connection, closed, opened again; and nothing is left afterwards."""
    source = program_source(served)
    with signed_in(browser, served, "coordinator", size=PHONE, source=source) as look:
        look.at(served.url + "/program/links")
        look.page.fill("#title", "The river trip")
        look.page.click("button:has-text('Make it')")
        address = look.page.inner_text("p.code a")
    with looking(browser, served, PHONE) as look:
        look.at(address)
        filled(look, "Gus Sample", submitter="Sam Coordinator")
        look.page.context.set_offline(True)
        look.page.click("button:has-text('Hand it in')")
        look.page.wait_for_selector("[data-away]:visible")
        look.page.context.set_offline(False)
        look.page.wait_for_selector("[data-away]", state="hidden")
        look.at(address)
        assert look.page.input_value("#learner") == "Gus Sample"
        assert look.page.is_visible("[data-kept]")
        assert not look.page.is_checked("input[name=consent]")
        seen_well(look, "form-kept", folder)
        look.at(address)
        look.page.check("input[name=consent]")
        look.page.click("button:has-text('Hand it in')")
        assert "Thank you" in look.text
        look.at(address)
        assert look.page.input_value("#learner") == ""
        assert look.page.is_hidden("[data-kept]")


def test_chosen_work_is_shown_until_it_is_closed(browser: Browser, served: Served, folder: Path | None) -> None:
    """What the demo's program handed in, as a guardian shows it."""
    learner = UUID(served.learner())
    with signed_in(browser, served, "guardian", size=PHONE, learner=learner) as look:
        look.at(f"{served.url}/mine/{learner}/exhibitions")
        look.page.fill("#title", "What I built")
        look.page.fill("#shown_as", "A maker")
        look.page.check("#piece-1")
        look.page.fill("#ends", f"{datetime.now(UTC).date() + timedelta(days=7)}")
        look.page.check("#consent")
        look.page.click("button:has-text('Open it')")
        seen_well(look, "exhibitions", folder)
        address = look.page.inner_text("p.code a")
    with looking(browser, served, PHONE) as look:
        look.at(address)
        assert "A lamp that follows the sun" in look.text
        seen_well(look, "exhibition", folder)
        look.page.fill("#name", "Grace")
        look.page.fill("#words", "It really follows!")
        look.page.click("button:has-text('Send')")
        assert "It can be seen once" in look.text
    with signed_in(browser, served, "guardian", size=PHONE, learner=learner) as look:
        look.at(f"{served.url}/mine/{learner}/exhibitions")
        look.page.click("button:has-text('Let it be seen')")
        look.page.click("button:has-text('Close it')")
    with looking(browser, served, PHONE) as look:
        assert look.at(address).status == 410


def test_what_there_is_to_do(browser: Browser, served: Served, folder: Path | None) -> None:
    with looking(browser, served, PHONE) as look:
        look.at(served.url + catalogue(served))
        seen_well(look, "catalogue-empty", folder)


def catalogue(served: Served) -> str:
    async def slug(app: FastAPI, tenant: int) -> str:
        from app.access import tenants

        return (await tenants.by_id(app.state.service.db, tenant)).slug

    return f"/t/{served.run(slug)}/opportunities"
