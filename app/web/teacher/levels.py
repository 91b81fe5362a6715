"""Set a level: a teacher of record says where a learner stands, why and until when; and takes it back."""

from datetime import UTC, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.mastery.overrides import Setting
from app.db.plans.plans import Signature
from app.errors import Conflict, Denied, Invalid
from app.mastery import overriding
from app.request import Inside
from app.web.kit.shell import confirm, done
from app.web.kit.signed import Look, SignedRoute, about_learner, form
from app.web.kit.words import _, later

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Teacher = Annotated[Look, about_learner("level.set", "level of a competency")]
OF_RECORD = later("teacher of record")
LONGEST = 1000


@router.post("/learners/{learner}/competencies/{competency}/level")
async def set_level(learner: UUID, competency: UUID, request: Request, look: Teacher, inside: Inside) -> Response:
    """Set the level: every page has it from now on, and says who set it."""
    sent, viewer = form(request), look.viewer
    ends = sent.day("until")
    if ends is None:
        raise Invalid(_("Say until when the level stands."))
    until = datetime.combine(ends, time(), UTC)
    setting = Setting(look.learner, competency, sent.text("level"), sent.text("reason")[:LONGEST], until)
    by = Signature(viewer.account.name, OF_RECORD, viewer.actor)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        if await overriding.sensitive(tx, competency) and not look.seen.sensitive:
            raise Denied(_("This competency is sensitive, and not yours to see."))
        await overriding.set_level(tx, setting, by, datetime.now(UTC))
    return done(request, f"/learners/{learner}/competencies/{competency}", _("The level is set."))


@router.get("/learners/{learner}/competencies/{competency}/level/{key}/withdraw")
async def ask_withdraw(
    learner: UUID, competency: UUID, key: UUID, request: Request, look: Teacher, inside: Inside
) -> Response:
    """Asks first, and why."""
    back = f"/learners/{learner}/competencies/{competency}"
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        row = await overriding.by_key(tx, look.learner, key)
    return confirm(
        request,
        question=_('Take back the level "%(level)s"?', level=row.level),
        words=_("The level is again what the evidence adds up to. The history keeps that it was set, and your reason."),
        action=f"{back}/level/{key}/withdraw",
        back=back,
        button=_("Take it back"),
        crumbs=[],
        reason=True,
    )


@router.post("/learners/{learner}/competencies/{competency}/level/{key}/withdraw")
async def withdraw(
    learner: UUID, competency: UUID, key: UUID, request: Request, look: Teacher, inside: Inside
) -> Response:
    """Take it back, with the reason."""
    viewer, back = look.viewer, f"/learners/{learner}/competencies/{competency}"
    by = Signature(viewer.account.name, OF_RECORD, viewer.actor)
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            reason = form(request).text("reason")[:LONGEST]
            await overriding.withdraw(tx, look.learner, key, by=by, reason=reason, now=datetime.now(UTC))
    except Conflict:
        return done(request, back, _("It was taken back before."), "warn")
    return done(request, back, _("Taken back. The level is what the evidence adds up to."))
