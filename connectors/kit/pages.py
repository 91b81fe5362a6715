"""Pages of rows that are read already: cells as texts, each row of the width of its header."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from connectors import Page, Reject

_encode = msgspec.json.Encoder().encode


def cell_pages(
    rows: Iterable[Sequence[str]], name: str, columns: tuple[str, ...], *, passed: int = 0, size: int = 5000
) -> Iterator[Page]:
    """Pages of at most `size` rows, after the first `passed`; each record is a JSON array of texts, one per column.

    Rows without a filled cell are none; a row with filled cells beyond the header's is a Reject.
    """
    records: list[bytes] = []
    lines = array("Q")
    rejects: list[Reject] = []
    width, pages = len(columns), 0
    blank = [""] * width
    for number, row in enumerate(rows, 1):
        if number <= passed or not any(row):
            continue
        if len(row) > width and any(row[width:]):
            complaint = f"this row cannot be read: it has {len(row)} cells, and the header has {width}"
            rejects.append(Reject(_encode(list(row)), complaint, f"{name} line {number}"))
        else:
            records.append(_encode([*row[:width], *blank[: width - len(row)]]))
            lines.append(number)
        if len(records) + len(rejects) >= size:
            yield Page(records, columns, rejects=rejects, file=name, lines=lines)
            records, lines, rejects, pages = [], array("Q"), [], pages + 1
    if records or rejects or not pages:
        yield Page(records, columns, rejects=rejects, file=name, lines=lines)
