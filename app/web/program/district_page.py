"""The district's programs: registered and approved, what they recognize, and who of them signs in."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.plans.plans import Signature
from app.errors import Conflict, Invalid
from app.issuing.picture import qr
from app.people import invitations
from app.people.invitations import Offer
from app.people.roles import Role
from app.people.viewer import Viewer
from app.programs import defining, definitions, equivalence, notices, programs, recognition, reviewing, rubric
from app.programs.programs import KINDS, ProgramKind, ProgramRow, Registration, Signs
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later
from app.web.program import badge_form
from app.web.program.reading import Filled
from schemas.codes import Setting

router = APIRouter(prefix="/programs", include_in_schema=False, route_class=SignedRoute)
NAMES = ("name", "kind", "setting", "contact", "schools", "issuers", "signs", "trusted")
Approver = Annotated[Viewer, may("program.approve")]
KIND_WORDS: dict[ProgramKind, str] = {
    "club": later("Club"),
    "library": later("Library"),
    "museum": later("Museum"),
    "employer": later("Employer"),
    "camp": later("Camp"),
    "college": later("College"),
    "school": later("School"),
    "other": later("Other"),
}
SETTINGS: dict[str, str] = {
    "after-school": later("After school"),
    "summer": later("In summer"),
    "work": later("At work"),
    "home": later("At home"),
    "in-school": later("In school"),
}
STATES = {
    "asked": (later("Waits for you"), "warn"),
    "approved": (later("Approved"), "good"),
    "ended": (later("Ended"), "plain"),
}
ASSESSING = {
    "one": later("One person"),
    "two": later("Two; a third if they disagree"),
    "panel": later("A panel of three"),
    "moderated": later("Two, and a moderator who decides"),
}


@router.get("")
async def listed(request: Request, viewer: Approver, inside: Inside) -> Response:
    """All programs, and a form to register one."""
    return await _listed(request, viewer, inside)


@router.post("")
async def register(request: Request, viewer: Approver, inside: Inside) -> Response:
    """Register a program."""
    try:
        registration = _registration(form(request))
        async with inside.db.transaction(viewer.tenant.id) as tx:
            program = await programs.register(tx, registration, datetime.now(UTC))
    except (Invalid, Conflict) as why:
        return await _listed(request, viewer, inside, error_words.translated(why.detail), _sent(form(request)))
    return done(request, f"/programs/{program}", _("Registered. Approve it when you know whom you let in."))


@router.get("/{program}")
async def program_page(program: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """A program: its state, what it recognizes, its people."""
    return await _program(request, viewer, inside, program)


@router.get("/{program}/edit")
async def edit(program: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """What is said of a program, to change it."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await programs.program_of(tx, program)
    return _edited(request, row, _said_of(row))


