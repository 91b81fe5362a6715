"""Days of people in a real browser, at both sizes, with scripts and without: what is decided, typed, planned, ended."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect

from app.access import tenants
from tests.support.browser import DESK, NARROW, Served, seen_well, signed_in
from tests.support.district import District, user

pytestmark = [pytest.mark.enable_socket]
MODES = pytest.mark.parametrize(("size", "scripts"), [(DESK, True), (NARROW, False)], ids=["desk", "phone-no-scripts"])


async def pair_that_waits(app: FastAPI, tenant: int) -> None:
    """Two children whom two systems know by one number, under names that have nothing in common."""
    db = app.state.service.db
    district = District(db, await tenants.by_id(db, tenant))
    for slug, name in (("north", "Ada"), ("south", "Zoe")):
        source = await district.source(f"{slug}-{uuid4().hex[:6]}", "oneroster")
        await district.take(source, "users", [user("u-1", name, identifier="990011")])
    await district.settle()


@MODES
def test_a_near_match_is_decided_and_taken_back(browser: Browser, served: Served, size: Any, scripts: bool) -> None:
    served.run(pair_that_waits)
    with signed_in(browser, served, "steward", name="Lee", size=size, scripts=scripts) as look:
        page = look.at(f"{served.url}/matches").page
        forms = page.locator("form[action^='/matches/']").filter(has=page.get_by_role("button", name="Two learners"))
        pair = f"form[action='{forms.first.get_attribute('action')}']"
        page.locator(pair).get_by_label("Why?").fill("Cousins; I know both")
        page.locator(pair).get_by_role("button", name="Two learners").click()
        expect(page.get_by_role("status")).to_have_text("They stay two learners.")
        expect(page.locator(pair)).to_have_count(0)
        page.get_by_role("navigation", name="Near matches").get_by_role("link", name="Decided").click()
        expect(page.get_by_text("Cousins; I know both").first).to_be_visible()
        expect(page.get_by_text("Lee Sample").first).to_be_visible()
        card = page.locator("section").filter(has_text="Cousins; I know both").first
        card.get_by_role("button", name="Take it back").click()
        expect(page.get_by_role("status")).to_contain_text("Taken back.")
        look.at(f"{served.url}/matches")
        while not page.get_by_text("Zoe Sample").count():  # the rules decide again, by a job
            page.wait_for_timeout(300)
            page.reload()


ACED = "https://tool.example.org/verbs/aced"


async def verb_nobody_knows(app: FastAPI, tenant: int) -> int:
    """A tool that says what a learner did with a verb of its own."""
    db = app.state.service.db
    district = District(db, await tenants.by_id(db, tenant))
    source = await district.source(f"own-words-{uuid4().hex[:6]}", "xapi")
    skill = {"id": "https://tool.example.org/skills/1", "definition": {"name": {"en": "Ratios"}}}
    actor = {"account": {"homePage": "https://tool.example.org", "name": "ada"}}
    statement = {"id": str(uuid4()), "actor": actor, "verb": {"id": ACED}, "object": skill}
    await district.take(source, "statements", [statement])
    return source.id


@MODES
def test_a_quarantine_is_mended_by_a_setting(
    browser: Browser, served: Served, size: Any, scripts: bool, shots: Path | None
) -> None:
    source = served.run(verb_nobody_knows)
    with signed_in(browser, served, "steward", size=size, scripts=scripts, language="es") as look:
        page = look.at(f"{served.url}/quarantine?source={source}").page
        expect(page.get_by_text("es un verbo que no conocemos").first).to_be_visible()
        if scripts:
            seen_well(look, "quarantine-es", shots)
        look.at(f"{served.url}/sources/{source}/settings")
        if page.locator("#s-verbs").is_hidden():
            page.locator("details summary").last.click()
        page.locator("#s-verbs").fill(f'{{"{ACED}": "shown"}}')
        page.get_by_role("button", name="Guardar").click()
        look.at(f"{served.url}/quarantine?source={source}")
        page.get_by_role("button", name="Intentar de nuevo").first.click()
        expect(page.get_by_role("status")).to_contain_text("1 registro ya se entiende")


async def roster_teacher(app: FastAPI, tenant: int) -> tuple[tuple[int, str], str]:
    """A teacher of the roster, and a class of theirs."""
    async with app.state.service.db.transaction(tenant) as tx:
        rows = await tx.rows(
            """SELECT r.source_id, r.person, r.body->>'class_' FROM record r
               JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.slug = 'sis'
               WHERE r.tenant_id = %s AND r.kind = 'enrollment' AND r.body->>'role' = 'teacher'
                 AND r.state = 'current' ORDER BY 3, 2""",
            tenant,
        )
    source, person, key = rows[0]
    return (source, person), f"/classes/{source}/{key}"


@MODES
def test_a_teacher_enters_evidence_for_a_class_without_a_mouse(
    browser: Browser, served: Served, size: Any, scripts: bool
) -> None:
    person, address = served.run(roster_teacher)
    with signed_in(browser, served, "teacher", size=size, scripts=scripts, person=person) as look:
        page = look.at(f"{served.url}{address}/evidence").page
        everybody = page.get_by_role("radiogroup").count()
        page.get_by_label("What was shown?").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.type("Exit ticket by keyboard")
        page.get_by_role("group", name="How did it come about?").get_by_role("radio").first.focus()
        for _ in range(everybody):
            page.keyboard.press("Tab")
            for _ in range(3):
                page.keyboard.press("ArrowRight")
        chosen = page.locator("[role=radiogroup] input:checked:not([value=''])")
        expect(chosen).to_have_count(everybody)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text(f"Entered for {everybody} learner")


@MODES
def test_a_goal_is_planned_signed_and_read_by_the_family(
    browser: Browser, served: Served, size: Any, scripts: bool, shots: Path | None
) -> None:
    learner = UUID(served.learner())
    title = f"Build a bridge that holds ({size['width']})"
    with signed_in(browser, served, "learner", learner=learner, size=size, scripts=scripts) as look:
        page = look.at(f"{served.url}/mine/{learner}").page
        page.get_by_role("navigation", name="Pages of this record").get_by_role("link", name="Plan", exact=True).click()
        if page.locator("summary").filter(has_text="Add a goal").count():
            page.locator("summary").filter(has_text="Add a goal").first.click()
        elif scripts:
            seen_well(look, "plan-first", shots)
        page.get_by_label("What do you want to reach?").fill(title)
        page.get_by_label("this year").check()
        page.get_by_label("Why does it matter?").fill("I want to study engineering.")
        if steps := page.get_by_role("group", name="Steps on the way").get_by_role("checkbox").all():
            steps[0].check()
        page.get_by_role("button", name="Add the goal").click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        page.get_by_label("Write it here").fill("I like to know why things stand.")
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_text("I like to know why things stand.").first).to_be_visible()
        if scripts:
            seen_well(look, "plan-learner", shots)
    with signed_in(browser, served, "advisor", name="Ann", learner=learner, size=size, scripts=scripts) as look:
        page = look.at(f"{served.url}/learners/{learner}/plan").page
        assert "I like to know why things stand." not in look.text
        page.get_by_role("button", name="Sign the plan").click()
        expect(page.get_by_text("signed by the advisor")).to_be_visible()
        if scripts:
            seen_well(look, "plan-advisor", shots)
    with signed_in(browser, served, "guardian", learner=learner, size=size, scripts=scripts, language="es") as look:
        page = look.at(f"{served.url}/mine/{learner}").page
        page.get_by_role("navigation", name="Páginas de este registro").get_by_role("link", name="Plan").click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.get_by_text("firmado por el asesor").first).to_be_visible()
        if scripts:
            seen_well(look, "plan-guardian-es", shots)


@MODES
def test_an_advisor_s_access_ends_at_the_next_click(browser: Browser, served: Served, size: Any, scripts: bool) -> None:
    learner = UUID(served.learner())
    name = f"Avery{size['width']}"
    with signed_in(browser, served, "advisor", name=name, learner=learner, size=size, scripts=scripts) as look:
        page = look.at(f"{served.url}/caseload").page
        page.get_by_role("region", name="My caseload").get_by_role("link").first.click()
        page.get_by_label("What you talked about").fill("The summer")
        with signed_in(browser, served, "administrator", size=size, scripts=scripts) as office:
            office.at(f"{served.url}/people")
            office.page.get_by_role("link", name=f"{name} Sample").first.click()
            office.page.get_by_role("button", name="Take away").click()
            expect(office.page.get_by_role("status")).to_be_visible()
        page.get_by_role("button", name="Note it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not your page")
        for path in (f"/learners/{learner}", f"/learners/{learner}/plan", "/caseload"):
            assert look.at(served.url + path).status == 403
