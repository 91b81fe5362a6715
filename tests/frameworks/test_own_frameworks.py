"""Frameworks and policies as somebody in a hurry writes them: nothing crashes, nothing is kept that says nothing."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.db.access import tenants
from app.db.identity import persons
from app.db.mastery import mastery
from app.mastery.judging import judge_all
from app.matching.apart import PersonRef
from app.pipeline.known_sources import known_sources
from app.records.book import Context
from app.records.persons import identify
from app.records.pieces import fold
from app.records.settle import settle
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import piece
from tests.support.frameworks import Json, association, ident, item, made
from tests.support.frameworks_cases import PROFILE

LEVEL = b'{"rubric":"r","criterion":"c","level":"l","score":"NaN"}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"title":"\\ud800","creator":"C","items":[{"code":"A","statement":"x"}]}', 400),
        (b'{"title":"T","title":"U","creator":"C","items":[{"code":"A","statement":"x"}]}', 400),
        (b"[" * 100_000, 400),
        (b'{"title":"T","creator":"C","items":[{"code":"A","statement":"x"}],"levels":[' + LEVEL + b"]}", 422),
    ],
)
async def test_a_body_that_is_no_sound_json_makes_no_framework(api: Api, body: bytes, status: int) -> None:
    headers = bearer(await api.key())
    as_json = {**headers, "Content-Type": "application/json"}
    problem_of(await api.http.post("/v1/frameworks", content=body, headers=as_json), status)
    assert (await api.http.get("/v1/frameworks", headers=headers)).json() == {"frameworks": []}


async def test_what_is_written_again_without_a_change_is_no_new_version(api: Api) -> None:
    """A day later, too: what was not changed was changed when it was."""
    headers = bearer(await api.key())
    made_ = (await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)).json()["id"]
    path = f"/v1/frameworks/{made_}"
    received = json.loads((await api.http.get(f"{path}/received", headers=headers)).content)
    text = json.dumps(received, separators=(",", ":"), ensure_ascii=False)
    yesterday = text.replace(received["CFDocument"]["lastChangeDateTime"], "2026-10-01T08:00:00+00:00")
    await api.http.post("/v1/frameworks/packages", content=yesterday.encode(), headers=headers)
    again = await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)
    assert again.json()["state"] == "unchanged"
    assert len((await api.http.get(f"{path}/versions", headers=headers)).json()["versions"]) == 2
    changed = await api.http.post("/v1/frameworks", json={**PROFILE, "creator": "Sample County"}, headers=headers)
    assert changed.json()["state"] == "updated"


@pytest.mark.parametrize(
    ("scoped", "type"),
    [
        ({"framework": ident("Nothing")}, "unknown-framework"),
        ({"competency": str(uuid4())}, "unknown-competency"),
        ({"framework": "own", "competency": "own"}, "two-scopes"),
    ],
)
async def test_a_policy_is_for_one_thing_that_is_there(api: Api, scoped: dict[str, Any], type: str) -> None:
    """One for both would judge the competency, and pass for another scope when it is asked what judged before."""
    headers = bearer(await api.key())
    own = (await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)).json()["id"]
    package = (await api.http.get(f"/ims/case/v1p1/CFPackages/{own}", headers=headers)).json()
    ids = {"framework": own, "competency": package["CFItems"][0]["identifier"]}
    scope = {name: ids[name] if value == "own" else value for name, value in scoped.items()}
    body = {"name": "best", "policy": {}, **scope}
    refused = problem_of(await api.http.post("/v1/policies", json=body, headers=headers), 422)
    assert refused["type"] == f"urn:tessera:problem:{type}"
    assert (await api.http.get("/v1/policies", headers=headers)).json()["policies"] == []


def package(*sensitivities: Any, n: int = 1) -> Json:
    items = [
        item(f"S.{number}", "x", extensions={"tessera": {"sensitivity": sensitivity}})
        for number, sensitivity in enumerate(sensitivities)
    ]
    links = [association("isChildOf", f"S.{number}", "S.0", n) for number in range(1, len(sensitivities))]
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


async def test_what_a_framework_has_no_more_stands_as_its_policy_judged_it(api: Api) -> None:
    """The item is gone from the framework, not from what the learner has mastered by the framework's policy."""
    headers = await api.pusher()
    own = {**PROFILE, "items": [{"code": "C.1", "statement": "Explains"}, {"code": "C.2", "statement": "Listens"}]}
    wrote = await _write(api, headers, {**own, "levels": []})
    best = {"name": "best", "framework": wrote, "policy": {"rule": {"rule": "highest"}}}
    assert (await api.http.post("/v1/policies", json=best, headers=headers)).status_code == 201
    await api.http.post(
        "/v1/evidence", json=[piece("1", "C.1", 9, "home"), piece("2", "C.1", 1, "home")], headers=headers
    )
    await settle(api.db, api.tenant)
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    who, then = answer.json()["learners"][0]["id"], datetime.now(UTC).isoformat()
    package = (await api.http.get(f"/ims/case/v1p1/CFPackages/{wrote}", headers=headers)).json()
    item_ = package["CFItems"][0]["identifier"]
    await _write(api, headers, {**own, "levels": [], "items": own["items"][1:]})
    for query in ({}, {"as_of": then}):
        why = await api.http.get(f"/v1/learners/{who}/competencies/{item_}", params=query, headers=headers)
        assert (why.json()["policy"], why.json()["met"]) == ("best 1", True)
        profile = await api.http.get(f"/v1/learners/{who}/profile", params=query, headers=headers)
        [standing] = profile.json()["domains"][0]["competencies"]
        assert (standing["retired"], standing["mastered"]) == (True, True)
    await judge_all(api.db, api.tenant, datetime.now(UTC))
    async with api.db.transaction(api.tenant) as tx:
        [state] = await mastery.of_learners(tx, [UUID(who)], [UUID(item_)])
    assert state.met


