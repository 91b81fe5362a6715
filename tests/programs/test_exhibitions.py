"""An exhibition shows what was chosen and consented to, to whoever has its link, until its end."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.errors import Gone, Invalid, NotFound
from app.programs import accepting, exhibition, reviewing
from app.programs.exhibition import Plan
from app.programs.judging import Mark
from tests.support.api import Api
from tests.support.people import TOKEN, browsing, signed_in
from tests.support.programs import REVIEWER, club, handed_in, now, numbered

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))


async def accepted(api: Api, title: str, program: Any) -> UUID:
    submission = await handed_in(api, program, learner=numbered(), title=title)
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, REVIEWER, now())
        await reviewing.review(tx, api.app.state.service, submission, "accept", GOOD, None, REVIEWER, now())
    return submission


def plan(*pieces: UUID, ends: datetime | None = None, consent: str = "Eva Sample (guardian)") -> Plan:
    return Plan("What I built", "Ada", pieces, ends or now() + timedelta(days=7), consent)


async def test_only_what_was_chosen_is_shown_and_only_until_its_end(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    robotics = await club(api)
    lamp, robot = await accepted(api, "A lamp", robotics), await accepted(api, "A robot", robotics)
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        opened = await exhibition.open_exhibition(tx, service.vault, ada, plan(lamp), "a test", now())
    http = browsing(api.app)
    path = f"/t/sample/x/{opened.code}"
    page = await http.get(path)
    assert page.status_code == 200
    assert "A lamp" in page.text
    assert "A robot" not in page.text
    assert "Sample" not in page.text.replace("Sample District", "")
    async with api.db.transaction(api.tenant) as tx:
        with pytest.raises(Gone):
            await exhibition.by_code(tx, opened.code, now() + timedelta(days=8))
        await exhibition.end(tx, ada, opened.row.id, now())
    assert (await http.get(path)).status_code == 410
    async with api.db.transaction(api.other) as tx:
        with pytest.raises(NotFound):
            await exhibition.by_code(tx, opened.code, now())
    assert robot != lamp


async def test_what_was_taken_back_is_shown_no_more(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    lamp = await accepted(api, "A lamp", await club(api))
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        opened = await exhibition.open_exhibition(tx, service.vault, ada, plan(lamp), "a test", now())
        await accepting.retract(tx, service, lamp, "A mistake.", REVIEWER, now())
        assert (await exhibition.by_code(tx, opened.code, now()))[1] == []


async def test_without_consent_an_end_or_own_work_there_is_none(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    lamp = await accepted(api, "A lamp", await club(api))
    vault = api.app.state.service.vault
    for bad in (plan(lamp, consent=" "), plan(lamp, ends=now()), plan(lamp, ends=now() + timedelta(days=999)), plan()):
        async with api.db.transaction(api.tenant) as tx:
            with pytest.raises(Invalid):
                await exhibition.open_exhibition(tx, vault, ada, bad, "a test", now())
    async with api.db.transaction(api.tenant) as tx:
        with pytest.raises(Invalid):
            await exhibition.open_exhibition(tx, vault, ada, plan(uuid4()), "a test", now())


async def test_a_visitors_word_is_held_until_it_is_let_in(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    lamp = await accepted(api, "A lamp", await club(api))
    async with api.db.transaction(api.tenant) as tx:
        opened = await exhibition.open_exhibition(tx, api.app.state.service.vault, ada, plan(lamp), "a test", now())
    http = browsing(api.app)
    path = f"/t/sample/x/{opened.code}"
    token = TOKEN.search((await http.get(path)).text)
    assert token
    answer = await http.post(path, data={"name": "Grace", "words": "It <b>shines</b>!", "form_token": token[1]})
    assert answer.status_code == 303
    assert "shines" not in (await http.get(path)).text
    async with api.db.transaction(api.tenant) as tx:
        (comment,) = await exhibition.comments(tx, opened.row.id)
        await exhibition.show_comment(tx, ada, opened.row.id, comment.id, now())
    assert "It &lt;b&gt;shines&lt;/b&gt;!" in (await http.get(path)).text


async def test_a_guardian_opens_one_and_a_child_without_birth_date_does_not(api: Api) -> None:
    ada = UUID(await api.learner(await api.pusher(slug="sis")))
    lamp = await accepted(api, "A lamp", await club(api))
    page = f"/mine/{ada}/exhibitions"
    ends = (now() + timedelta(days=7)).date().isoformat()
    values = {"title": "What I built", "piece": str(lamp), "ends": ends, "consent": "yes"}
    child = await signed_in(api, "learner", learner=ada)
    refused = await child.send(page, values, page=page)
    assert refused.status_code == 422
    guardian = await signed_in(api, "guardian", learner=ada)
    assert (await guardian.send(page, {**values, "consent": ""}, page=page)).status_code == 422
    opened = await guardian.send(page, values, page=page)
    assert opened.status_code == 303, opened.text
    assert "/t/sample/x/" in (await guardian.get(page)).text
