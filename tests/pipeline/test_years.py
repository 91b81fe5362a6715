"""Three years of a student information system: the guard stops what is wrong and lets pass what is right."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.pipeline.pull import pull
from app.sources.calendar import Calendar, Rollover
from app.sources.source import Source
from tests.support.district import District
from tests.support.roster_server import RosterServer, Row

pytestmark = pytest.mark.enable_socket

TODAY = datetime.now(UTC).date()
GRADES = ("09", "10", "11", "12")
SCHOOLS = ("N", "S")


def ref(key: str, kind: str) -> dict[str, str]:
    return {"sourcedId": key, "type": kind, "href": "x"}


@dataclass
class System:
    """A district of two high schools: a class of eight for each grade, each with a teacher."""

    year: int = 0
    grades: dict[str, int] = field(default_factory=dict)  # by student: the grade's place in GRADES
    schools: dict[str, str] = field(default_factory=dict)
    version: int = 0
    newcomers: int = 0

    def come(self, school: str, grade: int, count: int = 8) -> None:
        for _ in range(count):
            self.newcomers += 1
            key = f"u{self.newcomers:03}"
            self.grades[key], self.schools[key] = grade, school

    def turn(self) -> None:
        """A new school year: seniors leave, the others move up, freshmen come."""
        self.year += 1
        for key in [key for key, grade in self.grades.items() if grade == len(GRADES) - 1]:
            del self.grades[key], self.schools[key]
        self.grades = {key: grade + 1 for key, grade in self.grades.items()}
        for school in SCHOOLS:
            self.come(school, 0)

    def listed(self) -> dict[str, list[Row]]:
        """What the service lists now: of this year only, as most do."""
        self.version += 1
        term, stamp = f"Y{self.year}", {"status": "active", "dateLastModified": self._moment()}
        ends = TODAY + timedelta(days=200)
        taught = [(f"{term}-{school}-{grade}", school, grade) for school in SCHOOLS for grade in GRADES]
        return {
            "orgs": [{**stamp, "sourcedId": s, "name": f"{s} High School", "type": "school"} for s in SCHOOLS],
            "academicSessions": [
                {
                    **stamp,
                    "sourcedId": term,
                    "title": term,
                    "type": "schoolYear",
                    "startDate": f"{TODAY - timedelta(days=100)}",
                    "endDate": f"{ends}",
                    "schoolYear": f"{2027 + self.year}",
                }
            ],
            "courses": [],
            "classes": [
                {
                    **stamp,
                    "sourcedId": key,
                    "title": f"Homeroom {grade}",
                    "classType": "homeroom",
                    "course": ref("k", "course"),
                    "school": ref(school, "org"),
                    "terms": [ref(term, "academicSession")],
                }
                for key, school, grade in taught
            ],
            "users": [self._user(f"t-{s}-{g}", s, "teacher", stamp) for s in SCHOOLS for g in GRADES]
            + [
                self._user(key, self.schools[key], "student", stamp, grades=[GRADES[grade]], identifier=f"9{key}")
                for key, grade in self.grades.items()
            ],
            "demographics": [
                {**stamp, "sourcedId": key, "birthDate": f"{date(2010, 1, 1) + timedelta(days=29 * int(key[1:]))}"}
                for key in self.grades
            ],
            "enrollments": [
                {
                    **stamp,
                    "sourcedId": f"{term}-{key}",
                    "role": "student",
                    "user": ref(key, "user"),
                    "class": ref(f"{term}-{self.schools[key]}-{GRADES[grade]}", "class"),
                    "school": ref(self.schools[key], "org"),
                    "beginDate": f"{TODAY - timedelta(days=90)}",
                }
                for key, grade in self.grades.items()
            ],
        }

    def _moment(self) -> str:
        return f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.version):%Y-%m-%dT%H:%M:%S.000Z}"

    @staticmethod
    def _user(key: str, school: str, role: str, stamp: dict[str, str], **more: Any) -> Row:
        roles = [{"roleType": "primary", "role": role, "org": ref(school, "org")}]
        name = {"givenName": f"Given {key}", "familyName": "Sample"}
        return {**stamp, "sourcedId": key, "enabledUser": "true", **name, "roles": roles, **more}


Listed = dict[str, list[Row]]


def without(listed: Listed, gone: Callable[[Row], bool]) -> None:
    """Users who drop out of a night's export, with what is told of them."""
    keys = {row["sourcedId"] for row in listed["users"] if gone(row)}
    listed["users"] = [row for row in listed["users"] if row["sourcedId"] not in keys]
    listed["demographics"] = [row for row in listed["demographics"] if row["sourcedId"] not in keys]
    listed["enrollments"] = [row for row in listed["enrollments"] if row["user"]["sourcedId"] not in keys]


def school_of(row: Row) -> str:
    """Somebody's school."""
    return str(row["roles"][0]["org"]["sourcedId"])


def a_school_drops_out(listed: Listed) -> None:
    without(listed, lambda row: school_of(row) == "S")


def a_grade_of_one_school_drops_out(listed: Listed) -> None:
    without(listed, lambda row: school_of(row) == "S" and row.get("grades") == ["10"])


