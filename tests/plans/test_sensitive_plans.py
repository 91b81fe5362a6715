"""What is sensitive, asked for through plans and credit by programs that may not see it."""

from typing import Any

import pytest

from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import learner, piece  # noqa: F401  (learner is a fixture)
from tests.support.credit import KIM, credits_, show, write
from tests.support.frameworks import ident
from tests.support.plans import ADA, CLOSE, CUT, ROBIN, SHARE, Desk, goal, plan, step, tagged

SCOPES = ("learners.read", "plans.read", "plans.write", "plans.sign", "credits.award", "frameworks.manage")


@pytest.fixture
async def desk(api: Api, learner: Any) -> Desk:
    return Desk(api, *learner)


@pytest.fixture
async def plain(desk: Desk) -> Desk:
    """A client that may do everything with plans and credit, and not see what is sensitive."""
    return Desk(desk.api, desk.who, bearer(await desk.api.key(*SCOPES)))


async def test_who_writes_a_plan_learns_nothing_sensitive_by_it(desk: Desk, plain: Desk) -> None:
    written, tag = tagged(await plain.ask("POST", f"/learners/{plain.who}/plans", plan(CUT, SHARE)), 201)
    assert ([each["id"] for each in written["goals"]], written["withheld"]) == (["cut"], 1)
    path = f"/plans/{written['id']}"
    requests: list[tuple[str, str, Any]] = [
        ("POST", f"{path}/sign-offs", {"signer": ROBIN}),
        ("POST", f"{path}/goal-changes", CLOSE),
        ("PUT", path, plan(CUT)),
        ("DELETE", path, None),
    ]
    for guess in (tag, '"1"', "1", "*"):
        for method, where, body in requests:
            refused = problem_of(await plain.ask(method, where, body, guess), 412)
            assert "P.1" not in str(refused)
    whole, tag = tagged(await desk.ask("GET", f"{path}?scope=all"))
    assert whole["goals"][1]["steps"][0]["level"] == "Advanced", "nothing of it was lost"
    signed, _ = tagged(await desk.ask("POST", f"{path}/sign-offs", {"signer": ROBIN}, tag), 201)
    assert signed["withheld"] == 0


async def test_an_edit_that_brings_something_sensitive_is_answered_without_it(plain: Desk) -> None:
    written, tag = await plain.begin(CUT)
    edited, _ = tagged(await plain.ask("PUT", f"/plans/{written['id']}", plan(CUT, SHARE), tag))
    assert ([each["id"] for each in edited["goals"]], edited["withheld"]) == (["cut"], 1)


async def test_what_was_shown_in_something_sensitive_stays_so_by_way_of_a_crosswalk(desk: Desk, plain: Desk) -> None:
    """W.3 is general, and the school's item that is equivalent to it is not: plans and credit are silent on it."""
    items = [{"code": "L.3", "statement": "Asks for help", "alignedTo": ident("W.3"), "sensitivity": "sel"}]
    await desk.ask("POST", "/frameworks", {"title": "Local", "creator": "Sample School", "items": items})
    of = await write(desk, "W.3")
    problem_of(await plain.ask("POST", f"/learners/{desk.who}/credits", _award(of)), 409)
    await plain.begin(goal("join", step("W.3")))
    await show(desk, piece("21", "L.3", 9.5, "in-school"))
    [seen] = (await plain.ask("GET", f"/learners/{desk.who}/plans")).json()["plans"]
    assert (seen["goals"], seen["withheld"]) == ([], 1)
    assert (await desk.plans())[0]["goals"][0]["steps"][0]["cited"][0]["title"] == "Piece 21"
    credit = await credits_(plain)
    assert (credit["rules"], credit["withheld"]) == ([], 1)
    assert (await plain.ask("GET", f"/credit-rules/{of}/proposals")).json()["proposals"] == []
    assert len((await desk.ask("GET", f"/credit-rules/{of}/proposals?scope=all")).json()["proposals"]) == 1
    assert "Piece 21" not in await desk.page()


async def test_what_is_sensitive_in_any_framework_is_so(desk: Desk, plain: Desk) -> None:
    """The same item in another framework, where somebody did not think of it, makes nothing of it general."""
    where = "https://frameworks.example.org/ims/case/v1p1"
    copy = {
        "CFDocument": {"identifier": ident("Copy"), "uri": f"{where}/CFDocuments/c", "creator": "x", "title": "Copy"},
        "CFItems": [{"identifier": ident("P.1"), "uri": f"{where}/CFItems/p", "fullStatement": "Shares tools"}],
    }
    answer = await desk.ask("POST", "/frameworks/packages", copy)
    assert answer.status_code == 200, answer.text
    written, _ = tagged(await plain.ask("POST", f"/learners/{plain.who}/plans", plan(SHARE)), 201)
    assert (written["goals"], written["withheld"]) == ([], 1)


async def test_credit_for_something_sensitive_takes_the_scope_for_it(desk: Desk, plain: Desk) -> None:
    of = await write(desk, "W.1", "P.1", "P.2", atLeast=2)
    credit = await credits_(plain)
    assert (credit["rules"], credit["withheld"]) == ([], 1)
    refused = problem_of(await plain.ask("GET", f"/credit-rules/{of}/proposals"), 403)
    assert refused["scope"] == "learners.sensitive"
    problem_of(await plain.ask("GET", f"/credit-rules/{of}/proposals?scope=all"), 403)
    refused = problem_of(await plain.ask("POST", f"/learners/{desk.who}/credits", _award(of)), 403)
    assert refused["scope"] == "learners.sensitive"
    assert "Shop 1" not in await desk.page(), "that it has begun is told by what is sensitive alone"
    [proposed] = (await desk.ask("GET", f"/credit-rules/{of}/proposals?scope=all")).json()["proposals"]
    assert (proposed["learner"], proposed["have"]) == (desk.who, 2)
    assert (await desk.ask("POST", f"/learners/{desk.who}/credits", _award(of))).status_code == 201
    await show(desk, piece("22", "P.1", 1, "in-school"))
    [award] = (await credits_(plain))["awards"]
    assert (award["slipped"], award["lacksToday"]) == (False, []), "what slipped is not theirs to know"
    [award] = (await credits_(desk, scope="all"))["awards"]
    assert (award["slipped"], [need["code"] for need in award["lacksToday"]]) == (True, ["P.1", "P.2"])
    assert "Shop 1" in await desk.page()


async def test_an_opened_note_about_a_sensitive_goal_shows_where_the_goal_does(desk: Desk) -> None:
    draft, _ = await desk.begin(CUT, SHARE)
    for about, words in (("cut", "I like the saw"), ("share", "I keep the saw")):
        note = {"kind": "reflection", "words": words, "writer": ADA, "plan": draft["id"], "goal": about, "open": True}
        tagged(await desk.ask("POST", f"/learners/{desk.who}/notes", note), 201)
    for words in ((await desk.ask("GET", f"/learners/{desk.who}/plans")).text, await desk.page()):
        assert "I like the saw" in words
        assert "I keep the saw" not in words
    assert "I keep the saw" in (await desk.ask("GET", f"/learners/{desk.who}/plans?scope=all")).text


def _award(of: str) -> dict[str, Any]:
    return {"rule": of, "version": 1, "teacherOfRecord": KIM}
