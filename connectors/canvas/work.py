"""How Canvas's courses are read: members, assignments, submissions, outcomes and their results."""

from collections.abc import AsyncIterator, Mapping
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
    zoned,
)
from connectors.canvas.results import SUBMISSIONS, Assigned, Work, beside, course_names, unposted_of
from connectors.canvas.walk import Mark, Records, all_of, in_order, of_courses
from connectors.kit.cache import cache, cached

STATES: dict[str, Any] = {"state[]": ["active", "inactive", "completed", "deleted"]}
PREVIEW = "StudentViewEnrollment"
"""The enrollment of a teacher's preview of the course: nobody."""


class _Enrolled(msgspec.Struct):
    user_id: int | str | None = None
    type: str = ""
    enrollment_state: str = ""
    grades: dict[str, Any] | None = None


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
        for body in page.records:
            enrolled = read(body, _Enrolled)
            person = str(enrolled.user_id)
            if enrolled.type == PREVIEW:
                previewing.add(person)
            elif enrolled.grades and enrolled.enrollment_state != "deleted":
                before = graded.get(person)
                if before is None or (before.enrollment_state == "completed" != enrolled.enrollment_state):
                    graded[person] = enrolled  # who moved to another section has not ended the course
    about = await _about(http, course)
    yield [_course_grade(course, about, person, enrolled) for person, enrolled in graded.items()]
    cache(http, ("previewing", course), frozenset(previewing))


async def _about(http: httpx.AsyncClient, course: int) -> _About:
    return read((await every_course(http)).get(course, b"{}"), _About)


def _course_grade(course: int, about: _About, person: str, enrolled: _Enrolled) -> bytes:
    state = "completed" if about.concluded else enrolled.enrollment_state
    head = {"id": f"grade/{course}/{person}", "course_id": course, "user_id": person, "state": state}
    if about.hide_final_grades:
        head["hidden"] = True
    return msgspec.json.encode(head | {"course_grades": enrolled.grades})


async def _assignments(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    path = f"/api/v1/courses/{course}/assignments"
    assignments: list[Assigned] = []
    zone = (await _about(http, course)).time_zone
    async for page in listed(http, path, override_assignment_dates="false"):
        yield [zoned(body, zone) for body in page.records]
        assignments += [read(body, Assigned) for body in page.records]
    cache(http, ("assigned", course), assignments)


async def _submissions(http: httpx.AsyncClient, course: int, since: str | None) -> AsyncIterator[Records]:
    """All submissions, or those handed in or graded since; the previewing teachers' left out.

    Canvas takes `submitted_since` and `graded_since` together to mean both, so each is asked for by itself.
    """
    asks: list[Mapping[str, Any]] = [{}]
    if since:
        asks = [{"submitted_since": since}, {"graded_since": since}]
    unposted: dict[Work, bool] = {}
    for narrowed in asks:
        async for page in listed(http, SUBMISSIONS.format(course), **{"student_ids[]": "all"}, **narrowed):
            if page.records:
                cache(http, ("worked", course), True)
                nobody = await _previewing(http, course)
                yield [body for body in page.records if str(read(body, _Owned).user_id) not in nobody]
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
submissions = of_courses("work", _submissions)
