"""A text's lines as sources really encode them: what is not plain UTF-8 is told."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from connectors.errors import Unavailable
from connectors.kit.encodings import LEGACY, legacy, once, wide

_CHUNK = 1 << 18  # bytes read at a time
_LONGEST = 4 << 20  # bytes without a line's end at which a file is no CSV
_MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"%PDF": "a PDF",
}


def text_lines(opened: BinaryIO, name: str, notes: list[str]) -> Iterator[str]:
    """A text's lines, decoded as those of a CSV file are; what is to be said of that is added to the notes."""
    text = Text(opened, name)
    for lines in text.chunks():
        notes += text.notes
        text.notes = []
        yield from lines


class Text:
    """A file's lines, decoded, some thousand at a time."""

    def __init__(self, opened: BinaryIO, name: str) -> None:
        self._opened = opened
        self._name = name
        self._line = 0
        self._legacy: str | None = None
        self._twice = False
        self._wide = False
        self.notes: list[str] = []

    def chunks(self) -> Iterator[list[str]]:
        """Lists of lines, each with its end, which is any of LF, CRLF and CR."""
        for block in self._blocks():
            try:
                lines = list(io.StringIO(block.decode(), newline=""))
            except UnicodeDecodeError:
                lines = self._decoded(block.splitlines(keepends=True))
            if not self._wide and not block.isascii():
                lines = [self._once(number, line) for number, line in enumerate(lines, self._line + 1)]
            self._line += len(lines)
            yield lines

    def _decoded(self, lines: list[bytes]) -> list[str]:
        """Lines of which some are no UTF-8: these in the eight-bit set in which the first ones read best."""
        texts: list[str] = []
        for index, line in enumerate(lines):
            try:
                texts.append(line.decode())
            except UnicodeDecodeError:
                if self._legacy is None:
                    self._legacy = legacy(filter(_is_legacy, lines))
                    self.notes.append(
                        f"{self._name} line {self._line + index + 1} is not UTF-8: it and others like it are read as "
                        f"{LEGACY[self._legacy]}"
                    )
                texts.append(line.decode(self._legacy, errors="surrogateescape"))
        return texts

    def _once(self, number: int, line: str) -> str:
        """A line as it was before it was encoded twice, which is said once."""
        plain = once(line)
        if plain != line and not self._twice:
            self._twice = True
            self.notes.append(f"{self._name} line {number} was encoded twice: it and others like it are read as before")
        return plain

    def _blocks(self) -> Iterator[bytes]:
        """The file's bytes, cut at line ends."""
        rest = b""
        for chunk in self._eight_bit():
            block = rest + chunk
            end = block.rfind(b"\n") + 1 or block.rfind(b"\r", 0, -1) + 1
            if not end and len(block) > _LONGEST:
                raise Unavailable(f"{self._name} has no end of line within {_LONGEST:,} bytes: it is no CSV")
            rest = block[end:]
            if end:
                yield block[:end]
        if rest:
            yield rest

    def _eight_bit(self) -> Iterator[bytes]:
        """The file's bytes without BOM; of UTF-16 and UTF-32, in UTF-8."""
        start = self._opened.read(_CHUNK)
        for magic, what in _MAGIC.items():
            if start.startswith(magic):
                raise Unavailable(f"{self._name} is {what}, not CSV (save it as CSV)")
        kind = wide(start)
        if kind is None:
            yield start.removeprefix(codecs.BOM_UTF8)
            yield from iter(lambda: self._opened.read(_CHUNK), b"")
            return
        self._wide = True
        name = kind[:6].upper()
        self.notes.append(f"{self._name} is read as {name}")
        decoder = codecs.getincrementaldecoder(kind)()
        try:
            chunk = start
            while chunk:
                yield decoder.decode(chunk).encode()
                chunk = self._opened.read(_CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            raise Unavailable(f"{self._name} begins as {name} and is not: {error}") from None


def _is_legacy(line: bytes) -> bool:
    """Whether a line is no UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return True
    return False
