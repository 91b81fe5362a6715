"""One person at two schools, listed twice by a service under one id: both rows stand, and a second sync rests."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.pipeline.pull import pull
from app.pipeline.replay import replay
from app.pipeline.report import AlreadyRunning
from app.sources.source import Source
from tests.support.district import District, user
from tests.support.roster_server import RosterServer

pytestmark = pytest.mark.enable_socket

PULL = """
import asyncio, sys
from app.db import Database
from app.db.sources import sources
from app.pipeline.pull import pull
from app.sources.source import open_source
from tests.support.district import VAULT
from tests.support.limits import LOOPBACK

async def main():
    async with Database(sys.argv[1]) as db:
        async with db.transaction(int(sys.argv[2])) as tx:
            row = await sources.by_slug(tx, "sis")
        await pull(db, open_source(row, VAULT, LOOPBACK))

asyncio.run(main())
"""
BOTH = [("Elm", None), ("Oak School", None)]
ORGS = [
    {"status": "active", "dateLastModified": "2026-09-01T08:00:00Z", "type": "school", "sourcedId": key, "name": name}
    for key, name in (("o-1", "Oak School"), ("o-2", "Elm"), ("o-3", "Ash"))
]


def pupil(key: str, school: str, given_name: str = "Ada", **more: Any) -> dict[str, Any]:
    org = {"sourcedId": school, "type": "org", "href": "x"}
    return user(key, given_name, roles=[{"roleType": "primary", "role": "student", "org": org}], **more)


FAR = [pupil(f"x-{number:02}", "o-1", f"Xi{number}") for number in range(30)]


@dataclass
class Listing(RosterServer):
    """A service whose users change when they have been asked for so many times, or that answers no more then."""

    after: int = 0
    then: Sequence[dict[str, Any]] = ()
    silent: bool = False
    fell_silent: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.after and self.times("users") >= self.after:
            if self.then:
                self.collections["users"] = list(self.then)
            if self.silent:
                self.fell_silent.set()
                await reader.read()  # until whoever asks is gone
                writer.close()
                return
        await super().__call__(reader, writer)


@asynccontextmanager
async def listing(district: District, *users: dict[str, Any]) -> AsyncIterator[tuple[Listing, Source]]:
    server = Listing({"orgs": ORGS, "users": list(users)})
    async with server.listening() as settings:
        yield (
            server,
            await district.source("sis", "oneroster", collections=["orgs", "users"], page_size=10, **settings),
        )


async def rest(district: District, sis: Source, *, full: bool) -> None:
    report = await pull(district.db, sis, full=full)
    assert report.state == "done", report.message
    assert not report.streams["users"].counts["updated"] + report.streams["users"].counts["new"]
    assert (await district.settle()).persons == 0


async def schools(district: District, given_name: str = "Ada") -> list[tuple[str, str | None]]:
    await district.settle()
    [ada] = [record for record in (await district.records()).values() if record["names"][0]["given"] == given_name]
    return sorted((school["name"], school.get("ends")) for school in ada["schools"])


@pytest.mark.parametrize("between", [0, 30], ids=["beside", "pages apart"])
async def test_two_rows_of_one_person_are_one_person_at_two_schools_and_a_second_sync_rests(
    district: District, between: int
) -> None:
    async with listing(district, pupil("u-1", "o-1"), *FAR[:between], pupil("u-1", "o-2")) as (_, sis):
        await pull(district.db, sis)
        assert await schools(district) == BOTH
        for full in (True, False, True):
            await rest(district, sis, full=full)
        before = await district.bytes()
        await replay(district.db, sis)
        await district.settle()
        assert await district.bytes() == before


async def test_rows_that_are_listed_in_another_order_are_the_rows_they_were(district: District) -> None:
    async with listing(district, pupil("u-1", "o-1"), *FAR[:3], pupil("u-1", "o-2")) as (server, sis):
        await pull(district.db, sis)
        await schools(district)
        server.collections["users"].reverse()
        await rest(district, sis, full=True)
        assert await schools(district) == BOTH


async def test_a_delta_that_brings_one_of_two_rows_leaves_the_other_school(district: District) -> None:
    async with listing(district, pupil("u-1", "o-1"), pupil("u-1", "o-2"), *FAR[:3]) as (server, sis):
        await pull(district.db, sis)
        assert await schools(district) == BOTH
        later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        server.collections["users"][1] = pupil("u-1", "o-2", email="ada@elm.example", dateLastModified=later)
        report = await pull(district.db, sis)
        assert report.state == "done", report.message
        assert await schools(district) == BOTH
        await rest(district, sis, full=True)
        await rest(district, sis, full=False)
        server.collections["users"] = [pupil("u-1", "o-3", dateLastModified=later), *server.collections["users"][1:]]
        await pull(district.db, sis)
        assert [name for name, ends in await schools(district) if ends is None] == ["Ash", "Elm"]


async def test_a_delta_of_a_service_that_lists_everybody_once_still_moves_them(district: District) -> None:
    async with listing(district, pupil("u-1", "o-1"), *FAR[:3]) as (server, sis):
        await pull(district.db, sis)
        later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        server.collections["users"][0] = pupil("u-1", "o-2", dateLastModified=later)
        server.asked.clear()
        await pull(district.db, sis)
        assert all("filter" in query for name, query in server.asked if name == "users")
        assert [name for name, ends in await schools(district) if ends is None] == ["Elm"]


async def test_who_moves_while_the_list_is_read_is_listed_anew_and_not_twice(district: District) -> None:
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    async with listing(district, pupil("u-1", "o-1"), *FAR) as (server, sis):
        server.after, server.then = (2, [pupil("u-1", "o-1"), *FAR, pupil("u-1", "o-2", dateLastModified=later)])
        await pull(district.db, sis)
        assert [name for name, ends in await schools(district) if ends is None] == ["Elm"]


async def test_a_school_that_is_listed_no_more_is_left(district: District) -> None:
    async with listing(district, pupil("u-1", "o-1"), *FAR[:3], pupil("u-1", "o-2")) as (server, sis):
        await pull(district.db, sis)
        server.collections["users"].pop()
        await pull(district.db, sis, full=True)
        assert [name for name, ends in await schools(district) if ends is None] == ["Oak School"]
        await rest(district, sis, full=True)


async def test_a_pull_that_was_killed_goes_on_with_what_it_had_seen(district: District) -> None:
    async with listing(district, pupil("u-1", "o-1"), *FAR, pupil("u-1", "o-2")) as (server, sis):
        server.after, server.silent = 3, True
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", PULL, district.db.url, str(district.tenant.id)),
            cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"], "TMPDIR": os.environ.get("TMPDIR", "/tmp")},
        )
        await server.fell_silent.wait()
        process.kill()
        await process.wait()
        server.after = 0
        offsets = server.times("users")
        while True:  # the server notices in a moment that the connection with the lock is gone
            try:
                report = await pull(district.db, sis)
            except AlreadyRunning:
                await asyncio.sleep(0.05)
            else:
                break
        assert report.state == "done", report.message
        resumed = [query["offset"] for name, query in server.asked if name == "users"][offsets:]
        assert "0" not in resumed, "it began again"
        assert await schools(district) == BOTH
        for full in (True, False):
            await rest(district, sis, full=full)
