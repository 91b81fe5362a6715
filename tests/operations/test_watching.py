"""People are told once that a source is held, fails twice or is late, and once that it is well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.sources import sources
from app.jobs.source_mail import send_source_news
from app.operations import watching
from app.sources import configure
from app.start import Service
from tests.support.api import Api, bearer, problem_of
from tests.support.mail import Mailbox, mail_server
from tests.support.people import signed_in

pytestmark = pytest.mark.enable_socket
HOME = "http://tessera.example.org"
LIVES: dict[str, tuple[list[str], list[str]]] = {
    "held until it is allowed": (["done", "held", "held", "held", "done", "done"], ["held", "well"]),
    "failed once": (["done", "failed", "done"], []),
    "failed and failed": (["failed", "failed", "failed", "done"], ["failing", "well"]),
    "one after the other": (["failed", "failed", "held", "failed", "partial"], ["failing", "held", "well"]),
    "twice, well between": (["held", "done", "held", "done"], ["held", "well", "held", "well"]),
}


async def ran(api: Api, source: int, state: str) -> None:
    async with api.db.transaction(api.tenant) as tx:
        run = await sources.begin_run(tx, source, "pull")
        await sources.end_run(tx, run, state, {}, "users: all 5 students of class Ada's friends are gone")


async def watched(api: Api, now: datetime | None = None) -> None:
    async with api.db.transaction(api.tenant) as tx:
        await watching.watch(tx, now or datetime.now(UTC), HOME)


async def kinds_of(api: Api, source: int) -> list[str]:
    async with api.db.transaction(api.tenant) as tx:
        return [row.kind for row in reversed(await watching.listed(tx, source, 100))]


async def events(api: Api) -> list[tuple[str, Any]]:
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT type, data FROM event WHERE type LIKE %s ORDER BY id", "source.%")
    return [(type_, data) for type_, data in rows]


def mailing(api: Api, box: Mailbox) -> Service:
    service: Service = api.app.state.service
    update = {"mail_host": "127.0.0.1", "mail_port": box.port, "mail_security": "none", "mail_from": "r@example.org"}
    return replace(service, settings=service.settings.model_copy(update=update))


@pytest.mark.parametrize("life", LIVES)
async def test_each_trouble_is_told_once_and_well_once(api: Api, life: str) -> None:
    states, expected = LIVES[life]
    source = await api.source("oneroster", "sis")
    for state in states:
        await ran(api, source, state)
        for _ in range(2):
            await watched(api)
    assert await kinds_of(api, source) == expected
    assert [type_ for type_, _ in await events(api)] == [f"source.{kind}" for kind in expected]
    assert all("Ada" not in str(data) and data["source"] == "sis" for _, data in await events(api))


async def test_what_is_due_and_does_not_end_is_late_and_what_is_paused_is_not(api: Api) -> None:
    source, now = await api.source("oneroster", "sis"), datetime.now(UTC)
    async with api.db.transaction(api.tenant) as tx:
        await watching.await_sync(tx, source, now - timedelta(minutes=30))
    await watched(api)
    assert await kinds_of(api, source) == []
    async with api.db.transaction(api.tenant) as tx:
        await watching.await_sync(tx, source, now + timedelta(hours=1))  # due once more, and nothing has come yet
    later = now + timedelta(hours=2)
    for _ in range(2):
        await watched(api, later)
    assert await kinds_of(api, source) == ["late"]
    async with api.db.transaction(api.tenant) as tx:
        run = await sources.begin_run(tx, source, "pull")
        await sources.end_run(tx, run, "done", {}, None)
        await tx.run("UPDATE run SET finished_at = %s WHERE id = %s", later + timedelta(minutes=1), run)
    await watched(api, later + timedelta(minutes=2))
    assert await kinds_of(api, source) == ["late", "well"]
    other = await api.source("oneroster", "lms")
    async with api.db.transaction(api.tenant) as tx:
        await watching.await_sync(tx, other, now - timedelta(hours=9))
        await configure.pause(tx, "lms", "Summer break")
    await watched(api)
    async with api.db.transaction(api.tenant) as tx:
        await configure.resume(tx, "lms")
    await watched(api)  # what it was due for before it was paused is awaited no more
    assert await kinds_of(api, other) == []


async def test_a_source_that_was_paused_because_it_failed_is_told_at_once(api: Api) -> None:
    source = await api.source("oneroster", "sis")
    await ran(api, source, "failed")
    async with api.db.transaction(api.tenant) as tx:
        await sources.set_state(tx, source, "paused", "the source refuses our credentials")
    await watched(api)
    async with api.db.transaction(api.tenant) as tx:
        await watching.tell_paused(tx, source, datetime.now(UTC), HOME)
    assert await kinds_of(api, source) == ["failing"]


async def test_stewards_are_written_to_until_the_district_chooses_and_no_letter_names_a_child(api: Api) -> None:
    steward = await signed_in(api, "steward", name="Lee", language="en")
    administrator = await signed_in(api, "administrator", name="Kim", language="es")
    teacher = await signed_in(api, "teacher", name="Tess")
    source = await api.source("oneroster", "sis")
    await ran(api, source, "held")
    await watched(api)
    async with mail_server() as box:
        service = mailing(api, box)
        assert await send_source_news(service, api.tenant, datetime.now(UTC)) == 1
        assert await send_source_news(service, api.tenant, datetime.now(UTC)) == 0
        (letter,) = box.taken
        assert letter["To"].startswith("lee-")
        assert "Sis is held back" in letter["Subject"]
        assert f"/sources/{source}/held" in letter.get_content()
        assert "Ada" not in letter.get_content()
        page = "/source-notices"
        assert "Lee Sample" in (await steward.get(page)).text
        assert (await steward.send(page, {"account": str(teacher.account)}, page=page)).status_code == 422
        await steward.send(page, {"account": str(administrator.account)}, page=page)
        await ran(api, source, "done")
        await watched(api)
        box.refuses[str(box.taken[0]["To"])] = "550 no"
        assert await send_source_news(service, api.tenant, datetime.now(UTC)) == 1
        assert box.taken[-1]["To"].startswith("kim-")
        assert "vuelve a funcionar" in box.taken[-1]["Subject"]
    assert "is well again" in (await steward.get(page)).text
    headers = bearer(await api.key())
    readers = (await api.http.get("/v1/source-notices/readers", headers=headers)).json()["readers"]
    assert {reader["name"]: reader["told"] for reader in readers} == {"Lee Sample": False, "Kim Sample": True}
    wrong = await api.http.put("/v1/source-notices/readers", json={"accounts": [str(teacher.account)]}, headers=headers)
    problem_of(wrong, 422)
    put = await api.http.put("/v1/source-notices/readers", json={"accounts": []}, headers=headers)
    assert {reader["name"]: reader["told"] for reader in put.json()["readers"]} == {
        "Lee Sample": True,
        "Kim Sample": False,
    }
    listed = (await api.http.get(f"/v1/source-notices?source={source}", headers=headers)).json()["notices"]
    assert [(notice["kind"], notice["mail"]) for notice in listed] == [("well", "sent"), ("held", "sent")]


async def test_a_letter_that_cannot_be_sent_is_tried_again_and_costs_no_other(api: Api) -> None:
    await signed_in(api, "steward", name="Lee")
    source = await api.source("oneroster", "sis")
    await ran(api, source, "held")
    await watched(api)
    now = datetime.now(UTC)
    async with mail_server() as box:
        service = mailing(api, box)
    assert await send_source_news(service, api.tenant, now) == 0, "the server is gone"
    async with mail_server() as box:
        service = mailing(api, box)
        assert await send_source_news(service, api.tenant, now) == 0, "not yet again"
        assert await send_source_news(service, api.tenant, now + timedelta(minutes=21)) == 1
