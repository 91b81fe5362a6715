"""Badges in pictures: put in and taken out, here and by openbadges-bakery and openbadgeslib; pictures that attack."""

import io
import json
import struct
import zlib
from datetime import UTC, datetime

import openbadges_bakery.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib import baking

from app.credentials import jwt
from app.credentials.bake import bake, is_picture, unbake
from app.credentials.bake.png import SIGNATURE
from app.credentials.errors import Unreadable
from app.credentials.proof import sign
from app.credentials.verify import verify
from tests.support.credential_samples import CREATED, badge, key
from tests.support.verifying import issuers_world


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
REST = chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")
PNG = SIGNATURE + HEADER + REST
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="1"><g id="a"/><!-- kept --></svg>'
ASSERTION = json.dumps(
    {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": "https://issuer.example/assertions/1",
        "verification": {"type": "hosted"},
    }
)


def png(*texts: bytes) -> bytes:
    """A picture with these text chunks."""
    return SIGNATURE + HEADER + b"".join(texts) + REST


def itxt(keyword: bytes, text: bytes, *, packed: bool = False) -> bytes:
    body = zlib.compress(text) if packed else text
    return chunk(b"iTXt", keyword + b"\0" + bytes([packed, 0]) + b"\0\0" + body)


@pytest.mark.parametrize("picture", [PNG, SVG], ids=["png", "svg"])
async def test_what_is_baked_is_valid(picture: bytes) -> None:
    signed = sign(badge(), key(), CREATED)
    for text in (json.dumps(signed), jwt.sign(badge(), key())):
        baked = bake(picture, text)
        assert is_picture(baked)
        assert unbake(baked) == text
        report = await verify(baked, datetime(2026, 9, 2, tzinfo=UTC), fetch=issuers_world().fetch)
        assert report.verdict == "valid"
        assert unbake(bake(baked, "{}")) == "{}"  # the one before is gone


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50), st.sampled_from([PNG, SVG]))
def test_any_text_comes_out_as_it_went_in(text: str, picture: bytes) -> None:
    credential = json.dumps({"name": text}, ensure_ascii=False)
    assert unbake(bake(picture, credential)) == credential


def test_the_rest_of_the_picture_stays_byte_for_byte() -> None:
    assert bake(PNG, "{}").replace(itxt(b"openbadgecredential", b"{}"), b"") == PNG
    start, end = SVG.split(b"<g ")
    baked = bake(SVG, "{}")
    assert baked.startswith(start)
    assert baked.endswith(b"<g " + end)


def test_openbadgeslib_reads_what_we_bake() -> None:
    token = jwt.sign(badge(), key())
    assert baking.extract_png(bake(PNG, token), keyword=b"openbadgecredential") == token
    extracted = baking.extract_svg(bake(SVG, token), element="openbadges:credential")
    assert (extracted.decode() if isinstance(extracted, bytes) else extracted) == token


def test_we_read_what_openbadgeslib_bakes() -> None:
    token = jwt.sign(badge(), key())
    assert unbake(baking.bake_png(PNG, token, keyword=b"openbadgecredential")) == token
    svg = baking.bake_svg(SVG, token, element="openbadges:credential", namespace="https://purl.imsglobal.org/ob/v3p0")
    assert unbake(svg) == token


@pytest.mark.filterwarnings("ignore:Please use rfc3986")  # its own use of an older call
@pytest.mark.parametrize("picture", [PNG, SVG], ids=["png", "svg"])
def test_we_read_what_openbadges_bakery_bakes(picture: bytes) -> None:
    """Open Badges 2.0: the whole assertion; 1.0: an address alone."""
    for text in (ASSERTION, "https://issuer.example/assertions/1"):
        with io.BytesIO() as baked:
            openbadges_bakery.utils.bake(io.BytesIO(picture), text, baked)
            assert unbake(baked.getvalue()) == text


def test_the_oldest_badges_hold_an_address() -> None:
    address = "https://issuer.example/assertions/1"
    assert unbake(png(chunk(b"tEXt", b"openbadges\0" + address.encode()))) == address
    assert unbake(png(itxt(b"openbadges", ASSERTION.encode(), packed=True))) == ASSERTION
    svg = SVG.replace(b"<g ", b'<o:assertion xmlns:o="http://openbadges.org" verify="https://issuer.example/1"/><g ')
    assert unbake(svg) == "https://issuer.example/1"


def test_a_new_badge_counts_before_an_old_one() -> None:
    assert unbake(png(itxt(b"openbadges", b"{}"), itxt(b"openbadgecredential", b'{"a":1}'))) == '{"a":1}'


NS = 'xmlns="http://www.w3.org/2000/svg"'
ODD_HEADS = {
    "a tag in a comment": f'<!-- <svg a="x"> --><svg {NS}><g/></svg>',
    "a tag in an instruction": f'<?xml version="1.0"?><?xml-stylesheet href="<svg>"?><svg {NS}><g/></svg>',
    "a long comment": f"<!--{'x' * 5000}--><svg {NS}><g/></svg>",
    "a document type": f'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x.example/1"><svg {NS}><g/></svg>',
    "signs in attributes": f"<svg {NS} a='1>2' b='\"'>\n<g/></svg>",
    "a prefix": '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:g/></s:svg>',
    "text at once": f"<svg {NS}>words<g/></svg>",
    "a comment at once": f"<svg {NS}><!-- words --></svg>",
    "nothing in it": f"<svg {NS}></svg>",
    "utf-16": f'<?xml version="1.0" encoding="UTF-16"?><svg {NS}><text>é</text></svg>',
    "latin-1": f'<?xml version="1.0" encoding="latin-1"?><svg {NS}><text>é</text></svg>',
}


