"""Many requests at once against a server on this machine: by wrk where it is installed, else by a plain client here."""

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

CONNECTIONS = 32
WRK = shutil.which("wrk")
HINT = "wrk is not installed (apt-get install wrk): a client in Python asks instead, and may be the limit"
PEOPLE = 1000

SCRIPT = """
wrk.method = "POST"
local n = {start}
function request()
  local items = {{}}
  for i = 1, {batch} do
    n = n + 1
    items[i] = template:gsub("@N@", n):gsub("@P@", n % {people})
  end
  return wrk.format(nil, nil, nil, {batch} == 1 and items[1] or "[" .. table.concat(items, ",") .. "]")
end
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for again and again. With an `item`, `batch` of them are posted at a time.

    @N@ in an item becomes a number that does not come again, counted from `start`, and @P@ that of one of PEOPLE.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    item: str | None = None
    batch: int = 1
    start: int = 0


def ask(asked: Asked, seconds: float) -> int:
    """Ask for so long over CONNECTIONS connections; how many answers came. SystemExit where one was an error."""
    return _by_wrk(asked, seconds) if WRK else asyncio.run(_by_hand(asked, seconds))


def _by_wrk(asked: Asked, seconds: float) -> int:
    command = [str(WRK), "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "60s"]
    for name, value in asked.headers.items():
        command += ["-H", f"{name}: {value}"]
    with TemporaryDirectory() as folder:
        if asked.item is not None:
            script = Path(folder) / "push.lua"
            template = f"local template = [==[{asked.item}]==]\n"
            script.write_text(template + SCRIPT.format(start=asked.start, batch=asked.batch, people=PEOPLE))
            command += ["-s", str(script)]
        told = subprocess.run([*command, asked.url], check=True, stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"the server answered with errors: {told}")
    found = re.search(r"(\d+) requests in ", told)
    assert found is not None
    return int(found[1])


async def _by_hand(asked: Asked, seconds: float) -> int:
    until, numbers = time.monotonic() + seconds, count(asked.start)
    return sum(await asyncio.gather(*(_connection(asked, until, numbers) for _ in range(CONNECTIONS))))


async def _connection(asked: Asked, until: float, numbers: "count[int]") -> int:
    at = urlsplit(asked.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    answered = 0
    while time.monotonic() < until:
        body = _body(asked, numbers)
        head = [f"{'POST' if body else 'GET'} {at.path or '/'} HTTP/1.1", f"Host: {at.netloc}"]
        head += [f"{name}: {value}" for name, value in {**asked.headers, "Content-Length": len(body)}.items()]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if int(answer[9:12]) >= 400:
            raise SystemExit(f"the server answered with an error: {answer.decode()}")
        length = re.search(rb"(?i)content-length: (\d+)", answer)
        if length and answer[9:12] != b"304":
            await reader.readexactly(int(length[1]))
        answered += 1
    writer.close()
    return answered


def _body(asked: Asked, numbers: "count[int]") -> bytes:
    if asked.item is None:
        return b""
    items = []
    for _ in range(asked.batch):
        n = next(numbers)
        items.append(asked.item.replace("@N@", str(n)).replace("@P@", str(n % PEOPLE)))
    return (items[0] if asked.batch == 1 else f"[{','.join(items)}]").encode()
