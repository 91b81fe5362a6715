"""The tables of web pages, which many portals hand out as `.xls`: each table with its rows, as a browser shows them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as internet_message
from functools import partial
from html.parser import HTMLParser
from typing import BinaryIO

from connectors.errors import Unavailable
from connectors.kit.encodings import decoded
from connectors.kit.table import Table, table_of_rows

LARGEST = 256 * 1024 * 1024
"""The most bytes a page may have: it is read whole."""

WIDEST, TALLEST = 1000, 5000
"""Columns and rows that one joined cell reaches over, at most."""

_CHUNK = 1 << 20
_UNSEEN = ("style", "script", "title", "template")
_ROUNDED = re.compile(r"[+-]?\d(\.\d+)?E[+-]?\d+", re.IGNORECASE)


def web_tables(opened: Callable[[], BinaryIO], name: str) -> list[Table]:
    """The tables of a page that have rows of more than one cell. Unavailable for a page without one."""
    content = opened().read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unavailable(f"{name} is a web page of more than {LARGEST:,} bytes: export it as CSV")
    reader = _Reader()
    for page in _pages(content):
        for begins in range(0, len(page), _CHUNK):
            reader.feed(page[begins : begins + _CHUNK])
        reader.end()
    read = [rows for rows in reader.tables if any(sum(map(bool, row)) > 1 for row in rows)]
    if not read:
        raise Unavailable(
            f"{name} is a web page without a table of rows, such as a page to sign in at: open it to see what it "
            "says, and export the file again"
        )
    note = f"{name} is a web page: what it shows was read"
    cut = f"{name} ends within a table: the page may have been cut short"
    notes = (note, cut) if reader.is_cut else (note,)
    titles = [name] if len(read) == 1 else [f"{name} [table {number}]" for number in range(1, len(read) + 1)]
    made = (table_of_rows(title, partial(iter, rows), notes) for title, rows in zip(titles, read, strict=True))
    return [table for table in made if table is not None]


def _pages(content: bytes) -> list[str]:
    """The page; of a web archive (MHTML), all that are in it."""
    if content[:1000].lstrip()[:13].lower() != b"mime-version:":
        return [decoded(content)]
    archive = message_from_bytes(content, _class=EmailMessage, policy=internet_message)
    parts = [part for part in archive.walk() if part.get_content_type() == "text/html"]
    return [str(part.get_content()) for part in parts]


@dataclass(slots=True)
class _OpenTable:
    """A table whose end was not read yet."""

    rows: list[list[str]]
    row: list[str] | None = None
    cell: list[str] | None = None
    span: tuple[int, int] = (1, 1)
    typed: str = ""
    joined: dict[int, tuple[int, str]] = field(default_factory=dict)
    """By column: how many more rows a cell reaches over, and what it says."""

    def begin_row(self) -> None:
        self.end_row()
        self.row = []

    def begin_cell(self, attributes: dict[str, str | None]) -> None:
        self.end_cell()
        if self.row is None:
            self.row = []
        self.cell = []
        self.typed = attributes.get("x:num") or ""
        self.span = (_number(attributes.get("colspan"), WIDEST), _number(attributes.get("rowspan"), TALLEST))

    def end_cell(self) -> None:
        if self.cell is None or self.row is None:
            return
        text = " ".join("".join(self.cell).split())
        text = self.typed if self.typed and _ROUNDED.fullmatch(text) else text
        self._reach_down()
        across, down = self.span
        for index, words in enumerate([text, *[""] * (across - 1)]):
            if down > 1:
                self.joined[len(self.row)] = (down - 1, text if index == 0 else "")
            self.row.append(words)
        self.cell = None

    def _reach_down(self) -> None:
        """What cells of rows above say in the next columns, as far as they reach."""
        assert self.row is not None
        while (reaches := self.joined.pop(len(self.row), None)) is not None:
            more, text = reaches
            if more > 1:
                self.joined[len(self.row)] = (more - 1, text)
            self.row.append(text)

    def end_row(self) -> None:
        self.end_cell()
        if self.row is not None:
            self._reach_down()
            self.rows.append(self.row)
            self.row = None


class _Reader(HTMLParser):
    """Gathers tables; a table in another's cell is one of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.is_cut = False
        self._open: list[_OpenTable] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            rows: list[list[str]] = []
            self.tables.append(rows)
            self._open.append(_OpenTable(rows))
        elif self._open:
            table = self._open[-1]
            if tag == "tr":
                table.begin_row()
            elif tag in ("td", "th"):
                table.begin_cell(dict(attrs))
            elif tag in ("br", "p", "div", "li") and table.cell is not None:
                table.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif self._open:
            table = self._open[-1]
            if tag == "table":
                self._open.pop().end_row()
            elif tag == "tr":
                table.end_row()
            elif tag in ("td", "th"):
                table.end_cell()

    def handle_data(self, data: str) -> None:
        if self._open and not self._unseen and (cell := self._open[-1].cell) is not None:
            cell.append(data)

    def end(self) -> None:
        """The end of a page: what is open ends here."""
        self.close()
        self.is_cut = self.is_cut or bool(self._open)
        while self._open:
            self._open.pop().end_row()
        self.reset()


def _number(text: str | None, most: int) -> int:
    return min(int(text[:9]), most) or 1 if text and text.isascii() and text.isdigit() else 1
