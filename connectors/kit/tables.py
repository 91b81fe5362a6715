"""A file as tables, whatever it is: delimited text, a workbook, JSON, a web page."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import BinaryIO

from connectors import Page
from connectors.errors import Unavailable
from connectors.kit.encodings import decoded, wide
from connectors.kit.rows import csv_pages
from connectors.kit.table import LOOKED_AT, Table

_DELIMITERS = ",\t;|^~\x1f\x01"
_SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_JSON = (".json", ".jsonl", ".ndjson")
_TEXTS = (".csv", ".tsv", ".txt", ".tab", ".dat", ".psv", "")
_SNIFFED = 4096
_UNPRINTED = re.compile(rb"[\x00-\x08\x0e-\x1e]")
_MARKUP = re.compile(
    r"\s*(<(?:!doctype|!--|\?xml|html|head|meta|style|body|div|font|center|table|(?:\w+:)?workbook)\b|mime-version:)",
    re.IGNORECASE,
)
"""How a page, a web archive or a workbook in XML begins."""

_GUIDES = (".pdf", ".docx", ".doc", ".pptx", ".png", ".jpg", ".jpeg", ".gif", ".html", ".htm", ".md", ".rtf", ".xsd")


def is_guide(name: str) -> bool:
    """Whether a file is none of data: the vendor's guide, a picture, a page."""
    return PurePath(name).suffix.lower() in _GUIDES


def is_prose(table: Table) -> bool:
    """Whether a table is none: a text of words, such as a note on what the other files are."""
    return all(sum(map(bool, row)) <= 1 for row in table.first)


def tables(opened: Callable[[], BinaryIO], name: str) -> list[Table]:
    """The tables of a file: one of a text, one for each visible sheet of a workbook that holds anything.

    Unavailable for a file that is none of what can be read, in words that say what to do.
    """
    suffix = PurePath(name).suffix.lower()
    start = opened().read(_SNIFFED)
    if suffix in (*_SHEETS, *_TEXTS) and (page := _MARKUP.match(decoded(start))):
        return _of_markup(opened, name, page[1])
    is_text = suffix in _SHEETS and _is_text(start)  # some systems export text under a workbook's name
    named_so = suffix in _SHEETS and not is_text
    if named_so or start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        from connectors.kit.workbooks import sheets

        return sheets(opened, name)
    if start.startswith(b"%PDF"):
        raise Unavailable(f"{name} is a PDF, and holds no rows: leave it out")
    if start.startswith(b"PAR1"):
        from connectors.kit.parquet import parquet_table

        return [parquet_table(opened, name)]
    if suffix in _JSON:
        from connectors.kit.objects import objects_table

        return [objects_table(opened, name)]
    if suffix not in _TEXTS and not is_text:
        raise Unavailable(f"{name} is no CSV file, workbook or JSON: leave it out, or save it as CSV")
    return [_text(opened, name)]


def _of_markup(opened: Callable[[], BinaryIO], name: str, markup: str) -> list[Table]:
    """The tables of a page, of a web archive, or of a workbook in XML."""
    if markup.lower().startswith("<?xml") or "workbook" in markup.lower():
        root = decoded(opened().read(_SNIFFED))
        if "urn:schemas-microsoft-com:office:spreadsheet" in root:
            from connectors.kit.spreadsheetml import spreadsheetml_tables

            return spreadsheetml_tables(opened, name)
        if "<html" not in root.lower():
            raise Unavailable(f"{name} is XML, and no workbook: export it as CSV or .xlsx")
    from connectors.kit.web_tables import web_tables

    return web_tables(opened, name)


def _is_text(start: bytes) -> bool:
    """Whether a file's first bytes are those of a text: no archive, no old workbook, nothing that no text holds."""
    if wide(start) is not None:
        return True
    return bool(start) and not start.startswith((b"PK", b"\xd0\xcf\x11\xe0")) and not _UNPRINTED.search(start)


def _text(opened: Callable[[], BinaryIO], name: str) -> Table:
    """A text with cells between delimiters, which a first line like `sep=;` may name."""
    text = decoded(opened().read(1 << 20))
    start = text[:8].lower()
    skip, delimiter = 0, None
    if start.startswith("sep=") and len(text) > 4:
        delimiter = text[4]
        skip = 1
    delimiter = delimiter or _likely(text)
    lines = text.splitlines(keepends=True)
    reader = csv.reader(io.StringIO("".join(lines[skip:]), newline=""), delimiter=delimiter)
    first: list[list[str]] = []
    begins: list[int] = []
    before = 0
    try:
        for row in reader:
            if len(first) >= LOOKED_AT:
                break
            if any(cell.strip() for cell in row):
                first.append([cell.strip() for cell in row])
                begins.append(skip + before + 1)
            before = reader.line_num
    except csv.Error:
        pass  # what cannot be read is told row by row, when all are
    ends = [*(line - 1 for line in begins[1:]), skip + before]
    if first and all(len(row) == 1 for row in first):
        delimiter, first = _unquoted([row[0] for row in first], delimiter)

    def pages(after: int, columns: tuple[str, ...]) -> Iterator[Page]:
        passed = ends[after - 1] if after else skip
        return csv_pages(opened(), name, skip=passed, delimiter=delimiter, columns=columns)

    notes = (f"{name} is read with {delimiter!r} between cells",) if delimiter != "," else ()
    return Table(
        name, first, begins, pages=pages, notes=notes, text=lines[:LOOKED_AT], opened=opened, delimiter=delimiter
    )


def _likely(text: str) -> str:
    """The delimiter that most of the first lines have, and most often: a title above the header has none."""
    lines = [line for line in text[:200_000].splitlines()[:LOOKED_AT] if line.strip()]
    scores: dict[str, int] = {}
    for sign in _DELIMITERS:
        widths = sorted(len(row) for row in _split(lines, sign))
        scores[sign] = widths[len(widths) // 2] if widths else 0
    best = max(_DELIMITERS, key=lambda sign: scores[sign])
    if scores[best] > 1:
        return best
    return max(_DELIMITERS, key=lambda sign: max((row.count(sign) for row in lines), default=0))


def _unquoted(rows: list[str], delimiter: str) -> tuple[str, list[list[str]]]:
    """The sign between the cells of rows that somebody quoted as a whole, and their cells."""
    sign = _likely("\n".join(rows))
    if not any(sign in row for row in rows):
        return delimiter, [[row] for row in rows]
    return sign, [[cell.strip() for cell in row] for row in _split(rows, sign)]


def _split(lines: list[str], sign: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=sign)
    except csv.Error:
        return