@pytest.mark.parametrize("head", ODD_HEADS)
def test_a_badge_goes_in_wherever_the_root_begins(head: str) -> None:
    """The root is where a parser finds it, however the picture is written; a program's own comments are kept."""
    picture = ODD_HEADS[head].encode(head if head in ("utf-16", "latin-1") else "utf-8")
    assert is_picture(picture)
    baked = bake(picture, '{"name":"Algèbre ✓"}')
    assert unbake(baked) == '{"name":"Algèbre ✓"}'
    assert unbake(bake(baked, "https://issuer.example/2")) == "https://issuer.example/2"
    assert ("é" in baked.decode()) == ("é" in ODD_HEADS[head])
    again = bake(baked, "{}").decode()
    assert all((words in again) == (words in ODD_HEADS[head]) for words in ("é", ">words<"))


def test_a_page_is_no_picture() -> None:
    for page in (
        b"<!DOCTYPE html><html><svg></svg></html>",
        b"<html><svg></svg></html>",
        b"<",
        b"<  ",
        b"<a",
        b"<svgs>",
    ):
        assert not is_picture(page)


BOMB = zlib.compress(bytes(50_000_000), 9)
LAUGHS = b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
XXE = b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
SVG_NS = b'<svg xmlns="http://www.w3.org/2000/svg">'
SVG_BADGE = b'<credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="%s"/>'
PICTURES = [
    (PNG, "holds no badge"),
    (SVG, "holds no badge"),
    (PNG[:40], "cut off"),
    (PNG[:-1], "checksum|cut off"),
    (PNG.replace(b"IDAT", b"IDAX"), "a checksum does not fit"),
    (SIGNATURE + REST, "does not begin"),
    (SIGNATURE + struct.pack(">I", 2**31) + b"IHDR", "checksum|cut off"),
    (png(itxt(b"openbadgecredential", b"{}"), itxt(b"openbadgecredential", b"[]")), "more than one badge"),
    (png(chunk(b"iTXt", b"openbadgecredential\0\1\0\0\0" + BOMB)), "unpacks to more than"),
    (png(chunk(b"zTXt", b"openbadges\0\0" + BOMB)), "unpacks to more than"),
    (png(chunk(b"iTXt", b"openbadgecredential\0\1\0\0\0junk")), "cannot be unpacked"),
    (png(chunk(b"iTXt", b"openbadgecredential\0\7\0\0\0x")), "does not know"),
    (png(chunk(b"iTXt", b"openbadgecredential\0")), "damaged"),
    (png(chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0\xff")), "damaged"),
    (LAUGHS + SVG_NS + b"&b;</svg>", "read safely"),
    (XXE + SVG_NS + b"&x;</svg>", "read safely"),
    (b'<!DOCTYPE svg [<!ATTLIST a b CDATA "c">]>' + SVG_NS + b"</svg>", "declares attributes"),
    (SVG_NS + b"<a/>" * 100_000 + b"</svg>", "more than 100,000 elements"),
    (SVG_NS[:-1] + b"".join(b' a%d=""' % n for n in range(200_000)) + b"/>", "200,000 attributes"),
    (SVG_NS, "read safely"),
    (b"<svg></svg>", "is no SVG"),
    (SVG_NS + b'<c xmlns="https://purl.imsglobal.org/ob/v3p0"/></svg>', "holds no badge"),
    (SVG_NS + b'<credential xmlns="https://purl.imsglobal.org/ob/v3p0"/></svg>', "is empty"),
    (SVG_NS + SVG_BADGE % b"a" + SVG_BADGE % b"b" + b"</svg>", "more than one"),
]


@pytest.mark.parametrize(("picture", "reason"), PICTURES, ids=[str(n) for n in range(len(PICTURES))])
def test_pictures_that_are_refused(picture: bytes, reason: str) -> None:
    assert is_picture(picture)
    with pytest.raises(Unreadable, match=reason):
        unbake(picture)


@pytest.mark.parametrize("picture", [b"", b"GIF89a", b'<svg xmlns="http://www.w3.org/2000/svg"/>', PNG[:20]])
def test_pictures_that_no_badge_goes_into(picture: bytes) -> None:
    with pytest.raises(Unreadable):
        bake(picture, "{}")


async def test_a_text_chunk_may_be_latin_1() -> None:
    """PNG 11.3.3.2: tEXt and zTXt hold Latin-1, whatever most badges do."""
    signed = sign(badge(name="Algèbre"), key(), CREATED)
    text = json.dumps(signed, ensure_ascii=False)
    for encoding in ("latin-1", "utf-8"):
        for kind, body in (("tEXt", text.encode(encoding)), ("zTXt", b"\0" + zlib.compress(text.encode(encoding)))):
            baked = png(chunk(kind.encode(), b"openbadgecredential\0" + body))
            report = await verify(baked, datetime(2026, 9, 2, tzinfo=UTC), fetch=issuers_world().fetch)
            assert (report.verdict, report.facts.name) == ("valid", "Algèbre")
