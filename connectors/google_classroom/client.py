"""How Google Classroom is asked: settings, credentials, pages; the courses once in a run, the rest course by course.

Google says of nothing what has changed since: each sync reads everything, and what is as before is not stored again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Self, TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr, model_validator

from connectors import HttpSettings, Page, Pull
from connectors.errors import ConfigError, RateLimited, RightsLacking, SourceDenied, SourceError, Unavailable
from connectors.kit import Refused, ask, cursor_pages, refreshed, service_account
from connectors.kit import client as guarded
from connectors.kit.cache import cache, cached

SCOPES = (
    "classroom.courses.readonly",
    "classroom.rosters.readonly",
    "classroom.profile.emails",
    "classroom.coursework.students.readonly",
)
GUARDIANS = "classroom.guardianlinks.students.readonly"
AUTH = "https://www.googleapis.com/auth/"
_SETTINGS = "settings"
T = TypeVar("T")


class GoogleClassroomSettings(HttpSettings):
    """The Classroom of a Google Workspace domain, and who reads it: a service account, or a user's consent."""

    base_url: str = Field("https://classroom.googleapis.com", description="where the Classroom API is")
    token_url: str = Field(
        "", description="where access tokens are got: Google's own address, or /token of another base_url, if left out"
    )
    service_account: SecretStr | None = Field(
        None, description="the key file of a service account with domain-wide delegation, as Google gives it (JSON)"
    )
    subject: str | None = Field(
        None, description="the administrator for whom the service account acts, by e-mail address"
    )
    client_id: str | None = Field(None, description="the id of an OAuth client, where a refresh token is used")
    client_secret: SecretStr | None = Field(None, description="the OAuth client's secret")
    refresh_token: SecretStr | None = Field(None, description="the refresh token that the user's consent gave")
    archived: bool = Field(True, description="read archived classes, too: grades earned there stay either way")
    guardians: bool = Field(False, description=f"read guardians, too: it takes the scope {GUARDIANS}")
    time_zone: str | None = Field(
        None, description="where the schools are, e.g. America/Denver: Google tells due dates in UTC"
    )
    at_once: int = Field(4, ge=1, le=10, description="how many classes are read at one time")

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        if self.service_account is None and not (self.client_id and self.client_secret and self.refresh_token):
            raise ValueError(
                "credentials are missing: give service_account and subject, or client_id, client_secret, refresh_token"
            )
        if self.service_account is not None and not self.subject:
            raise ValueError("subject is missing: a service account sees nothing by itself, it acts for a user")
        return self


GOOGLE, GOOGLES_TOKENS = "https://classroom.googleapis.com", "https://oauth2.googleapis.com/token"


def _token_url(settings: GoogleClassroomSettings) -> str:
    base = settings.base_url.rstrip("/")
    return settings.token_url or (GOOGLES_TOKENS if base == GOOGLE else f"{base}/token")


class _KeyFile(msgspec.Struct):
    client_email: str
    private_key: str


def client(settings: GoogleClassroomSettings) -> httpx.AsyncClient:
    """An HTTP client that shows whom it acts for. ConfigError where the key file is none."""
    scope = " ".join(AUTH + name for name in (*SCOPES, *((GUARDIANS,) if settings.guardians else ())))
    if settings.service_account is not None:
        try:
            key = msgspec.json.decode(settings.service_account.get_secret_value(), type=_KeyFile)
        except (msgspec.MsgspecError, UnicodeError):
            raise ConfigError("service_account is no key file of a service account (JSON, with client_email)") from None
        auth = service_account(
            _token_url(settings), key.client_email, key.private_key, scope=scope, subject=settings.subject
        )
    elif settings.client_id and settings.client_secret and settings.refresh_token:
        secret, refresh = settings.client_secret.get_secret_value(), settings.refresh_token.get_secret_value()
        auth = refreshed(_token_url(settings), settings.client_id, secret, refresh)
    else:
        raise ConfigError("credentials are missing")
    http = guarded(settings, auth=auth)
    cache(http, _SETTINGS, settings)
    return http


