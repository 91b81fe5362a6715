"""The guard stops a page that changes for nearly everybody who they are or where they belong, and nothing else does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.db.pipeline import leaving
from app.pipeline.preview import preview
from app.pipeline.pull import pull
from app.sources.calendar import Calendar, Rollover
from app.sources.source import Source
from tests.pipeline.test_guard import STAMP, again, at_school, leave_out, person, states
from tests.support.district import District, class_, enrollment
from tests.support.roster_server import RosterServer, Row

pytestmark = pytest.mark.enable_socket

SCHOOLS, GRADES = ("S1", "S2"), ("03", "04", "05")
NEWER = {"dateLastModified": "2026-09-05T08:00:00.000Z"}
Change = Callable[[RosterServer], None]


def school_of(row: Row) -> str:
    """The school of a user's first role."""
    return str(row["roles"][0]["org"]["sourcedId"])


def two_schools(students: int = 6) -> RosterServer:
    """Two schools of three grades, each grade with a class, a teacher and some students who have birth dates."""
    taught = [(f"{school}-{grade}", school, grade) for school in SCHOOLS for grade in GRADES]
    pupils = [(f"{key}-u{n}", key, school, grade) for key, school, grade in taught for n in range(students)]
    return RosterServer(
        {
            "orgs": [{**STAMP, "sourcedId": s, "name": f"School {s}", "type": "school"} for s in SCHOOLS],
            "academicSessions": [],
            "courses": [],
            "classes": [class_(key, f"Class {key}", school=at_school(school)) for key, school, _ in taught],
            "users": [person(f"t-{key}", school, "teacher", email=f"t-{key}@old.example") for key, school, _ in taught]
            + [
                person(
                    key,
                    school,
                    given_name=f"Given{key}",
                    family=f"Family{key}",
                    identifier=f"9{n:04}",
                    grades=[grade],
                    email=f"{key}@old.example",
                )
                for n, (key, _, school, grade) in enumerate(pupils)
            ],
            "demographics": [
                {**STAMP, "sourcedId": key, "birthDate": f"{date(2015, 1, 3) + timedelta(days=31 * n)}"}
                for n, (key, *_) in enumerate(pupils)
            ],
            "enrollments": [
                enrollment(f"e-{key}", key, taught, school=at_school(school)) for key, taught, school, _ in pupils
            ],
        }
    )


async def known(district: District, settings: dict[str, Any], **calendar: Any) -> Source:
    """A source that was pulled once, demographics with it."""
    names = ("orgs", "academicSessions", "courses", "classes", "users", "demographics", "enrollments")
    sis = await district.source("sis", "oneroster", **settings, collections=names)
    report = await pull(district.db, sis)
    assert report.state == "done", report.message
    return sis


def edit(server: RosterServer, collection: str, **values: Callable[[Row], Any]) -> None:
    """Change fields of every student of a collection (of users: who have a grade), and when they were modified."""
    for row in server.collections[collection]:
        if collection != "users" or "grades" in row:
            row.update({name: value(row) for name, value in values.items()}, **NEWER)


def a_day_later(server: RosterServer) -> None:
    """A fault of time zones: each birth date is a day late."""
    edit(server, "demographics", birthDate=lambda row: f"{date.fromisoformat(row['birthDate']) + timedelta(days=1)}")


def no_birth_dates(server: RosterServer) -> None:
    """The column of birth dates drops out."""
    edit(server, "demographics", birthDate=lambda _row: None)


def all_move_up(server: RosterServer) -> None:
    edit(server, "users", grades=lambda row: [f"{int(row['grades'][0]) + 1:02}"])


def all_grades_fall(server: RosterServer) -> None:
    """A column is read one place off."""
    edit(server, "users", grades=lambda row: [f"{int(row['grades'][0]) - 1:02}"])


def all_go_to_the_next_school(server: RosterServer) -> None:
    """A school of two grades ends, and its students go on at the other one."""
    for row in server.collections["users"]:
        if "grades" in row and school_of(row) == SCHOOLS[0]:
            row |= {"roles": [{**row["roles"][0], "org": at_school(SCHOOLS[1])}], **NEWER}
    all_move_up(server)


def roles_get_their_last_day(server: RosterServer) -> None:
    edit(server, "users", roles=lambda row: [{**row["roles"][0], "endDate": "2099-06-30"}])


def ids_dealt_out_anew(server: RosterServer) -> None:
    """Each student's row gets the name and the number of the one before."""
    pupils = [row for row in server.collections["users"] if "grades" in row]
    names = [(row["givenName"], row["familyName"], row["identifier"]) for row in pupils]
    for row, (given_name, family, number) in zip(pupils, names[1:] + names[:1], strict=True):
        row |= {"givenName": given_name, "familyName": family, "identifier": number, **NEWER}


