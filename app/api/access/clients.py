"""Clients: the programs that call this API, their scopes, and their keys, shown once."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.access import clients
from app.access.clients import IssuedKey, KnownClient
from app.api.access.wire_clients import Client, ClientList, ClientNew, ClientWithKey, Key, KeyNew, KeyWithSecret
from app.api.kit.body import SoundRoute
from app.api.kit.context import ClientManager
from app.api.kit.problem import problems
from app.errors import ApiError
from app.request import Inside

router = APIRouter(prefix="/v1/clients", tags=["Clients"], route_class=SoundRoute)

ClientId = Annotated[UUID, Path()]


@router.get("", responses=problems())
async def list_clients(caller: ClientManager, inside: Inside) -> ClientList:
    """All clients, newest first, with the hints of their live keys."""
    async with inside.db.transaction(caller.tenant) as tx:
        return ClientList(clients=[_client(client) for client in await clients.listed(tx)])


@router.post("", status_code=201, responses=problems(400))
async def create_client(new: ClientNew, caller: ClientManager, inside: Inside, response: Response) -> ClientWithKey:
    """Make a client with its first key, which is shown this once. It gets no scope the calling client does not have."""
    if surplus := [scope for scope in new.scopes if scope not in caller.scopes]:
        raise ApiError(403, "scope-not-held", "Scope not held", f"You do not have '{surplus[0]}'.")
    async with inside.db.transaction(caller.tenant) as tx:
        client, key = await clients.create_client(tx, new.name, new.scopes, new.source, days=new.key_days)
        response.headers["Location"] = f"/v1/clients/{client}"
        response.headers["Cache-Control"] = "no-store"
        return ClientWithKey(client=_client(await clients.by_id(tx, client)), key=_key_with_secret(key))


@router.get("/{client}", responses=problems(404))
async def read_client(client: ClientId, caller: ClientManager, inside: Inside) -> Client:
    """One client, with the hints of its live keys."""
    async with inside.db.transaction(caller.tenant) as tx:
        return _client(await clients.by_id(tx, client))


@router.delete("/{client}", status_code=204, responses=problems(404))
async def revoke_client(client: ClientId, caller: ClientManager, inside: Inside) -> None:
    """Revoke a client with all its keys and tokens: the very next request with one of them is refused."""
    async with inside.db.transaction(caller.tenant) as tx:
        await clients.revoke_client(tx, client)


@router.post("/{client}/keys", status_code=201, responses=problems(400, 404, 409))
async def issue_key(
    client: ClientId, new: KeyNew, caller: ClientManager, inside: Inside, response: Response
) -> KeyWithSecret:
    """Give a client a second key, shown this once: put it in use, then revoke the first, and nothing ever stops."""
    response.headers["Cache-Control"] = "no-store"
    async with inside.db.transaction(caller.tenant) as tx:
        row = await clients.live_client(tx, client)
        if surplus := [scope for scope in row.scopes if scope not in caller.scopes]:
            raise ApiError(403, "scope-not-held", "Scope not held", f"You do not have '{surplus[0]}'.")
        return _key_with_secret(await clients.issue_key(tx, client, days=new.days))


@router.delete("/{client}/keys/{key}", status_code=204, responses=problems(404))
async def revoke_key(client: ClientId, key: UUID, caller: ClientManager, inside: Inside) -> None:
    """Revoke a key, and the tokens that were got with it: the very next request with one of them is refused."""
    async with inside.db.transaction(caller.tenant) as tx:
        await clients.revoke_key(tx, client, key)


def _client(client: KnownClient) -> Client:
    return Client(
        id=client.id,
        name=client.name,
        scopes=client.scopes,
        source=client.source_id,
        source_slug=client.source,
        created_at=client.created_at,
        revoked_at=client.revoked_at,
        keys=[Key(**asdict(key)) for key in client.keys],
    )


def _key_with_secret(key: IssuedKey) -> KeyWithSecret:
    return KeyWithSecret(id=key.id, key=key.text, hint=key.hint, expires_at=key.expires_at)
