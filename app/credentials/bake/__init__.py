"""Badges inside pictures: put a credential into a PNG or SVG, and take it out again. Pure."""

from app.credentials.bake import png, svg
from app.credentials.errors import Unreadable

__all__ = ["bake", "is_picture", "unbake"]


def is_picture(content: bytes) -> bool:
    """Whether the bytes look like a PNG or an SVG."""
    return png.is_png(content) or svg.is_svg(content)


def bake(picture: bytes, credential: str) -> bytes:
    """The picture with a credential in it (JSON or compact JWS), as Open Badges 3.0 section 5.3 asks.

    What was baked into it before is taken out. Unreadable for what is neither PNG nor SVG.
    """
    if png.is_png(picture):
        return png.bake(picture, credential)
    if svg.is_svg(picture):
        return svg.bake(picture, credential)
    raise Unreadable("a badge can be put into a PNG or SVG picture only")


def unbake(picture: bytes) -> str:
    """The credential in a picture: JSON, a compact JWS or, in the oldest ones, an address. Unreadable without one."""
    return png.unbake(picture) if png.is_png(picture) else svg.unbake(picture)
