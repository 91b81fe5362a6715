"""Deciding who is who, through the API."""

from typing import Any

import psycopg

from app.records.settle import settle
from tests.conftest import TestDatabase
from tests.support.api import Api, names, problem_of


async def test_two_persons_are_linked_parted_and_left_to_the_rules_again(api: Api) -> None:
    headers = await api.pusher()
    here = await api.learner(headers, id="a", learner=_learner("1"))
    there = await api.learner(headers, id="b", learner=_learner("2", "Grace"))
    persons = {}
    for learner in (here, there):
        body = (
            await api.http.get(f"/v1/learners/{learner}/provenance", params={"path": "/names/0"}, headers=headers)
        ).json()
        persons[learner] = {"source": 1, "person": body["statements"][0]["sourceId"]}

    async def decide(judgement: str) -> set[str]:
        decision = {
            "left": persons[here],
            "right": persons[there],
            "judgement": judgement,
            "reason": "their teacher says so",
        }
        answer = await api.http.post("/v1/identity/decisions", json=decision, headers=headers)
        assert answer.status_code == 204, answer.text
        await settle(api.db, api.tenant)
        return set(names((await api.http.get("/v1/learners", headers=headers)).json()["learners"], "id"))

    (united,) = await decide("same")
    decisions = await api.http.get("/v1/identity/decisions", params={"learner": united}, headers=headers)
    (decision,) = decisions.json()["decisions"]
    assert (decision["judgement"], decision["rule"], decision["reason"]) == ("same", "person", "their teacher says so")
    assert decision["decidedBy"].startswith("client ")
    assert await decide("different") == {here, there}
    assert await decide("open") == {here, there}


async def test_near_matches_are_listed_page_by_page(api: Api, database: TestDatabase) -> None:
    headers = await api.pusher()
    await api.learner(headers)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        for n in range(5):
            owner.execute(
                """INSERT INTO decision (tenant_id, left_source, left_key, right_source, right_key, judgement, rule,
                       reason, decided_by) VALUES (%s, 1, 'x', 1, %s, 'unsure', 'name', 'same name', 'rules')""",
                [api.tenant, f"y{n}"],
            )
    first = (await api.http.get("/v1/identity/near-matches", params={"limit": 3}, headers=headers)).json()
    assert names(first["matches"], "reason") == ["same name"] * 3
    after = {"limit": 3, "after": first["next"]}
    second = (await api.http.get("/v1/identity/near-matches", params=after, headers=headers)).json()
    assert [match["right"]["person"] for match in first["matches"] + second["matches"]] == [f"y{n}" for n in range(5)]
    assert second["next"] is None


async def test_an_unknown_person_is_named(api: Api) -> None:
    headers = await api.pusher()
    nobody = {"source": 1, "person": "nobody"}
    decision = {"left": nobody, "right": {**nobody, "person": "x"}, "judgement": "same", "reason": "x"}
    problem = problem_of(await api.http.post("/v1/identity/decisions", json=decision, headers=headers), 422)
    assert problem["errors"][0]["pointer"] == "/left/person"


def _learner(number: str, given_name: str = "Ada") -> dict[str, Any]:
    return {"identifiers": [{"type": "district", "value": number}], "name": {"given": given_name, "family": "Sample"}}
