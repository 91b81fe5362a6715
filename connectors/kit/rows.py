"""CSV as sources really write it: any odd encoding is told, any row that does not fit is kept aside with its line."""

import csv
import re
from array import array
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import BinaryIO

import msgspec

from connectors import Page, Reject
from connectors.errors import Unavailable
from connectors.kit.lines import Text

_HEAVY = 16 << 20  # bytes of records at which a page ends, however few they are
_OPEN_QUOTES = 1000  # quotes left open at which a file is no CSV: each one costs reading some lines again
_DELIMITERS = ",\t;|^~\x1f\x01"

_NUL = rb"\u0000"  # how JSON writes it

_encode = msgspec.json.Encoder().encode


def csv_pages(
    opened: BinaryIO,
    name: str,
    *,
    size: int = 5000,
    without: str | None = None,
    skip: int = 0,
    delimiter: str | None = None,
    columns: tuple[str, ...] | None = None,
    short_rows: bool = False,
) -> Iterator[Page]:
    """Read a CSV file in pages of at most `size` rows; each record is a JSON array of texts, one per column.

    Columns are as the file has them, without BOM and outer blanks. UTF-8, UTF-16, UTF-32 and, line by line, eight-bit
    sets are read (`connectors.kit.encodings`); the delimiter is whichever sign the header has most. What is not plain
    UTF-8 with commas is said in a page's notes. Blank cells to spare are nothing and, with `short_rows`, cells missing
    at a row's end are blank, both noted once; so is a row that is quoted as a whole. Any other row of another length,
    with broken quotes or a NUL is a Reject with its line. The column `without`, in any case, is left out of every page
    (not of a Reject, which quotes its row). Of columns with the same name, the second is called "name (2)". A file
    without rows gives one empty page. The first `skip` lines are passed over; where `columns` are given, no header is
    read after them. Rows without a filled cell are none. Unavailable for what is no CSV: an empty file, a workbook.
    """
    sheet = _Sheet(opened, name, without, skip=skip, delimiter=delimiter, columns=columns, short_rows=short_rows)
    records: list[bytes] = []
    lines = array("Q")
    rejects: list[Reject] = []
    weight = pages = 0
    for row in sheet.rows():
        if isinstance(row, bytes):
            records.append(row)
            lines.append(sheet.begins)
            weight += len(row)
        else:
            rejects.append(row)
            weight += len(row.body)
        if weight > _HEAVY or len(records) + len(rejects) >= size:
            yield Page(records, sheet.kept, rejects=rejects, notes=sheet.take_notes(), file=name, lines=lines)
            records, lines, rejects, weight, pages = [], array("Q"), [], 0, pages + 1
    if records or rejects or not pages:
        yield Page(records, sheet.kept, rejects=rejects, notes=sheet.take_notes(), file=name, lines=lines)


