"""Something is wrong: a family asks, somebody of the school answers, and both see what became of it."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import Invalid
from app.mastery import group
from app.people import corrections, seeing
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form, may
from app.web.kit.words import _, later
from app.web.mine.record import tabs

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Asker = Annotated[Look, about_learner("correction.ask", "own page of corrections")]
Answerer = Annotated[Viewer, may("correction.answer")]
ABOUT = {
    "name": later("A name or a birth date"),
    "result": later("A result or a grade"),
    "level": later("A level"),
    "badge": later("A badge"),
    "other": later("Something else"),
}
"""What a request may be about."""


@router.get("/mine/{learner}/corrections")
async def corrections_page(learner: UUID, request: Request, look: Asker, inside: Inside) -> Response:
    """What was asked, and the form to ask."""
    del learner
    return await _page(request, look, inside)


@router.post("/mine/{learner}/corrections")
async def ask(learner: UUID, request: Request, look: Asker, inside: Inside) -> Response:
    """Ask for a correction: it reaches a person."""
    sent = form(request)
    about = sent.text("about") if sent.text("about") in ABOUT else "other"
    try:
        async with inside.db.transaction(look.viewer.tenant.id) as tx:
            await corrections.ask(tx, look.viewer, look.learner, about, sent.text("words"))
    except Invalid as why:
        return await _page(request, look, inside, sent=sent, error=error_words.translated(why.detail), status=422)
    return done(request, f"/mine/{learner}/corrections", _("Sent. Somebody of the school reads it and answers here."))


@router.get("/corrections")
async def waiting(request: Request, viewer: Answerer, inside: Inside) -> Response:
    """What families wait for an answer to."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await corrections.waiting(tx)
        today = datetime.now(UTC).date()
        reach = await seeing.learners_of(tx, viewer, "correction.answer", today)
        mine = [row for row in rows if reach is None or row.learner_id in reach]
        names = await group.names(tx, [row.learner_id for row in mine])
        relations = seeing.relations_to(viewer, reach, {row.learner_id for row in mine}, "correction.answer")
        await seeing.note_looks(tx, viewer, relations, "list of corrections", today)
    return show(request, "mine/waiting.html", rows=mine, names=names, about=ABOUT)


@router.post("/learners/{learner}/corrections/{correction}")
async def answer(
    learner: UUID,
    correction: UUID,
    request: Request,
    look: Annotated[Look, about_learner("correction.answer", "answer to a correction")],
    inside: Inside,
) -> Response:
    """Answer a request for a correction."""
    del learner
    sent = form(request)
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        row = await corrections.by_id(tx, correction)
        if row.learner_id not in look.seen.same:
            raise Invalid(_("This request is about somebody else."))
        await corrections.answer(tx, look.viewer, correction, sent.text("outcome"), sent.text("words"))
    return done(request, "/corrections", _("Answered. The family reads it in their record."))


async def _page(
    request: Request, look: Look, inside: Inside, *, sent: Posted | None = None, error: str = "", status: int = 200
) -> Response:
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        rows = await corrections.of_learner(tx, look.seen.same)
        names = await group.names(tx, [look.learner])
    return show(
        request,
        "mine/corrections.html",
        status=status,
        name=names.get(look.learner) or _("A learner"),
        learner=look.learner,
        rows=rows,
        about=[(key, _(words)) for key, words in ABOUT.items()],
        words=ABOUT,
        sent=sent,
        error=error,
        tabs=tabs(look.learner, "corrections"),
    )
