"""An advisor's morning in a real browser: the caseload, a talk noted, and a private note that stays its writer's."""

from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import NARROW, Served, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_talk_is_noted_and_its_private_note_is_the_writer_s_alone(
    browser: Browser, served: Served, scripts: bool, shots: Path | None
) -> None:
    learner = UUID(served.learner())
    with signed_in(browser, served, "advisor", learner=learner, size=NARROW, scripts=scripts) as look:
        look.at(f"{served.url}/caseload")
        page = look.page
        if scripts:
            seen_well(look, "caseload", shots)
        page.get_by_role("region", name="My caseload").get_by_role("link").first.click()
        page.get_by_label("What you talked about").fill("The robotics club, and a book on bridges.")
        page.get_by_label("The next step").fill("Shows the bridge project to the class")
        page.get_by_label("A note of your own").fill("Seems tired of late.")
        page.get_by_role("button", name="Note it").click()
        expect(page.get_by_role("status")).to_have_text("Noted.")
        assert "Seems tired of late." in look.text
        if scripts:
            seen_well(look, "checkins", shots)
    with signed_in(browser, served, "counselor", learner=learner) as look:
        look.at(f"{served.url}/learners/{learner}/checkins")
        assert "a book on bridges" in look.text
        assert "Seems tired of late." not in look.text
    with signed_in(browser, served, "guardian", learner=learner) as look:
        look.at(f"{served.url}/learners/{learner}/checkins")
        assert look.status == 403


def test_who_no_longer_advises_sees_nobody(browser: Browser, served: Served) -> None:
    with signed_in(browser, served, "advisor") as look:
        look.at(f"{served.url}/caseload")
        assert "Nobody yet" in look.text
        look.at(f"{served.url}/learners/{served.learner()}/checkins")
        assert look.status == 404
