"""Pushing evidence and badges."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.description.push_examples import STATEMENT
from app.api.kit.edge import Edge, RequestMetrics
from app.api.kit.problem import answer
from app.errors import ApiError
from app.settings import Settings
from tests.support.api import BADGE, EVIDENCE, Api, bearer, problem_of


async def test_a_single_item_is_new_then_unchanged_then_updated(api: Api) -> None:
    headers = await api.pusher()
    first = await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers)
    assert first.status_code == 201
    assert first.json() == {
        "received": 1,
        "stored": 1,
        "rejected": 0,
        "items": [{"index": 0, "id": "robotics-1", "status": "new", "learner": "waiting"}],
    }
    again = await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers)
    assert (again.status_code, again.json()["items"][0]["status"]) == (200, "unchanged")
    changed = await api.http.post("/v1/evidence", json={**EVIDENCE, "place": "Library"}, headers=headers)
    assert (changed.status_code, changed.json()["items"][0]["status"]) == (200, "updated")


async def test_the_record_shows_what_was_pushed_and_its_very_bytes(api: Api) -> None:
    headers = await api.pusher()
    odd = json.dumps(EVIDENCE, indent=3).encode() + b"\n"
    assert (await api.http.post("/v1/evidence", content=odd, headers=_json(headers))).status_code == 201
    learner = await api.learner(headers, id="robotics-2")
    record = (await api.http.get(f"/v1/learners/{learner}/record/full", headers=headers)).json()
    assert record["names"][0]["value"] == "Ada Sample"
    assert len(record["evidence"]) == 2
    entry_id = next(entry["id"] for entry in record["evidence"] if entry["from"][0]["rawKey"] == "robotics-1")
    provenance = await api.http.get(
        f"/v1/learners/{learner}/provenance", params={"path": f"/evidence/{entry_id}/name"}, headers=headers
    )
    (statement,) = provenance.json()["statements"]
    assert statement["raw"].encode() == odd.strip()
    assert (statement["source"], statement["stream"], statement["sourceId"]) == (
        "robotics-club",
        "evidence",
        "robotics-1",
    )


async def test_a_misspelt_field_is_named_with_the_one_that_may_have_been_meant(api: Api) -> None:
    headers = await api.pusher()
    item = {**EVIDENCE, "occuredAt": "2026-10-03T16:30:00Z"}
    item.pop("occurredAt", None)
    answer_ = await api.http.post("/v1/evidence", json=[item, {**EVIDENCE, "id": "robotics-2"}], headers=headers)
    first, second = answer_.json()["items"]
    assert first["status"] == second["status"] == "new"
    assert first["warnings"] == [
        "field 'occuredAt' is unknown (did you mean 'occurredAt'?): it is kept with the record and says nothing"
    ]
    assert "warnings" not in second
    learner = await api.learner(headers, id="robotics-3")
    record = (await api.http.get(f"/v1/learners/{learner}/record/full", headers=headers)).json()
    assert any("date" not in entry for entry in record["evidence"])  # undated, and not of today


ADA = {"identifiers": [{"type": "district", "value": "100482"}]}
MISSPELT: list[tuple[str, dict[str, Any], str]] = [
    ("evidence", {"id": "m", "learner": ADA, "name": "R", "result": {"scroe": 5}}, "'result.scroe' (score)"),
    ("evidence", {"id": "m", "lerner": ADA, "name": "Robot"}, "'lerner' (learner)"),
    ("evidence", {"id": "m", "learner": {"identifers": ADA["identifiers"]}, "name": "R"}, "'learner.identifers'"),
    (
        "evidence",
        {"id": "m", "learner": ADA, "name": "R", "result": {"criteria": [{"name": "Speed", "levle": "3"}]}},
        "'result.criteria[0].levle' (level)",
    ),
    ("evidence", {"id": "m", "learner": ADA, "result": 5, "alignments": [{"coed": "6.NS"}]}, "'alignments[0].coed'"),
    ("open_badges", {**BADGE, "learner": {"identifers": []}, "credntial": {}, "sett": "x"}, "'sett'"),
    ("open_badges", {"id": "m", "learner": ADA, "credental": BADGE["credential"]}, "'credental' (credential)"),
    ("xapi", {**STATEMENT, "verb": {"ID": STATEMENT["verb"]["id"]}}, "'verb.ID' (id)"),
    ("xapi", {**STATEMENT, "actor": {"acount": STATEMENT["actor"]["account"]}}, "'actor.acount' (account)"),
]


@pytest.mark.parametrize(("connector", "item", "named"), MISSPELT)
async def test_a_rejected_item_names_its_misspelt_field(
    api: Api, connector: str, item: dict[str, Any], named: str
) -> None:
    headers = await api.pusher(connector, "program")
    path = {"evidence": "/v1/evidence", "open_badges": "/v1/badges", "xapi": "/v1/xapi/statements"}[connector]
    answer_ = await api.http.post(path, json=[item], headers=headers)
    (rejected,) = answer_.json()["items"]
    assert rejected["status"] == "rejected"
    field, _, meant = named.partition(" ")
    hint = f" (did you mean '{meant.strip('()')}'?)" if meant else ""
    assert f"; field {field} is unknown{hint}" in rejected["reason"]
    assert rejected["reason"].count("is unknown") == 1  # and nothing that its model knows
    (waiting,) = (await api.http.get("/v1/quarantine", headers=headers)).json()["records"]
    assert waiting["reason"] == rejected["reason"]


async def test_xapi_statements_are_pushed_as_they_are(api: Api) -> None:
    headers = await api.pusher("xapi", "tool")
    unknown = {**STATEMENT, "id": STATEMENT["id"][:-1] + "1", "verb": {"id": "https://tool.example.org/verbs/aced"}}
    answer = await api.http.post("/v1/xapi/statements", json=[STATEMENT, unknown], headers=headers)
    assert [item["status"] for item in answer.json()["items"]] == ["new", "rejected"]
    assert "is no verb we know" in answer.json()["items"][1]["reason"]
    [waiting] = (await api.http.get("/v1/quarantine", headers=headers)).json()["records"]
    assert waiting["key"] == unknown["id"]
    problem_of(await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers), 403)
    mixed = {**headers, "Content-Type": "multipart/mixed; boundary=x"}
    problem_of(await api.http.post("/v1/xapi/statements", content=b"--x--", headers=mixed), 415)


async def test_a_batch_tells_of_each_item_and_loses_no_good_neighbor(api: Api) -> None:
    headers = await api.pusher()
    bad = {**EVIDENCE, "id": "robotics-2", "learner": {"identifiers": [{"type": "student-no", "value": "1"}]}}
    batch = [EVIDENCE, bad, {**EVIDENCE, "id": "robotics-3"}]
    answer = await api.http.post("/v1/evidence", json=batch, headers=headers)
    assert answer.status_code == 200
    assert [(i["id"], i["status"]) for i in answer.json()["items"]] == [
        ("robotics-1", "new"),
        ("robotics-2", "rejected"),
        ("robotics-3", "new"),
    ]
    assert "student-no" in answer.json()["items"][1]["reason"]
    waiting = (await api.http.get("/v1/quarantine", headers=headers)).json()["records"]
    assert [record["key"] for record in waiting] == ["robotics-2"]


async def test_lines_are_items(api: Api) -> None:
    headers = await api.pusher()
    lines = "\r\n".join([json.dumps(EVIDENCE), "", "{broken", json.dumps({**EVIDENCE, "id": "robotics-2"})])
    answer = await api.http.post(
        "/v1/evidence", content=lines, headers={**headers, "Content-Type": "application/x-ndjson"}
    )
    assert [i["status"] for i in answer.json()["items"]] == ["new", "rejected", "new"]


async def test_an_atomic_batch_with_a_bad_item_stores_nothing(api: Api) -> None:
    headers = await api.pusher()
    for bad in ('{"id": "robotics-2"}', '{"id": "robotics-2", "n": NaN}'):
        body = f"[{json.dumps(EVIDENCE)}, {bad}]"
        answer = await api.http.post("/v1/evidence?mode=atomic", content=body, headers=_json(headers))
        problem = problem_of(answer, 422)
        assert [i["status"] for i in problem["items"]] == ["refused", "rejected"]
        assert problem["stored"] == 0
    after = await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers)
    assert after.json()["items"][0]["status"] == "new"


async def test_a_rejected_single_item_is_a_problem_that_names_the_field(api: Api) -> None:
    problem = problem_of(await api.http.post("/v1/evidence", json={"id": "x"}, headers=await api.pusher()), 422)
    assert "learner" in problem["detail"]


async def test_badges_are_pushed_likewise_into_a_source_of_their_own(api: Api) -> None:
    headers = await api.pusher("open_badges", "badges")
    answer = await api.http.post("/v1/badges", json=BADGE, headers=headers)
    assert (answer.status_code, answer.json()["items"][0]["status"]) == (201, "new"), answer.text
    problem = problem_of(await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers), 403)
    assert "open_badges" in problem["detail"]


async def test_a_client_without_a_source_is_told_so(api: Api) -> None:
    headers = bearer(await api.key("evidence.write"))
    problem = problem_of(await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers), 403)
    assert problem["type"] == "urn:tessera:problem:no-source"


async def test_fifty_at_once_with_one_idempotency_key_have_one_effect(api: Api) -> None:
    headers = {**await api.pusher(), "Idempotency-Key": "monday"}

    async def push() -> tuple[int, str, bool]:
        while True:
            answer = await api.http.post("/v1/evidence", json=[EVIDENCE], headers=headers)
            if answer.status_code != 409:
                return answer.status_code, answer.text, "idempotent-replayed" in answer.headers
            assert answer.headers["retry-after"] == "1"
            await asyncio.sleep(0.01)

    answers = await asyncio.gather(*(push() for _ in range(50)))
    assert {(status, text) for status, text, _ in answers} == {(200, answers[0][1])}
    assert sum(not replayed for *_, replayed in answers) == 1
    assert '"new"' in answers[0][1]


async def test_an_idempotency_key_is_for_one_request_of_one_client(api: Api) -> None:
    headers = {**await api.pusher(), "Idempotency-Key": "monday"}
    await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers)
    other = await api.http.post("/v1/evidence", json={**EVIDENCE, "id": "robotics-2"}, headers=headers)
    assert problem_of(other, 422)["type"] == "urn:tessera:problem:key-reused"
    stranger = {**await api.pusher(slug="chess-club"), "Idempotency-Key": "monday"}
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=stranger)).status_code == 201


async def test_a_refused_answer_comes_again_as_it_was(api: Api) -> None:
    headers = {**await api.pusher(), "Idempotency-Key": "monday"}
    first = await api.http.post("/v1/evidence", json={"id": "x"}, headers=headers)
    again = await api.http.post("/v1/evidence", json={"id": "x"}, headers=headers)
    assert (first.status_code, first.content) == (again.status_code, again.content) == (422, first.content)
    assert again.headers["content-type"] == "application/problem+json"


async def test_too_many_items_and_too_long_bodies_are_refused_with_the_limit(api: Api) -> None:
    headers = await api.pusher()
    many = await api.http.post("/v1/evidence", content=b"[" + b"1," * 5000 + b"1]", headers=_json(headers))
    assert problem_of(many, 413)["limit"] == 5000
    long = b"[" + b" " * (8 * 1024 * 1024) + b"]"
    declared = await api.http.post("/v1/evidence", content=long, headers=_json(headers))
    assert problem_of(declared, 413)["limit"] == 8 * 1024 * 1024

    async def undeclared():
        for _ in range(9):
            yield b" " * (1024 * 1024)

    streamed = await api.http.post("/v1/evidence", content=undeclared(), headers=_json(headers))
    assert problem_of(streamed, 413)["limit"] == 8 * 1024 * 1024


class Slow:
    """A body of 8 MiB whose last byte comes when it is told to."""

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.arrived, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> AsyncIterator[bytes]:
        yield b"[" + b" " * (self.begin - 1)
        self.arrived.set()
        await self.go_on.wait()
        yield b" " * (8 * 1024 * 1024 - self.begin - 1) + b"]"

    def push(self, api: Api, headers: dict[str, str]) -> asyncio.Task[httpx.Response]:
        declared = {**_json(headers), "Content-Length": str(8 * 1024 * 1024)}
        return asyncio.create_task(api.http.post("/v1/evidence", content=self(), headers=declared))


async def test_idle_connections_of_one_client_keep_nobody_from_pushing(api: Api) -> None:
    idle = [Slow(begin=1) for _ in range(40)]
    slow, other = await api.pusher(slug="slow"), await api.pusher(slug="other")
    pushes = [each.push(api, slow) for each in idle]
    for each in idle:
        await each.arrived.wait()
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=other)).status_code == 201
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=slow)).status_code == 201
    for push in pushes:
        push.cancel()
    await asyncio.gather(*pushes, return_exceptions=True)
    assert (await api.http.post("/v1/evidence", json=[EVIDENCE] * 2, headers=slow)).status_code == 200


async def test_a_client_has_its_share_of_the_room_and_the_others_have_theirs(api: Api) -> None:
    bodies = [Slow(begin=8 * 1024 * 1024 - 1) for _ in range(2)]
    slow, other = await api.pusher(slug="slow"), await api.pusher(slug="other")
    pushes = [body.push(api, slow) for body in bodies]
    for body in bodies:
        await body.arrived.wait()
    refused = await api.http.post("/v1/evidence", json=[EVIDENCE], headers=slow)
    assert problem_of(refused, 429)["title"] == "This client has too much under way"
    assert refused.headers["retry-after"] == "1"
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=other)).status_code == 201
    for body in bodies:
        body.go_on.set()
    assert [(await push).status_code for push in pushes] == [200, 200]
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=slow)).status_code == 201


async def test_more_than_the_service_can_hold_is_asked_to_wait(api: Api) -> None:
    bodies = [Slow(begin=8 * 1024 * 1024 - 1) for _ in range(8)]
    clients = [await api.pusher(slug=f"slow-{number}") for number in range(4)]
    pushes = [body.push(api, clients[number // 2]) for number, body in enumerate(bodies)]
    for body in bodies:
        await body.arrived.wait()
    refused = await api.http.post("/v1/evidence", json=EVIDENCE, headers=await api.pusher())
    assert problem_of(refused, 429)["title"] == "The service has its hands full"
    for body in bodies:
        body.go_on.set()
    assert [(await push).status_code for push in pushes] == [200] * 8
    assert (await api.http.post("/v1/evidence", json=EVIDENCE, headers=clients[0])).status_code == 201


async def test_a_body_that_never_comes_is_not_waited_for() -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    edge = Edge(
        _handling(reads),
        metrics=RequestMetrics(CollectorRegistry()),
        settings=Settings(body_bytes=10),
        body_seconds=0.01,
    )
    await edge({"type": "http", "method": "POST", "headers": []}, never, send)
    assert sent[0]["status"] == 408


async def test_a_client_that_goes_away_is_nobodys_fault(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    headers = await api.pusher()

    async def gone() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        raise AssertionError(message)

    raw = [(b"content-type", b"application/json"), (b"authorization", headers["Authorization"].encode())]
    scope = {"type": "http", "method": "POST", "path": "/v1/evidence", "query_string": b"", "headers": raw}
    await api.app(scope, gone, send)
    assert "unforeseen" not in capsys.readouterr().out


def _handling(app: ASGIApp) -> ASGIApp:
    async def handling(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except ApiError as why:
            await answer(why)(scope, receive, send)

    return handling


async def test_other_media_types_and_compressed_bodies_are_refused(api: Api) -> None:
    headers = await api.pusher()
    for media_type in ("text/plain", "application/xml", "application/json; charset=utf-16"):
        answer = await api.http.post("/v1/evidence", content=b"{}", headers={**headers, "Content-Type": media_type})
        problem_of(answer, 415)
    squeezed = await api.http.post(
        "/v1/evidence", content=b"\x1f\x8b", headers={**_json(headers), "Content-Encoding": "gzip"}
    )
    problem_of(squeezed, 415)


async def test_a_paused_source_takes_nothing(api: Api) -> None:
    source = await api.source()
    headers = bearer(await api.key(source=source))
    await api.http.patch(f"/v1/sources/{source}", json={"state": "paused", "reason": "Summer"}, headers=headers)
    assert "Summer" in problem_of(await api.http.post("/v1/evidence", json=EVIDENCE, headers=headers), 409)["detail"]


def _json(headers: dict[str, str]) -> dict[str, str]:
    return {**headers, "Content-Type": "application/json"}


async def test_an_older_version_is_answered_as_stale_and_changes_nothing(api: Api) -> None:
    headers = await api.pusher()
    statuses = [
        {**EVIDENCE, "name": name, "updatedAt": f"2026-10-0{day}T08:00:00Z"} for name, day in (("new", 5), ("old", 4))
    ]
    answers = [await api.http.post("/v1/evidence", json=item, headers=headers) for item in (*statuses, statuses[0])]
    items = [answer.json()["items"][0] for answer in answers]
    assert [item["status"] for item in items] == ["new", "stale", "unchanged"]
    assert "newer version" in items[1]["reason"]
    assert [answer.json()["stored"] for answer in answers] == [1, 0, 1]
