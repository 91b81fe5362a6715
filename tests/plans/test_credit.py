"""Credit over the API: proposed by what was shown, awarded by a teacher of record, and never rewritten."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from app.identity import decisions
from app.records.settle import settle
from tests.conftest import TestDatabase
from tests.support.api import bearer, problem_of
from tests.support.competencies import learner, piece  # noqa: F401  (learner is a fixture)
from tests.support.credit import (
    KIM,
    award,
    credits_,
    desk,  # noqa: F401  (fixtures)
    rule,
    show,
    write,
)
from tests.support.plans import Desk, tagged


async def test_credit_is_proposed_when_all_is_reached_and_says_why_until_then(desk: Desk) -> None:
    of = await write(desk, "W.1", "W.2:Proficient")
    [proposal] = (await credits_(desk))["rules"]
    assert (proposal["have"], proposal["of"], proposal["proposed"]) == (1, 2, False)
    assert [(n["code"], n["reached"], n["lacks"]) for n in proposal["needs"]] == [
        ("W.1", True, None),
        ("W.2", False, "at 'Developing', 'Proficient' wanted"),
    ]
    assert [c["title"] for c in proposal["needs"][0]["cited"]] == ["Piece 3"]
    refused = problem_of(await award(desk, of), 409)
    assert "1 of 2 are reached. W.2: at 'Developing', 'Proficient' wanted" in refused["detail"]
    assert (await desk.ask("GET", f"/credit-rules/{of}/proposals")).json()["proposals"] == []
    await show(desk, piece("9", "W.2", 8, "in-school"))
    [proposal] = (await credits_(desk))["rules"]
    assert proposal["proposed"] is True
    proposed = (await desk.ask("GET", f"/credit-rules/{of}/proposals")).json()
    assert [proposal["learner"] for proposal in proposed["proposals"]] == [desk.who]
    assert (await credits_(desk))["awards"] == [], "proposed is not awarded"
    awarded = await award(desk, of)
    assert awarded.status_code == 201, awarded.text
    assert (awarded.json()["teacherOfRecord"], awarded.json()["client"][:7]) == (KIM, "client ")
    assert [(n["code"], n["level"], n["cited"][0]["title"]) for n in awarded.json()["basis"]] == [
        ("W.1", "Proficient", "Piece 3"),
        ("W.2", "Proficient", "Piece 9"),
    ]
    assert (await desk.ask("GET", f"/credit-rules/{of}/proposals")).json()["proposals"] == []
    [proposal] = (await credits_(desk))["rules"]
    assert (proposal["awarded"], proposal["proposed"]) == (True, False)


async def test_so_many_of_them_are_enough_where_the_rule_says_so(desk: Desk) -> None:
    of = await write(desk, "W.1", "W.2", "W.3", "P.1", atLeast=2)
    assert (await award(desk, of)).status_code == 201
    [awarded] = (await credits_(desk))["awards"]
    assert {n["statement"] for n in awarded["basis"]} == {"Cuts along a line", "(sensitive: shown with scope=all)"}
    [awarded] = (await credits_(desk, scope="all"))["awards"]
    assert {n["statement"] for n in awarded["basis"]} == {"Cuts along a line", "Shares tools"}


async def test_a_new_version_changes_nothing_that_was_awarded(desk: Desk) -> None:
    of = await write(desk, "W.1")
    before = (await award(desk, of)).json()
    problem_of(await desk.ask("PUT", f"/credit-rules/{of}", rule("W.1", "W.3")), 428)
    harder, tag = tagged(await desk.ask("PUT", f"/credit-rules/{of}", rule("W.1", "W.3", amount=1), '"1"'))
    assert (harder["version"], tag) == (2, '"2"')
    problem_of(await desk.ask("PUT", f"/credit-rules/{of}", rule("W.2"), '"1"'), 412)
    credit = await credits_(desk)
    assert credit["awards"] == [before]
    assert (before["amount"], before["version"]) == (0.5, 1)
    assert [rule["version"] for rule in credit["rules"]] == [2]
    versions = (await desk.ask("GET", f"/credit-rules/{of}")).json()["versions"]
    assert [(version["version"], version["amount"]) for version in versions] == [(1, 0.5), (2, 1.0)]
    withdrawn = {"teacherOfRecord": KIM, "reason": "Another learner's work"}
    told_ = (await desk.ask("POST", f"/credits/{before['id']}/withdrawal", withdrawn)).json()
    assert told_["withdrawnReason"] == "Another learner's work"
    problem_of(await desk.ask("POST", f"/credits/{before['id']}/withdrawal", withdrawn), 409)
    assert problem_of(await award(desk, of), 409)["type"].endswith("rule-changed")
    assert problem_of(await award(desk, of, 2), 409)["type"].endswith("not-eligible")
    tagged(await desk.ask("PUT", f"/credit-rules/{of}", rule("W.1", retired=True), '"2"'))
    assert problem_of(await award(desk, of, 3), 409)["type"].endswith("rule-retired")
    credit = await credits_(desk)
    assert (credit["rules"], len(credit["awards"])) == ([], 1)


async def test_who_slips_later_keeps_the_credit_and_it_is_said(desk: Desk) -> None:
    of = await write(desk, "W.1")
    before = (await award(desk, of)).json()
    await show(desk, piece("20", "W.1", 1, "in-school"))
    [after] = (await credits_(desk))["awards"]
    assert after["slipped"] is True
    assert after["lacksToday"][0]["lacks"] == "at 'Beginning', mastery wanted"
    still = {key: value for key, value in after.items() if key not in ("slipped", "lacksToday")}
    assert still == {key: value for key, value in before.items() if key not in ("slipped", "lacksToday")}
    assert still["withdrawnAt"] is None


async def test_credit_is_awarded_once_however_many_press_the_button(desk: Desk) -> None:
    of = await write(desk, "W.1")
    answers = await asyncio.gather(*(award(desk, of) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len((await credits_(desk))["awards"]) == 1


async def test_awards_follow_a_learner_through_a_merge_and_its_undoing(desk: Desk) -> None:
    api = desk.api
    twin = piece("8", "W.1", 9, "home") | {"learner": {"identifiers": [{"type": "district", "value": "200900"}]}}
    await show(desk, twin)
    listed = await api.http.get("/v1/learners", params={"identifier": "district:200900"}, headers=desk.headers)
    other = listed.json()["learners"][0]["id"]
    of = await write(desk, "W.1")
    both = (await desk.ask("GET", f"/credit-rules/{of}/proposals?limit=1")).json()
    rest = (await desk.ask("GET", f"/credit-rules/{of}/proposals?limit=1&after={both['next']}")).json()
    assert {proposal["learner"] for proposal in both["proposals"] + rest["proposals"]} == {desk.who, other}
    assert (await award(desk, of)).status_code == 201
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT source_id, key FROM person WHERE tenant_id = %s ORDER BY 1, 2", tx.tenant)
        refs = [(source, key) for source, key in rows]
        await decisions.link(tx, *refs, by="registrar", reason="the same child")
    await settle(api.db, api.tenant)
    for who in (desk.who, other):
        assert len((await credits_(desk, who))["awards"]) == 1
        assert problem_of(await award(desk, of, who=who), 409)["type"].endswith("awarded-already")
    assert (await desk.ask("GET", f"/credit-rules/{of}/proposals")).json()["proposals"] == []
    async with api.db.transaction(api.tenant) as tx:
        await decisions.unlink(tx, *refs, by="registrar", reason="two children after all")
    await settle(api.db, api.tenant)
    assert len((await credits_(desk))["awards"]) == 1
    assert (await credits_(desk, other))["awards"] == []


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (rule("W.1", "W.1"), "/needs/1/competency"),
        (rule("W.1:Sublime"), "/needs/0/level"),
        (rule("W.1", atLeast=2), "/atLeast"),
        (rule("W.1", framework=str(uuid4())), "/needs/0/competency"),
        (rule("Nothing"), "/needs/0/competency"),
        (rule("W.1", amount=0), "/amount"),
        (rule("W.1", amount=True), "/amount"),
        (rule("W.1", amount="1"), "/amount"),
        (rule("W.1", retired="no"), "/retired"),
        (rule("W.1", writer={"name": " ", "role": "teacher"}), "/writer/name"),
        (rule("W.1", amount=1e400), "/amount"),
        (rule(), "/needs"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused_with_its_place(desk: Desk, body: Any, where: str) -> None:
    if body["amount"] == float("inf"):
        headers = {**desk.headers, "Content-Type": "application/json"}
        answer = await desk.api.http.post("/v1/credit-rules", content=b'{"amount": 1e400}', headers=headers)
        problem_of(answer, 400)
        return
    refused = problem_of(await desk.ask("POST", "/credit-rules", body), 422)
    assert where in [error["pointer"] for error in refused["errors"]]


async def test_another_tenant_sees_neither_rules_nor_awards(desk: Desk) -> None:
    of = await write(desk, "W.1")
    body = (await award(desk, of)).json()
    stranger = Desk(desk.api, desk.who, bearer(await desk.api.key(tenant=desk.api.other)))
    assert (await stranger.ask("GET", "/credit-rules")).json() == {"rules": []}
    withdrawn = {"teacherOfRecord": KIM, "reason": "x"}
    problem_of(await stranger.ask("POST", f"/credits/{body['id']}/withdrawal", withdrawn), 404)
    problem_of(await stranger.ask("GET", f"/credit-rules/{of}/proposals"), 404)
    problem_of(await award(stranger, of), 404)


async def test_the_database_itself_keeps_rules_and_awards(desk: Desk, database: TestDatabase) -> None:
    await award(desk, await write(desk, "W.1"))
    with psycopg.connect(database.service_url, autocommit=True) as conn:
        conn.execute("SELECT set_config('tessera.tenant', %s, false)", [str(desk.api.tenant)])
        for statement in (
            "UPDATE credit_rule SET body = '{}'",
            "DELETE FROM credit_rule",
            "DELETE FROM credit_award",
            "UPDATE credit_award SET basis = '[]'",
            "UPDATE credit_award SET learner_id = id",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


async def test_the_record_page_shows_credit_and_what_is_ready(desk: Desk) -> None:
    await award(desk, await write(desk, "W.1"))
    await write(desk, "W.2", "W.1", title="Shop <2>")
    words = await desk.page()
    for text in (
        "Credit",
        "Shop 1",
        "0.5 credit",
        "Technology",
        "Kim O&#39;Sample",
        "Shop teacher",
        "Cuts along a line",
        "Shop &lt;2&gt;",
        "1 of 2",
    ):
        assert text in words
    assert UUID(desk.who).hex not in words
