"""How Moodle's gradebook is read: the grade items of a course with everybody's grades, assignments and submissions."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from connectors import Page
from connectors.errors import RightsLacking, SourceError, Unavailable
from connectors.kit import members, records
from connectors.kit.cache import cached
from connectors.moodle.calls import Forbidden, call, calls, read, site
from connectors.moodle.client import course_ids, envelope, of_courses
from connectors.moodle.grades import TOTALS
from connectors.moodle.members import Member, enrolled, learns
from connectors.moodle.rights import ACTIVITIES, ITEMS

REPORT = "gradereport_user_get_grade_items"
SOME = 200  # assignments whose submissions are asked for in one request
NO_ACCESS = ("1", "2")  # codes of warnings; 3 says that there are no submissions
_OVERLAP = timedelta(minutes=10)  # what was handed in while a sync ran


class _Item(msgspec.Struct):
    id: int


class _Shape(msgspec.Struct, omit_defaults=True):
    """What a grade item is, whoever is graded: it is the same for all users of a course."""

    id: int
    itemtype: str
    itemname: str | None = None
    itemmodule: str | None = None
    iteminstance: int | None = None
    itemnumber: int | None = None
    idnumber: str | None = None
    scaleid: int | None = None
    outcomeid: int | None = None
    grademin: float | None = None
    grademax: float | None = None


class _Listed(msgspec.Struct):
    id: str  # a number, which Moodle tells as text here
    itemname: str = ""


class _Visibility(msgspec.Struct):
    """What says whether a grade is shown to the learner."""

    graderaw: float | None = None
    gradeishidden: bool | None = False
    gradehiddenbydate: bool | None = False


class _Graded(msgspec.Struct):
    userid: int
    gradeitems: list[msgspec.Raw]


class _Assignment(msgspec.Struct):
    id: int
    duedate: int = 0


class _Course(msgspec.Struct):
    id: int
    assignments: list[msgspec.Raw] = []


class _Handed(msgspec.Struct):
    assignmentid: int
    submissions: list[msgspec.Raw] = []


class _Mark(msgspec.Struct, frozen=True):
    since: int


async def grades_of(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError]) -> Sequence[bytes]:
    """The grade items of some courses, and everybody's grades in them, each in an envelope with a key."""
    requests = [(REPORT, {"courseid": course}) for course in ids]
    answers = await calls(http, requests, refused)
    reports = {
        course: records(answer, "usergrades") for course, answer in zip(ids, answers, strict=True) if answer is not None
    }
    for course, body in await _of_inactive(http, reports, refused):
        reports[course].append(body)
    refused += await _unreported(http, reports)
    return [body for course, report in reports.items() for body in _graded_items(course, report)]


def _graded_items(course: int, report: Sequence[bytes]) -> Iterator[bytes]:
    """Each grade item of a course once, and each grade."""
    known = set[int]()
    for body in report:
        graded = read(body, _Graded)
        hiding = any(_is_hidden(bytes(grade)) for grade in graded.gradeitems)
        for grade in map(bytes, graded.gradeitems):
            item = read(grade, _Shape)
            if item.id not in known:
                known.add(item.id)
                yield envelope({"id": f"item/{item.id}", "course": course}, item=msgspec.json.encode(item))
            key = f"grade/{item.id}/{graded.userid}"
            beside: dict[str, Any] = {"id": key, "course": course, "user": graded.userid}
            if hiding and item.itemtype in TOTALS:
                beside["of_hidden"] = True
            yield envelope(beside, grade=grade)


async def _of_inactive(
    http: httpx.AsyncClient, reports: Mapping[int, Sequence[bytes]], refused: list[SourceError]
) -> list[tuple[int, bytes]]:
    """(course, report) of who learned in a course and is not active in it: a course's own report leaves them out."""
    reported = {course: {read(body, _Graded).userid for body in report} for course, report in reports.items()}
    inactive = [
        (course, member.id)
        for course, body, active in await enrolled(http, list(reports), refused)
        if not active and learns(member := read(body, Member)) and member.id not in reported[course]
    ]
    requests = [(REPORT, {"courseid": course, "userid": user}) for course, user in inactive]
    answers = await calls(http, requests, refused)
    return [
        (course, body)
        for (course, _), answer in zip(inactive, answers, strict=True)
        if answer is not None
        for body in records(answer, "usergrades")
    ]


