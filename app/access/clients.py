"""Clients and their keys: made, rotated and revoked. A key opens the API itself, or is traded for a short token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from app.access.keys import mint
from app.access.scopes import Scope
from app.db import Tx
from app.db.access import access
from app.db.access.access import ClientRow, KeyRow, NewKey
from app.db.sources import sources
from app.errors import Conflict, Invalid, NotFound

LIVE_KEYS = 2
"""How many keys of a client may be live: the one in use, and the one it is being exchanged for."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key. `text` is shown this once and never again."""

    id: UUID
    text: str
    hint: str
    expires_at: datetime | None


class Keyring(NamedTuple):
    """A client and its live keys, oldest first; one that was revoked has none."""

    client: ClientRow
    keys: list[KeyRow]


async def listed(tx: Tx) -> list[Keyring]:
    """All clients of the tenant with their live keys, newest first; also those that were revoked."""
    keys = await access.keys(tx)
    return [_keyring(client, keys) for client in await access.clients(tx)]


async def by_id(tx: Tx, client: UUID) -> Keyring:
    """The client of that id with its live keys. NotFound where there is none."""
    row = await access.lock_client(tx, client)
    if row is None:
        raise NotFound(f"No client {client}: see GET /v1/clients.")
    return _keyring(row, await access.keys(tx, client))


def _keyring(client: ClientRow, keys: Sequence[KeyRow]) -> Keyring:
    return Keyring(client, [key for key in keys if key.client_id == client.id and client.revoked_at is None])


async def create_client(
    tx: Tx, name: str, scopes: Sequence[Scope], source: int | None, *, days: int | None = None
) -> tuple[UUID, Issued]:
    """A new client of the transaction's tenant, and its first key, which lives `days` days (None: until revoked)."""
    if source is not None and await sources.by_id(tx, source) is None:
        raise Invalid(f"No source {source}: see GET /v1/sources.", type="unknown-source", title="Unknown source")
    client = uuid4()
    await access.add_client(tx, client, name, scopes, source)
    return client, await issue_key(tx, client, days=days)


async def issue_key(tx: Tx, client: UUID, *, days: int | None = None) -> Issued:
    """A further key, beside the one in use: the first half of a rotation."""
    row = await known_client(tx, client)
    if len(await access.keys(tx, client)) >= LIVE_KEYS:
        raise Conflict(
            f"Client {client} has two live keys: revoke the one that is no longer used, then ask again.",
            type="too-many-keys",
            title="Too many keys",
        )
    new, key = mint("key"), uuid4()
    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
    await access.add_key(tx, NewKey(client, key, "key", new.hash, new.hint, row.scopes, expires))
    return Issued(key, new.text, new.hint, expires)


async def revoke_key(tx: Tx, client: UUID, key: UUID) -> None:
    """End a key, and the tokens that were got with it. NotFound where there is no such live key."""
    if not await access.revoke_key(tx, client, key):
        raise NotFound(f"No live key {key}: see GET /v1/clients/{client}.")


async def revoke_client(tx: Tx, client: UUID) -> None:
    """End a client with all its keys and tokens."""
    await known_client(tx, client)
    await access.revoke_client(tx, client)


async def known_client(tx: Tx, client: UUID) -> ClientRow:
    """The client, held until the transaction ends. NotFound where there is none that is live."""
    row = await access.lock_client(tx, client)
    if row is None or row.revoked_at is not None:
        raise NotFound(f"No live client {client}: see GET /v1/clients.")
    return row
