"""What a statement said until it changed is kept by when it was received; what did not change is written nowhere."""

from datetime import timedelta
from typing import Any

from app.pipeline.replay import replay
from tests.support.district import MORNING, District, enrollment, user

TUESDAY, WEDNESDAY = MORNING + timedelta(days=1), MORNING + timedelta(days=2)
HISTORY = """SELECT stream, raw_key, n, since, until, state, body ->> 'key' FROM record_history
             ORDER BY stream, raw_key, n, since"""
ROWS = "SELECT stream, raw_key, n, state, state_at, since, received_at, unread_since FROM record ORDER BY 1, 2, 3"


async def rows(district: District, query: Any) -> list[tuple[Any, ...]]:
    async with district.db.transaction(district.tenant.id) as tx:
        return await tx.rows(query)


async def test_a_load_and_an_idle_sync_write_no_history(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    for day in (MORNING, TUESDAY, WEDNESDAY):
        await district.listing(sis, "users", [user("u-1"), user("u-2", "Bo")], day)
    assert await rows(district, HISTORY) == []


async def test_every_version_is_kept_from_when_to_when_it_was_known_and_replay_says_the_same(
    district: District,
) -> None:
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [user("u-1"), user("u-2", "Bo")], MORNING)
    await district.listing(sis, "users", [user("u-1", "Ada Maria"), user("u-2", "Bo")], TUESDAY)
    await district.listing(sis, "users", [user("u-1", "Ada Maria")], WEDNESDAY)
    gone = {**user("u-1"), "status": "tobedeleted", "dateLastModified": "2026-09-09T08:00:00.000Z"}
    await district.take(sis, "users", [gone], WEDNESDAY + timedelta(hours=1))
    history = await rows(district, HISTORY)
    assert history == [
        ("users", "u-1", 0, MORNING, TUESDAY, "current", "u-1"),
        ("users", "u-1", 0, TUESDAY, WEDNESDAY + timedelta(hours=1), "current", "u-1"),
        ("users", "u-2", 0, MORNING, WEDNESDAY, "current", "u-2"),
    ]
    stored = await rows(district, ROWS)
    assert [(row[1], row[3]) for row in stored] == [("u-1", "retracted"), ("u-2", "ended")]
    await replay(district.db, sis)
    assert (await rows(district, HISTORY), await rows(district, ROWS)) == (history, stored)


async def test_a_change_that_no_statement_shows_ends_no_version(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1", password="x")], MORNING)
    await district.take(sis, "users", [user("u-1", password="y")], TUESDAY)
    assert await rows(district, HISTORY) == []
    [(*_, since, received_at, _)] = await rows(district, ROWS)
    assert (since, received_at) == (MORNING, TUESDAY)


async def test_a_newer_version_that_cannot_be_read_leaves_a_sign_until_one_can(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1")])
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1")])
    wrong = enrollment("e-1", "u-1", "c-1", role="student", beginDate="yesterday")
    for day in (TUESDAY, WEDNESDAY):
        assert (await district.take(sis, "enrollments", [wrong], day)).counts["rejected"] == 1
    await district.settle()
    [record] = (await district.records()).values()
    assert record["enrollments"][0]["unreadSince"] == "2026-09-02T08:00:00Z"
    [origin] = [source for source in record["enrollments"][0]["from"] if source["kind"] == "enrollment"]
    assert origin["unreadSince"] == "2026-09-02T08:00:00Z"
    for mended in (enrollment("e-1", "u-1", "c-1"), enrollment("e-1", "u-1", "c-2")):
        await district.take(sis, "enrollments", [mended], WEDNESDAY)
        await district.settle()
        [record] = (await district.records()).values()
        assert "unreadSince" not in record["enrollments"][0]
        await district.take(sis, "enrollments", [wrong], WEDNESDAY)
