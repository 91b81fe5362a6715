"""Badges in SVG: an element of the Open Badges namespace (Open Badges 3.0 section 5.3.2; 2.0 Baking)."""

import re
from xml.etree import ElementTree as ET
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
DECLARATION = re.compile(
    rb"\A(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>\s*)?(<!--(?:[^-]|-[^-])*-->\s*)*<(!DOCTYPE|([\w.-]+:)?svg)\b"
)


def is_svg(content: bytes) -> bool:
    """Whether the bytes begin as an SVG does."""
    return DECLARATION.match(content[:4096]) is not None


def bake(picture: bytes, credential: str) -> bytes:
    """The picture with an element for the credential right inside its root; the rest stays as it is, byte for byte."""
    root = _parsed(picture)
    if root.find(f".//{CREDENTIAL}") is not None or root.find(f".//{ASSERTION}") is not None:
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
        elements = list(root.iter(name))
        if len(elements) > 1:
            raise Unreadable("the picture holds more than one badge, and programs differ about which one counts")
        if elements:
            return _text(elements[0])
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
        for child in list(parent):
            if child.tag in (CREDENTIAL, ASSERTION):
                parent.remove(child)
    ET.register_namespace("", SVG[1:-4])
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>" if "]]>" not in text else escape(text)


def _root_end(picture: bytes) -> int:
    """Where the start tag of the root ends. Unreadable where the root has no end tag."""
    tag = re.search(rb"<([\w.-]+:)?svg\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", picture)
    if tag is None or tag[0].endswith(b"/>"):
        raise Unreadable("the picture is an SVG with nothing in it")
    return tag.end()
