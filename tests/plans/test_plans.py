"""Plans over the API: from goals to steps reached, signed, closed; and what nobody but the learner is to read."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app.db.identity import persons
from app.identity import decisions
from app.mastery.judging import judge_all
from app.records.settle import settle
from tests.conftest import TestDatabase
from tests.support.api import BADGE, bearer, problem_of
from tests.support.competencies import learner, piece  # noqa: F401  (learner is a fixture)
from tests.support.frameworks import ident
from tests.support.plans import (
    ADA,
    BUILD,
    CLOSE,
    CUT,
    ROBIN,
    SECRET,
    SHARE,
    Desk,
    desk,  # noqa: F401  (fixtures)
    goal,
    plan,
    set_policy,
    step,
    tagged,
)


async def test_a_goal_stands_where_mastery_and_the_record_say_and_proposes_to_close_itself(desk: Desk) -> None:
    draft, tag = await desk.begin(CUT, BUILD, goal("plane", step("W.2")), goal("high", step("W.1", "Advanced")))
    cut, build, plane, high = draft["goals"]
    assert (cut["proposesToClose"], cut["steps"][0]["level"]) == (True, "Proficient")
    assert [(c["title"], c["source"]) for c in cut["steps"][0]["cited"]] == [("Piece 3", "Robotics-Club")]
    assert [step_["reached"] for step_ in build["steps"]] == [True, False]
    assert (build["proposesToClose"], build["steps"][1]["lacks"]) == (False, "not in the record yet")
    assert plane["steps"][0]["lacks"] == "at 'Developing', mastery wanted"
    assert high["steps"][0]["lacks"] == "at 'Proficient', 'Advanced' wanted"
    badges = bearer(await desk.api.key(source=await desk.api.source("open_badges", "badges")))
    pushed = await desk.api.http.post("/v1/badges", json=BADGE, headers=badges)
    assert pushed.status_code in (200, 201), pushed.text
    await settle(desk.api.db, desk.api.tenant)
    build = (await desk.plans())[0]["goals"][1]
    assert (build["proposesToClose"], build["state"]) == (True, "open"), "it proposes, and a person closes"
    closed, _ = tagged(
        await desk.ask("POST", f"/plans/{draft['id']}/goal-changes", {**CLOSE, "goal": "build"}, tag), 201
    )
    assert (closed["goals"][1]["state"], closed["goals"][1]["closed"]["name"]) == ("reached", "Robin Sample")
    assert closed["goals"][1]["proposesToClose"] is False
    await desk.api.http.post("/v1/badges", json={**BADGE, "withdrawn": True}, headers=badges)
    await settle(desk.api.db, desk.api.tenant)
    build = (await desk.plans())[0]["goals"][1]
    assert (build["state"], build["slipped"], build["steps"][1]["reached"]) == ("reached", True, False)
    assert [step_["reached"] for step_ in build["closed"]["steps"]] == [True, True], "how it stood then is kept"


async def test_what_was_shown_of_an_equivalent_competency_counts(desk: Desk) -> None:
    """A school's own item that is equivalent to the district's: a goal of the district's is reached by it."""
    items = [{"code": "L.3", "statement": "Glues up a panel", "alignedTo": ident("W.3"), "strength": "equivalent"}]
    local = {"title": "Local shop", "creator": "Sample School", "items": items}
    assert (await desk.ask("POST", "/frameworks", local)).status_code < 300
    await desk.api.http.post("/v1/evidence", json=[piece("21", "L.3", 9.5, "in-school")], headers=desk.headers)
    await settle(desk.api.db, desk.api.tenant)
    draft, _ = await desk.begin(goal("join", step("W.3")))
    assert (draft["goals"][0]["proposesToClose"], draft["goals"][0]["steps"][0]["code"]) == (True, "W.3")
    assert draft["goals"][0]["steps"][0]["cited"][0]["title"] == "Piece 21"


