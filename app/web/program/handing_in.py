"""Handing in without an account: by a program's link or QR code, or by a claim code from an event."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.access import tenants
from app.db import Tx
from app.db.access.tenants import TenantRow
from app.db.plans.plans import Signature
from app.db.programs.submissions import BadgeRow
from app.errors import Conflict, Gone, Invalid
from app.programs import badges, catalogue, definitions, files, links, offers, programs, submitting
from app.programs.catalogue import OpportunityRow
from app.programs.definitions import AchievementRow
from app.programs.links import LinkRow
from app.programs.programs import ProgramRow
from app.programs.submission import Submission
from app.programs.submitting import Receipt, Way
from app.request import Inside, Slug
from app.start import Service
from app.web.kit.cookies import brought, put
from app.web.kit.forms import Posted
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, anybody, form
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later
from app.web.program import reading
from app.web.program.reading import Filled
from app.web.public.opportunities_page import KINDS

router = APIRouter(prefix="/t/{tenant}", include_in_schema=False, route_class=SignedRoute)
PROOF_SECONDS = 8 * 3600
WRONG_PIN = later("This is not the PIN. Ask the program for it; after ten wrong tries the link ends.")
NOBODY = later("Say who hands this in, so that the district can ask.")


@dataclass(frozen=True, slots=True)
class Door:
    """A link that is open: whose it is, what it is for, or of what it can be part (`offers`)."""

    tenant: TenantRow
    row: LinkRow
    program: ProgramRow
    achievements: list[AchievementRow]
    opportunity: OpportunityRow | None
    offers: list[OpportunityRow]
    proven: bool

    @property
    def way(self) -> Way:
        """The way in that a submission by this link has: by code, or by form."""
        return "code" if self.row.kind == "code" else "form"


@router.get("/claim", dependencies=[anybody])
async def type_code(tenant: Slug, request: Request, inside: Inside) -> Response:
    """The page on which a claim code from paper is typed."""
    owner = await tenants.by_slug(inside.db, tenant)
    return show(request, "program/code.html", district=owner.name, tenant=tenant, complaint="")


@router.post("/claim", dependencies=[anybody])
async def typed_code(tenant: Slug, request: Request, inside: Inside) -> Response:
    """From the code to what it is for."""
    owner = await tenants.by_slug(inside.db, tenant)
    code = links.read_code(form(request).text("code"))
    if code is None:
        words = _("A code has 16 letters and digits, like 7QK2-M8X4-TPA1-ZB3C.")
        return show(request, "program/code.html", status=422, district=owner.name, tenant=tenant, complaint=words)
    return RedirectResponse(f"/t/{tenant}/in/{code}", 303)


@router.get("/in/{code}", dependencies=[anybody])
async def offered(tenant: Slug, code: str, request: Request, inside: Inside) -> Response:
    """The form, or first the PIN."""
    door = await _door(request, inside, tenant, code)
    return _form(request, door, code, _prefilled(door)) if door.proven else _ask_pin(request, door, code)


@router.post("/in/{code}/pin", dependencies=[anybody])
async def show_pin(tenant: Slug, code: str, request: Request, inside: Inside) -> Response:
    """Show the PIN once: this browser keeps a proof of it for the day."""
    door = await _door(request, inside, tenant, code)
    async with inside.db.transaction(door.tenant.id) as tx:
        right = await links.check_pin(tx, inside.vault, door.row, form(request).text("pin"))
    if not right:
        return _ask_pin(request, door, code, _(WRONG_PIN))
    response = RedirectResponse(f"/t/{tenant}/in/{code}", 303)
    put(response, inside.settings, _cookie(door.row), links.proof(inside.vault, door.row), seconds=PROOF_SECONDS)
    return response


@router.post("/in/{code}", dependencies=[anybody])
async def hand_in(tenant: Slug, code: str, request: Request, inside: Inside) -> Response:
    """Hand in what was filled in. Sent twice it is there once."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.work)
    door, sent = await _door(request, inside, tenant, code), form(request)
    if not door.proven:
        return _ask_pin(request, door, code)
    try:
        if not sent.text("submitter"):
            raise Invalid(NOBODY, pointers={"/submitter": NOBODY})
        handed = await _hand_in(inside, door, sent)
    except (Invalid, Conflict) as why:
        return _form(request, door, code, reading.filled(sent, why), status=why.status)
    return show(
        request,
        "program/handed_in.html",
        program=door.program,
        again=f"/t/{tenant}/in/{code}",
        title=handed.submission.title,
        known=handed.receipt.outcome == "unchanged",
        home="",
    )


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed in, and what became of it."""

    submission: Submission
    receipt: Receipt


async def keep(
    inside: Service,
    tx: Tx,
    program: UUID,
    submission: Submission,
    new_files: list[files.NewFile],
    way: Way,
    by: Signature,
    now: datetime,
    *,
    consent: str | None,
    draft: bool = False,
) -> Handed:
    """Keep a submission with its files."""
    whole = reading.with_files(submission, new_files)
    receipt = await submitting.submit(tx, program, whole, way=way, by=by, now=now, consent=consent, draft=draft)
    await files.keep(tx, inside.vault, inside.settings, submission=receipt.row.id, new_files=new_files, now=now)
    return Handed(submission, receipt)


async def badge_of(
    inside: Service, tenant: int, program: ProgramRow, rows: list[AchievementRow], sent: Posted, typed: Submission
) -> tuple[badges.Badge, Way] | None:
    """The badge that came with a form, verified, with what was typed beside it; None where there is none.

    It is its picture, its JSON or its address.
    """
    upload, address = sent.file("badge"), sent.text("badge_address")
    if upload is None and not address:
        return None
    content: bytes | str = await upload.read() if upload is not None else address
    report = await badges.examined(inside, tenant, content)
    way: Way = "badge" if upload is not None else "address"
    return badges.submitted(report, typed, program, badges.by_name(rows)), way


async def _hand_in(inside: Service, door: Door, sent: Posted) -> Handed:
    now = datetime.now(UTC)
    by = Signature(sent.text("submitter")[:200], "by a link", f"link {door.row.id}")
    achievement, opportunity = door.row.achievement_id, door.row.opportunity_id
    typed = reading.submission_of(sent, now.date(), achievement=achievement, opportunity=opportunity)
    badge = await badge_of(inside, door.tenant.id, door.program, rows=door.achievements, sent=sent, typed=typed)
    new_files = await reading.files_of(sent)
    submission, way = (badge[0].submission, badge[1]) if badge else (typed, door.way)
    async with inside.db.transaction(door.tenant.id) as tx:
        row = await links.opened(
            tx, code_text(inside, door), now, ("form", "code")
        )  # held: a code is used once, however often it is sent
        agreed = reading.consent_of(sent)
        handed = await keep(
            inside,
            tx,
            door.program.id,
            submission=submission,
            new_files=new_files,
            way=way,
            by=by,
            now=now,
            consent=agreed,
        )
        if badge:
            await keep_badge(tx, handed.receipt.row.id, badge[0], now)
        if handed.receipt.outcome == "new":
            await links.used(tx, row)
    return handed


async def keep_badge(tx: Tx, submission: UUID, badge: badges.Badge, now: datetime) -> None:
    """Keep the badge that a submission came as, with what its verification found."""
    row = BadgeRow(submission, badge.body, badge.report.verdict, badge.report.as_json(), now)
    await submitting.keep_badge(tx, row)


def code_text(inside: Service, door: Door) -> str:
    """The code of an open link."""
    return links.code_of(inside.vault, door.tenant.id, door.row)


async def _door(request: Request, inside: Service, tenant: str, code: str) -> Door:
    """The open link of a code. NotFound, or Gone; counted, so that codes are not guessed."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.codes)
    owner = await tenants.by_slug(inside.db, tenant)
    async with inside.db.transaction(owner.id) as tx:
        row = await links.opened(tx, code, datetime.now(UTC), links.HANDING)
        program = await programs.program_of(tx, row.program_id)
        achievements = await definitions.achievements(tx, program.id)
        opportunity = await catalogue.opportunity_of(tx, row.opportunity_id) if row.opportunity_id else None
        offered = [opportunity] if opportunity else await catalogue.opportunities(tx, program.id)
    awarded_no_more = row.achievement_id is not None and row.achievement_id not in {own.id for own in achievements}
    if program.state != "approved" or awarded_no_more or (opportunity is not None and opportunity.ended_at is not None):
        raise Gone(links.ENDED)
    proven = links.proven(inside.vault, row, brought(request, inside.settings, _cookie(row)))
    return Door(owner, row, program, achievements=achievements, opportunity=opportunity, offers=offered, proven=proven)


