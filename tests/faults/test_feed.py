"""The change feed through crashes, restores and pruning: whoever follows it has every record as it is, or is told."""

import asyncio
import random
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg import Rollback

from app.api.kit import cursor
from app.db.access import tenants
from app.db.server import prune
from app.identity.decisions import link, undo
from tests.conftest import TestDatabase
from tests.support.api import Api, bearer, problem_of
from tests.support.district import District
from tests.support.hostile import pushed

LINES = {"Accept": "application/x-ndjson"}
Lines = tuple[str, list[str]]
"""A record's header, and its entries in no order."""


def lines(record: str) -> Lines:
    header, *entries = record.splitlines()
    return header, sorted(entries)


class Follower:
    """A copy of all records, header and entries, kept by the feed alone."""

    def __init__(self, api: Api, key: str, limit: int) -> None:
        self.api = api
        self.headers = bearer(key)
        self.limit = limit
        self.cursor: str | None = None
        self.copy: dict[str, Lines] = {}

    async def follow(self) -> int:
        """Read one page of the feed, and the records it names; how many events there were."""
        params = {"limit": str(self.limit)} | ({"after": self.cursor} if self.cursor else {})
        page = (await self.api.http.get("/v1/events", params=params, headers=self.headers)).raise_for_status().json()
        for learner in {event["learner"] for event in page["events"]}:
            answer = await self.api.http.get(f"/v1/learners/{learner}/record/full", headers=self.headers | LINES)
            if answer.status_code == httpx.codes.OK:
                self.copy[learner] = lines(answer.text)
            else:
                assert answer.status_code == httpx.codes.NOT_FOUND
                self.copy.pop(learner, None)
        self.cursor = page["cursor"]
        return len(page["events"])


@pytest.fixture
async def district(api: Api) -> District:
    row = await tenants.by_id(api.db, api.tenant)
    assert row is not None
    return District(api.db, row)


async def test_a_copy_kept_by_the_feed_is_the_records(api: Api, district: District) -> None:
    """While several write, settle, link and part at once, and the follower reads a few events at a time."""
    dice = random.Random(20261122)
    made = [await district.source(slug, "evidence") for slug in ("tutor", "club")]
    writing = asyncio.Event()

    async def write(seed: int) -> None:
        own = random.Random(seed)
        for step in range(12):
            number, name = str(1000 + own.randrange(6)), own.choice(["Mia", "Leo"])
            item = pushed(f"{seed}-{own.randrange(8)}", number, name=f"Unit {step}", learner={"name": {"given": name}})
            await district.take(own.choice(made), "evidence", [item])
            if own.random() < 0.3:
                await decide(own)
            await district.settle()

    async def decide(own: random.Random) -> None:
        async with api.db.transaction(api.tenant) as tx:
            known = await tx.rows("SELECT source_id, key FROM person ORDER BY 1, 2")
            left, right = own.choice(known or [None]), own.choice(known or [None])
            if left != right:
                more = {"reason": "they told us"}
                await (link(tx, left, right, by="x", **more) if own.random() < 0.6 else undo(tx, left, right, by="x"))

    async def read(follower: Follower) -> None:
        while not writing.is_set():
            await follower.follow()

    followers = [Follower(api, await api.key("events.read", "learners.read"), limit) for limit in (1, 3, 1000)]
    reading = [asyncio.create_task(read(follower)) for follower in followers]
    await asyncio.gather(*(write(dice.randrange(1000)) for _ in range(4)))
    writing.set()
    await asyncio.gather(*reading)
    await district.settle()
    records = {str(learner): lines(body.decode()) for learner, body in (await district.bytes()).items()}
    assert any(len(entries) > 1 for _, entries in records.values())
    for follower in followers:
        while await follower.follow():
            pass
        assert follower.copy == records


async def test_no_place_in_the_feed_rests_on_a_transaction_that_a_crash_may_undo(api: Api) -> None:
    """What is rolled back leaves nothing on disk: its number may be given out again."""
    headers = bearer(await api.key("events.read"))
    before = (await api.http.get("/v1/events", headers=headers)).json()["cursor"]
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("INSERT INTO event (tenant_id, type, data) VALUES (%s, 'x', '{}')", api.tenant)
        raise Rollback
    assert (await api.http.get("/v1/events", headers=headers)).json()["cursor"] == before


async def test_after_a_restore_readers_start_over(api: Api, district: District, database: TestDatabase) -> None:
    """A dump restored elsewhere brings events of transactions that there are yet to come."""
    headers = bearer(await api.key("events.read"))
    vendor = await district.source("tutor", "evidence")
    await district.take(vendor, "evidence", [pushed("1")])
    await district.settle()
    current = (await api.http.get("/v1/events", headers=headers)).json()["cursor"]
    cluster, xid, number = cursor.decode(current, tuple[int, int, int])
    for place in ((cluster + 1, xid, number), (cluster, xid + 1000, number)):
        lost = cursor.encode(*place)
        problem_of(await api.http.get("/v1/events", params={"after": lost}, headers=headers), 410)
    with psycopg.connect(database.owner_url) as owner:
        ahead = "(pg_current_xact_id()::text::bigint + 100000)::text::xid8"
        owner.execute(f"UPDATE event SET xid = {ahead}".encode())
        owner.execute(f"INSERT INTO event_floor (tenant_id, xid) VALUES ({api.tenant}, {ahead})".encode())
    async with api.db.transaction(api.tenant) as tx:
        assert await prune.restored(tx) == 1
    await district.take(vendor, "evidence", [pushed("2", "1002")])
    await district.settle()
    page: dict[str, Any] = (await api.http.get("/v1/events", headers=headers)).json()
    assert [event["type"] for event in page["events"]] == ["learner.created"]
    assert UUID(page["events"][0]["learner"]) in await district.bytes()
