"""Pages in: what is new, changed, gone, stale, hostile or withdrawn, and what a record then says."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.sources import sources
from app.pipeline.absence import end_absent
from app.pipeline.arrival import Arrival
from app.pipeline.guard import is_shrinking
from app.pipeline.ingest import Outcome, ingest
from app.pipeline.pull import end_run, only_run
from app.pipeline.replay import replay, replay_quarantine
from app.pipeline.report import AlreadyRunning, HeldByGuard, Report
from app.sources.source import Source
from connectors import Page
from tests.support.district import MORNING, District, class_, enrollment, retracted, user


async def test_the_same_page_twice_changes_nothing(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    first = await district.take(sis, "users", [user("u-1"), user("u-2", "Bo")])
    await district.settle()
    before = await district.bytes()
    second = await district.take(sis, "users", [user("u-1"), user("u-2", "Bo")], MORNING + timedelta(days=1))
    assert (first.counts["new"], second.counts["unchanged"]) == (2, 2)
    assert (await district.settle()).persons == 0
    assert await district.bytes() == before


async def test_one_bad_record_is_quarantined_and_its_neighbors_are_stored(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    bad = user("u-2", roles=[{"roleType": "primary", "role": "wizard", "org": {"sourcedId": "o-1"}}])
    outcome = await district.take(sis, "users", [user("u-1"), bad, {"status": "active"}, user("u-3")])
    assert outcome.counts["new"] == 2
    reasons = {rejected.key[:6]: rejected.reason for rejected in outcome.rejected}
    assert "wizard" in reasons["u-2"]
    assert "sourcedId" in reasons["sha256"]
    assert outcome.status == {0: "new", 1: "rejected", 2: "rejected", 3: "new"}


async def test_a_failing_record_is_kept_once_however_often_it_comes(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    bad = user("u-2", roles="nonsense")
    for day in range(3):
        await district.take(sis, "users", [user("u-1", given_name=f"Ada{day}"), bad], MORNING + timedelta(days=day))
    async with district.db.transaction(district.tenant.id) as tx:
        assert await tx.one("SELECT sum(cardinality(ends)) FROM raw") == 4  # u-1 three times, the bad one once
        assert await tx.rows("SELECT raw_key, times FROM quarantine") == [("u-2", 3)]


async def test_a_mended_record_leaves_the_quarantine(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-2", roles="nonsense")])
    await district.take(sis, "users", [user("u-2")])
    async with district.db.transaction(district.tenant.id) as tx:
        assert await tx.one("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL") == 0
    assert (await replay_quarantine(district.db, sis)).counts() == {}


async def test_an_older_version_never_overwrites_a_newer_one(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1", "Newer", dateLastModified="2026-09-02T08:00:00.000Z")])
    await district.take(sis, "users", [user("u-1", "Older", dateLastModified="2026-09-01T08:00:00.000Z")])
    await district.settle()
    [record] = (await district.records()).values()
    assert [name["given"] for name in record["names"]] == ["Newer"]


async def test_what_refers_and_what_is_referred_to_may_come_in_any_order(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1")])
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1")])
    await district.settle()
    [record] = (await district.records()).values()
    assert record["enrollments"][0]["class"] == {"key": "c-1"}
    await district.take(sis, "classes", [class_("c-1", "Algebra 1")])
    await district.settle()
    [record] = (await district.records()).values()
    assert record["enrollments"][0]["class"]["title"] == "Algebra 1"
    assert len(record["enrollments"][0]["from"]) == 2


async def test_a_result_that_moves_to_another_learner_leaves_the_first(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1"), user("u-2", "Bo")])
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1")])
    await district.settle()
    await district.take(sis, "enrollments", [enrollment("e-1", "u-2", "c-1")])
    await district.settle()
    enrolled = {r["names"][0]["given"]: len(r["enrollments"]) for r in (await district.records()).values()}
    assert enrolled == {"Ada": 0, "Bo": 1}


async def test_a_withdrawn_record_is_shown_as_withdrawn_and_comes_back(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user("u-1")])
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1")])
    later = "2026-09-02T08:00:00.000Z"
    await district.take(
        sis, "enrollments", [enrollment("e-1", "u-1", "c-1", status="tobedeleted", dateLastModified=later)]
    )
    await district.settle()
    [record] = (await district.records()).values()
    assert record["enrollments"] == []
    assert retracted(record) == {"enrollments": 1}
    again = "2026-09-03T08:00:00.000Z"
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1", dateLastModified=again)])
    await district.settle()
    [record] = (await district.records()).values()
    assert (len(record["enrollments"]), retracted(record)) == (1, {})


async def _listing(district: District, sis: Source, users: list[Any]) -> Outcome:
    async with district.db.transaction(district.tenant.id) as tx:
        listing = await sources.begin_run(tx, sis.id, "pull")
    async with district.db.transaction(district.tenant.id) as tx:
        arrival = Arrival(sis, sis.stream("users"), datetime.now(UTC), listing=listing)
        outcome = await ingest(tx, arrival, Page([json.dumps(u).encode() for u in users]))
        await end_absent(tx, arrival, outcome, allow_shrink=False)
    return outcome


async def test_nobody_has_left_when_a_piece_of_the_listing_was_unreadable(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    everyone = [user(f"u-{i}", f"Ada{i}") for i in range(10)]
    await _listing(district, sis, everyone)
    broken = await _listing(district, sis, [*everyone[:-1], {"status": "active"}])
    assert (broken.counts["absent"], broken.counts["rejected"]) == (0, 1)
    assert "part of the listing is unreadable" in broken.notes[0]


async def test_whom_a_complete_listing_lacks_has_left_and_replay_says_the_same(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    everyone = [user(f"u-{i}", f"Ada{i}") for i in range(40)]
    assert (await _listing(district, sis, everyone)).counts["absent"] == 0
    assert (await _listing(district, sis, everyone[:-3])).counts["absent"] == 3
    await district.settle()
    before = await district.bytes()
    left = [r for r in (await district.records()).values() if "ends" in r["schools"][0]]
    assert len(left) == 3
    assert {r["state"] for r in left} == {"ended"}
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before


async def test_too_much_gone_at_once_is_held(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    everyone = [user(f"u-{i}") for i in range(40)]
    await _listing(district, sis, everyone)
    with pytest.raises(HeldByGuard, match="30 of 40 records are gone"):
        await _listing(district, sis, everyone[:10])
    async with district.db.transaction(district.tenant.id) as tx:
        assert await tx.one("SELECT count(*) FROM record WHERE state <> 'current'") == 0


@pytest.mark.parametrize(
    ("gone", "total", "stopped"),
    [
        (0, 0, False),
        (1, 1, False),
        (2, 2, True),
        (1, 4, False),
        (3, 4, False),
        (3, 6, True),
        (5, 11, False),
        (6, 20, True),
        (20, 100, False),
        (21, 100, True),
    ],
)
def test_the_guard_lets_a_few_go_and_stops_at_a_share(gone: int, total: int, stopped: bool) -> None:
    assert is_shrinking(gone, total, 0.2) is stopped


async def test_replay_gives_the_same_bytes(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "classes", [class_("c-1", "Algebra 1")])
    await district.take(sis, "users", [user("u-1"), user("u-2", roles="nonsense"), user("u-3", "Zoë", "O'Placeholder")])
    await district.take(sis, "enrollments", [enrollment("e-1", "u-1", "c-1")], MORNING + timedelta(hours=1))
    await district.take(sis, "users", [user("u-1", "Ada Maria")], MORNING + timedelta(hours=2))
    await district.settle()
    before = await district.bytes()
    await replay(district.db, sis)
    settled = await district.settle()
    assert await district.bytes() == before
    assert settled.learners == 0
    async with district.db.transaction(district.tenant.id) as tx:
        assert await tx.one("SELECT count(*) FROM event WHERE type = 'learner.updated'") == 0


async def test_one_run_of_a_source_at_a_time(district: District) -> None:
    sis = await district.source("sis", "oneroster")
    async with only_run(district.db, sis) as run:
        with pytest.raises(AlreadyRunning, match="sis is being synced already"):
            async with only_run(district.db, sis):
                pass
        await end_run(district.db, sis, Report(run))
    async with only_run(district.db, sis):
        pass
