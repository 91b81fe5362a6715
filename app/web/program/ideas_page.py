"""Badges that learners have designed: the district makes one a program's badge, or says why not."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.plans.plans import Signature
from app.errors import Conflict, Invalid
from app.mastery import group
from app.people.viewer import Viewer
from app.programs import ideas, programs
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _

router = APIRouter(prefix="/ideas", include_in_schema=False, route_class=SignedRoute)
Approver = Annotated[Viewer, may("program.approve")]


@router.get("")
async def listed(request: Request, viewer: Approver, inside: Inside) -> Response:
    """What waits, the longest waiting first."""
    return await _page(request, viewer, inside)


@router.post("/{idea}/approve")
async def approve(idea: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Make it a badge of a program."""
    program = form(request).uuid("program")
    if program is None:
        return done(request, "/ideas", _("Choose whose badge it becomes."), "warn")
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await ideas.approve(tx, idea, program, _by(viewer), datetime.now(UTC))
    except Conflict as why:
        return await _page(request, viewer, inside, error_words.translated(why.detail))
    return done(request, "/ideas", _("It is a badge now. The learner sees it, and may ask for it."))


@router.post("/{idea}/decline")
async def decline(idea: UUID, request: Request, viewer: Approver, inside: Inside) -> Response:
    """Decline an idea, with the reason."""
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await ideas.decline(tx, idea, form(request).text("feedback"), _by(viewer), datetime.now(UTC))
    except (Invalid, Conflict) as why:
        return await _page(request, viewer, inside, error_words.translated(why.detail))
    return done(request, "/ideas", _("The learner is told why."))


def _by(viewer: Viewer) -> Signature:
    return Signature(viewer.account.name, "administrator", viewer.actor)


async def _page(request: Request, viewer: Viewer, inside: Service, complaint: str = "") -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await ideas.proposed(tx)
        names = await group.names(tx, [row.learner_id for row in rows])
        choices = [(str(row.id), row.name) for row in await programs.listed(tx) if row.state == "approved"]
    status = 422 if complaint else 200
    return show(
        request, "program/ideas.html", status=status, ideas=rows, names=names, choices=choices, complaint=_(complaint)
    )
