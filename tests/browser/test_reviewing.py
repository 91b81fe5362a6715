"""Reviewing together, in a real browser: a tie-break, a panel, a lease, a relative, an appeal, in part, in bulk."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from app.db.plans.plans import Signature
from app.programs import submitting
from app.programs.submission import Guardian, Learner, Number, Submission
from tests.support.browser import DESK, PHONE, Look, Served, browser, seen_well, served, shots, signed_in

__all__ = ["browser", "served", "shots"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(420)]
COORDINATOR = Signature("Sam Coordinator", "coordinator", "the film club")
LEVELS = [{"name": name, "points": float(n)} for n, name in enumerate(("Beginning", "Proficient", "Exemplary"), 1)]
RUBRIC = [
    {"id": "story", "name": "Tells a story", "levels": LEVELS, "wanted": "Proficient"},
    {"id": "sound", "name": "Can be heard", "levels": LEVELS, "wanted": "Proficient"},
]
NAME = "Northside Film Club"


class Club:
    """A program with badges that one, two or three assess, and what is handed in there."""

    def __init__(self, served: Served) -> None:
        self.served = served
        program = served.post(
            "/v1/programs", {"name": NAME, "kind": "club", "setting": "after-school", "trusted": True}
        )
        self.id = UUID(program["id"])
        decided = served.post(f"/v1/programs/{self.id}/decision", {"state": "approved"})
        self.source = int(decided["source"])
        self.badges = {assessing: self.badge(assessing) for assessing in ("one", "two", "panel")}

    def badge(self, assessing: str) -> UUID:
        """A badge that so many assess; one that one assesses is awarded in part."""
        badge = {
            "name": f"Film maker ({assessing})",
            "description": "Makes a film.",
            "criteria": "It was shown in front of others.",
            "rubric": RUBRIC,
            "assessing": assessing,
            "partial": assessing == "one",
            "writer": {"name": "Robin", "role": "administrator"},
        }
        return UUID(self.served.post(f"/v1/programs/{self.id}/achievements", badge)["id"])

    def handed_in(self, title: str, assessing: str | None, learner: Learner) -> None:
        """A submission that waits."""

        async def submit(app: FastAPI, tenant: int) -> None:
            achievement = self.badges[assessing] if assessing else None
            submission = Submission(learner, title, on=date(2026, 11, 7), achievement=achievement)
            async with app.state.service.db.transaction(tenant) as tx:
                now = datetime.now(UTC)
                await submitting.submit(tx, self.id, submission, "form", COORDINATOR, now, consent="Kim Sample")

        self.served.run(submit)


@pytest.fixture(scope="module")
def club(served: Served) -> Club:
    return Club(served)


def child(name: str, guardian: str | None = None) -> Learner:
    return Learner(name, date(2014, 5, 6), guardian=Guardian(guardian) if guardian else None)


@contextmanager
def assessing(browser: Browser, club: Club, name: str, title: str) -> Iterator[Look]:
    """The page of what was handed in, as one reviewer of the club sees it."""
    with signed_in(browser, club.served, "reviewer", size=DESK, source=club.source, name=name) as look:
        look.at(club.served.url + "/reviews")
        look.page.click(f"a:has-text('{title}')")
        look.page.wait_for_load_state()
        yield look


def decide(look: Look, verdict: str, *levels: str, whose: bool = False) -> None:
    """Take it, say whose it is, and decide it."""
    look.page.click("button:has-text('Take it to look at')")
    if whose:
        look.page.check("input[name=learner][value=new]")
        look.page.click("button:has-text('Say whose it is')")
    for nth, level in enumerate(levels):
        look.page.check(f"fieldset.criterion >> nth={nth} >> input[value={level}]")
    look.page.fill("#feedback", f"I say: {verdict}.")
    look.page.check(f"input[name=verdict][value='{verdict}']")
    look.page.click("button:has-text('Decide')")
    look.page.wait_for_load_state()


def test_two_who_disagree_ask_a_third(browser: Browser, club: Club, shots: Path | None) -> None:
    title = "A film of two minds"
    club.handed_in(title, "two", child("Ida Frame"))
    with assessing(browser, club, "One", title) as look:
        decide(look, "accept", "Exemplary", "Proficient", whose=True)
        assert "1 more must look at it" in look.text
        seen_well(look, "review-one-of-two", shots)
    with assessing(browser, club, "Two", title) as look:
        assert "Decided by 1 already" in look.text
        assert "I say: accept" not in look.text, "each decides without the other's word"
        decide(look, "reject", "Beginning", "Beginning")
        assert "1 more must look at it" in look.text
        assert "I say: accept" in look.text
    with assessing(browser, club, "Three", title) as look:
        decide(look, "accept", "Proficient", "Proficient")
        assert "is in the record" in look.text
        assert look.text.count("I say: ") >= 3
        seen_well(look, "review-tie-broken", shots)


def test_a_panel_of_three_settles_on_the_level_in_the_middle(browser: Browser, club: Club, shots: Path | None) -> None:
    title = "A film for a panel"
    club.handed_in(title, "panel", child("Pat Frame"))
    for nth, level in enumerate(("Proficient", "Exemplary", "Exemplary")):
        with assessing(browser, club, f"Panelist {'ABC'[nth]}", title) as look:
            decide(look, "accept", level, "Proficient", whose=not nth)
            assert ("is in the record" in look.text) == (nth == 2)
    with signed_in(browser, club.served, "coordinator", size=PHONE, source=club.source) as look:
        look.at(club.served.url + "/program")
        look.page.click(f"a:has-text('{title}') >> nth=0")
        look.page.wait_for_load_state()
        assert "In the record" in look.text
        assert "Exemplary" in look.text
        seen_well(look, "submission-of-a-panel", shots)


def test_what_another_has_taken_and_what_is_a_relatives_is_not_decided(browser: Browser, club: Club) -> None:
    club.handed_in("A film that is taken", "one", child("Lea Frame"))
    club.handed_in("A film of my child", "one", child("Max Frame", "Relative Sample"))
    with assessing(browser, club, "First", "A film that is taken") as look:
        look.page.click("button:has-text('Take it to look at')")
        look.page.wait_for_load_state()
        assert "It is yours for 45 minutes" in look.text
    with assessing(browser, club, "Second", "A film that is taken") as look:
        look.page.click("button:has-text('Take it to look at')")
        look.page.wait_for_load_state()
        assert "Another assessor has it" in look.text
    with assessing(browser, club, "Relative", "A film of my child") as look:
        assert "Another assessor is to look at it" in look.text
        assert look.page.locator("button:has-text('Take it to look at')").count() == 0


def test_what_was_refused_is_looked_at_again_and_awarded_in_part(
    browser: Browser, club: Club, shots: Path | None
) -> None:
    title = "A silent film"
    club.handed_in(title, "one", child("Ned Frame"))
    with assessing(browser, club, "Strict", title) as look:
        decide(look, "reject", "Proficient", "Beginning")
    with signed_in(browser, club.served, "coordinator", size=PHONE, source=club.source) as look:
        look.at(club.served.url + "/program")
        look.page.click(f"a:has-text('{title}') >> nth=0")
        look.page.wait_for_load_state()
        assert "Asked back" not in look.text
        seen_well(look, "submission-not-taken-in", shots)
        look.page.fill("textarea[name=words] >> nth=1", "A silent film has no sound: the story counts.")
        look.page.click("button:has-text('Ask for another look')")
        look.page.wait_for_load_state()
        assert "Somebody else will look at it" in look.text
    with assessing(browser, club, "Mild", title) as look:
        assert "the story counts" in look.text
        decide(look, "accept", "Proficient", "Beginning", whose=True)
        assert "is in the record" in look.text
        seen_well(look, "review-in-part", shots)


def test_a_trusted_programs_numbers_are_accepted_together(
    browser: Browser, club: Club, served: Served, shots: Path | None
) -> None:
    record = served.api.get(f"/v1/learners/{served.learner()}").json()
    number = next(entry["value"] for entry in record["identifiers"] if entry["type"] == "district")
    for n in range(3):
        club.handed_in(f"Clip {n}", None, Learner(None, numbers=(Number("district", number),)))
    club.handed_in("A clip of somebody", None, child("Uma Frame"))
    with signed_in(browser, served, "administrator", size=DESK) as look:
        look.at(f"{served.url}/reviews?program={club.id}")
        seen_well(look, "queue-trusted", shots)
        look.page.click("button:has-text('Accept')")
        look.page.wait_for_load_state()
        assert re.search(r"3 are accepted", look.text), look.text[:500]
        assert "to be looked at" in look.text
