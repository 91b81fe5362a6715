"""Walks through a source's pages until they end, and notices when they never would.

Neither a page's length nor a total in a header is believed: servers clamp the limit they are asked for, and leave
headers out. What ends a list is an empty page, no next link, or a 404 past its end. A walk takes no more requests than
a few for each record, whatever the server does: pages in which nothing is new are counted, and `STALE` of them in a
row end it.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from connectors.errors import Unavailable
from connectors.kit.guard import origin, place, url_of
from connectors.kit.http import members, records
from connectors.kit.offsets import STALE, Known, Slice, walk
from connectors.kit.retry import explanation

Params = Mapping[str, Any]

EMPTY = 20
"""So many pages in a row without anything new are a walk that does not end: some may be empty, not so many."""

_LINK = re.compile(r'<([^<>]*)>((?:"[^"]*"|[^,"])*)')
_PARAM = re.compile(r';\s*([\w*-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s;,"]+)))?')


class Refused(Unavailable):
    """The source understood, and will not. What its `status` (400, 404 or 422) means is for the connector to say."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class OffsetPage:
    """Raw records, and the offset at which the next page begins. `short`: why the list is not known to be complete."""

    records: Sequence[bytes]
    offset: int
    short: str = ""


@dataclass(frozen=True, slots=True)
class LinkPage:
    """Raw records (none where no collection is named), and the URL of the next page, as the source gave it."""

    records: Sequence[bytes]
    next: str | None
    response: httpx.Response


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """Raw records, and the number of this page, from 1."""

    records: Sequence[bytes]
    number: int
    response: httpx.Response


async def ask(http: httpx.AsyncClient, path: str, params: Params | None = None) -> httpx.Response:
    """One successful answer; Refused for 400, 404 and 422."""
    response = await http.get(path, params=params)
    if not response.is_success:
        raise Refused(
            f"{place(response.url)} answered {response.status_code}{explanation(response)}", response.status_code
        )
    return response


async def offset_pages(
    http: httpx.AsyncClient, path: str, *, collection: str | None, params: Params, limit: int = 1000, start: int = 0
) -> AsyncIterator[OffsetPage]:
    """Pages by `limit` and `offset`, until one is empty. The offset grows by what came, not by what was asked for."""

    async def fetch(offset: int) -> Slice:
        try:
            response = await ask(http, path, {**params, "limit": limit, "offset": offset})
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND and offset > start:
                return Slice(())
            raise
        return Slice(listed(response, collection), total(response))

    async for stretch in walk(path, fetch, bytes.hex, start=start, overlap=0):
        yield OffsetPage(stretch.records, stretch.offset, stretch.short)


def listed(response: httpx.Response, collection: str | None) -> list[bytes]:
    """The records of an answer; none where it says that there is no content."""
    return [] if response.status_code == HTTPStatus.NO_CONTENT else records(response.content, collection)


def total(response: httpx.Response, header: str = "X-Total-Count") -> int | None:
    """How many records a list says it has in all; None where it says nothing, or no number."""
    count = response.headers.get(header, "").strip()
    return int(count) if count.isascii() and count.isdecimal() else None


def header_next(response: httpx.Response) -> str | None:
    """The target of the Link header with rel="next" (RFC 8288). httpx' own `links` cuts targets at a semicolon."""
    for target, params in _LINK.findall(response.headers.get("link", "")):
        for name, quoted, bare in _PARAM.findall(params):
            if name.lower() == "rel" and "next" in (quoted or bare).lower().split():
                return str(target)
    return None


async def link_pages(
    http: httpx.AsyncClient,
    path: str,
    *,
    params: Params,
    collection: str | None = None,
    next_link: Callable[[httpx.Response], str | None] = header_next,
) -> AsyncIterator[LinkPage]:
    """Pages by links, each as the source wrote it, until there is none. An empty page with a link is not the end."""
    watch = _Watch(path)
    response = await ask(http, path, params)
    while True:
        page = listed(response, collection)
        if not watch.saw(page):
            page = []
        target = next_link(response)
        if target is None:
            yield LinkPage(page, None, response)
            return
        url = _same_host(response.url, target)
        watch.goes(str(response.url), str(url))
        yield LinkPage(page, str(url), response)
        response = await ask(http, str(url))


