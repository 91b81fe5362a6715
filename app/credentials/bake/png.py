"""Badges in PNG: a text chunk with a keyword of the standard (PNG section 11.3.4; Open Badges 1, 2 and 3)."""

import struct
import zlib
from collections.abc import Iterator

from app.credentials.errors import Unreadable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEW, OLD = b"openbadgecredential", b"openbadges"
LONGEST = 20_000_000
"""Bytes of the largest picture read."""
TEXT = 2_000_000
"""Bytes that a compressed text may unpack to."""
CHUNKS = 100_000

Chunk = tuple[bytes, bytes]


def is_png(content: bytes) -> bool:
    """Whether the bytes begin as a PNG does."""
    return content.startswith(SIGNATURE)


def bake(picture: bytes, credential: str) -> bytes:
    """The picture with one uncompressed iTXt chunk for the credential, after its header."""
    chunks = [chunk for chunk in _chunks(picture) if _keyword(chunk) not in (NEW, OLD)]
    text = (b"iTXt", NEW + b"\0" + b"\0\0" + b"\0" + b"\0" + credential.encode())
    return SIGNATURE + b"".join(map(_written, [chunks[0], text, *chunks[1:]]))


def unbake(picture: bytes) -> str:
    """The credential in a picture: of Open Badges 3.0 if there is one, else of 2.0 or 1.0. Unreadable without one."""
    chunks = list(_chunks(picture))
    for keyword in (NEW, OLD):
        badges = {chunk for chunk in chunks if _keyword(chunk) == keyword}
        if len(badges) > 1:
            raise Unreadable("the picture holds more than one badge, and programs differ about which one counts")
        if badges:
            return _text(badges.pop())
    raise Unreadable("the picture holds no badge")


def _chunks(picture: bytes) -> Iterator[Chunk]:
    """Kind and data of every chunk, each compared with its checksum."""
    if len(picture) > LONGEST:
        raise Unreadable(f"the picture has {len(picture):,} bytes, and {LONGEST:,} is the most")
    offset, number, kind = len(SIGNATURE), 0, b""
    while kind != b"IEND":
        number += 1
        header = picture[offset : offset + 8]
        if len(header) < 8 or number > CHUNKS:
            raise Unreadable("the picture is cut off, or no PNG at all")
        length, kind = struct.unpack(">I4s", header)
        data, check = picture[offset + 8 : offset + 8 + length], picture[offset + 8 + length : offset + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + data) != int.from_bytes(check):
            raise Unreadable("the picture is damaged: a checksum does not fit")
        if number == 1 and kind != b"IHDR":
            raise Unreadable("the picture does not begin as a PNG does")
        yield kind, data
        offset += 12 + length


def _written(chunk: Chunk) -> bytes:
    kind, data = chunk
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _keyword(chunk: Chunk) -> bytes | None:
    kind, data = chunk
    return data.partition(b"\0")[0] if kind in (b"iTXt", b"tEXt", b"zTXt") else None


def _text(chunk: Chunk) -> str:
    kind, data = chunk
    rest = data.partition(b"\0")[2]
    try:
        if kind == b"tEXt":
            return _latin(rest)
        if kind == b"zTXt":
            return _latin(_unpacked(rest[1:]))
        packed, method = rest[0], rest[1]
        body = rest[2:].split(b"\0", 2)[2]
        if packed not in (0, 1) or method != 0:
            raise Unreadable("the badge in the picture is packed in a way that PNG does not know")
        return (_unpacked(body) if packed else body).decode("utf-8")
    except (IndexError, UnicodeDecodeError):
        raise Unreadable("the badge in the picture is damaged") from None


def _latin(text: bytes) -> str:
    """A text of the kinds that are Latin-1 (PNG 11.3.3.2), where most badges hold UTF-8 all the same."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _unpacked(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(data, TEXT + 1)
    except zlib.error as error:
        raise Unreadable(f"the badge in the picture cannot be unpacked: {error}") from None
    if len(unpacked) > TEXT or not stream.eof:
        raise Unreadable(f"the badge in the picture unpacks to more than {TEXT:,} bytes, or is cut off")
    return unpacked
