"""Passion projects stage by stage, and the world of work by grade span: from whichever way in to page and answer."""

import json
from uuid import UUID

import pytest

from app.db.programs.taking_part import WorkRow
from app.errors import Invalid
from app.frameworks.frameworks import import_package
from app.programs import catalogue, programs, reviewing, submission, submitting
from app.programs.engagements import counted
from app.programs.offers import Offer
from app.programs.programs import Registration
from app.programs.submission import STAGES
from tests.programs.test_six_ways import TOKEN, coordinator
from tests.support.api import Api, bearer
from tests.support.competencies import shop
from tests.support.frameworks import ident
from tests.support.people import signed_in
from tests.support.programs import COORDINATOR, REVIEWER, Club, club, now, numbered, robot

GENIUS = Offer(kind="passion project", title="Genius hour")
SHADOW = Offer(kind="internship", title="A week at the clinic", hours=30, career_cluster="Health science")


async def offered(api: Api, robotics: Club, offer: Offer) -> UUID:
    async with api.db.transaction(api.tenant) as tx:
        return await catalogue.offer(tx, robotics.program, offer, "a test", now())


async def accept_everything(api: Api, robotics: Club) -> None:
    async with api.db.transaction(api.tenant) as tx:
        row = await programs.program_of(tx, robotics.program)
        await programs.change(tx, robotics.program, Registration(row.name, trusted=True), "a test")
    counts = await reviewing.accept_trusted(api.app.state.service, api.tenant, robotics.program, REVIEWER, now())
    assert counts["accepted"], counts


async def test_a_passion_project_is_seen_stage_by_stage_whichever_way_each_came(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    genius = await offered(api, robotics, GENIUS)
    reader = await coordinator(api, robotics)
    form = await reader.get("/program/new")
    assert all(words in form.text for words in ("Genius hour", "Which stage of a passion project?", "Presentation"))
    learner = {"learner": "Ada Sample", "number": "100482", "consent": "yes"}
    typed = {**learner, "title": "Bees", "opportunity": str(genius), "stage": "passion"}
    assert (await reader.send("/program/new", typed)).status_code == 200
    rows = "Name,Student number,Activity,Part of,Stage\nAda Sample,100482,Bees,Genius Hour,Pitch\n"
    read = await reader.send("/program/lists", {"pasted": rows, "consent": "yes"})
    page = await reader.http.get(read.headers["location"])
    token = TOKEN.search(page.text)
    assert token
    await reader.http.post(f"{read.headers['location']}/take", data={"form_token": token[1]})
    async with api.db.transaction(api.tenant) as tx:
        plan = robot(None, learner=numbered(), title="Bees", opportunity=genius, stage="plan")
        await submitting.submit(tx, robotics.program, plan, "api", COORDINATOR, now(), consent="Kim")
    await accept_everything(api, robotics)
    key = bearer(await api.key("learners.read"))
    (project,) = (await api.http.get(f"/v1/learners/{ada}/out-of-school", headers=key)).json()["projects"]
    assert [stage["stage"] for stage in project["stages"]] == list(STAGES)
    assert [stage["title"] for stage in project["stages"]] == ["Bees"] * 3 + [None] * 3
    guardian = await signed_in(api, "guardian", learner=ada)
    mine = (await guardian.get(f"/mine/{ada}")).text
    assert "Genius hour" in mine
    assert mine.count("still to come") == 3


async def test_work_is_counted_by_grade_span_and_seen_by_the_family(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    clinic = await offered(api, robotics, SHADOW)
    reader = await coordinator(api, robotics)
    for title in ("Monday at the clinic", "Tuesday at the clinic"):
        form = {"learner": "Ada Sample", "number": "100482", "consent": "yes", "grade": "7", "opportunity": str(clinic)}
        assert (await reader.send("/program/new", {**form, "title": title, "on": "2026-10-03"})).status_code == 200
    await accept_everything(api, robotics)
    key = bearer(await api.key("learners.read"))
    whole = (await api.http.get(f"/v1/learners/{ada}/out-of-school", headers=key)).json()
    assert whole["spans"] == [{"span": "6-8", "engagements": 2, "hours": 30.0}]
    assert {row["careerCluster"] for row in whole["engagements"]} == {"Health science"}
    guardian = await signed_in(api, "guardian", learner=ada)
    assert "The world of work" in (await guardian.get(f"/mine/{ada}")).text
    assert "Health science" in (await send_catalogue(api))


async def test_work_that_shows_something_sensitive_is_counted_for_nobody_else(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    clinic = await offered(api, robotics, SHADOW)
    async with api.db.transaction(api.tenant) as tx:
        case = robot(None, learner=numbered(), title="Monday", opportunity=clinic, competencies=(UUID(ident("W.1")),))
        await submitting.submit(tx, robotics.program, case, "api", COORDINATOR, now(), consent="Kim")
    await accept_everything(api, robotics)
    key = bearer(await api.key("learners.read"))
    path = f"/v1/learners/{ada}/out-of-school"
    assert len((await api.http.get(path, headers=key)).json()["engagements"]) == 1
    package = shop()
    for each in package["CFItems"]:
        if each["identifier"] == ident("W.1"):
            each["extensions"] = {"tessera": {"sensitivity": "health"}}
    async with api.db.transaction(api.tenant) as tx:
        await import_package(tx, json.dumps(package).encode(), origin="test", base="https://x.org", at=now())
    assert (await api.http.get(path, headers=key)).json()["engagements"] == []
    guardian = await signed_in(api, "guardian", learner=ada)
    assert "Monday" not in (await guardian.get(f"/mine/{ada}")).text


async def send_catalogue(api: Api) -> str:
    return (await api.http.get("/t/sample/opportunities")).text


@pytest.mark.parametrize(
    ("offer", "stage", "pointer"), [(None, "pitch", "/stage"), (SHADOW, "pitch", "/stage"), (GENIUS, None, None)]
)
async def test_a_stage_is_of_a_passion_project_alone(
    api: Api, offer: Offer | None, stage: str | None, pointer: str | None
) -> None:
    robotics = await club(api)
    opportunity = await offered(api, robotics, offer) if offer else None
    async with api.db.transaction(api.tenant) as tx:
        case = robot(None, opportunity=opportunity, stage=stage)
        if pointer is None:
            await submitting.submit(tx, robotics.program, case, "api", COORDINATOR, now(), consent="Kim")
            return
        with pytest.raises(Invalid) as why:
            await submitting.submit(tx, robotics.program, case, "api", COORDINATOR, now(), consent="Kim")
    assert [error["pointer"] for error in why.value.more["errors"]] == [pointer]  # type: ignore[attr-defined]  # a list


def test_the_order_in_which_work_came_changes_no_count() -> None:
    today = now().date()

    def work(title: str, grade: str | None, setting: str = "work") -> WorkRow:
        case = robot(None, learner=numbered(), title=title)
        learner = submission.Learner(name="Ada", grade=grade)
        body = submission.encode(type(case)(learner=learner, title=title, on=today)).decode()
        return WorkRow(UUID(int=len(title)), body, "Garage", setting, None, None)

    rows = [work("a", "3"), work("bb", "07"), work("ccc", None), work("dddd", "KG"), work("eeeee", "12", "summer")]
    spans = counted(rows, "11", today).spans
    assert [(row.span, row.engagements) for row in spans] == [("K-5", 2), ("6-8", 1), ("9-12", 1)]
    assert counted(rows[::-1], "11", today).spans == spans
    assert counted(rows, None, today).spans[-1].span == "not told"