def _cookie(row: LinkRow) -> str:
    return f"tessera-link-{row.id.hex[:12]}"


def _prefilled(door: Door) -> Filled:
    """What an event tells already: what was done, when and where."""
    values: dict[str, str] = {"achievement": str(door.row.achievement_id or "")}
    if door.opportunity is not None:
        offer = offers.read(door.opportunity.body)
        begins = offer.begins.date().isoformat() if offer.begins and offer.begins <= datetime.now(UTC) else ""
        values |= {"title": offer.title, "place": offer.place or "", "on": begins}
    return Filled({name: value for name, value in values.items() if value})


def _form(request: Request, door: Door, code: str, filled: Filled, status: int = 200) -> Response:
    return show(
        request,
        "program/form.html",
        status=status,
        program=door.program,
        heading=door.row.title,
        action=f"/t/{door.tenant.slug}/in/{code}",
        filled=filled,
        choices=[] if door.row.achievement_id else reading.choices(door.achievements),
        part_of=reading.parts(door.offers, fixed=door.opportunity is not None),
        by_link=True,
        opportunity=door.opportunity,
        kinds=KINDS,
        back="",
        mending=None,
    )


def _ask_pin(request: Request, door: Door, code: str, complaint: str = "") -> Response:
    values: dict[str, Any] = {"program": door.program, "action": f"/t/{door.tenant.slug}/in/{code}/pin"}
    return show(request, "program/pin.html", status=422 if complaint else 200, complaint=complaint, **values)
