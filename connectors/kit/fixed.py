"""Files of fixed width: each line a row, its cells by their positions."""

from array import array
from collections.abc import Iterator, Mapping
from typing import BinaryIO

import msgspec

from connectors import Page, Reject
from connectors.kit.lines import text_lines

_encode = msgspec.json.Encoder().encode


def fixed_pages(
    opened: BinaryIO, name: str, positions: Mapping[str, tuple[int, int]], *, size: int = 5000
) -> Iterator[Page]:
    """Pages of at most `size` lines; each record is a JSON array of texts, one per position (from, to; the first is 1).

    A line that ends before a position has nothing there: editors cut blanks off. Blank lines are none.
    """
    columns = tuple(positions)
    slices = [slice(begins - 1, ends) for begins, ends in positions.values()]
    shortest = min(begins for begins, _ in positions.values())
    records: list[bytes] = []
    lines = array("Q")
    rejects: list[Reject] = []
    notes: list[str] = []
    pages = 0
    for number, line in enumerate(text_lines(opened, name, notes), 1):
        text = line.rstrip("\r\n\x1a")
        if not text.strip():
            continue
        if len(text) < shortest or "\0" in text:
            complaint = f"this line cannot be read: it has {len(text)} characters, or a NUL"
            rejects.append(Reject(text.encode(errors="surrogateescape"), complaint, f"{name} line {number}"))
        else:
            records.append(_encode([text[part].strip() for part in slices]))
            lines.append(number)
        if len(records) + len(rejects) >= size:
            yield Page(records, columns, rejects=rejects, notes=notes, file=name, lines=lines)
            records, lines, rejects, pages, notes = [], array("Q"), [], pages + 1, []
    if records or rejects or not pages:
        yield Page(records, columns, rejects=rejects, notes=notes, file=name, lines=lines)
