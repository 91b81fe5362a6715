"""A teacher of record sets a level: every view has it and says so, until it ends or is taken back."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.mastery.judge import DIFFERS, OVERRIDDEN, Asserted, Judge
from app.mastery.policies import Policy
from app.mastery.rules import AverageOfLast
from app.records.settle import settle
from tests.support.api import Api, problem_of
from tests.support.naming import import_, mastered
from tests.support.one_answer import IDS, KIM, LEE, frameworks
from tests.support.people import signed_in

AT = datetime(2026, 11, 1, tzinfo=UTC)
SHOWN = Asserted(1, AT, share=0.2)


def _set(id: int, level: str, at: datetime = AT, ends: datetime = AT + timedelta(days=30)) -> Asserted:
    return Asserted(-id, at, level=level, expires=ends, override=True, hash=id)


def test_a_level_that_was_set_goes_before_all_that_was_shown_until_it_ends() -> None:
    judge, level = Judge(Policy(rule=AverageOfLast(n=3))), _set(1, "Proficient")
    state, reasons = judge.explain([SHOWN, level], AT + timedelta(days=1))
    assert (state.level, state.met, state.deciding, state.until) == (2, True, [-1], level.expires)
    assert {reason.id: (reason.decided, reason.why) for reason in reasons}[1] == (False, OVERRIDDEN)
    after = judge.judge([SHOWN, level], AT + timedelta(days=30))
    before = judge.judge([SHOWN, level], AT - timedelta(days=1))
    assert (after.level, after.deciding) == (0, [1])
    assert before == judge.judge([SHOWN], AT - timedelta(days=1))
    assert judge.computed([SHOWN, level], AT + timedelta(days=1)) == judge.judge([SHOWN], AT + timedelta(days=1))


def test_of_two_teachers_the_later_one_decides_and_both_are_told() -> None:
    judge, now = Judge(Policy()), AT + timedelta(days=5)
    first, second = _set(1, "Advanced"), _set(2, "Developing", AT + timedelta(days=1))
    for order in ([first, second, SHOWN], [SHOWN, second, first]):
        state, reasons = judge.explain(order, now)
        assert (state.level, state.met, state.deciding) == (1, False, [-2])
        assert {reason.id: reason.why for reason in reasons}[-1] == DIFFERS
        assert [override.id for override in judge.overrides(order, now)] == [-1, -2]


def test_a_level_that_the_policy_does_not_have_decides_nothing_and_says_so() -> None:
    state, reasons = Judge(Policy()).explain([SHOWN, _set(1, "Level 7")], AT + timedelta(days=1))
    assert (state.level, state.deciding) == (0, [1])
    assert "no level 'Level 7'" in {reason.id: reason.why for reason in reasons}[-1]


class Class:
    """A learner of the two frameworks, who has shown little of P.2."""

    def __init__(self, api: Api, headers: dict[str, str], learner: str) -> None:
        self.api, self.headers, self.learner = api, headers, learner

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        return await self.api.http.request(method, f"/v1{path}", json=body, params=query, headers=self.headers)

    async def set(self, level: str = "Proficient", teacher: dict[str, str] = KIM, **more: Any) -> httpx.Response:
        ends = (datetime.now(UTC) + timedelta(days=60)).isoformat()
        override = {"level": level, "reason": "Explained it to the class", "ends": ends, "teacherOfRecord": teacher}
        path = f"/learners/{self.learner}/competencies/{IDS['P.2']}/overrides"
        return await self.ask("POST", path, override | more)

    async def why(self, **query: Any) -> Any:
        return (await self.ask("GET", f"/learners/{self.learner}/competencies/{IDS['P.2']}", **query)).json()


async def _class(api: Api) -> Class:
    headers = await api.pusher()
    for package in frameworks():
        await import_(api, headers, package)
    result = {"result": {"score": 1, "max": 4}, "alignments": [{"code": "P.2"}], "name": "A quiz"}
    return Class(api, headers, await api.learner(headers, **result))


async def test_every_view_has_it_and_says_who_set_it_why_and_until_when(api: Api) -> None:
    room = await _class(api)
    before = await room.why()
    made = await room.set()
    assert made.status_code == 201, made.text
    why = await room.why()
    assert (why["level"]["name"], why["met"], why["computed"]["name"]) == ("Proficient", True, "Beginning")
    [override] = why["overrides"]
    assert (override["name"], override["reason"], override["decided"]) == (
        KIM["name"],
        "Explained it to the class",
        True,
    )
    assert [assertion["decided"] for assertion in why["assertions"]] == [False, True]
    query = {"framework": IDS["P.2"] and frameworks()[0]["CFDocument"]["identifier"]}
    profile = (await room.ask("GET", f"/learners/{room.learner}/profile")).json()
    [cell] = [
        competency for part in profile["domains"] for competency in part["competencies"] if competency["code"] == "P.2"
    ]
    assert (cell["mastered"], cell["override"]["by"]) == (True, "Kim Sample, teacher of record")
    book = (
        await room.ask("POST", "/gradebook", {**query, "learners": [room.learner], "competencies": [IDS["P.2"]]})
    ).json()
    assert (book["learners"][0]["cells"], book["learners"][0]["overridden"]) == (["Proficient"], [0])
    progress = (await room.ask("GET", f"/learners/{room.learner}/progress", **query)).json()
    assert [
        competency["code"] for part in progress for competency in part["competencies"] if competency.get("overridden")
    ] == ["P.2", "Q"]
    grown = (await room.ask("GET", f"/learners/{room.learner}/growth")).json()["competencies"]
    assert [step["overridden"] for line in grown if line["code"] == "P.2" for step in line["steps"]] == [False, True]
    picture = (await room.ask("GET", f"/learners/{room.learner}/profile.svg")).text
    assert "set by a teacher" in picture
    past = await room.why(as_of=(datetime.now(UTC) - timedelta(days=1)).isoformat())
    assert (past.get("overrides", []), past["level"]["name"]) == ([], before["level"]["name"])


async def test_a_credential_says_that_a_teacher_set_the_level(api: Api) -> None:
    room = await _class(api)
    await room.set()
    order = {"kind": "OpenBadgeCredential", "items": [f"/competencies/{IDS['P.2']}"]}
    issued = await room.ask("POST", f"/learners/{room.learner}/credentials", order)
    assert issued.status_code in (200, 201), issued.text
    [credential] = issued.json()["credentials"]
    text = str(credential["document"])
    assert "set by a teacher of record: Kim Sample, teacher of record" in text
    assert "Explained it" not in text, "the reason is the record's, not everybody's"


async def test_taken_back_it_leaves_no_trace_but_in_the_list(api: Api) -> None:
    room = await _class(api)
    before = await room.why()
    key = (await room.set()).json()["key"]
    await room.set("Advanced", LEE)
    assert [(o["name"], o["decided"]) for o in (await room.why())["overrides"]] == [
        ("Kim Sample", False),
        ("Lee Sample", True),
    ]
    listed = (await room.ask("GET", f"/learners/{room.learner}/overrides")).json()["overrides"]
    for override in listed:
        why = {"reason": "The test was taken again", "teacherOfRecord": LEE}
        done = await room.ask("POST", f"/learners/{room.learner}/overrides/{override['key']}/withdrawal", why)
        assert done.status_code == 200, done.text
    after = await room.why()
    assert after | {"asOf": 0} == before | {"asOf": 0}
    assert await mastered(api, room.headers, room.learner) == []
    again = await room.ask(
        "POST", f"/learners/{room.learner}/overrides/{key}/withdrawal", {"reason": "x", "teacherOfRecord": LEE}
    )
    problem_of(again, 409)
    listed = (await room.ask("GET", f"/learners/{room.learner}/overrides")).json()["overrides"]
    assert [row["withdrawnReason"] for row in listed] == ["The test was taken again"] * 2
    audited = (await room.ask("GET", "/audit", kind="level_override")).json()
    assert [change["action"] for change in audited["changes"]].count("created") == 2


async def test_the_header_follows_a_level_that_was_set(api: Api) -> None:
    room = await _class(api)
    before = (await room.ask("GET", f"/learners/{room.learner}")).json()["competencies"]["mastered"]
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("DELETE FROM procrastinate_jobs WHERE task_name = 'settle'")  # what the push before asked for
    await room.set()
    async with api.db.transaction(api.tenant) as tx:
        assert await tx.one("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle' AND status = 'todo'")
    await settle(api.db, api.tenant)
    after = (await room.ask("GET", f"/learners/{room.learner}")).json()["competencies"]["mastered"]
    assert (before, after) == (0, 1)


async def test_what_cannot_be_set_is_said(api: Api) -> None:
    room = await _class(api)
    assert "levels Beginning" in problem_of(await room.set("A+"), 422)["detail"]
    assert "2 days" not in problem_of(await room.set(ends="2020-01-01T00:00:00Z"), 422)["detail"]
    problem_of(await room.set(reason=" "), 422)
    problem_of(
        await room.ask(
            "POST",
            f"/learners/{room.learner}/overrides/{UUID(int=3)}/withdrawal",
            {"reason": "x", "teacherOfRecord": KIM},
        ),
        404,
    )
    other = {**room.headers, "Authorization": f"Bearer {await api.key('learners.read')}"}
    room.headers = other
    problem_of(await room.set(), 403)


async def test_it_follows_its_learner_into_whom_they_are_merged(api: Api) -> None:
    room = await _class(api)
    await room.set()
    who = {"identifiers": [{"type": "district", "value": "100482"}, {"type": "state", "value": "S-1"}]}
    other = {"identifiers": [{"type": "state", "value": "S-1"}]}
    await api.http.post("/v1/evidence", json={"id": "o", "learner": other, "name": "Other"}, headers=room.headers)
    await settle(api.db, api.tenant)
    await api.http.post("/v1/evidence", json={"id": "o2", "learner": who, "name": "Both"}, headers=room.headers)
    await settle(api.db, api.tenant)
    learners = (await room.ask("GET", "/learners", identifier="state:S-1")).json()["learners"]
    assert len(learners) == 1, "one learner now"
    room.learner = learners[0]["id"]
    assert (await room.why())["level"]["name"] == "Proficient"
    assert await mastered(api, room.headers, room.learner) == ["P.2"]


async def test_a_teacher_sets_it_on_the_page_and_takes_it_back(api: Api) -> None:
    room = await _class(api)
    page = f"/learners/{room.learner}/competencies/{IDS['P.2']}"
    stranger = await signed_in(api, "registrar")
    assert "Set the level yourself" not in (await stranger.get(page)).text
    teacher = await signed_in(api, "teacher", learner=UUID(room.learner), name="Robin")
    assert "Set the level yourself" in (await teacher.get(page)).text
    until = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    sent = {"level": "Advanced", "reason": "Taught it to others", "until": until}
    assert (await teacher.send(f"{page}/level", sent, page=page)).status_code == 303
    text = (await teacher.get(page)).text
    assert '<p class="verdict"><b>Advanced</b>' in text
    assert "Set by Robin Sample" in text
    assert "Taught it to others" in text
    [back] = re.findall(r'href="([^"]+/withdraw)"', text)
    assert (await teacher.send(back, {"reason": "It was Ben"}, page=back)).status_code == 303
    assert '<p class="verdict"><b>Beginning</b>' in (await teacher.get(page)).text
