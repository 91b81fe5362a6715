"""Pictures made here: a QR code of an address, and a badge to bake a credential into."""

import hashlib
import re
import struct
import zlib
from base64 import b64decode, b64encode
from xml.sax.saxutils import escape

import segno

COLORS = ("#0f5f63", "#b9482f", "#2f7d4f", "#7a4b9a", "#1f5aa8", "#9a6a12")
"""Grounds on which white words can be read (WCAG 2.2, 4.5 to 1)."""
ICONS = {
    "tiles": '<path d="M2 2h20v20H2zM26 26h20v20H26z"/><path d="M26 2h20v20H26zM2 26h20v20H2z" opacity=".6"/>',
    "star": '<path d="m24 2 6.8 14.6 16 1.9-11.9 10.9 3.2 15.8L24 37.3 9.9 45.2l3.2-15.8L1.2 18.5l16-1.9z"/>',
    "gear": '<path d="M20 2h8v7l5 2 5-5 5 5-5 5 2 5h6v8h-6l-2 5 5 5-5 5-5-5-5 2v7h-8v-7l-5-2-5 5-5-5 5-5-2-5'
    'H2v-8h6l2-5-5-5 5-5 5 5 5-2z"/><circle cx="24" cy="25" r="7" fill="#000" opacity=".35"/>',
    "book": '<path d="M4 6h17l3 3 3-3h17v34H28l-4 4-4-4H4z"/><path d="M23 10h2v30h-2z" fill="#000" opacity=".35"/>',
    "flask": '<path d="M17 2h14v4h-2v12l14 24a3 3 0 0 1-3 4H8a3 3 0 0 1-3-4l14-24V6h-2z"/>',
    "leaf": '<path d="M44 4C20 4 6 14 6 30c0 3 1 6 2 8L4 44l4 2 4-6c16 6 32-4 32-36z"/>',
    "note": '<path d="M16 8 42 2v30a7 6 0 1 1-5-6V13l-16 4v21a7 6 0 1 1-5-6z"/>',
    "globe": '<circle cx="24" cy="24" r="22"/><path d="M2 23h44v2H2zM23 2h2v44h-2z" fill="#000" opacity=".35"/>',
    "heart": '<path d="M24 45 5 25C-3 14 11-3 24 10 37-3 51 14 43 25z"/>',
    "cup": '<path d="M12 2h24v4h9v6c0 7-5 11-11 12-2 4-5 6-8 7v7h10v6H12v-6h10v-7c-3-1-6-3-8-7C8 23 3 19 3 12V6h9z"/>',
}
"""What may stand on a badge, in a square of 48."""
COLOR = re.compile(r"#[0-9a-f]{6}")
GROUND = re.compile(rf'fill="({COLOR.pattern})"')
DRAWN = "data:image/svg+xml;base64"
OPENING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img"><title>'


def qr(address: str) -> str:
    """A QR code as a data URI, dark on light with its margin, so that it scans on any page."""
    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="#fff", dark="#1d2327"))


def badge_svg(name: str, issuer: str, color: str | None = None, icon: str | None = None) -> bytes:
    """A badge with its name and issuer: the picture of what has none of its own.

    `color` is `#` and six hexadecimal digits, `icon` one of `ICONS`; without them the name gives the color.
    """
    ground = color if color is not None and COLOR.fullmatch(color) else _color(name)
    lines = _lines(name, 16, 4)
    top = 252 - 17 * (len(lines) - 1)
    texts = "".join(f'<text x="200" y="{top + 34 * n}">{escape(line)}</text>' for n, line in enumerate(lines))
    return (
        f"{OPENING.decode()}{escape(name)}</title>"
        f'<rect x="20" y="20" width="360" height="360" rx="48" fill="{ground}"/>'
        '<rect x="36" y="36" width="328" height="328" rx="36" fill="none" stroke="#fff" stroke-width="3"/>'
        '<g fill="#fff" opacity=".9" transform="translate(140 62) scale(2.5)">'
        f"{ICONS.get(icon or '', ICONS['tiles'])}</g>"
        '<g fill="#fff" font-family="system-ui, sans-serif" font-size="30" font-weight="700" text-anchor="middle" '
        f'dominant-baseline="middle">{texts}</g>'
        '<text x="200" y="340" fill="#fff" font-family="system-ui, sans-serif" font-size="18" text-anchor="middle">'
        f"{escape(_lines(issuer, 32, 1)[0])}</text></svg>"
    ).encode()


def badge_uri(name: str, issuer: str, color: str | None = None, icon: str | None = None) -> str:
    """The same as a data URI, for a page or in a credential, where it stays whatever becomes of its issuer's server."""
    return f"{DRAWN},{b64encode(badge_svg(name, issuer, color, icon)).decode()}"


def drawn_svg(image: str | None) -> bytes | None:
    """The picture that was drawn here and stands in a badge as a data URI; None for any other."""
    head, _comma, body = (image or "").partition(",")
    try:
        svg = b64decode(body, validate=True) if head == DRAWN else b""
    except ValueError:
        return None
    return svg if svg.startswith(OPENING) else None


def badge_png(name: str, drawn: bytes | None = None) -> bytes:
    """A badge without words, in the color that its picture was `drawn` in or its own: four tiles, 256 pixels wide."""
    chosen = GROUND.search(drawn.decode()) if drawn else None
    ground = bytes.fromhex((chosen[1] if chosen else _color(name))[1:])
    light = b"\xff\xff\xff"
    rows = []
    for y in range(256):
        row = bytearray()
        for x in range(256):
            tile = 64 <= x < 192 and 64 <= y < 192 and not (124 <= x < 132 or 124 <= y < 132)
            row += light if tile else ground
        rows.append(b"\0" + bytes(row))
    header = struct.pack(">IIBBBBB", 256, 256, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _color(name: str) -> str:
    return COLORS[hashlib.sha256(name.encode()).digest()[0] % len(COLORS)]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _lines(text: str, width: int, most: int) -> list[str]:
    """A text in at most so many lines of about so many letters."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > most or any(len(line) > 2 * width for line in lines):
        lines = [line[: 2 * width] for line in lines[:most]]
        lines[-1] = lines[-1].rstrip() + "…"
    return lines