@router.post("/{program}/edit")
async def change(program: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Say anew what a program is, whom it serves, whose badges it may hand in, and whether it is trusted."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await programs.program_of(tx, program)
    try:
        registration = replace(_registration(sent), about=row.about)
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await programs.change(tx, program, registration, viewer.actor)
    except (Invalid, Conflict) as why:
        return _edited(request, row, _sent(sent), error_words.translated(why.detail))
    return done(request, f"/programs/{program}", _("Saved."))


@router.post("/{program}/approve")
async def approve(program: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Approve the program."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        owner, by = viewer.tenant, viewer.actor
        await programs.approve(
            tx, inside.vault, inside.settings, owner=owner, program=program, by=by, now=datetime.now(UTC)
        )
    return done(request, f"/programs/{program}", _("Approved. It can hand in now. Invite its coordinator."))


@router.post("/{program}/end")
async def end(program: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """End the program."""
    reason = form(request).text("reason") or None
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await programs.end(tx, program, reason, viewer.actor, datetime.now(UTC))
    return done(
        request, f"/programs/{program}", _("Ended. Nothing more is taken in from it; what was accepted stands.")
    )


@router.post("/{program}/invite")
async def invite(program: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Invite a coordinator of the program, or a reviewer for it."""
    role: Role = "reviewer" if form(request).text("role") == "reviewer" else "coordinator"
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await programs.approved(tx, program)
        invited = await invitations.invite(tx, Offer(role, source=row.source_id), viewer.actor)
    address = f"{inside.settings.home}/invitation/{invited.code}"
    values: dict[str, Any] = {"code": invited.code, "address": address, "picture": qr(address), "role": role}
    crumbs = [(_("Programs"), "/programs"), (row.name, f"/programs/{program}")]
    return show(request, "program/invited.html", crumbs=crumbs, row=row, **values)


@router.post("/{program}/achievements")
async def define(program: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Define what the program recognizes."""
    sent = form(request)
    by = Signature(viewer.account.name, "administrator", viewer.actor)
    try:
        definition = await badge_form.definition_of(sent)
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await defining.define(tx, inside, program, definition, by=by, now=datetime.now(UTC))
    except Invalid as why:
        return await _program(
            request, viewer, inside, program, badge_form.filled(sent, why), error_words.translated(why.detail)
        )
    return done(request, f"/programs/{program}", _("Added. Open it to say which competencies it shows."))


async def _program(
    request: Request, viewer: Viewer, inside: Service, program: UUID, badge: Filled | None = None, complaint: str = ""
) -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await programs.program_of(tx, program)
        achievements = await definitions.achievements(tx, program, retired=True)
        counts = await reviewing.counted(tx, program)
        mail = await notices.counted(tx, program) if inside.settings.mail_host else {}
        rules = await equivalence.rules(tx)
        design = await badge_form.design(tx)
    defined = [(achievement.id, rubric.read(achievement.body)) for achievement in achievements]
    badges = [(id_, definition, recognition.picture_of(definition, row.name)) for id_, definition in defined]
    values: dict[str, Any] = {"states": STATES, "kinds": KIND_WORDS, "settings": SETTINGS, "assessing": ASSESSING}
    return show(
        request,
        "program/program.html",
        status=422 if complaint else 200,
        crumbs=[(_("Programs"), "/programs")],
        row=row,
        badges=badges,
        retired={achievement.id for achievement in achievements if achievement.retired},
        design=design,
        counts=counts,
        mail=mail,
        complaint=complaint,
        filled=badge or Filled(),
        rules=[(str(own), rule.title) for own, rule in rules],
        **values,
    )


def _edited(request: Request, row: ProgramRow, filled: Filled, complaint: str = "") -> Response:
    crumbs = [(_("Programs"), "/programs"), (row.name, f"/programs/{row.id}")]
    values: dict[str, Any] = {"row": row, "filled": filled, "complaint": complaint, **_choices()}
    return show(request, "program/program_edit.html", status=422 if complaint else 200, crumbs=crumbs, **values)


def _choices() -> dict[str, list[tuple[str, str]]]:
    """What a program may be, and when learners are there, to choose from."""
    kinds = [(str(kind), _(KIND_WORDS[kind])) for kind in KINDS]
    return {"kinds": kinds, "settings": [(key, _(words)) for key, words in SETTINGS.items()]}


def _sent(sent: Posted) -> Filled:
    """The form of a program as it was sent."""
    return Filled({name: sent.text(name) for name in NAMES})


def _said_of(row: ProgramRow) -> Filled:
    """The form of a program as it is."""
    values = {"name": row.name, "kind": row.kind, "setting": row.setting, "contact": row.contact or ""}
    lists = {"schools": "\n".join(row.schools), "issuers": "\n".join(row.issuers)}
    return Filled({**values, **lists, "signs": row.signs, "trusted": "yes" if row.trusted else ""})


async def _listed(
    request: Request, viewer: Viewer, inside: Inside, complaint: str = "", filled: Filled | None = None
) -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await programs.listed(tx)
    values: dict[str, Any] = {"states": STATES, "kind_words": KIND_WORDS, "filled": filled or Filled(), **_choices()}
    return show(
        request, "program/programs.html", status=422 if complaint else 200, rows=rows, complaint=complaint, **values
    )


def _registration(sent: Posted) -> Registration:
    if not sent.text("name"):
        raise Invalid(_("Give the program's name."), pointers={"/name": "missing"})
    try:
        return Registration(
            name=sent.text("name")[:200],
            kind=msgspec.convert(sent.text("kind") or "club", ProgramKind),
            setting=msgspec.convert(sent.text("setting") or "after-school", Setting),
            contact=sent.text("contact") or None,
            about=sent.text("about") or None,
            issuers=tuple(sent.text("issuers").split()),
            schools=tuple(line.strip()[:255] for line in sent.text("schools").splitlines() if line.strip())[:200],
            trusted=sent.flag("trusted"),
            signs=msgspec.convert(sent.text("signs") or "district", Signs),
        )
    except msgspec.ValidationError as why:
        raise Invalid(str(why)) from None
