"""What can go wrong, as one tree. It is handled in two places: the pipeline's runner and the API.

TesseraError
├── ConfigError            stop; the operator must act
├── SourceError            (connectors.errors draws its branch)
│   ├── Unavailable        retry later
│   ├── RateLimited        retry at .after
│   ├── Denied             pause the source
│   └── DeltaRefused       pull everything
├── MappingError           quarantine this record, go on
└── ApiError(status)       problem+json
"""

import traceback
from pathlib import Path

from connectors.errors import (
    ConfigError,
    DeltaRefused,
    Denied,
    MappingError,
    RateLimited,
    SourceError,
    TesseraError,
    Unavailable,
)

__all__ = [
    "ApiError",
    "ConfigError",
    "DeltaRefused",
    "Denied",
    "MappingError",
    "RateLimited",
    "SourceError",
    "TesseraError",
    "Unavailable",
    "place",
]


class ApiError(TesseraError):
    """What a client is told (RFC 9457): `title` says what happened, `detail` the value and the next step.

    `type` is the last part of the problem's URI. `headers` go on the response (Retry-After, WWW-Authenticate).
    """

    def __init__(
        self, status: int, type: str, title: str, detail: str, *, headers: dict[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(f"{title}: {detail}")
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.headers = headers or {}
        self.more = more


def place(why: BaseException) -> str:
    """What kind of error it is and where it came up, without its words: a database quotes rows of people."""
    frames = traceback.extract_tb(why.__traceback__)[-8:]
    return f"{type(why).__name__} at {' > '.join(f'{Path(f.filename).name}:{f.lineno}' for f in frames)}"
