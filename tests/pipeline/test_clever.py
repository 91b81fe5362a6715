"""A small Clever, synced into records: by listing, then by events, and what its deletions mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.pipeline.pull import pull
from app.sources.source import Source
from connectors.testing.world import Proxy, World
from tests.support.clever_server import TOKEN, CleverServer, school, section, student
from tests.support.district import District

pytestmark = pytest.mark.enable_socket


@asynccontextmanager
async def synced(district: District, server: CleverServer) -> AsyncIterator[Source]:
    """A source of this Clever, pulled once."""
    proxy = Proxy(World("clever", server, path="/v3.1"))
    async with proxy.listening() as url:
        source = await district.source("clever", "clever", base_url=url, token=TOKEN)
        assert (await pull(district.db, source)).state == "done"
        await district.settle()
        yield source


async def record(district: District, number: str) -> dict[str, Any]:
    """The record of the learner with this student number."""
    records: dict[str, Any] = {
        value["value"]: each
        for each in (await district.records()).values()
        for value in each["identifiers"]
        if value["type"] == "district"
    }
    return dict(records[number])


async def again(district: District, source: Source) -> None:
    """Sync once more, and settle."""
    report = await pull(district.db, source)
    assert report.state == "done", report.message
    await district.settle()


async def test_a_class_comes_whole_and_a_second_sync_asks_for_events_alone(district: District) -> None:
    server = school()
    async with synced(district, server) as source:
        before = await district.records()
        server.asked.clear()
        await again(district, source)
        assert {path.partition("/")[0] for path in server.asked} == {"events"}
        assert await district.records() == before
    learner = await record(district, "1001")
    assert [name["value"] for name in learner["names"]] == ["Given1 Sample"]
    (enrolled,) = learner["enrollments"]
    assert (enrolled["class"]["title"], enrolled["state"]) == ("Mathematics 6, period 2", "current")


async def test_who_leaves_a_class_and_who_is_shared_no_more_keeps_the_record(district: District) -> None:
    server = school()
    async with synced(district, server) as source:
        server.put("sections", section(["u1", "u2"], last_modified="2026-10-01T12:00:00.000Z"))
        server.delete("users", "u3")
        await again(district, source)
        (left,) = (await record(district, "1003"))["enrollments"]
        assert left["state"] == "ended"
        server.put("users", student(3, last_modified="2026-10-05T12:00:00.000Z"))
        server.put("sections", section(["u1", "u2", "u3"], last_modified="2026-10-05T12:00:00.000Z"))
        await again(district, source)
        (returned,) = (await record(district, "1003"))["enrollments"]
        assert returned["state"] == "current"


async def test_after_the_feed_has_forgotten_everything_is_read_and_says_the_same(district: District) -> None:
    server = school()
    async with synced(district, server) as source:
        server.put("users", student(2, email="two@example.org"))
        server.rows["sections"]["k1"]["students"] = ["u1", "u2"]  # as no event tells any longer
        server.forget_events()
        await again(district, source)
        (left,) = (await record(district, "1003"))["enrollments"]
        assert left["state"] == "ended"
        changed = await record(district, "1002")
    assert "two@example.org" in {each["value"] for each in changed["identifiers"]}


async def test_a_key_that_is_given_to_another_child_takes_its_classes_along(district: District) -> None:
    """The section lists the same key as before: who was in it has been, and whose key it is now is."""
    server = school()
    async with synced(district, server) as source:
        [bens] = [key for key, each in (await district.records()).items() if each == await record(district, "1001")]
        server.put("users", {**student(7), "id": "u1"})
        await again(district, source)
        assert (await pull(district.db, source, full=True)).state == "done"
        await district.settle()
        [(title, state)] = [(e["class"]["title"], e["state"]) for e in (await record(district, "1007"))["enrollments"]]
        assert (title, state) == ("Mathematics 6, period 2", "current")
        before = await district.records()
        assert [(e["class"]["title"], e["state"]) for e in before[bens]["enrollments"]] == [(title, "ended")]
        assert [name["value"] for name in before[bens]["names"]] == ["Given1 Sample"]
        assert (await pull(district.db, source, full=True)).state == "done"
        await district.settle()
        assert await district.records() == before, "the next sync rests"
