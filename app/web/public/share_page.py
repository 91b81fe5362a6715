"""The share page: what somebody with the link may see, print and download; each look is written down."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.credentials import jwt
from app.credentials.bake import bake
from app.db import Tx
from app.db.sharing.shared import ShareRow
from app.errors import NotFound
from app.identity import learners
from app.issuing import issuer as issuers
from app.issuing.issuer import Issuer, issuer_at
from app.issuing.picture import badge_png, badge_svg, badge_uri, qr
from app.programs import pictures
from app.records import reading
from app.request import Inside, Slug
from app.sharing import sharing
from app.sharing.holdings import JSON, Holding
from app.sharing.readable import ReadableCredential, readable
from app.start import Service
from app.web import day, page
from app.web.kit.route import PageRoute
from app.web.kit.words import _, later
from app.web.paper.fonts import installed
from app.web.paper.paper import Cover, Printed, transcript

router = APIRouter(prefix="/t/{tenant}/s", include_in_schema=False, route_class=PageRoute)
Secret = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{32}$")]
Form = Literal["json", "jwt", "png", "svg"]
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
    return _file(content, "application/pdf", "learner-record.pdf")


@router.get("/{secret}/{item}.{form}")
async def share_download(tenant: Slug, secret: Secret, item: UUID, form: Form, inside: Inside) -> Response:
    """One credential as a file: JSON, a signed token, or inside a picture."""
    issuer = await issuer_at(inside, tenant)
    async with inside.db.transaction(issuer.tenant) as tx:
        row, holdings = await _opened(tx, issuer, secret)
        holding = next((holding for holding in holdings if holding.id == item), None)
        if holding is None:
            raise NotFound("This link does not show such a credential.")
        content, media_type = await _as(tx, inside, issuer, holding, form)
        await sharing.note_view(tx, row, [item], f"download as {form}")
    return _file(content, media_type, f"credential-{str(item)[:8]}.{form}")


async def _opened(tx: Tx, issuer: Issuer, secret: str) -> tuple[ShareRow, list[Holding]]:
    row = await sharing.open_share(tx, secret)
    return row, await sharing.shared(tx, row, issuer.name)


async def _as(tx: Tx, inside: Service, issuer: Issuer, holding: Holding, form: Form) -> tuple[bytes, str]:
    """A credential in another form. NotFound where there is none: what others signed, we do not sign anew."""
    if form == "json" and holding.media_type == JSON:
        return holding.body, "application/vc+json"
    if form == "jwt" and holding.media_type != JSON:
        return holding.body, "application/vc+jwt"
    if form == "jwt" and holding.way == "issued":
        unsigned = {name: value for name, value in holding.document().items() if name != "proof"}
        return jwt.sign(unsigned, await issuers.signing_key(tx, inside.vault, issuer)).encode(), "application/vc+jwt"
    if form == "png":
        own = pictures.png_of(readable(holding.document()).image)
        return bake(own or badge_png(holding.name), holding.body.decode()), "image/png"
    if form == "svg":
        return bake(badge_svg(holding.name, holding.issuer), holding.body.decode()), "image/svg+xml"
    raise NotFound("Its issuer signed it in another form: take that one.", title="Form not available")


def _card(holding: Holding, ended: Mapping[str, str]) -> dict[str, Any]:
    forms = ["json" if holding.media_type == JSON else "jwt"]
    if holding.way == "issued" and holding.media_type == JSON:
        forms.append("jwt")
    sheet = readable(holding.document())
    inside = _ended_inside(sheet, ended)
    words, tone = WORDS.get(holding.state, holding.state), TONE.get(holding.state, "warn")
    if inside and tone == "good":
        words, tone = PARTLY, "bad"
    return {
        "id": holding.id,
        "sheet": sheet,
        "state": _(words),
        "forms": [*forms, "png", "svg"],
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


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Robots-Tag": "noindex",
    }
    return Response(content, headers=headers, media_type=media_type)
