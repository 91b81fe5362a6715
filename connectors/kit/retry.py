"""Patience with a source: what an answer means, whether to ask again, and how long to wait before."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx
import msgspec
import tenacity

from connectors.errors import RateLimited, RightsLacking, SourceDenied, Unavailable
from connectors.kit.guard import Passing, place

RETURNED = frozenset({304, 400, 404, 422})
"""The statuses, besides 2xx, that a connector sees: what they mean depends on what it asked."""

_PASSING = frozenset({408, 500, 502, 503, 504})
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_UNSAID = 60.0  # seconds until the next run may try, where a rate limit does not say: the usual window is a minute
_DAY = 86_400.0
_RATE_WORDS = (b"rate limit exceeded", b"ratelimitexceeded")  # Canvas before October 2025, Google: both with 403
_SAID = ("error_description", "error", "message", "detail", "title", "imsx_description", "errors")


class Throttled(RateLimited):
    """RateLimited by an answer. `wait`: the seconds it asked to wait, if it did."""

    def __init__(self, what: str, wait: float | None) -> None:
        wish = "to slow down" if wait is None else f"to wait {wait:,.0f} s"
        super().__init__(f"{what}: the source asks {wish}", _UNSAID if wait is None else wait)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to try in all, and the longest wait to grant, in seconds; a longer one ends the run as RateLimited."""

    tries: int = 4
    longest: float = 60.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = time.time


USUAL = Patience()


class Patient(httpx.AsyncBaseTransport):
    """Asks again when asking again may help. Raises RateLimited, Unavailable, SourceDenied for what is not RETURNED."""

    def __init__(self, inner: httpx.AsyncBaseTransport, patience: Patience) -> None:
        self._inner = inner
        self._patience = patience

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first try that has one, as `judged` takes it."""
        patience = self._patience
        again = tenacity.AsyncRetrying(
            sleep=patience.sleep,
            stop=tenacity.stop_after_attempt(patience.tries),
            wait=lambda state: min(_wait(state), patience.longest),
            retry=tenacity.retry_if_exception(lambda error: _worth_waiting(error, request.method, patience.longest)),
            reraise=True,
        )
        return await again(self._once, request)

    async def _once(self, request: httpx.Request) -> httpx.Response:
        return judged(request, await self._inner.handle_async_request(request), self._patience.now())

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


def judged(request: httpx.Request, response: httpx.Response, now: float) -> httpx.Response:
    """The response, where its status is 2xx or RETURNED; else the error it means. `now`: seconds since the epoch."""
    status = response.status_code
    if response.is_success or status in RETURNED:
        return response
    what = f"{request.method} {place(request.url)} answered {status}{explanation(response)}"
    wait = retry_after(response.headers.get("retry-after"), now)
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and _speaks_of_rate(response)):
        raise Throttled(what, wait)
    if status == HTTPStatus.UNAUTHORIZED:
        raise SourceDenied(f"{what}: the credentials are refused (renew them in the source's settings)")
    if status == HTTPStatus.FORBIDDEN:
        raise RightsLacking(f"{what}: the rights do not suffice (grant this client what the connector's README lists)")
    if status in _PASSING:
        raise Passing(what, wait=wait)
    raise Unavailable(what)


def retry_after(value: str | None, now: float) -> float | None:
    """The seconds a Retry-After header asks to wait, by number or HTTP-date, a day at most; None if it says neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except ValueError:
            return None
    return None if math.isnan(seconds) else min(max(0.0, seconds), _DAY)


def explanation(response: httpx.Response) -> str:
    """What an error answer says for itself, cut short, to go into a message; empty where it says nothing plain."""
    try:
        document = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, RecursionError):
        return ""
    if isinstance(document, dict):
        for name in _SAID:
            words = document.get(name)
            if isinstance(words, list) and words and isinstance(words[0], dict):  # Canvas, JSON:API
                words = words[0].get("message") or words[0].get("detail")
            if words and isinstance(words, str):
                return f" ('{words[:160]}')"
    return ""


def _speaks_of_rate(response: httpx.Response) -> bool:
    start = response.content[:4096].lower()
    return any(words in start for words in _RATE_WORDS)


def _requested_wait(error: BaseException | None) -> float | None:
    if isinstance(error, Throttled | Passing):
        return error.wait
    return None


def _worth_waiting(error: BaseException, method: str, longest: float) -> bool:
    if isinstance(error, Passing) and not error.unsent and method not in _READS:
        return False
    return isinstance(error, Throttled | Passing) and (error.wait or 0) <= longest


_backoff = tenacity.wait_random_exponential(multiplier=1, max=20)


def _wait(state: tenacity.RetryCallState) -> float:
    requested = _requested_wait(state.outcome.exception() if state.outcome else None)
    return _backoff(state) if requested is None else requested