async def test_who_advises_sees_whose_goals_wait_to_be_closed(desk: Desk) -> None:
    draft, tag = await desk.begin(CUT, goal("plane", step("W.2")), SHARE)
    lone = piece("8", "W.1", 9, "home") | {"learner": {"identifiers": [{"type": "district", "value": "200900"}]}}
    await desk.api.http.post("/v1/evidence", json=[lone], headers=desk.headers)
    await settle(desk.api.db, desk.api.tenant)
    listed = await desk.api.http.get("/v1/learners", params={"identifier": "district:200900"}, headers=desk.headers)
    other = listed.json()["learners"][0]["id"]
    await Desk(desk.api, other, desk.headers).begin(CUT, goal("plane", step("W.2")))
    waiting = (await desk.ask("GET", "/goals/proposals")).json()
    assert {(proposal["learner"], proposal["goal"]) for proposal in waiting["goals"]} == {
        (desk.who, "cut"),
        (other, "cut"),
    }
    first = (await desk.ask("GET", "/goals/proposals?limit=1")).json()
    rest = (await desk.ask("GET", f"/goals/proposals?limit=1&after={first['next']}")).json()
    assert len(first["goals"] + rest["goals"]) == 2
    everything = (await desk.ask("GET", "/goals/proposals?scope=all")).json()
    assert len(everything["goals"]) == 3, "the sensitive one, too"
    await desk.ask("POST", f"/plans/{draft['id']}/goal-changes", CLOSE, tag)
    assert [proposal["learner"] for proposal in (await desk.ask("GET", "/goals/proposals")).json()["goals"]] == [other]


async def test_a_level_is_read_by_the_policy_it_was_judged_by(desk: Desk) -> None:
    """Between a new policy and the judging anew no level is taken for another."""
    await set_policy(desk, "fine", {"levels": [{"name": f"{n} of 8", "at": n / 8} for n in range(9)], "mastery": 0.75})
    await judge_all(desk.api.db, desk.api.tenant, datetime.now(UTC))
    await desk.begin(goal("cut", step("W.1", "6 of 8")))
    await set_policy(desk, "coarse", {"levels": [{"name": "No", "at": 0}, {"name": "Yes", "at": 0.7}]})
    seen = (await desk.plans())[0]["goals"][0]["steps"][0]
    assert (seen["level"], seen["reached"]) == ("6 of 8", True)
    await judge_all(desk.api.db, desk.api.tenant, datetime.now(UTC))
    seen = (await desk.plans())[0]["goals"][0]["steps"][0]
    assert (seen["level"], seen["reached"]) == ("Yes", False)
    assert seen["lacks"] == "the policy in force (coarse 1) has no level '6 of 8'"


async def test_what_is_edited_after_a_sign_off_needs_a_new_one_and_what_was_signed_stays(desk: Desk) -> None:
    draft, tag = await desk.begin(CUT)
    path = f"/plans/{draft['id']}"
    signed, tag = tagged(await desk.ask("POST", f"{path}/sign-offs", {"signer": ROBIN, "note": "Agreed"}, tag), 201)
    assert (signed["signed"], signed["signOffs"][0]["name"]) == (True, "Robin Sample")
    same, tag = tagged(await desk.ask("PUT", path, plan(CUT), tag))
    assert (same["version"], same["signed"]) == (1, True), "nothing was changed"
    edited, tag = tagged(await desk.ask("PUT", path, plan(CUT, BUILD), tag))
    assert (edited["version"], edited["signed"], edited["signedBefore"], edited["signOffs"]) == (2, False, 1, [])
    learners = {"signer": ADA}
    mine, tag = tagged(await desk.ask("POST", f"{path}/sign-offs", learners, tag), 201)
    assert mine["signed"] is False, "a learner's signature is not an advisor's"
    tagged(await desk.ask("POST", f"{path}/sign-offs", {"signer": ROBIN}, tag), 201)
    history = (await desk.ask("GET", f"{path}/history")).json()
    assert [
        (version["version"], len(version["goals"]), [s["role"] for s in version["signOffs"]])
        for version in history["versions"]
    ] == [(1, 1, ["advisor"]), (2, 2, ["learner", "advisor"])]
    assert history["versions"][0]["signOffs"][0]["client"].startswith("client ")


