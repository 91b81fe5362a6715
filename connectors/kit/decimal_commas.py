"""Numbers with decimal commas, as files with semicolons between their cells have them: `412,5` and `1.090,5`."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

import msgspec

from connectors import Page

_DECIMAL = re.compile(r"\s*([+-]?)(\d{1,3}(?:\.\d{3})+|\d+),(\d+)\s*", re.ASCII)
_GROUP = 3
"""So many digits behind a comma may as well be thousands: such a number is left as it is, and told where it is read."""

_decode = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode


def with_points(pages: Iterable[Page], numbers: Collection[int]) -> Iterator[Page]:
    """Pages whose numbers (columns by position) have decimal points. For files with semicolons alone: where commas
    stand between cells, a comma in a number is one of thousands.
    """
    is_told = False
    for page in pages:
        pointed = [_pointed(record, numbers) if b"," in record else record for record in page.records]
        changed = [index for index, record in enumerate(pointed) if record is not page.records[index]]
        if not changed:
            yield page
            continue
        notes = [] if is_told else [f"{page.place(changed[0]) or page.file}: numbers are read with decimal commas"]
        is_told = True
        yield replace(page, records=pointed, notes=[*page.notes, *notes])


def _pointed(record: bytes, numbers: Collection[int]) -> bytes:
    cells, changed = _decode(record), False
    for index in numbers:
        shape = _DECIMAL.fullmatch(cells[index]) if index < len(cells) else None
        if shape is not None and (len(shape[3]) != _GROUP or "." in shape[2]):
            cells[index], changed = f"{shape[1]}{shape[2].replace('.', '')}.{shape[3]}", True
    return _encode(cells) if changed else record
