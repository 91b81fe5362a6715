"""How Kolibri's logs are read: who got how far in what, and every try at an exercise or quiz.

Kolibri's API lists mastery logs only without saying whose they are or at what, and summary logs not at all; its own
exports have the latter, by username. What is said here in one list is joined from the lists Kolibri does give.
"""

import dataclasses
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from io import BytesIO

import httpx
import msgspec
import tenacity

from connectors import Page, Reject
from connectors.errors import Unavailable
from connectors.kit import ask, csv_pages, numbered_pages, records
from connectors.kit.cache import cached
from connectors.kolibri.client import EXAMS, FACILITIES, SIZE, Known, accounts, read, still_signed_in

MASTERY = "/api/logger/masterylog/"
TASKS = "/api/tasks/tasks/"
EXPORT = "/facility/api/downloadcsvfile/summary/{}/"

_EVER = {"start_date": "2000-01-01", "end_date": "2999-12-31"}  # the export's range, by first interaction
_START = ""  # the cursor that a finished walk leaves: the next one begins with the first account
_ENDS = ("COMPLETED", "FAILED", "CANCELED")


class _Account(msgspec.Struct):
    id: str
    username: str
    facility: str


class _Exam(msgspec.Struct):
    """A quiz: whether learners see how they did at once, and whether its coach has closed it, after which they do."""

    id: str | int
    instant_report_visibility: bool | None = None
    archive: bool = False

    @property
    def withheld(self) -> bool:
        """Whether its learners do not see yet how they did."""
        return self.instant_report_visibility is False and not self.archive


class _Task(msgspec.Struct):
    id: str
    status: str


async def summary_logs(http: httpx.AsyncClient, _cursor: str | None) -> AsyncIterator[Page]:
    """The rows of each facility's summary export, each with the id of its account in front, in the column `user`."""
    holders = await _holders(http)
    async for facility, page in _export_pages(http):
        yield _with_accounts(
            page, {name: ids for (holder_facility, name), ids in holders.items() if holder_facility == facility}
        )


async def mastery_logs(http: httpx.AsyncClient, cursor: str | None) -> AsyncIterator[Page]:
    """All tries, account by account, each in an envelope that says whose and at what; the cursor is the last account.

    A mastery log names neither. Kolibri lists those of one account, and those of one piece of content: each log is in
    one list of either kind, so the two kinds joined give both names, at one request per account and per content.
    """
    content_of: dict[str, str] = {}
    for content in await _practiced(http):
        async for body in _tries(http, user="", content=content):
            content_of[str(read(body, Known).id)] = content
    withheld = frozenset(str(exam.id) for exam in await _exams(http) if exam.withheld)
    accounts = sorted({account for ids in (await _holders(http)).values() for account in ids})
    for account in accounts:
        if cursor and account <= cursor:
            continue
        tries = []
        async for body in _tries(http, user=account, content=""):
            content_id = content_of.get(str(read(body, Known).id))
            tries.append(_envelope(account, content_id, body, withheld=content_id in withheld))
        yield Page(tries, cursor=account)
    await still_signed_in(http)
    yield Page([], cursor=_START)


async def _tries(http: httpx.AsyncClient, **about: str) -> AsyncIterator[bytes]:
    async for page in numbered_pages(http, MASTERY, params={**about, "page_size": SIZE}):
        for body in page.records:
            yield body


def _envelope(account: str, content: str | None, body: bytes, *, withheld: bool) -> bytes:
    """The log's own bytes, with the names beside them, and whether its quiz shows learners how they did."""
    names = {"id": read(body, Known).id, "user": account, "content": content}
    return msgspec.json.encode(names | ({"withheld": True} if withheld else {}))[:-1] + b',"log":' + body + b"}"


async def _exams(http: httpx.AsyncClient) -> list[_Exam]:
    async def fetch() -> list[_Exam]:
        return [read(body, _Exam) for body in records((await ask(http, EXAMS)).content)]

    return await cached(http, "exams", fetch)


