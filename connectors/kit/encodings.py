"""Bytes as text: UTF-8 above all, UTF-16 and UTF-32; eight-bit sets of Windows, Macs and DOS by how words look."""

import codecs
import re
from collections.abc import Iterable

LEGACY = {
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp850": "DOS (code page 850)",
    "cp437": "DOS (code page 437)",
}
"""The sets of eight bits that files are in, the likeliest first, and what people call them."""

_CAPITAL = "[\u00c0-\u00d6\u00d8-\u00de\u0152\u0160\u017d\u0178]"
_SMALL = "[a-z\u00df-\u00f6\u00f8-\u00ff]"
_OPENS = "\u2018\u201c\u201e\u201a"
_USUAL = "\u2019\u201d\u2013\u2014\u2026\u00ae\u2122\u00a9\u00b0\u00aa\u00ba\u00b7"
_ODD = re.compile(
    rf"(?<=[^\W\d_]){_CAPITAL}(?={_SMALL})"  # a capital within a word
    rf"|(?<={_SMALL}){_CAPITAL}"  # or at its end
    rf"|(?<=[^\W\d_])[{_OPENS}]"  # a quotation mark that opens behind a letter
    rf"|(?<=[^\W\d_])[^\w\s\x00-\x7f{_OPENS}{_USUAL}]"  # a sign behind a letter, where none is usual
    r"|(?<=[A-Za-z])[\u0370-\u03ff]|[\u0370-\u03ff](?=[a-z])"  # a Greek letter beside a Latin one
    r"|[\x80-\x9f\ufffd]"  # what the set does not have
)
"""What words do not look like: where an eight-bit set gives it, the text is in another."""

_TWICE = re.compile("[\xc2-\xf4\u0192\u02c6\u0160\u0152\u017d\u2021\u2030\u2039]\\S")
"""How a text may look that is UTF-8 and was taken for Windows-1252 and encoded again: a lead byte, and another."""


_CONTROLS = re.compile("[\x80-\x9f]")


def wide(start: bytes) -> str | None:
    """The UTF-16 or UTF-32 a file begins with, if it does: by its BOM, or by the zeros beside its first letters."""
    if start.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = bytes(byte == 0 for byte in start[:4])
    known = {b"\0\1\0\1": "utf-16-le", b"\1\0\1\0": "utf-16-be", b"\0\1\1\1": "utf-32-le", b"\1\1\1\0": "utf-32-be"}
    return known.get(zeros)


def legacy(lines: Iterable[bytes]) -> str:
    """The eight-bit set in which lines that are no UTF-8 read best; Windows-1252 where nothing speaks against it."""
    sample = b"".join(lines)
    return min(LEGACY, key=lambda name: len(_ODD.findall(sample.decode(name, errors="replace"))))


def once(text: str) -> str:
    """A text that was encoded twice (`ZoÃ«`), as it was before; any other as it is.

    What would hold control characters then was not: nobody writes these.
    """
    if text.isascii() or not _TWICE.search(text):
        return text
    try:
        before = b"".join(map(_byte, text)).decode()
    except UnicodeError:
        return text
    return text if _CONTROLS.search(before) else before


def _byte(letter: str) -> bytes:
    return letter.encode("latin-1") if ord(letter) < 0x100 else letter.encode("cp1252")


def decoded(start: bytes) -> str:
    """The beginning of a text, however it is encoded, to look at."""
    kind = wide(start)
    if kind is not None:
        return start.decode(kind, errors="ignore").removeprefix("\ufeff")
    plain = start.removeprefix(codecs.BOM_UTF8)
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(plain)
    except UnicodeDecodeError:
        text = plain.decode(legacy([plain]), errors="replace")
    return "".join(map(once, text.splitlines(keepends=True)))
