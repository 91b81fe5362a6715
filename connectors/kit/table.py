"""A table of a file: its first rows to look at, then pages of all."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from connectors import Page
from connectors.kit.pages import cell_pages

LOOKED_AT = 60
"""So many rows of a table are looked at to find its header."""
Cells = Sequence[str]
Pages = Callable[[int, tuple[str, ...]], Iterator[Page]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file. `first` are its first rows, with the lines they begin at; `text` its first lines as
    they are. `pages` reads on after so many of the first rows, with these columns. `delimiter` stands between the cells
    of a text.
    """

    name: str
    first: Sequence[Cells]
    lines: Sequence[int]
    pages: Pages
    notes: tuple[str, ...] = ()
    text: Sequence[str] = ()
    opened: Callable[[], BinaryIO] | None = None
    delimiter: str = ""


def table_of_rows(name: str, rows: Callable[[], Iterator[list[str]]], notes: tuple[str, ...] = ()) -> Table | None:
    """A table of rows that are read already, such as a sheet's; None where no cell of the first is filled."""
    first: list[list[str]] = []
    numbers: list[int] = []
    for number, row in enumerate(rows(), 1):
        if any(row):
            first.append([cell.strip() for cell in row])
            numbers.append(number)
        if len(first) >= LOOKED_AT:
            break
    if not first:
        return None

    def pages(after: int, columns: tuple[str, ...]) -> Iterator[Page]:
        passed = numbers[after - 1] if after else 0
        return cell_pages(rows(), name, columns, passed=passed)

    return Table(name, first, numbers, pages, notes, text=[json.dumps(row) for row in first[:3]])
