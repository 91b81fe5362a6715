"""Films and sounds in boxes (ISO/IEC 14496-12, QuickTime): nothing stays but what is seen and heard.

Boxes are blanked in place, so that every offset in the file stays true. What a box is for decides, not what it is
called elsewhere: whatever is not needed to play pictures and sound is blanked, also a track of places beside them.

Pure.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from app.errors import Invalid

NESTED = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf", b"edts", b"dinf"}
PLAYED = {
    *(b"ftyp", b"styp", b"mdat", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"elst", b"tref", b"tapt"),
    *(b"vmhd", b"smhd", b"nmhd", b"gmhd", b"dref", b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2"),
    *(b"stco", b"co64", b"stss", b"sdtp", b"sbgp", b"sgpd", b"subs", b"stsh", b"mehd", b"trex", b"mfhd", b"tfhd"),
    *(b"tfdt", b"trun", b"sidx", b"mfra", b"elng", b"stps"),
}
"""Boxes that a player needs; in them is what is seen and heard, and how it is played."""
TIMED = {b"mvhd", b"tkhd", b"mdhd"}
"""Boxes that say when it was made and changed, behind their version and flags."""
SEEN = {b"vide", b"soun"}
"""What a track may hold: pictures or sound."""
DEEPEST, MOST = 12, 20_000
"""How deep boxes are in one another, and how many a film of this size has."""
UNREADABLE = "The film cannot be read: save it as MP4, or hand in a link to it."


class Box(NamedTuple):
    """A box: where it begins, where what is in it begins, where it ends, and its kind."""

    begin: int
    inside: int
    end: int
    kind: bytes


def without_places(content: bytes) -> bytes:
    """A film or sound without what tells who made it, when, with what, and where. Invalid where it cannot be read."""
    body = bytearray(content)
    try:
        boxes = list(islice(_boxes(content, 0, len(content), 0), MOST + 1))
        if len(boxes) > MOST:
            raise ValueError("more boxes than a film has")
        for track in (box for box in boxes if box.kind == b"trak"):
            inner = [box for box in boxes if track.begin < box.begin < track.end]
            if _handler(content, inner) not in SEEN:
                if any(box.kind == b"moof" for box in boxes):
                    raise ValueError("what is in pieces cannot be blanked apart")
                _blank_samples(body, inner)
                _blank(body, track)
    except (struct.error, ValueError, IndexError):
        raise Invalid(UNREADABLE) from None
    kinds = {box.kind for box in boxes}
    if b"moov" not in kinds:
        raise Invalid("The film is not whole: save it as MP4, or hand in a link to it.")
    if b"cmov" in kinds:
        raise Invalid(UNREADABLE)  # all that a film says of itself, packed: what is in there cannot be seen to
    for box in boxes:
        if box.kind not in PLAYED | NESTED:
            _blank(body, box)
        elif box.kind in TIMED:
            width = 8 if body[box.inside] == 1 else 4
            body[box.inside + 4 : box.inside + 4 + 2 * width] = bytes(2 * width)
    return bytes(body)


def _boxes(body: bytes, begin: int, end: int, depth: int) -> Iterator[Box]:
    """The boxes of a file from one place to another, each before those that are in it."""
    if depth > DEEPEST:
        raise ValueError("boxes in boxes without end")
    while begin < end:
        size, kind = struct.unpack_from(">I4s", body, begin)
        inside = begin + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", body, inside)
            inside += 8
        until = end if size == 0 else begin + size
        if until > end or until < inside:
            raise ValueError("a box is longer than what it is in")
        yield Box(begin, inside, until, kind)
        if kind in NESTED:
            yield from _boxes(body, inside, until, depth + 1)
        begin = until


def _blank(body: bytearray, box: Box) -> None:
    body[box.begin + 4 : box.begin + 8] = b"free"
    body[box.inside : box.end] = bytes(box.end - box.inside)


def _handler(body: bytes, track: list[Box]) -> bytes:
    """What a track holds, as its media handler says."""
    handler = next((box for box in track if box.kind == b"hdlr"), None)
    return b"" if handler is None else body[handler.inside + 8 : handler.inside + 12]


def _blank_samples(body: bytearray, track: list[Box]) -> None:
    """Blank what a track holds where it lies, among the pictures and sounds of the others."""
    table = {box.kind: box for box in track}
    if b"stsz" not in table or b"stsc" not in table:
        return
    _, same, count = struct.unpack_from(">III", body, table[b"stsz"].inside)
    if count > len(body):
        raise ValueError("more samples than bytes")
    sizes = [same] * count if same else struct.unpack_from(f">{count}I", body, table[b"stsz"].inside + 12)
    index = 0
    for offset, samples in zip(*_chunks(body, table), strict=False):
        length = sum(sizes[index : index + samples])
        index += samples
        if offset + length > len(body):
            raise ValueError("a sample is outside of the file")
        body[offset : offset + length] = bytes(length)


def _chunks(body: bytearray, table: dict[bytes, Box]) -> tuple[list[int], list[int]]:
    """Where each chunk of a track lies, and how many samples it has."""
    wide = b"co64" in table
    box = table[b"co64" if wide else b"stco"]
    (count,) = struct.unpack_from(">I", body, box.inside + 4)
    if count > len(body):
        raise ValueError("more chunks than bytes")
    offsets = list(struct.unpack_from(f">{count}{'Q' if wide else 'I'}", body, box.inside + 8))
    (entries,) = struct.unpack_from(">I", body, table[b"stsc"].inside + 4)
    if entries > len(body):
        raise ValueError("more entries than bytes")
    runs = [struct.unpack_from(">II", body, table[b"stsc"].inside + 8 + 12 * nth) for nth in range(entries)]
    samples: list[int] = []
    for nth, (first, each) in enumerate(runs):
        until = runs[nth + 1][0] - 1 if nth + 1 < len(runs) else count
        samples += [each] * max(0, min(until, count) - first + 1)
    return offsets, samples
