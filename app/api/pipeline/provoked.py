"""Test mode: in a sandbox an item of a magic id provokes the error that its id names, answered as the true one is.

`test-429` does so as the id of evidence or of a badge, and as a statement's the UUID that ends with the status.
"""

import re
from collections.abc import Iterable

from app.access.gate import missing, too_many, unauthorized
from app.db.access.access import Caller
from app.errors import ApiError, DomainError

MAGIC = re.compile(r"test-(\d{3})|00000000-0000-4000-8000-000000000(\d{3})")
PROVOKED: dict[int, DomainError] = {
    400: ApiError(400, "not-json", "Malformed body", "The body: it is not JSON. Nothing was stored."),
    401: unauthorized("The key or token is not known, has expired or was revoked."),
    403: missing("evidence.write"),
    409: ApiError(409, "source-paused", "The source is paused", "Ask the district."),
    413: ApiError(413, "body-too-large", "The body is too large", "Send fewer items at a time."),
    415: ApiError(415, "media-type", "Unsupported media type", "Send application/json."),
    422: ApiError(422, "rejected", "The item was rejected", "learner: is missing"),
    429: too_many(1, "This client asks too often"),
    500: ApiError(500, "internal", "Internal server error", "The error is in our log. Try again later."),
    503: ApiError(
        503,
        "database-unreachable",
        "Database unreachable",
        "Nothing was stored. Try again.",
        headers={"Retry-After": "1"},
    ),
}
"""By status, what a push can be answered with."""


def provoke(caller: Caller, ids: Iterable[str | None]) -> None:
    """Raise the error that the first magic id among these names, where the caller's key is of a sandbox."""
    if not caller.test:
        return
    for key in ids:
        if key is not None and (magic := MAGIC.fullmatch(key)):
            status = int(magic[1] or magic[2])
            if status in PROVOKED:
                raise PROVOKED[status].with_traceback(None)
