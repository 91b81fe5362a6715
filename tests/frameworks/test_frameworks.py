"""Frameworks over the API: imported, written, fetched; what waits is decided; policies are set."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from app import jobs
from app.errors import Unavailable
from app.mastery.introducing import packages
from app.records.settle import settle
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import piece
from tests.support.frameworks import as_one_point_zero, full, ident
from tests.support.frameworks_cases import PROFILE

CASE = "/ims/case/v1p1"
CSV = """code,Statement,parent,type,grades,after,aligned to,strength
L,Maker,,,,,,
L.1,Makes a plan,L,Skill,09;10,,M.1,mostly
L.2,Follows a plan,L,Skill,09;10,L.1,,

rubric,criterion,level,score,competency
Making,Craft,Partly,1,L.1
Making,Craft,Fully,2,L.1
"""


async def take(api: Api, headers: dict[str, str], package: dict[str, Any] | bytes) -> dict[str, Any]:
    body = package if isinstance(package, bytes) else json.dumps(package).encode()
    answer = await api.http.post("/v1/frameworks/packages", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    framework: dict[str, Any] = answer.json()
    return framework


async def test_a_package_is_handed_back_as_it_came_and_says_what_was_found(api: Api) -> None:
    headers = bearer(await api.key())
    received = json.dumps(as_one_point_zero(), indent=3).encode()
    done = await take(api, headers, received)
    assert done["state"] == "new"
    assert {"what": "CFItem.CFDocumentURI is not in CASE 1.1", "count": 2, "where": ["M.1", "M.2"]} in done["findings"]
    back = await api.http.get(f"/v1/frameworks/{done['id']}/received", headers=headers)
    assert back.content == received
    [listed] = (await api.http.get("/v1/frameworks", headers=headers)).json()["frameworks"]
    assert (listed["title"], listed["findings"]) == ("Maker Profile", done["findings"])
    assert (await api.http.delete(f"/v1/frameworks/{done['id']}", headers=headers)).status_code == 204
    assert (await api.http.get("/v1/frameworks", headers=headers)).json()["frameworks"] == []


async def test_what_learners_have_shown_outlives_a_new_version_of_its_framework(api: Api) -> None:
    """An item that says something else, and one that is gone: what was aligned to them stays, as they were."""
    headers = await api.pusher()
    first = full()
    done = await take(api, headers, first)
    pushed = [piece("1", "M.1", 9, "in-school"), piece("2", "M.2", 9, "in-school")]
    await api.http.post("/v1/evidence", json=pushed, headers=headers)
    await settle(api.db, api.tenant)
    second = full()
    second["CFItems"] = [{**second["CFItems"][0], "fullStatement": "Makes something else altogether"}]
    second["CFAssociations"] = []
    second["CFRubrics"] = []
    assert (await take(api, headers, second))["state"] == "updated"
    versions = (await api.http.get(f"/v1/frameworks/{done['id']}/versions", headers=headers)).json()["versions"]
    assert [(row["version"], row["endedAt"] is None) for row in versions] == [(1, False), (2, True)]
    path = f"/v1/frameworks/{done['id']}/received"
    for version, package in ((1, first), (2, second)):
        answer = await api.http.get(path, params={"version": version}, headers=headers)
        assert answer.content == json.dumps(package).encode()
    problem_of(await api.http.get(path, params={"version": 3}, headers=headers), 404)

    who = (await api.http.get("/v1/learners", headers=headers)).json()["learners"][0]["id"]
    path, everything = f"/v1/learners/{who}/competencies/{ident('M.1')}", {"scope": "all"}
    changed = (await api.http.get(path, params=everything, headers=headers)).json()
    assert changed["statement"] == "Makes something else altogether"
    assert changed["assertions"][0]["readThen"] == first["CFItems"][0]["fullStatement"]
    retired = (await api.http.get(f"/v1/learners/{who}/competencies/{ident('M.2')}", headers=headers)).json()
    assert (retired["statement"], retired["met"], "retiredAt" in retired) == ("Makes it again, better", True, True)
    assert "readThen" not in retired["assertions"][0]
    params = {"framework": done["id"], "scope": "all"}
    profile = (await api.http.get(f"/v1/learners/{who}/profile", params=params, headers=headers)).json()
    retired_by_code = {
        competency["code"]: competency["retired"] for part in profile["domains"] for competency in part["competencies"]
    }
    assert retired_by_code == {"M.1": False, "M.2": True}
    gaps = (await api.http.get(f"/v1/learners/{who}/gaps", params=params, headers=headers)).json()
    assert gaps == [], "nobody is asked for what is retired"

    served = await api.http.get(f"{CASE}/CFItems/{ident('M.2')}", headers=headers)
    assert served.json()["fullStatement"] == "Makes it again, better"
    assert served.json()["statusEndDate"] == versions[0]["endedAt"][:10]
    assert ident("M.2") not in (await api.http.get(f"{CASE}/CFPackages/{done['id']}", headers=headers)).text
    await take(api, headers, first)
    assert "statusEndDate" not in (await api.http.get(f"{CASE}/CFItems/{ident('M.2')}", headers=headers)).json()


async def test_what_was_sensitive_stays_so_when_its_framework_is_gone(api: Api) -> None:
    headers = await api.pusher()
    answer = await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)
    framework = answer.json()["id"]
    package = (await api.http.get(f"{CASE}/CFPackages/{framework}", headers=headers)).json()
    [listens] = [item["identifier"] for item in package["CFItems"] if item["fullStatement"] == "Listens"]
    pushed = piece("1", listens, 9, "in-school")
    await api.http.post("/v1/evidence", json=[pushed], headers=headers)
    await settle(api.db, api.tenant)
    who = (await api.http.get("/v1/learners", headers=headers)).json()["learners"][0]["id"]
    assert (await api.http.delete(f"/v1/frameworks/{framework}", headers=headers)).status_code == 204
    for path in ("profile", "growth", "profile.svg", "growth.svg"):
        assert "Listens" not in (await api.http.get(f"/v1/learners/{who}/{path}", headers=headers)).text
    problem_of(await api.http.get(f"/v1/learners/{who}/competencies/{listens}", headers=headers), 404)
    everything = await api.http.get(f"/v1/learners/{who}/profile", params={"scope": "all"}, headers=headers)
    assert everything.json()["domains"][0]["competencies"][0]["statement"] == "Listens"


async def test_what_is_no_package_is_refused(api: Api) -> None:
    headers = bearer(await api.key())
    refused = await api.http.post("/v1/frameworks/packages", content=b"<html>", headers=headers)
    assert "begins: '<html>'" in problem_of(refused, 422)["detail"]
    problem_of(await api.http.post("/v1/frameworks/shipped/nothing", headers=headers), 404)


async def test_the_standards_that_come_with_tessera(api: Api) -> None:
    headers = bearer(await api.key())
    done = (await api.http.post("/v1/frameworks/shipped/ccss-math", headers=headers)).json()
    assert (done["items"], done["associations"]) == (703, 703)
    assert [finding["count"] for finding in done["findings"]] == [1, 1]
    again = (await api.http.post("/v1/frameworks/shipped/ccss-math", headers=headers)).json()
    assert again["state"] == "unchanged"


async def test_an_own_framework_is_a_case_framework(api: Api) -> None:
    headers = bearer(await api.key())
    done = (await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)).json()
    assert (done["state"], done["items"], [finding["where"] for finding in done["findings"]]) == ("new", 3, [["M.1"]])
    package = (await api.http.get(f"{CASE}/CFPackages/{done['id']}", headers=headers)).json()
    assert package["CFDocument"]["frameworkType"] == "ext:graduateProfile"
    [rubric] = package["CFRubrics"]
    levels = rubric["CFRubricCriteria"][0]["CFRubricCriterionLevels"]
    assert [(level["quality"], level["score"]) for level in levels] == [("Clear", 3.0), ("Unclear", 1.0)]
    again = (await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)).json()
    assert again["id"] == done["id"]
    same = (await api.http.get(f"{CASE}/CFPackages/{done['id']}", headers=headers)).json()
    assert [i["identifier"] for i in same["CFItems"]] == [i["identifier"] for i in package["CFItems"]]


async def test_an_own_framework_from_csv(api: Api) -> None:
    headers = bearer(await api.key())
    query = {"title": "Shop", "creator": "Sample District"}
    done = await api.http.post("/v1/frameworks/csv", params=query, content=CSV.encode(), headers=headers)
    assert done.status_code == 200, done.text
    package = (await api.http.get(f"{CASE}/CFPackages/{done.json()['id']}", headers=headers)).json()
    first, second, _ = package["CFItems"]
    assert (second["humanCodingScheme"], second["educationLevel"]) == ("L.1", ["09", "10"])
    kinds = [a["associationType"] for a in package["CFAssociations"]]
    assert kinds == ["isChildOf", "isChildOf", "isRelatedTo", "isChildOf", "precedes"]
    assert len(package["CFRubrics"][0]["CFRubricCriteria"][0]["CFRubricCriterionLevels"]) == 2
    assert first["fullStatement"] == "Maker"


@pytest.mark.parametrize(
    ("csv", "reason"),
    [
        ("code,statement\nA,x\nA,y\n", "stands for two"),
        ("code,statement,parent\nA,x,B\n", "names 'B'"),
        ("code,statement,hue\nA,x,red\n", "line 1: there is no column 'hue'"),
        ("code\nA\n", "statement"),
        ("", "no competency"),
    ],
)
async def test_rows_that_will_not_do_are_refused_with_the_line(api: Api, csv: str, reason: str) -> None:
    headers = bearer(await api.key())
    query = {"title": "Shop", "creator": "Sample District"}
    refused = await api.http.post("/v1/frameworks/csv", params=query, content=csv.encode(), headers=headers)
    assert reason in problem_of(refused, 422)["detail"]


async def test_what_a_school_shows_rolls_up_to_the_district(api: Api) -> None:
    headers = await api.pusher()
    await take(api, headers, full())
    done = (await api.http.post("/v1/frameworks", json=PROFILE, headers=headers)).json()
    other = {"title": "Shop", "creator": "Sample District"}
    shop = (await api.http.post("/v1/frameworks/csv", params=other, content=CSV.encode(), headers=headers)).json()
    await api.http.post("/v1/evidence", json=[piece("1", "C.1", 9, "after-school")], headers=headers)
    await api.http.post("/v1/evidence", json=[piece("2", "L.1", 8, "in-school")], headers=headers)
    await settle(api.db, api.tenant)
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    who = answer.json()["learners"][0]["id"]
    query = {"framework": ident("Maker Profile"), "scope": "all"}
    profile = (await api.http.get(f"/v1/learners/{who}/profile", params=query, headers=headers)).json()
    [standing] = profile["domains"][0]["competencies"]
    assert (standing["code"], standing["level"]["name"]) == ("M.1", "Advanced")
    rolled = {(r["strength"], r["level"]) for r in standing["rolledUp"]}
    assert rolled == {("equivalent", "Advanced"), ("mostly", "Proficient")}
    package = (await api.http.get(f"{CASE}/CFPackages/{done['id']}", headers=headers)).json()
    assert standing["via"] == next(i["identifier"] for i in package["CFItems"] if i["humanCodingScheme"] == "C.1")
    assert shop["id"] != done["id"]


async def test_what_waits_is_suggested_decided_and_counts(api: Api) -> None:
    headers = await api.pusher()
    await take(api, headers, full())
    odd = piece("1", "Unit 7: makes something that works", 9, "in-school")
    await api.http.post("/v1/evidence", json=[odd], headers=headers)
    await settle(api.db, api.tenant)
    queue = (await api.http.get("/v1/alignments", headers=headers)).json()
    [waiting] = queue["waiting"]
    assert (waiting["assertions"], waiting["suggestions"][0]["code"], queue["next"]) == (1, "M.1", None)
    path = f"/v1/alignments/{waiting['id']}"
    unknown = await api.http.put(path, json={"competency": ident("nobody")}, headers=headers)
    problem_of(unknown, 422)
    decided = await api.http.put(path, json={"competency": ident("M.1")}, headers=headers)
    assert decided.json() == {"changed": 1}
    assert (await api.http.get("/v1/alignments", headers=headers)).json()["waiting"] == []
    taken_back = await api.http.put(path, json={"competency": None}, headers=headers)
    assert taken_back.json() == {"changed": 1}


async def test_a_policy_is_a_version_and_a_job_judges_by_it(api: Api) -> None:
    headers = await api.pusher()
    await take(api, headers, full())
    pushed = [piece("1", "M.2", 9, "in-school"), piece("2", "M.2", 4, "in-school")]
    await api.http.post("/v1/evidence", json=pushed, headers=headers)
    await settle(api.db, api.tenant)
    answer = await api.http.get("/v1/learners", params={"identifier": "district:100482"}, headers=headers)
    path = f"/v1/learners/{answer.json()['learners'][0]['id']}/competencies/{ident('M.2')}"
    assert (await api.http.get(path, headers=headers)).json()["met"] is False
    best = {"name": "best", "framework": ident("Maker Profile"), "policy": {"rule": {"rule": "highest"}}}
    set_ = await api.http.post("/v1/policies", json=best, headers=headers)
    assert (set_.status_code, set_.json()["version"]) == (201, 1)
    assert set_.json()["judging"] | {"askedAt": 0} == {
        "state": "under way",
        "askedAt": 0,
        "learners": 0,
        "changed": 0,
        "finishedAt": None,
    }
    await jobs.work(api.app.state.service, wait=False)
    judged = (await api.http.get("/v1/policies", headers=headers)).json()["judging"]
    assert (judged["state"], judged["learners"], judged["changed"]) == ("done", 1, 1)
    now = (await api.http.get(path, headers=headers)).json()
    assert (now["met"], now["policy"]) == (True, "best 1")
    then = (await api.http.get(path, params={"as_of": "2026-09-30T00:00:00Z"}, headers=headers)).json()
    assert (then["met"], then["policy"]) == (False, "tessera 1")
    refused = await api.http.post("/v1/policies", json={**best, "policy": {"rule": {"rule": "mean"}}}, headers=headers)
    problem_of(refused, 422)
    back = await api.http.post("/v1/policies", json={**best, "begins": "2026-09-01T00:00:00Z"}, headers=headers)
    assert "since" in problem_of(back, 422)["detail"], "what was judged by the first version stays so"
    assert len((await api.http.get("/v1/policies", headers=headers)).json()["policies"]) == 1


@respx.mock
async def test_a_provider_is_read_to_its_end(shared: Path) -> None:
    root = "https://case.example.org/ims/case/v1p0"
    documents = [{"identifier": ident(str(n))} for n in range(3)]
    respx.get(f"{root}/CFDocuments").mock(return_value=httpx.Response(200, json={"CFDocuments": documents}))
    for document in documents:
        path = f"{root}/CFPackages/{document['identifier']}"
        respx.get(path).mock(return_value=httpx.Response(200, json={"CFDocument": document}))
    async with httpx.AsyncClient(base_url="https://case.example.org") as http:
        cfdocuments = [json.loads(body)["CFDocument"] async for body in packages(http, "/ims/case/v1p0/")]
        bodies = [body async for body in packages(http, f"/ims/case/v1p0/CFDocuments/{ident('1')}")]
    assert cfdocuments == documents
    assert len(bodies) == 1


@respx.mock
async def test_a_provider_that_lists_nothing_is_said_to() -> None:
    respx.get("https://case.example.org/ims/case/v1p1/CFDocuments").mock(return_value=httpx.Response(404))
    async with httpx.AsyncClient(base_url="https://case.example.org") as http:
        with pytest.raises(Unavailable, match="lists no CFDocument"):
            [body async for body in packages(http, "/ims/case/v1p1")]
