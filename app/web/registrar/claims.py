"""Claims for families: a link to print or to send, for one learner or for each of a class."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.errors import Conflict, Invalid, NotFound
from app.issuing import batch as batches
from app.issuing import ledger
from app.issuing.issuer import issuer_of
from app.issuing.picture import qr
from app.mastery import group
from app.people.viewer import Viewer
from app.records.reading import header
from app.request import Inside
from app.sharing import claims
from app.sharing.claims import NewClaim
from app.web.kit.shell import done, show
from app.web.kit.signed import Look, SignedRoute, about_learner, form, may
from app.web.kit.words import _
from app.web.paper.claim_sheets import Sheet, claim_sheets
from app.web.paper.fonts import installed
from app.web.public.files import download
from app.web.registrar.batch import check_whole

router = APIRouter(include_in_schema=False, route_class=SignedRoute)
Issuing = Annotated[Look, about_learner("credential.issue", "issuing")]
Issuer = Annotated[Viewer, may("credential.issue", "class.read")]
MOST = 500
"""Sheets of one printing."""


@router.post("/learners/{learner}/credentials/claims")
async def make(learner: UUID, request: Request, look: Issuing, inside: Inside) -> Response:
    """A link for the family of one learner to all that stands: to be printed, or sent by e-mail."""
    owner, mail_to = look.viewer.tenant, form(request).text("mail_to")[:320] or None
    home = issuer_of(owner, inside.settings).home
    async with inside.db.transaction(owner.id) as tx:
        standing = await claims.standing(tx, look.learner, owner.name)
        new = NewClaim(look.learner, [holding.id for holding in standing], look.viewer.actor, mail_to=mail_to)
        row, secret = await claims.make(tx, inside.vault, new, owner.name)
        names = await group.names(tx, [look.learner])
    address = f"{home}/c/{secret}"
    name = names.get(look.learner) or _("A learner")
    return show(
        request,
        "registrar/claim.html",
        crumbs=[(name, f"/learners/{learner}"), (_("Badges and credentials"), f"/learners/{learner}/credentials")],
        name=name,
        learner=learner,
        row=row,
        address=address,
        picture=qr(address),
        badges=[holding.name for holding in standing],
        mail=bool(mail_to and inside.settings.mail_host),
    )


@router.post("/learners/{learner}/credentials/claims/{claim}/end")
async def end(learner: UUID, claim: UUID, request: Request, look: Issuing, inside: Inside) -> Response:
    """End a claim: its link opens nothing any more."""
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        if claim not in {row.id for row in await claims.claims_of(tx, look.learner)}:
            raise NotFound
        await claims.end(tx, claim)
    return done(request, f"/learners/{learner}/credentials", _("Ended. The link opens nothing any more."))


@router.post("/credentials/batches/{batch}/claims")
async def sheets(batch: UUID, request: Request, viewer: Issuer, inside: Inside) -> Response:
    """For each learner of a batch a link: as sheets to print and hand out, or by e-mail to the addresses on record."""
    by_mail, owner = form(request).flag("mail"), viewer.tenant
    if by_mail and not inside.settings.mail_host:
        raise Invalid(_("No mail server is set up here: print the sheets."))
    home, printed, sent = issuer_of(owner, inside.settings).home, [], 0
    async with inside.db.transaction(owner.id) as tx:
        await check_whole(tx, viewer)
        row = await batches.batch_of(tx, batch)
        issued = await ledger.of_batch(tx, batch, MOST + 1)
        if row.state != "done" or not issued:
            raise Conflict(_("Nothing is issued yet: wait until the batch is done."))
        if len(issued) > MOST:
            raise Conflict(_("That is too much for one printing: issue to one class at a time."))
        names = await group.names(tx, [entry.learner_id for entry in issued])
        for entry in issued:
            mails = await _addresses(tx, entry.learner_id) if by_mail else [None]
            for mail_to in mails:
                new = NewClaim(entry.learner_id, [entry.id], viewer.actor, mail_to=mail_to)
                claim, secret = await claims.make(tx, inside.vault, new, owner.name)
                name = names.get(entry.learner_id) or _("A learner")
                printed.append(Sheet(name, entry.name, f"{home}/c/{secret}", claim.expires_at))
                sent += by_mail
    if by_mail:
        return done(request, f"/credentials/batches/{batch}", _("Letters on their way: %(count)s", count=sent))
    content = await asyncio.to_thread(claim_sheets, owner.name, printed, installed())
    return download(content, "application/pdf", "claims.pdf")


async def _addresses(tx: Tx, learner: UUID) -> list[str | None]:
    """The e-mail addresses that the record has of a learner, each once."""
    return list(dict.fromkeys(email.value for email in (await header(tx, learner)).emails))
