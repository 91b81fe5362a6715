"""How Canvas is asked: settings, credentials, pages, and the lists that every walk needs, each read once in a run.

Pages are followed by their `Link` header, or by `meta.pagination.next` where an endpoint puts it into the body.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Self, TypeVar

import httpx
import msgspec
from pydantic import Field, SecretStr, model_validator

from connectors import HttpSettings, Page
from connectors.errors import ConfigError, RightsLacking, SourceDenied, SourceError, Unavailable
from connectors.kit import LinkPage, Refused, ask, bearer, header_next, link_pages, members, refreshed
from connectors.kit import client as guarded
from connectors.kit.cache import cache, cached

ACCOUNTS = "/api/v1/accounts"
TOKENS = "/login/oauth2/token"
_OVERLAP = timedelta(minutes=10)  # what was handed in while a sync ran may show late: Canvas reads from a replica
_SETTINGS = "settings"

T = TypeVar("T")


class CanvasSettings(HttpSettings):
    """A Canvas, and what to read it with: an access token, or a developer key with a refresh token."""

    token: SecretStr | None = Field(
        None, description="an access token of a user who administers the accounts to be read, and no others"
    )
    client_id: str | None = Field(None, description="the id of a developer key, where a refresh token is used")
    client_secret: SecretStr | None = Field(None, description="the developer key's secret")
    refresh_token: SecretStr | None = Field(
        None, description="the refresh token that the user's consent gave to the developer key"
    )
    terms: tuple[str, ...] = Field(
        (), description="read courses of these terms only, by id or SIS id; none: of all terms"
    )
    concluded: bool = Field(True, description="read courses that are concluded, too")
    at_once: int = Field(4, ge=1, le=10, description="how many courses are read at one time")

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        if self.token is None and not (self.client_id and self.client_secret and self.refresh_token):
            raise ValueError("token is missing: give one, or client_id, client_secret and refresh_token")
        return self


def client(settings: CanvasSettings) -> httpx.AsyncClient:
    """An HTTP client with the token on every request."""
    if settings.refresh_token and settings.client_secret and settings.client_id:
        secret, refresh = settings.client_secret.get_secret_value(), settings.refresh_token.get_secret_value()
        auth = refreshed(settings.base_url.rstrip("/") + TOKENS, settings.client_id, secret, refresh)
    elif settings.token:
        auth = bearer(settings.token.get_secret_value())
    else:
        raise ConfigError("token is missing: give one, or client_id, client_secret and refresh_token")
    http = guarded(settings, auth=auth)
    cache(http, _SETTINGS, settings)
    return http


async def settings_of(http: httpx.AsyncClient) -> CanvasSettings:
    """The settings a client was made with."""

    async def unknown() -> CanvasSettings:
        raise ConfigError("this client was not made for Canvas")

    return await cached(http, _SETTINGS, unknown)


async def check(http: httpx.AsyncClient) -> str:
    """Tell which accounts the token's user administers. SourceDenied where it is refused, or is none."""
    names = [read(body, Account).name for body in await administered(http)]
    return f"the token reads {', '.join(names)}"


class Account(msgspec.Struct):
    """The parts of an account that walks need."""

    id: int | str
    name: str = ""
    parent_account_id: int | str | None = None
    default_time_zone: str | None = None


class Course(msgspec.Struct):
    """The parts of a course that walks need."""

    id: int | str
    name: str | None = None
    workflow_state: str = ""
    concluded: bool = False
    enrollment_term_id: int | str | None = None


class Term(msgspec.Struct):
    """The parts of a term that walks need."""

    id: int | str
    sis_term_id: str | None = None
    grading_period_group_id: int | str | None = None


def read(body: bytes, shape: type[T]) -> T:
    """The parts of a record that the walk needs; the record itself goes on as it is."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as why:
        raise Unavailable(f"Canvas answered with what it does not usually say: {why}") from None


def zoned(body: bytes, zone: str | None) -> bytes:
    """A record with the time zone in which its days are meant: Canvas writes moments in UTC."""
    return with_more(body, time_zone=zone) if zone else body


def with_more(body: bytes, **more: Any) -> bytes:
    """A record of Canvas's, its own bytes, with fields before them that other answers said."""
    return msgspec.json.encode(more)[:-1] + b"," + body.lstrip()[1:]


def listed(
    http: httpx.AsyncClient, path: str, *, collection: str | None = None, **params: Any
) -> AsyncIterator[LinkPage]:
    """The pages of a list, a hundred records each."""
    return link_pages(http, path, params={"per_page": 100, **params}, collection=collection, next_link=_next)


def _next(response: httpx.Response) -> str | None:
    """The next page's URL, from the header or else from the body."""
    if link := header_next(response):
        return link
    if not response.content.lstrip().startswith(b"{"):
        return None
    meta = members(response.content).get("meta")
    paging = read(meta, dict[str, Any]).get("pagination") if meta else None
    return paging.get("next") if isinstance(paging, dict) else None


async def administered(http: httpx.AsyncClient) -> list[bytes]:
    """The accounts the token's user administers, without those inside another of them."""
    return await cached(http, "administered", lambda: _administered(http))