def shorter_numbers(server: RosterServer) -> None:
    """A spreadsheet has been at the numbers."""
    edit(server, "users", identifier=lambda row: row["identifier"].removeprefix("9").lstrip("0"))


def schools_change_people(server: RosterServer) -> None:
    """The ids of two schools are swapped in the users' rows."""
    for row in server.collections["users"]:
        other = SCHOOLS[1 - SCHOOLS.index(school_of(row))]
        row |= {"roles": [{**row["roles"][0], "org": at_school(other)}], **NEWER}


def schools_change_names(server: RosterServer) -> None:
    first, second = server.collections["orgs"]
    first["name"], second["name"] = second["name"], first["name"]
    first.update(NEWER)
    second.update(NEWER)


def pupils_teach(server: RosterServer) -> None:
    edit(server, "users", roles=lambda row: [{**row["roles"][0], "role": "teacher"}])


FAULTS: tuple[tuple[Change, str], ...] = (
    (a_day_later, "demographics: the birth dates of all 36 records change by one day"),
    (no_birth_dates, "demographics: the birth dates of all 36 records are told no more"),
    (all_grades_fall, "users: the grades of all 36 records change"),
    (ids_dealt_out_anew, "users: the names of 36 of 42 records change"),
    (shorter_numbers, "users: the numbers of all 36 records change"),
    (schools_change_people, "users: all 18 with role student of school School S1 (S1) are at other schools now"),
    (schools_change_names, "orgs: School S1 (S1) and School S2 (S2) have exchanged their names"),
    (pupils_teach, "users: the roles of 36 of 42 records change"),
)


@pytest.mark.parametrize("full", [True, False], ids=["full", "delta"])
@pytest.mark.parametrize(("change", "words"), FAULTS, ids=[change.__name__ for change, _ in FAULTS])
async def test_what_changes_for_everybody_is_held_and_passes_once_allowed(
    district: District, change: Change, words: str, full: bool
) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        before = await bodies(district, sis)
        change(server)
        report = await pull(district.db, sis, full=full)
        assert report.state == "held"
        assert words in (report.message or "")
        assert "nothing was changed" in (report.message or "")
        stream = words.partition(":")[0]
        assert await bodies(district, sis, stream) == {key: body for key, body in before.items() if key[0] == stream}
        async with district.db.transaction(district.tenant.id) as tx:
            alarms = await leaving.alarms(tx, sis.id)
            await leaving.allow(tx, sis.id, [alarm.id for alarm in alarms], "a steward")
        assert words in [alarm.words for alarm in alarms]
        assert (await again(district, sis)).state == "done"
        assert (await again(district, sis)).state == "done"
        async with district.db.transaction(district.tenant.id) as tx:
            assert await leaving.alarms(tx, sis.id) == []


async def bodies(district: District, source: Source, stream: str | None = None) -> dict[tuple[str, str], str]:
    """What is stored of a source, by stream and key."""
    async with district.db.transaction(district.tenant.id) as tx:
        rows = await tx.rows(
            "SELECT stream, raw_key, state || body::text FROM record WHERE source_id = %s AND n = 0", source.id
        )
    return {(name, key): body for name, key, body in rows if stream in (None, name)}


