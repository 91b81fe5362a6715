"""Who has looked: the disclosure log about a learner, as a family reads it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.mastery import group
from app.request import Inside
from app.sharing import sharing
from app.web.kit.shell import show
from app.web.kit.signed import Look, SignedRoute, about_learner
from app.web.kit.words import _
from app.web.mine.record import tabs

router = APIRouter(prefix="/mine/{learner}", include_in_schema=False, route_class=SignedRoute)
PAGE = 100


@router.get("/looks")
async def looks(
    learner: UUID,
    request: Request,
    look: Annotated[Look, about_learner("share.manage", "own page of looks")],
    inside: Inside,
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    """Who saw what of it, when, and why they may: one's own looks left out."""
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        rows = await sharing.disclosures(tx, look.learner, after, PAGE)
        names = await group.names(tx, [look.learner])
    own = f"account {look.viewer.account.id}"
    return show(
        request,
        "mine/looks.html",
        name=names.get(look.learner) or _("A learner"),
        rows=[row for row in reversed(rows) if not row.via.endswith(own)],
        more=f"/mine/{learner}/looks?after={rows[-1].id}" if len(rows) == PAGE else "",
        tabs=tabs(look.learner, "looks"),
    )
