"""How Canvas is read: what the token's user administers, account by account and course by course.

Pages are followed by their `Link` header, or by `meta.pagination.next` where an endpoint puts it into the body. Walks
through courses go by rising id, and their cursor is the last course that was read whole.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr

from connectors import HttpSettings, Page, Pull
from connectors.errors import SourceDenied, Unavailable
from connectors.kit import LinkPage, Refused, ask, bearer, header_next, link_pages, members
from connectors.kit import client as guarded

ACCOUNTS = "/api/v1/accounts"

_START = ""  # the cursor that a finished walk leaves: the next one begins with the first course
_OVERLAP = timedelta(minutes=10)  # what was handed in while a sync ran may show late: Canvas reads from a replica
_STUDENT_VIEW = {"type[]": "StudentViewEnrollment"}

T = TypeVar("T")
Read = Callable[[LinkPage], Sequence[bytes]]


class CanvasSettings(HttpSettings):
    """A Canvas, and the access token to read it with."""

    token: SecretStr = Field(
        description="an access token of a user who administers the accounts to be read, and no others"
    )


def client(settings: CanvasSettings) -> httpx.AsyncClient:
    """An HTTP client with the token on every request."""
    return guarded(settings, auth=bearer(settings.token.get_secret_value()))


async def check(http: httpx.AsyncClient) -> str:
    """Tell which accounts the token's user administers. SourceDenied where it is refused, or is none."""
    names = [_read(body, _Account).name for body in await _administered(http)]
    return f"the token reads {', '.join(names)}"


class _Account(msgspec.Struct):
    id: int | str
    name: str = ""
    parent_account_id: int | str | None = None


class _Course(msgspec.Struct):
    id: int | str


class _Owned(msgspec.Struct):
    user_id: int | str | None = None


class _Outcome(msgspec.Struct):
    outcome: msgspec.Raw


class _Links(msgspec.Struct):
    user: str = ""
    learning_outcome: str = ""
    alignment: str = ""


class _Scale(msgspec.Struct):
    id: int | str
    mastery_points: Any = None
    points_possible: Any = None
    ratings: Any = None


class _Linked(msgspec.Struct):
    outcomes: list[_Scale] = []


class _Scored(msgspec.Struct):
    links: _Links
    id: int | str | None = None


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a walk through courses has come: the last course read whole; what `since` asks for; when it `began`."""

    after: int = 0
    since: str | None = None
    began: str | None = None

    @classmethod
    def of(cls, cursor: str | None) -> "Mark":
        """The mark a cursor holds; none is the beginning."""
        return _read(cursor.encode(), cls) if cursor else cls()

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()


def _read(body: bytes, shape: type[T]) -> T:
    """The parts of a record that the walk needs; the record itself goes on as it is."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as why:
        raise Unavailable(f"Canvas answered with what it does not usually say: {why}") from None


def _pages(
    http: httpx.AsyncClient, path: str, *, collection: str | None = None, **params: Any
) -> AsyncIterator[LinkPage]:
    return link_pages(http, path, params={"per_page": 100, **params}, collection=collection, next_link=_next)


def _next(response: httpx.Response) -> str | None:
    """The next page's URL, from the header or else from the body."""
    if found := header_next(response):
        return found
    if not response.content.lstrip().startswith(b"{"):
        return None
    meta = members(response.content).get("meta")
    paging = _read(meta, dict[str, Any]).get("pagination") if meta else None
    return paging.get("next") if isinstance(paging, dict) else None


async def _administered(http: httpx.AsyncClient) -> list[bytes]:
    """The accounts the token's user administers, without those inside another of them."""
    found = [body async for page in _pages(http, ACCOUNTS) for body in page.records]
    if not found:
        raise SourceDenied("the token's user administers no account (make the user an account admin in Canvas)")
    ids = {_read(body, _Account).id for body in found}
    return [body for body in found if _read(body, _Account).parent_account_id not in ids]


