"""What `test` tells of a Moodle: which site it is, and what the token's user lacks, stream by stream."""

from collections.abc import AsyncIterator, Iterator

import httpx
import msgspec

from connectors.errors import SourceDenied, Unavailable
from connectors.moodle.calls import Call, call, read, site
from connectors.moodle.client import SYSTEM, User, course_ids, people
from connectors.moodle.rights import FUNCTIONS, RIGHTS, missing_functions


class _Warned(msgspec.Struct):
    warnings: list[dict[str, object]] = []


async def check(http: httpx.AsyncClient) -> str:
    """Tell which site it is, who is seen, and in how many courses. SourceDenied with all that the token's user lacks.

    Each stream is tried with one small question, for no function of Moodle's lists what a user may do.
    """
    here = await site(http)
    lacking = [
        f"{stream}: add the functions {', '.join(names)} to the service"
        for stream in FUNCTIONS
        if (names := missing_functions(stream, here.names))
    ]
    seen: list[User] = []
    if "core_user_get_users" in here.names:
        try:
            seen = [read(body, User) for body in await people(http)]
        except SourceDenied as why:
            lacking.append(str(why))
        else:
            if not any(user.email for user in seen if user.id != here.userid):
                lacking.append("users: no e-mail address is shown: give the token's user moodle/site:viewuseridentity")
    lacking += [complaint async for complaint in _refused(http, here.names, [user.id for user in seen])]
    if lacking:
        raise SourceDenied("; ".join(lacking))
    courses = len(await course_ids(http))
    return f"the token reads {here.sitename} (Moodle {here.release}): {len(seen)} people, {courses} courses"


async def _refused(http: httpx.AsyncClient, functions: frozenset[str], users: list[int]) -> AsyncIterator[str]:
    """What is refused of the questions that stand for each stream, in Moodle's words, with the rights needed."""
    try:
        courses = await course_ids(http) if "core_course_get_courses" in functions else []
    except SourceDenied as why:
        yield f"courses: {why} ({', '.join(RIGHTS['courses'])})"
        courses = []
    own = (await site(http)).userid
    others = [user for user in users if user != own]
    for stream, (function, params) in _questions(courses, others):
        if function not in functions:
            continue
        try:
            answer = await call(http, function, params)
        except SourceDenied as why:
            yield f"{stream}: {why} ({', '.join(RIGHTS[stream])})"
        except Unavailable:
            continue  # an object that is gone, or a course that is broken: the sync tells
        else:
            if _left_out(answer):
                yield f"{stream}: Moodle leaves out what the token's user may not see: give {', '.join(RIGHTS[stream])}"


def _left_out(answer: bytes) -> bool:
    if answer.lstrip()[:1] != b"{":
        return False
    return any(str(warning.get("warningcode")) in ("1", "2") for warning in read(answer, _Warned).warnings)


def _questions(courses: list[int], users: list[int]) -> Iterator[tuple[str, Call]]:
    """A question for each stream, of the first course and the first user there are."""
    framework = {"context": {"contextid": SYSTEM}, "includes": "children"}
    yield "frameworks", ("core_competency_list_competency_frameworks", framework)
    for course in courses[:1]:
        members = [{"name": "userfields", "value": "id,roles"}, {"name": "onlyactive", "value": 1}]
        yield "enrollments", ("core_enrol_get_enrolled_users", {"courseid": course, "options": members})
        yield "groups", ("core_group_get_course_groups", {"courseid": course})
        yield "gradebook", ("gradereport_user_get_grade_items", {"courseid": course})
        yield "course_ratings", ("core_competency_list_course_competencies", {"id": course})
        assigned = {"courseids": [course], "includenotenrolledcourses": True}
        yield "assignments", ("mod_assign_get_assignments", assigned)
    for user in users[:1]:
        yield "ratings", ("core_competency_list_user_plans", {"userid": user})
        yield "evidence", ("tool_lp_data_for_user_evidence_list_page", {"userid": user})
        yield "badges", ("core_badges_get_user_badges", {"userid": user})
