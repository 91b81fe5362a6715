"""What has changed since, course by course, in a few requests: Canvas's REST lists can't be asked that.

One GraphQL query tells of many courses when each section, enrollment and assignment last changed, and whether any work
was handed in or graded since. Where a Canvas has no such API, or refuses the query, what its list of courses says
stands for it: a course whose own record is as before is taken to have the same members and assignments until the next
full listing, and every course is asked for its work.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import msgspec

from connectors.canvas.client import Course, every_course, read
from connectors.errors import SourceDenied, Unavailable
from connectors.kit.cache import cache, cached

GRAPHQL = "/api/graphql"
MANY = 25  # courses in one query

Facet = Literal["sections", "enrollments", "assignments", "work", "results", "grades"]
FACETS: tuple[Facet, ...] = ("sections", "enrollments", "assignments")
GRADED: tuple[Facet, ...] = ("enrollments", "grades")
"""Facets that hold grades of a course: work that is graded changes them, and touches no enrollment."""

_COURSE = """
fragment Changes on Course {
  sectionsConnection(first: 100) { nodes { _id updatedAt } pageInfo { hasNextPage } }
  enrollmentsConnection(first: 500) { nodes { _id type state updatedAt user { _id } } pageInfo { hasNextPage } }
  assignmentsConnection(first: 500) { nodes { _id updatedAt } pageInfo { hasNextPage } }
  submitted: submissionsConnection(first: 1, filter: {submittedSince: $since}) { nodes { _id } }
  graded: submissionsConnection(first: 1, filter: {gradedSince: $since}) { nodes { _id } }
}"""


@dataclass(frozen=True, slots=True)
class Changes:
    """Of each course a digest of each facet, and whether there is work since; `whole`: Canvas told it by itself."""

    digests: Mapping[int, Mapping[Facet, str]]
    worked: frozenset[int]
    whole: bool

    def changed(self, course: int, facet: Facet, before: str | None) -> bool:
        """Whether a course is to be asked for a facet again."""
        if facet in ("work", "results"):
            return course in self.worked
        now = self.digests.get(course, {}).get(_told_by(facet))
        return not now or now != before or (self.whole and facet in GRADED and course in self.worked)

    def of(self, facet: Facet) -> dict[str, str]:
        """A facet's digests by course, as a cursor keeps them."""
        return {str(course): facets.get(_told_by(facet), "+") for course, facets in self.digests.items()}


def _told_by(facet: Facet) -> Facet:
    return "enrollments" if facet == "grades" else facet


async def changes(http: httpx.AsyncClient, since: str) -> Changes:
    """What has changed in the courses that are not over."""
    return await cached(http, ("changes", since), lambda: _changes(http, since))


async def _changes(http: httpx.AsyncClient, since: str) -> Changes:
    running = {key: body for key, body in (await every_course(http)).items() if _runs(body)}
    answers: dict[int, Any] = {}
    ids = sorted(running)
    for begin in range(0, len(ids), MANY):
        answer = await _answer(http, ids[begin : begin + MANY], since)
        if answer is None:
            return _by_the_list(running)
        answers.update(answer)
    for course, answer in answers.items():
        members = answer["enrollmentsConnection"]["nodes"]
        previewing = {str(member["user"]["_id"]) for member in members if member.get("type") == "StudentViewEnrollment"}
        cache(http, ("previewing", course), frozenset(previewing))
    digests = {
        course: {facet: _digest(answer[f"{facet}Connection"]) for facet in FACETS} for course, answer in answers.items()
    }
    worked = {key for key, answer in answers.items() if answer["submitted"]["nodes"] or answer["graded"]["nodes"]}
    worked |= running.keys() - answers.keys()  # those it would not tell of are asked, and say why
    return Changes(digests, frozenset(worked), whole=True)


def _runs(body: bytes) -> bool:
    return read(body, Course).workflow_state not in ("completed", "deleted")


def _by_the_list(running: Mapping[int, bytes]) -> Changes:
    digests = {course: dict.fromkeys(FACETS, _digest(body)) for course, body in running.items()}
    return Changes(digests, frozenset(running), whole=False)


async def _answer(http: httpx.AsyncClient, courses: list[int], since: str) -> dict[int, Any] | None:
    """The answer to one query; None where this Canvas does not answer it."""
    aliases = " ".join(f'c{course}: course(id: "{course}") {{ ...Changes }}' for course in courses)
    query = f"query Changed($since: DateTime!) {{ {aliases} }}{_COURSE}"
    try:
        answer = await http.post(GRAPHQL, json={"query": query, "variables": {"since": since}})
        data = msgspec.json.decode(answer.content)["data"] if answer.is_success else {}
        return {course: _sound(data[f"c{course}"]) for course in courses if data[f"c{course}"] is not None}
    except (SourceDenied, Unavailable, ValueError, KeyError, TypeError):  # not JSON, or not even UTF-8
        return None


def _sound(course: Any) -> Any:
    """What is told of a course, if it has the shape that was asked for. KeyError or TypeError where it has not."""
    for name in ("sectionsConnection", "enrollmentsConnection", "assignmentsConnection", "submitted", "graded"):
        course[name]["nodes"][:0]
    return course


def _digest(of: Any) -> str:
    """Few letters that differ where this does; where there is more than was told, they never agree with any."""
    if isinstance(of, dict) and of.get("pageInfo", {}).get("hasNextPage"):
        return ""
    return hashlib.blake2b(msgspec.json.encode(of), digest_size=6).hexdigest()
