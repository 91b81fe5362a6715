"""The gate: who calls, and may they? The database is asked at every request, so a revoked key is refused at once."""

import math
from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from app.access.keys import digest, is_test, is_well_formed
from app.access.limits import note_limit
from app.access.rate import Buckets
from app.access.scopes import Scope
from app.access.uses import Uses
from app.actor import acting
from app.db import Database
from app.db.access import access
from app.db.access.access import Caller, LearnerRead
from app.db.coalesce import Together
from app.errors import Denied, TooManyRequests, Unauthenticated


class Gate:
    """Checks the keys of requests that come together with one query, and how often each client asks."""

    def __init__(self, db: Database, per_second: float) -> None:
        self.uses = Uses()
        self._buckets = Buckets(per_second, burst=2 * per_second)
        self._callers = Together[bytes, Caller | None](lambda hashes: access.callers(db, hashes))
        self._learners = Together[tuple[bytes, UUID, str, bool], LearnerRead | None](
            lambda reads: access.read_learners(db, reads)
        )

    async def caller(self, authorization: str | None, *scopes: Scope) -> Caller:
        """Who sends this Authorization header, with one of these scopes. Unauthenticated, Denied, TooManyRequests."""
        hashed = bearer(authorization)
        caller = await self._callers.ask(hashed)
        if caller is None:
            raise unauthorized("The key or token is not known, has expired or was revoked.")
        self.uses.note(caller.tenant, hashed)
        self._admit(caller.client, caller.scopes, *scopes)
        return replace(caller, test=True) if is_test(presented(authorization)) else caller

    async def holder(self, text: str) -> Caller | None:
        """Whose key or token this text is; None where it is nobody's."""
        caller = await self._callers.ask(digest(text)) if is_well_formed(text) else None
        return caller and replace(caller, test=is_test(text))

    async def learner(self, authorization: str | None, learner: UUID, etag: str, *, whole: bool) -> LearnerRead:
        """A learner's header as stored, read in the same round trip that checks the key; `etag`: the reader's ETag.

        `whole`: also what is sensitive. Whether the caller may see that is for who asks to check.
        """
        hashed = bearer(authorization)
        answer = await self._learners.ask((hashed, learner, etag, whole))
        if answer is None:
            raise unauthorized("The key or token is not known, has expired or was revoked.")
        self.uses.note(answer.tenant, hashed)
        self._admit(answer.client, answer.scopes, "learners.read")
        return answer

    def _admit(self, client: UUID, scopes: Collection[str], *enough: Scope) -> None:
        acting(f"client {client}")  # from here on: refused or not, it is they who ask
        wait = self._buckets.take(client)
        note_limit(*self._buckets.policy, self._buckets.left(client), wait)
        if wait:
            raise too_many(wait, "This client asks too often")
        if not any(scope in scopes for scope in enough):
            raise missing(enough[0])


def bearer(authorization: str | None) -> bytes:
    """The hash of the key or token in an Authorization header. Unauthenticated where there is none."""
    return digest(presented(authorization))


def presented(authorization: str | None) -> str:
    """The key or token in an Authorization header. Unauthenticated where there is none."""
    if authorization is None:
        raise unauthorized("Send 'Authorization: Bearer …' with an API key, or a token from /oauth/token.", error="")
    kind, _, text = authorization.partition(" ")
    if kind.lower() != "bearer" or not is_well_formed(text := text.strip()):
        raise unauthorized(
            "The Authorization header holds no key or token of ours: 'Bearer tsk_…', 'Bearer tsa_…' or 'Bearer tst_…'."
        )
    return text


def unauthorized(detail: str, error: str = ' error="invalid_token"') -> Unauthenticated:
    """Answered 401 where a key is nobody's, in the words of RFC 6750."""
    return Unauthenticated(detail, headers={"WWW-Authenticate": f"Bearer{error}"})


def missing(scope: Scope) -> Denied:
    """A scope that is not held, in the words of RFC 6750."""
    return Denied(
        f"This needs the scope '{scope}': ask the district to add it to your client.",
        type="missing-scope",
        headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        scope=scope,
    )


def too_many(wait: float, title: str) -> TooManyRequests:
    """Asked too often, and when to ask again."""
    seconds = max(1, math.ceil(wait))
    return TooManyRequests(f"Ask again in {seconds} s.", title=title, headers={"Retry-After": str(seconds)})