async def test_an_item_that_joins_a_framework_is_judged_by_its_policy(api: Api) -> None:
    headers = await api.pusher()
    loose = {"CFDocument": made("CFDocuments", "Loose", creator="x", title="Loose"), "CFItems": [item("S.1", "x")]}
    package_ = {**loose, "CFDocument": made("CFDocuments", "Strict", creator="x", title="Strict")}
    await api.http.post("/v1/frameworks/packages", json=loose, headers=headers)
    await api.http.post("/v1/frameworks/packages", json={**package_, "CFItems": []}, headers=headers)
    best = {"name": "best", "framework": ident("Strict"), "policy": {"rule": {"rule": "highest"}}}
    assert (await api.http.post("/v1/policies", json=best, headers=headers)).status_code == 201
    await api.http.post(
        "/v1/evidence", json=[piece("1", "S.1", 9, "home"), piece("2", "S.1", 1, "home")], headers=headers
    )
    await settle(api.db, api.tenant)
    await judge_all(api.db, api.tenant, datetime.now(UTC))
    assert await _met(api) == [False]
    await api.http.post("/v1/frameworks/packages", json=package_, headers=headers)
    await judge_all(api.db, api.tenant, datetime.now(UTC))
    assert await _met(api) == [True]
    await api.http.delete(f"/v1/frameworks/{ident('Strict')}", headers=headers)
    await judge_all(api.db, api.tenant, datetime.now(UTC))
    assert await _met(api) == [False]