async def _unreported(http: httpx.AsyncClient, reports: Mapping[int, Sequence[bytes]]) -> list[SourceError]:
    """What each course's report leaves out, without a word, since the token's user may not see the activity."""
    courses = [course for course, report in reports.items() if report]
    if ITEMS not in (await site(http)).names:
        return []
    answers = await calls(http, [(ITEMS, {"courseid": course}) for course in courses], [])
    lacking: list[SourceError] = []
    for course, answer in zip(courses, answers, strict=True):
        listed = [read(body, _Listed) for body in records(answer, "gradeItems")] if answer else []
        reported = {str(read(bytes(grade), _Item).id) for grade in read(reports[course][0], _Graded).gradeitems}
        if names := [f"'{item.itemname[:60]}'" for item in listed if item.id not in reported]:
            rights = ", ".join(ACTIVITIES)
            lacking.append(
                Forbidden(
                    f"courseid {course}: the gradebook lacks {', '.join(names[:5])} ({len(names)} grade items that the"
                    f" token's user may not see): give that user {rights}"
                )
            )
    return lacking


def _is_hidden(grade: bytes) -> bool:
    visibility = read(grade, _Visibility)
    return visibility.graderaw is not None and bool(visibility.gradeishidden or visibility.gradehiddenbydate)


gradebook = of_courses(grades_of)


async def assignments(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """All assignments of the site."""
    courses, unread = await _assigned(http)
    yield Page([body for course in courses for body in map(bytes, course.assignments)], incomplete="; ".join(unread))


async def _assigned(http: httpx.AsyncClient) -> tuple[list[_Course], list[str]]:
    """The assignments of all courses, and of which courses they could not be read."""

    async def fetch() -> tuple[list[_Course], list[str]]:
        ids = await course_ids(http)
        if not ids:
            return [], []
        params = {"courseids": ids, "includenotenrolledcourses": True}
        answer = await call(http, "mod_assign_get_assignments", params)
        unread = _left_out("assignments", answer, len(ids))
        return [read(body, _Course) for body in records(answer, "courses")], unread

    return await cached(http, "assignments", fetch)


async def submissions(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """All submissions, or those changed since the last sync began, each in an envelope with when it was due."""
    began = await _now(http)
    since = read(cursor.encode(), _Mark).since if cursor else 0
    courses, unread = await _assigned(http)
    due = {assignment.id: assignment.duedate for course in courses for assignment in _each(course)}
    ids = sorted(due)
    for begin in range(0, len(ids), SOME):
        part = ids[begin : begin + SOME]
        answer = await call(http, "mod_assign_get_submissions", {"assignmentids": part, "since": since})
        unread = [*unread, *_left_out("submissions", answer, len(part))]
        handed = [read(body, _Handed) for body in records(answer, "assignments")]
        yield Page([body for handed_in in handed for body in _enveloped(handed_in, due)])
    yield Page([], cursor=msgspec.json.encode(_Mark(began)).decode(), incomplete="; ".join(unread))


def _enveloped(handed: _Handed, due: Mapping[int, int]) -> Iterator[bytes]:
    assignment = handed.assignmentid
    for body in map(bytes, handed.submissions):
        beside = {"id": read(body, _Item).id, "assignment": assignment, "due": due.get(assignment, 0)}
        yield envelope(beside, submission=body)


def _each(course: _Course) -> list[_Assignment]:
    return [read(bytes(assignment), _Assignment) for assignment in course.assignments]


class _Warning(msgspec.Struct):
    warningcode: str = ""
    message: str = ""
    item: str | None = None
    itemid: int | None = None


def _left_out(stream: str, answer: bytes, count: int) -> list[str]:
    """What Moodle left out since the token may not see it, in its own words. RightsLacking where that is all."""
    raw_warnings = members(answer).get("warnings")
    warnings = read(bytes(raw_warnings), list[_Warning]) if raw_warnings else []
    lacking = [
        f"{warning.item} {warning.itemid}: '{warning.message[:160]}'"
        for warning in warnings
        if warning.warningcode in NO_ACCESS
    ]
    if lacking and len(lacking) >= count:
        raise RightsLacking(f"{stream}: {lacking[0]}")
    return lacking


async def _now(http: httpx.AsyncClient) -> int:
    """The time by Moodle's own clock as the run began, less an overlap, in seconds since 1970."""
    stamp = (await site(http)).date
    try:
        return int((parsedate_to_datetime(stamp) - _OVERLAP).timestamp())
    except ValueError:
        raise Unavailable(f"Moodle does not tell the time of its answers (Date: '{stamp}')") from None
