"""Who has looked: the disclosure log about a learner, as a family reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
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
    """That somebody looked, perhaps several times in a row: who, as what, at what, why they may, and when last."""

    who: str
    role: str
    what: str
    why: str
    at: datetime
    times: int


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
    """Lines of the log in plain words; the same of one day, one after the other, in one."""
    lines = []
    for _same, several in groupby(rows, key=lambda row: (row.at.date(), row.via, row.party, row.purpose)):
        run = list(several)
        name, role = log_words.who(run[0])
        lines.append(
            Looked(name, role, log_words.what(run[0]), why=log_words.why(run[0]), at=run[0].at, times=len(run))
        )
    return lines
