"""My caseload: whom nobody has seen for a while, and notes of talks, shared and one's own."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.errors import Invalid
from app.mastery import group
from app.people import seeing
from app.people.viewer import Viewer
from app.plans import checkins
from app.plans.checkins import Last, Talk
from app.request import Inside
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form, may
from app.web.kit.words import _

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Writer = Annotated[Look, about_learner("checkin.write", "check-ins")]
AT_ONCE = 100
"""Learners on one page of a caseload."""
DAYS = (7, 14, 30, 60)
"""After how many days somebody has not been seen for long."""


@dataclass(frozen=True, slots=True)
class Case:
    """A learner of the caseload."""

    name: str
    last: Last


@router.get("/caseload")
async def caseload(
    request: Request,
    viewer: Annotated[Viewer, may("checkin.write")],
    inside: Inside,
    days: Annotated[int, Query(ge=1, le=365)] = 14,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """The learners one advises, the longest unseen first."""
    today = datetime.now(UTC).date()
    async with inside.db.transaction(viewer.tenant.id) as tx:
        reach = await seeing.learners_of(tx, viewer, "checkin.write", today) or {}
        learners = list(reach)
        names = await group.names(tx, learners)
        seen = await checkins.last(tx, learners, today)
        part = seen[(page - 1) * AT_ONCE : page * AT_ONCE]
        relations = seeing.relations_to(viewer, reach, [last.learner for last in part], "checkin.write")
        await seeing.note_looks(tx, viewer, relations, "caseload", today)
    cases = [Case(names.get(last.learner) or _("A learner"), last) for last in part]
    long_ago = sum(1 for last in seen if last.days is None or last.days > days)
    choices = [(n, _("%(count)s days", count=n)) for n in DAYS]
    ways = [f"/caseload?days={days}&page={page + step}" for step in (-1, 1)]
    return show(
        request,
        "advisor/caseload.html",
        cases=cases,
        everybody=len(seen),
        long_ago=long_ago,
        days=days,
        choices=choices,
        before=ways[0] if page > 1 else "",
        after=ways[1] if page * AT_ONCE < len(seen) else "",
    )


@router.get("/learners/{learner}/checkins")
async def talks(learner: UUID, request: Request, look: Writer, inside: Inside) -> Response:
    """The talks with one learner, and the form for the next."""
    del learner
    return await _page(request, look, inside)


@router.post("/learners/{learner}/checkins")
async def note(learner: UUID, request: Request, look: Writer, inside: Inside) -> Response:
    """Note a talk."""
    sent = form(request)
    try:
        talk = Talk(
            on=sent.day("on") or datetime.now(UTC).date(),
            topics=sent.text("topics"),
            next_step=sent.text("next_step"),
            private=sent.text("private"),
        )
        async with inside.db.transaction(look.viewer.tenant.id) as tx:
            account = look.viewer.account
            await checkins.note(tx, inside.vault, look.learner, account=account.id, by=account.name, talk=talk)
    except Invalid as why:
        return await _page(request, look, inside, sent=sent, error=error_words.translated(why.detail), status=422)
    return done(request, f"/learners/{learner}/checkins", _("Noted."))


async def _page(
    request: Request, look: Look, inside: Inside, *, sent: Posted | None = None, error: str = "", status: int = 200
) -> Response:
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        rows = await checkins.of_learner(tx, inside.vault, look.seen.same, look.viewer.account.id)
        names = await group.names(tx, [look.learner])
    return show(
        request,
        "advisor/talks.html",
        status=status,
        crumbs=[(_("My caseload"), "/caseload")],
        name=names.get(look.learner) or _("A learner"),
        learner=look.learner,
        rows=rows,
        today=datetime.now(UTC).date().isoformat(),
        sent=sent,
        error=error,
    )
