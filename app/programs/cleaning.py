"""Files as evidence: known by what is in them, never by their name, and cleaned of what tells more than they show.

A photo is drawn anew, so that nothing stays of where it was taken, by which phone, or of what was hidden behind it. Of
sound and film the boxes are blanked that hold such things. What is none of these kinds is refused: programs, archives,
vector pictures, pages.
"""

import io
import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import Invalid

MOST_BYTES = 7 * 1024 * 1024
"""One file: what fits a request. A longer film is handed in as a link."""
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2400
PICTURES = ("JPEG", "PNG", "WEBP", "GIF")
KINDS = "a photo (JPEG, PNG, WebP), a PDF, a text, a sound (MP3, M4A, WAV) or a short film (MP4, MOV)"
TELLING = {b"udta", b"meta", b"uuid", b"XMP_", b"loci", b"free", b"skip"}
"""Boxes of an ISO media file (ISO/IEC 14496-12) that tell who made it, with what, and where."""
NESTED = {b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf", b"edts"}
ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|OpenAction|AA|SubmitForm|ImportData)\b")
ARCHIVE = b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class Clean:
    """A file as it is kept."""

    body: bytes
    media_type: str


def cleaned(content: bytes) -> Clean:
    """A file as it may be kept. Invalid where it is of no kind that is taken, too large, or more than it seems."""
    if not content:
        raise Invalid("The file is empty.")
    if len(content) > MOST_BYTES:
        raise Invalid(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB: hand in a link to it.")
    if content[4:8] == b"ftyp":
        return _film(content)
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return Clean(_wave(content), "audio/wav")
    if content.startswith(b"ID3") or content[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"):
        return Clean(_mp3(content), "audio/mpeg")
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")) or content[8:12] == b"WEBP":
        return _photo(content)
    return _text(content)


def _photo(content: bytes) -> Clean:
    """The picture itself, drawn anew the right way up: nothing else of the file is kept."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=PICTURES) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Invalid(f"The picture has more than {MOST_PIXELS // 10**6} million dots: make it smaller.")
                upright = ImageOps.exif_transpose(opened)
                clear = upright.mode in ("RGBA", "LA", "P") and opened.format != "JPEG"
                drawn = upright.convert("RGBA" if clear else "RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Invalid(f"The picture has more than {MOST_PIXELS // 10**6} million dots: make it smaller.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error):
        raise Invalid("The picture cannot be read: take it again, or save it as JPEG.") from None
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    plain = Image.new(drawn.mode, drawn.size)
    plain.paste(drawn)
    out = io.BytesIO()
    if drawn.mode == "RGBA":
        plain.save(out, "PNG", optimize=True)
        return Clean(out.getvalue(), "image/png")
    plain.save(out, "JPEG", quality=86)
    return Clean(out.getvalue(), "image/jpeg")


def _pdf(content: bytes) -> Clean:
    if b"%%EOF" not in content[-1024:] or ARCHIVE in content:
        raise Invalid("The PDF is not whole, or holds another file: save or print it as a PDF again.")
    if ACTIVE.search(content):
        raise Invalid("The PDF holds a form, a script or other files: print it as a PDF, and hand that in.")
    return Clean(content, "application/pdf")


def _film(content: bytes) -> Clean:
    """A film or sound with its telling boxes blanked in place, so that every offset in it stays true."""
    body = bytearray(content)
    try:
        found = list(_boxes(body, 0, len(body)))
    except (struct.error, ValueError):
        raise Invalid("The film cannot be read: save it as MP4, or hand in a link to it.") from None
    if b"moov" not in {kind for _, _, kind in found}:
        raise Invalid("The film is not whole: save it as MP4, or hand in a link to it.")
    for begin, end, kind in found:
        if kind in TELLING:
            body[begin + 4 : begin + 8] = b"free"
            body[begin + 8 : end] = bytes(end - begin - 8)
    brand = bytes(content[8:12])
    return Clean(bytes(body), "audio/mp4" if brand in (b"M4A ", b"M4B ") else "video/mp4")


def _boxes(body: bytearray, begin: int, end: int) -> Iterator[tuple[int, int, bytes]]:
    """The boxes of a media file from one place to another: where each begins and ends, and its kind."""
    while begin < end:
        size, kind = struct.unpack_from(">I4s", body, begin)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", body, begin + 8)
            head = 16
        until = end if size == 0 else begin + size
        if until > end or until < begin + head:
            raise ValueError("a box is longer than what it is in")
        yield begin, until, kind
        if kind in NESTED:
            yield from _boxes(body, begin + head, until)
        begin = until


def _mp3(content: bytes) -> bytes:
    """A sound without the labels before it (ID3v2) and behind it (ID3v1)."""
    body = content
    while body.startswith(b"ID3") and len(body) > 10:
        size = sum((byte & 0x7F) << shift for byte, shift in zip(body[6:10], (21, 14, 7, 0), strict=True))
        body = body[10 + size + (10 if body[5] & 0x10 else 0) :]
    if body[-128:-125] == b"TAG":
        body = body[:-128]
    if body[:1] != b"\xff" or len(body) < 64:
        raise Invalid("The sound cannot be read: save it as MP3, or hand in a link to it.")
    return body


def _wave(content: bytes) -> bytes:
    """A sound with what is no sound in it blanked."""
    body, at = bytearray(content), 12
    while at + 8 <= len(body):
        kind, (size,) = bytes(body[at : at + 4]), struct.unpack_from("<I", body, at + 4)
        if kind not in (b"fmt ", b"data", b"fact"):
            body[at : at + 4] = b"JUNK"
            body[at + 8 : at + 8 + size] = bytes(len(body[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return bytes(body)


def _text(content: bytes) -> Clean:
    """Words alone. Invalid for a page, a vector picture, a program or an archive, whatever it is called."""
    refused = Invalid(f"A file of this kind is not taken. Hand in {KINDS}; anything else as a link.")
    if b"\x00" in content or content.startswith((b"PK", b"MZ", b"#!", b"\x7fELF", b"\xca\xfe\xba\xbe")):
        raise refused
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused from None
    if re.match(r"\s*<", words) or re.search(
        r"<\s*(?:script|svg|html|\?xml|!doctype|iframe|object)", words, re.IGNORECASE
    ):
        raise refused
    return Clean(words.encode(), "text/plain")
