"""What sources do wrong, as a table: each way in which an answer may be spoiled, and what is to be told of it."""

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.testing.world import Reply, reply

BUDGET = 1_000_000
"""The most bytes an answer may have in these tests: a bomb is many times larger."""

MINUTE = "60"
Spoiled = Callable[[httpx.Response], Reply | None]
JSON = {"Content-Type": "application/json"}
LOGIN = b"<!DOCTYPE html><html><body>Please sign in</body></html>"


@dataclass(frozen=True)
class Fault:
    """One way of being wrong. `spoiled` makes what is sent of an answer; None leaves it as it is.

    `once`: only the first request of its kind meets it, and asking again helps. `told`: what the words for it must
    match, where a stream fails; "" where nothing need be told. `slow`: the deadline of a request has to pass. `lies`:
    the source says a falsehood that no reader of one answer can see.
    """

    name: str
    spoiled: Spoiled
    told: str = ""
    once: bool = False
    slow: bool = False
    lies: bool = False
    again: bool = False  # it meets only requests of a kind that was asked for before

    def __str__(self) -> str:
        return self.name


def _refusal(status: int, **headers: str) -> Spoiled:
    body = json.dumps({"message": "It says so"}).encode()
    return lambda _response: reply(body, status, {**JSON, **{n.replace("_", "-"): v for n, v in headers.items()}})


def _body(body: bytes, **headers: str) -> Spoiled:
    return lambda _response: reply(body, 200, {**JSON, **{n.replace("_", "-"): v for n, v in headers.items()}})


def _cut(response: httpx.Response) -> Reply:
    """JSON that ends in the midst of a word, in an answer that is whole as HTTP."""
    return reply(response.content[: max(1, len(response.content) // 2)], 200, JSON)


def _broken_off(response: httpx.Response) -> Reply:
    return reply(response.content[: len(response.content) // 2], 200, JSON, length=len(response.content) + 1)


def _dripping(response: httpx.Response) -> Reply:
    sent = reply(response.content.ljust(200), 200, JSON).pieces[0]
    return Reply(*(bytes([byte]) for byte in sent), pause=0.05)


def _bomb(_response: httpx.Response) -> Reply:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    squeezed = b"".join(pack.compress(b"0" * BUDGET) for _ in range(20)) + pack.flush()
    return reply(squeezed, 200, {**JSON, "Content-Encoding": "gzip"})


def _emptied(response: httpx.Response) -> Reply | None:
    """Every list in the answer without its items."""
    try:
        value = json.loads(response.content)
    except ValueError:
        return None
    hollow: Any = [] if isinstance(value, list) else value
    if isinstance(value, dict):
        hollow = {name: [] if isinstance(inner, list) else inner for name, inner in value.items()}
    headers = {name: value for name, value in response.headers.items() if name in ("date", "content-type")}
    return reply(json.dumps(hollow).encode(), response.status_code, headers)


def _with(headers: dict[str, str]) -> Spoiled:
    def spoiled(response: httpx.Response) -> Reply | None:
        others = {name: value for name, value in _own(response).items() if name not in map(str.lower, headers)}
        return reply(response.content, response.status_code, {**others, **headers})

    return spoiled


def _past_the_end(response: httpx.Response) -> Reply | None:
    """404 where a later page would be an empty list."""
    try:
        value = json.loads(response.content)
    except ValueError:
        return None
    lists = [inner for inner in value.values() if isinstance(inner, list)] if isinstance(value, dict) else [value]
    return _refusal(404)(response) if lists and not any(lists) else None


RIGHTS = r"credentials|rights|grant|give the token|check client id"
NONSENSE = "not a JSON|does not usually say|answer is|without a token|without a session|in the midst of"
DOWN = r"answered 5\d\d|broke off|cannot be reached"

FAULTS = (
    Fault("500 once", _refusal(500, Retry_After="0"), once=True),
    Fault("503 once, with Retry-After", _refusal(503, Retry_After="0"), once=True),
    Fault("429 once, with Retry-After", _refusal(429, Retry_After="0"), once=True),
    Fault("429 once, without Retry-After", _refusal(429), once=True),
    Fault("broken off once", _broken_off, once=True),
    Fault("the connection closed once", lambda _response: Reply(), once=True),
    Fault("401", _refusal(401), RIGHTS),
    Fault("403", _refusal(403), RIGHTS),
    Fault("404", _refusal(404), "404"),
    Fault("400", _refusal(400), "400"),
    Fault("500", _refusal(500), DOWN),
    Fault("429 with a minute", _refusal(429, Retry_After=MINUTE), "asks to wait 60 s"),
    Fault("broken off", _broken_off, DOWN),
    Fault("a login page with 200", _body(LOGIN, Content_Type="text/html"), f"web page|{NONSENSE}"),
    Fault("nothing with 200", _body(b""), f"empty|{NONSENSE}"),
    Fault("null with 200", _body(b"null"), NONSENSE),
    Fault("JSON cut short", _cut, NONSENSE),
    Fault("not UTF-8", _body('[{"id": "Jos\u00e9"}]'.encode("latin1")), f"UTF-8|{NONSENSE}"),
    Fault("a bomb of gzip", _bomb, "more than 1,000,000 bytes"),
    Fault("gzip that is none", _body(b"not gzip", Content_Encoding="gzip"), "broken gzip"),
    Fault("redirected to another host", _refusal(302, Location="https://elsewhere.example/"), "not following"),
    Fault("redirected to itself", _refusal(302, Location="?again"), "not following|redirects"),
    Fault("redirected to a file", _refusal(302, Location="file:///etc/passwd"), "not following|redirects"),
    Fault("silence", lambda _response: Reply(silent=True), "did not answer whole within", slow=True),
    Fault("byte by byte", _dripping, "did not answer whole within", slow=True),
    Fault("another content type", _with({"Content-Type": "text/html; charset=utf-8"})),
    Fault("gzip", lambda r: reply(gzip.compress(r.content), r.status_code, {**_own(r), "Content-Encoding": "gzip"})),
    Fault("a total that is too high", _with({"X-Total-Count": "100000", "Total-Count": "100000"}), lies=True),
    Fault("an empty list with 200", _emptied, lies=True),
    Fault("404 past the end", _past_the_end, again=True, lies=True),
)
"""Each fault by itself. Pages that come again and tokens that end midway are about several answers: they have tests."""


def _own(response: httpx.Response) -> dict[str, str]:
    gone = ("content-length", "content-encoding", "transfer-encoding")
    return {name: value for name, value in response.headers.items() if name not in gone}