async def _holders(http: httpx.AsyncClient) -> dict[tuple[str, str], list[str]]:
    """The ids of the accounts, deleted ones too, that have or had a username at a facility."""
    holders: dict[tuple[str, str], list[str]] = {}
    async for page in accounts(http, None):
        for body in page.records:
            account = read(body, _Account)
            holders.setdefault((account.facility, account.username), []).append(account.id)
    return holders


async def _practiced(http: httpx.AsyncClient) -> list[str]:
    """The ids that mastery logs can be about: exercises with a summary log, and exams."""
    practiced = {str(exam.id) for exam in await _exams(http)}
    practiced = {exam for exam in practiced if not exam.isdigit()}  # a draft has a number, and no try
    async for _, page in _export_pages(http):
        columns = page.columns or ()
        for body in page.records:
            row = dict(zip(columns, msgspec.json.decode(body, type=list[str]), strict=True))
            if row["Content kind"] == "exercise":
                practiced.add(row["Content id"])
    return sorted(practiced)


async def _export_pages(http: httpx.AsyncClient) -> AsyncIterator[tuple[str, Page]]:
    """Each facility's summary export, made anew once in a run: (facility id, page)."""
    for body in records((await ask(http, FACILITIES)).content):
        facility = str(read(body, Known).id)
        written = await cached(http, ("export", facility), partial(_export, http, facility))
        for page in csv_pages(BytesIO(written), "summary.csv"):
            yield facility, page
    await still_signed_in(http)


async def _export(http: httpx.AsyncClient, facility: str) -> bytes:
    """Have Kolibri write a facility's summary export, in English, as its own "Data" page does; its bytes."""
    order = {"type": "kolibri.core.logger.tasks.exportsummarylogcsv", "facility": facility, "locale": "en", **_EVER}
    answer = await http.post(TASKS, json=order, headers={"Referer": str(http.base_url)})
    if not answer.is_success:
        raise Unavailable(f"Kolibri will not export the summary logs of facility {facility}: {answer.status_code}")
    task = read(answer.content, _Task)
    again = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_result(lambda status: status not in _ENDS),
        wait=tenacity.wait_exponential(multiplier=0.25, max=5),
        stop=tenacity.stop_after_delay(900),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else "",
    )
    status: str = await again(_status, http, task.id)
    if status != "COMPLETED":
        raise Unavailable(f"Kolibri's export of facility {facility} is {status.lower()}: look at its task {task.id}")
    written = (await ask(http, EXPORT.format(facility))).content
    if not written.endswith(b"\n"):
        raise Unavailable(
            f"Kolibri's export of facility {facility} ends in the midst of a row: it is asked for again by the"
            " next run (is the server's disk full?)"
        )
    return written


async def _status(http: httpx.AsyncClient, task: str) -> str:
    state = read((await ask(http, f"{TASKS}{task}/")).content, _Task)
    return state.status


def _with_accounts(page: Page, holders: Mapping[str, Sequence[str]]) -> Page:
    """The page with the column `user` in front. A row whose username is not that of one account is set apart."""
    columns = page.columns or ()
    if "Username" not in columns:
        raise Unavailable(f"Kolibri's summary export has no column 'Username' (it has {', '.join(columns[:6])}…)")
    index = columns.index("Username")
    records, rejects = [], list(page.rejects)
    for n, body in enumerate(page.records, 1):
        name = msgspec.json.decode(body, type=list[str])[index]
        ids = holders.get(name, ())
        if len(ids) == 1:
            records.append(b"[" + msgspec.json.encode(ids[0]) + b"," + bytes(body)[1:])
        else:
            rejects.append(Reject(bytes(body), _complaint(name, ids), f"summary export, row {n}"))
    return dataclasses.replace(page, records=records, columns=("user", *columns), rejects=rejects)


def _complaint(name: str, ids: Iterable[str]) -> str:
    if shared := ", ".join(ids):
        return f"the username '{name}' is, or was, that of several accounts ({shared}): nobody can tell whose log it is"
    return f"no account has the username '{name}': was it renamed while the export was written? the next run will tell"
