"""Files as evidence: known by what is in them, never by their name, and cleaned of what tells more than they show.

A photo is drawn anew, so that nothing stays of where it was taken, by which phone, or of what was hidden behind it. Of
sound and film nothing stays but what is heard and seen. What is none of these kinds is refused: programs, archives,
vector pictures, pages.
"""

import io
import re
import struct
import warnings
from dataclasses import dataclass

import pi_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import Invalid
from app.programs.films import without_places
from app.programs.papers import papers_own
from app.programs.sounds import mp3_frames, wave_alone

MOST_BYTES = 7 * 1024 * 1024
"""One file: what fits a request. A longer film is handed in as a link."""
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2400
PICTURES = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")
STILLS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
"""Brands of files that are built as films are, and are photos: what a phone takes."""
KINDS = "a photo (JPEG, PNG, WebP, HEIC), a PDF, a text, a sound (MP3, M4A, WAV) or a short film (MP4, MOV)"
pi_heif.register_heif_opener()


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
    if content[4:8] == b"ftyp" and content[8:12] not in STILLS:
        sound = content[8:12] in (b"M4A ", b"M4B ")
        return Clean(without_places(content), "audio/mp4" if sound else "video/mp4")
    if content.startswith(b"%PDF-"):
        return Clean(papers_own(content), "application/pdf")
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return Clean(wave_alone(content), "audio/wav")
    if content.startswith(b"ID3") or content[:2] in (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2"):
        return Clean(mp3_frames(content), "audio/mpeg")
    if (
        content[4:8] == b"ftyp"
        or content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"))
        or content[8:12] == b"WEBP"
    ):
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
                transparent = upright.mode in ("RGBA", "LA", "P") and opened.format != "JPEG"
                drawn = upright.convert("RGBA" if transparent else "RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Invalid(f"The picture has more than {MOST_PIXELS // 10**6} million dots: make it smaller.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, RuntimeError, EOFError, struct.error):
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
