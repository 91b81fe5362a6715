"""The Moodle connector against a real Moodle, counted against that site's own database.

`TESSERA_MOODLE="URL TOKEN [DSN]" pytest -m live`: a site with invented learners, a token with the rights that the
connector's README lists, and its PostgreSQL database (with Moodle's usual prefix, `mdl_`), where that can be read.
"""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import psycopg
import pytest

from connectors.moodle import connector
from tests.conftest import EXCUSED
from tests.support.limits import LOOPBACK
from tests.support.pulled import mapped_pages, pages

pytestmark = [pytest.mark.live, pytest.mark.enable_socket, pytest.mark.timeout(600)]

USERS = "select id from mdl_user where deleted = 0 and username <> 'guest'"
ENROLLED = """
select distinct e.courseid, u.userid from mdl_user_enrolments u join mdl_enrol e on e.id = u.enrolid
join mdl_user p on p.id = u.userid where p.deleted = 0"""
IN_GROUPS = "select groupid, userid from mdl_groups_members"
GRADES = """
select g.itemid, g.userid, g.finalgrade from mdl_grade_grades g join mdl_grade_items i on i.id = g.itemid
where g.finalgrade is not null and g.hidden = 0 and i.hidden = 0 and i.itemtype not in ('course', 'category')
and exists (select from mdl_enrol e join mdl_user_enrolments u on u.enrolid = e.id
where e.courseid = i.courseid and u.userid = g.userid)"""
COURSE_RATINGS = (
    "select courseid, userid, competencyid, grade from mdl_competency_usercompcourse where grade is not null"
)
RATINGS = """
select r.userid, r.competencyid from mdl_competency_usercomp r
join mdl_competency_plan p on p.userid = r.userid and p.status = 1
join mdl_competency_plancomp c on c.planid = p.id and c.competencyid = r.competencyid where r.grade is not null
union select userid, competencyid from mdl_competency_usercompplan where grade is not null"""
BADGES = "select uniquehash from mdl_badge_issued where visible = 1"
EVIDENCE = "select id from mdl_competency_userevidence"


class Live(NamedTuple):
    """A site, the token to read it with, and where its database is; blank where that cannot be read."""

    url: str
    token: str
    database: str = ""


@pytest.fixture(scope="module")
def live() -> Live:
    variable = os.environ.get("TESSERA_MOODLE")
    if not variable:
        pytest.skip(f"{EXCUSED} TESSERA_MOODLE is not set (a Moodle's URL, a token, and where it can be read a DSN)")
    return Live(*variable.split(maxsplit=2))


async def everything(live: Live) -> dict[str, list[Any]]:
    """Each stream's canonical records; nothing left over, set apart or unread, and its test finds no right lacking."""
    assert connector.client is not None
    settings = connector.settings.model_validate({"base_url": live.url, "token": live.token}).within(LOOPBACK)
    records: dict[str, list[Any]] = {}
    async with connector.client(settings) as http:
        for stream in connector.streams_for(settings):
            assert stream.probe is not None
            await stream.probe(http)
            answers = await pages(stream, http)
            records[stream.name], left = mapped_pages(stream, answers)
            assert left == {}, stream.name
            assert not [reject for page in answers for reject in page.rejects], stream.name
            assert not [page.incomplete for page in answers if page.incomplete], stream.name
    return records


def rows(live: Live, query: str) -> set[tuple[str, ...]]:
    """What the site's database says, as texts; numbers to five places."""
    with psycopg.connect(live.database) as connection:
        return {tuple(map(_text, row)) for row in connection.execute(query)}


def _text(value: Any) -> str:
    return f"{value:.5f}" if isinstance(value, float) or hasattr(value, "as_tuple") else str(value)


def _members(enrollments: list[Mapping[str, Any]], *, groups: bool) -> set[tuple[str, str]]:
    return {
        (record["class_"].removeprefix("group:"), record["person"])
        for record in enrollments
        if record["class_"].startswith("group:") is groups
    }


async def test_what_is_read_is_what_the_sites_own_database_says(live: Live) -> None:
    records = await everything(live)
    assert all(records[name] for name in ("users", "courses", "enrollments", "gradebook"))
    if not live.database:
        pytest.skip("no database to compare with: TESSERA_MOODLE has no DSN")
    assert {(record["key"],) for record in records["users"]} == rows(live, USERS)
    assert _members(records["enrollments"], groups=False) == rows(live, ENROLLED)
    assert _members(records["enrollments"], groups=True) == rows(live, IN_GROUPS)
    graded = [record for record in records["gradebook"] if "person" in record and "title" not in record]
    item = {record["key"]: record["key"].split("/")[1] for record in graded}
    scores = {(item[record["key"]], record["person"], _text(float(record["score"]))) for record in graded}
    assert scores == rows(live, GRADES)
    in_courses = {
        (*r["key"].removeprefix("course:").split("/"), str(int(r["score"]))) for r in records["course_ratings"]
    }
    assert in_courses == rows(live, COURSE_RATINGS)
    assert {tuple(record["key"].split("/")[:2]) for record in records["ratings"]} == rows(live, RATINGS)
    assert {(record["key"],) for record in records["badges"] if "person" in record} == rows(live, BADGES)
    assert {(record["key"],) for record in records["evidence"]} == rows(live, EVIDENCE)


async def test_a_second_sync_says_the_same(live: Live) -> None:
    assert await everything(live) == await everything(live)
