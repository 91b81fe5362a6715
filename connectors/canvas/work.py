"""How Canvas's courses are read: members, assignments, submissions, outcomes and their results."""

from collections.abc import AsyncIterator, Mapping, Sequence
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
)
from connectors.canvas.walk import Mark, Records, all_of, in_order, of_courses
from connectors.kit import LinkPage, members
from connectors.kit.cache import cache, cached

STATES: dict[str, Any] = {"state[]": ["active", "inactive", "completed", "deleted"]}
PREVIEW = "StudentViewEnrollment"
"""The enrollment of a teacher's preview of the course: nobody."""


class _Enrolled(msgspec.Struct):
    user_id: int | str | None = None
    type: str = ""
    enrollment_state: str = ""
    grades: dict[str, Any] | None = None


class _Owned(msgspec.Struct):
    user_id: int | str | None = None


class _Link(msgspec.Struct):
    outcome: msgspec.Raw


class _Links(msgspec.Struct):
    user: str = ""
    learning_outcome: str = ""
    alignment: str = ""


class _Outcome(msgspec.Struct):
    """An outcome as it stands beside results: its name, whose it is, and the scale it is rated on."""

    id: int | str
    title: str | None = None
    context_id: int | str | None = None
    context_type: str | None = None
    mastery_points: Any = None
    points_possible: Any = None
    ratings: Any = None


class _Linked(msgspec.Struct):
    outcomes: list[_Outcome] = []


class _Scored(msgspec.Struct):
    links: _Links
    id: int | str | None = None


async def _sections(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    async for page in listed(http, f"/api/v1/courses/{course}/sections"):
        yield page.records


async def _enrollments(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    """The enrollments in every state, and each learner's grade in the course, once for all their sections."""
    previewing: set[str] = set()
    grades: dict[str, bytes] = {}
    async for page in listed(http, f"/api/v1/courses/{course}/enrollments", **STATES):
        yield page.records
        for body in page.records:
            enrolled = read(body, _Enrolled)
            person = str(enrolled.user_id)
            if enrolled.type == PREVIEW:
                previewing.add(person)
            elif enrolled.grades and enrolled.enrollment_state != "deleted":
                grades.setdefault(person, _course_grade(course, person, enrolled))
    yield list(grades.values())
    cache(http, ("previewing", course), frozenset(previewing))


def _course_grade(course: int, person: str, enrolled: _Enrolled) -> bytes:
    key = f"grade/{course}/{person}"
    head = {"id": key, "course_id": course, "user_id": person, "state": enrolled.enrollment_state}
    return msgspec.json.encode(head | {"course_grades": enrolled.grades})


async def _assignments(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    path = f"/api/v1/courses/{course}/assignments"
    async for page in listed(http, path, override_assignment_dates="false"):
        yield page.records


async def _submissions(http: httpx.AsyncClient, course: int, since: str | None) -> AsyncIterator[Records]:
    """All submissions, or those handed in or graded since; the previewing teachers' left out.

    Canvas takes `submitted_since` and `graded_since` together to mean both, so each is asked for by itself.
    """
    asks: list[Mapping[str, Any]] = [{}]
    if since:
        asks = [{"submitted_since": since}, {"graded_since": since}]
    path = f"/api/v1/courses/{course}/students/submissions"
    for narrowed in asks:
        async for page in listed(http, path, **{"student_ids[]": "all"}, **narrowed):
            if page.records:
                cache(http, ("worked", course), True)
                nobody = await _previewing(http, course)
                yield [body for body in page.records if str(read(body, _Owned).user_id) not in nobody]


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

        names = await _course_names(http)
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
    return [framework, *(_beside({"id": key, "framework": owner}, outcome=body) for key, body in fresh.items())]


async def _course_names(http: httpx.AsyncClient) -> dict[int, str]:
    return {key: read(body, Course).name or str(key) for key, body in (await every_course(http)).items()}


async def _results(http: httpx.AsyncClient, course: int, _since: str | None) -> AsyncIterator[Records]:
    """A course's outcome results, each in an envelope with the course, a key, and the outcome's name and scale.

    The key is Canvas's id where there is one: results of New Quizzes come from another service without.
    """
    path = f"/api/v1/courses/{course}/outcome_results"
    params: dict[str, Any] = {"collection": "outcome_results", "include[]": "outcomes"}
    async for page in listed(http, path, **params):
        yield await _enveloped(http, course, page)


async def _enveloped(http: httpx.AsyncClient, course: int, page: LinkPage) -> Sequence[bytes]:
    linked = members(page.response.content).get("linked")
    outcomes = {str(outcome.id): outcome for outcome in read(bytes(linked), _Linked).outcomes} if linked else {}
    owners = await _owners(http)
    enveloped = []
    for body in page.records:
        scored = read(body, _Scored)
        links = scored.links
        key = scored.id or f"{course}/{links.user}/{links.learning_outcome}/{links.alignment}"
        beside: dict[str, Any] = {"id": key, "course_id": course}
        if outcome := outcomes.get(str(links.learning_outcome)):
            owner = owners.get(f"{outcome.context_type}:{outcome.context_id}".lower())
            beside["outcome"] = {"title": outcome.title} | ({"framework": owner} if owner else {})
            scale = {"mastery": outcome.mastery_points, "most": outcome.points_possible, "ratings": outcome.ratings}
            beside["scale"] = scale
        enveloped.append(_beside(beside, result=body))
    return enveloped


async def _owners(http: httpx.AsyncClient) -> dict[str, str]:
    """What accounts and courses are called, as outcomes name them: `account:1`."""
    names = {f"account:{account.id}": account.name for account in await every_account(http)}
    return names | {f"course:{key}": name for key, name in (await _course_names(http)).items()}


def _beside(head: dict[str, Any], **verbatim: bytes) -> bytes:
    """An object of what is said beside, and Canvas's own bytes under a name."""
    [(name, body)] = verbatim.items()
    return msgspec.json.encode(head)[:-1] + b',"' + name.encode() + b'":' + body + b"}"


sections = of_courses("sections", _sections)
enrollments = of_courses("enrollments", _enrollments)
assignments = of_courses("assignments", _assignments)
submissions = of_courses("work", _submissions)
outcome_results = of_courses("results", _results)
