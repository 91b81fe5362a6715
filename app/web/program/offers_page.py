"""What a program offers: added, changed, ended, and playlists taken from a file or given as one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.errors import Invalid, NotFound
from app.people.directory import schools
from app.people.viewer import Viewer
from app.programs import catalogue, definitions, offers, playlists, rubric
from app.programs.catalogue import OpportunityRow
from app.programs.programs import ProgramRow
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form
from app.web.kit.words import _, later
from app.web.program import offer_form
from app.web.program.home import Coordinator, program_of, signature
from app.web.public.opportunities_page import DAYS, KINDS

router = APIRouter(prefix="/program/offers", include_in_schema=False, route_class=SignedRoute)
NO_FILE = later("Choose a file, or paste what is in it.")


@router.get("")
async def listed(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """What is offered, and a form for more."""
    return await _page(request, viewer, inside)


@router.post("")
async def add(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Offer something."""
    sent = form(request)
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            program = await program_of(tx, viewer)
            await catalogue.offer(tx, program.id, offer_form.offer_of(sent), viewer.actor, datetime.now(UTC))
    except Invalid as why:
        return await _page(request, viewer, inside, sent, why)
    return done(request, "/program/offers", _("It stands in the catalogue."))


@router.post("/playlists")
async def take_in(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Offer the playlists of a file."""
    sent = form(request)
    upload = sent.file("file")
    content: bytes | str = await upload.read() if upload else sent.text("pasted")
    try:
        if not content:
            raise Invalid(NO_FILE)
        by, lacking = signature(viewer), []
        async with inside.db.transaction(viewer.tenant.id) as tx:
            program = await program_of(tx, viewer)
            for playlist in playlists.read(content):
                entry = await catalogue.take_playlist(
                    tx, program.id, playlist, by, datetime.now(UTC), define_badge=False
                )
                lacking += [entry.lacking] if entry.lacking else []
    except Invalid as why:
        return await _page(request, viewer, inside, sent, why, imported=True)
    words = _("It stands in the catalogue.")
    if lacking:
        words += " " + _("Ask the district for these badges: %(names)s.", names=", ".join(dict.fromkeys(lacking)))
    return done(request, "/program/offers", words, "warn" if lacking else "good")


@router.get("/{opportunity}/edit")
async def edit(opportunity: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """The form of what is offered, to change it."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await _own(tx, await program_of(tx, viewer), opportunity)
    return await _page(request, viewer, inside, changing=row)


@router.post("/{opportunity}/edit")
async def change(opportunity: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Say anew what is offered; what the form does not ask for stays."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await _own(tx, await program_of(tx, viewer), opportunity)
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await catalogue.change_offer(
                tx, opportunity, offer_form.changed(offers.read(row.body), offer_form.offer_of(sent))
            )
    except Invalid as why:
        return await _page(request, viewer, inside, sent, why, changing=row)
    return done(request, "/program/offers", _("Changed. It stands so in the catalogue."))


@router.post("/{opportunity}/end")
async def end(opportunity: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Offer something no more."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await _own(tx, await program_of(tx, viewer), opportunity)
        await catalogue.end_offer(tx, opportunity, datetime.now(UTC))
    return done(request, "/program/offers", _("It is offered no more. What was handed in for it stands."))


@router.get("/{opportunity}.json")
async def as_file(opportunity: UUID, viewer: Coordinator, inside: Inside) -> Response:
    """A playlist as a file."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        row = await _own(tx, program, opportunity)
        badges = {
            achievement.id: rubric.read(achievement.body)
            for achievement in await definitions.achievements(tx, program.id)
        }
    if row.kind != "playlist":
        raise NotFound(f"No playlist {opportunity}.")
    headers = {"Content-Disposition": 'attachment; filename="playlist.json"', "X-Content-Type-Options": "nosniff"}
    return Response(playlists.written(offers.read(row.body), badges), headers=headers, media_type="application/json")


async def _own(tx: Tx, program: ProgramRow, opportunity: UUID) -> OpportunityRow:
    """A program's own offer. NotFound where there is none."""
    row = await catalogue.opportunity_of(tx, opportunity)
    if row.program_id != program.id:
        raise NotFound(f"No opportunity {opportunity}.")
    return row


async def _page(
    request: Request,
    viewer: Viewer,
    inside: Service,
    sent: Posted | None = None,
    why: Invalid | None = None,
    *,
    imported: bool = False,
    changing: OpportunityRow | None = None,
) -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        rows = await catalogue.opportunities(tx, program.id)
        achievements = await definitions.achievements(tx, program.id)
        known = [row.name for row in await schools(tx)] or program.schools
    complaints: list[dict[str, Any]] = why.more.get("errors", []) if why else []  # type: ignore[assignment]  # pointers
    values: dict[str, Any] = {
        "shown": [(row, offers.read(row.body), offers.over(offers.read(row.body), datetime.now(UTC))) for row in rows],
        "kinds": [(key, _(words)) for key, words in KINDS.items()],
        "kind_words": KINDS,
        "days": [(key, _(words)) for key, words in DAYS.items()],
        "choices": [(str(row.id), rubric.read(row.body).name) for row in achievements],
        "schools": list(dict.fromkeys(known)),
        "filled": offer_form.filled(None if imported else sent, changing),
        "changing": changing,
        "action": f"/program/offers/{changing.id}/edit" if changing else "/program/offers",
        "wrong": {
            offer_form.FIELDS.get(complaint["pointer"], "title"): _(complaint["detail"]) for complaint in complaints
        },
        "complaint": error_words.translated(why.detail) if why else "",
        "pasted": sent.text("pasted") if sent and imported else "",
        "address": f"{inside.settings.home}/t/{viewer.tenant.slug}/opportunities",
    }
    status = 422 if why else 200
    return show(
        request, "program/offers.html", status=status, crumbs=[(program.name, "/program")], program=program, **values
    )
