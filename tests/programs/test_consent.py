"""Consent: of a child under 13 nothing is kept before somebody said that a guardian agreed, whatever the way in."""

import io
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given
from PIL import Image

from app.access.clients import create_client
from app.errors import Conflict
from app.programs import (
    consent,
    consent_ending,
    exhibition,
    files,
    programs,
    reviewing,
    submission,
    submitting,
    uploads,
)
from app.programs.judging import Mark
from app.programs.submission import Learner
from app.programs.submitting import SubmissionRow
from tests.support.api import Api, bearer
from tests.support.people import Reader, browsing, signed_in
from tests.support.programs import COORDINATOR, REVIEWER, Club, club, handed_in, now, numbered, robot

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
TODAY = date(2026, 11, 30)
HEADINGS = "Name,Birth date,Activity,Consent"


async def coordinator(api: Api, robotics: Club) -> Reader:
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
    return await signed_in(api, "coordinator", source=source)


async def everything(api: Api, robotics: Club) -> list[SubmissionRow]:
    async with api.db.transaction(api.tenant) as tx:
        return await submitting.owned(tx, robotics.program, ("draft", "pending", "withdrawn"), 50)


@given(st.dates(date(2000, 1, 1), date(2026, 11, 30)), st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_of_a_child_and_of_whose_age_is_not_told_consent_is_needed(born: date, today: date) -> None:
    thirteenth = date(born.year + 13, born.month, born.day) if (born.month, born.day) != (2, 29) else None
    if thirteenth is not None:
        assert consent.needed(born, today) == (today < thirteenth)
    assert consent.needed(None, today)
    assert consent.needed(consent.grown_since(today) + timedelta(days=2), today)
    assert not consent.needed(consent.grown_since(today) - timedelta(days=1), today)


@pytest.mark.parametrize("learner", [{"birthDate": "2018-01-01"}, {"grade": "4"}], ids=["a child", "no birth date"])
async def test_by_the_api_nothing_of_a_child_is_kept_without(api: Api, learner: dict[str, str]) -> None:
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
        _, key = await create_client(tx, "club", ["programs.submit"], source)
    body: dict[str, Any] = {
        "learner": {"name": "Bo Bee", **learner},
        "title": "A lamp",
        "submitter": {"name": "Sam", "role": "coordinator"},
    }
    refused = await api.http.post("/v1/submissions", json=body, headers=bearer(key.text))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/consent"
    assert "parent or guardian" in refused.json()["detail"]
    assert await everything(api, robotics) == []
    taken = await api.http.post("/v1/submissions", json={**body, "consent": "Kim Bee"}, headers=bearer(key.text))
    assert taken.status_code == 200, taken.text
    (row,) = await everything(api, robotics)
    assert (row.consent_by, row.consent_at is not None) == ("Kim Bee", True)
    assert "Kim Bee" not in row.body, "the same case is the same submission, whoever agreed"


async def test_of_a_list_each_childs_own_answer_counts_and_nothing_of_a_no_is_kept(api: Api) -> None:
    robotics = await club(api)
    rows = (
        f"{HEADINGS}\nYes Bee,2018-01-01,A lamp,Yes\nNo Bee,2018-01-02,A lamp,no\nBlank Bee,2018-01-03,A lamp,\n"
        "Old Bee,2010-01-01,A lamp,\nOdd Bee,2018-01-04,A lamp,perhaps\n"
    )
    async with api.db.transaction(api.tenant) as tx:
        upload = await uploads.keep(tx, robotics.program, "x.csv", rows.encode(), None, COORDINATOR, now())
        preview = await uploads.preview(tx, robotics.program, upload)
        whole = json.dumps(preview.row.rows)
        assert preview.counts == {"new": 2, "mend": 3}
        await uploads.take(tx, robotics.program, upload, COORDINATOR, now())
    assert "Yes Bee" in whole
    assert "No Bee" not in whole
    assert "Blank Bee" not in whole
    assert "neither yes nor no" in whole
    handed = {submission.decode(row.body).learner.name: row.consent_by for row in await everything(api, robotics)}
    assert handed == {"Yes Bee": consent.AS_SAID, "Old Bee": None}


async def test_a_list_page_asks_and_a_tick_speaks_for_all_but_for_who_said_no(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    rows = f"{HEADINGS}\nBlank Bee,2018-01-03,A lamp,\nNo Bee,2018-01-02,A lamp,No\n"
    for sent, new, left in (({}, 0, 2), ({"consent": "yes"}, 1, 1)):
        answer = await reader.send("/program/lists", {"pasted": rows, **sent})
        page = await reader.get(answer.headers["location"])
        assert ("Blank Bee" in page.text) == bool(new)
        assert "No Bee" not in page.text
        assert page.text.count("has to agree before anything is kept") == left


async def test_who_agreed_is_shown_and_what_was_withdrawn_is_handed_in_again_only_with_it(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    typed = {"learner": "Bo Bee", "born": "2018-01-01", "title": "A lamp", "guardian": "Kim Bee", "consent": "yes"}
    assert (await reader.send("/program/new", typed)).status_code == 200
    (row,) = await everything(api, robotics)
    path = f"/program/submissions/{row.id}"
    assert "Kim Bee, " in (await reader.get(path)).text
    assert (await reader.send(f"{path}/consent", {"words": "They wrote to us."})).status_code == 303
    page = await reader.get(path)
    assert "hand it in anew here" in page.text
    form = await reader.get(f"{path}/edit")
    assert 'name="consent" value="yes" checked' not in form.text
    refused = await reader.send(f"{path}/edit", {**typed, "consent": ""})
    assert refused.status_code == 422
    assert (await reader.send(f"{path}/edit", typed)).status_code == 303
    (row,) = await everything(api, robotics)
    assert (row.state, row.consent_by, row.consent_ended_at) == ("pending", "Kim Bee", None)


async def test_what_the_district_took_out_of_the_record_is_not_opened_again_by_the_program(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    work = await handed_in(api, robotics, learner=numbered())
    admin = await signed_in(api, "administrator")
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, work, REVIEWER, now())
        await reviewing.review(tx, api.app.state.service, work, "accept", GOOD, None, REVIEWER, now())
    assert (await admin.send(f"/reviews/{work}/retract", {"reason": "Another child's."})).status_code == 303
    reader = await coordinator(api, robotics)
    assert "can be handed in again" not in (await reader.get(f"/program/submissions/{work}")).text
    async with api.db.transaction(api.tenant) as tx:
        mended = robot(robotics.achievement, learner=numbered())
        with pytest.raises(Conflict):
            await submitting.resubmit(
                tx, robotics.program, work, mended, None, COORDINATOR, now(), consent="the guardian"
            )


async def test_files_of_what_was_withdrawn_are_not_named_when_it_is_handed_in_again(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    form = {"learner": "Bo Bee", "born": "2010-01-01", "title": "A lamp"}
    note = {"files": ("note.txt", b"It lights up.", "text/plain")}
    assert (await reader.send("/program/new", form, files=note)).status_code == 200
    (row,) = await everything(api, robotics)
    await reader.send(f"/program/submissions/{row.id}/withdraw")
    assert (await reader.send(f"/program/submissions/{row.id}/edit", form)).status_code == 303
    (row,) = await everything(api, robotics)
    assert row.state == "pending"
    assert submission.decode(row.body).evidence == ()


async def test_a_badge_of_which_consent_was_taken_back_is_shown_by_no_link(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    work = await handed_in(api, robotics, learner=numbered())
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, work, REVIEWER, now())
        done = await reviewing.review(tx, api.app.state.service, work, "accept", GOOD, None, REVIEWER, now())
        assert done.accepted is not None
    guardian = await signed_in(api, "guardian", learner=ada)
    shared = await guardian.send(
        f"/mine/{ada}/shares", {"item": str(done.accepted.credential), "purpose": "An application", "days": "30"}
    )
    part = shared.text.split("/s/")[1][:32]
    page = await browsing(api.app).get(f"/t/sample/s/{part}")
    assert "Robot builder" in page.text
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, work, lock=True)
        await consent_ending.end_consent(tx, api.app.state.service.settings, row, None, COORDINATOR, now())
    page = await browsing(api.app).get(f"/t/sample/s/{part}")
    assert page.status_code == 200
    assert "Robot builder" not in page.text


async def test_a_child_shares_no_badge_without_a_guardian(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    child = await signed_in(api, "learner", learner=ada)
    form = {"item": str(UUID(int=1)), "purpose": "A friend", "days": "30"}
    refused = await child.send(f"/mine/{ada}/shares", form)
    assert refused.status_code == 422
    assert "A parent or guardian" in refused.text


async def test_a_teams_photo_waits_for_the_guardian_of_each(api: Api) -> None:
    """Also of what a list or key handed in before anybody was asked."""
    robotics = await club(api)
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "#2f6fb9").save(out, "JPEG")
    photo = await files.clean(out.getvalue(), "team.jpg")
    grown = Learner(name="Al Bee", birth_date=date(2010, 1, 1))
    child = Learner(name="Bo Bee", birth_date=date(2018, 1, 1))
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        rows = [
            (
                await submitting.submit(
                    tx, robotics.program, robot(learner=learner, team="Lamps"), way, COORDINATOR, now(), consent=agreed
                )
            ).row
            for learner, way, agreed in ((grown, "form", None), (child, "list", "Kim Bee"))
        ]
        await files.keep(tx, service.vault, service.settings, rows[0].id, [photo], now())
        assert len(await exhibition.pictures(tx, rows[0], TODAY)) == 1
        await tx.run(
            "UPDATE submission SET consent_by = NULL WHERE tenant_id = %(tenant)s AND id = %(id)s", id=rows[1].id
        )
        assert await exhibition.pictures(tx, rows[0], TODAY) == []
