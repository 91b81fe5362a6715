"""A program's links and claim codes: made, printed with their picture to scan, and ended."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import Invalid
from app.issuing.picture import qr
from app.programs import catalogue, definitions, links
from app.programs.links import NewLink
from app.request import Inside
from app.web.kit import error_words
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form
from app.web.kit.words import _
from app.web.program import reading
from app.web.program.home import Coordinator, program_of

router = APIRouter(prefix="/program/links", include_in_schema=False, route_class=SignedRoute)


@router.get("")
async def links_page(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """The links there are, and a form for another one."""
    return await _page(request, viewer, inside)


@router.post("")
async def make(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Make a link for a season, or a code for an event."""
    sent = form(request)
    pin = (sent.text("pin") or links.new_pin()) if sent.flag("with_pin") else None
    try:
        if not sent.text("title"):
            raise Invalid(_("Give it a name: it stands above the form."), pointers={"/title": "missing"})
        new_link = NewLink(
            kind="code" if sent.text("kind") == "code" else "form",
            title=sent.text("title")[:200],
            achievement=sent.uuid("achievement"),
            opportunity=sent.uuid("opportunity"),
            pin=pin,
            uses=sent.whole("uses") if sent.text("kind") == "code" else None,
            expires=sent.moment("expires"),
        )
        async with inside.db.transaction(viewer.tenant.id) as tx:
            program = await program_of(tx, viewer)
            link = await links.make(tx, inside.vault, program.id, new=new_link, by=viewer.actor, now=datetime.now(UTC))
    except Invalid as why:
        return await _page(request, viewer, inside, why)
    words = _("The PIN is %(pin)s. It is shown this once: write it down.", pin=pin) if pin else _("Made.")
    return done(request, f"/program/links/{link.row.id}", words)


@router.get("/{link}")
async def print_link(link: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """One link, to be printed: its picture to scan, its code, its address."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        row = await links.own(tx, program.id, link)
    code = links.code_of(inside.vault, viewer.tenant.id, row)
    address = f"{inside.settings.home}/t/{viewer.tenant.slug}/in/{code}"
    typed = f"{inside.settings.home}/t/{viewer.tenant.slug}/claim"
    crumbs = [(program.name, "/program"), (_("Links and codes"), "/program/links")]
    values: dict[str, Any] = {"code": code, "address": address, "typed": typed, "picture": qr(address)}
    return show(request, "program/link.html", crumbs=crumbs, program=program, link=row, **values)


@router.post("/{link}/end")
async def end(link: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """End a link."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await links.end(tx, (await program_of(tx, viewer)).id, link, datetime.now(UTC))
    return done(request, "/program/links", _("Ended. Nobody hands in by it any more."))


async def _page(request: Request, viewer: Coordinator, inside: Inside, why: Invalid | None = None) -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        rows = [row for row in await links.of_program(tx, program.id) if row.kind != "assess"]
        achievements = reading.choices(await definitions.achievements(tx, program.id))
        offered = [(str(row.id), catalogue.offer_title(row)) for row in await catalogue.opportunities(tx, program.id)]
    now = datetime.now(UTC)
    return show(
        request,
        "program/links.html",
        status=422 if why else 200,
        crumbs=[(program.name, "/program")],
        links=[(row, row.ended_at is None and row.expires_at > now) for row in rows],
        achievements=achievements,
        opportunities=offered,
        complaint=error_words.translated(why.detail) if why else "",
    )
