"""PDFs: refused where they do more than be read, and without what their photos tell of where they were taken.

Pure.
"""

import re
import zlib

from app.errors import Invalid

ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia|OpenAction|SubmitForm|ImportData)\b")
SHORT = re.compile(rb"/(?:JS|XFA|AA)\b")
"""Names so short that a packed photo holds them by chance: they count where objects are written."""
STREAM = re.compile(rb"stream\r?\n")
PACKED_OBJECTS = b"/ObjStm"
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
PHOTO_NOTES = re.compile(rb"\xff\xe1(..)(?:Exif\x00\x00|http://ns\.adobe\.com/)", re.DOTALL)
"""What a camera writes into a photo (JPEG APP1): its length, then Exif or XMP."""
PACKET = re.compile(rb"(<\?xpacket begin=.{0,80}?\?>)(.*?)(<\?xpacket end=)", re.DOTALL)
ARCHIVE = b"PK\x05\x06"
MOST_UNPACKED = 16 * 1024 * 1024
REFUSED = "The PDF holds a form, a script or other files: print it as a PDF, and hand that in."


def papers_own(content: bytes) -> bytes:
    """A PDF as it may be kept. Invalid where it is not whole, or holds forms, scripts or other files."""
    if b"%%EOF" not in content[-1024:] or ARCHIVE in content:
        raise Invalid("The PDF is not whole, or holds another file: save or print it as a PDF again.")
    objects = _plain(_objects(content))
    if ACTIVE.search(_plain(content)) or ACTIVE.search(objects) or SHORT.search(objects):
        raise Invalid(REFUSED)
    return _without_notes(content)


def _plain(part: bytes) -> bytes:
    """Names as they are read: `/J#61vaScript` is `/JavaScript` (ISO 32000-1, 7.3.5)."""
    return ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), part)


def _objects(content: bytes) -> bytes:
    """What is written as objects: outside of streams, and in those that hold objects, unpacked (7.5.7)."""
    parts, position, left = [], 0, MOST_UNPACKED
    for begin in STREAM.finditer(content):
        if begin.start() < position:
            continue  # within a stream
        outside = content[position : begin.start()]
        parts.append(outside)
        end = content.find(b"endstream", begin.end())
        position = end if end >= 0 else len(content)
        if PACKED_OBJECTS in _plain(outside[outside.rfind(b" obj") :]):
            unpacked = _unpacked(content[begin.end() : position], left)
            left -= len(unpacked)
            parts.append(unpacked)
    return b"\n".join((*parts, content[position:]))


def _unpacked(packed: bytes, most: int) -> bytes:
    """Objects as they are packed by Flate. Invalid where they are packed otherwise, or are too many to look at."""
    unpacking = zlib.decompressobj()
    try:
        objects = unpacking.decompress(packed, most)
    except zlib.error:
        raise Invalid(REFUSED) from None
    if not unpacking.eof:
        raise Invalid(REFUSED)
    return objects


def _without_notes(content: bytes) -> bytes:
    """The same PDF with the notes of cameras in its photos blanked in place, and those in its own description."""
    body = bytearray(content)
    for note in PHOTO_NOTES.finditer(content):
        until = note.start() + 2 + int.from_bytes(note[1])
        body[note.start() + 4 : until] = bytes(max(0, min(until, len(body)) - note.start() - 4))
    for packet in PACKET.finditer(content):
        body[packet.start(2) : packet.end(2)] = b" " * len(packet[2])
    return bytes(body)
