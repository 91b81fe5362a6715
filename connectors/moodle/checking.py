"""What `test` tells of a Moodle: which site it is, and of each stream what the token's user lacks.

No function of Moodle's lists what a user may do: each stream is tried with one small question.
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import httpx
import msgspec

from connectors import Probe
from connectors.errors import RightsLacking, SourceError, Unavailable
from connectors.moodle.calls import Call, call, read, site
from connectors.moodle.client import FEW, SYSTEM, Known, User, course_ids, lacking_functions, people, user_ids
from connectors.moodle.gradebook import NO_ACCESS, grades_of
from connectors.moodle.members import enrolled, in_no_group
from connectors.moodle.ratings import course_ratings_of, ratings_of

SOME = 20  # users whose ratings are looked at


class _AssignedCourse(msgspec.Struct):
    assignments: list[Known] = []


class _Assigned(msgspec.Struct):
    courses: list[_AssignedCourse] = []


class _Warned(msgspec.Struct):
    warnings: list[dict[str, object]] = []


async def check(http: httpx.AsyncClient) -> str:
    """Tell which site it is. SourceDenied where the token is refused."""
    here = await site(http)
    return f"the token reads {here.sitename} (Moodle {here.release})"


def probe(stream: str) -> Probe:
    """Tries a stream with one question. RightsLacking where a function or a right is missing."""

    async def tried(http: httpx.AsyncClient) -> None:
        await lacking_functions(stream, http)
        if stream == "users":
            await people(http)
            return
        try:
            await _READ.get(stream, partial(_questions, stream))(http)
        except RightsLacking:
            raise
        except Unavailable:
            return  # an object that is gone, or a course that is broken: the sync tells

    return tried


async def _members(http: httpx.AsyncClient) -> None:
    courses = (await course_ids(http))[:1]
    await enrolled(http, courses)
    await in_no_group(http, courses)


async def _gradebook(http: httpx.AsyncClient) -> None:
    refused: list[SourceError] = []
    await grades_of(http, (await course_ids(http))[:FEW], refused)
    _raise_lacking(refused)


async def _course_ratings(http: httpx.AsyncClient) -> None:
    refused: list[SourceError] = []
    await course_ratings_of(http, (await course_ids(http))[:FEW], refused)
    _raise_lacking(refused)


async def _ratings(http: httpx.AsyncClient) -> None:
    refused: list[SourceError] = []
    await ratings_of(http, (await user_ids(http))[:SOME], refused)
    _raise_lacking(refused)


def _raise_lacking(refused: Sequence[SourceError]) -> None:
    for fault in refused:
        if isinstance(fault, RightsLacking):
            raise fault


_READ: dict[str, Callable[[httpx.AsyncClient], Awaitable[None]]] = {
    "enrollments": _members,
    "gradebook": _gradebook,
    "ratings": _ratings,
    "course_ratings": _course_ratings,
}
"""Streams of which a few are read as a sync reads them: one question would not meet all rights that they take."""


async def _questions(stream: str, http: httpx.AsyncClient) -> None:
    question = await _question(stream, http)
    while question:
        answer = await call(http, *question)
        if _left_out(answer):
            raise RightsLacking("Moodle leaves out what the token's user may not see")
        question = _further(stream, question[0], answer)


async def _question(stream: str, http: httpx.AsyncClient) -> Call | None:
    """A question that stands for a stream, of the first course or user there is; None where there is none."""
    if stream == "courses":
        return "core_course_get_courses", {}
    if stream in ("frameworks", "competencies"):
        return "core_competency_list_competency_frameworks", {"context": {"contextid": SYSTEM}, "includes": "children"}
    if stream in _OF_A_USER:
        own = (await site(http)).userid
        others = [user for body in await people(http) if (user := read(body, User).id) != own]
        return (_OF_A_USER[stream], {"userid": others[0]}) if others else None
    courses = await course_ids(http)
    if not courses:
        return None
    if stream in ("assignments", "submissions"):
        return "mod_assign_get_assignments", {"courseids": courses[:1], "includenotenrolledcourses": True}
    return "core_group_get_course_groups", {"courseid": courses[0]}


def _further(stream: str, function: str, answer: bytes) -> Call | None:
    """What is asked of the first thing that an answer lists, where a stream takes another right for that."""
    if stream == "submissions" and function == "mod_assign_get_assignments":
        listed = [each for course in read(answer, _Assigned).courses for each in course.assignments]
        return ("mod_assign_get_submissions", {"assignmentids": [listed[0].id]}) if listed else None
    return None


_OF_A_USER = {"evidence": "tool_lp_data_for_user_evidence_list_page", "badges": "core_badges_get_user_badges"}


def _left_out(answer: bytes) -> bool:
    if answer.lstrip()[:1] != b"{":
        return False
    return any(str(warning.get("warningcode")) in NO_ACCESS for warning in read(answer, _Warned).warnings)