class _Sheet:
    """One reading of one file: its columns, and the last lines the parser was given, to quote from or go back to."""

    def __init__(
        self,
        opened: BinaryIO,
        name: str,
        without: str | None,
        skip: int,
        delimiter: str | None,
        columns: tuple[str, ...] | None,
        *,
        short_rows: bool,
    ) -> None:
        self._name = name
        self._short_rows = short_rows
        self._text = Text(opened, name)
        self._recent: deque[tuple[int, list[str]]] = deque(maxlen=5)
        self._open_quotes = 0
        self._odd_lengths: set[str] = set()
        self._before = self._read = 0  # lines before the parser's first, and lines of it read as rows
        self._source = self._chunks()
        first = next(self._source, [""])
        self._delimiter = delimiter or self._guess(first[min(skip, len(first) - 1)])
        self._read_after(skip)
        self.columns = self._columns() if columns is None else columns
        self._left_out = [index for index, column in enumerate(self.columns) if column.lower() == without][::-1]
        self.kept = tuple([column for column in self.columns if column.lower() != without])

    def rows(self) -> Iterator[bytes | Reject]:
        """Each row as a record, or as the reason why it is none."""
        width, left_out = len(self.columns), self._left_out
        while True:
            reader = self._reader
            try:
                for row in reader:
                    if len(row) == width and (row[0] or any(row)):
                        for index in left_out:
                            del row[index]
                        record = _encode(row)
                        if _NUL in record and any("\0" in cell for cell in row):
                            raise csv.Error("it holds a NUL character")
                        yield record
                    elif any(row):
                        yield self._fitted(row)
                    self._read = reader.line_num
            except csv.Error as error:
                line, before = self.begins, self._open_quotes
                reject = self._reject(str(error))
                escaped = self._escaped(reject.body, line)
                if escaped is not None:
                    self._open_quotes = before
                yield reject if escaped is None else escaped
            except UnicodeEncodeError:
                yield self._reject("it is neither UTF-8 nor of an eight-bit set")
            else:
                return

    def _escaped(self, body: bytes, line: int) -> bytes | None:
        r"""A row of a program that writes `\"` for a quote (Spark, MySQL), as a record; None where it is none."""
        if b'\\"' not in body:
            return None
        text = body.decode(errors="surrogateescape")
        with suppress(csv.Error, UnicodeEncodeError):
            row = next(csv.reader([text], delimiter=self._delimiter, escapechar="\\", strict=True), [])
            if len(row) == len(self.columns) and not any("\0" in cell for cell in row):
                self._note('have quotes written as \\": they are read as quotes', line)
                return _encode([cell for index, cell in enumerate(row) if index not in self._left_out])
        return None

    def _note(self, words: str, line: int) -> None:
        """Tell once of rows that are written in a way of their own."""
        if words not in self._odd_lengths:
            self._odd_lengths.add(words)
            self._text.notes.append(f"{self._name}: rows, of which line {line} is the first, {words}")

    def _unquoted(self, cell: str) -> list[str]:
        """The cells in a row that somebody quoted as a whole."""
        with suppress(csv.Error):
            return next(csv.reader([cell], delimiter=self._delimiter, strict=True), [])
        return []

    def _fitted(self, parsed: list[str]) -> bytes:
        """A row of another length than the header, where all that differs is blank. csv.Error where it is not."""
        row, width, length = parsed, len(self.columns), len(parsed)
        if length == 1 < width and not self._short_rows and len(inner := self._unquoted(row[0])) == width:
            row, length = inner, width
        if any(cell.strip() for cell in row[width:]) or (length < width and not self._short_rows):
            raise csv.Error(f"it has {length} cells, and the header has {width}")
        words = "lack cells at their end: they are blank" if length < width else "have blank cells to spare"
        if row is not parsed:
            words = "are quoted as a whole: they are read as what is in the quotes"
        self._note(words, self.begins)
        fitted = [*row[:width], *[""] * (width - length)]
        for index in self._left_out:
            del fitted[index]
        record = _encode(fitted)
        if _NUL in record and any("\0" in cell for cell in fitted):
            raise csv.Error("it holds a NUL character")
        return record

    @property
    def begins(self) -> int:
        """The line at which the row being read begins."""
        return self._before + self._read + 1

    def take_notes(self) -> list[str]:
        """What there is to say since the last time."""
        notes, self._text.notes = self._text.notes, []
        return notes

    def _read_after(self, line: int) -> None:
        """Parse on from the line after this one, which is among the recent ones."""
        self._before, self._read = line, 0
        again = [text for start, lines in self._recent for text in lines[max(0, line + 1 - start) :]]
        source = chain(again, chain.from_iterable(self._source))
        self._reader = csv.reader(source, delimiter=self._delimiter, strict=True)

    def _chunks(self) -> Iterator[list[str]]:
        number = 1
        for lines in self._text.chunks():
            if len(self._recent) == self._recent.maxlen and self.begins < self._recent[1][0]:
                raise Unavailable(f"{self._name}: the row that begins at line {self.begins} does not end")
            self._recent.append((number, lines))
            number += len(lines)
            yield lines

    def _reject(self, complaint: str) -> Reject:
        """The row being read, put aside; of several lines only the first: an open quote must not eat the rest."""
        begins, ends = self.begins, self._before + self._reader.line_num
        body = next(lines[begins - start] for start, lines in self._recent if begins - start < len(lines))
        self._read = self._reader.line_num
        if ends > begins:
            self._open_quotes += 1
            if self._open_quotes > _OPEN_QUOTES:
                raise Unavailable(f"{self._name}: more than {_OPEN_QUOTES} rows have broken quotes: it is no CSV")
            self._read_after(begins)
        return Reject(
            body.encode(errors="surrogateescape"),
            f"this row cannot be read: {complaint}",
            f"{self._name} line {begins}",
        )

    def _columns(self) -> tuple[str, ...]:
        try:
            row = next(filter(None, self._reader), None)
        except csv.Error as error:
            raise Unavailable(f"{self._name}: its header is no CSV: {error}") from None
        if row is None:
            raise Unavailable(f"{self._name} is empty: not even a header")
        self._read = self._reader.line_num
        cells = [cell.strip() or f"(column {number})" for number, cell in enumerate(_without_end(row), 1)]
        if cells[0].startswith("<"):
            raise Unavailable(f"{self._name} is a web page, not CSV")
        if any("\0" in cell for cell in cells):
            raise Unavailable(f"{self._name}: its header holds NUL characters: it is no CSV")
        return self._distinct(cells)

    def _distinct(self, cells: list[str]) -> tuple[str, ...]:
        times: Counter[str] = Counter()
        names: dict[str, None] = {}
        for cell in cells:
            name = cell
            while name in names:
                times[cell] += 1
                name = f"{cell} ({times[cell] + 1})"
            names[name] = None
        if times:
            self._text.notes.append(f"{self._name} has columns of one name: {', '.join(times)}; they are numbered")
        return tuple(names)

    def _guess(self, header: str) -> str:
        bare = re.sub(r'"[^"]*"', "", header)
        delimiter = max(_DELIMITERS, key=bare.count)
        if delimiter != ",":
            self._text.notes.append(f"{self._name} is read with {delimiter!r} between cells, as its header has it")
        return delimiter


def _without_end(header: list[str]) -> list[str]:
    """A header without the nameless columns at its end: spreadsheets leave some. One at least is left."""
    width = max((number for number, cell in enumerate(header, 1) if cell.strip()), default=1)
    return header[:width]
