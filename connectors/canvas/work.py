"""How Canvas's courses are read: members, assignments, submissions, outcomes and their results."""

from collections.abc import AsyncIterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from connectors import Page
from connectors.canvas.changes import changes
from connectors.canvas.client import (
    ACCOUNTS,
    Account,
    Course,
    administered,
    every_account,
    every_course,
    listed,
    now,
    read,
    with_more,
    zoned,
)
from connectors.canvas.periods import hides_totals, periods_of, with_closed_periods
from connectors.canvas.results import SUBMISSIONS, Assigned, Work, beside, course_names, unposted_of, with_rubric
from connectors.canvas.walk import Mark, Records, all_of, in_order, of_courses
from connectors.kit import Refused
from connectors.kit.cache import cache, cached

STATES: dict[str, Any] = {"state[]": ["active", "inactive", "completed", "deleted"]}
ALL_WORK: dict[str, Any] = {"student_ids[]": "all", "include[]": "rubric_assessment"}
PREVIEW = "StudentViewEnrollment"
"""The enrollment of a teacher's preview of the course: nobody."""


class _Enrolled(msgspec.Struct):
    user_id: int | str | None = None
    type: str = ""
    enrollment_state: str = ""
    grades: dict[str, Any] | None = None


class _Group(msgspec.Struct):
    """An assignment group: what its assignments are, such as homework or exams."""

    id: int | str
    name: str = ""


class _Grouped(msgspec.Struct):
    assignment_group_id: int | str | None = None


class _About(msgspec.Struct):
    """Of a course: whether it is over by its dates or its term's, hides its totals from learners, and where it is."""

    time_zone: str | None = None
    concluded: bool = False
    hide_final_grades: bool = False


class _Owned(msgspec.Struct):
    user_id: int | str | None = None


class _Link(msgspec.Struct):
    outcome: msgspec.Raw


