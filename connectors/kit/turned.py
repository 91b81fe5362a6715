"""Tables whose dates a spreadsheet has turned: `13/09/2025` in a column that is month first by what is known of it.

A spreadsheet writes dates anew in the order of its country. One value that only the other order can read proves that a
column was turned; then all of it is read so. Where a column holds proof of both, what either could read is not read.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

import msgspec

from connectors import Page
from connectors.date_order import MONTHS, Order
from connectors.kit.table import Table

_DATE = re.compile(r"\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)", re.DOTALL | re.ASCII)
_PROOF = {
    "month-first": re.compile(rb"(?<![\d/.-])(1[3-9]|2\d|3[01])([/.-])\d{1,2}\2(\d{4}|\d{2})(?![\d/.-])"),
    "day-first": re.compile(rb"(?<![\d/.-])\d{1,2}([/.-])(1[3-9]|2\d|3[01])\1(\d{4}|\d{2})(?![\d/.-])"),
}
SLIPS = 20
"""One date in so many that only another order can read is a slip of its own, and proves nothing of the others."""

_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0")
_CHUNK = 1 << 20

_decode = msgspec.json.Decoder(list[str]).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Turned:
    """The columns of a table, by position, whose dates are not in their usual order; `both`: in two orders."""

    usual: Mapping[int, Order]
    both: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()

    def page(self, page: Page) -> Page:
        """A page with the dates of these columns in ISO 8601, and those that either order reads marked as such."""
        if not self.usual:
            return page
        records = []
        for body in page.records:
            cells = _decode(body)
            for index, usual in self.usual.items():
                if index < len(cells) and (shape := _DATE.fullmatch(cells[index])):
                    cells[index] = _turned(cells[index], shape, usual, both=index in self.both)
            records.append(_encode(cells))
        return replace(page, records=records)


@dataclass(slots=True)
class _Proofs:
    """How many dates of a column only its usual order can read, and how many only the other one."""

    usual: Order
    own: int = 0
    other: int = 0

    def see(self, shape: re.Match[str]) -> None:
        first, second = int(shape[1]), int(shape[3])
        if (first > MONTHS) != (second > MONTHS):
            turned = (first > MONTHS) == (self.usual == "month-first")
            self.other, self.own = self.other + turned, self.own + (not turned)


def turned(
    table: Table, pages: Callable[[], Iterable[Page]], usual: Mapping[int, Order], names: Mapping[int, str]
) -> Turned:
    """Which of a table's date columns (`usual`: by position, with their order) have dates in the other one.

    A text that holds no such date at all is not read for it.
    """
    if not usual or (table.opened is not None and not _likely(table.opened, set(usual.values()))):
        return Turned({})
    proofs = {index: _Proofs(order) for index, order in usual.items()}
    for page in pages():
        for body in page.records:
            cells = _decode(body)
            for index, proof in proofs.items():
                if index < len(cells) and (shape := _DATE.fullmatch(cells[index])):
                    proof.see(shape)
    turned_ones = {index: proof for index, proof in proofs.items() if proof.other and proof.other * SLIPS >= proof.own}
    both = frozenset(index for index, proof in turned_ones.items() if proof.own * SLIPS >= proof.other)
    notes = [
        f"{table.name}: {names[index]}: {_words(proof, both=index in both)}" for index, proof in turned_ones.items()
    ]
    return Turned({index: proof.usual for index, proof in turned_ones.items()}, both, tuple(notes))


def _words(proof: _Proofs, *, both: bool) -> str:
    if both:
        return (
            f"{proof.own} dates are {proof.usual} and {proof.other} are not: what either order could read is kept as "
            "it is, and is no date (export the file again, do not open it)"
        )
    order = "day-first" if proof.usual == "month-first" else "month-first"
    return f"dates are read {order}, as {proof.other} of them prove"


def _turned(cell: str, shape: re.Match[str], usual: Order, *, both: bool) -> str:
    first, second, year, rest = int(shape[1]), int(shape[3]), shape[4], shape[5]
    if both and first <= MONTHS and second <= MONTHS and first != second:
        return f"{cell} (its column has two orders)"
    month, day = (second, first) if usual == "month-first" else (first, second)
    if month > MONTHS:
        return cell  # which only the usual order can read
    if len(year) == 4:
        return f"{year}-{month:02}-{day:02}{rest}"
    parts = (month, day) if usual == "month-first" else (day, month)
    return f"{parts[0]:02}/{parts[1]:02}/{year}{rest}"  # which century it is, is for whoever knows what of


def _likely(opened: Callable[[], BinaryIO], orders: Iterable[Order]) -> bool:
    """Whether a text may hold a date in another order than these; of UTF-16, always."""
    proofs = [_PROOF[order] for order in orders]
    with opened() as stream:
        rest = b""
        while chunk := stream.read(_CHUNK):
            text = rest + chunk
            if any(proof.search(text) for proof in proofs) or any(mark in chunk[:4] for mark in _WIDE):
                return True
            rest = chunk[-16:]
    return False
