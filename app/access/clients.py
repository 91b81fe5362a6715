"""Clients and their keys: made, rotated and revoked. A key opens the API itself, or is traded for a short token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.access.keys import new_secret
from app.access.scopes import Scope
from app.db import Tx
from app.db.access import access, tenants, uses
from app.db.access.access import ClientRow, KeyRow, NewKey
from app.db.sources import sources
from app.errors import Conflict, Invalid, NotFound

SHORTEST_HINT = 4
"""The fewest last characters by which a key is known from a client's others."""

LIVE_KEYS = 2
"""How many keys of a client may be live: the one in use, and the one it is being exchanged for."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `text` is shown this once and never again."""

    id: UUID
    text: str
    hint: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A live key as it is known once it has been shown. `used_at`: when it, or a token got with it, was last used."""

    id: UUID
    hint: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownClient:
    """A client with its live keys; `source` is the slug of the source it pushes into, if it pushes."""

    id: UUID
    name: str
    scopes: list[str]
    source_id: int | None
    source: str | None
    created_at: datetime
    revoked_at: datetime | None
    keys: list[KnownKey]


async def listed(tx: Tx) -> list[KnownClient]:
    """All clients of the tenant, newest first; also those that were revoked."""
    slugs = {row.id: row.slug for row in await sources.listed(tx)}
    keys = await access.keys(tx)
    used = await uses.of_tenant(tx)
    return [_with_keys(row, slugs, keys, used) for row in await access.clients(tx)]


def _with_keys(
    row: ClientRow, slugs: dict[int, str], keys: Sequence[KeyRow], used: dict[UUID, datetime]
) -> KnownClient:
    live = [
        KnownKey(key.id, key.hint, key.created_at, key.expires_at, used.get(key.id))
        for key in keys
        if key.client_id == row.id and row.revoked_at is None
    ]
    source = None if row.source_id is None else slugs.get(row.source_id)
    return KnownClient(
        id=row.id,
        name=row.name,
        scopes=row.scopes,
        source_id=row.source_id,
        source=source,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        keys=live,
    )


async def by_id(tx: Tx, client: UUID) -> KnownClient:
    """The client of that id, held until the transaction ends. NotFound where there is none."""
    if await access.lock_client(tx, client) is None:
        raise NotFound(f"No client {client}: see GET /v1/clients.")
    return next(known for known in await listed(tx) if known.id == client)


async def by_name(tx: Tx, name: str) -> KnownClient:
    """The live client of that name or id. NotFound where there is none, Conflict where a name is several clients'."""
    live = [client for client in await listed(tx) if client.revoked_at is None]
    same = [client for client in live if name in (client.name, str(client.id))]
    if len(same) > 1:
        ids = ", ".join(str(client.id) for client in same)
        raise Conflict(f"'{name}' is the name of {len(same)} clients: give an id, one of {ids}.")
    if not same:
        names = ", ".join(f"'{client.name}'" for client in live) or "none"
        raise NotFound(f"No live client '{name}': there are {names}.")
    return same[0]


def key_of(client: KnownClient, hint: str) -> KnownKey:
    """A client's live key by its hint, the end of it, or its id. NotFound where there is none."""
    for key in client.keys:
        if hint in (key.hint, str(key.id)) or (len(hint) >= SHORTEST_HINT and key.hint.endswith(hint)):
            return key
    hints = ", ".join(key.hint for key in client.keys) or "none"
    raise NotFound(f"Client '{client.name}' has no live key '{hint}': there are {hints}.")


async def create_client(
    tx: Tx, name: str, scopes: Sequence[Scope], source: int | None, *, days: int | None = None
) -> tuple[UUID, IssuedKey]:
    """A new client of the transaction's tenant, and its first key, which lives `days` days (None: until revoked)."""
    if source is not None and await sources.by_id(tx, source) is None:
        raise Invalid(f"No source {source}: see GET /v1/sources.", type="unknown-source", title="Unknown source")
    client = uuid4()
    await access.add_client(tx, client, name, scopes, source)
    return client, await issue_key(tx, client, days=days)


async def issue_key(tx: Tx, client: UUID, *, days: int | None = None) -> IssuedKey:
    """A further key, beside the one in use: the first half of a rotation."""
    row = await live_client(tx, client)
    if len(await access.keys(tx, client)) >= LIVE_KEYS:
        raise Conflict(
            f"Client {client} has two live keys: revoke the one that is no longer used, then ask again.",
            type="too-many-keys",
            title="Too many keys",
        )
    new, key = new_secret("test" if await tenants.is_sandbox(tx) else "key"), uuid4()
    expires = None if days is None else datetime.now(UTC) + timedelta(days=days)
    await access.add_key(
        tx, NewKey(client, key, "key", hash=new.hash, hint=new.hint, scopes=row.scopes, expires_at=expires)
    )
    return IssuedKey(key, new.text, new.hint, expires)


async def revoke_key(tx: Tx, client: UUID, key: UUID) -> None:
    """End a key, and the tokens that were got with it. NotFound where there is no such live key."""
    if not await access.revoke_key(tx, client, key):
        raise NotFound(f"No live key {key}: see GET /v1/clients/{client}.")


async def revoke_client(tx: Tx, client: UUID) -> None:
    """End a client with all its keys and tokens."""
    await live_client(tx, client)
    await access.revoke_client(tx, client)


async def live_client(tx: Tx, client: UUID) -> ClientRow:
    """The client, held until the transaction ends. NotFound where there is none that is live."""
    row = await access.lock_client(tx, client)
    if row is None or row.revoked_at is not None:
        raise NotFound(f"No live client {client}: see GET /v1/clients.")
    return row
