"""Shares: links to chosen credentials, apps that learners let in, and the log of who saw what."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api.issuing.credentials import owner_of
from app.api.issuing.wire_credentials import (
    App,
    AppList,
    ConnectCode,
    Disclosure,
    DisclosureList,
    Invitation,
    InvitationNew,
    Share,
    ShareList,
    ShareNew,
    ShareWithAddress,
)
from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import ShareKeeper
from app.api.kit.problem import problems
from app.api.records.learners import After, Limit
from app.db.sharing.shared import ShareRow
from app.issuing.issuer import issuer_of
from app.issuing.picture import qr
from app.request import Inside
from app.sharing import sharing
from app.wallet import apps

router = APIRouter(prefix="/v1", tags=["Credentials"], route_class=SoundRoute)
Number = Annotated[int, Query(ge=0, lt=2**63)]


@router.get("/learners/{learner}/shares", responses=problems(404))
async def list_shares(learner: UUID, caller: ShareKeeper, inside: Inside) -> ShareList:
    """A learner's shares, newest first."""
    async with inside.db.transaction(caller.tenant) as tx:
        return ShareList(shares=[_share(row) for row in await sharing.shares_of(tx, learner)])


@router.post("/learners/{learner}/shares", status_code=201, responses=problems(400, 404))
async def create_share(
    learner: UUID, new: ShareNew, caller: ShareKeeper, inside: Inside, response: Response
) -> ShareWithAddress:
    """Make a link to chosen credentials. Its address is told this once."""
    owner = await owner_of(inside, caller)
    request = sharing.ShareRequest(
        new.items,
        new.purpose,
        new.recipient,
        days=new.days,
        show_name=new.show_name,
        by=f"client {caller.client}",
        parts=new.parts,
    )
    async with inside.db.transaction(caller.tenant) as tx:
        row, secret = await sharing.create_share(tx, learner, request, owner.name)
    response.headers["Cache-Control"] = "no-store"
    url = f"{issuer_of(owner, inside.settings).home}/s/{secret}"
    return ShareWithAddress(share=_share(row), url=url, qr=qr(url))


@router.delete("/shares/{share}", status_code=204, responses=problems(404))
async def revoke_share(share: UUID, caller: ShareKeeper, inside: Inside) -> None:
    """End a share: whoever opens its link from now on is told that it is over."""
    async with inside.db.transaction(caller.tenant) as tx:
        await sharing.revoke(tx, share)


@router.get("/learners/{learner}/disclosures", responses=problems(400, 404))
async def list_disclosures(
    learner: UUID, caller: ShareKeeper, inside: Inside, after: After = None, limit: Limit = 100
) -> DisclosureList:
    """Who saw which credentials of a learner, when and why. Lines are only ever added."""
    begin = cursor.decode(after, tuple[int])[0] if after else 0
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await sharing.disclosures(tx, learner, begin, limit)
    entries = [
        Disclosure(id=r.id, at=r.at, via=r.via, party=r.party, purpose=r.purpose, items=r.items, share=r.share_id)
        for r in rows
    ]
    return DisclosureList(disclosures=entries, next=cursor.encode(rows[-1].id) if len(rows) == limit else None)


@router.post("/learners/{learner}/connect-codes", status_code=201, responses=problems(404))
async def create_connect_code(learner: UUID, caller: ShareKeeper, inside: Inside, response: Response) -> ConnectCode:
    """A code for the learner, or who cares for them, to let an app in. It works once, within three days."""
    async with inside.db.transaction(caller.tenant) as tx:
        code, expires = await apps.connect_code(tx, learner, f"client {caller.client}")
    response.headers["Cache-Control"] = "no-store"
    return ConnectCode(code=code, expires_at=expires)


@router.get("/apps", responses=problems())
async def list_apps(caller: ShareKeeper, inside: Inside) -> AppList:
    """The apps that registered to fetch and hand in learners' credentials."""
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await apps.registered(tx)
    fields = ("id", "name", "scopes", "redirect_uris", "created_at", "revoked_at")
    return AppList(apps=[App(**{name: getattr(row, name) for name in fields}) for row in rows])


@router.post("/apps/invitations", status_code=201, responses=problems(400))
async def invite_app(invitation: InvitationNew, caller: ShareKeeper, inside: Inside, response: Response) -> Invitation:
    """An initial access token: with it, one app registers itself (RFC 7591) within two weeks."""
    owner = await owner_of(inside, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        token = await apps.invite_app(tx, invitation.note, f"client {caller.client}")
    response.headers["Cache-Control"] = "no-store"
    home = issuer_of(owner, inside.settings).home
    return Invitation(initial_access_token=token, registration_url=f"{home}/oauth/register")


@router.delete("/apps/{app:uuid}", status_code=204, responses=problems(404))
async def revoke_app(app: UUID, caller: ShareKeeper, inside: Inside) -> None:
    """End an app: none of its tokens opens anything from here on."""
    async with inside.db.transaction(caller.tenant) as tx:
        await apps.end_app(tx, app)


def _share(row: ShareRow) -> Share:
    return Share(
        id=row.id,
        learner=row.learner_id,
        items=row.items,
        purpose=row.purpose,
        recipient=row.recipient,
        show_name=row.show_name,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
