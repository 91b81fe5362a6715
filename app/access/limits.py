"""What is told of the limit on how often a client may ask: noted where the key is checked, and put on the answer.

The headers are those of the IETF's draft "RateLimit header fields for HTTP": a policy (quota and window in
seconds), and how much is left of it.
"""

import math
from contextvars import ContextVar

_TOLD: ContextVar[list[tuple[bytes, bytes]] | None] = ContextVar("told", default=None)


def begin_request() -> list[tuple[bytes, bytes]]:
    """A request begins: the list into which its headers come, once a key was checked."""
    headers: list[tuple[bytes, bytes]] = []
    _TOLD.set(headers)
    return headers


def note_limit(quota: int, window: int, left: int, wait: float) -> None:
    """Note how many requests a client may make in how many seconds, how many are left, and when there are more."""
    headers = _TOLD.get()
    if headers is None:
        return
    headers[:] = [
        (b"ratelimit-policy", f'"client";q={quota};w={window}'.encode()),
        (b"ratelimit", f'"client";r={left};t={math.ceil(wait) if wait else window}'.encode()),
    ]