async def test_what_covers_a_competency_in_part_decides_no_level(api: Api) -> None:
    headers = await api.pusher()
    await _write(api, headers, PROFILE)
    await api.http.post("/v1/evidence", json=[piece("1", "Unit 7", 9, "home")], headers=headers)
    await settle(api.db, api.tenant)
    queue = (await api.http.get("/v1/alignments", headers=headers)).json()
    [waiting] = queue["waiting"]
    assert (waiting["competency"], waiting["strength"]) == (None, None)
    path, state = f"/v1/alignments/{waiting['id']}", {"state": "decided"}
    own = (await api.http.get("/v1/frameworks", headers=headers)).json()["frameworks"][0]["id"]
    items = (await api.http.get(f"/ims/case/v1p1/CFPackages/{own}", headers=headers)).json()["CFItems"]
    meant = items[1]["identifier"]
    await api.http.put(path, json={"competency": meant, "strength": "partially"}, headers=headers)
    assert await _met(api) == [False]
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    where = f"/v1/learners/{answer.json()['learners'][0]['id']}/competencies/{meant}"
    [assertion] = (await api.http.get(where, headers=headers)).json()["assertions"]
    assert (assertion["decided"], "'partially'" in assertion["why"]) == (False, True)
    [decided] = (await api.http.get("/v1/alignments", params=state, headers=headers)).json()["waiting"]
    assert (decided["id"], decided["competency"], decided["strength"]) == (waiting["id"], meant, "partially")
    await api.http.put(path, json={"competency": meant}, headers=headers)
    assert await _met(api) == [True]
    await api.http.put(path, json={"competency": None}, headers=headers)
    assert (await api.http.get("/v1/alignments", headers=headers)).json()["waiting"] == []
    [rejected] = (await api.http.get("/v1/alignments", params={"state": "rejected"}, headers=headers)).json()["waiting"]
    assert (rejected["id"], rejected["competency"], rejected["strength"]) == (waiting["id"], None, None)
    profile = (await api.http.get(where.partition("/competencies")[0] + "/profile", headers=headers)).json()
    assert [competency["statement"] for competency in profile["unaligned"]] == ["Unit 7"], (
        "it stays in its source's words"
    )


