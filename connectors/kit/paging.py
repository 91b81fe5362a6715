"""Walks through a source's pages until they end, and notices when they never would.

Neither a page's length nor a total in a header is believed: servers clamp the limit they are asked for, and leave
headers out. What ends a list is an empty page, or no next link.
"""

import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec

from connectors.errors import Unavailable
from connectors.kit.guard import origin, place
from connectors.kit.http import members, records
from connectors.kit.retry import said

Params = Mapping[str, Any]

_LINK = re.compile(r'<([^<>]*)>((?:"[^"]*"|[^,"])*)')
_PARAM = re.compile(r';\s*([\w*-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s;,"]+)))?')


class Refused(Unavailable):
    """The source understood, and will not. What its `status` (400, 404 or 422) means is for the connector to say."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class OffsetPage:
    """Raw records, and the offset at which the next page begins."""

    records: Sequence[bytes]
    offset: int
    response: httpx.Response


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
        raise Refused(f"{place(response.url)} answered {response.status_code}{said(response)}", response.status_code)
    return response


async def offset_pages(
    http: httpx.AsyncClient, path: str, *, collection: str | None, params: Params, limit: int = 1000, start: int = 0
) -> AsyncIterator[OffsetPage]:
    """Pages by `limit` and `offset`, until one is empty. The offset grows by what came, not by what was asked for."""
    offset = start
    watch = _Watch(path)
    while True:
        response = await ask(http, path, {**params, "limit": limit, "offset": offset})
        found = records(response.content, collection)
        if not found:
            return
        watch.saw(found)
        offset += len(found)
        yield OffsetPage(found, offset, response)


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
        found = records(response.content, collection)
        watch.saw(found)
        target = next_link(response)
        if target is None:
            yield LinkPage(found, None, response)
            return
        url = _same_host(response.url, target)
        watch.goes(str(response.url), str(url))
        yield LinkPage(found, str(url), response)
        response = await ask(http, str(url))


async def numbered_pages(
    http: httpx.AsyncClient, path: str, *, params: Params, collection: str = "results", start: int = 1
) -> AsyncIterator[NumberedPage]:
    """Pages by `page=1`, `page=2`, …, up to the `total_pages` each answer states, or else until one is empty."""
    watch = _Watch(path)
    number = start
    while True:
        response = await ask(http, path, {**params, "page": number})
        found = records(response.content, collection)
        watch.saw(found)
        total = _whole(response, "total_pages")
        if _whole(response, "page") not in (None, number):
            raise Unavailable(f"{place(response.url)} was asked for page {number} and gave another")
        if found:
            yield NumberedPage(found, number, response)
        if (total is None and not found) or (total is not None and number >= total):
            return
        number += 1


class _Watch:
    """Notices pages that repeat, and links that lead back."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pages: set[bytes] = set()
        self._urls: set[str] = set()

    def saw(self, found: Sequence[bytes]) -> None:
        if not found:
            return
        digest = hashlib.blake2b(b"\n".join(found), digest_size=16).digest()
        if digest in self._pages:
            raise Unavailable(f"{self._path} gives the same page again: it does not heed its paging")
        self._pages.add(digest)

    def goes(self, here: str, url: str) -> None:
        self._urls.add(here)
        if url in self._urls:
            raise Unavailable(f"{self._path}: the next link leads back to a page already read")


def _same_host(here: httpx.URL, target: str) -> httpx.URL:
    try:
        url = here.join(target)
    except httpx.InvalidURL:
        raise Unavailable(f"{place(here)}: the next link is no URL") from None
    if origin(url) != origin(here):
        raise Unavailable(f"{place(here)}: the next link leads to another host, {place(url)}: not following")
    return url


def _whole(response: httpx.Response, name: str) -> int | None:
    found = members(response.content).get(name)
    try:
        return None if found is None else msgspec.json.decode(found, type=int)
    except msgspec.DecodeError:
        return None
