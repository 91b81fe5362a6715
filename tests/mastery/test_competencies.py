"""Competencies over the API: from pushed evidence of three places to profile, pictures, gaps and reasons."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from app.frameworks.frameworks import import_package
from app.records.settle import settle
from tests.support.api import Api, bearer, problem_of
from tests.support.competencies import (
    FRAMEWORK,
    SVG,
    learner,  # noqa: F401  (fixtures)
    piece,
)
from tests.support.frameworks import association, ident, item, made

LOOKS = [
    "profile",
    "growth",
    "gaps",
    "next",
    "progress",
    "pathway",
    "profile.svg",
    "growth.svg",
    "gaps.svg",
    "next.svg",
    "progress.svg",
    "pathway.svg",
]


async def get(api: Api, path: str, headers: dict[str, str], **params: Any) -> Any:
    answer = await api.http.get(path, params={"framework": FRAMEWORK, **params}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json() if answer.headers["content-type"].startswith("application/json") else answer.text


async def test_a_profile_is_jagged_and_tells_strengths_first(api: Api, learner: Any) -> None:
    who, headers = learner
    profile = await get(api, f"/v1/learners/{who}/profile", headers)
    [wood] = profile["domains"]
    assert (wood["domain"], wood["framework"]) == ("Wood", "Shop & Studio")
    assert [(level["level"], level["count"]) for level in wood["levels"]] == [("Proficient", 1), ("Developing", 1)]
    assert [(c["code"], c["level"]["name"], c["mastered"]) for c in wood["competencies"]] == [
        ("W.1", "Proficient", True),
        ("W.2", "Developing", False),
    ]
    assert wood["competencies"][0]["evidence"] == [
        {"setting": "after-school", "method": "summative", "count": 1},
        {"setting": "home", "method": "adaptive", "count": 1},
        {"setting": "in-school", "method": "summative", "count": 1},
    ]
    assert not {"mean", "average"} & set(json.dumps(profile).lower().replace('"', " ").split())


async def test_what_is_sensitive_is_shown_only_where_it_is_asked_for(api: Api, learner: Any) -> None:
    who, headers = learner
    for path in LOOKS:
        words = json.dumps(await get(api, f"/v1/learners/{who}/{path}", headers))
        assert "Shares tools" not in words
        assert "P.1" not in words
        assert "Piece 5" not in words, "nor what was shown of it"
        assert ident("P.1") not in words
    everything = await get(api, f"/v1/learners/{who}/profile", headers, scope="all")
    assert [part["domain"] for part in everything["domains"]] == ["People", "Wood"]


async def test_what_is_sensitive_is_explained_only_where_it_is_asked_for(api: Api, learner: Any) -> None:
    """Unasked, it is answered as a competency that nobody has ever heard of."""
    who, headers = learner
    hidden, unknown = ident("P.1"), str(uuid4())
    answers = [
        await api.http.get(f"/v1/learners/{who}/competencies/{competency}", headers=headers)
        for competency in (hidden, unknown)
    ]
    reasons = [
        problem_of(answer, 404)["detail"].replace(competency, "")
        for answer, competency in zip(answers, (hidden, unknown), strict=True)
    ]
    assert reasons[0] == reasons[1]
    explanation = await get(api, f"/v1/learners/{who}/competencies/{hidden}", headers, scope="all")
    assert (explanation["statement"], explanation["level"]["name"]) == ("Shares tools", "Advanced")


async def test_what_is_sensitive_takes_a_scope_of_its_own(api: Api, learner: Any) -> None:
    who, _ = learner
    reader = bearer(await api.key("learners.read"))
    for path in (*LOOKS, f"competencies/{ident('P.1')}"):
        params = {"framework": FRAMEWORK, "scope": "all"}
        refused = await api.http.get(f"/v1/learners/{who}/{path}", params=params, headers=reader)
        assert problem_of(refused, 403)["scope"] == "learners.sensitive"
    for path in ("gradebook", "gaps", "needs"):
        body = {"learners": [who], "framework": FRAMEWORK, "scope": "all"}
        problem_of(await api.http.post(f"/v1/{path}", json=body, headers=reader), 403)
    assert (await get(api, f"/v1/learners/{who}/profile", reader))["domains"]


async def test_a_crosswalk_leads_to_nothing_sensitive_unasked(api: Api, learner: Any) -> None:
    """A general competency that is equivalent to a sensitive one takes no level from it, and does not name it."""
    who, headers = learner
    same = association("exactMatchOf", "T.1", "P.1", 0)
    document = made("CFDocuments", "Team", creator="Sample District", title="Team", caseVersion="1.1")
    other = {"CFDocument": document, "CFItems": [item("T.1", "Works with others")], "CFAssociations": [same]}
    async with api.db.transaction(api.tenant) as tx:
        await import_package(tx, json.dumps(other).encode(), origin="test", base="https://x.org", at=datetime.now(UTC))
    for path in ("profile", "growth", "gaps", "progress", "pathway", "progress.svg"):
        words = json.dumps(await get(api, f"/v1/learners/{who}/{path}", headers, framework=ident("Team")))
        assert ident("P.1") not in words
        assert "Advanced" not in words
    [part] = await get(api, f"/v1/learners/{who}/progress", headers, framework=ident("Team"), scope="all")
    assert (part["competencies"][0]["level"], part["competencies"][0]["via"]) == ("Advanced", ident("P.1"))


async def test_without_a_framework_everything_shown_is_there(api: Api, learner: Any) -> None:
    """What no framework has yet is neither dropped nor hidden: it stands apart, in its source's words."""
    who, headers = learner
    lone = piece("6", "MS-ETS1-4", 8, "after-school") | {"alignments": [{"code": "MS-ETS1-4", "framework": "NGSS"}]}
    await api.http.post("/v1/evidence", json=[lone], headers=headers)
    await settle(api.db, api.tenant)
    answer = await api.http.get(f"/v1/learners/{who}/profile", headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert [part["domain"] for part in body["domains"]] == ["Wood"]
    [apart] = body["unaligned"]
    assert (apart["statement"], apart["framework"], apart["level"]["name"]) == ("MS-ETS1-4", "NGSS", "Proficient")
    drawn = await api.http.get(f"/v1/learners/{who}/profile.svg", params={"width": 360}, headers=headers)
    assert "Not aligned to a framework yet" in drawn.text


async def test_what_comes_next_follows_what_precedes(api: Api, learner: Any) -> None:
    who, headers = learner
    gaps = await get(api, f"/v1/learners/{who}/gaps", headers)
    assert [(gap["code"], len(gap.get("after", []))) for gap in gaps] == [("W.2", 0), ("W.3", 1), ("P.2", 0)]
    upcoming = await get(api, f"/v1/learners/{who}/next", headers)
    assert [gap["code"] for gap in upcoming] == ["W.2", "P.2"]


async def test_a_pathway_skips_what_is_mastered_and_says_what_decided(api: Api, learner: Any) -> None:
    who, headers = learner
    placed = piece("9", "W.2", 9, "in-school", "diagnostic") | {"name": "Placement"}
    low = piece("10", "W.3", 2, "in-school", "diagnostic") | {"name": "Placement"}
    await api.http.post("/v1/evidence", json=[placed, low], headers=headers)
    await settle(api.db, api.tenant)
    pathway = await get(api, f"/v1/learners/{who}/pathway", headers)
    assert [(step["code"], step.get("level")) for step in pathway["steps"]] == [("W.3", "Beginning"), ("P.2", None)]
    assert [(skip["code"], skip["level"], skip["policy"]) for skip in pathway["skipped"]] == [
        ("W.1", "Proficient", "tessera 1"),
        ("W.2", "Advanced", "tessera 1"),
    ]
    [because] = pathway["skipped"][1]["deciding"]
    assert (because["title"], because["method"], because["at"]) == ("Placement", "diagnostic", "2026-09-09T10:00:00Z")
    assert pathway["skipped"][1]["why"] == "mastered: Advanced by the policy 'tessera 1'"
    assert [(diagnostic["title"], diagnostic["competencies"]) for diagnostic in pathway["diagnostics"]] == [
        ("Placement", 1),
        ("Placement", 1),
    ]
    alone = await get(api, f"/v1/learners/{who}/pathway", headers, basis="diagnostic")
    assert [step["code"] for step in alone["steps"]] == ["W.1", "W.3", "P.2"], "what else was shown is left out"
    assert [skip["code"] for skip in alone["skipped"]] == ["W.2"]
    before = await get(api, f"/v1/learners/{who}/pathway", headers, as_of="2026-09-08T00:00:00Z")
    assert [skip["code"] for skip in before["skipped"]] == ["W.1"]
    drawn = await get(api, f"/v1/learners/{who}/pathway.svg", headers)
    assert "Skipped, because mastered: W.1 (Proficient), W.2 (Advanced)." in drawn
    drawn = await get(api, f"/v1/learners/{who}/pathway.svg", headers, basis="diagnostic")
    assert f"Pathway, judged by {len(alone['diagnostics'])} diagnostic" in drawn


async def test_growth_and_progress(api: Api, learner: Any) -> None:
    who, headers = learner
    first = (await get(api, f"/v1/learners/{who}/growth", headers))["competencies"][0]
    assert [step["level"] for step in first["steps"]] == ["Developing", "Advanced", "Proficient"]
    assert [piece["setting"] for piece in first["evidence"]] == ["in-school", "after-school", "home"]
    parts = await get(api, f"/v1/learners/{who}/progress", headers)
    assert [(p["title"], p["met"], p["begun"], p["of"]) for p in parts] == [("Wood", 1, 1, 3), ("People", 0, 0, 1)]


async def test_a_level_explains_itself_now_and_then(api: Api, learner: Any) -> None:
    who, headers = learner
    path = f"/v1/learners/{who}/competencies/{ident('W.1')}"
    now = await get(api, path, headers)
    assert (now["level"]["name"], now["policy"]) == ("Proficient", "tessera 1")
    assert [(a["detail"]["title"], a["detail"]["setting"], a["decided"]) for a in now["assertions"]] == [
        ("Piece 1", "in-school", False),
        ("Piece 2", "after-school", False),
        ("Piece 3", "home", True),
    ]
    assert now["assertions"][0]["why"] == "an earlier one, or of the same time and showing less: only the latest counts"
    then = await get(api, path, headers, as_of="2026-09-02T23:00:00Z")
    assert (then["level"]["name"], then["assertions"][2]["why"]) == (
        "Advanced",
        "it is dated 2026-09-03, after the time asked for",
    )
    profile = await get(api, f"/v1/learners/{who}/profile", headers, as_of="2026-09-01T23:00:00Z")
    assert [c["level"]["name"] for part in profile["domains"] for c in part["competencies"]] == ["Developing"]
    assert (await get(api, f"/v1/learners/{who}/profile", headers, known_at="2020-01-01T00:00:00Z"))["domains"] == []


@pytest.mark.parametrize("name", ["profile", "growth", "progress"])
async def test_pictures_are_the_same_each_time_and_tell_in_words_what_they_show(
    api: Api, learner: Any, name: str
) -> None:
    who, headers = learner
    picture = await get(api, f"/v1/learners/{who}/{name}.svg", headers)
    if name != "growth":  # it ends today
        assert picture == await get(api, f"/v1/learners/{who}/{name}.svg", headers)
    root = ET.fromstring(picture)
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert description is not None
    assert description.text
    assert ("W.1: Proficient" if name == "profile" else "W.1" if name == "growth" else "1 met") in description.text
    words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "<b>" not in words
    if name == "profile":
        assert all(place in words for place in ("school", "after school", "adaptive tool"))


async def test_growth_names_the_policy_of_each_time(api: Api, learner: Any) -> None:
    """A policy that comes into force later, on a scale of its own, says nothing of the time before."""
    who, headers = learner
    two = [{"name": "Not yet", "at": 0}, {"name": "Got it", "at": 0.95}]
    policy = {"rule": {"rule": "highest"}, "levels": two, "mastery": 0.95}
    body = {"name": "two", "begins": "2026-10-01T00:00:00Z", "policy": policy}
    set_ = await api.http.post("/v1/policies", json=body, headers=headers)
    assert (set_.status_code, set_.json()["judging"]["state"]) == (201, "under way")
    first = (await get(api, f"/v1/learners/{who}/growth", headers))["competencies"]
    [cut] = [line for line in first if line["code"] == "W.1"]
    assert [(step["level"], step["policy"]) for step in cut["steps"]] == [
        ("Developing", "tessera, version 1"),
        ("Advanced", "tessera, version 1"),
        ("Proficient", "tessera, version 1"),
        ("Got it", "two, version 1"),
    ]
    assert "Got it from October 1, 2026 (by two, version 1)" in await get(
        api, f"/v1/learners/{who}/growth.svg", headers
    )
    for path in LOOKS:  # states stand by the policy that judged them until the job has come to them
        await get(api, f"/v1/learners/{who}/{path}", headers)
    parts = await get(api, f"/v1/learners/{who}/progress", headers)
    assert {
        (competency["level"], competency["policy"]) for competency in parts[0]["competencies"] if "level" in competency
    } == {("Proficient", "tessera 1"), ("Developing", "tessera 1")}


async def test_a_gradebook_is_on_the_schools_own_scale(api: Api, learner: Any) -> None:
    who, headers = learner
    body: dict[str, Any] = {
        "learners": [who],
        "framework": FRAMEWORK,
        "conversion": {"Proficient": "3", "Developing": "2"},
    }
    book = (await api.http.post("/v1/gradebook", json=body, headers=headers)).json()
    assert [column["code"] for column in book["competencies"]] == ["W.1", "W.2", "W.3", "P.2"]
    assert book["learners"][0]["cells"] == ["3", "2", None, None]
    written = await api.http.post("/v1/gradebook", json={**body, "form": "csv"}, headers=headers)
    assert written.headers["content-type"].startswith("text/csv")
    assert written.text.splitlines()[1] == f"{who},3,2,,"


async def test_a_groups_needs(api: Api, learner: Any) -> None:
    who, headers = learner
    body = (await api.http.post("/v1/needs", json={"learners": [who], "framework": FRAMEWORK}, headers=headers)).json()
    assert [(part["title"], part["needs"][0]["code"]) for part in body] == [("Wood", "W.2"), ("People", "P.2")]


async def test_nobody_sees_what_is_another_tenants(api: Api, learner: Any) -> None:
    who, headers = learner
    stranger = bearer(await api.key(tenant=api.other))
    for path in ("profile", "profile.svg", "growth", "gaps", "next", "progress", f"competencies/{ident('W.1')}"):
        theirs = await api.http.get(f"/v1/learners/{who}/{path}", params={"framework": FRAMEWORK}, headers=stranger)
        problem_of(theirs, 404)
    for path in ("gradebook", "needs"):
        body = {"learners": [who], "framework": FRAMEWORK}
        problem_of(await api.http.post(f"/v1/{path}", json=body, headers=stranger), 404)
    unknown = await api.http.get(f"/v1/learners/{who}/profile", params={"framework": str(uuid4())}, headers=headers)
    problem_of(unknown, 404)
