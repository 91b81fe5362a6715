"""The one way out: an HTTP client with every guard on it, and the reading of what comes back."""

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import Any

import httpx
import msgspec

from connectors import HttpSettings
from connectors.errors import ConfigError, Unavailable
from connectors.kit.auth import Signed
from connectors.kit.guard import Guard, SameHost, Wire, place, url_of
from connectors.kit.retry import USUAL, Patience, Patient
from connectors.limits import Private, without_credentials

NONE = Private()
"""No private address at all."""

_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "Tessera"}
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def client(
    settings: HttpSettings,
    *,
    auth: httpx.Auth | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
    patience: Patience = USUAL,
) -> httpx.AsyncClient:
    """An HTTP client for one source: it talks to `settings.base_url`'s host and to the auth's token endpoint only.

    Every request has a total deadline and a byte budget, goes to a resolved and judged address, follows redirects on
    the same host only, and is tried again where that may help (429 and Canvas' 403 with Retry-After, 5xx, broken
    connections). 2xx, 304, 400, 404 and 422 come back; all else raises.

    Raises ConfigError for a base URL that will not do, and in use RateLimited, SourceDenied (401, 403) or Unavailable.
    """
    base = _base(settings)
    patience = replace(patience, longest=min(patience.longest, settings.limits.wait_seconds))
    transport: httpx.AsyncBaseTransport = Guard(
        Wire(settings.limits.private),
        seconds=min(settings.request_seconds, settings.limits.request_seconds),
        budget=min(settings.response_bytes, settings.limits.response_bytes),
    )
    if auth is not None:
        transport = Signed(transport, auth)
    return httpx.AsyncClient(
        base_url=base,
        transport=Patient(SameHost(transport, base), patience),
        headers={**_HEADERS, **headers},
        timeout=None,  # noqa: S113 (the guard has a total deadline, which httpx cannot express)
        trust_env=False,  # a proxy from the environment would go round the guard
    )


def visitor(*, seconds: float = 10, budget: int = 1024 * 1024, private: Private = NONE) -> httpx.AsyncClient:
    """An HTTP client for addresses that others name: webhooks, key sets, status lists. Guarded as `client` is.

    It follows no redirects, tries once, and hands back every status; Unavailable where there is no whole answer.
    """
    return httpx.AsyncClient(
        transport=Guard(Wire(private), seconds=seconds, budget=budget),
        headers=_HEADERS,
        timeout=None,  # noqa: S113 (as above)
        trust_env=False,
    )


def _base(settings: HttpSettings) -> httpx.URL:
    try:
        base = url_of(settings.base_url)
    except ValueError as error:
        raise ConfigError(f"base_url '{without_credentials(settings.base_url)}' is no URL: {error}") from None
    if base.userinfo:
        raise ConfigError(f"base_url {place(base)} holds a user name: put credentials into their own settings")
    if complaint := settings.limits.complaint(settings.base_url):
        raise ConfigError(f"base_url: {complaint}")
    return base


def members(body: bytes) -> dict[str, msgspec.Raw]:
    """The members of the JSON object a response is, each undecoded. Unavailable when the body is no JSON object."""
    try:
        return _MEMBERS.decode(_utf8(body))
    except (msgspec.DecodeError, RecursionError) as error:
        raise _nonsense(body, "a JSON object", error) from None


def records(body: bytes, key: str | None = None) -> list[bytes]:
    """The raw records of a response, verbatim: the items of the list under `key`, or of the top-level list.

    Unavailable when the body is not that: a login page, null, another shape, cut short, not UTF-8.
    """
    if key is None:
        return _items(body, "a JSON list")
    with suppress(msgspec.DecodeError, RecursionError):  # what follows says what is wrong
        return [bytes(item) for item in _listed(key).decode(_utf8(body)).items]
    fields = members(body)
    if key not in fields:
        raise Unavailable(f"the answer has no '{key}' (it has {', '.join(sorted(fields)[:12]) or 'nothing'})")
    return _items(fields[key], f"a JSON list under '{key}'")


def only_list(body: bytes) -> tuple[str, list[bytes]]:
    """The one list of objects that an answer has, whatever its name, and that name.

    Unavailable where there is none, or more than one; a list of errors is none.
    """
    fields = members(body)
    lists = {name: raw for name, raw in fields.items() if _lists_records(name, raw)}
    if len(lists) != 1:
        raise Unavailable(
            f"the answer has no one list of records (it has {', '.join(sorted(fields)[:12]) or 'nothing'})"
        )
    [(name, raw)] = lists.items()
    return name, _items(raw, f"a JSON list under '{name}'")


_COMPLAINTS = frozenset({"error", "errors", "warning", "warnings", "message", "messages", "links", "status", "imsx"})
_WRAPPERS = frozenset({"data", "items", "records", "results", "value"})


def _words(name: str) -> set[str]:
    """The words of a name: `imsx_errorDetails` is imsx, error and details."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def _lists_records(name: str, raw: msgspec.Raw) -> bool:
    """Whether a member is a list of objects. An empty one may be anything, unless its name is a usual wrapper's."""
    start = b"".join(bytes(raw)[:64].split())[:2]
    return (start == b"[{" and not _COMPLAINTS & _words(name)) or (start == b"[]" and name.lower() in _WRAPPERS)


@cache
def _listed(key: str) -> msgspec.json.Decoder[Any]:
    """Reads the list under a key in one go, without looking at what stands beside it twice."""
    return msgspec.json.Decoder(msgspec.defstruct("Answer", [("items", list[msgspec.Raw])], rename={"items": key}))


def _items(body: bytes | msgspec.Raw, expected: str) -> list[bytes]:
    try:
        return [bytes(item) for item in _RAWS.decode(body if isinstance(body, msgspec.Raw) else _utf8(body))]
    except (msgspec.DecodeError, RecursionError) as error:
        raise _nonsense(bytes(body), expected, error) from None


def _utf8(body: bytes) -> bytes:
    """The body without its BOM, if it is UTF-8 throughout: msgspec does not look inside what it leaves raw."""
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise msgspec.DecodeError(f"not UTF-8 at byte {error.start}") from None
    return body.removeprefix(BOM_UTF8)


def _nonsense(body: bytes, expected: str, error: Exception) -> Unavailable:
    """The complaint, without quoting the body: it may hold what no log may."""
    start = body[:256].lstrip().lower()
    if not start:
        return Unavailable(f"the answer is empty, not {expected}")
    if start.startswith(b"<"):
        return Unavailable(f"the answer is a web page, not {expected} (a login page? is base_url right?)")
    return Unavailable(f"the answer is not {expected}: {error}")
