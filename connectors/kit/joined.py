"""Files put one after another: a header that comes again among the rows names nobody, and may begin other columns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from connectors import Page, Reject

_decode = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode

NAMES = 2
"""So many cells that are names of columns make a row a header, if they are a third of what is filled."""


def without_headers(pages: Iterable[Page], header: Sequence[str]) -> Iterator[Page]:
    """Pages without the header's repeats, which are told. Below one with its columns in another order nothing can be
    read: all of it is rejected, row by row.
    """
    names = [name.strip().casefold() for name in header]
    longest = sorted({name.strip() for name in header if name.strip()}, key=len)[-3:]
    marks = [_encode(name) for name in longest]
    turned = ""
    for page in pages:
        if turned:
            yield _refused(page, 0, turned)
            continue
        again, other = list[int](), None
        for index, record in enumerate(page.records):
            if not index and _is_remark(_decode(record)):
                again.append(index)
                continue
            if any(mark in record for mark in marks) and (same := _as_header(_decode(record), names)) is not None:
                again.append(index)
                if not same:
                    other = index
                    break
        if other is not None:
            turned = f"{page.place(other) or page.file or 'below'}: another header begins here"
            page = _refused(page, other, turned)  # noqa: PLW2901
        yield _skipped(page, [index for index in again if index != other])


def _is_remark(cells: Sequence[str]) -> bool:
    """Whether a row says what the columns hold, in brackets: `(m/d/y)`, `[1-99]`."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(cell[0] + cell[-1] in ("()", "[]") and len(cell) > 1 for cell in filled)


def _as_header(cells: Sequence[str], names: Sequence[str]) -> bool | None:
    """Whether a row is the same header (True), one of other columns (False), or none."""
    filled = [(index, cell.strip().casefold()) for index, cell in enumerate(cells) if cell.strip()]
    named = [(index, cell) for index, cell in filled if cell in names]
    if len(named) < NAMES or 3 * len(named) < len(filled):
        return None
    return all(index < len(names) and names[index] == cell for index, cell in filled)


def _skipped(page: Page, again: Sequence[int]) -> Page:
    """A page without these rows."""
    if not again:
        return page
    places = ", ".join(page.place(index) or "a row" for index in again[:3])
    rest = [index for index in range(len(page.records)) if index not in set(again)]
    lines = [page.lines[index] for index in rest] if page.lines else page.lines
    note = f"a header or remark among the rows was passed over: {places}"
    return replace(page, records=[page.records[index] for index in rest], lines=lines, notes=[*page.notes, note])


def _refused(page: Page, begins: int, why: str) -> Page:
    """A page whose rows from one on are rejected: they are below another header."""
    rejects = [
        Reject(
            bytes(page.records[index]), f"{why}, with other columns: split the file there", page.place(index) or "a row"
        )
        for index in range(begins, len(page.records))
    ]
    lines = page.lines[:begins] if page.lines else page.lines
    return replace(page, records=page.records[:begins], lines=lines, rejects=[*page.rejects, *rejects])
