"""Short-lived tokens, got with a client's key (OAuth 2.0 client credentials, RFC 6749 section 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from app.access.keys import digest, new_secret
from app.db import Tx
from app.db.access import access
from app.db.access.access import Caller, NewKey

SECONDS = 3600
"""How long a token lives, at most: it never outlives the key it was got with."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token as the client gets it; `seconds` is how long it will live."""

    text: str
    seconds: int
    scopes: Sequence[str]


async def issue_token(tx: Tx, client: Caller, scopes: Sequence[str]) -> Token:
    """A token for a client that has shown its key, with some of its scopes."""
    now = datetime.now(UTC)
    expires = now + timedelta(seconds=SECONDS)
    for key in await access.keys(tx, client.client):
        if key.id == client.key and key.expires_at is not None:
            expires = min(expires, key.expires_at)
    new = new_secret("test" if client.test else "token")
    await access.add_key(
        tx,
        NewKey(
            client_id=client.client,
            id=uuid4(),
            kind="token",
            hash=new.hash,
            hint=new.hint,
            scopes=list(scopes),
            expires_at=expires,
            got_with=client.key,
        ),
    )
    return Token(new.text, int((expires - now).total_seconds()), scopes)


async def revoke_token(tx: Tx, client: Caller, text: str) -> None:
    """End a token of this client (RFC 7009); any other text changes nothing."""
    await access.revoke_token(tx, client.client, digest(text))
