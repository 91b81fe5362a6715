"""Requests that may be repeated: what carries a key of its client's own has one effect and one answer for 24 h."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from app.db import Database, Tx
from app.db.access import access
from app.db.access.access import Answer, Caller
from app.errors import Conflict, Invalid


class Answered(NamedTuple):
    """An answer: its HTTP status and its body; `again` where it was given before."""

    status: int
    body: bytes
    again: bool = False


async def answered_once(
    db: Database, caller: Caller, key: str, request: bytes, answer: Callable[[], Awaitable[Answered]]
) -> Answered:
    """Answer, unless it was done already: then the first answer again. For what does no harm if it is cut short.

    `request` is the hash of what is asked. Invalid where the key was another request's, Conflict where the same one is
    still being answered.
    """
    async with db.connection() as conn:
        first = await access.claim_answer(conn, caller, key, request)
    if not first.claimed:
        _check(first)
        return Answered(first.status, first.response, again=True)
    answered = Answered(0, b"")
    try:
        answered = await answer()
    finally:
        async with db.connection() as conn:
            await access.keep_answer(conn, caller, key, answered.status, answered.body)
    return answered


async def made_once(
    tx: Tx, caller: Caller, key: str, request: bytes, make: Callable[[], Awaitable[object]]
) -> tuple[str, bool]:
    """The id of what is made, or was made when the key was used first; and whether it was made before.

    That alone is kept with the key, in the transaction that makes it. Whoever sends the same at the same time waits for
    the first one's transaction to end. Errors as for `answered_once`.
    """
    first = await access.claim_answer(tx.conn, caller, key, request)
    if not first.claimed:
        _check(first)
        return first.response.decode(), True
    answer = str(await make())
    await access.keep_answer(tx.conn, caller, key, 201, answer.encode())
    return answer, False


def _check(first: Answer) -> None:
    if not first.same:
        raise Invalid(
            "Use a new key for a new request.",
            type="key-reused",
            title="The Idempotency-Key was used for another request",
        )
    if first.status == 0:
        raise Conflict(
            "Ask again in 1 s.",
            type="in-progress",
            title="The same request is being answered",
            headers={"Retry-After": "1"},
        )
