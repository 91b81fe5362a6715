"""The order of a file's dates: `03/04/2026` is read only where its column proves which number is the month.

A spreadsheet writes dates in the order of the country it is set to, and does not say which. A column is read in one
order: one value with a number above 12 proves it. A column without such a value follows the other columns of the same
bundle, where those agree; and where nothing proves anything, nothing is read until a person says which.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec

from connectors.date_order import MONTHS, NUMBERED, Order
from connectors.kit.rows import csv_pages

_LIKELY = re.compile(rb"\d{1,2}([/.-])\d{1,2}\1\d{4}")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\0")
_CHUNK = 1 << 20

_decode = msgspec.json.Decoder(list[str]).decode


@dataclass(slots=True)
class Evidence:
    """What a column shows: a value that only one order can read, for each order; and one that both can."""

    month_first: str = ""
    day_first: str = ""
    either: str = ""

    def see(self, text: str) -> None:
        """Take a cell into account: it may say which of its numbers is the month."""
        shape = NUMBERED.fullmatch(text)
        if shape is None:
            return
        first, second = int(shape[1]), int(shape[3])
        if first > MONTHS >= second:
            self.day_first = self.day_first or text
        elif second > MONTHS >= first:
            self.month_first = self.month_first or text
        elif first != second:
            self.either = self.either or text

    @property
    def order(self) -> Order | None:
        """The one order that the column proves; None where it proves none, or both."""
        if bool(self.month_first) == bool(self.day_first):
            return None
        return "month-first" if self.month_first else "day-first"


@dataclass(slots=True)
class Orders:
    """The orders of a bundle's date columns, by file and column, and what to tell of them."""

    given: Order | None = None
    files: dict[str, dict[str, Evidence]] = field(default_factory=dict)

    def read(
        self, name: str, open_: Callable[[], BinaryIO], columns: Callable[[tuple[str, ...]], tuple[str, ...]]
    ) -> None:
        """Look through a file. It is read as a table only where it holds anything like such a date."""
        if self.given is not None:
            return
        with open_() as opened:
            if not _likely(opened):
                return
        with open_() as opened:
            self.files[name] = _evidence(opened, name, columns)

    def of(self, name: str) -> dict[str, str]:
        """The order of each column of a file that has such dates; or `both`, or `unknown`."""
        return {column: self._in_a_word(evidence) for column, evidence in self.files.get(name, {}).items()}

    def notes(self, name: str) -> list[str]:
        """What there is to tell of a file: how its dates are read, and which wait until somebody says."""
        return [f"{name}: {column}: {self._words(evidence)}" for column, evidence in self.files.get(name, {}).items()]

    def _in_a_word(self, evidence: Evidence) -> str:
        return "both" if evidence.month_first and evidence.day_first else self._order(evidence) or "unknown"

    def _order(self, evidence: Evidence) -> Order | None:
        if evidence.month_first and evidence.day_first:
            return None
        return evidence.order or self._of_bundle()

    def _of_bundle(self) -> Order | None:
        """The order that the bundle's columns prove, where none proves the other."""
        every = [evidence for columns in self.files.values() for evidence in columns.values()]
        both = Evidence(
            next((e.month_first for e in every if e.month_first), ""),
            next((e.day_first for e in every if e.day_first), ""),
        )
        return both.order

    def _words(self, evidence: Evidence) -> str:
        if evidence.month_first and evidence.day_first:
            return (
                f"'{evidence.month_first}' and '{evidence.day_first}' are in two orders: none of its dates is read"
                " (set date_order to the one that is right)"
            )
        order = self._order(evidence)
        proof = evidence.month_first or evidence.day_first
        if order is None:
            return (
                f"'{evidence.either}' may be either: such dates are not read (set date_order: month-first or day-first)"
            )
        return f"dates are read {order}, as " + (
            f"'{proof}' proves" if proof else "the other columns of the bundle are"
        )


def _evidence(
    opened: BinaryIO, name: str, columns: Callable[[tuple[str, ...]], tuple[str, ...]]
) -> dict[str, Evidence]:
    evidence: dict[str, Evidence] = {}
    for page in csv_pages(opened, name, short_rows=True):
        names = columns(page.columns or ())
        for record in page.records:
            if _LIKELY.search(record):
                for column, cell in zip(names, _decode(record), strict=True):
                    if cell and cell[0] in " 0123456789":
                        evidence.setdefault(column, Evidence()).see(cell)
    return {column: e for column, e in evidence.items() if e.month_first or e.day_first or e.either}


def _likely(opened: BinaryIO) -> bool:
    """Whether a file may hold such a date; of UTF-16, always."""
    rest = b""
    while chunk := opened.read(_CHUNK):
        if _LIKELY.search(rest + chunk) or any(mark in chunk[:4] for mark in _WIDE):
            return True
        rest = chunk[-16:]
    return False
