"""Programs that call the API, and their keys: made, exchanged, ended. A key is shown once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.access import clients
from app.access.scopes import SCOPES, check_scopes
from app.errors import Invalid
from app.people.viewer import Viewer
from app.request import Inside
from app.sources import known
from app.start import Service
from app.web.district import rights
from app.web.kit.shell import confirm, done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _

router = APIRouter(prefix="/clients", include_in_schema=False, route_class=SignedRoute)
Administrator = Annotated[Viewer, may("clients.manage")]


@router.get("")
async def listed(request: Request, viewer: Administrator, inside: Inside) -> Response:
    """All programs, newest first."""
    return await _page(request, viewer, inside)


@router.post("")
async def create(request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Let a program in: its key is shown on the page that answers, and never again."""
    sent = form(request)
    if not sent.text("name"):
        raise Invalid(_("Give the program a name."))
    purpose = rights.purpose(sent.text("purpose"))
    chosen = [*(purpose.scopes if purpose else ()), *sent.many("scope")]
    if not chosen:
        raise Invalid(_("Choose what it is for, or at least one right."))
    if purpose and purpose.pushes and sent.whole("source") is None:
        raise Invalid(_("Choose the source that it sends into."))
    scopes = check_scopes(chosen)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _client, issued = await clients.create_client(
            tx, sent.text("name"), scopes, sent.whole("source"), days=sent.whole("days")
        )
    return await _page(request, viewer, inside, issued.text)


@router.post("/{client}/keys")
async def further(client: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """A further key, beside the one in use: the first half of an exchange."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        issued = await clients.issue_key(tx, client)
    return await _page(request, viewer, inside, issued.text)


@router.post("/{client}/keys/{key}/end")
async def end_key(client: UUID, key: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """End a key at once."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await clients.live_client(tx, client)
        await clients.revoke_key(tx, client, key)
    return done(request, "/clients", _("The key opens nothing any more."))


@router.get("/{client}/end")
async def ask_end(client: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Ask before a program is shut out."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await clients.live_client(tx, client)
    return confirm(
        request,
        question=_("Shut %(name)s out?", name=row.name),
        words=_("All its keys end at once. What it sent stays."),
        action=f"/clients/{client}/end",
        back="/clients",
        button=_("Shut it out"),
        crumbs=[(_("Programs and keys"), "/clients")],
    )


@router.post("/{client}/end")
async def end(client: UUID, request: Request, viewer: Administrator, inside: Inside) -> Response:
    """Shut a program out."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await clients.revoke_client(tx, client)
    return done(request, "/clients", _("It is shut out."))


async def _page(request: Request, viewer: Viewer, inside: Service, key: str = "") -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await clients.listed(tx)
        sources = [(row.id, row.name) for row in await known.listed(tx)]
    live = [row for row in rows if row.revoked_at is None]
    ended = [row for row in rows if row.revoked_at is not None]
    return show(
        request,
        "district/clients.html",
        clients=[(row, rights.by_area(row.scopes)) for row in (*live, *ended[:10])],
        sources=sources,
        source_names=dict(sources),
        purposes=rights.PURPOSES,
        areas=rights.by_area(SCOPES),
        key=key,
    )
