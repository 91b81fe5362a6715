"""The edge of the API: body limits, security headers and request metrics, as one plain ASGI layer."""

import asyncio
import time
from uuid import uuid4

import structlog
from opentelemetry.trace import Span, SpanKind
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.limits import begin_request as begin_limits
from app.actor import actor, begin_request
from app.api.kit.origin import Proxies
from app.api.kit.problem import answer, problem, template, unforeseen
from app.errors import ApiError, place
from app.settings import Settings
from app.tracing import span

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
API_ONLY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
HSTS = (b"strict-transport-security", b"max-age=31536000")
"""Where the public address is https: a browser that was here once asks by http no more, for a year."""

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
BODY_SECONDS = 60
"""How long a body may take to arrive, in seconds."""
GONE = 499
"""What is counted where the client went before it had said everything: there is nobody to answer."""

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


log = structlog.get_logger("tessera.access")


class RequestMetrics:
    """Requests by method, route template and status: never a path with an id in it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "tessera_http_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "tessera_http_seconds", "Time to answer", ["route"], buckets=BUCKETS, registry=registry
        )
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # to look each up once

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Count one request."""
        route = template(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        labels = (method, route, status)
        counted = self._counted.get(labels)
        if counted is None:
            counted = self._counted[labels] = (self.requests.labels(*labels), self.seconds.labels(route))
        counted[0].inc()
        counted[1].observe(seconds)


class AnswerBroken(Exception):
    """An answer broke off after it had begun: all that is left is to end the connection."""


class Edge:
    """Wraps the app. Refuses bodies that are too long or compressed before anything reads them."""

    def __init__(
        self, app: ASGIApp, *, metrics: RequestMetrics, settings: Settings, body_seconds: float = BODY_SECONDS
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._body_bytes = settings.body_bytes
        self._body_seconds = body_seconds
        self._proxies = Proxies(settings.trusted_proxies)
        self._always = (HSTS,) if settings.home.startswith("https://") else ()
        self._log = settings.access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        request = uuid4().hex
        begin_request(request)
        limits = begin_limits()
        self._proxies.resolve(scope)
        added = [(b"request-id", request.encode()), *self._always]

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_missing(message["headers"]), *added, *limits]
            await send(message)

        try:
            with span("request", SpanKind.SERVER) as traced:
                try:
                    await self._answer(scope, receive, sending)
                finally:
                    _describe(traced, scope, status)
        except ClientDisconnect:
            status = GONE
        except Exception as why:  # noqa: BLE001  whatever it is, the client gets an answer, and the log no more than that
            if status:
                raise AnswerBroken(place(why)) from None
            await unforeseen(scope, why)(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            self._metrics.note(scope, status, seconds)
            if self._log:
                _note(scope, request, status, seconds)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refusal := self._refusal(scope):
            await refusal(scope, receive, send)
        else:
            await self._app(scope, self._counting(receive), send)

    def _refusal(self, scope: Scope) -> ASGIApp | None:
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value[:20]) > self._body_bytes):
                return answer(too_long(self._body_bytes))
            if name == b"content-encoding" and value.lower() != b"identity":
                return problem(
                    415, "compressed", "Compressed bodies are not taken", "Send it without Content-Encoding."
                )
        return None

    def _counting(self, receive: Receive) -> Receive:
        """Receive no more than the limit, whatever Content-Length said, and no longer than the deadline."""
        received, more = 0, True
        deadline = asyncio.get_running_loop().time() + self._body_seconds

        async def counting() -> Message:
            nonlocal received, more
            if not more:
                return await receive()  # which tells when the client has gone
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise ApiError(408, "too-slow", "Request timeout", "Send it again, at once.") from None
            received += len(message.get("body", b""))
            more = bool(message.get("more_body"))
            if received > self._body_bytes:
                raise too_long(self._body_bytes)
            return message

        return counting


def _describe(traced: Span, scope: Scope, status: int) -> None:
    """Name a request's span by its method and route, as OpenTelemetry's HTTP conventions do; never by its path."""
    if traced.is_recording():
        method, route = scope["method"] if scope["method"] in METHODS else "_OTHER", template(scope)
        traced.update_name(f"{method} {route}")
        traced.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})


def _note(scope: Scope, request: str, status: int, seconds: float) -> None:
    """A line of the access log: never a path, for an id in it may be a learner's."""
    method = scope["method"] if scope["method"] in METHODS else "other"
    milliseconds = round(seconds * 1000, 1)
    who = actor().name
    log.info("request", request=request, method=method, route=template(scope), status=status, ms=milliseconds, by=who)


def too_long(limit: int) -> ApiError:
    """The answer to a body that is too long (413), with the limit."""
    return ApiError(
        413,
        "too-long",
        "Content too large",
        f"At most {limit} bytes: send it in several requests.",
        headers={"Connection": "close"},
        limit=limit,
    )


def _missing(headers: "list[tuple[bytes, bytes]]") -> "list[tuple[bytes, bytes]]":
    own = any(name == b"content-security-policy" for name, _ in headers)
    return list(HEADERS) if own else [*HEADERS, API_ONLY]