async def _sections(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    zone = (await _about(http, course)).time_zone
    async for page in listed(http, f"/api/v1/courses/{course}/sections"):
        yield [zoned(body, zone) for body in page.records]


async def _enrollments(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    """The enrollments in every state, and each learner's grade in the course, once for all their sections."""
    previewing: set[str] = set()
    graded: dict[str, _Enrolled] = {}
    async for page in listed(http, f"/api/v1/courses/{course}/enrollments", **STATES):
        yield page.records
        enrolled = [read(body, _Enrolled) for body in page.records]
        previewing |= {str(each.user_id) for each in enrolled if each.type == PREVIEW}
        _grade(graded, enrolled)
    about, by_period = await _about(http, course), await hides_totals(http, course)
    yield [_course_grade(course, about, by_period, person, enrolled) for person, enrolled in graded.items()]
    cache(http, ("previewing", course), frozenset(previewing))


def _grade(graded: dict[str, _Enrolled], enrolled: Sequence[_Enrolled]) -> None:
    """Take the enrollment that says what each learner reached: once, in however many sections they are."""
    for each in enrolled:
        person = str(each.user_id)
        if each.grades and each.type != PREVIEW and each.enrollment_state != "deleted":
            before = graded.get(person)
            if before is None or (before.enrollment_state == "completed" != each.enrollment_state):
                graded[person] = each  # who moved to another section has not ended the course


async def _about(http: httpx.AsyncClient, course: int) -> _About:
    return read((await every_course(http)).get(course, b"{}"), _About)


def _course_grade(course: int, about: _About, by_period: bool, person: str, enrolled: _Enrolled) -> bytes:
    """A grade in the whole course; where learners are shown one a period instead, none before its end."""
    state = "completed" if about.concluded else enrolled.enrollment_state
    head: dict[str, Any] = {"id": f"grade/{course}/{person}", "course_id": course, "user_id": person, "state": state}
    if about.hide_final_grades or (by_period and state != "completed"):
        head["hidden"] = True
    return msgspec.json.encode(head | {"course_grades": enrolled.grades})


async def _period_grades(http: httpx.AsyncClient, course: int, since: str | None) -> AsyncIterator[Records]:
    """What learners reached in each grading period that has begun, and of a sync of changes, has not closed before."""
    moment, hidden = await now(http), (await _about(http, course)).hide_final_grades
    for period in await periods_of(http, course):
        if (period.start_date or "") > moment or period.closes <= (since or ""):
            continue
        graded: dict[str, _Enrolled] = {}
        params = {**STATES, "type[]": "StudentEnrollment", "grading_period_id": period.id}
        async for page in listed(http, f"/api/v1/courses/{course}/enrollments", **params):
            _grade(graded, [read(body, _Enrolled) for body in page.records])
        key = f"grade/{course}/period:{period.id}"
        head: dict[str, Any] = {"course_id": course, "period": {"id": period.id, "title": period.title}}
        done: dict[str, Any] = {"state": "completed" if period.closes <= moment else "active"}
        done |= {"hidden": True} if hidden else {}
        yield [
            msgspec.json.encode(
                {"id": f"{key}/{person}", "user_id": person} | head | done | {"course_grades": each.grades}
            )
            for person, each in graded.items()
        ]
        if graded:
            yield [msgspec.json.encode({"id": key} | head)]


async def _assignments(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    path = f"/api/v1/courses/{course}/assignments"
    assignments: list[Assigned] = []
    zone, groups = (await _about(http, course)).time_zone, await _groups(http, course)
    async for page in listed(http, path, override_assignment_dates="false"):
        yield [zoned(_grouped(body, groups), zone) for body in page.records]
        assignments += [read(body, Assigned) for body in page.records]
    cache(http, ("assigned", course), assignments)


async def _groups(http: httpx.AsyncClient, course: int) -> Mapping[str, str]:
    """What a course's assignment groups are called, by id; none in a Canvas that has no such list."""
    try:
        pages = [page.records async for page in listed(http, f"/api/v1/courses/{course}/assignment_groups")]
    except Refused as why:
        if why.status != HTTPStatus.NOT_FOUND:
            raise
        return {}
    return {str(group.id): group.name for records in pages for group in (read(body, _Group) for body in records)}


def _grouped(body: bytes, groups: Mapping[str, str]) -> bytes:
    name = groups.get(str(read(body, _Grouped).assignment_group_id))
    return with_more(body, assignment_group=name) if name else body


async def _submissions(http: httpx.AsyncClient, course: int, since: str | None) -> AsyncIterator[Records]:
    """All submissions, or those handed in or graded since; the previewing teachers' left out.

    Canvas takes `submitted_since` and `graded_since` together to mean both, so each is asked for by itself.
    """
    asks: list[Mapping[str, Any]] = [{}]
    if since:
        asks = [{"submitted_since": since}, {"graded_since": since}]
    unposted: dict[Work, bool] = {}
    for narrowed in asks:
        async for page in listed(http, SUBMISSIONS.format(course), **ALL_WORK, **narrowed):
            if page.records:
                cache(http, ("worked", course), True)
                nobody = await _previewing(http, course)
                handed = [body for body in page.records if str(read(body, _Owned).user_id) not in nobody]
                yield [await with_rubric(http, course, body) for body in handed]
                unposted |= unposted_of(page.records)
    if since is None:
        cache(http, ("unposted", course), unposted)


async def _previewing(http: httpx.AsyncClient, course: int) -> frozenset[str]:
    """The made-up students through whose eyes teachers look at a course: their work is nobody's."""

    async def fetch() -> frozenset[str]:
        path = f"/api/v1/courses/{course}/enrollments"
        pages = [page.records async for page in listed(http, path, **{"type[]": PREVIEW})]
        return frozenset(str(read(body, _Owned).user_id) for records in pages for body in records)

    return await cached(http, ("previewing", course), fetch)


async def users(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """All users of the accounts; after the first time again where the members of any course have changed."""
    mark = Mark.of(cursor)
    began = await now(http)
    change = await changes(http, mark.since or began)
    seen = change.of("enrollments")
    if mark.since is None or seen != dict(mark.seen) or not change.whole:
        for top in await administered(http):
            path = f"{ACCOUNTS}/{read(top, Account).id}/users"
            async for page in listed(http, path, sort="id", **{"include[]": "email"}):
                yield Page(page.records)
    yield Page([], cursor=str(Mark(since=began, seen=seen)))


async def outcomes(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """The outcomes linked anywhere in the accounts and their courses, each once, with whose they are.

    Only full listings ask for them: a result names its outcome.
    """
    mark = Mark.of(cursor)
    began = await now(http)
    if mark.since is None:
        seen: set[str] = set()
        for account in await every_account(http):
            pages = _outcome_links(http, f"/api/v1/accounts/{account.id}")
            yield Page(_owned(f"account:{account.id}", account.name, await all_of(pages), seen))

        async def of_course(_http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
            yield await all_of(_outcome_links(_http, f"/api/v1/courses/{course}"))

        names = await course_names(http)
        async for course, records, last in in_order(http, sorted(names), of_course, lambda _course: None):
            owned = _owned(f"course:{course.id}", names[course.id], records, seen)
            yield Page(owned, incomplete=course.refused if last else "")
    yield Page([], cursor=str(Mark(since=began)))


async def _outcome_links(http: httpx.AsyncClient, place: str) -> AsyncIterator[Records]:
    async for page in listed(http, f"{place}/outcome_group_links", outcome_style="full"):
        yield [bytes(read(body, _Link).outcome) for body in page.records]


def _owned(owner: str, name: str, outcomes: Records, seen: set[str]) -> list[bytes]:
    """Outcomes not seen before, and the framework they are in: what the account or course has of its own."""
    by_id = {str(read(body, Course).id): body for body in outcomes}
    fresh = {key: body for key, body in by_id.items() if key not in seen}
    seen.update(fresh)
    if not fresh:
        return []
    framework = msgspec.json.encode({"id": owner, "framework_title": name})
    return [framework, *(beside({"id": key, "framework": owner}, outcome=body) for key, body in fresh.items())]


sections = of_courses("sections", _sections)
enrollments = of_courses("enrollments", _enrollments)
assignments = of_courses("assignments", _assignments)
period_grades = of_courses("grades", _period_grades, with_closed_periods)
submissions = of_courses("work", _submissions)