async def accounts(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The accounts administered, and all below them."""
    tops = await _administered(http)
    yield Page(tops)
    for top in tops:
        async for page in _pages(http, f"{ACCOUNTS}/{_read(top, _Account).id}/sub_accounts", recursive="true"):
            yield Page(page.records)


def of_accounts(path: str, **params: Any) -> Pull:
    """What an account lists for itself and all accounts below it."""

    async def pull(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
        for top in await _administered(http):
            async for page in _pages(http, path.format(_read(top, _Account).id), **params):
                yield Page(page.records)

    return pull


courses = of_accounts("/api/v1/accounts/{}/courses")


async def _course_ids(http: httpx.AsyncClient, after: int) -> list[int]:
    found = {int(_read(body, _Course).id) async for page in courses(http, None) for body in page.records}
    return sorted(course for course in found if course > after)


def of_courses(path: str, **params: Any) -> Pull:
    """What each course lists."""

    async def pull(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
        for course in await _course_ids(http, Mark.of(cursor).after):
            async for records, done in _of_course(http, course, path, **params):
                yield Page(records, cursor=str(Mark(course)) if done else None)
        yield Page([], cursor=_START)

    return pull


async def _of_course(
    http: httpx.AsyncClient, course: int, path: str, read: Read = lambda page: page.records, /, **params: Any
) -> AsyncIterator[tuple[Sequence[bytes], bool]]:
    """The records of each page of a course's list, and whether it was the last; none where it has gone since."""
    try:
        async for page in _pages(http, path.format(course), **params):
            yield read(page), page.next is None
    except Refused as why:
        if why.status != HTTPStatus.NOT_FOUND:
            raise
        yield [], True


async def submissions(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """All submissions, or those handed in or graded since the last sync began; the previewing teachers' left out.

    Canvas takes `submitted_since` and `graded_since` together to mean both, so each is asked for by itself.
    """
    mark = Mark.of(cursor)
    began = mark.began or await _now(http)
    asks: list[Mapping[str, Any]] = [{}]
    if mark.since:
        asks = [{"submitted_since": mark.since}, {"graded_since": mark.since}]
    for course in await _course_ids(http, mark.after):
        nobody = await _previewing(http, course)
        for since in asks:
            path = "/api/v1/courses/{}/students/submissions"
            async for records, _ in _of_course(http, course, path, **{"student_ids[]": "all"}, **since):
                yield Page([body for body in records if _read(body, _Owned).user_id not in nobody])
        yield Page([], cursor=str(Mark(course, mark.since, began)))
    yield Page([], cursor=str(Mark(since=began)))


async def _previewing(http: httpx.AsyncClient, course: int) -> set[int | str | None]:
    """The made-up students through whose eyes teachers look at the course: their work is nobody's."""
    walk = _of_course(http, course, "/api/v1/courses/{}/enrollments", **_STUDENT_VIEW)
    return {_read(body, _Owned).user_id async for records, _ in walk for body in records}


async def _now(http: httpx.AsyncClient) -> str:
    """The time by Canvas's own clock, less an overlap, as its filters want it."""
    stamp = (await ask(http, ACCOUNTS, {"per_page": 1})).headers.get("date", "")
    try:
        now = parsedate_to_datetime(stamp)
    except ValueError:
        raise Unavailable(f"Canvas does not tell the time of its answers (Date: '{stamp}')") from None
    return (now - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")


async def outcomes(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The outcomes linked anywhere in the accounts and their courses, each once, out of the links that hold them."""
    seen: set[bytes] = set()
    places = [
        f"{ACCOUNTS}/{_read(body, _Account).id}" async for page in accounts(http, None) for body in page.records
    ] + [f"/api/v1/courses/{course}" for course in await _course_ids(http, 0)]
    for place in places:
        async for page in _pages(http, f"{place}/outcome_group_links", outcome_style="full"):
            linked = {_read(bytes(found), _Course).id: bytes(found) for found in map(_linked, page.records)}
            fresh = {key: body for key, body in linked.items() if str(key).encode() not in seen}
            seen.update(str(key).encode() for key in fresh)
            yield Page(list(fresh.values()))


def _linked(body: bytes) -> msgspec.Raw:
    return _read(body, _Outcome).outcome


async def outcome_results(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """Each course's outcome results, in an envelope with the course, a key, and the scale of the outcome as it is now.

    The key is Canvas's id where there is one: results of New Quizzes come from another service without.
    """
    path = "/api/v1/courses/{}/outcome_results"
    asked: dict[str, Any] = {"collection": "outcome_results", "include[]": "outcomes"}
    for course in await _course_ids(http, Mark.of(cursor).after):
        async for records, done in _of_course(http, course, path, partial(_enveloped, course), **asked):
            yield Page(records, cursor=str(Mark(course)) if done else None)
    yield Page([], cursor=_START)


def _enveloped(course: int, page: LinkPage) -> Sequence[bytes]:
    """The results' own bytes, each with the course, a key and its outcome's scale beside them."""
    linked = members(page.response.content).get("linked")
    outcomes = _read(bytes(linked), _Linked).outcomes if linked else []
    scales = {str(scale.id): scale for scale in outcomes}
    return [_envelope(course, body, scales) for body in page.records]


def _envelope(course: int, body: bytes, scales: Mapping[str, "_Scale"]) -> bytes:
    found = _read(body, _Scored)
    links = found.links
    key = found.id or f"{course}/{links.user}/{links.learning_outcome}/{links.alignment}"
    beside: dict[str, Any] = {"id": key, "course_id": course}
    if scale := scales.get(str(links.learning_outcome)):
        beside["scale"] = {"mastery": scale.mastery_points, "most": scale.points_possible, "ratings": scale.ratings}
    return msgspec.json.encode(beside)[:-1] + b',"result":' + body + b"}"