async def test_a_closed_goal_stays_as_it_is_until_it_is_opened_again(desk: Desk) -> None:
    draft, tag = await desk.begin(CUT, BUILD)
    path = f"/plans/{draft['id']}"
    _, tag = tagged(await desk.ask("POST", f"{path}/goal-changes", CLOSE, tag), 201)
    for goals in ([BUILD], [{**CUT, "title": "Cut anything"}, BUILD]):
        refused = problem_of(await desk.ask("PUT", path, plan(*goals), tag), 409)
        assert "'cut' is closed" in refused["detail"]
    _, tag = tagged(await desk.ask("PUT", path, plan(BUILD, CUT), tag))
    problem_of(await desk.ask("POST", f"{path}/goal-changes", CLOSE, tag), 409)
    problem_of(await desk.ask("POST", f"{path}/goal-changes", {**CLOSE, "goal": "nothing"}, tag), 404)
    _, tag = tagged(await desk.ask("POST", f"{path}/goal-changes", {**CLOSE, "state": "open"}, tag), 201)
    await desk.ask("PUT", path, plan(BUILD), tag)
    events = (await desk.ask("GET", "/events")).text
    assert "goal.closed" in events
    assert '"cut"' not in events, "what a goal is called is nobody's who follows the feed"
    history = (await desk.ask("GET", f"{path}/history")).json()
    assert [(change["goal"], change["state"]) for change in history["goals"]] == [("cut", "reached"), ("cut", "open")]


async def test_nobody_overwrites_what_they_have_not_seen(desk: Desk) -> None:
    draft, tag = await desk.begin(CUT)
    path = f"/plans/{draft['id']}"
    problem_of(await desk.ask("PUT", path, plan(BUILD)), 428)
    problem_of(await desk.ask("DELETE", path), 428)
    at_once = [desk.ask("PUT", path, plan(BUILD, title=f"Plan {n}"), tag) for n in range(4)]
    at_once.append(desk.ask("POST", f"{path}/sign-offs", {"signer": ROBIN}, tag))
    answers = await asyncio.gather(*at_once)
    assert sorted(answer.status_code for answer in answers)[1:] == [412] * 4
    current, tag = tagged(await desk.ask("GET", path))
    assert current["version"] == (2 if answers[-1].status_code == 412 else 1)
    assert (await desk.ask("DELETE", path, tag=tag)).status_code == 204
    problem_of(await desk.ask("GET", path), 404)
    assert await desk.plans() == []
    assert (await desk.ask("GET", f"{path}/history")).json()["endedAt"]


async def test_what_is_sensitive_is_shown_where_it_is_asked_for_and_lost_nowhere(desk: Desk) -> None:
    """A plan seen without its sensitive goals cannot be written back without them."""
    draft, _ = await desk.begin(CUT, SHARE, goal("talk", title="Talk about it", sensitive=True))
    path = f"/plans/{draft['id']}"
    part, tag = tagged(await desk.ask("GET", path))
    assert ([each["id"] for each in part["goals"]], part["withheld"]) == (["cut"], 2)
    refused = problem_of(await desk.ask("PUT", path, plan(CUT), tag), 412)
    assert "scope=all" in refused["detail"]
    problem_of(await desk.ask("POST", f"{path}/sign-offs", {"signer": ROBIN}, tag), 412)
    history = await desk.ask("GET", f"{path}/history")
    page = await desk.page()
    listed = await desk.ask("GET", f"/learners/{desk.who}/plans")
    for words in (history.text, page, listed.text):
        assert "Goal cut" in words
        assert "Talk about it" not in words
        assert "Goal share" not in words
    whole, tag = tagged(await desk.ask("GET", f"{path}?scope=all"))
    assert [each["sensitive"] for each in whole["goals"]] == [False, True, True]
    reader = bearer(await desk.api.key("plans.read", "learners.read"))
    own = f"/learners/{desk.who}"
    for address in (path, f"{path}/history", f"{own}/plans", f"{own}/credits", "/goals/proposals"):
        answer = await desk.api.http.get(f"/v1{address}?scope=all", headers=reader)
        assert problem_of(answer, 403)["scope"] == "learners.sensitive"
    tagged(await desk.ask("PUT", path, plan(CUT, SHARE), tag))


