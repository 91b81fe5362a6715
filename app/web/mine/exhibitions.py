"""My exhibitions: chosen work on a page with an end, closed at any time; visitors' words let in or not."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db.plans.plans import Signature
from app.db.programs.submissions import SubmissionRow
from app.errors import Invalid
from app.issuing.picture import qr
from app.programs import consent, consent_ending, submission
from app.programs import exhibition as exhibitions
from app.programs.exhibition import Plan
from app.programs.whose import born
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.shell import done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form
from app.web.kit.words import _, later
from app.web.mine.record import tabs

router = APIRouter(prefix="/mine/{learner}/exhibitions", include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Look, about_learner("share.manage", "own exhibitions page")]
GUARDIAN = later("A parent or guardian opens exhibitions for a child under 13: ask them.")


@router.get("")
async def mine(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """The exhibitions there are, and a form for another one."""
    del learner
    return await _page(request, look, inside)


@router.post("")
async def open_one(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Open an exhibition of what was chosen."""
    sent, viewer, now = form(request), look.viewer, datetime.now(UTC)
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            if look.seen.role != "guardian" and consent.needed(await born(tx, look.learner), now.date()):
                raise Invalid(_(GUARDIAN))
            if not sent.flag("consent"):
                raise Invalid(_("Agree to it first: whoever has the link can see what you chose."))
            plan = Plan(
                title=sent.text("title"),
                shown_as=sent.text("shown_as") or _("A learner"),
                pieces=tuple(UUID(piece) for piece in sent.many("piece")),
                ends=sent.moment("ends") or now,
                consent_by=f"{viewer.account.name} ({look.seen.role})",
                words=sent.text("words")[:4000] or None,
            )
            opened = await exhibitions.open_exhibition(
                tx, inside.vault, look.learner, plan=plan, by=viewer.actor, now=now
            )
    except (Invalid, ValueError) as why:
        words = error_words.translated(why.detail) if isinstance(why, Invalid) else _("Choose at least one piece.")
        return await _page(request, look, inside, error=_(words))
    return done(
        request, f"/mine/{learner}/exhibitions#x-{opened.row.id}", _("It is open. Show the picture, or send the link.")
    )


@router.post("/works/{work}/consent")
async def end_consent(learner: UUID, work: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Agree no more that a piece is kept and shown: from now on nobody sees it, and the district takes it back."""
    viewer, now = look.viewer, datetime.now(UTC)
    by = Signature(viewer.account.name, look.seen.role, viewer.actor)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await exhibitions.work_of(tx, look.learner, work)
        await consent_ending.end_consent(tx, inside.settings, row, note=None, by=by, now=now)
    return done(request, f"/mine/{learner}/exhibitions", _("Noted. It is no longer shown to anyone."))


@router.post("/{exhibition}/end")
async def end(learner: UUID, exhibition: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Close an exhibition."""
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        await exhibitions.end(tx, look.learner, exhibition, datetime.now(UTC))
    return done(request, f"/mine/{learner}/exhibitions", _("Closed. The link shows nothing any more."))


@router.post("/{exhibition}/comments")
async def let_be_seen(learner: UUID, exhibition: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Let a visitor's word be seen."""
    chosen = form(request).uuid("comment")
    if chosen is not None:
        async with inside.db.transaction(look.viewer.tenant.id) as tx:
            await exhibitions.show_comment(tx, look.learner, exhibition, chosen, datetime.now(UTC))
    return done(request, f"/mine/{learner}/exhibitions", _("It can be seen now."))


async def _page(request: Request, look: Look, inside: Service, error: str = "") -> Response:
    now, tenant = datetime.now(UTC), look.viewer.tenant
    async with inside.db.transaction(tenant.id) as tx:
        rows = await exhibitions.of_learner(tx, look.learner)
        works = await exhibitions.works(tx, look.learner)
        comments = {row.id: await exhibitions.comments(tx, row.id) for row in rows}
    cards = []
    for row in rows:
        live = row.ended_at is None and row.ends_at > now
        code = inside.vault.open(tenant.id, row.sealed).decode()
        address = f"{inside.settings.home}/t/{tenant.slug}/x/{code}"
        cards.append({"row": row, "live": live, "address": address, "picture": qr(address) if live else ""})
    return show(
        request,
        "mine/exhibitions.html",
        status=422 if error else 200,
        tabs=tabs(look.learner, "exhibitions"),
        learner=look.learner,
        exhibitions=cards,
        comments=comments,
        pieces=[(str(work.id), title(work)) for work in works],
        error=error,
    )


def title(work: SubmissionRow) -> str:
    """What a piece is called."""
    return submission.decode(work.body).title
