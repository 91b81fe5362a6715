"""What phones and cameras make: photos, films and sounds keep what is seen and heard, and nothing of where or when."""

import contextlib
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from PIL import Image, PngImagePlugin

from app.errors import Invalid
from app.programs.cleaning import cleaned

HEIC = Path(__file__).parent / "phone.heic"
PLACE = b"+40.4461-079.9822/"
FRAME = b"\xff\xfb\x90\x00" + bytes(413)
"""A frame of MPEG 1 Layer III: 128 kbit/s at 44.1 kHz."""


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def wide_box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(body)) + body


def track(handler: bytes, offset: int, size: int, *more: bytes) -> bytes:
    """A track of one sample."""
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 0))
        + box(b"stsz", struct.pack(">III", 0, size, 1))
        + box(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1))
        + box(b"stco", struct.pack(">III", 0, 1, offset)),
    )
    head = box(b"hdlr", bytes(8) + handler + bytes(12))
    times = struct.pack(">III", 0, 3_900_000_000, 3_900_000_000)
    media = box(b"mdia", box(b"mdhd", times + bytes(12)) + head + box(b"minf", table))
    return box(b"trak", box(b"tkhd", times + bytes(72)) + media + b"".join(more))


def film(*inside: bytes, places: bytes = b"", brand: bytes = b"qt  ") -> bytes:
    """A film whose pictures are `SEEN`, with a track of places beside them if there are any."""
    start = box(b"ftyp", brand + bytes(4))
    pictures = track(b"vide", len(start) + 8, 4)
    beside = track(b"meta", len(start) + 12, len(places)) if places else b""
    moment = struct.pack(">III", 0, 3_900_000_000, 3_900_000_000)
    return (
        start
        + box(b"mdat", b"SEEN" + places)
        + box(b"moov", box(b"mvhd", moment + bytes(88)) + pictures + beside + b"".join(inside))
    )


APPLE = box(
    b"meta",
    box(b"hdlr", bytes(8) + b"mdta" + bytes(12))
    + box(b"keys", bytes(7) + b"\x01" + box(b"mdta", b"com.apple.quicktime.location.ISO6709"))
    + box(b"ilst", PLACE),
)
FILMS = {
    "an iPhone's notes": film(APPLE),
    "Android's place": film(box(b"udta", box(b"\xa9xyz", PLACE))),
    "3GPP's place": film(box(b"udta", box(b"loci", PLACE)), brand=b"3gp4"),
    "a camera's own box": film(box(b"gps ", PLACE)),
    "notes behind the film": film() + box(b"SEFD", PLACE),
    "notes with a long length": film() + wide_box(b"uuid", bytes(16) + PLACE),
    "a track of places": film(places=PLACE),
}


@pytest.mark.parametrize("what", FILMS)
def test_a_film_keeps_its_pictures_and_every_offset_and_loses_its_places_and_times(what: str) -> None:
    whole = FILMS[what]
    clean = cleaned(whole)
    assert (clean.media_type, len(clean.body)) == ("video/mp4", len(whole))
    assert PLACE not in clean.body
    assert struct.pack(">I", 3_900_000_000) not in clean.body
    assert clean.body.index(b"SEEN") == whole.index(b"SEEN")
    assert cleaned(clean.body) == clean


DEEP = b"".join(struct.pack(">I4s", 8 * (3000 - nth), b"moov") for nth in range(3000))
BROKEN = {
    "its notes are packed": film()[:16] + box(b"moov", box(b"cmov", zlib.compress(PLACE))),
    "boxes in boxes without end": box(b"ftyp", b"qt  ") + DEEP,
    "more boxes than a film has": film(*[box(b"free", b"")] * 30_000),
    "a sample beyond its end": film(places=b"x" * 4)[:-4] + struct.pack(">I", 2**31),
    "places in pieces": film(places=PLACE) + box(b"moof", b""),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_film_is_refused_where(what: str) -> None:
    with pytest.raises(Invalid):
        cleaned(BROKEN[what])


@given(st.binary(max_size=200), st.integers(0, 400))
def test_no_film_however_broken_is_an_error_of_ours(noise: bytes, offset: int) -> None:
    whole = film(APPLE, places=PLACE)
    with contextlib.suppress(Invalid):
        cleaned(whole[:offset] + noise + whole[offset + len(noise) :])


def with_place(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x0110] = "Phone of Ada"
    exif.get_ifd(0x8825)[2] = (40.0, 26.0, 46.0)
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#b9482f").save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_photo_of_any_kind_is_drawn_anew(kind: str) -> None:
    whole = with_place(kind)
    assert b"Phone of Ada" in whole
    clean = cleaned(whole)
    assert clean.media_type == "image/jpeg"
    assert b"Phone of Ada" not in clean.body
    assert b"Exif" not in clean.body


def test_a_photo_of_an_iphone_is_taken_and_kept_as_one_that_every_browser_shows() -> None:
    whole = HEIC.read_bytes()
    assert b"SECRETCAM" in whole
    clean = cleaned(whole)
    assert (clean.media_type, b"SECRETCAM" in clean.body) == ("image/jpeg", False)
    with Image.open(io.BytesIO(clean.body)) as drawn:
        red, green, blue = drawn.convert("RGB").getpixel((32, 24))  # type: ignore[misc]
        assert drawn.size == (64, 48)
        assert red > 200
        assert max(green, blue) < 60


def test_a_sound_is_its_frames_and_nothing_before_between_or_behind_them() -> None:
    label = b"ID3\x04\x00\x00\x00\x00\x00\x05Ada's"
    hidden = b"PK\x03\x04 hidden between"
    whole = label + FRAME * 10 + hidden + FRAME * 10 + b"APETAGEX where it was" + b"TAG" + b"a" * 125
    assert cleaned(whole).body == FRAME * 20


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfb\x90\x00PK\x03\x04" + bytes(200), b"ID3\x04\x00\x00\x00\x00\x00\x00\xff\xfb<script>" + bytes(64)],
    ids=["an archive", "a page"],
)
def test_what_only_begins_as_a_sound_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        cleaned(content)


