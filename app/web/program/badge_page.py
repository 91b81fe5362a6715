"""A badge of a program, for the district: what it takes, what it shows, what it counts for."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.db import Tx
from app.db.plans.plans import Signature
from app.errors import Invalid, NotFound
from app.frameworks import alignment
from app.people.viewer import Viewer
from app.programs import defining, definitions, endorsing, equivalence, programs, recognition, rubric
from app.programs.definitions import AchievementRow
from app.programs.programs import ProgramRow
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _
from app.web.program import badge_form
from app.web.program.district_page import ASSESSING
from app.web.program.reading import Filled

router = APIRouter(prefix="/programs/{program}/badges/{badge}", include_in_schema=False, route_class=SignedRoute)
Approver = Annotated[Viewer, may("program.approve")]
AT_ONCE = 12
"""Competencies that a search shows."""


@router.get("")
async def badge_page(
    program: UUID,
    badge: UUID,
    request: Request,
    viewer: Approver,
    inside: Inside,
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The badge, and what is found for competencies it may show."""
    return await _page(request, viewer, inside, program, badge, search=q.strip())


@router.post("")
async def change(program: UUID, badge: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Write its next version. What was awarded by the one before stands as it was awarded."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _row, achievement = await _badge(tx, program, badge)
    try:
        changed = await badge_form.definition_of(sent, rubric.read(achievement.body))
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await defining.redefine(tx, inside, badge, changed, by=_by(viewer), now=datetime.now(UTC))
    except Invalid as why:
        filled = badge_form.filled(sent, why)
        return await _page(
            request, viewer, inside, program, badge, filled=filled, complaint=error_words.translated(why.detail)
        )
    return done(request, _address(program, badge), _("Saved. Badges that were awarded stay as they are."))


@router.post("/retire")
async def retire(program: UUID, badge: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Award the badge no more."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await _badge(tx, program, badge)
        await definitions.retire(tx, badge, _by(viewer), datetime.now(UTC))
    return done(request, _address(program, badge), _("Nobody hands in for it any more. Badges that were awarded stay."))


@router.post("/return")
async def bring_back(program: UUID, badge: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Award the badge again, as it was."""
    now = datetime.now(UTC)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _row, achievement = await _badge(tx, program, badge)
        await defining.redefine(tx, inside, badge, rubric.read(achievement.body), by=_by(viewer), now=now)
    return done(request, _address(program, badge), _("It can be earned again."))


@router.post("/competencies")
async def add(program: UUID, badge: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Say which competencies it shows, as a whole or by one criterion."""
    sent = form(request)
    try:
        chosen = tuple(UUID(value) for value in sent.many("competency"))
    except ValueError:
        raise Invalid(_("Choose one of the competencies that were found.")) from None
    if not chosen:
        return done(request, _address(program, badge), _("Check those that it shows first."), "warn")
    await _show(viewer, inside, program, badge, sent.text("where"), added=chosen)
    return done(request, _address(program, badge), _("Added."))


@router.post("/competencies/remove")
async def remove(program: UUID, badge: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Say that it does not show a competency."""
    sent = form(request)
    gone = sent.uuid("competency")
    await _show(viewer, inside, program, badge, sent.text("where"), gone=gone)
    return done(request, _address(program, badge), _("Removed."))


@router.post("/endorsements")
async def endorse(program: UUID, badge: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Let another organization endorse the badge, in its words."""
    sent = form(request)
    other, words = sent.uuid("endorser"), sent.text("words")[:5000]
    if other is None or not words:
        unsaid = _("Choose the organization, and write what it says of the badge.")
        return await _page(request, viewer, inside, program, badge, unsaid=unsaid)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await _badge(tx, program, badge)
        await endorsing.endorse(tx, badge, other, words, by=_by(viewer), now=datetime.now(UTC))
    return done(request, _address(program, badge), _("Endorsed: each badge that is awarded from now on says so."))


@router.post("/endorsements/{endorsement}/end")
async def end_endorsement(
    program: UUID, badge: UUID, endorsement: UUID, request: Request, viewer: Approver, inside: Inside
) -> Response:
    """End an endorsement."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await _badge(tx, program, badge)
        await endorsing.end(tx, endorsement, datetime.now(UTC))
    return done(request, _address(program, badge), _("Ended. Badges that were awarded with it keep it."))


async def _show(
    viewer: Viewer,
    inside: Service,
    program: UUID,
    badge: UUID,
    where: str,
    *,
    added: tuple[UUID, ...] = (),
    gone: UUID | None = None,
) -> None:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _row, achievement = await _badge(tx, program, badge)
        definition = rubric.read(achievement.body)
        others = tuple(known for known in badge_form.shown_by(definition, where) if known != gone)
        changed = badge_form.showing(definition, where, (*others, *added))
        await defining.redefine(tx, inside, badge, changed, by=_by(viewer), now=datetime.now(UTC))


async def _badge(tx: Tx, program: UUID, badge: UUID) -> tuple[ProgramRow, AchievementRow]:
    """A program and its badge. NotFound where the badge is another program's."""
    row, achievement = await programs.program_of(tx, program), await definitions.achievement_of(tx, badge)
    if achievement.program_id != program:
        raise NotFound(f"No badge {badge} of this program.")
    return row, achievement


async def _page(
    request: Request,
    viewer: Viewer,
    inside: Service,
    program: UUID,
    badge: UUID,
    *,
    search: str = "",
    filled: Filled | None = None,
    complaint: str = "",
    unsaid: str = "",
) -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row, achievement = await _badge(tx, program, badge)
        definition = rubric.read(achievement.body)
        results = await alignment.suggested(tx, search, search, AT_ONCE) if search else []
        values: dict[str, Any] = {
            "competencies": await definitions.competencies_shown(tx, definition),
            "counts_for": await equivalence.equivalence_of(tx, definition),
            "rules": [(str(own), rule.title) for own, rule in await equivalence.rules(tx)],
            "design": await badge_form.design(tx, badge, definition.color),
            "endorsements": await endorsing.endorsements_of(tx, [badge]),
            "endorsers": [(str(other.id), other.name) for other in await endorsing.endorsers(tx, program)],
        }
    names = dict(values["design"].badges)
    return show(
        request,
        "program/badge.html",
        status=422 if complaint or unsaid else 200,
        crumbs=[(_("Programs"), "/programs"), (row.name, f"/programs/{program}")],
        address=_address(program, badge),
        row=row,
        badge=definition,
        picture=recognition.picture_of(definition, row.name),
        made_of=[names[str(part)] for part in definition.parts if str(part) in names],
        version=achievement.version,
        retired=achievement.retired,
        search=search,
        results=results,
        assessing=ASSESSING,
        criteria=[(criterion.id, criterion.name) for criterion in definition.rubric],
        filled=filled or badge_form.as_filled(definition),
        complaint=complaint,
        unsaid=unsaid,
        **values,
    )


def _address(program: UUID, badge: UUID) -> str:
    return f"/programs/{program}/badges/{badge}"


def _by(viewer: Viewer) -> Signature:
    return Signature(viewer.account.name, "administrator", viewer.actor)
