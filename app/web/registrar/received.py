"""What was received, with what was found of it; and the issuers whose signature means something here."""

from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.errors import Invalid
from app.mastery import group
from app.people.viewer import Viewer
from app.request import Inside
from app.wallet import known, received
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import confirm, done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _
from app.web.public.report_words import translated_report
from app.web.registrar.words import KNOWN_BY, VERDICTS, pill, verdict

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Keeper = Annotated[Viewer, may("issuers.manage")]
AT_ONCE = 50


@router.get("/received")
async def came(
    request: Request,
    viewer: Keeper,
    inside: Inside,
    state: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str, Query(max_length=600)] = "",
) -> Response:
    """What programs and apps handed in, newest first: is it good, and who is its issuer?"""
    state = state if state in VERDICTS else ""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        listing = await received.page(tx, state, _place(after), AT_ONCE)
        counts = await received.counts(tx)
        names = await group.names(tx, list({row.learner_id for row in listing.rows if row.learner_id}))
    following = ""
    if listing.following:
        received_at, source, key = listing.following
        following = "/received?" + urlencode({"state": state, "after": f"{received_at.isoformat()} {source} {key}"})
    return show(
        request,
        "registrar/received.html",
        rows=[
            (
                row,
                names.get(row.learner_id) or _("A learner") if row.learner_id else "",
                *verdict(row.verdict, revoked=row.revoked),
                _(KNOWN_BY[row.known_by]) if row.known_by in KNOWN_BY else "",
                translated_report(row.note or ""),
            )
            for row in listing.rows
        ],
        total=sum(counts.values()),
        counts=[(code, counts[code], *pill(VERDICTS, code)) for code in VERDICTS if counts.get(code)],
        state=state,
        following=following,
    )


@router.get("/issuers")
async def issuers(request: Request, viewer: Keeper, inside: Inside) -> Response:
    """The issuers that the district knows, and the form to add one."""
    return await _issuers(request, viewer, inside)


@router.post("/issuers")
async def know(request: Request, viewer: Keeper, inside: Inside) -> Response:
    """Put an issuer on the list; what was received from it is looked at anew."""
    sent = form(request)
    if sent.flag("begin"):
        return await _issuers(request, viewer, inside, sent)
    try:
        if not (name := sent.text("name")[:200]):
            raise Invalid(_("Say what the issuer is called here."))
        async with inside.db.transaction(viewer.tenant.id) as tx:
            note = sent.text("note")[:500] or None
            row = await known.put(tx, sent.text("issuer"), name, note, viewer.actor)
    except Invalid as why:
        return await _issuers(request, viewer, inside, sent, error_words.translated(why.detail))
    return done(request, "/issuers", _("%(name)s is known. What it signed is looked at anew.", name=row.name))


@router.get("/issuers/{issuer}/end")
async def ask_forget(issuer: UUID, request: Request, viewer: Keeper, inside: Inside) -> Response:
    """Ask before an issuer is taken off the list."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.on_list(tx, issuer)
    return confirm(
        request,
        question=_('Take "%(name)s" off the list?', name=row.name),
        words=_("What it signed stays in records, is looked at anew, and then counts as of an unknown issuer."),
        action=f"/issuers/{issuer}/end",
        back="/issuers",
        button=_("Take it off"),
        crumbs=[(_("Known issuers"), "/issuers")],
    )


@router.post("/issuers/{issuer}/end")
async def forget(issuer: UUID, request: Request, viewer: Keeper, inside: Inside) -> Response:
    """Take an issuer off the list."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await known.take_off(tx, issuer)
    return done(request, "/issuers", _("Taken off. What it signed is looked at anew."))


async def _issuers(
    request: Request, viewer: Viewer, inside: Inside, sent: Posted | None = None, error: str = ""
) -> Response:
    async with inside.db.transaction(viewer.tenant.id) as tx:
        rows = await known.listed(tx)
    others = [issuer_list for issuer_list in await known.lists(inside.db, inside.settings) if issuer_list.issuers]
    return show(
        request,
        "registrar/issuers.html",
        status=422 if error else 200,
        rows=rows,
        others=[(issuer_list.title, len(issuer_list.issuers)) for issuer_list in others],
        sent=sent,
        error=error,
    )


def _place(after: str) -> tuple[datetime, int, str] | None:
    """Where a page begins; at the start for what is no place."""
    moment, _blank, rest = after.partition(" ")
    source, _blank, key = rest.partition(" ")
    try:
        return (datetime.fromisoformat(moment), int(source), key) if key else None
    except ValueError:
        return None
