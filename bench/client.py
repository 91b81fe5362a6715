"""Many requests at once against a server on this machine: reads by wrk where it is installed, pushes by hand."""

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

CONNECTIONS = 32
WRK = shutil.which("wrk")
HINT = "wrk is not installed (apt-get install wrk): a client in Python reads instead, and may be the limit"


def read(url: str, headers: Mapping[str, str], seconds: int) -> int:
    """Read for so long; how many answers came. SystemExit where one was an error."""
    if WRK is None:
        return asyncio.run(_all(url, _until(_request("GET", url, headers), time.monotonic() + seconds)))
    command = [WRK, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"]
    command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    told = subprocess.run([*command, url], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"(\d+) requests in ", told)
    if found is None or "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"the server answered with errors: {told}")
    return int(found[1])


def push(url: str, headers: Mapping[str, str], bodies: Iterator[bytes]) -> int:
    """Post all of these; how many they were. SystemExit where an answer was an error."""
    return asyncio.run(_all(url, (_request("POST", url, headers, body) for body in bodies)))


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    at = urlsplit(url)
    lines = [f"{method} {at.path or '/'} HTTP/1.1", f"Host: {at.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _until(request: bytes, end: float) -> Iterator[bytes]:
    while time.monotonic() < end:
        yield request


async def _all(url: str, requests: Iterator[bytes]) -> int:
    return sum(await asyncio.gather(*(_some(url, requests) for _ in range(CONNECTIONS))))


async def _some(url: str, requests: Iterator[bytes]) -> int:
    """Take requests, one after the other, over one connection."""
    at = urlsplit(url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
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