async def _write(api: Api, headers: dict[str, str], body: dict[str, Any]) -> str:
    answer = await api.http.post("/v1/frameworks", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def _met(api: Api) -> list[bool]:
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT met FROM mastery WHERE tenant_id = %s", tx.tenant)
    return [met for (met,) in rows]


async def test_a_code_that_a_new_version_gives_to_another_item_is_decided_by_a_person(api: Api) -> None:
    """Publishers make new identifiers for old codes: evidence stays with the old item, and somebody is told."""
    headers = await api.pusher()
    await api.http.post("/v1/frameworks/packages", json=package(None), headers=headers)
    await api.http.post("/v1/evidence", json=[piece("1", "S.0", 9, "home")], headers=headers)
    await settle(api.db, api.tenant)
    where, query = "/v1/alignments", {"state": "retired"}
    assert (await api.http.get(where, params=query, headers=headers)).json()["waiting"] == []
    anew = package(None)
    anew["CFItems"][0] |= {"identifier": ident("S.0 anew"), "fullStatement": "Something else"}
    await api.http.post("/v1/frameworks/packages", json=anew, headers=headers)
    await api.http.post("/v1/evidence", json=[piece("2", "S.0", 2, "home")], headers=headers)
    await settle(api.db, api.tenant)
    assert (await api.http.get(where, headers=headers)).json()["waiting"] == []
    [old] = (await api.http.get(where, params=query, headers=headers)).json()["waiting"]
    assert (old["competency"], old["assertions"]) == (ident("S.0"), 2)
    assert [suggestion["competency"] for suggestion in old["suggestions"]] == [ident("S.0 anew")]
    meant = {"competency": ident("S.0 anew")}
    assert (await api.http.put(f"{where}/{old['id']}", json=meant, headers=headers)).json() == {"changed": 2}
    assert (await api.http.get(where, params=query, headers=headers)).json()["waiting"] == []


async def test_what_is_settled_while_it_is_decided_counts(api: Api) -> None:
    """Asserted in one transaction, decided in another: whoever is second sees what the first has done."""
    headers = await api.pusher()
    await api.http.post(
        "/v1/evidence", json=[piece("1", "Unit 7", 9, "home"), piece("2", "Unit 8", 9, "home")], headers=headers
    )
    await settle(api.db, api.tenant)
    waiting = (await api.http.get("/v1/alignments", headers=headers)).json()["waiting"]
    by_code = {row["code"]: f"/v1/alignments/{row['id']}" for row in waiting}
    own = await _write(api, headers, {**PROFILE, "title": "Own", "levels": []})
    items = (await api.http.get(f"/ims/case/v1p1/CFPackages/{own}", headers=headers)).json()["CFItems"]
    body = {"competency": items[1]["identifier"]}
    late = {"title": "Late", "creator": "x", "items": [{"code": "Unit 8", "statement": "x"}]}
    twin = {"learner": {"identifiers": [{"type": "district", "value": "200900"}]}}
    more = [piece("3", "Unit 7", 9, "home") | twin, piece("4", "Unit 8", 9, "home") | twin]
    await api.http.post("/v1/evidence", json=more, headers=headers)
    owner = await tenants.by_id(api.db, api.tenant)
    assert owner is not None
    async with api.db.transaction(api.tenant) as tx:
        await persons.lock_settling(tx)
        rows = await persons.touched(tx, 1000)
        sources, now = await known_sources(tx), datetime.now(UTC)
        await identify(
            tx, owner, sources, sorted({PersonRef(r.source_id, key) for r in rows for key in r.persons}), now
        )
        pieces = {(r.source_id, str(r.stream), key) for r in rows for key in r.keys}
        await fold(tx, owner, sources, sorted(pieces), now, Context())
        decided = asyncio.create_task(api.http.put(by_code["Unit 7"], json=body, headers=headers))
        brought = asyncio.create_task(api.http.post("/v1/frameworks", json=late, headers=headers))
        await asyncio.wait([decided, brought], timeout=0.5)
    assert (await decided).json() == {"changed": 2}
    assert (await brought).status_code == 200
    assert await _met(api) == [True] * 4


async def test_an_address_is_known_with_and_without_its_slash(api: Api) -> None:
    headers = await api.pusher()
    where = "http://corestandards.org/Math/Content/6/NS/A/1"
    body = package(None)
    body["CFItems"][0]["extensions"]["exactMatch"] = [where]
    assert (await api.http.post("/v1/frameworks/packages", json=body, headers=headers)).status_code == 200
    for n, url in enumerate(("https://www.corestandards.org/Math/Content/6/NS/A/1/", where), 1):
        item = {**piece(str(n), "", 9, "home"), "alignments": [{"url": url}]}
        assert (await api.http.post("/v1/evidence", json=[item], headers=headers)).status_code == 200
    await settle(api.db, api.tenant)
    assert (await api.http.get("/v1/alignments", headers=headers)).json()["waiting"] == []


async def test_a_crosswalk_that_leads_nowhere_yet_is_told(api: Api) -> None:
    headers = bearer(await api.key())
    items = [{"code": "A", "statement": "x", "alignedTo": "S.0; ZZ.9"}]
    body = {"title": "Own", "creator": "x", "items": items}
    [finding] = (await api.http.post("/v1/frameworks", json=body, headers=headers)).json()["findings"]
    assert (finding["count"], finding["where"], "no framework here has" in finding["what"]) == (
        2,
        ["S.0", "ZZ.9"],
        True,
    )
    await api.http.post("/v1/frameworks/packages", json=package(None), headers=headers)
    again = await api.http.post("/v1/frameworks", json={**body, "creator": "y"}, headers=headers)
    assert again.json()["findings"][0]["where"] == ["ZZ.9"]


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://[::1"},
        {"url": "https://[::1"},
        {"url": "http://case.example.org/x"},
        {"url": "https://"},
        {"url": "x"},
        {"url": "file:///etc/passwd"},
        {"url": "https://case.example.org", "token": "a\nb"},
        {"url": "https://case.example.org:0x/"},
    ],
)
async def test_nothing_is_fetched_from_what_is_no_address_outside(api: Api, body: dict[str, Any]) -> None:
    headers = bearer(await api.key())
    problem_of(await api.http.post("/v1/frameworks/fetch", json=body, headers=headers), 422)
