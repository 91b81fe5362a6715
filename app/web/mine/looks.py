"""Who has looked: the disclosure log about a learner, as a family reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.db.sharing.shared import DisclosureRow
from app.mastery import group
from app.request import Inside
from app.sharing import sharing
from app.web.kit.shell import show
from app.web.kit.signed import Look, SignedRoute, about_learner
from app.web.kit.words import _
from app.web.mine import log_words
from app.web.mine.record import tabs

router = APIRouter(prefix="/mine/{learner}", include_in_schema=False, route_class=SignedRoute)
AT_ONCE = 100
NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class Looked:
    """That somebody looked on a day: who, as what, why they may, when last; and at what, with how often."""

    who: str
    role: str
    why: str
    at: datetime
    what: dict[str, int]


@router.get("/looks")
async def looks(
    learner: UUID,
    request: Request,
    look: Annotated[Look, about_learner("share.manage", "own page of looks")],
    inside: Inside,
    before: Annotated[int, Query(ge=1, le=NEWEST)] = NEWEST,
) -> Response:
    """Who saw what of it, when, and why they may, the newest first: one's own looks left out."""
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        rows = await sharing.disclosures_before(tx, look.learner, look.viewer.actor, before, AT_ONCE + 1)
        names = await group.names(tx, [look.learner])
    page_rows = rows[:AT_ONCE]
    return show(
        request,
        "mine/looks.html",
        name=names.get(look.learner) or _("A learner"),
        rows=looked(page_rows),
        newer=f"/mine/{learner}/looks" if before != NEWEST else "",
        older=f"/mine/{learner}/looks?before={page_rows[-1].id}" if len(rows) > AT_ONCE else "",
        tabs=tabs(look.learner, "looks"),
    )


def looked(rows: Sequence[DisclosureRow]) -> list[Looked]:
    """Lines of the log in plain words: what one person saw on one day, and may for one reason, together."""
    days: dict[tuple[date, str, str, str], Looked] = {}
    for row in rows:
        name, role = log_words.who(row)
        why, what = log_words.why(row), log_words.what(row)
        look = days.setdefault((row.at.date(), name, role, why), Looked(name, role, why, row.at, {}))
        look.what[what] = look.what.get(what, 0) + 1
    return list(days.values())