def test_a_wav_is_its_form_and_its_sound() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body

    inside = chunk(b"LIST", PLACE) + chunk(b"fmt ", bytes(16)) + chunk(b"data", b"heard!") + b"PK behind"
    clean = cleaned(b"RIFF" + struct.pack("<I", 4 + len(inside)) + b"WAVE" + inside)
    assert clean.body == b"RIFF" + struct.pack("<I", 42) + b"WAVE" + chunk(b"fmt ", bytes(16)) + chunk(
        b"data", b"heard!"
    )
    with pytest.raises(Invalid):
        cleaned(b"RIFF\x00\x00\x00\x00WAVE")


def pdf(*objects: bytes) -> bytes:
    return b"%PDF-1.7\n" + b"\n".join(objects) + b"\n%%EOF"


ACTIVE = {
    "a name written in another way": pdf(b"1 0 obj <</S /J#61vaScript>> endobj"),
    "objects that are packed": pdf(
        b"1 0 obj <</Type /ObjStm /Filter /FlateDecode>> stream\n"
        + zlib.compress(b"<</OpenAction <</S /URI>>>>")
        + b"\nendstream endobj"
    ),
    "objects that are packed otherwise": pdf(b"1 0 obj <</Type /ObjStm /Filter /LZWDecode>> stream\nx\nendstream"),
    "objects that unpack without end": pdf(
        b"1 0 obj <</Type /ObjStm>> stream\n" + zlib.compress(bytes(20_000_000)) + b"\nendstream"
    ),
}


@pytest.mark.parametrize("what", ACTIVE)
def test_a_pdf_is_refused_with(what: str) -> None:
    with pytest.raises(Invalid, match="form, a script"):
        cleaned(ACTIVE[what])


def test_a_pdf_keeps_its_photos_and_not_where_they_were_taken() -> None:
    photo = with_place("JPEG")
    whole = pdf(b"1 0 obj <</Filter /DCTDecode>> stream\n" + photo + b"\nendstream endobj")
    clean = cleaned(whole)
    assert (len(clean.body), b"Phone of Ada" in clean.body) == (len(whole), False)
    begin = clean.body.index(b"\xff\xd8\xff")
    with Image.open(io.BytesIO(clean.body[begin : begin + len(photo)])) as drawn:
        drawn.load()
        assert drawn.size == (64, 48)


def test_letters_that_a_packed_photo_has_by_chance_refuse_no_pdf() -> None:
    whole = pdf(b"1 0 obj <</Filter /DCTDecode>> stream\n\xff\xd8\xff /JS\x00 /AA\x01 /XFA\x02\nendstream endobj")
    assert cleaned(whole).body == whole


WHERE = b"40.4461"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d exif:GPSLatitude="40.4461N"/></x:xmpmeta>'


def photos() -> dict[str, bytes]:
    """A photo as each kind of file says where it was taken."""
    picture, exif = Image.new("RGB", (64, 48), "#b9482f"), Image.Exif()
    exif[0x010E] = WHERE.decode()
    exif.get_ifd(0x8825)[29] = WHERE.decode()
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    texts.add_text("Location", WHERE.decode(), zip=True)

    def saved(kind: str, **more: Any) -> bytes:
        out = io.BytesIO()
        picture.save(out, kind, **more)
        return out.getvalue()

    plain = saved("JPEG")
    caption = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0\0\0\0\x0c" + b"\x1c\x02\x5a\0\x07" + WHERE
    return {
        "JPEG with XMP": saved("JPEG", exif=exif, xmp=XMP),
        "JPEG with IPTC": plain[:2] + b"\xff\xed" + struct.pack(">H", len(caption) + 2) + caption + plain[2:],
        "JPEG with another behind it": plain + saved("JPEG", exif=exif),
        "two in one": saved("MPO", save_all=True, append_images=[picture], exif=exif),
        "PNG": saved("PNG", exif=exif, pnginfo=texts),
        "WebP": saved("WEBP", exif=exif, xmp=XMP),
        "AVIF": saved("AVIF", exif=exif, xmp=XMP),
        "GIF": saved("GIF", comment=WHERE),
    }


@pytest.mark.parametrize("kind", photos())
def test_no_kind_of_photo_keeps_where_it_was_taken(kind: str) -> None:
    photo = photos()[kind]
    assert WHERE in photo
    clean = cleaned(photo)
    assert WHERE not in clean.body
    with Image.open(io.BytesIO(clean.body)) as drawn:
        assert drawn.size == (64, 48)
        assert not dict(drawn.getexif())
        assert not {"xmp", "comment", "photoshop", "exif"} & {*drawn.info}
