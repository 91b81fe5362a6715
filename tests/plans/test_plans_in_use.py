"""Plans in use for years, by people in a hurry: what is agreed stays, and nothing is agreed by nobody."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.mastery.judging import judge_all
from tests.support.api import Api, problem_of
from tests.support.competencies import learner, shop  # noqa: F401  (learner is a fixture)
from tests.support.credit import award, rule, write
from tests.support.frameworks import ident
from tests.support.plans import ADA, BUILD, CLOSE, CUT, ROBIN, Desk, goal, plan, set_policy, step, tagged


@pytest.fixture
async def desk(api: Api, learner: Any) -> Desk:
    return Desk(api, *learner)


async def test_a_plan_outlives_what_a_framework_drops_and_a_policy_renames(desk: Desk) -> None:
    """A closed goal may not change, and so may stay with a step that nobody could write today."""
    draft, tag = await desk.begin(CUT, goal("plane", step("W.2", "Developing")), goal("join", step("W.3")))
    path = f"/plans/{draft['id']}"
    _, tag = tagged(await desk.ask("POST", f"{path}/goal-changes", CLOSE, tag), 201)
    left = shop()
    left["CFItems"] = [item for item in left["CFItems"] if item["humanCodingScheme"] not in ("W.1", "W.3")]
    assert (await desk.ask("POST", "/frameworks/packages", left)).status_code == 200
    await set_policy(desk, "coarse", {"levels": [{"name": "No", "at": 0}, {"name": "Yes", "at": 0.7}]})
    await judge_all(desk.api.db, desk.api.tenant, datetime.now(UTC))
    seen, tag = tagged(await desk.ask("GET", path))
    assert [each["id"] for each in seen["goals"]] == ["cut", "plane", "join"], "gone is not sensitive"
    cut, _, join = seen["goals"]
    assert (cut["slipped"], cut["steps"][0]["code"], cut["steps"][0]["reached"]) == (False, "W.1", True)
    assert join["steps"][0]["lacks"] == "no framework has this competency any more"
    goals = [CUT, goal("plane", step("W.2", "Developing")), goal("join", step("W.3"))]
    edited, tag = tagged(await desk.ask("PUT", path, plan(*goals, goal("more", step("W.2", "Yes"))), tag))
    assert edited["version"] == 2
    for wrong in (goal("x", step("W.1", "Yes")), goal("x", step("W.2", "Advanced"))):
        problem_of(await desk.ask("PUT", path, plan(*goals, wrong), tag), 422)
    problem_of(await desk.ask("POST", f"/learners/{desk.who}/plans", plan(goal("join", step("W.3")))), 422)


async def test_what_is_not_reached_is_not_closed_as_reached(desk: Desk) -> None:
    draft, tag = await desk.begin(CUT, BUILD, goal("free"))
    path = f"/plans/{draft['id']}/goal-changes"
    refused = problem_of(await desk.ask("POST", path, {**CLOSE, "goal": "build"}, tag), 409)
    assert (refused["type"][-11:], "Robotics 1: not in the record yet" in refused["detail"]) == ("not-reached", True)
    _, tag = tagged(await desk.ask("POST", path, {**CLOSE, "goal": "build", "state": "set aside"}, tag), 201)
    tagged(await desk.ask("POST", path, {**CLOSE, "goal": "free"}, tag), 201)


async def test_a_tag_is_known_after_a_proxy_has_packed_the_answer(desk: Desk) -> None:
    draft, tag = await desk.begin(CUT)
    path = f"/plans/{draft['id']}"
    _, tag = tagged(await desk.ask("PUT", path, plan(BUILD), f"W/{tag}"))
    problem_of(await desk.ask("PUT", path, plan(CUT), '*, "7", W/"8"'), 412)
    tagged(await desk.ask("PUT", path, plan(CUT), f'"7", {tag}'))


@pytest.mark.parametrize("name", ["", " ", "\u200b\u2060", "x" * 501])
async def test_nobody_signs_with_nothing(desk: Desk, name: str) -> None:
    draft, tag = await desk.begin(CUT)
    path = f"/plans/{draft['id']}/sign-offs"
    refused = problem_of(await desk.ask("POST", path, {"signer": {**ROBIN, "name": name}}, tag), 422)
    assert (refused["errors"][0]["pointer"], "items" in refused["detail"]) == ("/signer/name", False)


async def test_yes_is_not_a_word(desk: Desk) -> None:
    for body in (
        {"kind": "note", "words": "x", "writer": ADA, "open": "yes"},
        {"kind": "note", "words": " ", "writer": ADA},
    ):
        problem_of(await desk.ask("POST", f"/learners/{desk.who}/notes", body), 422)
    problem_of(await desk.ask("POST", f"/learners/{desk.who}/plans", plan({**CUT, "sensitive": 0})), 422)


async def test_a_rule_is_awarded_by_and_retired_after_its_framework_has_changed(desk: Desk) -> None:
    of = await write(desk, "W.1")
    left = shop()
    left["CFItems"] = [item for item in left["CFItems"] if item["humanCodingScheme"] != "W.1"]
    assert (await desk.ask("POST", "/frameworks/packages", left)).status_code == 200
    assert len((await desk.ask("GET", f"/credit-rules/{of}/proposals")).json()["proposals"]) == 1
    assert (await award(desk, of)).json()["basis"][0]["code"] == "W.1"
    refused = problem_of(await desk.ask("PUT", f"/credit-rules/{of}", rule("W.1:Advanced"), '"1"'), 422)
    assert refused["errors"][0]["pointer"] == "/needs/0/competency"
    problem_of(await desk.ask("POST", "/credit-rules", rule("W.1")), 422)
    assert (await desk.ask("DELETE", f"/frameworks/{ident('Shop')}")).status_code == 204
    retired, _ = tagged(await desk.ask("PUT", f"/credit-rules/{of}", rule("W.1", retired=True), '"1"'))
    assert (retired["version"], retired["retired"]) == (2, True)
