"""What was issued: the list with its search, and the way to each learner, class and batch."""

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.issuing import ledger
from app.issuing.ledger import Place
from app.issuing.vc_api import NOBODY
from app.mastery import group
from app.people import seeing
from app.people.viewer import Viewer
from app.request import Inside
from app.web.kit.shell import show
from app.web.kit.signed import SignedRoute, may
from app.web.kit.words import _
from app.web.registrar.words import STATES, kind, pill

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
AT_ONCE = 50
Words = Annotated[str, Query(max_length=200)]


@router.get("/credentials")
async def issued(
    request: Request,
    viewer: Annotated[Viewer, may("credential.issue")],
    inside: Inside,
    q: Words = "",
    state: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """What was issued, newest first, of the learners for whom the viewer may issue."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        today = datetime.now(UTC).date()
        reach = await seeing.learners_of(tx, viewer, "credential.issue", today)
        listing = await ledger.page(tx, q, state, learners=reach, before=_place(after), limit=AT_ONCE)
        counts = await ledger.counts(tx, reach)
        listed = list({row.learner_id for row in listing.rows if row.learner_id != NOBODY})
        names = await group.names(tx, listed)
        relations = seeing.relations_to(viewer, reach, listed, "credential.issue")
        await seeing.note_looks(tx, viewer, relations, "list of credentials", today)
    following = ""
    if listing.following:
        issued_at, last = listing.following
        following = "/credentials?" + urlencode({"q": q, "state": state, "after": f"{issued_at.isoformat()} {last}"})
    return show(
        request,
        "registrar/issued.html",
        q=q,
        state=state if state in ledger.STATES else "",
        rows=[
            (row, _name(names, row.learner_id), kind(row.kind), *pill(STATES, row.state), row.learner_id != NOBODY)
            for row in listing.rows
        ],
        counts=[(code, counts[code], *pill(STATES, code)) for code in ledger.STATES],
        shares=[(counts[code], *reversed(pill(STATES, code))) for code in ledger.STATES],
        choices=[(code, pill(STATES, code)[0]) for code in ledger.STATES],
        following=following,
        classes=viewer.may("class.read"),
    )


def _name(names: dict[UUID, str], learner: UUID) -> str:
    return _("signed as a program gave it") if learner == NOBODY else names.get(learner) or _("A learner")


def _place(after: str) -> Place | None:
    """Where a page begins; at the start for what is no place."""
    moment, _blank, credential = after.rpartition(" ")
    try:
        return datetime.fromisoformat(moment), UUID(credential)
    except ValueError:
        return None
