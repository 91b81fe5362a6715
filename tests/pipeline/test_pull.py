"""One sync: what a stream suffers costs that stream; a list that is not whole ends nothing; a pull always ends."""

from typing import Any

import pytest

from app.db.sources import sources
from app.jobs.tasks import sync_source
from app.pipeline.pull import pull
from app.pipeline.report import Report
from app.settings import Settings
from app.sources import testing
from app.sources.source import Source
from app.start import Service
from tests.support.district import VAULT, District, class_, enrollment, user
from tests.support.roster_server import RosterServer

pytestmark = pytest.mark.enable_socket

SIX = ["orgs", "academicSessions", "courses", "classes", "users", "enrollments"]
ORG = {"sourcedId": "o-1", "status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "name": "Harbor School"}


def roster() -> RosterServer:
    """A small district: one school, one class, three students in it, with demographics."""
    students = [f"u-{n}" for n in range(1, 4)]
    return RosterServer(
        {
            "orgs": [{**ORG, "type": "school"}],
            "academicSessions": [],
            "courses": [],
            "classes": [class_("c-1", "Algebra")],
            "users": [user(key) for key in students],
            "demographics": [{"sourcedId": key, "status": "active", "birthDate": "2012-03-04"} for key in students],
            "enrollments": [enrollment(f"e-{key}", key, "c-1") for key in students],
        }
    )


async def current_count(district: District, source: Source, stream: str) -> int:
    async with district.db.transaction(district.tenant.id) as tx:
        count: int = await tx.one(
            "SELECT count(*) FROM record WHERE source_id = %s AND stream = %s AND NOT withdrawn", source.id, stream
        )
    return count


def counts(report: Report, stream: str) -> dict[str, Any]:
    of_stream = report.counts().get(stream, {})
    return {word: of_stream[word] for word in of_stream if word not in ("notes", "leftovers")}


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_a_collection_that_is_refused_costs_itself_alone(district: District, status: int) -> None:
    server = roster()
    server.refused["demographics"] = status
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", collections=[*SIX, "demographics"], **settings)
        report = await pull(district.db, sis)
    assert report.state == "partial"
    assert await current_count(district, sis, "enrollments") == 3
    assert not report.denied
    assert (report.message or "").startswith("demographics")
    assert ("roster-demographics.readonly" in (report.message or "")) == (status == 403)


async def test_a_source_of_which_a_collection_is_refused_goes_on_by_its_schedule(district: District) -> None:
    server = roster()
    server.refused["demographics"] = 403
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", collections=[*SIX, "demographics"], **settings)
        async with district.db.transaction(district.tenant.id) as tx:
            row = await sources.by_id(tx, sis.id)
        assert row is not None
        await sync_source(
            Service(Settings(private_addresses=("127.0.0.1",)), district.db, VAULT), row, full=False, allow_shrink=False
        )
    async with district.db.transaction(district.tenant.id) as tx:
        after = await sources.by_id(tx, sis.id)
    assert after is not None
    assert (after.state, after.state_reason) == ("active", None)


async def test_what_needs_a_collection_that_failed_waits_for_it(district: District) -> None:
    server = roster()
    server.refused["users"] = 403
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", collections=[*SIX, "demographics"], **settings)
        report = await pull(district.db, sis)
        assert report.state == "partial"
        assert server.times("enrollments") == 0
        assert "enrollments: it needs users" in (report.message or "")
        assert await current_count(district, sis, "classes") == 1
        server.refused.clear()
        assert (await pull(district.db, sis)).state == "done"
        assert await current_count(district, sis, "enrollments") == 3


async def test_a_source_that_refuses_everything_is_denied_and_not_asked_for_long(district: District) -> None:
    server = roster()
    server.refused = dict.fromkeys(server.collections, 401)
    async with server.listening() as settings:
        report = await pull(district.db, await district.source("sis", "oneroster", **settings))
    assert (report.state, report.denied) == ("failed", True)
    assert len(server.asked) == 2


async def test_every_wanted_collection_is_tested_beforehand(district: District) -> None:
    server = roster()
    server.refused = {"demographics": 403, "courses": 404}
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", collections=[*SIX, "demographics"], **settings)
        result = await testing.test_source(sis)
    assert not result.ok
    assert {stream.stream for stream in result.streams if not stream.ok} == {"demographics", "courses"}
    assert "roster-demographics.readonly" in result.message
    assert {name for name, _ in server.asked} == {*SIX, "demographics"}
    assert {query["limit"] for _, query in server.asked} == {"1"}


async def test_the_version_that_answers_is_proposed(district: District) -> None:
    server = roster()
    inner = server.answer
    server.answer = lambda path: inner(path) if "/v1p1/" in path else (404, {}, {})  # type: ignore[method-assign]
    async with server.listening() as settings:
        result = await testing.test_source(await district.source("sis", "oneroster", **settings))
    assert not result.ok
    assert "OneRoster 1.1 answers there: set 'version' to 1.1" in result.message


async def test_a_list_whose_last_record_is_listed_twice_ends(district: District) -> None:
    server = roster()
    server.collections["users"].append(user("u-3", "Adah"))
    async with server.listening() as settings:
        report = await pull(district.db, await district.source("sis", "oneroster", **settings))
    assert report.state == "done"
    assert server.times("users") <= 4
    assert counts(report, "users")["again"] == 1


async def test_a_list_shorter_than_its_own_total_ends_nothing(district: District) -> None:
    server = roster()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        assert (await pull(district.db, sis)).state == "done"
        gone = server.collections["enrollments"].pop()
        server.totals["enrollments"] = 3
        report = await pull(district.db, sis, full=True)
        assert report.state == "partial"
        assert "ended after 2 of the 3" in (report.message or "")
        assert counts(report, "enrollments").get("absent", 0) == 0
        server.collections["enrollments"].append(gone)
        assert (await pull(district.db, sis, full=True)).state == "done"


async def test_lists_under_another_name_are_read_and_noted(district: District) -> None:
    server = roster()
    server.names = dict.fromkeys(server.collections, "data")
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        report = await pull(district.db, sis)
    assert report.state == "done"
    assert await current_count(district, sis, "users") == 3
    assert "users: the service lists them under 'data'" in report.outcome("users").notes


LATER = "2026-09-20T08:00:00.000Z"


async def test_a_person_whom_a_delta_names_and_nobody_described_is_asked_for(district: District) -> None:
    server = roster()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        older = "2026-08-01T08:00:00.000Z"  # so that the delta of users does not bring them
        server.collections["users"] += [user("u/8", "Zoe", dateLastModified=older)]
        server.collections["enrollments"] += [
            enrollment("e-8", "u/8", "c-1", dateLastModified=LATER),
            enrollment("e-9", "u-9", "c-1", dateLastModified=LATER),
        ]
        report = await pull(district.db, sis)
        assert report.state == "done"
        assert await current_count(district, sis, "users") == 4
        assert any("1 of 2 whom enrollments name" in note for note in report.outcome("users").notes)
        assert ("u%2F8", {}) in server.asked


async def test_changes_that_a_source_does_not_date_are_told(district: District) -> None:
    server = roster()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["users"][0] |= {"givenName": "Adah"}
        report = await pull(district.db, sis, full=True)
        assert any("1 records changed without a new dateLastModified (u-1)" in n for n in report.outcome("users").notes)
        server.collections["users"][0] |= {"givenName": "Ada", "dateLastModified": LATER}
        again = await pull(district.db, sis, full=True)
    assert not any("changed without" in note for note in again.outcome("users").notes)
