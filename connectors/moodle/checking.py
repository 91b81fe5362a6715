"""What `test` tells of a Moodle: which site it is, and of each stream what the token's user lacks.

No function of Moodle's lists what a user may do: each stream is tried with one small question.
"""

import httpx
import msgspec

from connectors import Probe
from connectors.errors import RightsLacking, Unavailable
from connectors.moodle.calls import Call, call, read, site
from connectors.moodle.client import SYSTEM, User, course_ids, lacking_functions, people
from connectors.moodle.gradebook import NO_ACCESS


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
            await _people(http)
        elif question := await _question(stream, http):
            try:
                answer = await call(http, *question)
            except RightsLacking:
                raise
            except Unavailable:
                return  # an object that is gone, or a course that is broken: the sync tells
            if _left_out(answer):
                raise RightsLacking("Moodle leaves out what the token's user may not see")

    return tried


async def _people(http: httpx.AsyncClient) -> None:
    own = (await site(http)).userid
    if not any(user.email for user in [read(body, User) for body in await people(http)] if user.id != own):
        raise RightsLacking("no e-mail address is shown: give the token's user moodle/site:viewuseridentity")


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
    if stream == "enrollments":
        members = [{"name": "userfields", "value": "id,roles"}, {"name": "onlyactive", "value": 1}]
        return "core_enrol_get_enrolled_users", {"courseid": courses[0], "options": members}
    function, name = _OF_A_COURSE[stream]
    return function, {name: courses[0]}


_OF_A_USER = {
    "ratings": "core_competency_list_user_plans",
    "evidence": "tool_lp_data_for_user_evidence_list_page",
    "badges": "core_badges_get_user_badges",
}
_OF_A_COURSE = {
    "groups": ("core_group_get_course_groups", "courseid"),
    "gradebook": ("gradereport_user_get_grade_items", "courseid"),
    "course_ratings": ("core_competency_list_course_competencies", "id"),
}


def _left_out(answer: bytes) -> bool:
    if answer.lstrip()[:1] != b"{":
        return False
    return any(str(warning.get("warningcode")) in NO_ACCESS for warning in read(answer, _Warned).warnings)
