"""What each course lists: who is in it, course work, submissions with the rubrics they were assessed by; guardians."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import msgspec

from connectors import Page
from connectors.errors import RightsLacking
from connectors.google_classroom.client import SCOPES, Course, every_course, listed, of_courses, read, settings_of
from connectors.kit import Refused, ask
from connectors.kit.cache import cached

STUDENTS, TEACHERS = "v1/courses/{}/students", "v1/courses/{}/teachers"
COURSE_WORK, SUBMISSIONS = "v1/courses/{}/courseWork", "v1/courses/{}/courseWork/-/studentSubmissions"
ME = "v1/userProfiles/me"
GUARDIANS = "v1/userProfiles/-/guardians"
STATES = ["PUBLISHED", "DRAFT", "DELETED"]


class _Member(msgspec.Struct):
    userId: str  # noqa: N815  Google's own words
    profile: msgspec.Raw = msgspec.Raw(b"{}")


class _Students(msgspec.Struct):
    students: list[msgspec.Raw] = []


class _Profile(msgspec.Struct):
    emailAddress: str | None = None  # noqa: N815


class _Shown(msgspec.Struct):
    profile: _Profile = msgspec.field(default_factory=_Profile)


class _Rated(msgspec.Struct):
    courseWorkId: str  # noqa: N815
    assignedRubricGrades: dict[str, Any] | None = None  # noqa: N815


class _Level(msgspec.Struct):
    id: str
    title: str | None = None
    points: float | None = None


class _Criterion(msgspec.Struct):
    id: str
    title: str | None = None
    levels: list[_Level] = []


class _Rubric(msgspec.Struct):
    criteria: list[_Criterion] = []


async def _all(pages: AsyncIterator[Sequence[bytes]]) -> list[bytes]:
    return [body for page in [page async for page in pages] for body in page]


async def _members(http: httpx.AsyncClient, course: Course) -> list[bytes]:
    """Who is in a course, each in an envelope with the role; Google has two lists of them."""
    members = []
    for path, collection, role in ((STUDENTS, "students", "student"), (TEACHERS, "teachers", "teacher")):
        for body in await _all(listed(http, path.format(course.id), collection, pageSize=100)):
            member = read(body, _Member)
            head = {"id": f"{course.id}/{role}/{member.userId}", "course": course.id, "role": role}
            ended = {"ended": True} if course.courseState == "ARCHIVED" else {}
            members.append(msgspec.json.encode(head | ended | {"user": member.userId, "profile": member.profile}))
    await _see_addresses(http, members)
    return members


async def _see_addresses(http: httpx.AsyncClient, members: Sequence[bytes | msgspec.Raw]) -> None:
    """RightsLacking where addresses are hidden: of a class that shows none, the caller's own profile tells why."""
    if not members or any(read(bytes(body), _Shown).profile.emailAddress for body in members):
        return
    own = await cached(http, ME, lambda: ask(http, ME))
    if not read(own.content, _Profile).emailAddress:
        raise RightsLacking(f"no e-mail address of {len(members)} members is shown: grant the scope {SCOPES[2]}")


async def look_at_members(http: httpx.AsyncClient) -> None:
    """Ask for one student of the first course, and look whether the address is shown."""
    course = read((await every_course(http))[0], Course)
    answer = await ask(http, STUDENTS.format(course.id), {"pageSize": 1})
    await _see_addresses(http, read(answer.content, _Students).students)


async def _course_work(http: httpx.AsyncClient, course: Course) -> list[bytes]:
    path = COURSE_WORK.format(course.id)
    work = await _all(listed(http, path, "courseWork", courseWorkStates=STATES, pageSize=100))
    zone = (await settings_of(http)).time_zone
    return [b'{"time_zone":' + msgspec.json.encode(zone) + b"," + body.lstrip()[1:] for body in work] if zone else work


async def _submissions(http: httpx.AsyncClient, course: Course) -> list[bytes]:
    """All submissions of a course in one list; those assessed by a rubric with its words."""
    submissions = await _all(listed(http, SUBMISSIONS.format(course.id), "studentSubmissions", pageSize=500))
    return [await _with_rubric(http, course, body) for body in submissions]


async def _with_rubric(http: httpx.AsyncClient, course: Course, submission: bytes) -> bytes:
    rated = read(submission, _Rated)
    if not rated.assignedRubricGrades:
        return submission
    criteria = await _criteria(http, course.id, rated.courseWorkId)
    if not criteria:
        return submission
    return msgspec.json.encode({"criteria": criteria})[:-1] + b"," + submission.lstrip()[1:]


async def _criteria(http: httpx.AsyncClient, course: str, work: str) -> list[_Criterion]:
    """What a piece of course work is assessed by, asked for once in a run; nothing where it has a rubric no more."""

    async def fetch() -> list[_Criterion]:
        try:
            rubrics = await _all(listed(http, f"{COURSE_WORK.format(course)}/{work}/rubrics", "rubrics"))
        except Refused as why:
            if why.status != httpx.codes.NOT_FOUND:
                raise
            return []
        return [criterion for body in rubrics for criterion in read(body, _Rubric).criteria]

    return await cached(http, ("rubric", course, work), fetch)


async def guardians(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The guardians of all students."""
    async for page in listed(http, GUARDIANS, "guardians", pageSize=100):
        yield Page(page)


async def look_at_guardians(http: httpx.AsyncClient) -> None:
    """Ask for one guardian."""
    await ask(http, GUARDIANS, {"pageSize": 1})


members = of_courses(_members)
course_work = of_courses(_course_work)
submissions = of_courses(_submissions)
