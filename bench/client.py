"""Many requests at once against a server on this machine: reads by wrk where it is installed, pushes by hand."""

import asyncio
import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECTIONS = 32
WRK = shutil.which("wrk")
HINT = "wrk is not installed (apt-get install wrk): a client in Python reads instead, and may be the limit"


SCRIPT = """
local all, n = {}, 0
function init() for i, one in ipairs(asked) do all[i] = wrk.format("GET", one[1], one[2]) end end
function request() n = n % #all + 1; return all[n] end
"""
"""For wrk: ask for one after the other."""


class Get(NamedTuple):
    """What is asked for."""

    path: str
    headers: Mapping[str, str]


def read(url: str, gets: Sequence[Get], seconds: int) -> int:
    """Ask for these, one after the other, for so long; how many answers came. SystemExit where one was an error."""
    if WRK is None:
        requests = [_request("GET", url + get.path, get.headers) for get in gets]
        return asyncio.run(_all(url, _until(requests, time.monotonic() + seconds)))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(f"asked = {{{','.join(map(_lua, gets))}}}\n{SCRIPT}")
        script.flush()
        command = [WRK, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", script.name, url]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    count = re.search(r"(\d+) requests in ", output)
    if count is None or "Non-2xx" in output or "Socket errors" in output:
        raise SystemExit(f"the server answered with errors: {output}")
    return int(count[1])


def push(url: str, headers: Mapping[str, str], bodies: Iterator[bytes], connections: int = CONNECTIONS) -> int:
    """Post all of these; how many they were. SystemExit where an answer was an error."""
    return asyncio.run(_all(url, (_request("POST", url, headers, body) for body in bodies), connections))


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    address = urlsplit(url)
    where = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    lines = [f"{method} {where} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _lua(get: Get) -> str:
    headers = ",".join(f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in get.headers.items())
    return f"{{{json.dumps(get.path)},{{{headers}}}}}"


def _until(requests: Sequence[bytes], end: float) -> Iterator[bytes]:
    for request in cycle(requests):
        if time.monotonic() >= end:
            return
        yield request


async def _all(url: str, requests: Iterator[bytes], connections: int = CONNECTIONS) -> int:
    return sum(await asyncio.gather(*(_some(url, requests) for _ in range(connections))))


async def _some(url: str, requests: Iterator[bytes]) -> int:
    """Take requests, one after the other, over one connection."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    answered = 0
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        if status >= 400:
            raise SystemExit(f"the server answered with an error: {head.decode()}")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if length and status != 304:
            await reader.readexactly(int(length[1]))
        answered += 1
    writer.close()
    return answered
