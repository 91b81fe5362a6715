"""Two school years side by side: who moved up, repeats, came, left, and whose move nobody can explain."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import tenants
from app.db.sources import sources
from app.pipeline.pull import pull
from app.rosters.moves import MOVES, Standing, Student, ToldPerson, standing_of
from app.rosters.rollover import rollover
from app.sources.scheduling import set_rollover
from app.sources.source import Source
from schemas import Role
from schemas.grades import FOLLOWING, LADDER
from tests.support.api import Api, bearer, problem_of
from tests.support.district import District, user
from tests.support.people import signed_in
from tests.support.roster_server import RosterServer, Row

pytestmark = pytest.mark.enable_socket

NOW = datetime.now(UTC)
TODAY = NOW.date()
LAST_YEAR = NOW - timedelta(days=40)
WINDOW = TODAY - timedelta(days=20), TODAY + timedelta(days=20)
SCHOOLS = {"N": "North High", "S": "South High"}


def student(key: str, school: str, grade: str, number: str, **more: Any) -> Row:
    org = {"sourcedId": school, "type": "org", "href": "x"}
    roles = [{"roleType": "primary", "role": "student", "org": org}]
    return user(key, f"Given {number}", roles=roles, grades=[grade], identifier=number, **more)


OLD = [
    student("u1", "N", "09", "1001"),
    student("u2", "N", "09", "1002"),
    student("u3", "N", "Ninth grade", "1003"),
    student("u4", "N", "12", "1004"),
    student("u5", "N", "10", "1005"),
    student("u6", "S", "11", "1006"),
    student("u7", "S", "UG", "1007"),
]
NEW = [
    student("u1", "N", "10", "1001"),  # moved up
    student("u2", "N", "09", "1002"),  # repeats
    student("u3-S", "S", "10", "1003"),  # moved up, at another school and under another key
    student("u5", "N", "12", "1005"),  # two grades at once
    student("u6", "S", "10", "1006"),  # down
    student("u7", "S", "UG", "1007"),  # ungraded
    student("u8", "N", "09", "1008"),  # came
]
EXPECTED = {"moved up": 2, "repeats": 1, "ungraded": 1, "unexplained": 2, "came": 1, "left": 1}


async def turned(district: District, server: RosterServer, settings: dict[str, Any]) -> Source:
    """A source that told of the old year, and was pulled while the year turns."""
    sis = await district.source("sis", "oneroster", collections=["orgs", "users"], **settings)
    await district.take(sis, "orgs", server.collections["orgs"], LAST_YEAR)
    await district.take(sis, "users", OLD, LAST_YEAR)
    async with district.db.transaction(district.tenant.id) as tx:
        row = await sources.by_id(tx, sis.id)
        assert row is not None
        await set_rollover(tx, row, WINDOW)
    assert (await pull(district.db, await district.again("sis"), full=True)).state == "done"
    await district.settle()
    return sis


def new_year() -> RosterServer:
    stamp = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "type": "school"}
    return RosterServer({"orgs": [{**stamp, "sourcedId": key, "name": SCHOOLS[key]} for key in SCHOOLS], "users": NEW})


@pytest.fixture
async def district(api: Api) -> District:
    return District(api.db, await tenants.by_id(api.db, api.tenant))


async def test_api_and_page_lay_two_years_beside_each_other(api: Api, district: District) -> None:
    server = new_year()
    async with server.listening() as settings:
        sis = await turned(district, server, settings)
    async with api.db.transaction(api.tenant) as tx:
        report = await rollover(tx, sis.id, datetime.now(UTC))
    assert {move: report.totals.moves.get(move, 0) for move in MOVES} == EXPECTED
    assert (report.totals.changed_school, report.listed, report.turning, report.known_before) == (1, True, True, True)

    headers, path = bearer(await api.key()), f"/v1/sources/{sis.id}/rollover"
    answer = (await api.http.get(path, headers=headers)).json()
    assert answer["totals"] == {
        "movedUp": 2,
        "repeats": 1,
        "ungraded": 1,
        "unexplained": 2,
        "came": 1,
        "left": 1,
        "changedSchool": 1,
    }
    by_grade = {(group["schoolName"], group["grade"]): group["counts"] for group in answer["grades"]}
    assert (
        by_grade["South High", "10"] | {"movedUp": 1, "unexplained": 1, "changedSchool": 1}
        == by_grade["South High", "10"]
    )
    assert by_grade["North High", "12"] | {"left": 1, "unexplained": 1} == by_grade["North High", "12"]
    (left,) = (await api.http.get(f"{path}/students?move=left", headers=headers)).json()["students"]
    assert (left["key"], left["name"], left["after"]) == ("u4", "Given 1004 Sample", None)
    (moved,) = (await api.http.get(f"{path}/students?changedSchool=true", headers=headers)).json()["students"]
    assert (moved["before"]["schools"], moved["after"]["schools"], moved["move"]) == (["N"], ["S"], "moved up")
    counting = bearer(await api.key("sources.read"))  # counts need no right to learners, names do
    assert (await api.http.get(path, headers=counting)).status_code == 200
    problem_of(await api.http.get(f"{path}/students", headers=counting), 403)

    reader = await signed_in(api, "steward")
    page = (await reader.get(f"/sources/{sis.id}/rollover")).text
    assert "The year still turns" in page
    assert f"/sources/{sis.id}/rollover/students?move=left" in page
    names = (await reader.get(f"/sources/{sis.id}/rollover/students?move=unexplained")).text
    assert "Given 1005 Sample" in names
    assert "2 grades up" in names
    assert "1 grade down" in names
    async with api.db.transaction(api.tenant) as tx:
        seen = await tx.one("SELECT count(*) FROM disclosure WHERE via LIKE %s", "rollover,%")
    assert seen == 2


async def test_without_a_window_it_is_asked_for_and_before_the_new_listing_that_is_said(
    api: Api, district: District
) -> None:
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", OLD, LAST_YEAR)
    headers, path = bearer(await api.key()), f"/v1/sources/{sis.id}/rollover"
    problem_of(await api.http.get(path, headers=headers), 404)
    reader, page = await signed_in(api, "steward"), f"/sources/{sis.id}/rollover"
    assert "When does the school year turn?" in (await reader.get(page)).text
    wrong = await reader.send(page, {"begins": f"{TODAY}", "ends": f"{TODAY - timedelta(days=1)}"}, page=page)
    assert (wrong.status_code, "ends before it begins" in wrong.text) == (422, True)
    later = {"begins": f"{TODAY + timedelta(days=9)}", "ends": f"{TODAY + timedelta(days=19)}"}
    assert (await reader.send(page, later, page=page)).status_code == 303
    assert "has not begun to turn" in (await reader.get(page)).text
    problem_of(await api.http.get(path, headers=headers), 409)
    await reader.send(page, {"begins": f"{WINDOW[0]}", "ends": f"{WINDOW[1]}"}, page=page)
    text = (await reader.get(page)).text
    assert "No full listing has come since the year began to turn" in text
    answer = (await api.http.get(path, headers=headers)).json()
    assert (answer["listed"], answer["totals"]["repeats"], answer["totals"]["left"]) == (False, 6, 0)


@given(st.sampled_from([*LADDER, "UG", "Other", None]), st.sampled_from([*LADDER, "UG", "Other", None]))
def test_every_pair_of_grades_is_one_move(before: str | None, after: str | None) -> None:
    moved = Student("u", None, None, before=Standing(("N",), before), after=Standing(("N",), after))
    both = before in LADDER and after in LADDER
    assert (moved.move == "ungraded") == (not both)
    assert (moved.move == "repeats") == (both and before == after)
    assert (moved.move == "moved up") == (both and after in FOLLOWING.get(before or "", ()))
    if moved.move == "moved up":
        assert moved.steps is not None
        assert moved.steps > 0
    back = Student("u", None, None, before=moved.after, after=moved.before)
    assert {moved.move, back.move} != {"moved up"}


def test_a_role_that_ended_with_the_last_day_of_school_is_the_old_years() -> None:
    """Ed-Fi's associations have an exit at the end of the year, and the new ones begin after today."""
    begins, today = date(2027, 6, 15), date(2027, 8, 1)
    old = Role(role="student", org="N", begins=date(2026, 8, 20), ends=date(2027, 5, 28))
    new = Role(role="student", org="S", begins=date(2027, 8, 20))
    statements = [ToldPerson(roles=(old,), grades=("08",)), ToldPerson(roles=(new,), grades=("09",))]
    assert standing_of(statements, begins - timedelta(days=62), begins) == Standing(("N",), "08")
    assert standing_of(statements, today, date.max) == Standing(("S",), "09")
    left_in_winter = [ToldPerson(roles=(Role(role="student", org="N", ends=date(2027, 1, 15)),))]
    assert standing_of(left_in_winter, begins - timedelta(days=62), begins) is None
