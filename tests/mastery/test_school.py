"""A school's own system, taken in without a line of code: its skills and rubric, its scale, its scores."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.db.sources import sources
from app.pipeline.file import load
from app.pipeline.report import Report
from app.records.settle import settle
from app.sources.source import open_source
from tests.support.api import Api, bearer
from tests.support.limits import LOOPBACK

SCHOOL = Path(__file__).parent / "school"
SCORES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures/cognitive_skills/page.csv"
KEY = ("Student ID", "Kind", "Code", "Assignment", "Date")
RUBRIC: dict[str, Any] = {
    "rule": {"rule": "latest"},
    "mastery": 0.75,
    "levels": [{"name": f"{n} of 8", "at": n / 8} for n in range(9)],
}
PASSED: dict[str, Any] = {
    "rule": {"rule": "highest"},
    "mastery": 0.8,
    "levels": [{"name": "Not passed yet", "at": 0}, {"name": "Passed", "at": 0.8}],
}


async def write(api: Api, headers: dict[str, str], file: str, title: str, policy: dict[str, Any]) -> UUID:
    """A framework of a file, and the scale it is judged on; the framework's id."""
    made = await api.http.post(
        "/v1/frameworks/csv",
        content=(SCHOOL / file).read_bytes(),
        params={"title": title, "creator": "Lakeside Sample High School"},
        headers={**headers, "Content-Type": "text/csv"},
    )
    assert made.status_code == 200, made.text
    framework = made.json()["id"]
    name = title.lower().replace(" ", "-")
    body = {"name": name, "framework": framework, "policy": policy, "begins": "2026-08-01T00:00:00Z"}
    assert (await api.http.post("/v1/policies", json=body, headers=headers)).status_code == 201
    return UUID(framework)


async def take(api: Api, headers: dict[str, str], file: Path) -> Report:
    """The scores, into a source that needs no setting."""
    body = {"slug": "scores", "name": "Course system", "connector": "assessment_file"}
    await api.http.post("/v1/sources", json=body, headers=headers)
    async with api.db.transaction(api.tenant) as tx:
        row = await sources.by_slug(tx, "scores")
    assert row is not None
    report = await load(api.db, open_source(row, api.app.state.service.vault, LOOPBACK), file, dry_run=False)
    await settle(api.db, api.tenant)
    return report


@pytest.fixture
async def headers(api: Api) -> dict[str, str]:
    return bearer(await api.key())


async def learner(api: Api, headers: dict[str, str], number: str) -> str:
    answer = await api.http.get("/v1/learners", params={"identifier": f"district:{number}"}, headers=headers)
    return str(answer.json()["learners"][0]["id"])


async def levels(api: Api, headers: dict[str, str], number: str, framework: UUID) -> dict[str, Any]:
    """What a profile shows in a framework: (level, mastered) by code."""
    who = await learner(api, headers, number)
    answer = await api.http.get(f"/v1/learners/{who}/profile", params={"framework": str(framework)}, headers=headers)
    return {
        competency["code"]: (competency["level"] and competency["level"]["name"], competency["mastered"])
        for domain in answer.json()["domains"]
        for competency in domain["competencies"]
    }


async def test_skills_from_0_to_8_and_focus_areas_passed_at_8_of_10(api: Api, headers: dict[str, str]) -> None:
    skills = await write(api, headers, "cognitive_skills.csv", "Cognitive skills", RUBRIC)
    areas = await write(api, headers, "focus_areas.csv", "Focus areas", PASSED)
    report = await take(api, headers, SCORES)
    assert report.state == "done"
    assert (await api.http.get("/v1/alignments", headers=headers)).json()["waiting"] == []
    assert await levels(api, headers, "700101", skills) == {"CS.ARG.1": ("7 of 8", True), "CS.DAT.2": ("6 of 8", True)}
    assert await levels(api, headers, "700101", areas) == {
        "FA.BIO.1": ("Passed", True),
        "FA.BIO.2": ("Not passed yet", False),
    }
    assert await levels(api, headers, "700102", skills) == {"CS.ARG.1": ("0 of 8", False), "CS.DAT.2": (None, False)}
    assert await levels(api, headers, "700102", areas) == {"FA.BIO.1": ("Passed", True)}
    who = await learner(api, headers, "700101")
    upcoming = await api.http.get(f"/v1/learners/{who}/next", params={"framework": str(areas)}, headers=headers)
    assert [step["code"] for step in upcoming.json()] == ["FA.BIO.3", "FA.BIO.2"], "Heredity comes after Cells"
    rubric = await api.http.get(f"/ims/case/v1p1/CFPackages/{skills}", headers=headers)
    [rubric_served] = rubric.json()["CFRubrics"]
    assert [len(criterion["CFRubricCriterionLevels"]) for criterion in rubric_served["CFRubricCriteria"]] == [
        9,
        9,
        9,
        9,
    ]


