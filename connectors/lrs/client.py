"""How a learning record store is read: statements in the order they were stored, from where the last run ended.

The resource is that of xAPI 1.0.3, part 3, 2.1.3 (IEEE 9274.1.1, 4.1.6.1): `since` and `ascending`, and `more` until it
is empty. A statement may become visible later than one stored after it, so each run begins a little before the time up
to which the store calls itself consistent.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self

import httpx
import msgspec
from pydantic import Field, SecretStr, model_validator

from connectors import HttpSettings, Page
from connectors.errors import ConfigError, Unavailable
from connectors.kit import LinkPage, basic, bearer, link_pages, members
from connectors.kit import client as guarded
from connectors.kit.cache import cache, cached
from connectors.xapi import XapiSettings

STATEMENTS = "statements"
VERSION = "X-Experience-API-Version"
CONSISTENT = "X-Experience-API-Consistent-Through"
SIZE = 500  # statements in a page; a store may give fewer
OVERLAP = timedelta(minutes=10)
_SETTINGS = "settings"


class LrsSettings(HttpSettings, XapiSettings):
    """A learning record store, and the credentials to read it with."""

    key: str | None = Field(None, description="the key (user name) of a client of the store that may read statements")
    secret: SecretStr | None = Field(None, description="that client's secret (password)")
    token: SecretStr | None = Field(None, description="a bearer token, where the store takes one instead")
    xapi_version: Literal["1.0.3", "2.0.0"] = Field("1.0.3", description="the version of xAPI that the store speaks")
    stored_from: datetime | None = Field(
        None, description="read only what was stored from this time on, e.g. 2026-08-01T00:00:00Z; none: everything"
    )

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        if self.token is None and not (self.key and self.secret):
            raise ValueError("key is missing: give key and secret, or a token")
        return self


def client(settings: LrsSettings) -> httpx.AsyncClient:
    """An HTTP client with the credentials and the version on every request."""
    if settings.token:
        auth = bearer(settings.token.get_secret_value())
    elif settings.key and settings.secret:
        auth = basic(settings.key, settings.secret.get_secret_value())
    else:
        raise ConfigError("key is missing: give key and secret, or a token")
    http = guarded(settings, auth=auth, headers={VERSION: settings.xapi_version})
    cache(http, _SETTINGS, settings)
    return http


async def check(http: httpx.AsyncClient) -> str:
    """Read one statement. SourceDenied where the credentials are refused."""
    [page] = [page async for page in _first(http)]
    return f"the credentials read statements{'' if page.records else ' (there is none yet)'}"


async def probe(http: httpx.AsyncClient) -> None:
    """Ask for one statement."""
    await check(http)


async def _first(http: httpx.AsyncClient) -> AsyncIterator[LinkPage]:
    async for page in link_pages(http, STATEMENTS, params={"limit": 1}, collection="statements", next_link=_no_more):
        yield page


def _no_more(_response: httpx.Response) -> None:
    """No next page: one was enough."""


class _Stored(msgspec.Struct):
    stored: str = ""


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a walk has come: what `since` asks for, and where the next one begins once this one has ended."""

    since: str | None = None
    then: str | None = None


async def statements(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """The statements stored since the last run began, the oldest first."""
    mark = msgspec.json.decode(cursor, type=Mark) if cursor else Mark()
    since = mark.since or await _stored_from(http)
    params: dict[str, Any] = {"limit": SIZE, "ascending": "true"} | ({"since": since} if since else {})
    then, times = mark.then, _Times()
    async for page in link_pages(http, STATEMENTS, params=params, collection="statements", next_link=_more):
        then = then or _consistent(page.response)
        times.see(page.records)
        # a walk that was killed goes on before the last page; where the store heeds no order, from its beginning
        reached = _before(times.latest) if times.rising and page.next else None
        yield Page(page.records, cursor=_cursor(reached, then) if reached else None)
    yield Page([], cursor=_cursor(then or _before(times.latest) or since, None))


@dataclass(slots=True)
class _Times:
    """When statements were stored: the latest, and whether they come in that order, as two times at least can show."""

    latest: datetime | None = None
    falls: bool = False
    rises: bool = False

    def see(self, records: Sequence[bytes]) -> None:
        for moment in (_moment(_stored(body)) for body in records):
            if moment is None or (self.latest is not None and moment < self.latest):
                self.falls = True
            elif self.latest is None or moment > self.latest:
                self.rises = self.latest is not None
                self.latest = moment

    @property
    def rising(self) -> bool:
        return self.rises and not self.falls


def _before(moment: datetime | None) -> str | None:
    return _written(moment - OVERLAP) if moment else None


def _cursor(since: str | None, then: str | None) -> str:
    return msgspec.json.encode(Mark(since, then)).decode()


async def _stored_from(http: httpx.AsyncClient) -> str | None:
    async def unknown() -> LrsSettings:
        raise ConfigError("this client was not made for a learning record store")

    begins = (await cached(http, _SETTINGS, unknown)).stored_from
    return _written(begins) if begins else None


def _more(response: httpx.Response) -> str | None:
    """The rest of a list: an address from the root of the store's host, or none."""
    more = members(response.content).get("more")
    try:
        return msgspec.json.decode(more, type=str | None) or None if more else None
    except msgspec.DecodeError:
        raise Unavailable("the store says where its list goes on, and it is no address (`more`)") from None


def _consistent(response: httpx.Response) -> str | None:
    """Until when the store has told all, by its own clock, less an overlap: where the next run begins."""
    stamp = response.headers.get(CONSISTENT, "")
    moment = _moment(stamp)
    if moment is None:
        try:
            moment = parsedate_to_datetime(response.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return None
    return _before(moment)


def _stored(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Stored).stored
    except (msgspec.MsgspecError, RecursionError):
        return ""


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip()) if text else None
    except ValueError:
        return None
    return None if moment is None else moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
