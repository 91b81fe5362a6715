"""Pictures made here: a QR code of an address, and a badge to bake a credential into."""

import hashlib
import struct
import zlib
from base64 import b64encode
from xml.sax.saxutils import escape

import segno

COLORS = ("#0f5f63", "#b9482f", "#2f7d4f", "#7a4b9a", "#1f5aa8", "#9a6a12")


def qr(address: str) -> str:
    """A QR code as a data URI, dark on light with its margin, so that it scans on any page."""
    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=4, light="#fff", dark="#1d2327"))


def badge_svg(name: str, issuer: str) -> bytes:
    """A badge with its name and issuer: the picture of what has none of its own."""
    color = COLORS[hashlib.sha256(name.encode()).digest()[0] % len(COLORS)]
    lines = _lines(name, 16, 4)
    top = 200 - 17 * (len(lines) - 1)
    texts = "".join(f'<text x="200" y="{top + 34 * n}">{escape(line)}</text>' for n, line in enumerate(lines))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">'
        f"<title>{escape(name)}</title>"
        f'<rect x="20" y="20" width="360" height="360" rx="48" fill="{color}"/>'
        '<rect x="36" y="36" width="328" height="328" rx="36" fill="none" stroke="#fff" stroke-width="3"/>'
        '<g fill="#fff" opacity=".9"><rect x="182" y="68" width="16" height="16" rx="2"/>'
        '<rect x="202" y="68" width="16" height="16" rx="2" opacity=".6"/><rect x="182" y="88" width="16" height="16" '
        'rx="2" opacity=".6"/><rect x="202" y="88" width="16" height="16" rx="2"/></g>'
        '<g fill="#fff" font-family="system-ui, sans-serif" font-size="30" font-weight="700" text-anchor="middle" '
        f'dominant-baseline="middle">{texts}</g>'
        '<text x="200" y="330" fill="#fff" font-family="system-ui, sans-serif" font-size="18" text-anchor="middle">'
        f"{escape(_lines(issuer, 32, 1)[0])}</text></svg>"
    ).encode()


def badge_uri(name: str, issuer: str) -> str:
    """The badge's picture as a data URI, for a page."""
    return f"data:image/svg+xml;base64,{b64encode(badge_svg(name, issuer)).decode()}"


def badge_png(name: str) -> bytes:
    """A badge without words, of a color of its own: four tiles on a square, 256 pixels wide."""
    ground = bytes.fromhex(COLORS[hashlib.sha256(name.encode()).digest()[0] % len(COLORS)][1:])
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
