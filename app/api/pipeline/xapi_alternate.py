"""The alternate request syntax of xAPI 1.0 (part 3, 1.3): any request as a POST of a form, for old browsers.

`?method=PUT` names the method; the form has the headers and the parameters of the request and, as `content`, its body.
xAPI 2.0 no longer has it. What is no such form goes on unchanged, and is refused further in.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.kit.form import FORM

ROOT = "/v1/xapi/"
METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
HEADERS = frozenset(
    {"authorization", "x-experience-api-version", "content-type", "content-length", "if-match", "if-none-match"}
)
"""The fields of a form that are headers of the request."""
LONGEST = 1_000_000
"""The most bytes that a form may have."""


class AlternateSyntax:
    """Wraps the app: such a form is the request that it stands for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not _may_be(scope):
            await self._app(scope, receive, send)
            return
        messages = await _messages(receive)
        body = b"".join(message.get("body", b"") for message in messages)
        if messages[-1]["type"] == "http.request" and not messages[-1].get("more_body"):
            content = _rewrite(scope, body)
            if content is not None:
                messages = [{"type": "http.request", "body": content, "more_body": False}]
        await self._app(scope, _replayed(messages, receive), send)


def _may_be(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(ROOT):
        return False
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    return kind == FORM and scope["query_string"].startswith(b"method=")


async def _messages(receive: Receive) -> list[Message]:
    """The messages of a body, to its end or to the most bytes of a form."""
    messages: list[Message] = []
    size = 0
    while size <= LONGEST:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return messages


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    """Gives these messages again, and then what comes."""
    rest = iter(messages)

    async def replayed() -> Message:
        return next(rest, None) or await receive()

    return replayed


def _rewrite(scope: Scope, body: bytes) -> bytes | None:
    """Make the request what a form says, and give its body; None where it is no such form."""
    try:
        query = parse_qsl(scope["query_string"].decode("ascii"), keep_blank_values=True, max_num_fields=100)
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return None
    form = dict(fields)
    method = query[0][1].upper()
    content = form.pop("content", None)
    if len(query) != 1 or len(form) + (content is not None) != len(fields) or method not in METHODS:
        return None
    headers = {name.lower(): value for name, value in form.items() if name.lower() in HEADERS}
    version = headers.get("x-experience-api-version") or Headers(scope=scope).get("x-experience-api-version", "")
    if version.startswith("2") or (content is None) != (method not in ("PUT", "POST")):
        return None
    sent = (content or "").encode()
    scope["method"] = method
    scope["query_string"] = urlencode(
        [(name, value) for name, value in form.items() if name.lower() not in HEADERS]
    ).encode()
    scope["headers"] = _headers(scope, headers, len(sent))
    return sent


def _headers(scope: Scope, named: Mapping[str, str], length: int) -> list[tuple[bytes, bytes]]:
    """The headers of a request, with those of its form in their place."""
    headers = {"content-type": "application/json", **named, "content-length": str(length)}
    own = [(name, value) for name, value in scope["headers"] if name.decode("latin-1").lower() not in headers]
    return own + [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
