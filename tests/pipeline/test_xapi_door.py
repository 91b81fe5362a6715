"""The xAPI door: statements in and given back by the standard, state and profiles; PyPI's `tincan` works unchanged."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from tincan import Activity, Agent, AgentAccount, RemoteLRS, Statement, Verb  # type: ignore[import-untyped]

from app.api.description.push_examples import STATEMENT
from app.records.settle import settle
from tests.support.api import Api, problem_of

XAPI = {"X-Experience-API-Version": "1.0.3"}
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"


async def basic(api: Api) -> dict[str, str]:
    """The headers of a standard sender: a name of its own choice, and the key as password."""
    key = await api.key(source=await api.source("xapi", "tool"))
    return {"Authorization": "Basic " + base64.b64encode(f"tool:{key}".encode()).decode(), **XAPI}


def statement(**fields: Any) -> dict[str, Any]:
    return {
        "actor": {"account": {"homePage": "https://lms.example.org", "name": "7"}, "name": "Ada Sample"},
        "verb": {"id": COMPLETED},
        "object": {"id": "https://lms.example.org/quiz/1", "definition": {"name": {"en": "Quiz 1"}}},
        "result": {"score": {"raw": 3, "min": 0, "max": 4}, "success": True},
        "timestamp": "2026-10-01T10:00:00Z",
        **fields,
    }


async def test_a_refused_statement_names_its_misspelt_field(api: Api) -> None:
    headers = await basic(api)
    answer = await api.http.post("/v1/xapi/statements", json=statement(verb={"iD": COMPLETED}), headers=headers)
    assert answer.status_code == 400
    assert "; field 'verb.iD' is unknown (did you mean 'id'?)" in answer.text


async def test_a_statement_without_an_id_is_given_one_and_given_back(api: Api) -> None:
    headers = await basic(api)
    answer = await api.http.post("/v1/xapi/statements", json=statement(), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["x-experience-api-version"] == "1.0.3"
    [key] = answer.json()
    assert UUID(key)
    stored = await api.http.get("/v1/xapi/statements", params={"statementId": key}, headers=headers)
    assert {name: stored.json()[name] for name in statement()} == statement()
    assert stored.json()["stored"]
    await settle(api.db, api.tenant)
    body = (await api.http.get("/v1/learners", headers=headers | await _reader(api))).json()
    assert len(body["learners"]) == 1


async def _reader(api: Api) -> dict[str, str]:
    return {"Authorization": f"Bearer {await api.key('learners.read')}"}


async def test_several_are_answered_by_their_ids_in_order(api: Api) -> None:
    headers = await basic(api)
    named = [statement(id=str(uuid4())), statement(), statement(id=str(uuid4()))]
    ids = (await api.http.post("/v1/xapi/statements", json=named, headers=headers)).json()
    assert (ids[0], ids[2]) == (named[0]["id"], named[2]["id"])
    assert UUID(ids[1])
    again = await api.http.post("/v1/xapi/statements", json=[named[0], named[2]], headers=headers)
    assert (again.status_code, again.json()) == (200, [ids[0], ids[2]])


async def test_an_id_stands_for_one_statement(api: Api) -> None:
    headers = await basic(api)
    key = str(uuid4())
    put = await api.http.put(f"/v1/xapi/statements?statementId={key}", json=statement(), headers=headers)
    assert (put.status_code, put.content) == (204, b"")
    same = await api.http.put(f"/v1/xapi/statements?statementId={key}", json=statement(id=key), headers=headers)
    assert same.status_code == 204
    other = statement(verb={"id": "http://adlnet.gov/expapi/verbs/failed"}, result={"success": False})
    problem_of(await api.http.put(f"/v1/xapi/statements?statementId={key}", json=other, headers=headers), 409)
    batch = [statement(), {**other, "id": key}]
    problem_of(await api.http.post("/v1/xapi/statements", json=batch, headers=headers), 409)
    answer = await api.http.get("/v1/xapi/statements", headers=headers)
    assert [sent["id"] for sent in answer.json()["statements"]] == [key], "a refused batch stores nothing"
    wrong = statement(id=str(uuid4()))
    problem_of(await api.http.put(f"/v1/xapi/statements?statementId={key}", json=wrong, headers=headers), 400)


async def test_durations_are_compared_as_text_and_other_zones_and_far_futures_are_taken(api: Api) -> None:
    headers, key = await basic(api), str(uuid4())
    minutes = statement(id=key, result={"duration": "PT90S", "success": True})
    assert (await api.http.post("/v1/xapi/statements", json=minutes, headers=headers)).status_code == 200
    other = statement(id=key, result={"duration": "PT1M30S", "success": True})
    problem_of(await api.http.post("/v1/xapi/statements", json=other, headers=headers), 409)
    for moment in ("2026-10-01T10:00:00+0200", "2999-01-01T00:00:00Z", "2026-10-01T10:00:00"):
        answer = await api.http.post("/v1/xapi/statements", json=statement(timestamp=moment), headers=headers)
        stored = await api.http.get("/v1/xapi/statements", params={"statementId": answer.json()[0]}, headers=headers)
        assert stored.json()["timestamp"] == moment


async def test_what_is_no_statement_refuses_all_and_what_no_mapping_knows_is_stored(api: Api) -> None:
    headers = await basic(api)
    for bad in ({"actor": {}}, {"verb": None}, {"object": "x"}, {"result": {"score": {"scaled": 7}}}, {"id": "1"}):
        answer = await api.http.post("/v1/xapi/statements", json=[statement(), statement(**bad)], headers=headers)
        assert "statement 1" in problem_of(answer, 400)["detail"]
    assert (await api.http.get("/v1/xapi/statements", headers=headers)).json()["statements"] == []
    odd = statement(verb={"id": "https://tool.example.org/verbs/aced"})
    answer = await api.http.post("/v1/xapi/statements", json=odd, headers=headers)
    assert answer.status_code == 200
    stored = await api.http.get("/v1/xapi/statements", params={"statementId": answer.json()[0]}, headers=headers)
    assert stored.json()["verb"] == odd["verb"]


async def test_a_voided_statement_is_given_back_as_such_alone(api: Api) -> None:
    headers = await basic(api)
    [key] = (await api.http.post("/v1/xapi/statements", json=statement(), headers=headers)).json()
    voiding = {
        "actor": statement()["actor"],
        "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
        "object": {"objectType": "StatementRef", "id": key},
    }
    assert (await api.http.post("/v1/xapi/statements", json=voiding, headers=headers)).status_code == 200
    problem_of(await api.http.get("/v1/xapi/statements", params={"statementId": key}, headers=headers), 404)
    answer = await api.http.get("/v1/xapi/statements", params={"voidedStatementId": key}, headers=headers)
    assert answer.json()["id"] == key


async def test_statements_are_asked_for_by_what_they_say_and_in_pages(api: Api) -> None:
    headers = await basic(api)
    verbs = ["passed", "failed", "passed", "completed", "passed"]
    sent = [
        statement(verb={"id": f"http://adlnet.gov/expapi/verbs/{verb}"}, result={"success": verb != "failed"})
        for verb in verbs
    ]
    ids = [(await api.http.post("/v1/xapi/statements", json=body, headers=headers)).json()[0] for body in sent]

    async def listed_ids(**params: Any) -> list[str]:
        answer = await api.http.get("/v1/xapi/statements", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-experience-api-consistent-through"]
        ids = [body["id"] for body in answer.json()["statements"]]
        while more := answer.json()["more"]:
            answer = await api.http.get(more, headers=headers)
            ids += [body["id"] for body in answer.json()["statements"]]
        return ids

    assert await listed_ids() == ids[::-1]
    assert await listed_ids(ascending="true", limit=2) == ids
    assert await listed_ids(verb="http://adlnet.gov/expapi/verbs/passed", ascending="true", limit=1) == ids[::2]
    assert await listed_ids(agent=json.dumps({"account": {"homePage": "https://lms.example.org", "name": "8"}})) == []
    assert await listed_ids(agent=json.dumps(sent[0]["actor"]), limit=3) == ids[::-1]
    assert await listed_ids(activity="https://lms.example.org/quiz/1", limit=1) == ids[::-1]
    assert await listed_ids(since="2999-01-01T00:00:00Z") == []
    for name, value in (("since", "yesterday"), ("limit", "-1"), ("agent", "{"), ("from", "x")):
        answer = await api.http.get("/v1/xapi/statements", params={name: value}, headers=headers)
        assert answer.status_code in (400, 422)


async def test_another_source_sees_nothing_of_it(api: Api) -> None:
    headers = await basic(api)
    [key] = (await api.http.post("/v1/xapi/statements", json=statement(), headers=headers)).json()
    other = await api.key(source=await api.source("xapi", "other-tool"))
    theirs = {"Authorization": f"Bearer {other}", **XAPI}
    problem_of(await api.http.get("/v1/xapi/statements", params={"statementId": key}, headers=theirs), 404)
    assert (await api.http.get("/v1/xapi/statements", headers=theirs)).json()["statements"] == []
    problem_of(await api.http.get("/v1/xapi/statements", headers=XAPI), 401)
    nobody = {"Authorization": "Basic " + base64.b64encode(b"a:b").decode(), **XAPI}
    problem_of(await api.http.get("/v1/xapi/statements", headers=nobody), 401)


async def test_the_version_is_told_and_kept_to(api: Api) -> None:
    headers = await basic(api)
    newer = {**headers, "X-Experience-API-Version": "2.0.0"}
    assert {"1.0.3", "2.0.0"} <= set((await api.http.get("/v1/xapi/about", headers=newer)).json()["version"])
    assert "2.0.0" not in (await api.http.get("/v1/xapi/about", headers=headers)).json()["version"]
    assert (await api.http.get("/v1/xapi/about")).json()["version"]  # to whoever asks, before anybody has a key
    for version, spoken in (("1.0", "1.0.3"), ("1.0.1", "1.0.3"), ("2.0.0", "2.0.0")):
        versioned = {**headers, "X-Experience-API-Version": version}
        answer = await api.http.get("/v1/xapi/statements", headers=versioned)
        assert answer.headers["x-experience-api-version"] == spoken
    old = {**headers, "X-Experience-API-Version": "0.95"}
    problem_of(await api.http.post("/v1/xapi/statements", json=statement(), headers=old), 400)


async def test_without_the_header_it_is_answered_as_other_pushes_are(api: Api) -> None:
    headers = await api.pusher("xapi", "tool")
    answer = await api.http.post("/v1/xapi/statements", json=STATEMENT, headers=headers)
    assert answer.json()["items"] == [{"index": 0, "id": STATEMENT["id"], "status": "new", "learner": "waiting"}]


AGENT = json.dumps({"mbox": "mailto:ada@example.org"})
PLACES = {
    "/v1/xapi/activities/state": {"activityId": "https://a.example.org/1", "agent": AGENT},
    "/v1/xapi/activities/profile": {"activityId": "https://a.example.org/1"},
    "/v1/xapi/agents/profile": {"agent": AGENT},
}


@pytest.mark.parametrize("path", PLACES)
async def test_documents_are_kept_merged_and_deleted(path: str, api: Api) -> None:
    headers, where = await basic(api), PLACES[path]
    named = where | {"stateId" if path.endswith("state") else "profileId": "bookmark"}
    problem_of(await api.http.get(path, params=named, headers=headers), 404)
    answer = await api.http.put(path, params=named, content=b"page 7", headers=headers | {"Content-Type": "text/plain"})
    assert answer.status_code == 204
    document = await api.http.get(path, params=named, headers=headers)
    assert (document.content, document.headers["content-type"].partition(";")[0]) == (b"page 7", "text/plain")
    assert (await api.http.get(path, params=where, headers=headers)).json() == ["bookmark"]
    stale = headers | {"If-Match": '"no"'}
    problem_of(await api.http.put(path, params=named, content=b"{}", headers=stale), 412)
    fresh = headers | {"If-Match": document.headers["etag"], "Content-Type": "application/json"}
    assert (await api.http.put(path, params=named, content=b'{"a": 1, "b": 1}', headers=fresh)).status_code == 204
    assert (await api.http.post(path, params=named, json={"b": 2}, headers=headers)).status_code == 204
    assert (await api.http.get(path, params=named, headers=headers)).json() == {"a": 1, "b": 2}
    if not path.endswith("state"):
        problem_of(await api.http.put(path, params=named, content=b"{}", headers=headers), 409)
    problem_of(await api.http.post(path, params=named, content=b"[]", headers=fresh | {"If-Match": "*"}), 400)
    assert (await api.http.delete(path, params=named, headers=headers)).status_code == 204
    assert (await api.http.get(path, params=where, headers=headers)).json() == []


async def test_head_is_answered_as_get_is(api: Api) -> None:
    headers = await basic(api)
    agent = {"agent": json.dumps(statement()["actor"])}
    activity = {"activityId": "https://lms.example.org/quiz/1"}
    queries: dict[str, dict[str, str]] = {
        "about": {},
        "statements": {},
        "activities": activity,
        "agents": agent,
        "activities/profile": activity,
        "activities/state": {**activity, **agent},
        "agents/profile": agent,
    }
    for path, params in queries.items():
        answers = [
            await api.http.request(method, f"/v1/xapi/{path}", params=params, headers=headers)
            for method in ("GET", "HEAD")
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].headers["x-experience-api-version"] == answers[1].headers["x-experience-api-version"]


@asynccontextmanager
async def listening(api: Api) -> AsyncIterator[str]:
    """The service at an address on loopback, for clients that bring their own HTTP."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(api.app, lifespan="off", log_level="error", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1/xapi/"
    finally:
        server.should_exit = True
        await task
        listener.close()


