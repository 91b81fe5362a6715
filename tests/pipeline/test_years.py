"""Three years of a student information system: the guard stops what is wrong and lets pass what is right."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
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
                self._user(key, self.schools[key], "student", stamp, grades=[GRADES[grade]])
                for key, grade in self.grades.items()
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
        sis = await district.source("sis", "oneroster", **settings)
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

            whole = server.collections  # a school drops out of one night's export, and is back the next
            server.collections = {
                **whole,
                "users": [row for row in whole["users"] if row["roles"][0]["org"]["sourcedId"] != "S"],
                "enrollments": [row for row in whole["enrollments"] if row["school"]["sourcedId"] != "S"],
            }
            assert await synced() == "held", year
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
