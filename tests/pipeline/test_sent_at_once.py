"""One id sent by several at once with different content, to two processes of one database: one clear answer each."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any, LiteralString
from uuid import uuid4

import httpx
import pytest

from app.records.settle import settle
from tests.conftest import TestDatabase
from tests.support.api import EVIDENCE, Api, serving, settings_for

XAPI = {"X-Experience-API-Version": "1.0.3"}
KEY = str(uuid4())
MANY = 12
ONE: LiteralString = "WHERE raw_key = 'one' AND kind = 'evidence'"


def statement(score: int) -> dict[str, Any]:
    return {
        "id": KEY,
        "actor": {"account": {"homePage": "https://lms.example.org", "name": "7"}, "name": "Ada Sample"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": "https://lms.example.org/quiz/1", "definition": {"name": {"en": "Quiz 1"}}},
        "result": {"score": {"raw": score, "min": 0, "max": 100}, "success": True},
        "timestamp": "2026-10-01T10:00:00Z",
    }


async def send(http: httpx.AsyncClient, headers: dict[str, str], n: int) -> httpx.Response:
    """A statement of its own content under the one id: by PUT, by POST, and by POST beside another one."""
    path = "/v1/xapi/statements"
    match n % 3:
        case 0:
            return await http.put(path, params={"statementId": KEY}, json=statement(n), headers=headers)
        case 1:
            return await http.post(path, json=statement(n), headers=headers)
        case _:
            batch = [{**statement(n), "id": str(uuid4())}, statement(n)]
            return await http.post(path, json=batch, headers=headers)


async def test_of_statements_with_one_id_that_come_at_once_one_is_stored(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    headers = XAPI | await api.pusher("xapi", "tool")
    async with serving(settings_for(database, tmp_path)) as (_, second):
        for again in range(2):  # the second time the id stands for one already: only who sent that may again
            answers = await asyncio.gather(*(send((api.http, second)[n // 3 % 2], headers, n) for n in range(MANY)))
            taken = [n for n, answer in enumerate(answers) if answer.status_code in (200, 204)]
            assert len(taken) == 1
            assert Counter(answer.status_code for answer in answers)[409] == MANY - 1
            if not again:
                first = taken
    assert taken == first
    sent = (await api.http.get("/v1/xapi/statements", headers=headers)).json()["statements"]
    assert [s["result"]["score"]["raw"] for s in sent if s["id"] == KEY] == taken
    assert len(sent) == (2 if taken[0] % 3 == 2 else 1), "a refused batch stores nothing"


@pytest.mark.parametrize("versioned", [True, False])
async def test_of_items_with_one_id_that_come_at_once_each_is_answered_and_none_lost(
    api: Api, database: TestDatabase, tmp_path: Path, versioned: bool
) -> None:
    headers = await api.pusher()

    def item(n: int) -> dict[str, Any]:
        version = {"updatedAt": f"2026-10-01T10:00:{n:02}Z"} if versioned else {}
        return {**EVIDENCE, "id": "one", "name": f"Version {n}", **version}

    async with serving(settings_for(database, tmp_path)) as (_, second):
        sent = (
            (api.http, second)[n % 2].post("/v1/evidence", json=item(n), params=mode(n), headers=headers)
            for n in range(MANY)
        )
        answers = [answer.json() for answer in await asyncio.gather(*sent)]
    statuses = Counter(answer["items"][0]["status"] for answer in answers)
    assert statuses["new"] == 1
    assert statuses["updated"] + statuses["stale"] == MANY - 1
    await settle(api.db, api.tenant)
    pushed = (await api.http.get("/v1/evidence/one", headers=headers)).json()
    name = pushed["item"]["name"]
    assert not versioned or name == f"Version {MANY - 1}"
    async with api.db.transaction(api.tenant) as tx:
        [(received,)] = await tx.rows(f"SELECT received_at FROM record {ONE}")
        past = await tx.rows(f"SELECT body->>'name', since, until FROM record_history {ONE} ORDER BY since")
    names = [name for name, *_ in past] + [name]
    assert len({*names}) == len(names)
    assert [since for _, since, _ in past[1:]] + [received] == [until for *_, until in past], "one after another"


def mode(n: int) -> dict[str, str]:
    return {"mode": "atomic" if n % 4 > 1 else "partial"}
