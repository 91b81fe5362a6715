"""Frameworks and policies as somebody in a hurry writes them: nothing crashes, nothing is kept that says nothing."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.conftest import Api, bearer, problem_of
from tests.api.test_frameworks import CSV, PROFILE
from tests.competency.samples import Json, association, ident, item, made

LEVEL = b'{"rubric":"r","criterion":"c","level":"l","score":"NaN"}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"title":"\\ud800","creator":"C","items":[{"code":"A","statement":"x"}]}', 400),
        (b'{"title":"T","title":"U","creator":"C","items":[{"code":"A","statement":"x"}]}', 400),
        (b"[" * 100_000, 400),
        (b'{"title":"T","creator":"C","items":[{"code":"A","statement":"x"}],"levels":[' + LEVEL + b"]}", 422),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_sound_json_makes_no_framework(api: Api, body: bytes, status: int) -> None:
    headers = bearer(await api.key())
    as_json = {**headers, "Content-Type": "application/json"}
    problem_of(await api.http.post("/v1/frameworks", content=body, headers=as_json), status)
    assert (await api.http.get("/v1/frameworks", headers=headers)).json() == {"frameworks": []}


async def test_what_is_written_again_without_a_change_is_no_new_version(api: Api) -> None:
    headers = bearer(await api.key())
    where = {"title": "Making", "creator": "Sample District"}
    for _ in range(2):
        by_json = await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)
        by_csv = await api.http.post("/v1/frameworks/csv", content=CSV.encode(), params=where, headers=headers)
    for answer in (by_json, by_csv):
        assert answer.json()["state"] == "unchanged"
        told = await api.http.get(f"/v1/frameworks/{answer.json()['id']}/versions", headers=headers)
        assert len(told.json()["versions"]) == 1
    changed = await api.http.post("/v1/frameworks", json={**PROFILE, "creator": "Sample County"}, headers=headers)
    assert changed.json()["state"] == "updated"


@pytest.mark.parametrize(
    ("asked", "type"),
    [
        ({"framework": ident("Nothing")}, "unknown-framework"),
        ({"competency": str(uuid4())}, "unknown-competency"),
        ({"framework": "own", "competency": "own"}, "two-scopes"),
    ],
)
async def test_a_policy_is_for_one_thing_that_is_there(api: Api, asked: dict[str, Any], type: str) -> None:
    """One for both would judge the competency, and pass for another scope when it is asked what judged before."""
    headers = bearer(await api.key())
    own = (await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)).json()["id"]
    package = (await api.http.get(f"/ims/case/v1p1/CFPackages/{own}", headers=headers)).json()
    ids = {"framework": own, "competency": package["CFItems"][0]["identifier"]}
    scope = {name: ids[name] if value == "own" else value for name, value in asked.items()}
    body = {"name": "best", "policy": {}, **scope}
    refused = problem_of(await api.http.post("/v1/policies", json=body, headers=headers), 422)
    assert refused["type"] == f"urn:tessera:problem:{type}"
    assert (await api.http.get("/v1/policies", headers=headers)).json()["policies"] == []


def package(*said: Any, n: int = 1) -> Json:
    items = [item(f"S.{at}", "x", extensions={"tessera": {"sensitivity": one}}) for at, one in enumerate(said)]
    links = [association("isChildOf", f"S.{at}", "S.0", n) for at in range(1, len(said))]
    document = made("CFDocuments", "Said", creator="x", title="Said")
    return {"CFDocument": document, "CFItems": items, "CFAssociations": links}


async def test_what_a_package_says_of_sensitivity_is_known_or_refused(api: Api) -> None:
    headers = bearer(await api.key())
    for wrong in ("secret", 12, ["sel"]):
        answer = await api.http.post("/v1/frameworks/packages", json=package("sel", wrong), headers=headers)
        assert "'S.1' has the sensitivity" in problem_of(answer, 422)["detail"]
    answer = await api.http.post(
        "/v1/frameworks/packages",
        json=package(None, "SEL", "general"),
        params={"sensitivity": "health"},
        headers=headers,
    )
    assert answer.status_code == 200, answer.text
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT sensitivity FROM competency WHERE tenant_id = %s ORDER BY n", tx.tenant)
    assert rows == [("health",), ("sel",), ("general",)]


async def test_a_place_beyond_all_places_is_the_last(api: Api) -> None:
    headers = bearer(await api.key())
    answer = await api.http.post("/v1/frameworks/packages", json=package(None, None, n=2**40), headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_time_that_is_in_no_year_of_ours_is_refused(api: Api) -> None:
    headers = bearer(await api.key())
    for time in (
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "2026-02-30T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ):
        body = {"name": "best", "policy": {}, "begins": time}
        problem_of(await api.http.post("/v1/policies", json=body, headers=headers), 422)
        where = f"/v1/learners/{uuid4()}/profile"
        problem_of(await api.http.get(where, params={"as_of": time}, headers=headers), 422)
