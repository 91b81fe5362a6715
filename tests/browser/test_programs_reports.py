"""Months, who takes part, what is offered and within reach, in a real browser: phone and desk, nothing for axe."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from app.db.access import tenants
from app.db.plans.plans import Signature
from app.db.records import learners
from app.programs import definitions, programs, reviewing, submitting, whose
from app.programs.judging import Mark
from app.programs.programs import Registration
from app.programs.rubric import Criterion, Definition, Level
from app.programs.submission import Learner, Submission
from tests.support.browser import DESK, PHONE, Served, browser, seen_well, served, shots, signed_in
from tests.support.programs import now

__all__ = ["browser", "served", "shots"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(420)]
BY = Signature("Sam Coordinator", "coordinator", "program lamps")
REVIEWER = Signature("Robin Reviewer", "reviewer", "client district")
LEVELS = (Level("Beginning"), Level("Proficient"))
NAME = "Northside Lamp Makers"
PLAYLIST = """{"playlist": {"title": "Light it up", "description": "From a battery to a lamp.", "experiences": [
    {"title": "Wire a lamp", "requirements": [{"title": "A photo of the lamp"}, {"title": "A drawing of its circuit"}]},
    {"title": "Show it at the library", "requirements": []}], "badge": {"title": "Electrician"}}}"""


@dataclass(frozen=True)
class Made:
    """A program in the demo's district: its source, the district's catalogue, a learner of it."""

    source: int
    catalogue: str
    learner: UUID


async def approved(app: FastAPI, tenant: int) -> tuple[UUID, UUID, list[UUID], Made]:
    """An approved program, its badge, and some learners."""
    service = app.state.service
    owner = await tenants.by_id(service.db, tenant)
    criteria = (Criterion("wire", "Wires a lamp", LEVELS, "Proficient"),)
    definition = Definition("Lamp maker", "Makes a lamp.", "It lights up.", rubric=criteria)
    async with service.db.transaction(tenant) as tx:
        registration = Registration(NAME, schools=("Sample Creek High School",), contact="lamps@example.org")
        program = await programs.register(tx, registration, now())
        badge = await definitions.define(tx, program, definition, BY, now())
        row = await programs.approve(tx, service.vault, service.settings, owner, program, "a test", now())
        known = [learner.id for learner in await learners.listed(tx, after=None, since=None, limit=16)]
    assert row.source_id is not None
    return program, badge, known, Made(row.source_id, f"/t/{owner.slug}/opportunities", known[-1])


@pytest.fixture(scope="module")
def made(served: Served) -> Made:
    """A program with work of the last month in every state, of learners of the district."""
    program, badge, known, place = served.run(approved)
    for nth in range(20):

        async def handed_in(app: FastAPI, tenant: int, nth: int = nth) -> None:
            service = app.state.service
            async with service.db.transaction(tenant) as tx:
                submission = Submission(
                    Learner(name=f"Learner {nth}", grade="7"), f"A lamp, number {nth}", achievement=badge
                )
                handed_in = await submitting.submit(tx, program, submission, "form", BY, now(), consent="a guardian")
                own = handed_in.row.id
                if nth < len(known):
                    await whose.decide(tx, handed_in.row, known[nth], REVIEWER, now())
                if nth < 18:
                    await reviewing.claim(tx, own, REVIEWER, now())
                    good = nth < len(known) and nth % 8 != 7
                    verdict, marks = ("accept", [Mark("wire", "Proficient")]) if good else ("needs work", [])
                    await reviewing.review(tx, service, own, verdict, marks, "When was it?", REVIEWER, now())  # type: ignore[arg-type]
                await tx.run("UPDATE submission SET made_at = made_at - interval '40 days' WHERE id = %s", own)

        served.run(handed_in)
    return place


@pytest.fixture
def folder(shots: Path | None) -> Path | None:
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    return shots


def test_a_coordinators_news_and_months(browser: Browser, served: Served, made: Made, folder: Path | None) -> None:
    with signed_in(browser, served, "coordinator", size=PHONE, source=made.source) as look:
        look.at(served.url + "/program")
        assert "was asked back" in look.text
        seen_well(look, "program-home-news", folder)
        look.at(served.url + f"/program/months?month={now():%Y-%m}")
        assert "Lamp maker" in look.text
        seen_well(look, "program-months", folder)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_a_coordinator_offers_what_a_family_finds(
    browser: Browser, served: Served, made: Made, folder: Path | None, *, scripts: bool
) -> None:
    more: dict[str, Any] = {"source": made.source, "scripts": scripts}
    title = "Lamp makers" if scripts else "Lamp makers at night"
    with signed_in(browser, served, "coordinator", size=PHONE, **more) as look:
        look.at(served.url + "/program/offers")
        look.page.fill("#title", title)
        look.page.fill("#description", "Learners wire a lamp of their own and take it home.")
        look.page.fill("#place", "Northside Library")
        look.page.check("#day-tue")
        look.page.fill("#opens", "15:30")
        look.page.fill("#closes", "17:00")
        look.page.fill("#youngest", "11")
        look.page.fill("#oldest", "14")
        look.page.fill("#cost", "12.50")
        look.page.fill("#transport", "Bus from Northside at 3:15")
        look.page.click("button:has-text('Offer it')")
        assert "It stands in the catalogue." in look.text
        look.page.fill("#pasted", PLAYLIST)
        look.page.click("button:has-text('Take it in')")
        assert "Ask the district for these badges: Electrician" in look.text
        if scripts:
            seen_well(look, "program-offers", folder)
        look.at(served.url + f"{made.catalogue}?age=12&cost=25&day=tue&part=afternoon")
        assert title in look.text
        look.at(served.url + f"{made.catalogue}?age=12&cost=0&day=tue")
        assert title not in look.text
        look.at(served.url + made.catalogue)
        if scripts:
            seen_well(look, "catalogue", folder)


def test_the_district_sees_who_takes_part_and_where_nothing_is(
    browser: Browser, served: Served, made: Made, folder: Path | None
) -> None:
    assert made.source
    with signed_in(browser, served, "administrator", size=DESK) as look:
        look.at(served.url + "/participation")
        assert "By school" in look.text
        seen_well(look, "participation", folder)
        look.at(served.url + "/reach")
        assert "Within reach" in look.text
        seen_well(look, "reach", folder)
        look.at(served.url + "/programs")
        look.page.click(f"text={NAME}")
        look.page.click("text=How its months were")
        assert NAME in look.text


def test_a_learner_asks_and_designs_and_the_district_sees_it(
    browser: Browser, served: Served, made: Made, folder: Path | None
) -> None:
    with signed_in(browser, served, "guardian", size=PHONE, learner=made.learner) as look:
        look.at(served.url + f"/mine/{made.learner}/asks")
        look.page.select_option("#achievement", label=f"Lamp maker ({NAME})")
        look.page.fill("#title", "A lamp for the reading corner")
        look.page.fill("#done", "Wired it from an old bottle, with a switch.")
        look.page.click("button:has-text('Ask for it')")
        assert "Asked." in look.text
        look.page.fill("#name", "Night reader")
        look.page.fill("#criteria", "Reads a book under a lamp of one's own, and tells a class what it was about.")
        look.page.click("button:has-text('Propose it')")
        assert "Proposed." in look.text
        seen_well(look, "asks", folder)
    with signed_in(browser, served, "administrator", size=DESK) as look:
        look.at(served.url + "/ideas")
        assert "Night reader" in look.text
        seen_well(look, "ideas", folder)
        look.page.select_option("select[name=program]", label=NAME)
        look.page.click("button:has-text('Approve')")
        assert "It is a badge now." in look.text
