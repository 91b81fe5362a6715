"""A credential as a file to keep: its own bytes, a signed token, or inside a picture."""

from typing import Literal

from starlette.responses import Response

from app.credentials import jwt
from app.credentials.bake import bake
from app.db import Tx
from app.errors import NotFound
from app.issuing import issuer as issuers
from app.issuing.issuer import Issuer
from app.issuing.picture import badge_png, badge_svg, drawn_svg
from app.programs import pictures
from app.sharing.holdings import JSON, Holding
from app.sharing.readable import readable
from app.start import Service

Form = Literal["json", "jwt", "png", "svg"]


def forms_of(holding: Holding) -> list[Form]:
    """The forms in which it can be had: what others signed is not signed anew."""
    own: list[Form] = ["json" if holding.media_type == JSON else "jwt"]
    again: list[Form] = ["jwt"] if holding.way == "issued" and holding.media_type == JSON else []
    return [*own, *again, "png", "svg"]


async def file_of(tx: Tx, inside: Service, issuer: Issuer, holding: Holding, form: Form) -> Response:
    """A credential in one of its forms. NotFound where there is none of that form."""
    content, media_type = await _as(tx, inside, issuer, holding, form)
    return download(content, media_type, f"credential-{str(holding.id)[:8]}.{form}")


def download(content: bytes, media_type: str, name: str) -> Response:
    """A file to be saved, which nothing else may show or keep."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Robots-Tag": "noindex",
    }
    return Response(content, headers=headers, media_type=media_type)


async def _as(tx: Tx, inside: Service, issuer: Issuer, holding: Holding, form: Form) -> tuple[bytes, str]:
    """A credential in another form. NotFound where there is none: what others signed, we do not sign anew."""
    if form == "json" and holding.media_type == JSON:
        return holding.body, "application/vc+json"
    if form == "jwt" and holding.media_type != JSON:
        return holding.body, "application/vc+jwt"
    if form == "jwt" and holding.way == "issued":
        unsigned = {name: value for name, value in holding.document().items() if name != "proof"}
        return jwt.sign(unsigned, await issuers.signing_key(tx, inside.vault, issuer)).encode(), "application/vc+jwt"
    image = readable(holding.document()).image
    drawn = drawn_svg(image) if holding.way == "issued" else None
    if form == "png":
        own = pictures.png_of(image)
        return bake(own or badge_png(holding.name, drawn), holding.body.decode()), "image/png"
    if form == "svg":
        return bake(drawn or badge_svg(holding.name, holding.issuer), holding.body.decode()), "image/svg+xml"
    raise NotFound("Its issuer signed it in another form: take that one.", title="Form not available")
