"""Other hosts: registered at once, asked for by learner, fetched from daily or at once (Open Badges 3.0, CLR 2.0)."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response
from psycopg.errors import UniqueViolation

from app.api.issuing.credentials import owner_of
from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import ShareKeeper, SourceManager
from app.api.kit.problem import problems
from app.api.records.learners import After, Limit
from app.api.wallet.wire_hosts import (
    Host,
    HostConsent,
    HostConsentInvitation,
    HostConsentList,
    HostConsentNew,
    HostList,
    HostNew,
)
from app.db.wallet.hosts import ConsentRow, HostRow
from app.errors import Conflict
from app.request import Inside
from app.wallet import hosts

router = APIRouter(prefix="/v1", tags=["Credentials"], route_class=SoundRoute)
HostId = Annotated[UUID, Path()]
ConsentId = Annotated[UUID, Path()]


@router.get("/hosts", responses=problems())
async def list_hosts(caller: ShareKeeper, inside: Inside) -> HostList:
    """The hosts we are registered at."""
    async with inside.db.transaction(caller.tenant) as tx:
        return HostList(hosts=[_host(row) for row in await hosts.registered(tx)])


@router.post("/hosts", status_code=201, responses=problems(400, 409))
async def connect_host(new: HostNew, caller: SourceManager, inside: Inside) -> Host:
    """Register with a host of learners' credentials, by what it says of itself (RFC 7591)."""
    owner = await owner_of(inside, caller)
    ticket = new.initial_access_token.get_secret_value() if new.initial_access_token else None
    try:
        row = await hosts.connect(inside, owner, new.name, address=new.address, standard=new.standard, ticket=ticket)
    except UniqueViolation:
        why = f"We are registered at {new.address}: see GET /v1/hosts."
        raise Conflict(why, type="known-host", title="Host already registered") from None
    return _host(row)


@router.delete("/hosts/{host}", status_code=204, responses=problems(404))
async def forget_host(host: HostId, caller: SourceManager, inside: Inside) -> None:
    """Forget a host, with all that let us fetch from it. What was fetched stays."""
    async with inside.db.transaction(caller.tenant) as tx:
        await hosts.forget(tx, host)


@router.get("/hosts/{host}/consents", responses=problems(400, 404))
async def list_host_consents(
    host: HostId, caller: ShareKeeper, inside: Inside, after: After = None, limit: Limit = 100
) -> HostConsentList:
    """Whose credentials are fetched from a host, and how that goes; newest first."""
    begin = cursor.decode(after, tuple[datetime, UUID]) if after else None
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await hosts.consents_of(tx, host, begin, limit)
    return HostConsentList(
        consents=[_consent(row) for row in rows],
        next=cursor.encode(rows[-1].asked_at, rows[-1].id) if len(rows) == limit else None,
    )


@router.post("/hosts/{host}/consents", status_code=201, responses=problems(400, 404))
async def ask_host_consent(
    host: HostId, request: HostConsentNew, caller: ShareKeeper, inside: Inside, response: Response
) -> HostConsentInvitation:
    """Ask a learner to let us fetch their credentials from a host: give them the address, where they say yes."""
    owner = await owner_of(inside, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        known = await hosts.by_id(tx, host)
    row, address = await hosts.ask(inside, owner, known, request.learner, f"client {caller.client}")
    response.headers["Cache-Control"] = "no-store"
    return HostConsentInvitation(consent=_consent(row), authorization_url=address)


@router.post("/hosts/{host}/consents/{consent}/fetch", responses=problems(404, 409))
async def fetch_from_host(host: HostId, consent: ConsentId, caller: ShareKeeper, inside: Inside) -> HostConsent:
    """Fetch now what is new or changed; else it is done once a day."""
    owner = await owner_of(inside, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        await hosts.consent_of(tx, host, consent)
    if await hosts.fetch(inside, owner, consent) is None:
        why = "It is not given, has ended, or is being fetched by at this moment: see GET …/consents."
        raise Conflict(why, type="not-fetched", title="Consent not active")
    async with inside.db.transaction(caller.tenant) as tx:
        return _consent(await hosts.consent_of(tx, host, consent))


@router.delete("/hosts/{host}/consents/{consent}", status_code=204, responses=problems(404))
async def end_host_consent(host: HostId, consent: ConsentId, caller: ShareKeeper, inside: Inside) -> None:
    """Fetch no more by a consent: its tokens are gone. What was fetched stays."""
    async with inside.db.transaction(caller.tenant) as tx:
        await hosts.consent_of(tx, host, consent)
        await hosts.end(tx, consent, "ended by staff")


def _host(row: HostRow) -> Host:
    return Host(
        id=row.id,
        name=row.name,
        address=row.address,
        standard=row.standard,
        client=row.client,
        created_at=row.created_at,
    )


def _consent(row: ConsentRow) -> HostConsent:
    return HostConsent(
        id=row.id,
        learner=row.learner_id,
        state=row.state,
        asked_at=row.asked_at,
        fetched_to=row.since,
        due_at=row.due_at,
        note=row.note,
        counts=row.counts,
        profile=msgspec.json.decode(row.profile) if row.profile else None,
    )
