"""Who is in the courses of a Moodle: asked for once in a run, since enrollments, grades and ratings go by it."""

from collections.abc import Sequence

import httpx
import msgspec

from connectors.errors import SourceError
from connectors.kit import records
from connectors.kit.cache import cache, cached, is_cached
from connectors.moodle.calls import Call, calls, read

NO_GROUP = 2_147_483_647  # the id of no group: Moodle tells by it whether all groups may be seen


class Held(msgspec.Struct):
    """A role that somebody has in a course."""

    shortname: str = ""


class Member(msgspec.Struct):
    """Who is enrolled, and as what."""

    id: int
    roles: list[Held] = []


def learns(member: Member) -> bool:
    """Whether somebody may be graded: a role of one's own may be, so only Moodle's own teachers are left out."""
    own = ("teacher", "editingteacher", "manager", "coursecreator")
    return not member.roles or not all(role.shortname in own for role in member.roles)


Members = list[tuple[int, bytes, bool]]
"""Who is in a course: (course, Moodle's own bytes of a user, whether they are active there)."""


async def enrolled(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError] | None = None) -> Members:
    """Who is enrolled in some courses, and whether that is active, which Moodle tells by a second list.

    Each course's is asked for once in a run.
    """
    waiting = [course for course in ids if not is_cached(http, ("enrolled", course))]
    for course, members in (await _enrolled(http, waiting, refused)).items():
        cache(http, ("enrolled", course), members)
    read_whole = [course for course in ids if is_cached(http, ("enrolled", course))]
    return [member for course in read_whole for member in await cached(http, ("enrolled", course), _no_members)]


async def _no_members() -> Members:
    return []


async def _enrolled(
    http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError] | None
) -> dict[int, Members]:
    fields = {"name": "userfields", "value": "id,roles,groups"}
    active = [fields, {"name": "onlyactive", "value": 1}]
    requests: list[Call] = [
        ("core_enrol_get_enrolled_users", {"courseid": course, "options": options})
        for course in ids
        for options in ([fields], active)
    ]
    answers = await calls(http, requests, refused)
    members: dict[int, Members] = {}
    empty: list[int] = []
    for course, everybody, now in zip(ids, answers[::2], answers[1::2], strict=True):
        if everybody is None or now is None:
            continue  # half of it would say that nobody is active
        every = records(everybody)
        if not every:
            empty.append(course)
            continue
        current = {read(body, Member).id for body in records(now)}
        members[course] = [(course, body, read(body, Member).id in current) for body in every]
    return members | {course: [] for course in await in_no_group(http, empty, refused)}


async def in_no_group(
    http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError] | None = None
) -> list[int]:
    """Those of some courses whose groups may all be seen: to others one with separate groups is shown as empty.

    Moodle refuses who lacks that right only where a group is asked for, be there one or not.
    """
    options = [{"name": "groupid", "value": NO_GROUP}, {"name": "userfields", "value": "id"}]
    requests = [("core_enrol_get_enrolled_users", {"courseid": course, "options": options}) for course in ids]
    answers = await calls(http, requests, refused)
    return [course for course, answer in zip(ids, answers, strict=True) if answer is not None]
