"""The keys that one file has had, so that one that comes again is told with both its lines, however far apart."""

import mmap
import struct
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from xxhash import xxh3_128_intdigest

from app.pipeline.raw import Item
from connectors import Page, Reject, Stream

_BITS = 1 << 27  # of the filter: 16 MB, of which a small file touches a few pages
_MASK = _BITS - 1
_ENTRY = struct.Struct("<QqII")
_FILES = 1 << 16


class Place(NamedTuple):
    """Where a row was: its file's name and line, and the hash of its bytes."""

    file: str
    line: int
    hash: int


class SeenKeys:
    """Remember each key with its place: in memory a filter of fixed size, the rest in a file that is looked into only
    where the filter says that a key may have been there before.
    """

    def __init__(self) -> None:
        self._filter = bytearray(_BITS // 8)
        self._entries = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the load)
        self._files: dict[str, int] = {}
        self._written = 0

    def before(self, key: str, place: Place) -> Place | None:
        """The place where this key was first; None the first time, and then it is remembered."""
        wide = xxh3_128_intdigest(key.encode(errors="surrogatepass"))
        if self._marked(wide):
            earlier = self._find(wide >> 64)
            if earlier is not None:
                return earlier
        number = self._files.setdefault(place.file, min(len(self._files), _FILES))
        self._entries.write(_ENTRY.pack(wide >> 64, place.hash, place.line, number))
        self._written += 1
        return None

    def close(self) -> None:
        """Let go of the file."""
        self._entries.close()

    def _marked(self, wide: int) -> bool:
        """Whether all of a key's bits were set; they are now."""
        known = True
        for shift in (0, 27, 54):
            bit = (wide >> shift) & _MASK
            index, mask = bit >> 3, 1 << (bit & 7)
            if not self._filter[index] & mask:
                known = False
                self._filter[index] |= mask
        return known

    def _find(self, hashed: int) -> Place | None:
        self._entries.flush()
        if not self._written:
            return None
        names = list(self._files)
        with mmap.mmap(self._entries.fileno(), 0, access=mmap.ACCESS_READ) as entries:
            for start in _starts(entries, struct.pack("<Q", hashed)):
                _, digest, line, number = _ENTRY.unpack_from(entries, start)
                return Place(names[number] if number < len(names) else "", line, digest)
        return None


def _starts(entries: mmap.mmap, hashed: bytes) -> Iterator[int]:
    """Where entries begin with these bytes."""
    start = entries.find(hashed)
    while start >= 0:
        if start % _ENTRY.size == 0:
            yield start
        start = entries.find(hashed, start + 1)


def without_repeats(
    seen: SeenKeys, rounds: list[list[Item]], page: Page, stream: Stream
) -> tuple[list[list[Item]], dict[int, Reject]]:
    """A page's records without those whose key an earlier row of the file has, and that row's place in the reason.

    A row that is another one's copy, cell for cell, says nothing new and stays: it is counted as unchanged.
    """
    rejects: dict[int, Reject] = {}
    first: dict[str, Item] = {}
    sifted: list[list[Item]] = []
    for items in rounds:
        sound = []
        for item in items:
            line = page.lines[item.pos] if page.lines else item.pos + 1
            earlier = seen.before(item.key, Place(page.file or stream.name, line, item.hash))
            if earlier is None or earlier.hash == item.hash:
                sound.append(item)
                continue
            first = first or {item.key: item for item in rounds[0]}
            twin = first[item.key] if first[item.key] is not item else None
            reason = _repeated(stream, page, item, twin=twin, earlier=earlier, line=line)
            rejects[item.pos] = Reject(bytes(item.body), reason, f"{stream.name} {item.key}")
        if sound or not sifted:
            sifted.append(sound)
    return sifted, rejects


def _repeated(stream: Stream, page: Page, item: Item, twin: Item | None, earlier: Place, line: int) -> str:
    """Why a row is put aside whose key an earlier one has: both places, and how they differ if at hand."""
    names = " + ".join(dict.fromkeys((*stream.learner, *stream.key, *stream.also)))
    same_file = earlier.file == (page.file or stream.name)
    lines = f"lines {earlier.line} and {line}" if same_file else f"{earlier.file} line {earlier.line} and line {line}"
    differ = ""
    if twin is not None and page.columns is not None:
        pairs = zip(page.columns, msgspec.json.decode(twin.body), msgspec.json.decode(item.body), strict=False)
        columns = [column for column, mine, other in pairs if mine != other]
        differ = f" and differ in {', '.join(columns[:8])}{'…' if len(columns) > 8 else ''}"
    return (
        f"{lines} have the same key {names}{differ}: the first is kept. If both are right (a second try), add a column "
        "that tells them apart to the layout's `tries`; if one corrects the other, send the right one alone"
    )
