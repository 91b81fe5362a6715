"""A source to try a connector on: a server of its own that answers requests, and a proxy on loopback before it.

The proxy speaks HTTP over a socket, so that what it does wrong is wrong on the wire.
"""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from connectors import Connector, named
from connectors.limits import Limits, Private

Answer = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
"""What a source answers to a request, as its system would."""

LOOPBACK = Limits(Private.read(["127.0.0.1"]), wait_seconds=0)
"""This machine may be reached, and nobody waits for a source."""

_ID = re.compile(r"(?<=/)(\d+|[0-9a-f]{32})(?=/|$)")


def kind_of(request: httpx.Request) -> str:
    """What a request asks for, whichever object of its kind it is about: `GET /courses/N/sections`."""
    return f"{request.method} {_ID.sub('N', request.url.path)}"


@dataclass(frozen=True)
class World:
    """A connector's source: who answers, and the settings it is read with, but for `base_url`.

    `kind` names what a request asks for. `path` is where the API begins. `reads` says whether a request only reads,
    so that it may be asked again. `lacking` gives what the same source answers a token without one of the rights that
    its streams name; `untold` are those of them without which something is left out that no answer shows.
    `by_class`: it is asked class by class, so that requests grow with its classes.
    """

    connector: str
    answer: Answer
    settings: Mapping[str, Any] = field(default_factory=dict)
    kind: Callable[[httpx.Request], str] = kind_of
    path: str = ""
    reads: Callable[[str], bool] = lambda kind: kind.startswith("GET ")
    lacking: Callable[[str], Answer] | None = None
    untold: frozenset[str] = frozenset()
    by_class: bool = False

    @property
    def of(self) -> Connector:
        """The connector."""
        return named(self.connector)


class Reply:
    """What a proxy sends: bytes as they are, at a pace. `pieces` are sent `pause` seconds apart."""

    def __init__(self, *pieces: bytes, pause: float = 0, silent: bool = False) -> None:
        self.pieces = pieces
        self.pause = pause
        self.silent = silent  # then nothing more comes, and the connection stays open


def reply(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, *, length: int | None = None
) -> Reply:
    """One answer that ends its connection."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body) if length is None else length}", "Connection: close", "", ""]
    return Reply("\r\n".join(lines).encode("latin1") + body)


def as_it_is(response: httpx.Response) -> Reply:
    """An answer as the source gave it."""
    lines = [f"HTTP/1.1 {response.status_code} {HTTPStatus(response.status_code).phrase}"]
    passed_on = [(n, v) for n, v in response.headers.multi_items() if n not in ("content-length", "transfer-encoding")]
    lines += [f"{name}: {value}" for name, value in passed_on]
    lines += [f"Content-Length: {len(response.content)}", "Connection: close", "", ""]
    return Reply("\r\n".join(lines).encode("latin1") + response.content)


Spoil = Callable[[str, int, httpx.Request, httpx.Response], Reply | None]
"""What is sent in place of an answer, by what was asked for and how often it was before; None: the answer."""


@dataclass
class Proxy:
    """The way to a source. `asked` are the kinds of the requests that came, in order; `spoil` makes answers wrong."""

    world: World
    spoil: Spoil | None = None
    asked: list[str] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            request = await _read(reader)
            sent = await self._reply(request)
            for piece in sent.pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(sent.pause)
            if sent.silent:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the client has had enough
        finally:
            writer.close()

    async def _reply(self, request: httpx.Request) -> Reply:
        kind = self.world.kind(request)
        before = self.asked.count(kind)
        self.asked.append(kind)
        answer = self.world.answer(request)
        response = await answer if inspect.isawaitable(answer) else answer
        await response.aread()
        spoiled = self.spoil(kind, before, request, response) if self.spoil else None
        return spoiled or as_it_is(response)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The address of the API on loopback, while somebody answers there."""
        async with await asyncio.start_server(self, "127.0.0.1") as server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{self.world.path}"


async def _read(reader: asyncio.StreamReader) -> httpx.Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in head[1:] if line)]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    host = next(value for name, value in headers if name.lower() == "host")
    return httpx.Request(method, f"http://{host}{target}", headers=headers, content=await reader.readexactly(length))
