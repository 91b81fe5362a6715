"""How a Kolibri server is read: signed in as an administrator, list by list, and its own summary export.

Kolibri answers a caller who is not signed in with empty lists, not with an error. So every list is read to its end and
then the session is looked at: where it is gone, what was read is not to be believed, and the run ends.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import httpx
import msgspec
import tenacity
from pydantic import Field, SecretStr

from connectors import HttpSettings, Page, Pull, Reject
from connectors.errors import Unavailable
from connectors.kit.http import client as guarded
from connectors.kit.http import members, records
from connectors.kit.paging import ask, numbered_pages
from connectors.kit.retry import judged
from connectors.kit.rows import csv_pages

ACCOUNTS = "/api/auth/facilityuser/"
DELETED = "/api/auth/deletedfacilityuser/"
FACILITIES = "/api/auth/facility/"
CLASSROOMS = "/api/auth/classroom/"
GROUPS = "/api/auth/learnergroup/"
MEMBERSHIPS = "/api/auth/membership/"
LESSONS = "/api/lessons/lesson/"
EXAMS = "/api/exams/exam/"
CONTENT = "/api/content/contentnode/"
MASTERY = "/api/logger/masterylog/"
SESSION = "/api/auth/session/"
TASKS = "/api/tasks/tasks/"
EXPORT = "/facility/api/downloadcsvfile/summary/{}/"

_SIZE = 500  # records per page, where a list has pages
_EVER = {"start_date": "2000-01-01", "end_date": "2999-12-31"}  # the export's range, by first interaction


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
    """Sign in, and tell which facilities there are. Denied where the account is refused."""
    found = [_Facility.of(body) for body in records((await ask(http, FACILITIES)).content)]
    await still_signed_in(http)
    return f"signed in; facilities: {', '.join(facility.name for facility in found)}"


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
                asked = httpx.Request("POST", self._url, json=self._who)
                answer = judged(asked, (yield asked), time.time())
                answer.request = asked
                self._session = dict(answer.cookies)
                if not self._session:
                    raise Unavailable(f"Kolibri at {self._url.host} signs nobody in: it answered {answer.status_code}")
        request.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._session.items())
        request.headers["X-CSRFToken"] = self._session.get("kolibri_csrftoken", "")
        yield request


class _Facility(msgspec.Struct):
    id: str
    name: str

    @classmethod
    def of(cls, body: bytes) -> "_Facility":
        return _read(body, cls)


class _Account(msgspec.Struct):
    id: str
    username: str
    facility: str


class _Id(msgspec.Struct):
    id: str | int


class _Task(msgspec.Struct):
    id: str
    status: str


def _read(body: bytes, shape: Any) -> Any:
    """A part of a record that the walk through the server needs; the record itself goes on as it is."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError) as why:
        raise Unavailable(f"Kolibri gave something else than a {shape.__name__.strip('_').lower()}: {why}") from None


async def still_signed_in(http: httpx.AsyncClient) -> None:
    """Unavailable where the session has ended. Whoever is signed in sees one account at least: their own."""
    answer = await ask(http, ACCOUNTS, {"page": 1, "page_size": 1})
    if not records(answer.content, "results"):
        raise Unavailable("Kolibri has ended the session, so what it listed is not to be believed: the next run signs in")


