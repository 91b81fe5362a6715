"""One after-school badge of the demo's program, from the coordinator's phone to the learner's signed record.

With TESSERA_SHOTS, each step is a picture `walk-N-….png`: those of docs/gallery.md are these.
"""

import io
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from PIL import Image, ImageDraw
from playwright.sync_api import Browser

from app.cli.demo_program import NAME
from app.programs import programs
from tests.support.browser import DESK, PHONE, Look, Served, browser, looking, served, shots, signed_in

__all__ = ["browser", "served", "shots"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(420)]
TITLE = "A bird house with a camera"


def photo() -> bytes:
    """A photo of the bird house, as a phone takes it: it tells where."""
    picture = Image.new("RGB", (960, 640), "#9cc3d5")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((330, 260, 630, 560), fill="#b5793f")
    draw.polygon([(290, 270), (480, 110), (670, 270)], fill="#7a4a22")
    draw.ellipse((430, 340, 530, 440), fill="#2d1a0b")
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (40.0, 26.0, 46.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def program_source(served: Served) -> int:
    """The source of the demo's program."""

    async def source(app: FastAPI, tenant: int) -> int:
        async with app.state.service.db.transaction(tenant) as tx:
            (row,) = [row for row in await programs.listed(tx) if row.name == NAME]
        assert row.source_id is not None
        return row.source_id

    return served.run(source)


def pictured(look: Look, name: str, folder: Path | None) -> None:
    """A picture of what is in the window, once the page is there."""
    look.page.wait_for_load_state()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        look.page.screenshot(path=folder / f"walk-{name}.png")


def handed_in(look: Look, served: Served, record: dict[str, Any], folder: Path | None) -> None:
    """The coordinator, on a phone: the form, with a photo and a guardian's consent."""
    look.at(served.url + "/program")
    pictured(look, "1-program", folder)
    look.page.click("a.button:has-text('Hand in') >> nth=0")
    look.page.fill("#learner", record["names"][0]["value"])
    look.page.fill("#born", record["birthDates"][0]["value"])
    look.page.check("#consent-yes")
    pictured(look, "2-who", folder)
    look.page.select_option("#achievement", label="Maker")
    look.page.fill("#title", TITLE)
    look.page.fill("#done", "Sawed and glued it, and wired the camera to a battery. Two tits have moved in.")
    look.page.fill("#on", "2026-11-07")
    look.page.set_input_files("#files", {"name": "house.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    look.page.locator("#achievement").scroll_into_view_if_needed()
    pictured(look, "3-what", folder)
    look.page.click("button:has-text('Hand it in')")
    look.page.wait_for_selector("text=waits for the district")
    pictured(look, "4-handed-in", folder)


def accepted(look: Look, served: Served, record: dict[str, Any], folder: Path | None) -> None:
    """The reviewer: whose it is, a level for each criterion, and accept."""
    look.at(served.url + "/reviews")
    look.page.click(f"a:has-text('{TITLE}')")
    look.page.click("button:has-text('Take it to look at')")
    look.page.check(f"label:has-text('same birth date') >> input[value='{record['learner']}']")
    look.page.click("button:has-text('Say whose it is')")
    for nth, level in enumerate(("Exemplary", "Proficient")):
        look.page.check(f"fieldset.criterion >> nth={nth} >> input[value={level}]")
    look.page.fill("#feedback", "A clean joint, and a good explanation.")
    look.page.check("input[name=verdict][value=accept]")
    pictured(look, "5-review", folder)
    look.page.click("button:has-text('Decide')")
    look.page.wait_for_selector("text=in the record")


def test_from_a_coordinators_phone_to_the_learners_signed_record(
    browser: Browser, served: Served, shots: Path | None
) -> None:
    learner, source = UUID(served.learner()), program_source(served)
    record = {**served.api.get(f"/v1/learners/{learner}").json(), "learner": str(learner)}
    with signed_in(browser, served, "coordinator", size=PHONE, source=source) as look:
        handed_in(look, served, record, shots)
    with signed_in(browser, served, "reviewer", size=DESK, source=source) as look:
        accepted(look, served, record, shots)
    with signed_in(browser, served, "guardian", size=PHONE, learner=learner) as look:
        look.at(f"{served.url}/mine/{learner}")
        assert TITLE in look.text
        look.page.locator(f"text={TITLE}").first.scroll_into_view_if_needed()
        pictured(look, "6-record", shots)
        look.at(f"{served.url}/mine/{learner}/badges")
        look.page.get_by_role("checkbox", name="Maker").first.check()
        look.page.get_by_label("What is it for?").fill("A summer in the workshop")
        pictured(look, "7-badges", shots)
        look.page.get_by_role("button", name="Make a link").click()
        address = look.page.locator(".link a").get_attribute("href")
        assert address
    with looking(browser, served, PHONE) as look:
        look.at(address)
        assert "Maker" in look.text
        assert "Valid as of now" in look.text
        pictured(look, "8-shared", shots)
        signed = look.page.request.get(look.page.locator("a[href$='.json']").first.evaluate("a => a.href")).json()
        assert signed["credentialSubject"]["achievement"]["name"] == "Maker"
        look.at(f"{served.url}/verify")
        look.page.fill("#credential", json.dumps(signed))
        look.page.click("main button")
        assert look.page.inner_text("h1") == "Valid"
        pictured(look, "9-verified", shots)


def test_a_new_coordinator_with_an_invitation_and_a_phone(browser: Browser, served: Served, shots: Path | None) -> None:
    """As docs/programs.md says it, step by step: from the district's registering to the first badge handed in."""
    with signed_in(browser, served, "administrator", size=PHONE) as look:
        look.at(served.url + "/programs")
        look.page.fill("#name", "Creekside Garden Club")
        look.page.click("button:has-text('Register')")
        look.page.click("button:has-text('Approve')")
        look.page.click("summary:has-text('Add a badge')")
        look.page.fill("#name", "Gardener")
        look.page.fill("#criteria", "Something they planted can be eaten.")
        look.page.fill("#rubric", "Looks after it\nKnows what it needs")
        look.page.click("button:has-text('Add it')")
        look.page.click("a:has-text('Change what is said of it')")
        look.page.fill("#schools", "Northside Elementary")
        look.page.check("#trusted")
        look.page.click("button:has-text('Save')")
        look.page.wait_for_selector("text=Trusted")
        look.page.click("button:has-text('Invite a coordinator')")
        look.page.wait_for_selector(".big.code")
        pictured(look, "new-1-invited", shots)
        invitation = look.page.inner_text("p.code a")
    with looking(browser, served, PHONE) as look:
        look.at(invitation)
        pictured(look, "new-2-invitation", shots)
        look.page.fill("#name", "Nia Newcomer")
        look.page.fill("#login", "nia@example.org")
        look.page.fill("#password", "tulip ferry copper ninety")
        look.page.fill("#again", "tulip ferry copper ninety")
        look.page.click("button:has-text('Make my account')")
        look.page.wait_for_selector("text=Nothing handed in yet")
        pictured(look, "new-3-home", shots)
        look.page.click("a.button:has-text('Hand in') >> nth=0")
        look.page.fill("#learner", "Ada Sample")
        look.page.fill("#grade", "5th")
        look.page.select_option("#achievement", label="Gardener")
        look.page.fill("#title", "A bed of carrots")
        look.page.click("button:has-text('Hand it in')")
        assert look.page.evaluate("document.activeElement.name") == "consent", "it cannot be passed over"
        look.page.check("#consent-no")
        look.page.click("button:has-text('Hand it in')")
        look.page.wait_for_selector("text=It is marked below")
        pictured(look, "new-4-consent", shots)
        look.page.check("#consent-yes")
        look.page.click("button:has-text('Hand it in')")
        look.page.wait_for_selector("text=waits for the district")
        pictured(look, "new-5-handed-in", shots)