async def settings_of(http: httpx.AsyncClient) -> GoogleClassroomSettings:
    """The settings a client was made with."""

    async def unknown() -> GoogleClassroomSettings:
        raise ConfigError("this client was not made for Google Classroom")

    return await cached(http, _SETTINGS, unknown)


class Course(msgspec.Struct):
    """The parts of a course that walks need."""

    id: str
    name: str = ""
    courseState: str = ""  # noqa: N815  Google's own word


def read(body: bytes, shape: type[T]) -> T:
    """The parts of a record that the walk needs; the record itself goes on as it is."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as why:
        raise Unavailable(f"Google answered with what it does not usually say: {why}") from None


class _Token(msgspec.Struct):
    nextPageToken: str | None = None  # noqa: N815


def listed(http: httpx.AsyncClient, path: str, collection: str, **params: Any) -> AsyncIterator[Sequence[bytes]]:
    """The pages of a list. Where there is nothing, Google leaves the list out."""

    def following(response: httpx.Response) -> dict[str, Any] | None:
        token = read(response.content, _Token).nextPageToken
        return {**params, "pageToken": token} if token else None

    return cursor_pages(http, path, params=params, collection=collection, following=following, omits=True)


async def check(http: httpx.AsyncClient) -> str:
    """Tell how many classes are seen. SourceDenied where it is none, or the credentials are refused."""
    courses = await every_course(http)
    return f"{len(courses)} classes are seen, such as {read(courses[0], Course).name}"


async def every_course(http: httpx.AsyncClient) -> list[bytes]:
    """The courses that are read; listed once in a run. SourceDenied where none is seen."""
    return await cached(http, "courses", lambda: _every_course(http))


async def _every_course(http: httpx.AsyncClient) -> list[bytes]:
    states = ["ACTIVE", "ARCHIVED"] if (await settings_of(http)).archived else ["ACTIVE"]
    courses = [body async for page in listed(http, "v1/courses", "courses", courseStates=states) for body in page]
    if not courses:
        raise SourceDenied(
            "no class is seen: the user who is acted for teaches none and is no administrator (set `subject`, or get"
            " the refresh token from an administrator)"
        )
    return courses


async def courses(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The courses."""
    yield Page(await every_course(http))


ReadCourse = Callable[[httpx.AsyncClient, Course], Awaitable[Sequence[bytes]]]


def of_courses(read_course: ReadCourse) -> Pull:
    """What each course lists, some courses at one time. One that may not be read costs itself."""

    async def pull(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
        every = [read(body, Course) for body in await every_course(http)]
        at_once = (await settings_of(http)).at_once
        refused: list[SourceError] = []
        for begin in range(0, len(every), at_once):
            some = every[begin : begin + at_once]
            answers = await asyncio.gather(*(read_course(http, each) for each in some), return_exceptions=True)
            for course, answer in zip(some, answers, strict=True):
                if isinstance(answer, BaseException):
                    refused.append(_of_course(answer))
                    yield Page([], incomplete=f"class '{course.name}' ({course.id}): {answer}")
                else:
                    yield Page(answer)
        if len(refused) == len(every):
            raise refused[0]

    return pull


def _of_course(why: BaseException) -> SourceError:
    """What one course suffered; what is no matter of a course is raised."""
    if isinstance(why, RightsLacking | Refused) or (
        isinstance(why, SourceError) and not isinstance(why, SourceDenied | RateLimited)
    ):
        return why
    raise why


def probe(path: str) -> Callable[[httpx.AsyncClient], Awaitable[None]]:
    """Ask for one record of the first course, so that a scope that lacks is told beforehand."""

    async def ask_first(http: httpx.AsyncClient) -> None:
        course = read((await every_course(http))[0], Course)
        await ask(http, path.format(course.id), {"pageSize": 1})

    return ask_first
