"""What a program offers: added, changed, ended, and playlists taken from a file or given as one."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from msgspec import structs
from starlette.responses import Response

from app.db import Tx
from app.errors import Invalid, NotFound
from app.people.directory import schools
from app.people.viewer import Viewer
from app.programs import catalogue, definitions, offers, playlists, rubric
from app.programs.catalogue import OpportunityRow
from app.programs.offers import Experience, Offer, OfferKind
from app.programs.programs import ProgramRow
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form
from app.web.kit.words import _, later
from app.web.program.home import Coordinator, program_of, signature
from app.web.public.opportunities_page import DAYS, KINDS

router = APIRouter(prefix="/program/offers", include_in_schema=False, route_class=SignedRoute)
NAMES = (
    "kind",
    "title",
    "description",
    "place",
    "on",
    "opens",
    "closes",
    "transport",
    "cost",
    "youngest",
    "oldest",
    "steps",
)
NO_FILE = later("Choose a file, or paste what is in it.")
FIELDS = {"/ends": "on", "/oldest": "oldest", "/opens": "opens", "/closes": "closes", "/experiences": "steps"}


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
            await catalogue.offer(tx, program.id, _offer(sent), viewer.actor, datetime.now(UTC))
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
            await catalogue.change_offer(tx, opportunity, _changed(offers.read(row.body), _offer(sent)))
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
        "filled": _filled(None if imported else sent, changing),
        "changing": changing,
        "action": f"/program/offers/{changing.id}/edit" if changing else "/program/offers",
        "wrong": {FIELDS.get(complaint["pointer"], "title"): _(complaint["detail"]) for complaint in complaints},
        "complaint": error_words.translated(why.detail) if why else "",
        "pasted": sent.text("pasted") if sent and imported else "",
        "address": f"{inside.settings.home}/t/{viewer.tenant.slug}/opportunities",
    }
    status = 422 if why else 200
    return show(
        request, "program/offers.html", status=status, crumbs=[(program.name, "/program")], program=program, **values
    )


def _filled(sent: Posted | None, changing: OpportunityRow | None) -> dict[str, Any]:
    """What stands in the form: what was sent, or else what is offered; boxes that are ticked as lists."""
    if sent is not None:
        ticked = {name: sent.many(name) for name in ("days", "reach", "achievement")}
        return {name: sent.text(name) for name in NAMES} | ticked | {"online": sent.flag("online")}
    if changing is None:
        return {}
    offer = offers.read(changing.body)
    values = {
        "kind": offer.kind,
        "title": offer.title,
        "description": offer.description,
        "place": offer.place,
        "on": offer.begins and offer.begins.date().isoformat(),
        "opens": offer.opens,
        "closes": offer.closes,
        "transport": offer.transport,
        "cost": f"{offer.cost:g}" if offer.cost else None,
        "youngest": offer.youngest,
        "oldest": offer.oldest,
        "steps": "\n".join(map(_line, offer.experiences)),
        "days": list(offer.days),
        "reach": list(offer.reach),
        "achievement": list(map(str, offer.achievements)),
        "online": offer.online,
    }
    return {name: value for name, value in values.items() if value is not None}


def _line(step: Experience) -> str:
    """An experience as a line of the form."""
    return f"{step.title}: {'; '.join(step.requirements)}" if step.requirements else step.title


def _changed(offer: Offer, form_offer: Offer) -> Offer:
    """An offer as a form says it anew, with what no form asks for as it was."""
    before = {(step.title, step.requirements): step for step in offer.experiences}
    steps = tuple(before.get((step.title, step.requirements), step) for step in form_offer.experiences)
    same_day = offer.begins and form_offer.begins and offer.begins.date() == form_offer.begins.date()
    return structs.replace(
        form_offer,
        begins=offer.begins if same_day and form_offer.opens == offer.opens else form_offer.begins,
        ends=offer.ends if same_day or not form_offer.begins else None,
        capacity=offer.capacity,
        hours=offer.hours,
        career_cluster=offer.career_cluster,
        experiences=steps,
    )


def _offer(sent: Posted) -> Offer:
    """What is offered, as a form says it. Invalid names the field."""
    if not sent.text("title"):
        raise Invalid(_("Say what it is called."), pointers={"/title": "missing"})
    day, opens = sent.day("on"), sent.text("opens") or None
    return Offer(
        kind=_kind(sent.text("kind")),
        title=sent.text("title")[:255],
        description=sent.text("description")[:20_000] or None,
        place=sent.text("place")[:255] or None,
        begins=_moment(day, opens),
        cost=_dollars(sent.text("cost")),
        transport=sent.text("transport")[:255] or None,
        online=sent.flag("online"),
        days=tuple(day for day in DAYS if day in sent.many("days")),
        opens=opens,
        closes=sent.text("closes") or None,
        reach=tuple(school[:255] for school in sent.many("reach")[:200]),
        youngest=_age(sent.whole("youngest")),
        oldest=_age(sent.whole("oldest")),
        achievements=tuple(UUID(choice) for choice in sent.many("achievement") if _is_id(choice)),
        experiences=tuple(_step(line) for line in sent.text("steps").splitlines()[:100] if line.strip()),
    )


def _kind(text: str) -> OfferKind:
    try:
        kind: OfferKind = msgspec.convert(text or "project", OfferKind)
    except msgspec.ValidationError:
        raise Invalid(_("Choose what it is."), pointers={"/kind": "missing"}) from None
    return kind


def _step(line: str) -> Experience:
    """An experience from a line: `Wire a lamp: a photo; a drawing` is one with two requirements."""
    title, _colon, needs = line.partition(":")
    return Experience(
        title.strip()[:255] or line.strip()[:255], requirements=tuple(filter(None, map(str.strip, needs.split(";"))))
    )


def _moment(day: date | None, opens: str | None) -> datetime | None:
    if day is None:
        return None
    clock = time.fromisoformat(opens) if opens and offers.CLOCK.fullmatch(opens) else time(12)
    return datetime.combine(day, clock, UTC)


def _dollars(text: str) -> float:
    try:
        cost = float(text.removeprefix("$").replace(",", ".") or 0)
    except ValueError:
        cost = -1
    if not 0 <= cost <= 100_000:
        raise Invalid(_("Give the cost in dollars, like 12.50; nothing if it is free."), pointers={"/cost": "dollars"})
    return cost


def _age(years: int | None) -> int | None:
    if years is not None and not 0 <= years <= 120:
        raise Invalid(_("An age is a number of years."), pointers={"/oldest": "years"})
    return years


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
