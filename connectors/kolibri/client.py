"""How a Kolibri server is read: signed in as an administrator, list by list, and its own summary export.

Kolibri answers a caller who is not signed in with empty lists, not with an error. So every list is read to its end and
then the session is looked at: where it is gone, what was read is not to be believed, and the run ends.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr

from connectors import HttpSettings, Page, Pull
from connectors.errors import RightsLacking, Unavailable
from connectors.kit import ask, cursor_pages, members, numbered_pages, records
from connectors.kit import client as guarded
from connectors.kit.retry import judged

ACCOUNTS = "/api/auth/facilityuser/"
DELETED = "/api/auth/deletedfacilityuser/"
FACILITIES = "/api/auth/facility/"
CLASSROOMS = "/api/auth/classroom/"
GROUPS = "/api/auth/learnergroup/"
MEMBERSHIPS = "/api/auth/membership/"
LESSONS = "/api/lessons/lesson/"
EXAMS = "/api/exams/exam/"
CONTENT = "/api/content/contentnode/"
SESSION = "/api/auth/session/"

RIGHTS = ("administrator of the facility, or super administrator",)
_ADMINISTRATORS = frozenset({"admin", "superuser"})

SIZE = 500  # records per page, where a list has pages

T = TypeVar("T")


class KolibriSettings(HttpSettings):
    """A Kolibri server, and the account to read it with."""

    username: str = Field(description="a facility administrator's, or a super administrator's to read all facilities")
    password: SecretStr = Field(description="that account's password")
    facility: str | None = Field(
        None, description="the id of the facility the account belongs to, where the server has more than one"
    )


def client(settings: KolibriSettings) -> httpx.AsyncClient:
    """An HTTP client that signs in before its first request."""
    return guarded(settings, auth=_SignIn(settings))


async def check(http: httpx.AsyncClient) -> str:
    """Sign in, and tell which facilities there are. SourceDenied where the account is refused."""
    names = [read(body, Known).name for body in records((await ask(http, FACILITIES)).content)]
    await still_signed_in(http)
    return f"signed in; facilities: {', '.join(names)}"


class _SignIn(httpx.Auth):
    """Kolibri's session: cookies got for a password, and a token that requests which change something must carry."""

    def __init__(self, settings: KolibriSettings) -> None:
        self._url = httpx.URL(settings.base_url.rstrip("/") + SESSION)
        self._who = {"username": settings.username, "password": settings.password.get_secret_value()}
        if settings.facility:
            self._who["facility"] = settings.facility
        self._lock = asyncio.Lock()
        self._session: dict[str, str] = {}

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        async with self._lock:
            if not self._session:
                login = httpx.Request("POST", self._url, json=self._who)
                answer = yield login
                if not answer.has_redirect_location:
                    answer = judged(login, answer, time.time())
                    answer.request = login
                    self._administers(answer)
                    self._session = dict(answer.cookies)
                if not self._session:
                    raise Unavailable(
                        f"Kolibri at {self._url.host} answered {answer.status_code} without a session, not following"
                        " whatever it names: is base_url the address Kolibri itself uses?"
                    )
        request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._session.items())
        request.headers["X-CSRFToken"] = self._session.get("kolibri_csrftoken", "")
        yield request

    def _administers(self, answer: httpx.Response) -> None:
        """RightsLacking where the account is one that sees a part of the facility, of which nothing would tell."""
        try:
            kinds = msgspec.json.decode(answer.content, type=_Session).kind
        except msgspec.MsgspecError:
            return  # what is no session has no cookies
        if kinds and not _ADMINISTRATORS.intersection(kinds):
            raise RightsLacking(
                f"the account '{self._who['username']}' is {' and '.join(kinds)} in Kolibri, who may see but a part of"
                f" the facility: give the source one that is {RIGHTS[0]}"
            )


class _Session(msgspec.Struct):
    """What Kolibri says of who has signed in."""

    kind: list[str] = []


class Known(msgspec.Struct):
    """The part of a record by which the walk through the server goes on; the record itself passes as it is."""

    id: str | int
    name: str = ""


def read(body: bytes, shape: type[T]) -> T:
    """A record in the given shape. Unavailable where it has another."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as why:
        raise Unavailable(f"Kolibri answered with what it does not usually say: {why}") from None


async def still_signed_in(http: httpx.AsyncClient) -> None:
    """Unavailable where the session has ended. Whoever is signed in sees one account at least: their own."""
    answer = await ask(http, ACCOUNTS, {"page": 1, "page_size": 1})
    if not records(answer.content, "results"):
        raise Unavailable(
            "Kolibri has ended the session, so what it listed is not to be believed: the next run signs in"
        )


def listed(path: str) -> Pull:
    """A list that Kolibri gives whole."""

    async def pull(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
        bodies = records((await ask(http, path)).content)
        await still_signed_in(http)
        yield Page(bodies)

    return pull


async def accounts(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """All accounts, and those that a facility has deleted (which carry `date_deleted`)."""
    for path in (ACCOUNTS, DELETED):
        async for page in numbered_pages(http, path, params={"page_size": SIZE}):
            yield Page(page.records)
    await still_signed_in(http)


async def memberships(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """Who is in which class and group; Kolibri's hidden groups, of single learners with a lesson, are left out."""
    for path in (CLASSROOMS, GROUPS):
        for body in records((await ask(http, path)).content):
            collection = read(body, Known).id
            yield Page(records((await ask(http, MEMBERSHIPS, {"collection": collection})).content))
    await still_signed_in(http)


async def content(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """Content nodes, in as many pages as Kolibri makes; `more` holds the parameters of the next."""
    params = {"max_results": str(SIZE)}
    async for nodes in cursor_pages(http, CONTENT, params=params, collection="results", following=_more):
        yield Page(nodes)
    await still_signed_in(http)


def _more(response: httpx.Response) -> dict[str, str] | None:
    more = members(response.content).get("more")
    return msgspec.json.decode(more, type=dict[str, str] | None) if more else None
