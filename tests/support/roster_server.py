"""A OneRoster service on loopback, made of plain lists, that refuses, shortens or misplaces what a test wants it to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Row = dict[str, Any]


@dataclass
class RosterServer:
    """Collections by name. `refused` gives a collection's status, `totals` what its header claims, `names` its list's.

    `asked` holds the collections that were asked for, in order, with the query.
    """

    collections: dict[str, list[Row]]
    refused: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    clamp: int = 1000
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def times(self, collection: str) -> int:
        """How often a collection was asked for."""
        return sum(name == collection for name, _ in self.asked)

    def answer(self, path: str) -> tuple[int, Any, dict[str, str]]:
        """The status, the body and the headers for a request."""
        split = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(split.query).items()}
        name, _, key = split.path.strip("/").rpartition("/")
        collection = name.rpartition("/")[2] if name.rpartition("/")[2] in self.collections else key
        self.asked.append((key, query))
        key = unquote(key)
        if collection in self.refused:
            return self.refused[collection], {"imsx_codeMajor": "failure", "imsx_description": "not for you"}, {}
        rows = self.collections.get(collection)
        if rows is None:
            return 404, {"imsx_codeMajor": "failure", "imsx_description": "unknown"}, {}
        if collection != key:
            row = next((row for row in rows if row["sourcedId"] == key), None)
            return (404, {}, {}) if row is None else (200, {collection.removesuffix("s"): row}, {})
        if since := query.get("filter", "").partition(">'")[2].removesuffix("'"):
            rows = [row for row in rows if row["dateLastModified"] > since]
        begin = int(query.get("offset", 0))
        part = rows[begin : begin + min(int(query.get("limit", 100)), self.clamp)]
        headers = {"X-Total-Count": str(self.totals[collection])} if collection in self.totals else {}
        return 200, {self.names.get(collection, collection): part}, headers

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1")
            status, body, headers = self.answer(head.split(" ")[1])
            payload = json.dumps(body).encode()
            lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Content-Length: {len(payload)}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + payload)
            await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[dict[str, Any]]:
        """The settings of a source that is pulled from here."""
        server = await asyncio.start_server(self, "127.0.0.1")
        async with server:
            yield {
                "base_url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
                "auth": "bearer",
                "token": "s3cret",
            }
