"""Asking for a badge one thinks one has earned, and designing one of one's own; what came of either."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.db.plans.plans import Signature
from app.errors import Conflict, Invalid, TooManyRequests
from app.mastery import group
from app.people.roles import Role
from app.programs import consent, definitions, files, ideas, programs, rubric, states, submission
from app.programs.ideas import Design
from app.programs.submission import Artifact, Learner, Submission
from app.programs.whose import born
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form
from app.web.kit.words import _, later
from app.web.mine.record import tabs
from app.web.program import reading
from app.web.program.home import TONES, WORDS

router = APIRouter(prefix="/mine/{learner}/asks", include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Look, about_learner("share.manage", "own badge requests page")]
GUARDIAN = later("A parent or guardian asks for a child under 13: ask them.")
IDEA_STATES = {
    "proposed": (later("waits"), "plain"),
    "approved": (later("it is a badge now"), "good"),
    "declined": (later("not taken up"), "warn"),
}
FIELDS = ("achievement", "title", "done", "on", "link", "reflection", "name", "criteria", "reason")


@router.get("")
async def mine(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """What was asked for and proposed, and a form for either."""
    del learner
    return await _page(request, look, inside)


@router.post("")
async def ask(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Ask for a badge."""
    sent, viewer, now = form(request), look.viewer, datetime.now(UTC)
    by = Signature(viewer.account.name, look.seen.role, viewer.actor)
    try:
        new_files = await reading.files_of(sent)
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await _check_age(tx, look.learner, look.seen.role, now)
            badge_request = reading.with_files(await _submission(tx, look.learner, sent), new_files)
            row = await ideas.ask(tx, look.learner, badge_request, by, now)
            await files.keep(tx, inside.vault, inside.settings, submission=row.id, new_files=new_files, now=now)
    except (Invalid, Conflict) as why:
        return await _page(request, look, inside, sent, error_words.translated(why.detail))
    return done(request, f"/mine/{learner}/asks", _("Asked. Somebody at the district looks at it."))


@router.post("/ideas")
async def propose(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Propose a badge of one's own design."""
    sent, now = form(request), datetime.now(UTC)
    design = Design(sent.text("name"), sent.text("criteria"), sent.text("reason"))
    try:
        async with inside.db.transaction(look.viewer.tenant.id) as tx:
            await _check_age(tx, look.learner, look.seen.role, now)
            await ideas.propose(tx, look.learner, design, look.viewer.actor, now)
    except (Invalid, TooManyRequests) as why:
        return await _page(request, look, inside, sent, error_words.translated(why.detail), designing=True)
    return done(request, f"/mine/{learner}/asks", _("Proposed. The district says what it thinks of it."))


async def _check_age(tx: Tx, learner: UUID, role: Role, now: datetime) -> None:
    if role != "guardian" and consent.needed(await born(tx, learner), now.date()):
        raise Invalid(_(GUARDIAN))


async def _submission(tx: Tx, learner: UUID, sent: Posted) -> Submission:
    """What was filled in, as a submission. The record says who it is by."""
    names = await group.names(tx, [learner])
    link, words = sent.text("link"), sent.text("done")
    return Submission(
        learner=Learner(name=names.get(learner), birth_date=await born(tx, learner), school=None, grade=None),
        title=sent.text("title"),
        done=words or None,
        on=sent.day("on"),
        achievement=sent.uuid("achievement"),
        evidence=(Artifact("link", link),) if link else (),
        reflection=sent.text("reflection") or None,
        own_id=f"learner {learner} {sent.text('achievement')} {sent.text('title')}"[:255],
    )


async def _page(
    request: Request,
    look: Look,
    inside: Service,
    sent: Posted | None = None,
    complaint: str = "",
    *,
    designing: bool = False,
) -> Response:
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        approved = {row.id: row.name for row in await programs.listed(tx) if row.state == "approved"}
        badges = [row for row in await definitions.achievements(tx) if row.program_id in approved]
        requests = await ideas.asked_by(tx, look.learner)
        own = await ideas.of_learner(tx, look.learner)
    choices = [(str(row.id), f"{rubric.read(row.body).name} ({approved[row.program_id]})") for row in badges]
    rows = [(submission.decode(row.body).title, states.AS_TOLD[row.state], row.changed_at) for row in requests]  # type: ignore[index]  # a state
    return show(
        request,
        "mine/asks.html",
        status=422 if complaint else 200,
        tabs=tabs(look.learner, "asks"),
        learner=look.learner,
        asked=rows,
        ideas=own,
        idea_states=IDEA_STATES,
        choices=sorted(choices, key=lambda choice: choice[1]),
        words=WORDS,
        tones=TONES,
        complaint=_(complaint),
        designing=designing,
        filled={name: sent.text(name) for name in FIELDS} if sent else {},
    )
