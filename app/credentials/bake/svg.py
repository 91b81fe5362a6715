"""Badges in SVG: an element of the Open Badges namespace (Open Badges 3.0 section 5.3.2; 2.0 Baking)."""

from contextlib import suppress
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from app.credentials.errors import Unreadable

NEW, OLD = "https://purl.imsglobal.org/ob/v3p0", "http://openbadges.org"
SVG = "{http://www.w3.org/2000/svg}svg"
CREDENTIAL, ASSERTION = f"{{{NEW}}}credential", f"{{{OLD}}}assertion"
LONGEST = 20_000_000
"""Bytes of the largest picture read."""
MARKS, ATTRIBUTES = 100_000, 200_000
"""Elements with all else that begins with `<`, and attributes, of the largest picture read."""
UTF_8 = (None, "utf-8", "us-ascii")
HEAD = 65_536
"""Bytes within which the root of a picture begins."""


def is_svg(content: bytes) -> bool:
    """Whether the bytes begin as an SVG does."""
    name = _root(content[:HEAD], sniff=True).name or ""
    return name.rpartition("}")[2].rpartition(":")[2] == "svg"


def bake(picture: bytes, credential: str) -> bytes:
    """The picture with an element for the credential right inside its root; the rest stays as it is, byte for byte.

    One that is written in another encoding than UTF-8, or has a badge in it already, is written anew.
    """
    root = _parsed(picture)
    baked_before = root.find(f".//{CREDENTIAL}") is not None or root.find(f".//{ASSERTION}") is not None
    if baked_before or _root(picture).encoding not in UTF_8:
        picture = _without(root)
    if credential.lstrip().startswith("{"):
        element = f'<openbadges:credential xmlns:openbadges="{NEW}">{_cdata(credential)}</openbadges:credential>'
    else:
        element = f'<openbadges:credential xmlns:openbadges="{NEW}" verify={quoteattr(credential)}/>'
    start = _root_end(picture)
    baked = picture[:start] + element.encode() + picture[start:]
    if unbake(baked) != credential.strip():
        raise Unreadable("the picture is an SVG that a badge cannot be put into: save it anew without comments")
    return baked


def unbake(picture: bytes) -> str:
    """The credential in a picture: of Open Badges 3.0 if there is one, else of 2.0 or 1.0. Unreadable without one."""
    root = _parsed(picture)
    for name in (CREDENTIAL, ASSERTION):
        badges = {_text(element) for element in root.iter(name)}
        if len(badges) > 1:
            raise Unreadable("the picture holds more than one badge, and programs differ about which one counts")
        if badges:
            return badges.pop()
    raise Unreadable("the picture holds no badge")


def _text(element: ET.Element) -> str:
    body, verify = (element.text or "").strip(), element.get("verify", "").strip()
    credential = body if body.startswith("{") else verify or body
    if not credential:
        raise Unreadable("the badge in the picture is empty")
    return credential


def _parsed(picture: bytes) -> ET.Element:
    if len(picture) > LONGEST:
        raise Unreadable(f"the picture has {len(picture):,} bytes, and {LONGEST:,} is the most")
    if picture.count(b"<") > MARKS or picture.count(b"=") > ATTRIBUTES:
        raise Unreadable(f"the picture holds more than {MARKS:,} elements or {ATTRIBUTES:,} attributes")
    if b"<!ATTLIST" in picture.replace(b"\0", b""):
        raise Unreadable("the picture is no SVG that can be read safely: it declares attributes for its elements")
    try:
        root: ET.Element = fromstring(picture, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except (DefusedXmlException, ET.ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"the picture is no SVG that can be read safely: {error}") from None
    if root.tag != SVG:
        raise Unreadable("the picture is no SVG")
    return root


def _without(root: ET.Element) -> bytes:
    """The picture without the badges in it."""
    for parent in list(root.iter()):
        before: ET.Element | None = None
        for child in list(parent):
            if child.tag not in (CREDENTIAL, ASSERTION):
                before = child
                continue
            if before is None:  # what follows the badge stays
                parent.text = (parent.text or "") + (child.tail or "")
            else:
                before.tail = (before.tail or "") + (child.tail or "")
            parent.remove(child)
    ET.register_namespace("", SVG[1:-4])
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True, short_empty_elements=False))


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>" if "]]>" not in text else escape(text)


@dataclass(slots=True)
class _Root:
    """The root of a picture: its name with its namespace, where its start tag is, and how the picture is encoded."""

    name: str | None = None
    start: int = 0
    end: int | None = None
    encoding: str | None = None


def _root(content: bytes, *, sniff: bool = False) -> _Root:
    """What a parser finds at the head of a document; it reads no further.

    `sniff`: of bytes that nobody has looked at, the name that their document type tells will do, so that no entity is
    declared, and that of a tag which goes on beyond them.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    root = _Root(encoding="utf-16" if content[:2] in (b"\xfe\xff", b"\xff\xfe") else None)

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        root.encoding = encoding.lower() if encoding else root.encoding

    def typed(name: str, *_declared: object) -> None:
        root.name = name
        raise _Enough

    def begins(name: str, _attributes: object) -> None:
        root.name = f"{{{name}" if "}" in name else name
        root.start = parser.CurrentByteIndex
        parser.StartElementHandler = None
        parser.DefaultHandler = follows
        parser.EndElementHandler = follows

    def follows(_text: str) -> None:
        root.end = parser.CurrentByteIndex
        raise _Enough

    parser.XmlDeclHandler = declared
    parser.StartElementHandler = begins
    if sniff:
        parser.StartDoctypeDeclHandler = typed
    with suppress(expat.ExpatError, _Enough, ValueError, LookupError):
        parser.Parse(content, False)
        if root.name is None and sniff:
            root.name = _tag(content[parser.CurrentByteIndex :])
    return root


def _tag(content: bytes) -> str:
    """The name in a start tag of which the end is not there."""
    return content[1:100].split(maxsplit=1)[0].decode("ascii", "replace") if content[:1] == b"<" and content[1:] else ""


class _Enough(Exception):
    """The root was found."""


def _root_end(picture: bytes) -> int:
    """Where the start tag of the root ends. Unreadable where the root has no end tag."""
    root = _root(picture)
    if root.end is None or root.end == root.start:  # of a tag that is its own end, both begin at once
        raise Unreadable("the picture is an SVG with nothing in it")
    return root.end