async def _administered(http: httpx.AsyncClient) -> list[bytes]:
    accounts: list[bytes] = []
    async for page in listed(http, ACCOUNTS):
        accounts += page.records
        cache(http, "clock", page.response.headers.get("date", ""))
    if not accounts:
        raise SourceDenied("the token's user administers no account (make the user an account admin in Canvas)")
    ids = {read(body, Account).id for body in accounts}
    return [body for body in accounts if read(body, Account).parent_account_id not in ids]


async def now(http: httpx.AsyncClient) -> str:
    """The time by Canvas's own clock as the run began, less an overlap, as its filters want it."""
    await administered(http)  # whose answer told it

    async def unknown() -> str:
        return ""

    stamp = await cached(http, "clock", unknown)
    try:
        began = parsedate_to_datetime(stamp)
    except ValueError:
        raise Unavailable(f"Canvas does not tell the time of its answers (Date: '{stamp}')") from None
    return (began - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")


async def accounts(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The accounts administered, and all below them."""
    yield Page(await administered(http))
    yield Page(await _below(http))


async def _below(http: httpx.AsyncClient) -> list[bytes]:
    async def fetch() -> list[bytes]:
        accounts: list[bytes] = []
        for top in await administered(http):
            path = f"{ACCOUNTS}/{read(top, Account).id}/sub_accounts"
            async for page in listed(http, path, recursive="true"):
                accounts += page.records
        return accounts

    return await cached(http, "below", fetch)


async def every_account(http: httpx.AsyncClient) -> list[Account]:
    """All accounts that are read."""
    return [read(body, Account) for body in (*await administered(http), *await _below(http))]


async def terms(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The terms of the root accounts; a token that administers an account below has none to read."""
    yield Page(await all_terms(http))


async def all_terms(http: httpx.AsyncClient) -> list[bytes]:
    """The terms of the root accounts that are administered; read once in a run."""

    async def fetch() -> list[bytes]:
        terms: list[bytes] = []
        for top in await administered(http):
            try:
                path = f"{ACCOUNTS}/{read(top, Account).id}/terms"
                zone = read(top, Account).default_time_zone
                async for page in listed(http, path, collection="enrollment_terms", **{"workflow_state[]": "all"}):
                    terms += [zoned(body, zone) for body in page.records]
            except Refused as why:
                if why.status != HTTPStatus.NOT_FOUND or read(top, Account).parent_account_id is None:
                    raise
        return terms

    return await cached(http, "terms", fetch)


async def courses(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The courses of all accounts, of the terms that are wanted."""
    yield Page(list((await every_course(http)).values()))


async def every_course(http: httpx.AsyncClient) -> dict[int, bytes]:
    """The courses that are read, by id; read once in a run."""
    return await cached(http, "courses", lambda: _every_course(http))


async def _every_course(http: httpx.AsyncClient) -> dict[int, bytes]:
    settings = await settings_of(http)
    terms = await _wanted_terms(http, settings.terms) if settings.terms else None
    courses: dict[int, bytes] = {}
    for top in await administered(http):
        path = f"{ACCOUNTS}/{read(top, Account).id}/courses"
        beside: dict[str, Any] = {"include[]": ["total_students", "concluded"]}
        async for page in listed(http, path, **beside):
            for body in page.records:
                course = read(body, Course)
                if terms is not None and str(course.enrollment_term_id) not in terms:
                    continue
                if settings.concluded or not (course.concluded or course.workflow_state == "completed"):
                    courses[int(course.id)] = body
    return courses


async def _wanted_terms(http: httpx.AsyncClient, names: tuple[str, ...]) -> set[str]:
    known_terms = [read(body, Term) for body in await all_terms(http)]
    by_name = {name: str(term.id) for term in known_terms for name in (str(term.id), term.sis_term_id) if name}
    if lacking := [name for name in names if name not in by_name and not name.isdigit()]:
        raise ConfigError(f"terms: Canvas has no term {', '.join(lacking)} (it has {', '.join(sorted(by_name)[:12])})")
    return {by_name.get(name, name) for name in names}


async def still_let_in(http: httpx.AsyncClient) -> bool:
    """Whether the token itself is good: then what was refused is one object. Asked once in a run."""

    async def fetch() -> bool:
        try:
            await ask(http, ACCOUNTS, {"per_page": 1})
        except RightsLacking:
            return True
        except SourceDenied:
            return False
        return True

    return await cached(http, "let in", fetch)


async def still_there(http: httpx.AsyncClient, course: int) -> bool:
    """Whether a course is there, as far as is known: something of it was not.

    An answer of 404 does not say that it is gone; a list that has it no more does. It is asked for again once in a run.
    """
    try:
        return course in await cached(http, "courses listed again", lambda: _every_course(http))
    except SourceError:
        return True


async def answers(http: httpx.AsyncClient) -> bool:
    """Whether Canvas answers at all: then what it does not answer is one course."""
    try:
        await ask(http, ACCOUNTS, {"per_page": 1})
    except SourceError:
        return False
    return True
