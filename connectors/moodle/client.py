"""How Moodle is read: lists for the whole site at once, and course by course and user by user what it tells only so."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import httpx
import msgspec

from connectors import Page, Pull
from connectors.errors import RightsLacking, SourceError
from connectors.kit import records
from connectors.kit.cache import cached
from connectors.moodle.calls import MOST, Call, Gone, but_gone, call, calls, read, site
from connectors.moodle.members import Member, enrolled
from connectors.moodle.rights import RIGHTS, missing_functions

SYSTEM = 1  # the id of the context that all others are in
GUEST = "guest"
SITE_FORMAT = "site"  # the format of the course that is the site's own front page
FEW = 5  # courses in one request where each answer is large
SHOW_ADDRESSES = "give the token's user moodle/site:viewuseridentity, and have 'email' in the site's showuseridentity"
PLANS = "core_competency_list_user_plans"
FIRST = 3  # the least id of an account, after the guest's and the first administrator's
TRIED = 3  # ids of which most must be somebody's
_START = ""  # the cursor that a finished walk leaves: the next one begins with the first

Pages = AsyncIterator[Page]
Read = Callable[[httpx.AsyncClient, Sequence[int], list[SourceError]], Awaitable[Sequence[bytes]]]
"""Reads what some courses or users have; what may not be seen is noted in the list."""


class User(msgspec.Struct):
    """The parts of a user that walks need; `username` and `email` only where the token may see them."""

    id: int
    username: str = ""
    email: str | None = None
    idnumber: str = ""


class Course(msgspec.Struct, frozen=True):
    """The parts of a course that walks need."""

    id: int
    format: str = ""


class Known(msgspec.Struct):
    """What has an id and a name."""

    id: int
    shortname: str = ""


def granted(stream: str, pull: Pull) -> Pull:
    """The pull of a stream, which begins by looking whether the token's service has its functions."""

    async def checked(http: httpx.AsyncClient, cursor: str | None) -> Pages:
        await lacking_functions(stream, http)
        async for page in pull(http, cursor):
            yield page

    return checked


async def lacking_functions(stream: str, http: httpx.AsyncClient) -> None:
    """RightsLacking where the token's service lacks a function that the stream calls."""
    if lacking := missing_functions(stream, (await site(http)).names):
        raise RightsLacking(f"{stream}: the token's service lacks {', '.join(lacking)}: add them to the service")


async def people(http: httpx.AsyncClient, *, again: bool = False) -> list[bytes]:
    """Everybody who has an account, but the guest. Whom Moodle has deleted it does not list.

    Moodle leaves out whose searched field is empty or hidden: who has no e-mail address is found by name. RightsLacking
    where it lists the token's own user alone, as it does where rights are missing. `again` asks a second time in a run.
    """
    return await cached(http, ("people", again), lambda: _people(http))


async def _people(http: httpx.AsyncClient) -> list[bytes]:
    search = [("core_user_get_users", {"criteria": [{"key": key, "value": "%"}]}) for key in ("lastname", "email")]
    by_name, by_email = [records(answer or b"{}", "users") for answer in await calls(http, search)]
    bodies = {read(body, User).id: body for body in (*by_name, *by_email)}
    users = {key: user for key, body in bodies.items() if (user := read(body, User)).username != GUEST}
    own = (await site(http)).userid
    others = [user for key, user in users.items() if key != own]
    rights = RIGHTS["users"]
    if not others:
        raise RightsLacking(f"users: Moodle lists the token's own user alone: give that user {' and '.join(rights)}")
    if await _hides_people(http, users):
        raise RightsLacking(
            f"users: Moodle lists {len(users)} people and hides others: give the token's user {rights[0]}"
        )
    if not any(user.username for user in others):
        raise RightsLacking(f"users: Moodle shows no user names: give the token's user {rights[1]}")
    if len(by_name) <= 1 < len(by_email):
        raise RightsLacking(f"users: Moodle shows no names: give the token's user {rights[2]}")
    if all(user.email is None and not user.idnumber for user in others):  # who has no address is shown a blank one
        raise RightsLacking(f"users: Moodle shows neither e-mail addresses nor ID numbers: {SHOW_ADDRESSES}")
    return [bodies[key] for key in sorted(users)]


