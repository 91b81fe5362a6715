"""Learners ask for a badge they think they have earned, and design one of their own; nobody asks for another."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from app.errors import Conflict, Invalid, TooManyRequests
from app.programs import definitions, ideas, reviewing, rubric
from app.programs.ideas import Design
from app.programs.judging import Mark
from tests.support.api import Api, bearer
from tests.support.people import signed_in
from tests.support.programs import REVIEWER, club, now

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
SCRIPT = "<script>alert(1)</script>"


async def learner(api: Api, born: str = "2010-05-06") -> UUID:
    item = {"learner": {"identifiers": [{"type": "district", "value": "100482"}], "name": {"full": "Ada Sample"}}}
    item["learner"]["birthDate"] = born  # type: ignore[assignment]
    return UUID(await api.learner(await api.pusher(slug="sis"), **item))


async def test_a_learner_asks_and_once_accepted_it_is_in_their_record_with_its_badge(api: Api) -> None:
    ada, robotics = await learner(api), await club(api)
    reader = await signed_in(api, "learner", learner=ada)
    path = f"/mine/{ada}/asks"
    assert "Robot builder (Robotics Club)" in (await reader.get(path)).text
    form = {"achievement": str(robotics.achievement), "title": "My own robot", "done": f"It follows a line. {SCRIPT}"}
    photo = {"files": ("notes.txt", b"how it works", "text/plain")}
    for _ in range(2):
        assert (await reader.send(path, form, files=photo)).status_code == 303
    page = await reader.get(path)
    assert "Waiting for the district" in page.text
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await ideas.asked_by(tx, ada)
    assert (row.way, row.whose, row.learner_id) == ("learner", "account", ada)
    admin = await signed_in(api, "administrator")
    case = await admin.get(f"/reviews/{row.id}")
    assert "The learner asked for it" in case.text
    assert SCRIPT not in case.text
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, row.id, REVIEWER, now())
        done = await reviewing.review(tx, api.app.state.service, row.id, "accept", GOOD, None, REVIEWER, now())
    assert done.accepted is not None
    assert done.accepted.learner == ada
    assert done.accepted.credential is not None
    assert "In the record" in (await reader.get(path)).text


async def test_a_learner_asks_for_nobody_else_and_reviews_not_what_they_asked_for(api: Api) -> None:
    ada, robotics = await learner(api), await club(api)
    form = {"achievement": str(robotics.achievement), "title": "My own robot"}
    stranger = await signed_in(api, "learner", learner=uuid4())
    assert (await stranger.send(f"/mine/{ada}/asks", form)).status_code == 404
    both = await signed_in(api, "learner", "administrator", learner=ada)
    assert (await both.send(f"/mine/{ada}/asks", form)).status_code == 303
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await ideas.asked_by(tx, ada)
    assert (await both.send(f"/reviews/{row.id}/claim")).status_code == 403


@pytest.mark.parametrize(("role", "status"), [("learner", 422), ("guardian", 303)])
async def test_for_a_child_a_guardian_asks(api: Api, role: Any, status: int) -> None:
    ada, robotics = await learner(api, "2016-05-06"), await club(api)
    reader = await signed_in(api, role, learner=ada)
    form = {"achievement": str(robotics.achievement), "title": "My own robot"}
    answer = await reader.send(f"/mine/{ada}/asks", form)
    assert answer.status_code == status
    design = await reader.send(f"/mine/{ada}/asks/ideas", {"name": "Cook", "criteria": "Cooks a meal."})
    assert design.status_code == status


@pytest.mark.parametrize("form", [{}, {"achievement": "x", "title": "x"}, {"achievement": str(uuid4()), "title": "x"}])
async def test_what_makes_no_sense_is_told_beside_the_form(api: Api, form: dict[str, str]) -> None:
    ada = await learner(api)
    await club(api)
    reader = await signed_in(api, "learner", learner=ada)
    assert (await reader.send(f"/mine/{ada}/asks", form)).status_code in (404, 422)


async def test_a_design_becomes_a_programs_badge_or_is_told_why_not(api: Api) -> None:
    ada, robotics = await learner(api), await club(api)
    reader = await signed_in(api, "learner", learner=ada)
    path = f"/mine/{ada}/asks/ideas"
    for name in ("Robot nurse", "Sleeper"):
        sent = await reader.send(
            path, {"name": f"{name} {SCRIPT}", "criteria": "Mends three robots.", "reason": "I do."}
        )
        assert sent.status_code == 303
    admin = await signed_in(api, "administrator")
    page = await admin.get("/ideas")
    assert "Robot nurse &lt;script&gt;" in page.text
    assert SCRIPT not in page.text
    async with api.db.transaction(api.tenant) as tx:
        nurse, sleeper = await ideas.proposed(tx)
    approved = await admin.send(f"/ideas/{nurse.id}/approve", {"program": str(robotics.program)})
    assert approved.status_code == 303
    assert (await admin.send(f"/ideas/{nurse.id}/approve", {"program": str(robotics.program)})).status_code == 422
    assert (await admin.send(f"/ideas/{sleeper.id}/decline", {"feedback": ""})).status_code == 422
    assert (await admin.send(f"/ideas/{sleeper.id}/decline", {"feedback": "What is learned by it?"})).status_code == 303
    mine = await reader.get(f"/mine/{ada}/asks")
    assert "it is a badge now" in mine.text
    assert "What is learned by it?" in mine.text
    async with api.db.transaction(api.tenant) as tx:
        names = {rubric.read(row.body).name for row in await definitions.achievements(tx, robotics.program)}
    assert f"Robot nurse {SCRIPT}" in names
    coordinator = await signed_in(api, "coordinator")
    assert (await coordinator.get("/ideas")).status_code == 403


async def test_the_api_lists_and_decides_designs(api: Api) -> None:
    ada, robotics = await learner(api), await club(api)
    async with api.db.transaction(api.tenant) as tx:
        own = await ideas.propose(tx, ada, Design("Robot nurse", "Mends three robots."), "a test", now())
    key = bearer(await api.key("programs.manage"))
    (listed,) = (await api.http.get("/v1/badge-ideas", headers=key)).json()["ideas"]
    assert (listed["id"], listed["state"]) == (str(own), "proposed")
    path, by = f"/v1/badge-ideas/{own}/decision", {"name": "Robin", "role": "curriculum"}
    wrong = await api.http.post(path, json={"state": "approved", "by": by}, headers=key)
    assert wrong.status_code == 422
    body = {"state": "approved", "program": str(robotics.program), "by": by}
    answer = await api.http.post(path, json=body, headers=key)
    assert answer.json()["achievement"], answer.text
    assert (await api.http.post(path, json=body, headers=key)).status_code == 409
    other = bearer(await api.key("programs.manage", tenant=api.other))
    assert (await api.http.post(path, json=body, headers=other)).status_code == 404


async def test_ideas_have_a_name_and_an_end(api: Api) -> None:
    ada = await learner(api)
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        with pytest.raises(Invalid):
            await ideas.propose(tx, ada, Design(" ", "x"), "a test", now())
        for nth in range(ideas.MOST_OPEN):
            first = await ideas.propose(tx, ada, Design("Robot builder", f"Builds {nth}."), "a test", now())
        with pytest.raises(TooManyRequests):
            await ideas.propose(tx, ada, Design("One more", "x"), "a test", now())
        with pytest.raises(Conflict, match="already"):
            await ideas.approve(tx, first, robotics.program, REVIEWER, now())


async def test_a_design_is_decided_by_its_own_district_and_by_nobody_who_may_not(api: Api) -> None:
    ada, robotics = await learner(api), await club(api)
    reader = await signed_in(api, "learner", learner=ada)
    design = {"name": "Robot nurse", "criteria": "Mends three robots."}
    assert (await reader.send(f"/mine/{ada}/asks/ideas", design)).status_code == 303
    async with api.db.transaction(api.tenant) as tx:
        (idea,) = await ideas.proposed(tx)
    sent = {"program": str(robotics.program), "feedback": "No."}
    elsewhere = await signed_in(api, "administrator", tenant=api.other)
    others = [
        reader,
        await signed_in(api, "registrar"),
        await signed_in(api, "reviewer"),
        await signed_in(api, "steward"),
    ]
    for act in ("approve", "decline"):
        assert (await elsewhere.send(f"/ideas/{idea.id}/{act}", sent)).status_code in (404, 422)
        for somebody in others:
            assert (await somebody.send(f"/ideas/{idea.id}/{act}", sent)).status_code == 403
    stranger = await signed_in(api, "learner", learner=uuid4())
    assert (await stranger.send(f"/mine/{ada}/asks/ideas", design)).status_code == 404
    async with api.db.transaction(api.tenant) as tx:
        assert [(row.id, row.state) for row in await ideas.proposed(tx)] == [(idea.id, "proposed")]
    assert "Robot nurse" not in (await elsewhere.get("/ideas")).text
