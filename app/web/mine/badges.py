"""My badges: what I hold, links that show some of it to somebody for a time, and taking them back."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.errors import Invalid, NotFound
from app.issuing.picture import qr
from app.mastery import group
from app.programs import consent
from app.programs.whose import born
from app.request import Inside
from app.sharing import sharing
from app.sharing.holdings import holdings
from app.sharing.profile_links import linkedin
from app.sharing.sharing import ShareRequest
from app.web.kit import error_words
from app.web.kit.shell import done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form
from app.web.kit.words import _, later
from app.web.mine.record import tabs
from app.web.public.report_words import translated_part
from app.web.public.share_page import WORDS

router = APIRouter(prefix="/mine/{learner}", include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Look, about_learner("share.manage", "own badges page")]
GUARDIAN = later("A parent or guardian shares badges of a child under 13: ask them.")
SHAREABLE = ("active", "verified", "unknown issuer")
"""States in which a credential can be chosen: the page that the link opens says which it is."""
DAYS = (7, 30, 90, 365)


@router.get("/badges")
async def badges(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """What is held, and what is shared of it."""
    del learner
    return await _page(request, look, inside)


@router.post("/shares")
async def share(learner: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Make a link that shows what was chosen; its address is told this once."""
    sent, now = form(request), datetime.now(UTC)
    days = sent.whole("days", 30) or 30
    try:
        share_request = ShareRequest(
            items=[UUID(item) for item in sent.many("item")],
            purpose=sent.text("purpose")[:500],
            recipient=sent.text("recipient")[:200] or None,
            days=min(max(days, 1), 365),
            show_name=sent.flag("show_name"),
            by=look.viewer.actor,
            parts=_parts(sent.many("part")),
        )
        if not share_request.items:
            raise Invalid(_("Choose at least one badge to share."))
        if not share_request.purpose:
            raise Invalid(_("Say what it is for: it stands on the page that the link opens."))
        async with inside.db.transaction(look.viewer.tenant.id) as tx:
            if look.seen.role != "guardian" and consent.needed(await born(tx, look.learner), now.date()):
                raise Invalid(_(GUARDIAN))
            row, secret = await sharing.create_share(tx, look.learner, share_request, look.viewer.tenant.name)
            chosen = await sharing.shared(tx, row, look.viewer.tenant.name)
    except ValueError:
        return await _page(request, look, inside, error=_("Choose at least one badge to share."), status=422)
    except Invalid as why:
        return await _page(request, look, inside, error=error_words.translated(why.detail), status=422)
    address = f"{inside.settings.home}/t/{look.viewer.tenant.slug}/s/{secret}"
    return show(
        request,
        "mine/link.html",
        crumbs=[(_("Badges and shares"), f"/mine/{learner}/badges")],
        address=address,
        picture=qr(address),
        row=row,
        learner=learner,
        profiles=[
            (holding.name, linkedin(holding.name, holding.issuer, holding.since, address, str(holding.id)))
            for holding in chosen
        ],
    )


@router.post("/shares/{item}/end")
async def end(learner: UUID, item: UUID, request: Request, look: Reader, inside: Inside) -> Response:
    """Take a link back: whoever opens it from now on is told that it is over."""
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        if item not in {row.id for row in await sharing.shares_of(tx, look.learner)}:
            raise NotFound(_("There is no such share."))
        await sharing.revoke(tx, item)
    return done(request, f"/mine/{learner}/badges", _("Taken back. The link opens nothing any more."))


def _parts(chosen: list[str]) -> dict[UUID, list[str]]:
    """The parts that were chosen, `credential part` each: of a credential of which any was, those alone are shown."""
    parts_of: dict[UUID, list[str]] = {}
    for item, _space, pointer in (value.partition(" ") for value in chosen):
        parts_of.setdefault(UUID(item), []).append(pointer)
    return parts_of


async def _page(request: Request, look: Look, inside: Inside, *, error: str = "", status: int = 200) -> Response:
    now = datetime.now(UTC)
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        own_badges = await holdings(tx, look.learner, look.viewer.tenant.name)
        shares = await sharing.shares_of(tx, look.learner)
        names = await group.names(tx, [look.learner])
    return show(
        request,
        "mine/badges.html",
        status=status,
        name=names.get(look.learner) or _("A learner"),
        learner=look.learner,
        badges=own_badges,
        parts={
            holding.id: [replace(part, name=translated_part(part.name)) for part in sharing.parts_of(holding)]
            for holding in own_badges
            if holding.state in SHAREABLE
        },
        states=WORDS,
        shareable=SHAREABLE,
        shares=[(row, row.revoked_at is None and row.expires_at > now) for row in shares],
        days=[(str(n), _("%(count)s days", count=n)) for n in DAYS],
        error=error,
        tabs=tabs(look.learner, "badges"),
    )