async def test_scores_may_come_before_the_framework_and_count_once_it_is_there(
    api: Api, headers: dict[str, str]
) -> None:
    await take(api, headers, SCORES)
    waiting = (await api.http.get("/v1/alignments", headers=headers)).json()["waiting"]
    assert {row["code"] for row in waiting} == {"CS.ARG.1", "CS.DAT.2", "FA.BIO.1", "FA.BIO.2"}
    areas = await write(api, headers, "focus_areas.csv", "Focus areas", PASSED)
    assert await levels(api, headers, "700102", areas) == {"FA.BIO.1": ("Passed", True)}


async def test_a_score_of_another_kind_is_put_aside_and_one_on_another_scale_is_no_score(
    api: Api, headers: dict[str, str], tmp_path: Path
) -> None:
    first, *rest = SCORES.read_text().splitlines()
    wrong = [
        rest[0].replace(",5,2026", ",80,2026"),
        rest[3].replace(",6,2026", ",11,2026"),
        rest[1].replace("Cognitive Skill", "Habit"),
        rest[2].replace("Cognitive Skill", ""),
    ]
    (tmp_path / "scores.csv").write_text("\n".join([first, *wrong, rest[4]]) + "\n")
    await take(api, headers, tmp_path / "scores.csv")
    records = (await api.http.get("/v1/quarantine", headers=headers)).json()["records"]
    kinds = "Additional Focus Area, Cognitive Skill, Focus Area, Power Focus Area"
    assert {record["reason"].partition("field ")[2] for record in records} == {
        f"'Kind': 'Habit' is what no result is for (`when` knows {kinds})",
        f"'{' + '.join(KEY)}', which identifies the record, is missing or blank",
    }
    record = await api.http.get(f"/v1/learners/{await learner(api, headers, '700101')}/record/results", headers=headers)
    assert sorted(entry.get("score") or 0 for entry in record.json()["entries"]) == [0, 9.0], "its neighbor went on"


async def test_a_goal_and_credit_follow_from_the_schools_own_scores(api: Api, headers: dict[str, str]) -> None:
    """The vertical slice: a file in, a goal that proposes to close, credit that a teacher may award."""
    areas = await write(api, headers, "focus_areas.csv", "Focus areas", PASSED)
    await take(api, headers, SCORES)
    who = await learner(api, headers, "700101")
    package = (await api.http.get(f"/ims/case/v1p1/CFPackages/{areas}", headers=headers)).json()
    ids = {item["humanCodingScheme"]: item["identifier"] for item in package["CFItems"]}
    teacher = {"name": "K. Sample", "role": "teacher"}
    goal = {"id": "cells", "title": "Cells", "horizon": "term", "steps": [{"competency": ids["FA.BIO.1"]}]}
    plan = {"title": "Biology", "goals": [goal], "writer": {"name": "Ada", "role": "learner"}}
    made = await api.http.post(f"/v1/learners/{who}/plans", json=plan, headers=headers)
    assert made.json()["goals"][0]["proposesToClose"] is True
    needs = [{"competency": ids[code], "level": "Passed"} for code in ("FA.BIO.1", "FA.BIO.2", "FA.BIO.3")]
    rule = {
        "title": "Biology",
        "amount": 1,
        "unit": "credit",
        "subject": "Science",
        "framework": str(areas),
        "needs": needs,
        "atLeast": 1,
        "writer": teacher,
    }
    of = (await api.http.post("/v1/credit-rules", json=rule, headers=headers)).json()["id"]
    proposed = (await api.http.get(f"/v1/credit-rules/{of}/proposals", headers=headers)).json()["proposals"]
    assert len(proposed) == 2
    body = {"rule": of, "version": 1, "teacherOfRecord": {"name": "K. Sample", "role": "Biology teacher"}}
    award = await api.http.post(f"/v1/learners/{who}/credits", json=body, headers=headers)
    assert [need["cited"][0]["title"] for need in award.json()["basis"]] == ["Cells"]
