"""What a client pushed, read back by it alone: what is held, what was rejected and why, whose it is; and taken back."""

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from app.records import as_of
from app.records.settle import settle
from tests.support.api import BADGE, EVIDENCE, Api, bearer, problem_of


async def push(api: Api, headers: dict[str, str], *items: Any, to: str = "evidence") -> Any:
    answer = await api.http.post(f"/v1/{to}", json=list(items), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def read(api: Api, headers: dict[str, str], path: str, **query: Any) -> Any:
    answer = await api.http.get(f"/v1/{path}", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def item(key: str, **more: Any) -> dict[str, Any]:
    return {**EVIDENCE, "id": key, **more}


async def test_items_are_listed_page_by_page_with_what_became_of_each(api: Api) -> None:
    headers = await api.pusher()
    await push(api, headers, item("b"), item("a"), item("Z"), item("c", occurredAt="yesterday"), item("é"))
    await push(api, headers, item("a", occurredAt="tomorrow"), {"id": "b", "withdrawn": True})
    items: list[Any] = []
    after: dict[str, str] = {}
    while True:
        page = await read(api, headers, "evidence", limit=2, **after)
        items += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(items) == 5
    by_id = {pushed_item["id"]: pushed_item for pushed_item in items}
    states = {"a": "stored", "b": "withdrawn", "c": "rejected", "Z": "stored", "é": "stored"}
    assert {key: pushed_item["status"] for key, pushed_item in by_id.items()} == states
    assert "tomorrow" in by_id["a"]["reason"]
    assert "yesterday" in by_id["c"]["reason"]
    assert by_id["Z"]["reason"] is None
    assert by_id["b"]["changedAt"] is not None


@pytest.mark.parametrize("key", ["robotics-1", "a/b?c#d", "é ü", "100%", "x" * 255])
async def test_an_item_is_read_and_taken_back_by_its_own_id(api: Api, key: str) -> None:
    headers = await api.pusher()
    await push(api, headers, item(key))
    await settle(api.db, api.tenant)
    path = f"evidence/{quote(key, safe='')}"
    pushed = await read(api, headers, path)
    assert (pushed["id"], pushed["status"], pushed["item"]) == (key, "stored", item(key))
    for _ in range(2):
        assert (await api.http.delete(f"/v1/{path}", headers=headers)).status_code == 204
    await settle(api.db, api.tenant)
    assert (await read(api, headers, path))["status"] == "withdrawn"
    learners = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    for learner in learners.json()["learners"]:
        record = await read(api, headers, f"learners/{learner['id']}/record/full")
        assert record.get("evidence", []) == []
    await push(api, headers, item(key, place="Library"))
    assert (await read(api, headers, path))["status"] == "stored"


async def test_what_was_rejected_is_shown_as_it_came(api: Api) -> None:
    headers = await api.pusher()
    await push(api, headers, item("r", occurredAt="yesterday"))
    pushed = await read(api, headers, "evidence/r")
    assert (pushed["status"], pushed["item"]["occurredAt"]) == ("rejected", "yesterday")
    problem_of(await api.http.delete("/v1/evidence/r", headers=headers), 404)
    await push(api, headers, item("r"))
    assert (await read(api, headers, "evidence/r"))["reason"] is None


async def test_nobody_sees_what_another_source_pushed(api: Api) -> None:
    mine, theirs = await api.pusher(), await api.pusher(slug="chess-club")
    await push(api, mine, item("mine"), item("bad", occurredAt="yesterday"))
    assert (await read(api, theirs, "evidence"))["items"] == []
    for key in ("mine", "bad"):
        problem_of(await api.http.get(f"/v1/evidence/{key}", headers=theirs), 404)
        problem_of(await api.http.delete(f"/v1/evidence/{key}", headers=theirs), 404)
    problem_of(await api.http.get("/v1/badges", headers=mine), 403)
    problem_of(await api.http.get("/v1/evidence", headers=bearer(await api.key("evidence.write"))), 403)
    assert (await read(api, mine, "evidence/mine"))["status"] == "stored"


async def test_a_badge_is_read_and_taken_back_too(api: Api) -> None:
    headers = await api.pusher("open_badges", "badges")
    await push(api, headers, BADGE, to="badges")
    assert (await read(api, headers, "badges/badge-1"))["item"] == BADGE
    assert (await api.http.delete("/v1/badges/badge-1", headers=headers)).status_code == 204
    assert [badge["status"] for badge in (await read(api, headers, "badges"))["items"]] == ["withdrawn"]


async def test_whose_an_item_is_is_told_to_who_may_read_learners_alone(api: Api) -> None:
    club, chess = await api.source(), await api.source(slug="chess-club")
    full = bearer(await api.key("evidence.write", "learners.read", source=club))
    bare = bearer(await api.key("evidence.write", source=chess))
    ada = {"identifiers": [{"type": "district", "value": "100482"}], "name": {"given": "Ada", "family": "Sample"}}
    other = {**ada, "name": {"given": "Zoë", "family": "Quite-Other"}, "birthDate": "2001-01-01"}
    await push(api, bare, item("c-1", learner={**ada, "birthDate": "2012-05-05"}))
    outcome = await push(api, full, item("1", learner={**ada, "birthDate": "2012-05-05"}))
    assert outcome[0]["learner"] == "waiting"
    await push(api, full, item("2", learner={**other, "identifiers": [{"type": "district", "value": "100999"}]}))
    await settle(api.db, api.tenant)
    assert (await read(api, full, "evidence/1"))["learner"] == "matched"
    assert (await read(api, full, "evidence/2"))["learner"] == "waiting"
    assert (await push(api, full, item("1", learner={**ada, "birthDate": "2012-05-05"})))[0]["learner"] == "matched"
    assert "learner" not in (await push(api, bare, item("c-2", learner=ada)))[0]
    assert (await read(api, bare, "evidence/c-1"))["learner"] is None
    await push(api, bare, item("c-3", learner={**other, "identifiers": [{"type": "district", "value": "100482"}]}))
    await settle(api.db, api.tenant)
    whole = bearer(await api.key("evidence.write", "learners.read", source=chess))
    assert (await read(api, whole, "evidence/c-3"))["learner"] == "contradicts"


async def test_a_day_stays_a_day(api: Api) -> None:
    headers = await api.pusher()
    day = {"occurredAt": "2026-09-01", "result": {"score": 3, "max": 4}, "achievement": {"name": "Robotics 1"}}
    learner = await api.learner(headers, **day)
    record = (await api.http.get(f"/v1/learners/{learner}/record/full", headers=headers)).json()
    dates = {name: [entry["date"] for entry in record[name]] for name in ("evidence", "results", "credentials")}
    assert dates == {"evidence": ["2026-09-01"], "results": ["2026-09-01"], "credentials": ["2026-09-01T12:00:00Z"]}
    for on, entries in ((date(2026, 8, 31), 0), (date(2026, 9, 1), 1)):
        async with api.db.transaction(api.tenant) as tx:
            then = await as_of.record(tx, UUID(learner), day=on, known_at=datetime.now(UTC), whole=True)
        assert [len(section) for section in (then.evidence, then.results, then.credentials)] == [entries] * 3
    await api.learner(headers, id="robotics-2", occurredAt="2026-09-01T20:00:00-06:00")
    record = (await api.http.get(f"/v1/learners/{learner}/record/full", headers=headers)).json()
    assert [entry["date"] for entry in record["evidence"]] == ["2026-09-02T02:00:00Z", "2026-09-01"]
