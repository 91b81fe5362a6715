"""The share page: what somebody with the link may see, print and download; each look is written down."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from app.db import Tx
from app.db.sharing.shared import ShareRow
from app.errors import NotFound
from app.identity import learners
from app.issuing.issuer import Issuer, issuer_at
from app.issuing.picture import badge_uri, qr
from app.records import reading
from app.request import Inside, Slug
from app.sharing import sharing
from app.sharing.holdings import Holding
from app.sharing.readable import ReadableCredential, readable
from app.start import Service
from app.web import day, page
from app.web.kit.route import PageRoute
from app.web.kit.visitors import Visitors, admit
from app.web.kit.words import _, later
from app.web.paper.fonts import installed
from app.web.paper.paper import Cover, Printed, transcript
from app.web.public.checked_page import checked_page
from app.web.public.files import Form, download, file_of, forms_of

router = APIRouter(prefix="/t/{tenant}/s", include_in_schema=False, route_class=PageRoute)
Secret = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32}$")]
GOOD = {"active": later("Valid as of now"), "verified": later("Valid, and its issuer is known")}
WORDS = {
    **GOOD,
    "suspended": later("Suspended for now"),
    "revoked": later("Revoked"),
    "failed": later("Not valid"),
    "unverified": later("Could not be confirmed"),
    "unknown issuer": later("Signature holds, and nobody here knows its issuer"),
    "not verified": later("Not checked yet"),
}
PRINTED = {"active": later("valid on the day of printing"), "verified": later("valid, and its issuer is known")}
PARTLY = later("Something inside it was taken back")
TONE = {"suspended": "bad", "revoked": "bad", "failed": "bad", **dict.fromkeys(GOOD, "good")}


@router.get("/{secret}")
async def share_page(tenant: Slug, secret: Secret, inside: Inside) -> Response:
    """What the link shows."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        row, holdings = await _opened(tx, issuer, secret)
        ended = await sharing.ended(tx, row)
        await sharing.note_view(tx, row, [holding.id for holding in holdings])
    cards = [_card(holding, ended) for holding in holdings]
    address = f"{issuer.home}/s/{secret}"
    return page(
        "shared.html",
        owner=issuer.name,
        home=issuer.home,
        share=row,
        cards=cards,
        address=address,
        qr=qr(address),
        learner=await _name(inside, issuer, row),
        did=issuer.did,
    )


@router.get("/{secret}/check")
async def share_check(tenant: Slug, secret: Secret, request: Request, inside: Inside) -> Response:
    """Verify what the link shows, in the sight of whoever reads it."""
    visitors: Visitors = request.app.state.visitors
    admit(request, visitors.work)
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        row, holdings = await _opened(tx, issuer, secret)
        await sharing.note_view(tx, row, [holding.id for holding in holdings], "share link, verification")
    return await checked_page(inside, issuer, holdings, f"{issuer.home}/s/{secret}")


@router.get("/{secret}/transcript.pdf")
async def share_transcript(tenant: Slug, secret: Secret, inside: Inside) -> Response:
    """The shared transcript as a PDF."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        row, holdings = await _opened(tx, issuer, secret)
        ended = await sharing.ended(tx, row)
        await sharing.note_view(tx, row, [holding.id for holding in holdings], "transcript")
    sheets = [_printed(holding, ended) for holding in holdings]
    learner = await _name(inside, issuer, row)
    cover = Cover(issuer.name, learner, row.purpose, day(datetime.now(UTC)), f"{issuer.home}/s/{secret}")
    content = await asyncio.to_thread(transcript, cover, sheets, installed())
    return download(content, "application/pdf", "learner-record.pdf")


@router.get("/{secret}/{item}.{form}")
async def share_download(tenant: Slug, secret: Secret, item: UUID, form: Form, inside: Inside) -> Response:
    """One credential as a file: JSON, a signed token, or inside a picture."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        row, holdings = await _opened(tx, issuer, secret)
        holding = next((holding for holding in holdings if holding.id == item), None)
        if holding is None:
            raise NotFound("This link does not show such a credential.")
        answer = await file_of(tx, inside, issuer, holding, form)
        await sharing.note_view(tx, row, [item], f"download as {form}")
    return answer


async def _opened(tx: Tx, issuer: Issuer, secret: str) -> tuple[ShareRow, list[Holding]]:
    row = await sharing.open_share(tx, secret)
    return row, await sharing.shared(tx, row, issuer.name)


def _card(holding: Holding, ended: Mapping[str, str]) -> dict[str, Any]:
    sheet = readable(holding.document())
    inside = _ended_inside(sheet, ended)
    words, tone = WORDS.get(holding.state, holding.state), TONE.get(holding.state, "warn")
    if inside and tone == "good":
        words, tone = PARTLY, "bad"
    return {
        "id": holding.id,
        "sheet": sheet,
        "state": _(words),
        "forms": forms_of(holding),
        "inside": inside,
        "tone": tone,
        "reason": holding.reason,
        "picture": badge_uri(holding.name, holding.issuer),
    }


def _printed(holding: Holding, ended: Mapping[str, str]) -> Printed:
    """A credential, its state and those of what is inside it, for paper."""
    sheet = readable(holding.document())
    inside = _ended_inside(sheet, ended)
    words = PRINTED.get(holding.state) or WORDS.get(holding.state, holding.state)
    return sheet, _(PARTLY if inside and holding.state in GOOD else words), inside


def _ended_inside(sheet: ReadableCredential, ended: Mapping[str, str]) -> dict[str, str]:
    """Of the credentials inside one, those that are suspended or revoked: their ids, and that in words."""
    return {child.id: _(WORDS[ended[child.id]]) for child in sheet.inside if child.id and child.id in ended}


async def _name(inside: Service, issuer: Issuer, row: ShareRow) -> str | None:
    """The learner's name, where whoever shared it chose to show it."""
    if not row.show_name:
        return None
    async with inside.db.transaction(issuer.tenant) as tx:
        (current, *_) = await learners.lineage(tx, row.learner_id)
        name = await reading.name(tx, current)
    return name.value if name else None