async def test_a_private_note_is_read_with_a_scope_of_its_own_and_nowhere_else(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    draft, _ = await desk.begin(CUT)
    about = {"kind": "reflection", "words": SECRET, "writer": ADA, "plan": draft["id"], "goal": "cut"}
    note, tag = tagged(await desk.ask("POST", f"/learners/{desk.who}/notes", about), 201)
    assert note["open"] is False
    wrong = {**about, "kind": SECRET}
    problem_of(await desk.ask("POST", f"/learners/{desk.who}/notes", wrong), 422)
    for path in ("", "/plans?scope=all", "/profile", "/timeline", "/growth", "/disclosures", "/shares"):
        answer = await desk.ask("GET", f"/learners/{desk.who}{path}")
        assert answer.status_code == 200, path
        assert SECRET not in answer.text
    events = await desk.ask("GET", "/events")
    assert "plan.written" in events.text
    assert SECRET not in events.text
    assert SECRET not in await desk.page()
    others = bearer(await desk.api.key("plans.read", "plans.write", "plans.sign", "learners.read"))
    refused = await desk.api.http.get(f"/v1/learners/{desk.who}/notes", headers=others)
    assert problem_of(refused, 403)["scope"] == "plans.private"
    problem_of(await desk.ask("PUT", f"/notes/{note['id']}", about, '"7"'), 412)
    opened, _ = tagged(await desk.ask("PUT", f"/notes/{note['id']}", {**about, "open": True}, tag))
    assert opened["open"] is True
    assert SECRET in (await desk.ask("GET", f"/learners/{desk.who}/plans")).text
    assert SECRET in await desk.page()
    assert (await desk.ask("DELETE", f"/notes/{note['id']}")).status_code == 204
    assert (await desk.ask("GET", f"/learners/{desk.who}/notes")).json() == {"notes": []}
    printed = capfd.readouterr()
    assert SECRET not in printed.out + printed.err


async def test_plans_and_notes_follow_a_learner_through_a_merge_and_its_undoing(desk: Desk) -> None:
    api, headers = desk.api, desk.headers
    lone = piece("8", "W.1", 3, "home") | {"learner": {"identifiers": [{"type": "district", "value": "200900"}]}}
    await api.http.post("/v1/evidence", json=[lone], headers=headers)
    await settle(api.db, api.tenant)
    listed = await api.http.get("/v1/learners", params={"identifier": "district:200900"}, headers=headers)
    other = listed.json()["learners"][0]["id"]
    ours, _ = await desk.begin(CUT)
    theirs, _ = await Desk(api, other, headers).begin(CUT)
    note = {"kind": "interest", "words": "Birds", "writer": ADA}
    await desk.ask("POST", f"/learners/{other}/notes", note)
    assert theirs["goals"][0]["proposesToClose"] is False
    async with api.db.transaction(api.tenant) as tx:
        refs = [ref for ref in await _people(tx) if ref[1] in ("district:100482", "district:200900")]
        await decisions.link(tx, *refs, by="registrar", reason="the same child")
    await settle(api.db, api.tenant)
    for who in (desk.who, other):
        assert {each["id"] for each in await desk.plans(who)} == {ours["id"], theirs["id"]}
        assert len((await desk.ask("GET", f"/learners/{who}/notes")).json()["notes"]) == 1
    met = {each["goals"][0]["steps"][0]["level"] for each in await desk.plans(other)}
    assert len(met) == 1, "both plans are seen by what the one learner has shown"
    async with api.db.transaction(api.tenant) as tx:
        await decisions.unlink(tx, *refs, by="registrar", reason="two children after all")
    await settle(api.db, api.tenant)
    assert await desk.plans() == [ours]
    assert await desk.plans(other) == [theirs]
    assert (await desk.ask("GET", f"/learners/{desk.who}/notes")).json() == {"notes": []}
    assert len((await desk.ask("GET", f"/learners/{other}/notes")).json()["notes"]) == 1


async def _people(tx: Any) -> list[persons.Ref]:
    rows = await tx.rows("SELECT source_id, key FROM person WHERE tenant_id = %s ORDER BY 1, 2", tx.tenant)
    return [(source, key) for source, key in rows]


@pytest.mark.parametrize(
    ("goals", "where"),
    [
        ([CUT, CUT], "/goals/1/id"),
        ([goal("a", {"words": "neither"})], "/goals/0/steps/0"),
        ([goal("a", {**step("W.1"), "achievement": {"name": "both"}})], "/goals/0/steps/0"),
        ([goal("a", step("W.1", "Sublime"))], "/goals/0/steps/0/level"),
        ([goal("a", {"competency": str(uuid4())})], "/goals/0/steps/0/competency"),
        ([goal("a", {"achievement": {"issuer": "x"}})], "/goals/0/steps/0/achievement"),
        ([goal("a", {**step("W.1"), "evidence": [{"title": "x"}]})], "/goals/0/steps/0/evidence/0"),
        (
            [goal("a", {**step("W.1"), "evidence": [{"title": "x", "url": "javascript:alert(1)"}]})],
            "/goals/0/steps/0/evidence/0/url",
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_with_its_place(desk: Desk, goals: Any, where: str) -> None:
    refused = problem_of(await desk.ask("POST", f"/learners/{desk.who}/plans", plan(*goals)), 422)
    assert where in [error["pointer"] for error in refused["errors"]]
    assert await desk.plans() == []


async def test_evidence_is_found_in_the_record_or_said_not_to_be(desk: Desk) -> None:
    links = [
        {"title": "Piece 2", "source": "robotics-club", "rawKey": "2"},
        {"title": "Gone", "source": "robotics-club", "rawKey": "99"},
        {"title": "My film", "url": "https://example.org/film"},
    ]
    draft, _ = await desk.begin(goal("a", {**step("W.1"), "evidence": links}))
    assert [piece["found"] for piece in draft["goals"][0]["steps"][0]["evidence"]] == [True, False, True]


async def test_nobody_sees_or_touches_another_tenants_plans(desk: Desk) -> None:
    draft, _ = await desk.begin(CUT)
    theirs = {"plan": draft["id"], "kind": "note", "words": "x", "writer": ADA}
    stranger = Desk(desk.api, desk.who, bearer(await desk.api.key(tenant=desk.api.other)))
    for method, path, body in (
        ("GET", f"/learners/{desk.who}/plans", None),
        ("GET", f"/plans/{draft['id']}", None),
        ("PUT", f"/plans/{draft['id']}", plan()),
        ("POST", f"/learners/{desk.who}/notes", theirs),
        ("GET", f"/learners/{desk.who}/notes", None),
        ("POST", f"/learners/{desk.who}/plans", plan()),
    ):
        problem_of(await stranger.ask(method, path, body, '"1"'), 404)
    other = await desk.ask("POST", f"/learners/{desk.who}/notes", {**theirs, "plan": str(uuid4())})
    assert problem_of(other, 422)["errors"][0]["pointer"] == "/plan"


async def test_the_database_itself_keeps_what_was_signed(desk: Desk, database: TestDatabase) -> None:
    draft, tag = await desk.begin(CUT)
    await desk.ask("POST", f"/plans/{draft['id']}/sign-offs", {"signer": ROBIN}, tag)
    with psycopg.connect(database.service_url, autocommit=True) as conn:
        conn.execute("SELECT set_config('tessera.tenant', %s, false)", [str(desk.api.tenant)])
        for statement in (
            "UPDATE plan_version SET body = '{}'",
            "DELETE FROM plan_version",
            "UPDATE plan_sign_off SET version = 2",
            "DELETE FROM plan_sign_off",
            "DELETE FROM goal_change",
            "DELETE FROM plan",
            "UPDATE plan SET learner_id = id",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


async def test_the_record_page_shows_the_plan_on_a_phone_without_script(desk: Desk) -> None:
    nasty = goal("x", step("W.2"), title="<img src=x onerror=alert(1)> & Ada's goal", why="Because I'd like to")
    draft, tag = await desk.begin(CUT, nasty)
    assert "not signed yet" in await desk.page()
    await desk.ask("POST", f"/plans/{draft['id']}/sign-offs", {"signer": ROBIN}, tag)
    words = await desk.page()
    for text in (
        'href="#plan"',
        "Grade 6 in the shop",
        "signed by the advisor",
        "Robin Sample",
        "ready to close",
        "0 of 1 steps",
        "Not yet: at &#39;Developing&#39;, mastery wanted",
        "&lt;img src=x",
        "Ada&#39;s goal",
    ):
        assert text in words
    assert "<img src=x" not in words
    assert UUID(draft["id"]).hex not in words


async def test_a_plan_that_cannot_be_read_costs_no_other(desk: Desk, database: TestDatabase) -> None:
    broken, _ = await desk.begin(CUT, goal("plane", step("W.2")))
    whole, _ = await desk.begin(CUT)
    with psycopg.connect(database.owner_url, autocommit=True) as conn:
        conn.execute("""UPDATE plan_version SET body = '{"goals": 5}' WHERE plan_id = %s""", [broken["id"]])
    listed = await desk.ask("GET", f"/learners/{desk.who}/plans")
    assert [each["id"] for each in listed.json()["plans"]] == [whole["id"]]
    assert [each["goal"] for each in (await desk.ask("GET", "/goals/proposals")).json()["goals"]] == ["cut"]
    problem_of(await desk.ask("GET", f"/plans/{broken['id']}"), 409)
