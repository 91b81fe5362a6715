"""A badge that is revoked by itself: its submission stays in the record, and whoever handed it in is told, and why."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from app.db.programs import submissions
from app.errors import Conflict
from app.issuing import issue
from app.programs import accepting, notices, programs, reviewing, revoking, submitting
from app.programs.judging import Mark
from tests.support.api import Api, bearer
from tests.support.people import Reader, signed_in
from tests.support.programs import REVIEWER, Club, club, handed_in, now, numbered

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
WAITS = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
WHY = "Given to two learners by mistake."


async def accepted(api: Api, robotics: Club) -> tuple[UUID, UUID]:
    """A submission that was accepted, and its badge."""
    submission = await handed_in(api, robotics, learner=numbered())
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, REVIEWER, now())
        done = await reviewing.review(tx, api.app.state.service, submission, "accept", GOOD, None, REVIEWER, now())
    assert done.accepted is not None
    assert done.accepted.credential is not None
    return submission, done.accepted.credential


async def coordinator(api: Api, robotics: Club) -> Reader:
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
    return await signed_in(api, "coordinator", source=source)


async def revoke(api: Api, how: str, learner: UUID, credential: UUID) -> None:
    if how == "on the registrar's page":
        registrar = await signed_in(api, "registrar")
        sent = await registrar.send(f"/learners/{learner}/credentials/{credential}/revoke", {"reason": WHY})
        assert sent.status_code == 303, sent.text
        return
    headers = bearer(await api.key())
    if how == "by VC-API":
        entry = {"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "status": "1"}
        change: dict[str, Any] = {"credentialId": credential.urn, "credentialStatus": [entry]}
        answer = await api.http.post("/credentials/status", json=change, headers=headers)
    else:
        change = {"state": "revoked", "reason": WHY}
        answer = await api.http.post(f"/v1/credentials/{credential}/state", json=change, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("how", ["by the API", "by VC-API", "on the registrar's page"])
async def test_whoever_handed_it_in_is_told(api: Api, how: str) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    submission, badge = await accepted(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        before = await submitting.own(tx, robotics.program, submission)
    await revoke(api, how, ada, badge)
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, submission)
        last = (await submitting.history(tx, submission))[-1]
        notices_by_side = await notices.counted(tx, robotics.program)
        revoked = await revoking.revoked_badge(tx, row)
        news = [line for line, _ in await notices.news(tx, robotics.program)]
    assert (row.state, last.step) == ("accepted", "revoke badge")
    assert row.changed_at > before.changed_at, "it stands at the top of the program's list"
    why = None if how == "by VC-API" else WHY
    assert last.note == why
    assert revoked is not None
    assert revoked.reason == why
    assert notices_by_side["program", "waiting"] == 2
    assert "badge revoked" in {line.kind for line in news}
    page = await (await coordinator(api, robotics)).get(f"/program/submissions/{submission}")
    assert "The district has revoked its badge" in page.text
    assert (WHY in page.text) == (why is not None)
    assert "its badge was revoked" in (await (await coordinator(api, robotics)).get("/program")).text
    review = await (await signed_in(api, "administrator")).get(f"/reviews/{submission}")
    assert "The district has revoked its badge" in review.text
    assert "Badge revoked" in review.text


async def test_it_can_still_be_taken_out_of_the_record(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    submission, badge = await accepted(api, await club(api))
    await revoke(api, "by the API", ada, badge)
    async with api.db.transaction(api.tenant) as tx:
        row = await accepting.retract(tx, api.app.state.service, submission, "A slip.", REVIEWER, now())
        assert row.state == "withdrawn"
        assert await revoking.revoked_badge(tx, row) is None, "the whole of it was taken back"
        assert (await issue.credential_of(tx, badge)).reason == WHY


async def test_taking_it_out_of_the_record_is_told_once(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    submission, badge = await accepted(api, await club(api))
    async with api.db.transaction(api.tenant) as tx:
        await accepting.retract(tx, api.app.state.service, submission, "A slip.", REVIEWER, now())
        assert [step.step for step in await submitting.history(tx, submission)][-1] == "retract"
        with pytest.raises(Conflict):
            await revoking.change_state(tx, badge, "revoked", WHY, by=REVIEWER, now=now())


async def test_who_revokes_while_somebody_takes_it_out_waits_and_is_told(api: Api) -> None:
    """Both lock the submission first: neither has what the other waits for."""
    await api.learner(await api.pusher(slug="sis"))
    submission, badge = await accepted(api, await club(api))

    async def revoking_at_once() -> None:
        async with api.db.transaction(api.tenant) as tx:
            await revoking.change_state(tx, badge, "revoked", WHY, by=REVIEWER, now=now())

    async with api.db.transaction(api.tenant) as tx:
        await submissions.locked(tx, submission)
        other = asyncio.create_task(revoking_at_once())
        while not await tx.rows(WAITS):
            assert not other.done(), "it waits for nobody"
            await asyncio.sleep(0.01)
        await accepting.retract(tx, api.app.state.service, submission, "A slip.", REVIEWER, now())
    with pytest.raises(Conflict, match="final"):
        await other
    async with api.db.transaction(api.tenant) as tx:
        assert [step.step for step in await submitting.history(tx, submission)][-1] == "retract"


async def test_what_is_suspended_or_of_no_submission_says_nothing_of_one(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    submission, _ = await accepted(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, submission)
        assert await revoking.revoked_badge(tx, row) is None
        steps: list[Any] = await submitting.history(tx, submission)
    assert [step.step for step in steps][-1] == "accept"