def listed(path: str) -> Pull:
    """A list that Kolibri gives whole."""

    async def pull(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
        found = records((await ask(http, path)).content)
        await still_signed_in(http)
        yield Page(found)

    return pull


async def accounts(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """All accounts, and those that a facility has deleted (which carry `date_deleted`)."""
    for path in (ACCOUNTS, DELETED):
        async for page in numbered_pages(http, path, params={"page_size": _SIZE}):
            yield Page(page.records)
    await still_signed_in(http)


async def memberships(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """Who is in which class and group. Kolibri's hidden groups, made to hand a lesson to single learners, are left out."""
    for path in (CLASSROOMS, GROUPS):
        for body in records((await ask(http, path)).content):
            collection = _read(body, _Id).id
            yield Page(records((await ask(http, MEMBERSHIPS, {"collection": collection})).content))
    await still_signed_in(http)


async def content(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """Content nodes, in as many pages as Kolibri makes; `more` holds the parameters of the next."""
    params: Mapping[str, Any] | None = {"max_results": _SIZE}
    while params:
        body = (await ask(http, CONTENT, params)).content
        yield Page(records(body, "results"))
        params = _read(members(body).get("more", b"null"), dict[str, str] | None)
    await still_signed_in(http)


async def summary_logs(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The rows of each facility's summary export, each with the id of its account in front, in the column `user`."""
    holders = await _holders(http)
    async for facility, page in _export_pages(http):
        yield _with_accounts(page, {name: ids for (at, name), ids in holders.items() if at == facility})


async def mastery_logs(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """All tries, account by account, each in an envelope that says whose and at what; the cursor is the last account.

    A mastery log names neither. Kolibri lists those of one account, and those of one piece of content: each log is in
    one list of either kind, so the two kinds joined give both names, at one request per account and per content.
    """
    content_of: dict[str, str] = {}
    for at in await _practiced(http):
        async for body in _tries(http, user="", content=at):
            content_of[_read(body, _Id).id] = at
    accounts = sorted({account for ids in (await _holders(http)).values() for account in ids})
    for account in accounts:
        if cursor and account <= cursor:
            continue
        found = [_envelope(account, content_of, body) async for body in _tries(http, user=account, content="")]
        yield Page(found, cursor=account)
    await still_signed_in(http)
    yield Page([], cursor=None)


async def _tries(http: httpx.AsyncClient, **about: str) -> AsyncIterator[bytes]:
    async for page in numbered_pages(http, MASTERY, params={**about, "page_size": _SIZE}):
        for body in page.records:
            yield body


def _envelope(account: str, content_of: Mapping[str, str], body: bytes) -> bytes:
    """The log's own bytes, with the names beside them."""
    key = _read(body, _Id).id
    names = msgspec.json.encode({"id": key, "user": account, "content": content_of.get(str(key))})
    return names[:-1] + b',"log":' + body + b"}"


async def _holders(http: httpx.AsyncClient) -> dict[tuple[str, str], list[str]]:
    """The ids of the accounts, deleted ones too, that have or had a username at a facility."""
    found: dict[tuple[str, str], list[str]] = {}
    async for page in accounts(http, None):
        for body in page.records:
            account: _Account = _read(body, _Account)
            found.setdefault((account.facility, account.username), []).append(account.id)
    return found


async def _practiced(http: httpx.AsyncClient) -> list[str]:
    """The ids that mastery logs can be about: exercises with a summary log, and exams."""
    found = {str(_read(body, _Id).id) for body in records((await ask(http, EXAMS)).content)}
    found = {exam for exam in found if not exam.isdigit()}  # a draft has a number, and no try
    async for _, page in _export_pages(http):
        columns = page.columns or ()
        for body in page.records:
            row = dict(zip(columns, msgspec.json.decode(body, type=list[str]), strict=True))
            if row["Content kind"] == "exercise":
                found.add(row["Content id"])
    return sorted(found)


async def _export_pages(http: httpx.AsyncClient) -> AsyncIterator[tuple[str, Page]]:
    """Each facility's summary export, made anew: (facility id, page)."""
    for body in records((await ask(http, FACILITIES)).content):
        facility = _Facility.of(body).id
        for page in csv_pages(BytesIO(await _export(http, facility)), "summary.csv"):
            yield facility, page
    await still_signed_in(http)


async def _export(http: httpx.AsyncClient, facility: str) -> bytes:
    """Have Kolibri write a facility's summary export, in English, as its own "Data" page does; its bytes."""
    order = {"type": "kolibri.core.logger.tasks.exportsummarylogcsv", "facility": facility, "locale": "en", **_EVER}
    answer = await http.post(TASKS, json=order, headers={"Referer": str(http.base_url)})
    if not answer.is_success:
        raise Unavailable(f"Kolibri will not export the summary logs of facility {facility}: {answer.status_code}")
    task: _Task = _read(answer.content, _Task)
    again = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_result(lambda status: status not in ("COMPLETED", "FAILED", "CANCELED")),
        wait=tenacity.wait_exponential(multiplier=0.25, max=5),
        stop=tenacity.stop_after_delay(900),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    status = await again(_status, http, task.id)
    if status != "COMPLETED":
        raise Unavailable(f"Kolibri's export of facility {facility} is {status.lower()}: look at its task {task.id}")
    return (await ask(http, EXPORT.format(facility))).content


async def _status(http: httpx.AsyncClient, task: str) -> str:
    found: _Task = _read((await ask(http, f"{TASKS}{task}/")).content, _Task)
    return found.status


def _with_accounts(page: Page, holders: Mapping[str, Sequence[str]]) -> Page:
    """The page with the column `user` in front. A row whose username is not one account's, now or ever, is set apart."""
    columns = page.columns or ()
    if "Username" not in columns:
        raise Unavailable(f"Kolibri's summary export has no column 'Username' (it has {', '.join(columns[:6])}…)")
    at = columns.index("Username")
    kept, rejects = [], list(page.rejects)
    for n, body in enumerate(page.records, 1):
        name = msgspec.json.decode(body, type=list[str])[at]
        ids = holders.get(name, ())
        if len(ids) == 1:
            kept.append(b"[" + msgspec.json.encode(ids[0]) + b"," + bytes(body)[1:])
        else:
            rejects.append(Reject(bytes(body), _complaint(name, ids), f"summary export, row {n}"))
    return Page(kept, columns=("user", *columns), rejects=rejects)


def _complaint(name: str, ids: Iterable[str]) -> str:
    if shared := ", ".join(ids):
        return f"the username '{name}' is, or was, that of several accounts ({shared}): whose log this is, nobody can tell"
    return f"no account has the username '{name}': was it renamed while the export was written? the next run will tell"