async def _hides_people(http: httpx.AsyncClient, listed: Mapping[int, User]) -> bool:
    """Whether there are accounts that are not listed: some ids between those listed are tried, and the next ones.

    Who may not see people is shown teachers all the same.
    """
    last = max(listed)
    between = [number for number in range(FIRST, last) if number not in listed]
    some = between[:: max(1, len(between) // TRIED)][:TRIED]
    return await _somebodys(http, some) or await _somebodys(http, range(last + 1, last + 1 + TRIED))


async def _somebodys(http: httpx.AsyncClient, ids: Sequence[int]) -> bool:
    """Whether most of some ids are of accounts: Moodle tells the plans of whom it hides, and fails over who is deleted.

    Not of any: a few may be of another site's (MNet), or new since the list was made.
    """
    if len(ids) < TRIED or PLANS not in (await site(http)).names:
        return False
    answers = await calls(http, [(PLANS, {"userid": user}) for user in ids], [])
    return sum(answer is not None for answer in answers) > TRIED // 2


async def users(http: httpx.AsyncClient, _cursor: str | None) -> Pages:
    """Everybody who has an account. Where the site hides addresses, people are known by their ID numbers: a note."""
    everybody = await people(http)
    hidden = sum(read(body, User).email is None for body in everybody)
    notes = (f"Moodle hides the e-mail address of {hidden} people: {SHOW_ADDRESSES}",) if hidden else ()
    yield Page(everybody, notes=notes)


async def courses(http: httpx.AsyncClient, _cursor: str | None) -> Pages:
    """The courses, without the site's front page."""
    yield Page(list((await _courses(http)).values()))


async def _courses(http: httpx.AsyncClient, *, again: bool = False) -> dict[int, bytes]:
    async def fetch() -> dict[int, bytes]:
        courses = {read(body, Course): body for body in records(await call(http, "core_course_get_courses"))}
        return {course.id: body for course, body in courses.items() if course.format != SITE_FORMAT}

    return await cached(http, ("courses", again), fetch)


async def frameworks(http: httpx.AsyncClient, _cursor: str | None) -> Pages:
    """The site's competency frameworks, those of its course categories too."""
    yield Page(await _frameworks(http))


async def _frameworks(http: httpx.AsyncClient) -> list[bytes]:
    async def fetch() -> list[bytes]:
        where = {"context": {"contextid": SYSTEM}, "includes": "children"}
        return records(await call(http, "core_competency_list_competency_frameworks", where))

    return await cached(http, "frameworks", fetch)


async def titles(http: httpx.AsyncClient) -> dict[int, str]:
    """What the competency frameworks are called, by id."""
    known = [read(body, Known) for body in await _frameworks(http)]
    return {framework.id: framework.shortname for framework in known}


async def competencies(http: httpx.AsyncClient, _cursor: str | None) -> Pages:
    """The competencies of each framework."""
    listings: list[Call] = [
        ("core_competency_list_competencies", {"filters": [{"column": "competencyframeworkid", "value": framework}]})
        for framework in await titles(http)
    ]
    for answer in await calls(http, listings):
        yield Page(records(answer or b"[]"))


async def course_ids(http: httpx.AsyncClient, *, again: bool = False) -> list[int]:
    """The ids of the courses, rising."""
    return sorted(await _courses(http, again=again))


async def user_ids(http: httpx.AsyncClient, *, again: bool = False) -> list[int]:
    """The ids of the users, rising."""
    return sorted(read(body, User).id for body in await people(http, again=again))


class _Ids(Protocol):
    """The ids of a list, rising; `again` asks for it a second time in a run."""

    async def __call__(self, http: httpx.AsyncClient, *, again: bool = False) -> list[int]: ...


def walk(ids: _Ids, many: int, read_some: Read) -> Pull:
    """What is asked for course by course or user by user, `many` at a time, by rising id.

    The cursor is the last one read whole: a killed run goes on after it. One that may not be seen, that Moodle fails
    over, or that it says is not there and lists all the same, costs itself. Where that is all of them, or the first 40,
    it is raised.
    """

    async def pull(http: httpx.AsyncClient, cursor: str | None) -> Pages:
        waiting = [id_ for id_ in await ids(http) if id_ > int(cursor or 0)]
        some_read, unread = bool(cursor), 0
        for begin in range(0, len(waiting), many):
            part = waiting[begin : begin + many]
            refused: list[SourceError] = []
            bodies = await read_some(http, part, refused)
            if any(isinstance(fault, Gone) for fault in refused):
                refused = but_gone(refused, await ids(http, again=True))
            some_read = some_read or bool(bodies) or len(refused) < len(part)
            unread += len(refused)
            if not some_read and unread >= min(MOST, len(waiting)):
                raise refused[0]
            yield Page(bodies, cursor=str(part[-1]), incomplete="; ".join(map(str, refused)))
        yield Page([], cursor=_START)

    return pull


def of_courses(read_some: Read, many: int = FEW) -> Pull:
    """A walk through the courses."""
    return walk(course_ids, many, read_some)


def of_users(read_some: Read, many: int = MOST) -> Pull:
    """A walk through the users."""
    return walk(user_ids, many, read_some)


async def _groups_of(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError]) -> Sequence[bytes]:
    """The groups of some courses."""
    requests = [("core_group_get_course_groups", {"courseid": course}) for course in ids]
    answers = await calls(http, requests, refused)
    return [body for answer in answers for body in records(answer or b"[]")]


async def _enrollments_of(http: httpx.AsyncClient, ids: Sequence[int], refused: list[SourceError]) -> Sequence[bytes]:
    """Who is enrolled in some courses, each in an envelope with a key, the course, and whether it is active."""
    enveloped = []
    for course, body, active in await enrolled(http, ids, refused):
        key = f"{course}/{read(body, Member).id}"
        enveloped.append(envelope({"id": key, "course": course, "active": active}, user=body))
    return enveloped


def envelope(beside: dict[str, Any], **verbatim: bytes) -> bytes:
    """An object of what is said beside, and Moodle's own bytes under a name."""
    parts = [msgspec.json.encode(beside)[:-1]]
    parts += [b',"' + name.encode() + b'":' + body for name, body in verbatim.items()]
    return b"".join(parts) + b"}"


def batches(requested: Iterable[Call], many: int = MOST) -> list[list[Call]]:
    """Calls in batches of so many."""
    every = list(requested)
    return [every[begin : begin + many] for begin in range(0, len(every), many)]


groups = of_courses(_groups_of, MOST)
enrollments = of_courses(_enrollments_of, MOST // 2)
