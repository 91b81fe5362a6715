"""A teacher's day in a real browser: the class, what it needs, evidence for many at once, and taken back."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.support.browser import DESK, NARROW, Served, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def taught(served: Served) -> dict[str, Any]:
    """A teacher of the roster, and a class of theirs with learners in it."""

    async def find(app: Any, tenant: int) -> dict[str, Any]:
        async with app.state.service.db.transaction(tenant) as tx:
            rows = await tx.rows(
                """SELECT r.source_id, r.person, r.body->>'class_' FROM record r
                   JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.slug = 'sis'
                   WHERE r.tenant_id = %s AND r.kind = 'enrollment' AND r.body->>'role' = 'teacher'
                     AND r.state = 'current' ORDER BY 3, 2""",
                tenant,
            )
            source, person, key = rows[0]
            return {"person": (source, person), "address": f"/classes/{source}/{key}"}

    return served.run(find)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "phone"])
def test_a_teacher_enters_evidence_for_a_class_and_takes_it_back(
    browser: Browser, served: Served, taught: dict[str, Any], size: Any, scripts: bool
) -> None:
    with signed_in(browser, served, "teacher", size=size, scripts=scripts, person=taught["person"]) as look:
        look.at(served.url + taught["address"])
        page = look.page
        page.get_by_role("navigation", name="Pages of this class").get_by_role("link", name="Enter evidence").click()
        page.get_by_label("What was shown?").select_option(index=1)
        page.get_by_label("What did they do?").fill("Exit ticket")
        groups = page.get_by_role("radiogroup")
        everybody = groups.count()
        assert everybody > 0
        for n in range(everybody):
            groups.nth(n).get_by_label("Proficient").check(force=True)
        page.get_by_role("button", name="Enter", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text(f"Entered for {everybody} learner")
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("status")).to_have_text("Taken back. It no longer counts.")


def test_a_form_that_says_nothing_is_shown_again(browser: Browser, served: Served, taught: dict[str, Any]) -> None:
    with signed_in(browser, served, "teacher", person=taught["person"]) as look:
        look.at(f"{served.url}{taught['address']}/evidence")
        page = look.page
        page.get_by_label("What was shown?").select_option(index=1)
        page.get_by_label("What did they do?").fill("Exit ticket")
        page.get_by_role("button", name="Enter", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Choose a level for at least one learner.")
        expect(page.get_by_label("What did they do?")).to_have_value("Exit ticket")


@pytest.mark.parametrize("page", ["", "/needs", "/evidence"])
def test_pages_of_a_class_look_well(
    browser: Browser, served: Served, taught: dict[str, Any], page: str, shots: Path | None
) -> None:
    with signed_in(browser, served, "teacher", person=taught["person"]) as look:
        look.at(served.url + taught["address"] + page)
        assert look.status == 200
        seen_well(look, f"class{page.replace('/', '-')}", shots)


def test_each_level_opens_its_reasons(
    browser: Browser, served: Served, taught: dict[str, Any], shots: Path | None
) -> None:
    with signed_in(browser, served, "teacher", person=taught["person"]) as look:
        look.at(f"{served.url}/classes")
        seen_well(look, "classes", shots)
        look.at(served.url + taught["address"])
        look.page.locator(".book a.level").first.click()
        expect(look.page.get_by_role("heading", level=2, name="What was shown")).to_be_visible()
        seen_well(look, "why", shots)


def test_a_class_of_somebody_else_is_not_there(browser: Browser, served: Served, taught: dict[str, Any]) -> None:
    with signed_in(browser, served, "teacher", person=(taught["person"][0], "nobody")) as look:
        look.at(served.url + taught["address"])
        assert look.status == 404


def test_a_teacher_sets_a_level_and_takes_it_back(
    browser: Browser, served: Served, taught: dict[str, Any], shots: Path | None
) -> None:
    with signed_in(browser, served, "teacher", person=taught["person"]) as look:
        page = look.page
        look.at(served.url + taught["address"])
        page.locator("td a.level").first.click()
        page.get_by_text("Set the level yourself").click()
        page.get_by_label("Level").select_option("Advanced")
        page.get_by_label("Reason").fill("Explained it to the class, and to me")
        seen_well(look, "set-a-level", shots)
        page.get_by_role("button", name="Set the level").click()
        expect(page.get_by_role("status")).to_have_text("The level is set.")
        expect(page.locator(".verdict b")).to_have_text("Advanced")
        seen_well(look, "level-set", shots)
        look.at(served.url + taught["address"])
        seen_well(look, "gradebook-with-a-level-set", shots)
        page.locator("td a.level.set").first.click()
        page.get_by_role("link", name="Take it back").click()
        page.get_by_label("Why?").fill("A mistake of mine")
        page.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("status")).to_contain_text("Taken back.")
