"""The administrator's and the data steward's pages in a real browser: the demo's district, wide and at 320 pixels."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import NARROW, Served, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]


def test_the_district_and_its_sources_are_seen_well(browser: Browser, served: Served, shots: Path | None) -> None:
    with signed_in(browser, served, "administrator", name="Kim") as look:
        page = look.at(f"{served.url}/district").page
        seen_well(look, "district", shots)
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Sources").click()
        seen_well(look, "sources", shots)
        page.get_by_role("link", name="District SIS").click()
        seen_well(look, "source", shots)
        page.get_by_role("link", name="Sync 1", exact=True).click()
        expect(page.get_by_role("heading", name="What came, and what became of it")).to_be_visible()
        seen_well(look, "run", shots)
        look.at(f"{served.url}/sources/new")
        seen_well(look, "source-kinds", shots)
        page.get_by_role("link", name="Canvas LMS").click()
        page.get_by_text("More settings").click()
        seen_well(look, "source-form", shots)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_source_is_made_tested_and_mended(
    browser: Browser, served: Served, scripts: bool, shots: Path | None
) -> None:
    with signed_in(browser, served, "steward", size=NARROW, scripts=scripts) as look:
        page = look.at(f"{served.url}/sources/new/canvas").page
        page.get_by_label("Name").fill("Second LMS")
        page.get_by_label("Base URL").fill("https://canvas.invalid")
        page.get_by_label("Token", exact=False).first.fill("a-secret-token")
        page.get_by_role("button", name="Save and test").click()
        expect(page.get_by_role("heading", name="Not as it should")).to_be_visible()
        if scripts:
            seen_well(look, "source-test", shots)
        page.get_by_role("link", name="Change the settings").click()
        assert "a-secret-token" not in page.content()
        expect(page.get_by_text("One is stored and not shown")).to_be_visible()
        page.get_by_label("Base URL").fill("https://other.invalid")
        page.get_by_role("button", name="Save and test").click()
        expect(page.get_by_role("alert")).to_contain_text("enter it again")


def test_what_waits_is_decided(browser: Browser, served: Served, shots: Path | None) -> None:
    with signed_in(browser, served, "steward", name="Lee") as look:
        page = look.at(f"{served.url}/quarantine").page
        seen_well(look, "quarantine", shots)
        page.get_by_role("link", name="Look at the first").first.click()
        seen_well(look, "quarantined", shots)
        page.get_by_role("link", name="Dismiss").click()
        page.get_by_label("Why?").fill("A test row of the vendor")
        seen_well(look, "dismiss", shots)
        page.get_by_role("button", name="Dismiss").click()
        expect(page.get_by_role("status")).to_contain_text("dismissed")
        look.at(f"{served.url}/matches")
        seen_well(look, "matches", shots)
        look.at(f"{served.url}/matches/decided")
        seen_well(look, "decided", shots)
        look.at(f"{served.url}/alignments")
        seen_well(look, "alignments", shots)
        page.get_by_label("No competency: it is not to count").first.check()
        page.get_by_role("button", name="Say so").first.click()
        expect(page.get_by_role("status")).to_contain_text("Said.")


def test_people_programs_and_the_log(browser: Browser, served: Served, shots: Path | None) -> None:
    with signed_in(browser, served, "administrator", name="Kim") as look:
        page = look.at(f"{served.url}/people/invite").page
        page.get_by_label("Role", exact=True).select_option("teacher")
        page.get_by_label("Name").fill("Pat Sample")
        seen_well(look, "invite", shots)
        page.get_by_role("button", name="Make the invitation").click()
        expect(page.get_by_role("heading", name="Invitation")).to_be_visible()
        seen_well(look, "paper", shots)
        look.at(f"{served.url}/people")
        expect(page.get_by_text("Pat Sample").first).to_be_visible()
        seen_well(look, "people", shots)
        page.get_by_role("link", name="Kim Sample").last.click()
        seen_well(look, "person", shots)
        look.at(f"{served.url}/providers/new")
        seen_well(look, "provider", shots)
        look.at(f"{served.url}/clients")
        page.get_by_role("textbox", name="Name").fill("A dashboard")
        page.get_by_label("Reads records").check()
        page.get_by_text("Choose right by right").click()
        page.get_by_label("audit.read").check()
        page.get_by_role("button", name="Make a key").click()
        expect(page.get_by_role("status")).to_contain_text("tsk_")
        seen_well(look, "clients", shots)
        look.at(f"{served.url}/audit")
        seen_well(look, "audit", shots)


def test_a_learner_is_found_and_each_value_leads_to_its_source(
    browser: Browser, served: Served, shots: Path | None
) -> None:
    name = served.api.get(f"/v1/learners/{served.learner()}").json()["names"][0]
    with signed_in(browser, served, "registrar") as look:
        page = look.at(f"{served.url}/learners").page
        page.get_by_label("Find a learner").fill(f"{name['given'][:3]} {name['family']}")
        page.get_by_role("search").get_by_role("button", name="Search").click()
        seen_well(look, "learners", shots)
        page.get_by_role("link", name=name["value"]).first.click()
        seen_well(look, "learner", shots)
        page.get_by_role("link", name="Where from?").first.click()
        expect(page.get_by_role("heading", name="Where this comes from")).to_be_visible()
        seen_well(look, "origin", shots)
        page.go_back()
        page.get_by_role("link", name="Invite to this record").click()
        page.get_by_role("button", name="Make the invitation").click()
        expect(page.get_by_text("It works once")).to_be_visible()


FILE = b"""Local Student ID,First,Last,DOB,When,Reading,Band,Section,Minutes on the whole of the test
0100001,Ada,Sample,1/6/2015,9/8/2025,271,At,A,31
0100002,Bea,Tester,12/5/2016,9/8/2025,314,Above,A,28
0100003,Cleo,Probe,3/2/2016,9/9/2025,198,*,B,40
"""


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_layout_is_drafted_by_mouse_and_kept(
    browser: Browser, served: Served, scripts: bool, shots: Path | None
) -> None:
    with signed_in(browser, served, "steward", scripts=scripts) as look:
        page = look.at(f"{served.url}/sources/new/assessment_file").page
        page.get_by_label("Name").fill("Spring checks")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("link", name="Layout of a new file").click()
        page.set_input_files("#file", {"name": "spring.csv", "mimeType": "text/csv", "buffer": FILE})
        page.get_by_role("button", name="See what its columns are").click()
        page.get_by_label("What Section is").select_option(label="Kept as it is")
        page.get_by_role("button", name="Try it so").click()
        expect(page.get_by_label("What Section is")).to_have_value("other")
        expect(page.get_by_role("heading", name="Ada Sample")).to_be_visible()
        if scripts:
            seen_well(look, "layout", shots)
        page.get_by_role("button", name="Keep this layout").click()
        expect(page.get_by_text("spring.csv waits here")).to_be_visible()
        page.get_by_role("button", name="See what it would change").click()
        expect(page.get_by_text("Nothing was changed yet")).to_be_visible()
