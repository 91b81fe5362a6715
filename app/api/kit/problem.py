"""Every error as problem+json (RFC 9457): what happened, which field, and the next step. Nothing of our inside."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg import OperationalError
from psycopg_pool import PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from app.errors import ConfigError, DomainError, MappingError, NotFound, RateLimited, SourceError, TesseraError, place

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger()


def problem(
    status: int, type: str, title: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem as an answer. `type` is the last part of its URI."""
    body = {"type": f"urn:tessera:problem:{type}", "title": title, "status": status, "detail": detail, **more}
    return Response(msgspec.json.encode(body), status, headers, MEDIA_TYPE)


def answer(why: DomainError) -> Response:
    """What a client is told, as an answer."""
    return problem(why.status, why.type, why.title, why.detail, why.headers, **why.more)


def not_found(detail: str = "It does not exist, or your client may not see it.") -> NotFound:
    """404: one body for what does not exist and for what is another tenant's."""
    return NotFound(detail)


AWAY = (PoolTimeout, TooManyRequests, OperationalError)
"""How the driver says that the database cannot be reached."""


def install(app: FastAPI) -> None:
    """Answer every error of the app as a problem."""
    app.add_exception_handler(DomainError, _domain_error)
    app.add_exception_handler(TesseraError, _own_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    for unreachable in AWAY:
        app.add_exception_handler(unreachable, database_away)


async def _domain_error(_: Request, why: Exception) -> Response:
    assert isinstance(why, DomainError)
    return answer(why)


async def _own_error(_: Request, why: Exception) -> Response:
    if isinstance(why, ConfigError | MappingError):
        return problem(422, "unusable", "Unusable input", str(why))
    if isinstance(why, RateLimited):
        wait = str(max(1, round(why.after)))
        return problem(503, "source-busy", "Source busy", str(why), {"Retry-After": wait})
    if isinstance(why, SourceError):  # the client named it: it is the request that will not do
        return problem(422, "source-failed", "Source failed", str(why))
    raise why


async def _invalid(_: Request, why: Exception) -> Response:
    assert isinstance(why, RequestValidationError)
    errors = [_complaint(error) for error in why.errors()]
    where = "; ".join(f"{error['in']} {error['field']}: {error['detail']}" for error in errors[:5])
    return problem(422, "invalid", "Invalid request", f"{where}. Mend it as the API reference says.", errors=errors)


def _complaint(error: Mapping[str, Any]) -> dict[str, str]:
    """One complaint: where (`pointer` into the body, or the parameter's name) and what is expected. Never the value."""
    place, *path = error["loc"]
    if place == "body":
        pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
        return {"in": "body", "field": pointer or "/", "pointer": pointer, "detail": error["msg"]}
    return {"in": str(place), "field": ".".join(map(str, path)), "detail": error["msg"]}


async def _http_error(request: Request, why: Exception) -> Response:
    assert isinstance(why, HTTPException)
    if why.status_code == 404:
        return answer(not_found("No such path: see /docs."))
    if why.status_code == 405:
        allowed = ", ".join(_methods(request))
        return problem(405, "method-not-allowed", "Method not allowed", f"Use {allowed}.", {"Allow": allowed})
    return problem(why.status_code, "refused", "Request refused", str(why.detail), why.headers)


def _methods(request: Request) -> list[str]:
    """The methods a path takes: the router knows only those of the first of its operations."""
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    return sorted(method.upper() for method in paths.get(template(request.scope), {"get": None}))


async def database_away(request: Request, why: Exception) -> Response:
    """503: whoever asks again finds it, if it is back."""
    log.error("database unreachable", route=template(request.scope), error=type(why).__name__)
    return problem(
        503, "database-unreachable", "Database unreachable", "Nothing was stored. Try again.", {"Retry-After": "5"}
    )


def unforeseen(scope: Scope, why: Exception) -> Response:
    """The answer to an error of our own: what it was is in the log, without the words, which may be about people."""
    log.error("unforeseen error", route=template(scope), error=place(why))
    return problem(
        500, "internal", "Internal server error", "The error is in our log. Try again later, or tell the operator."
    )


def template(scope: Scope) -> str:
    """The path with its parameters' names: their values may be about a learner."""
    return str(getattr(scope.get("route"), "path_format", "unmatched"))


TITLES = {
    400: "Malformed request",
    401: "Invalid API key: none, unknown, expired or revoked",
    403: "Forbidden: the key lacks the scope",
    404: "Not found, or another tenant's",
    405: "Method not allowed",
    408: "Request timeout: the body came too slowly",
    409: "Conflict with the present state",
    410: "Gone: the detail says how to start over",
    412: "Precondition failed: it was changed since you read it",
    413: "Content too large",
    415: "Unsupported media type",
    422: "Invalid request: `errors` name the fields",
    428: "If-Match header required: the ETag of what you read",
    429: "Too many requests: Retry-After says when to ask again",
    503: "Service unavailable: Retry-After says when to ask again",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How an operation's errors are described: those every operation behind a key has, and these."""
    return {
        status: {
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({401, 403, 422, 429, 503, *statuses})
    }
