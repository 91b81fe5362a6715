"""Repeating a request without fear: what carries an Idempotency-Key has one effect, however often it is sent."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.responses import Response

from app.access import repeats
from app.access.repeats import Answered
from app.db import Database, Tx
from app.db.access.access import Caller
from app.errors import ApiError

JSON = "application/json"
REPLAYED = "Idempotent-Replayed"
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="a key of your own for this request: sent again within 24 hours, it gets the first answer again "
        "and has no second effect",
        max_length=255,
    ),
]
CreationKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="a key of your own for this request: sent again within 24 hours, it makes nothing a second time, "
        "and is answered with what it made as it stands now",
        max_length=255,
    ),
]


def key_of(request: Request) -> str | None:
    """The request's Idempotency-Key, if it has one. ApiError 400 where it cannot be used."""
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise ApiError(
            400, "bad-idempotency-key", "Invalid Idempotency-Key", "It has 1 to 255 printable ASCII characters."
        )
    return key


def request_hash(request: Request, body: bytes, mode: str = "") -> bytes:
    """What tells one request from another under the same key."""
    return hashlib.blake2b(f"{request.url.path}\n{mode}\n".encode() + body, digest_size=32).digest()


async def answered_once(
    db: Database, caller: Caller, key: str, request: bytes, take: Callable[[], Awaitable[Response]]
) -> Response:
    """Do it, unless it was done already: then the first answer again. For what does no harm if it is cut short."""
    responses: list[Response] = []

    async def answer() -> Answered:
        response = await take()
        responses.append(response)
        return Answered(response.status_code, bytes(response.body))

    answered = await repeats.answered_once(db, caller, key, request, answer)
    if not answered.again:
        return responses[0]
    media_type = JSON if answered.status < 400 else "application/problem+json"
    return Response(answered.body, answered.status, {REPLAYED: "true"}, media_type)


class Creation:
    """A request that makes something: once, and in the transaction that makes it."""

    def __init__(self, key: str | None, request: bytes, response: Response) -> None:
        self._key = key
        self._request = request
        self._response = response

    async def once(self, tx: Tx, caller: Caller, make: Callable[[], Awaitable[object]]) -> str:
        """The id of what is made, or was made when the key was used first; that alone is kept with the key.

        Who sends the same at the same time waits for the first one's transaction to end.
        """
        if self._key is None:
            return str(await make())
        answer, again = await repeats.made_once(tx, caller, self._key, self._request, make)
        if again:
            self._response.headers[REPLAYED] = "true"
        return answer


async def creation(request: Request, response: Response, _key: CreationKey = None) -> Creation:
    """What a request that makes something may be repeated with."""
    key = key_of(request)
    return Creation(key, request_hash(request, await request.body()) if key is not None else b"", response)


Creating = Annotated[Creation, Depends(creation)]
