"""The guard knows schools, classes, grades and teachers, shows them by name, and lets end what was allowed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.pipeline import leaving
from app.pipeline.pull import pull
from app.pipeline.report import Report
from app.sources.calendar import Calendar, Rollover
from app.sources.source import Source
from tests.support.district import District, class_, enrollment, user
from tests.support.roster_server import RosterServer, Row

pytestmark = pytest.mark.enable_socket

STAMP = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}


def at_school(school: str) -> dict[str, str]:
    return {"sourcedId": school, "type": "org", "href": "x"}


def person(key: str, school: str, role: str = "student", **more: Any) -> Row:
    return user(key, roles=[{"roleType": "primary", "role": role, "org": at_school(school)}], **more)


def district_of(schools: int, students: int = 5) -> RosterServer:
    """Schools with one class, one teacher and some students each."""
    numbers = range(1, schools + 1)
    pupils = [(f"s{n}-u{m}", f"S{n}", f"c{n}") for n in numbers for m in range(students)]
    return RosterServer(
        {
            "orgs": [{**STAMP, "sourcedId": f"S{n}", "name": f"School {n}", "type": "school"} for n in numbers],
            "academicSessions": [],
            "courses": [],
            "classes": [class_(f"c{n}", f"Algebra {n}", school=at_school(f"S{n}")) for n in numbers],
            "users": [person(f"t{n}", f"S{n}", "teacher") for n in numbers]
            + [person(key, school, grades=["05"]) for key, school, _ in pupils],
            "enrollments": [
                enrollment(f"e-{key}", key, taught, school=at_school(school)) for key, school, taught in pupils
            ],
        }
    )


async def states(district: District, source: Source, state: str = "current") -> dict[str, int]:
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            "SELECT stream, count(*) FROM record WHERE source_id = %s AND state = %s AND n = 0 GROUP BY 1",
            source.id,
            state,
        )
    return dict(rows)


def leave_out(server: RosterServer, school: str) -> None:
    """The school's people and enrollments drop out of the export; its organization and class stay."""
    people = server.collections["users"]
    server.collections["users"] = [row for row in people if row["roles"][0]["org"]["sourcedId"] != school]
    enrolled = server.collections["enrollments"]
    server.collections["enrollments"] = [row for row in enrolled if row["school"]["sourcedId"] != school]


async def again(district: District, source: Source, **how: Any) -> Report:
    return await pull(district.db, source, full=True, **how)


async def test_a_school_that_vanishes_is_held_whatever_its_share_and_named(district: District) -> None:
    server = district_of(12)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        assert (await pull(district.db, sis)).state == "done"
        before = await states(district, sis)
        leave_out(server, "S12")
        report = await again(district, sis)
        assert report.state == "held"
        assert "users: all 5 students of school School 12 (S12) are gone" in (report.message or "")
        assert await states(district, sis) == before  # nothing of it was ended, in no stream
        assert (await again(district, sis)).state == "held"
        assert (await again(district, sis, allow_shrink=True)).state == "done"
        assert (await states(district, sis, "ended")) == {"users": 6, "enrollments": 5}
        assert (await again(district, sis)).state == "done"


async def test_more_than_half_of_a_class_is_held_and_half_is_not(district: District) -> None:
    server = district_of(12, students=6)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        enrolled = server.collections["enrollments"]
        server.collections["enrollments"] = enrolled[4:]
        report = await again(district, sis)
        assert "enrollments: 4 of 6 students of class Algebra 1 (c1) are gone" in (report.message or "")
        server.collections["enrollments"] = enrolled[3:]
        assert (await again(district, sis)).state == "done"


async def test_a_grade_level_is_held(district: District) -> None:
    server = district_of(10, students=4)
    for row in server.collections["users"]:
        if row["sourcedId"].endswith("-u0"):
            row["grades"] = ["12"]
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["users"] = [r for r in server.collections["users"] if not r["sourcedId"].endswith("-u0")]
        report = await again(district, sis)
    assert "users: all 10 students of grade 12 are gone" in (report.message or "")


async def test_teachers_are_judged_among_teachers(district: District) -> None:
    server = district_of(12, students=9)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["users"] = [
            row for row in server.collections["users"] if row["sourcedId"] not in {f"t{n}" for n in range(1, 8)}
        ]
        report = await again(district, sis)
    assert "users: 7 of 12 teachers are gone (School 1: 1 of 1 teachers" in (report.message or "")


async def test_what_is_allowed_is_one_school_and_the_listing_that_was_shown(district: District) -> None:
    server = district_of(12)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        leave_out(server, "S12")
        assert (await again(district, sis)).state == "held"
        async with district.db.transaction(district.tenant.id) as tx:
            alarms = await leaving.alarms(tx, sis.id)
            await leaving.allow(tx, sis.id, [alarm.id for alarm in alarms], "a steward")
        assert {alarm.scope for alarm in alarms} == {"school", "class"}
        leave_out(server, "S11")  # not shown, not allowed
        for how in ({}, {"allow_shrink": False}):
            report = await again(district, sis, **how)
            assert report.state == "held"
            assert "S11" in (report.message or "")
            assert "S12" not in (report.message or "")
        assert (await states(district, sis, "ended")) == {}
        assert (await again(district, sis, allow_shrink=True)).state == "done"


async def test_a_school_taken_back_record_by_record_is_held_too(district: District) -> None:
    server = district_of(12)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        for row in server.collections["users"]:
            if row["roles"][0]["org"]["sourcedId"] == "S12":
                row |= {"status": "tobedeleted", "dateLastModified": "2026-09-05T08:00:00.000Z"}
        report = await pull(district.db, sis)
        assert report.state == "held"
        assert "all 5 students of school School 12 (S12) are gone" in (report.message or "")
        assert (await states(district, sis, "retracted")) == {}


async def test_a_class_whose_term_is_over_alarms_nobody(district: District) -> None:
    server = district_of(12, students=6)
    over = {
        **STAMP,
        "sourcedId": "T1",
        "title": "Fall",
        "type": "term",
        "startDate": "2025-08-01",
        "endDate": "2026-01-15",
    }
    server.collections["academicSessions"] = [{**over, "schoolYear": "2026"}]
    server.collections["classes"][0]["terms"] = [{"sourcedId": "T1", "type": "academicSession", "href": "x"}]
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        server.collections["enrollments"] = server.collections["enrollments"][6:]
        assert (await again(district, sis)).state == "done"


async def test_while_the_year_turns_nothing_ends_by_absence_and_nothing_is_held(district: District) -> None:
    server = district_of(4)
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        today = datetime.now(UTC).date()
        turning = replace(
            sis, calendar=Calendar(rollover=Rollover(today - timedelta(days=1), today + timedelta(days=9)))
        )
        for school in ("S2", "S3", "S4"):
            leave_out(server, school)
        report = await again(district, turning)
        assert report.state == "done"
        assert (await states(district, sis, "ended")) == {}
        assert any("the school year is turning" in note for note in report.outcome("enrollments").notes)
        assert (await again(district, sis)).state == "held"