def the_teachers_of_one_school_drop_out(listed: Listed) -> None:
    without(listed, lambda row: row["sourcedId"].startswith("t-N"))


def the_enrollments_of_one_school_drop_out(listed: Listed) -> None:
    listed["enrollments"] = [row for row in listed["enrollments"] if row["school"]["sourcedId"] != "N"]


def half_a_grade_drops_out(listed: Listed) -> None:
    ninth = [row["sourcedId"] for row in listed["users"] if row.get("grades") == ["09"]]
    without(listed, lambda row: row["sourcedId"] in ninth[::2])


def birth_dates_are_a_day_late(listed: Listed) -> None:
    for row in listed["demographics"]:
        row["birthDate"] = f"{date.fromisoformat(row['birthDate']) + timedelta(days=1)}"


def birth_dates_drop_out(listed: Listed) -> None:
    for row in listed["demographics"]:
        del row["birthDate"]


def all_are_a_grade_lower(listed: Listed) -> None:
    for row in listed["users"]:
        if row.get("grades"):
            row["grades"] = [f"{int(row['grades'][0]) - 1:02}"]


def rows_are_shifted(listed: Listed) -> None:
    """Each student has the name and the number of the one before."""
    pupils = [row for row in listed["users"] if row.get("grades")]
    names = [(f"{row['givenName']} x", row["identifier"]) for row in pupils]
    for row, (given_name, number) in zip(pupils, names[1:] + names[:1], strict=True):
        row |= {"givenName": given_name, "identifier": number}


def two_schools_change_ids(listed: Listed) -> None:
    """The ids of two schools are exchanged, wherever they stand."""
    for row in listed["users"]:
        row["roles"] = [{**row["roles"][0], "org": ref("N" if school_of(row) == "S" else "S", "org")}]


def two_schools_change_names(listed: Listed) -> None:
    first, second = listed["orgs"]
    first["name"], second["name"] = second["name"], first["name"]


FAULTS = (
    a_school_drops_out,
    a_grade_of_one_school_drops_out,
    the_teachers_of_one_school_drop_out,
    the_enrollments_of_one_school_drop_out,
    half_a_grade_drops_out,
    birth_dates_are_a_day_late,
    birth_dates_drop_out,
    all_are_a_grade_lower,
    rows_are_shifted,
    two_schools_change_ids,
    two_schools_change_names,
)
"""Nights on which the export is wrong, a third of them in each year; after those of a year it is right again."""


def another_domain(listed: Listed) -> None:
    """All get addresses of another domain: that is the district's own business."""
    for row in listed["users"]:
        row["email"] = f"{row['sourcedId']}@{row['dateLastModified'][:10]}.example"


async def people(district: District, source: Source, state: str) -> int:
    async with district.db.transaction(district.tenant.id) as tx:
        count: int = await tx.one(
            "SELECT count(*) FROM record WHERE source_id = %s AND stream = 'users' AND state = %s", source.id, state
        )
    return count


async def test_three_years_pass_and_only_what_is_wrong_is_held(district: District) -> None:
    system = System()
    for school in SCHOOLS:
        for grade in range(len(GRADES)):
            system.come(school, grade)
    server = RosterServer(system.listed())
    async with server.listening() as settings:
        collections = ("orgs", "academicSessions", "courses", "classes", "users", "demographics", "enrollments")
        sis = await district.source("sis", "oneroster", **settings, collections=collections)
        turning = Calendar(rollover=Rollover(TODAY - timedelta(days=1), TODAY + timedelta(days=1)))

        async def synced(source: Source = sis) -> str:
            return (await pull(district.db, source, full=True)).state

        assert await synced() == "done"
        ever = 64
        for year in range(3):
            moved = next(iter(system.grades))  # an ordinary week: one moves to the other school, one leaves, one comes
            system.schools[moved] = "S" if system.schools[moved] == "N" else "N"
            leaver = list(system.grades)[5]
            del system.grades[leaver], system.schools[leaver]
            system.come("N", 2, 1)
            ever += 1
            server.collections = system.listed()
            assert await synced() == "done", year

            another_domain(server.collections)
            assert await synced() == "done", year
            whole = server.collections
            for fault in FAULTS[year::3]:
                server.collections = deepcopy(whole)
                fault(server.collections)
                assert await synced() == "held", (year, fault.__name__)
            server.collections = whole
            assert await synced() == "done", year

            system.turn()  # summer: the new year is listed, the old one is not any more
            ever += 16
            server.collections = system.listed()
            assert await synced(replace(sis, calendar=turning)) == "done", year
            async with district.db.transaction(district.tenant.id) as tx:  # last year's terms are over by now
                await tx.run(
                    """UPDATE record SET body = jsonb_set(body::jsonb, '{ends}', to_jsonb(%s::text))::json
                       WHERE source_id = %s AND kind = 'academicSession' AND key = %s""",
                    f"{TODAY - timedelta(days=1)}",
                    sis.id,
                    f"Y{year}",
                )
            assert await synced() == "done", year

        assert await people(district, sis, "current") == len(system.grades) + 8
        assert await people(district, sis, "current") + await people(district, sis, "ended") == ever + 8
        assert await people(district, sis, "retracted") == 0
        await district.settle()
        assert len(await district.records()) == ever  # nobody who ever learned here is lost