async def numbered_pages(
    http: httpx.AsyncClient, path: str, *, params: Params, collection: str = "results", start: int = 1
) -> AsyncIterator[NumberedPage]:
    """Pages by `page=1`, `page=2`, …, up to the `total_pages` each answer states, or else until one is empty."""
    watch = _Watch(path)
    number = start
    last: int | None = None
    while True:
        try:
            response = await ask(http, path, {**params, "page": number})
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND and number > start and last is None:
                return
            raise  # also where the page before said that there is one more: the list is not known to be whole
        page = listed(response, collection)
        last = _whole(response, "total_pages")
        if _whole(response, "page") not in (None, number):
            raise Unavailable(f"{place(response.url)} was asked for page {number} and gave another")
        if watch.saw(page) and page:
            yield NumberedPage(page, number, response)
        if (last is None and not page) or (last is not None and number >= last):
            return
        if last is None and watch.stale >= STALE:
            watch.check_heeded()
            return
        watch.check_progress()
        number += 1


async def cursor_pages(
    http: httpx.AsyncClient,
    path: str,
    *,
    params: Params,
    collection: str | None,
    following: Callable[[httpx.Response], Params | None],
    omits: bool = False,
) -> AsyncIterator[Sequence[bytes]]:
    """Pages by the parameters that each answer states for the next one (`following`), until one states none.

    `omits`: an answer without the collection has none of it.
    """
    watch = _Watch(path)
    query: Params = params
    while True:
        response = await ask(http, path, query)
        left_out = omits and collection is not None and collection not in members(response.content)
        page = [] if left_out else listed(response, collection)
        if watch.saw(page):
            yield page
        further = following(response)
        if not further:
            return
        watch.goes(_written(query), _written(further))
        query = further


def _written(params: Params) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(params.items()))


class _Watch:
    """Notices pages that have nothing new, and links that lead back."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._known = Known()
        self._urls: set[str] = set()
        self._pages = 0
        self.stale = 0

    def saw(self, page: Sequence[bytes]) -> bool:
        """Whether a page has anything that no page before had; an empty one is not held against it."""
        new = not page or any(record not in self._known for record in reversed(page))
        if page and new:
            self._known.add(page)
            self._pages += 1
            self.stale = 0
        else:
            self.stale += 1
        return new

    def check_heeded(self) -> None:
        """Unavailable where the first page came again and again: that may not be all there is."""
        if self._pages < 2:
            raise Unavailable(f"{self._path} gives the same page again: it does not heed its paging")

    def goes(self, here: str, url: str) -> None:
        """Unavailable where a link leads back, or where nothing new has come for long."""
        self._urls.add(here)
        if url in self._urls:
            raise Unavailable(f"{self._path}: the next link leads back to a page already read")
        self.check_progress()

    def check_progress(self) -> None:
        """Unavailable where page after page brings nothing new, and there is a next one still."""
        if self.stale >= EMPTY:
            raise Unavailable(f"{self._path}: {EMPTY} pages in a row bring nothing new, and there is a next one still")


def _same_host(here: httpx.URL, target: str) -> httpx.URL:
    try:
        url = url_of(target, here)
    except ValueError:
        raise Unavailable(f"{place(here)}: the next link is no URL") from None
    if origin(url) != origin(here):
        raise Unavailable(f"{place(here)}: the next link leads to another host, {place(url)}: not following")
    return url


def _whole(response: httpx.Response, name: str) -> int | None:
    value = members(response.content).get(name) if response.content else None
    try:
        return None if value is None else msgspec.json.decode(value, type=int)
    except msgspec.DecodeError:
        return None
