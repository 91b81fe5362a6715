"""What can go wrong, as one tree. It is handled in two places: the pipeline's runner and the API.

TesseraError
├── ConfigError            stop; the operator must act
├── SourceError            (connectors.errors draws its branch)
│   ├── Unavailable        retry later
│   ├── RateLimited        retry at .after
│   ├── SourceDenied       pause the source (RightsLacking: leave out the stream)
│   └── DeltaRefused       pull everything
├── MappingError           quarantine this record, go on
└── DomainError            what was asked for cannot be done: problem+json, with the status beside each
    ├── NotFound           404
    ├── Gone               410
    ├── Conflict           409
    ├── Invalid            422, with pointers to what is wrong
    ├── Unauthenticated    401
    ├── Denied             403
    ├── TooManyRequests    429
    └── ApiError(status)   raised by the API alone: what only HTTP knows
"""

import traceback
from pathlib import Path
from typing import Any, Self

from connectors.errors import (
    ConfigError,
    DeltaRefused,
    MappingError,
    RateLimited,
    RightsLacking,
    SourceDenied,
    SourceError,
    TesseraError,
    Unavailable,
)

__all__ = [
    "ApiError",
    "ConfigError",
    "Conflict",
    "DeltaRefused",
    "Denied",
    "DomainError",
    "Gone",
    "Invalid",
    "MappingError",
    "NotFound",
    "RateLimited",
    "RightsLacking",
    "SourceDenied",
    "SourceError",
    "TesseraError",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
    "place",
]


class DomainError(TesseraError):
    """What a caller asked for cannot be done.

    `detail` names the thing, the value and the next step. `type` is the last part of the problem's URI (RFC 9457) and
    `title` a short summary of that type: a class has one of each, and a raiser may name a narrower one. `status` is the
    HTTP status that says it. `headers` and `more` go on the answer.
    """

    status: int
    type: str
    title: str

    def __init__(
        self,
        detail: str,
        *,
        type: str | None = None,
        title: str | None = None,
        headers: dict[str, str] | None = None,
        **more: object,
    ) -> None:
        self.type = type or self.type
        self.title = title or self.title
        super().__init__(f"{self.title}: {detail}")
        self.detail = detail
        self.headers = headers or {}
        self.more = more


class NotFound(DomainError):
    """A thing does not exist, or is another tenant's: both are answered alike."""

    status, type, title = 404, "not-found", "Not found"

    def __init__(self, detail: str = "It does not exist, or your client may not see it.", **more: Any) -> None:
        super().__init__(detail, **more)


class Gone(DomainError):
    """A thing existed, and was ended or has expired."""

    status, type, title = 410, "gone", "Gone"


class Conflict(DomainError):
    """A request cannot be carried out in the state that the thing is in."""

    status, type, title = 409, "conflict", "Conflict"


class Invalid(DomainError):
    """What was sent makes no sense. `pointers` (RFC 6901) says where in the body, and what is wrong there."""

    status, type, title = 422, "invalid", "Invalid request"

    def __init__(self, detail: str, *, pointers: dict[str, str] | None = None, **more: Any) -> None:
        if pointers:
            more["errors"] = [
                {"in": "body", "field": pointer, "pointer": pointer, "detail": words}
                for pointer, words in pointers.items()
            ]
        super().__init__(detail, **more)

    @classmethod
    def at(cls, pointer: str, detail: str) -> Self:
        """What is wrong at one place of the body."""
        return cls(f"body {pointer}: {detail}", pointers={pointer: detail})

    @classmethod
    def of(cls, pointers: dict[str, str]) -> Self:
        """What is wrong at each of these places: the first of it is said as a whole."""
        first = next(iter(pointers.values()))
        return cls(f"{first[:1].upper()}{first[1:]}.", pointers=pointers)


class Unauthenticated(DomainError):
    """Nobody knows who asks: there is no key or token, or it opens nothing."""

    status, type, title = 401, "unauthorized", "Invalid API key"


class Denied(DomainError):
    """Whoever asks may not do this."""

    status, type, title = 403, "forbidden", "Forbidden"


class TooManyRequests(DomainError):
    """A client asked too often: `Retry-After` among the headers says when to ask again, in seconds."""

    status, type, title = 429, "too-many-requests", "Too many requests"


class NoRoom(DomainError):
    """What was sent cannot be kept at the moment: the disk is full or cannot be written. Nothing of it was stored."""

    status, type, title = 503, "no-room", "Service unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Retry-After": "60"})


class ApiError(DomainError):
    """What only HTTP knows: a precondition, a media type, a body's size. Raised by the API alone."""

    def __init__(self, status: int, type: str, title: str, detail: str, **more: Any) -> None:
        self.status = status
        super().__init__(detail, type=type, title=title, **more)


def place(why: BaseException) -> str:
    """What kind of error it is and where it came up, without its words: a database quotes rows of people."""
    frames = traceback.extract_tb(why.__traceback__)[-8:]
    return f"{type(why).__name__} at {' > '.join(f'{Path(f.filename).name}:{f.lineno}' for f in frames)}"