@pytest.mark.enable_socket
async def test_pypis_tincan_works_unchanged(api: Api) -> None:
    key = await api.key(source=await api.source("xapi", "tool"))

    def sent(endpoint: str) -> None:
        lrs = RemoteLRS(endpoint=endpoint, username="tool", password=key, version="1.0.3")
        assert lrs.about().content.version[0] == "1.0.3"
        statement = Statement(
            actor=Agent(account=AgentAccount(home_page="https://lms.example.org", name="7")),
            verb=Verb(id=COMPLETED),
            object=Activity(id="https://lms.example.org/quiz/1"),
        )
        saved = lrs.save_statement(statement)
        assert saved.success, saved.data
        assert lrs.retrieve_statement(saved.content.id).content.verb.id == COMPLETED
        named = Statement(id=str(uuid4()), actor=statement.actor, verb=statement.verb, object=statement.object)
        assert lrs.save_statement(named).success
        several = lrs.save_statements(
            [Statement(actor=statement.actor, verb=statement.verb, object=statement.object) for _ in range(3)]
        )
        assert several.success
        assert len({str(each.id) for each in several.content}) == 3
        listed = lrs.query_statements({"verb": statement.verb, "limit": 2}).content
        assert len(listed.statements) == 2
        assert len(lrs.more_statements(listed).content.statements) == 2
        state = lrs.save_state(_state(statement))
        assert state.success, state.data
        assert lrs.retrieve_state(statement.object, statement.actor, "bookmark").content.content == bytearray(b"page 7")
        assert lrs.retrieve_state_ids(statement.object, statement.actor).content == ["bookmark"]

    async with listening(api) as endpoint:
        await asyncio.to_thread(sent, endpoint)
        async with httpx.AsyncClient() as http:
            assert (await http.get(endpoint + "statements")).status_code == 401


def _state(statement: Any) -> Any:
    from tincan.documents import StateDocument

    return StateDocument(activity=statement.object, agent=statement.actor, id="bookmark", content="page 7")