async def test_what_was_allowed_is_allowed_once(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        ids_dealt_out_anew(server)
        assert (await pull(district.db, sis)).state == "held"
        async with district.db.transaction(district.tenant.id) as tx:
            alarms = await leaving.alarms(tx, sis.id)
            await leaving.allow(tx, sis.id, [alarm.id for alarm in alarms], "a steward")
        assert (await pull(district.db, sis)).state == "done"
        ids_dealt_out_anew(server)
        assert (await pull(district.db, sis)).state == "held"


async def test_whose_page_is_held_costs_those_that_need_it(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        before = await bodies(district, sis, "enrollments")
        ids_dealt_out_anew(server)
        edit(server, "enrollments", role=lambda _row: "teacher")
        report = await again(district, sis)
        assert report.state == "held"
        assert "enrollments: it needs users: asked for when they come again" in (report.message or "")
        assert await bodies(district, sis, "enrollments") == before


async def test_a_preview_shows_it_and_changes_nothing(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        before = await bodies(district, sis)
        a_day_later(server)
        report = await preview(district.db, sis)
        assert FAULTS[0][1] in (report.message or "")
        assert await bodies(district, sis) == before


async def test_who_allows_shrinking_after_it_was_shown_allows_it(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        all_grades_fall(server)
        assert (await again(district, sis)).state == "held"
        a_day_later(server)  # was not shown
        report = await again(district, sis, allow_shrink=True)
        assert report.state == "held"
        assert FAULTS[0][1] in (report.message or "")
        assert (await again(district, sis, allow_shrink=True)).state == "done"


async def test_all_move_up_while_the_year_turns_and_nobody_is_asked(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        today = datetime.now(UTC).date()
        turning = replace(sis, calendar=Calendar(rollover=Rollover(today, today)))
        all_move_up(server)
        schools_change_people(server)
        assert (await again(district, turning)).state == "done"
        a_day_later(server)
        assert (await again(district, turning)).state == "held"  # no year does that


def another_domain(server: RosterServer) -> None:
    for row in server.collections["users"]:
        row |= {"email": row["email"].replace("@old.", "@new."), **NEWER}


def capitals(server: RosterServer) -> None:
    edit(server, "users", familyName=lambda row: row["familyName"].upper())


def more_numbers(server: RosterServer) -> None:
    edit(server, "users", userIds=lambda row: [{"type": "State", "identifier": f"77{row['identifier']}"}])


def a_second_role(server: RosterServer) -> None:
    edit(
        server,
        "users",
        roles=lambda row: [*row["roles"], {"roleType": "secondary", "role": "student", "org": at_school("S1")}],
    )


def a_few_corrections(server: RosterServer) -> None:
    """Nine names, nine birth dates, five children at the other school: a busy week."""
    pupils = [row for row in server.collections["users"] if "grades" in row]
    for row in pupils[:9]:
        row |= {"familyName": f"{row['familyName']}-New", **NEWER}
    for row in pupils[18:23]:
        row |= {"roles": [{**row["roles"][0], "org": at_school("S1")}], **NEWER}
    for row in server.collections["demographics"][:9]:
        row |= {"birthDate": "2014-02-02", **NEWER}


@pytest.mark.parametrize("full", [True, False], ids=["full", "delta"])
@pytest.mark.parametrize(
    "change",
    [
        another_domain,
        all_move_up,
        all_go_to_the_next_school,
        roles_get_their_last_day,
        capitals,
        more_numbers,
        a_second_role,
        a_few_corrections,
    ],
)
async def test_what_a_district_does_to_everybody_is_not_held(district: District, change: Change, full: bool) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await known(district, settings)
        change(server)
        report = await pull(district.db, sis, full=full)
        assert report.state == "done", report.message


async def test_a_few_of_a_large_district_come_by_a_delta(district: District) -> None:
    """A delta has those alone that changed: all of its page did, and few of the district."""
    server = two_schools(40)
    async with server.listening() as settings:
        sis = await known(district, settings)
        for row in [row for row in server.collections["users"] if "grades" in row][:12]:
            row |= {"familyName": f"{row['familyName']}-New", **NEWER}
        assert (await pull(district.db, sis)).state == "done"


def without(server: RosterServer, gone: Callable[[Row], bool]) -> None:
    """Users who drop out, with what is told of them."""
    keys = {row["sourcedId"] for row in server.collections["users"] if gone(row)}
    for name, of in (("users", "sourcedId"), ("demographics", "sourcedId"), ("enrollments", "user")):
        rows = server.collections[name]
        staying = [row for row in rows if (row[of] if of == "sourcedId" else row[of]["sourcedId"]) not in keys]
        server.collections[name] = staying


LOSSES: tuple[tuple[str, Callable[[Row], bool], str], ...] = (
    (
        "a grade at one school",
        lambda row: row["sourcedId"].startswith("S2-04"),
        "users: all 6 students of grade 04 of school School S2 (S2) are gone",
    ),
    (
        "half of a grade",
        lambda row: row["sourcedId"][3:] in {f"04-u{n}" for n in range(3)},
        "users: 6 of 12 students of grade 04 are gone",
    ),
    ("teachers of one school", lambda row: row["sourcedId"].startswith("t-S1"), "all 3 teachers of school School S1"),
    (
        "most of a school",
        lambda row: row["sourcedId"].startswith("S1") and row["sourcedId"][-1] in "0123",
        "users: 12 of 18 students of school School S1 (S1) are gone",
    ),
)


@pytest.mark.parametrize(("loss", "gone", "words"), LOSSES, ids=[loss for loss, *_ in LOSSES])
async def test_a_part_of_a_district_that_vanishes_is_held(
    district: District, loss: str, gone: Callable[[Row], bool], words: str
) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        sis = replace(sis, shrink_share=0.9)  # no share of all says it
        without(server, gone)
        report = await again(district, sis)
        assert (loss, report.state) == (loss, "held")
        assert words in (report.message or "")
        assert (await states(district, sis, "ended")) == {}


async def test_enrollments_of_a_school_alone_are_held(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        users = list(server.collections["users"])
        leave_out(server, "S1")
        server.collections["users"] = users
        report = await again(district, sis)
    assert "enrollments: all 18 students of school School S1 (S1) are gone" in (report.message or "")


async def test_two_of_six_of_a_grade_at_a_school_leave_as_children_do(district: District) -> None:
    server = two_schools()
    async with server.listening() as settings:
        sis = await district.source("sis", "oneroster", **settings)
        await pull(district.db, sis)
        without(server, lambda row: row["sourcedId"] in {"S1-03-u1", "S1-03-u2"})
        assert (await again(district, sis)).state == "done"
