"""The picture of a badge: drawn anew, small, and kept in what the badge says, so that it is seen wherever that goes."""

import asyncio
import io
from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from PIL import Image

from app.errors import Invalid
from app.programs.cleaning import cleaned

SIDE = 200
"""Dots of the longer side."""
COLORS = 96
NO_PICTURE = "This is no picture that can be read: choose a photo or drawing (JPEG, PNG, WebP), of 7 MB at most."
PREFIX = "data:image/png;base64,"


async def drawn(content: bytes) -> str:
    """A picture as a data URI (PNG) of which nothing stays but what is seen. Invalid where it is none, or too large."""
    once = await asyncio.to_thread(_drawn, content)
    return PREFIX + b64encode(await asyncio.to_thread(_drawn, once)).decode()  # so that drawn again it stays the same


async def of_uri(uri: str) -> str:
    """The same of a picture that comes as a data URI; one that was drawn here stays as it is."""
    try:
        return await drawn(b64decode(uri.partition(";base64,")[2], validate=True))
    except NotBase64:
        words = "The picture is no data URI in base64: data:image/png;base64,…"
        raise Invalid(words, pointers={"/image": words}) from None
    except Invalid as why:
        raise Invalid(why.detail, pointers={"/image": why.detail}) from None


def png_of(image: str | None) -> bytes | None:
    """The PNG that a data URI holds; None where there is none, or one that cannot be drawn."""
    if image is None or not image.startswith(PREFIX):
        return None
    try:
        png = b64decode(image.removeprefix(PREFIX), validate=True)
        return png if cleaned(png).media_type == "image/png" else None
    except (NotBase64, Invalid):
        return None


def _drawn(content: bytes) -> bytes:
    try:
        clean = cleaned(content)
    except Invalid:
        raise Invalid(NO_PICTURE) from None
    if not clean.media_type.startswith("image/"):
        raise Invalid(NO_PICTURE)
    with Image.open(io.BytesIO(clean.body)) as opened:
        small = opened.convert("RGBA")
    small.thumbnail((SIDE, SIDE))
    out = io.BytesIO()
    small.quantize(COLORS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
