"""The claim page: a family opens what was issued to their child, keeps it, and makes a link to show it."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from app.db import Tx
from app.errors import Invalid, NotFound
from app.issuing.issuer import Issuer, issuer_at
from app.issuing.picture import badge_uri, qr
from app.programs import consent
from app.programs.whose import born
from app.request import Inside, Slug
from app.sharing import claims, sharing
from app.sharing.claims import ClaimRow
from app.sharing.holdings import Holding
from app.sharing.profile_links import linkedin
from app.sharing.readable import readable
from app.sharing.sharing import ShareRequest
from app.web import page
from app.web.kit.route import PageRoute
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later
from app.web.public.checked_page import checked_page
from app.web.public.files import Form, file_of, forms_of
from app.web.public.share_page import TONE, WORDS

router = APIRouter(prefix="/t/{tenant}/c", include_in_schema=False, route_class=PageRoute)
Secret = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32}$")]
SHARED_DAYS = 365
PURPOSE = later("To be shown on a profile")
GUARDIAN = later("A parent or guardian shares badges of a child under 13: say that you are one.")


@router.get("/{secret}")
async def claim_page(tenant: Slug, secret: Secret, inside: Inside) -> Response:
    """What the link gives. To look claims nothing: programs that read e-mail open links, too."""
    return await _page(inside, await issuer_at(inside, tenant), secret)


@router.post("/{secret}")
async def claim(tenant: Slug, secret: Secret, inside: Inside) -> Response:
    """Claim it: from now on there are files to keep, and a link can be made."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        await claims.claim(tx, await claims.open_claim(tx, secret))
    return RedirectResponse(f"/t/{tenant}/c/{secret}", 303)


@router.post("/{secret}/share")
async def share(tenant: Slug, secret: Secret, request: Request, inside: Inside) -> Response:
    """A link that shows it to others for a year, and LinkedIn's form, filled in with it."""
    issuer = await issuer_at(inside, tenant)
    async with request.form(max_files=0, max_fields=4) as form:
        guardian = form.get("guardian") == "yes"
    async with inside.db.transaction(issuer.tenant) as tx:
        row = await _claimed(tx, secret)
        if not guardian and consent.needed(await born(tx, row.learner_id), datetime.now(UTC).date()):
            raise Invalid(_(GUARDIAN))
        holdings = await claims.offered(tx, row, issuer.name)
        share_request = ShareRequest(
            items=[holding.id for holding in holdings],
            purpose=_(PURPOSE),
            recipient=None,
            days=SHARED_DAYS,
            show_name=False,
            by="claim link",
        )
        _row, link = await sharing.create_share(tx, row.learner_id, share_request, issuer.name)
    address = f"{issuer.home}/s/{link}"
    profiles = [
        (holding.name, linkedin(holding.name, holding.issuer, holding.since, address, str(holding.id)))
        for holding in holdings
    ]
    return page(
        "claim_shared.html", owner=issuer.name, address=address, qr=qr(address), profiles=profiles, days=SHARED_DAYS
    )


@router.get("/{secret}/check")
async def check(tenant: Slug, secret: Secret, request: Request, inside: Inside) -> Response:
    """Verify what the link gives, in the family's sight."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.work)
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        holdings = await claims.offered(tx, await claims.open_claim(tx, secret), issuer.name)
    return await checked_page(inside, issuer, holdings, f"{issuer.home}/c/{secret}")


@router.get("/{secret}/{item}.{form}")
async def download(tenant: Slug, secret: Secret, item: UUID, form: Form, inside: Inside) -> Response:
    """One credential as a file to keep."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        row = await _claimed(tx, secret)
        holding = next((holding for holding in await claims.offered(tx, row, issuer.name) if holding.id == item), None)
        if holding is None:
            raise NotFound("This link does not give such a credential.")
        return await file_of(tx, inside, issuer, holding, form)


async def _claimed(tx: Tx, secret: str) -> ClaimRow:
    row = await claims.open_claim(tx, secret)
    if row.claimed_at is None:
        raise NotFound(_("Claim it first: open the link, and press the button there."))
    return row


async def _page(inside: Inside, issuer: Issuer, secret: str) -> Response:
    async with inside.db.transaction(issuer.tenant) as tx:
        row = await claims.open_claim(tx, secret)
        holdings = await claims.offered(tx, row, issuer.name)
        young = consent.needed(await born(tx, row.learner_id), datetime.now(UTC).date())
    return page(
        "claim.html",
        owner=issuer.name,
        home=issuer.home,
        claim=row,
        cards=[_card(holding) for holding in holdings],
        address=f"{issuer.home}/c/{secret}",
        here=f"/t/{issuer.home.rpartition('/')[2]}/c/{secret}",
        young=young,
    )


def _card(holding: Holding) -> dict[str, object]:
    sheet = readable(holding.document())
    return {
        "id": holding.id,
        "sheet": sheet,
        "state": _(WORDS.get(holding.state, holding.state)),
        "tone": TONE.get(holding.state, "warn"),
        "reason": holding.reason,
        "picture": sheet.image or badge_uri(holding.name, holding.issuer),
        "forms": forms_of(holding),
    }
