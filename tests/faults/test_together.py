"""Two at once: those who write, replay and settle neither block one another for good nor spoil what others sent."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from app.db import Database
from app.db.pipeline import raw, statements
from app.db.queue import settle_soon
from app.identity.identity import own_id
from app.matching.apart import PersonRef
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.pipeline.push import Inbox, ItemResult
from app.pipeline.replay import replay
from app.sources.source import Source
from connectors import Page
from tests.conftest import TestDatabase
from tests.support.district import MORNING, District
from tests.support.hostile import pushed

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def bodies(*items: dict[str, Any]) -> list[bytes]:
    return [json.dumps(item).encode() for item in items]


async def waited_for(db: Database, count: int) -> None:
    """Until so many wait for a lock."""
    async with db.connection() as conn:
        while (await (await conn.execute(WAITING)).fetchone() or (0,))[0] < count:
            await conn.execute("SELECT pg_sleep(0.01)")


async def push(inbox: Inbox, source: Source, items: Sequence[bytes], *, atomic: bool = False) -> list[ItemResult]:
    return await inbox.push(source, source.streams()[0], items, atomic=atomic)


async def test_a_push_and_a_replay_do_not_wait_for_each_other(district: District) -> None:
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [pushed("1")])
    async with district.db.transaction(district.tenant.id) as tx:
        await statements.lock_source(tx, vendor.id)
        again = asyncio.create_task(replay(district.db, vendor))
        await waited_for(district.db, 1)
        await ingest(tx, Arrival(vendor, vendor.streams()[0], MORNING), Page(bodies(pushed("1", name="Anew"))))
    assert (await again).state == "done"
    await district.settle()
    [record] = (await district.records()).values()
    assert [piece["name"] for piece in record["evidence"]] == ["Anew"]


@pytest.mark.parametrize("atomic", [True, False])
async def test_who_reads_does_not_wait_for_those_who_push(district: District, atomic: bool) -> None:
    """Twenty pushes wait for their source; a pool of four connections still has one for a reader."""
    vendor = await district.source("tutor", "evidence")
    inbox = Inbox(district.db, settle_soon)
    async with district.db.transaction(district.tenant.id) as tx:
        await statements.lock_source(tx, vendor.id)
        pushes = [asyncio.create_task(push(inbox, vendor, bodies(pushed(str(n))), atomic=atomic)) for n in range(20)]
        await waited_for(district.db, 1)
        assert await district.records() == {}
    assert {result.status for results in await asyncio.gather(*pushes) for result in results} == {"new"}


async def test_what_nobody_foresaw_in_one_push_does_not_spoil_others(
    district: District, database: TestDatabase
) -> None:
    vendor = await district.source("tutor", "evidence")
    inbox = Inbox(district.db, settle_soon)
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("ALTER TABLE record ADD CHECK (key <> 'poison')")
    async with district.db.transaction(district.tenant.id) as tx:
        await statements.lock_source(tx, vendor.id)
        keys = ["first", "1", "poison", "2"]
        pushes = [asyncio.create_task(push(inbox, vendor, bodies(pushed(key)))) for key in keys]
        await waited_for(district.db, 1)
    answers = await asyncio.gather(*pushes, return_exceptions=True)
    assert [isinstance(answer, psycopg.errors.CheckViolation) for answer in answers] == [False, False, True, False]
    async with district.db.transaction(district.tenant.id) as tx:
        assert await tx.rows("SELECT DISTINCT raw_key FROM record ORDER BY 1") == [("1",), ("2",), ("first",)]


async def test_one_item_pushed_by_many_at_once_is_one_item(district: District) -> None:
    vendor = await district.source("tutor", "evidence")
    inbox = Inbox(district.db, settle_soon)
    together = [push(inbox, vendor, bodies(pushed("1")), atomic=n % 2 == 0) for n in range(50)]
    statuses = [result.status for results in await asyncio.gather(*together) for result in results]
    assert sorted(statuses) == ["new"] + ["unchanged"] * 49
    async with district.db.transaction(district.tenant.id) as tx:
        assert len([chunk async for chunk in raw.chunks(tx, vendor.id)]) == 1


async def test_who_is_told_that_an_item_is_stored_finds_it_stored(district: District) -> None:
    """A sound item and a spoiled one with the same id, pushed at once by two."""
    vendor = await district.source("tutor", "evidence")
    inbox = Inbox(district.db, settle_soon)
    sound, spoiled = bodies(pushed("1"), {**pushed("1"), "learner": {"identifiers": []}})
    answers = await asyncio.gather(*(push(inbox, vendor, [item]) for item in (sound, spoiled)))
    assert [answer[0].status for answer in answers] == ["new", "rejected"]
    await district.settle()
    assert len(await district.records()) == 1


async def test_one_who_cannot_be_settled_holds_up_nobody(district: District, database: TestDatabase) -> None:
    """A record that the database refuses, as a fault of ours would be; mended, it is settled like all others."""
    vendor = await district.source("tutor", "evidence")
    with psycopg.connect(database.owner_url) as owner:
        refused = [own_id(district.tenant.salt, PersonRef(vendor.id, f"district:{n}")) for n in (1003, 1017)]
        owner.execute("ALTER TABLE learner ADD CONSTRAINT fault CHECK (id NOT IN ('{}', '{}'))".format(*refused))
    items = [pushed(str(n), str(1000 + n)) for n in range(40)]
    await district.take(vendor, "evidence", items)
    settled = await district.settle()
    assert settled.headless == set(refused)
    assert len(await district.records()) == 38
    await district.take(vendor, "evidence", [pushed("2", "1002", name="Anew")])
    assert (await district.settle()).learners == 1
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("ALTER TABLE learner DROP CONSTRAINT fault")
    assert (await district.settle()).learners == 2
    assert len(await district.records()) == 40
    assert (await district.settle()).persons == 0
