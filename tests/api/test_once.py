"""Creations with an Idempotency-Key: one effect however often and however fast they are sent."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import learner  # noqa: F401  (a fixture)
from tests.support.credit import KIM, rule, write
from tests.support.frameworks import ident
from tests.support.plans import ADA, CLOSE, CUT, ROBIN, SECRET, Desk, plan, tagged

NOTE = {"kind": "reflection", "words": SECRET, "writer": ADA}


@pytest.fixture
async def desk(api: Api, learner: Any) -> Desk:
    return Desk(api, *learner)


def keyed(desk: Desk, key: str = "monday") -> Desk:
    return Desk(desk.api, desk.who, {**desk.headers, "Idempotency-Key": key})


async def _count(desk: Desk, table: str) -> int:
    async with desk.api.db.transaction(desk.api.tenant) as tx:
        row: int = await tx.one(f"SELECT count(*) FROM {table} WHERE tenant_id = %s", tx.tenant)  # type: ignore[arg-type]
    return row


async def _path(desk: Desk, what: str) -> tuple[str, Any, str | None]:
    """Where something is made, with what body and tag."""
    if what == "credit":
        credit = {"rule": await write(desk, "W.1"), "version": 1, "teacherOfRecord": KIM}
        return f"/learners/{desk.who}/credits", credit, None
    if what in ("sign-off", "goal-change"):
        draft, tag = await desk.begin(CUT)
        return f"/plans/{draft['id']}/{what}s", {"signer": ROBIN} if what == "sign-off" else CLOSE, tag
    policy = {"name": "best", "policy": {"rule": {"rule": "highest"}}}
    bodies = {
        "plan": (f"/learners/{desk.who}/plans", plan(CUT)),
        "note": (f"/learners/{desk.who}/notes", NOTE),
        "rule": ("/credit-rules", rule("W.1")),
        "policy": ("/policies", policy),
    }
    return (*bodies[what], None)


MADE = {
    "plan": "plan",
    "note": "learner_note",
    "sign-off": "plan_sign_off",
    "goal-change": "goal_change",
    "rule": "credit_rule",
    "credit": "credit_award",
    "policy": "policy",
}


@pytest.mark.parametrize("what", MADE)
async def test_the_same_at_once_and_again_is_made_once(desk: Desk, what: str) -> None:
    path, body, tag = await _path(desk, what)
    at_desk = keyed(desk)
    answers: list[httpx.Response] = await asyncio.gather(*(at_desk.ask("POST", path, body, tag) for _ in range(6)))
    answers.append(await at_desk.ask("POST", path, body, tag))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert len({answer.headers.get("etag") for answer in answers}) == 1
    assert await _count(desk, MADE[what]) == 1
    assert (await desk.ask("GET", "/events")).text.count('"plan.signed"') == (what == "sign-off")


async def test_a_key_is_for_one_request_of_one_client(desk: Desk) -> None:
    path, body, _ = await _path(desk, "note")
    first, _ = tagged(await keyed(desk).ask("POST", path, body), 201)
    other = await keyed(desk).ask("POST", path, {**body, "words": "Something else"})
    assert problem_of(other, 422)["type"] == "urn:tessera:problem:key-reused"
    pushed = await desk.api.http.post("/v1/evidence", json=body, headers=keyed(desk).headers)
    assert problem_of(pushed, 422)["type"] == "urn:tessera:problem:key-reused"
    stranger = Desk(desk.api, desk.who, bearer(await desk.api.key("plans.private")))
    second, _ = tagged(await keyed(stranger).ask("POST", path, body), 201)
    assert first["id"] != second["id"]
    problem_of(await keyed(desk, "mon\tday").ask("POST", path, body), 400)
    problem_of(await keyed(desk, "k" * 256).ask("POST", path, body), 422)


async def test_what_was_refused_leaves_the_key_free(desk: Desk) -> None:
    """Nothing was made, so the same key makes it once the reason is gone."""
    draft, tag = await desk.begin(CUT)
    path = f"/plans/{draft['id']}/sign-offs"
    problem_of(await keyed(desk).ask("POST", path, {"signer": ROBIN}, '"77"'), 412)
    tagged(await keyed(desk).ask("POST", path, {"signer": ROBIN}, tag), 201)
    again, new = tagged(await keyed(desk).ask("POST", path, {"signer": ROBIN}, tag), 201)
    assert (len(again["signOffs"]), new != tag) == (1, True)
    wrong = plan({**CUT, "steps": [{"competency": ident("Nothing")}]})
    problem_of(await keyed(desk, "tuesday").ask("POST", f"/learners/{desk.who}/plans", wrong), 422)
    tagged(await keyed(desk, "tuesday").ask("POST", f"/learners/{desk.who}/plans", plan(CUT)), 201)


async def test_a_deleted_note_is_in_no_kept_answer(desk: Desk) -> None:
    path, body, _ = await _path(desk, "note")
    note, _ = tagged(await keyed(desk).ask("POST", path, body), 201)
    async with desk.api.db.transaction(desk.api.tenant) as tx:
        rows = await tx.rows("SELECT response FROM idempotency WHERE tenant_id = %s", tx.tenant)
    assert [bytes(response) for (response,) in rows] == [note["id"].encode()]
    await desk.ask("DELETE", f"/notes/{note['id']}")
    problem_of(await keyed(desk).ask("POST", path, body), 404)
    assert await _count(desk, "learner_note") == 0
