"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): each visible sheet as a table, its cells as they are typed in it."""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from typing import Any, BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from connectors.errors import Unavailable
from connectors.kit.cell_forms import as_percent, as_text, is_percent, leading_zeros
from connectors.kit.table import Table, table_of_rows
from connectors.kit.unvalued import column_index, unvalued

LARGEST = 512 * 1024 * 1024
"""The most bytes a workbook's sheets may have when unpacked: it is read whole."""


TALLEST = 5000
"""Rows that one joined cell reaches over, at most."""


def sheets(opened: Callable[[], BinaryIO], name: str) -> list[Table]:
    """The sheets that hold anything. Unavailable for a workbook that is broken, encrypted or too large."""
    stream = opened()
    if not stream.seekable():  # out of an archive, which unpacks as it is read
        stream = io.BytesIO(stream.read(LARGEST))
    _check_size(stream, name)
    book = _book(stream, name)
    worksheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    visible = [sheet.name for sheet in worksheets if sheet.visible == SheetVisibleEnum.Visible]
    hidden = [sheet.name for sheet in worksheets if sheet.visible != SheetVisibleEnum.Visible]
    notes = (f"{name}: hidden sheets are not read: {', '.join(hidden)}",) if hidden else ()
    shown_as = _number_formats(stream)
    tables: list[Table] = []
    for sheet in visible:
        title = name if len(visible) == 1 else f"{name} [{sheet}]"
        if (table := table_of_rows(title, _rows(book, sheet, shown_as.get(sheet, _PLAIN)), notes)) is not None:
            tables.append(table)
            notes = ()
    if not tables:
        raise Unavailable(f"{name} is a workbook without a filled cell in a visible sheet")
    return tables


_PASSWORD = "EncryptedPackage".encode("utf-16-le")
"""What a workbook with a password holds instead of sheets."""


def _book(stream: BinaryIO, name: str) -> CalamineWorkbook:
    stream.seek(0)
    try:
        return CalamineWorkbook.from_filelike(stream)
    except (CalamineError, OSError, ValueError) as error:
        stream.seek(0)
        if "password" in str(error).lower() or _PASSWORD in stream.read(LARGEST):
            raise Unavailable(f"{name} is protected by a password: save it without one") from None
        raise Unavailable(f"{name} cannot be read as a workbook ({error}): save it as .xlsx or CSV") from None


def _rows(book: CalamineWorkbook, sheet: str, form: "_NumberFormats") -> Callable[[], Iterator[list[str]]]:
    def rows() -> Iterator[list[str]]:
        page = book.get_sheet_by_name(sheet)
        joined = _joined(page.merged_cell_ranges or ())
        above: list[Any] = []
        for number, own in enumerate(page.to_python(skip_empty_area=False)):
            row = [
                above[column] if (number, column) in joined and value == "" else value
                for column, value in enumerate(own)
            ]
            above = row
            cells = [value if isinstance(value, str) else as_text(value) for value in row]
            for column, text in form.unvalued.get(number, {}).items():
                cells[column : column + 1] = [text]
            for column, width in form.widths.items():
                if column < len(cells) and not isinstance(row[column], str) and cells[column].isdigit():
                    cells[column] = cells[column].zfill(width)
            for column in form.percents.get(number + 1, ()):
                if column < len(cells) and isinstance(share := row[column], float):
                    cells[column] = as_percent(share)
            yield cells

    return rows


def _joined(ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> set[tuple[int, int]]:
    """The cells (row, column) that are joined with the one above: what is typed there is typed for each."""
    return {
        (row, left) for (top, left), (bottom, _) in ranges for row in range(top + 1, min(bottom, top + TALLEST) + 1)
    }


def _check_size(stream: BinaryIO, name: str) -> None:
    """Refuse a workbook that unpacks to more than can be held."""
    if not zipfile.is_zipfile(stream):
        return
    stream.seek(0)
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(stream) as archive:
        size = sum(info.file_size for info in archive.infolist())
        if size > LARGEST:
            raise Unavailable(f"{name} would unpack to {size:,} bytes: save it as CSV")


_FORMAT = re.compile(r"<(?:\w+:)?numFmt [^>]*>")
_STYLES = re.compile(r"<(?:\w+:)?cellXfs[^>]*>(.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(r'<(?:\w+:)?xf [^>]*?numFmtId="(\d+)"')
_SHEET = re.compile(r"<(?:\w+:)?sheet [^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship [^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_CELL = re.compile(r'<(?:\w+:)?c r="([A-Z]{1,3})(\d+)"[^>]*? s="(\d+)"')
_PERCENT = frozenset({"9", "10"})
"""The formats 0% and 0.00%, which no workbook writes out."""


@dataclass(frozen=True, slots=True)
class _NumberFormats:
    """How a sheet shows its numbers: columns with leading zeros, to how many digits; and, by row, cells in percent.

    A school writes 0100002 as a number in the format 0000000, and 55 % as 0.55: what is meant is in the format alone.
    """

    widths: dict[int, int] = field(default_factory=dict)
    percents: dict[int, list[int]] = field(default_factory=dict)
    unvalued: dict[int, dict[int, str]] = field(default_factory=dict)


_PLAIN = _NumberFormats()


def _number_formats(stream: BinaryIO) -> dict[str, _NumberFormats]:
    """How each sheet shows its numbers, where that says more than they do."""
    with suppress(zipfile.BadZipFile, KeyError, UnicodeDecodeError, ValueError):
        stream.seek(0)
        with zipfile.ZipFile(stream) as archive:
            has_styles = "xl/styles.xml" in archive.namelist()
            styles = _styles(archive.read("xl/styles.xml").decode() if has_styles else "")
            return {sheet: _sheet_formats(archive.read(path), *styles) for sheet, path in _files(archive).items()}
    return {}


def _styles(text: str) -> tuple[dict[str, int], frozenset[str]]:
    """The styles of cells that show leading zeros, with their width, and those that show percent."""
    widths: dict[str, int] = {}
    percents = set(_PERCENT)
    for attributes in map(dict, map(_ATTRIBUTE.findall, _FORMAT.findall(text))):
        code, number = attributes.get("formatCode", ""), attributes.get("numFmtId", "")
        if (width := leading_zeros(code)) is not None:
            widths[number] = width
        elif is_percent(code):
            percents.add(number)
    block = _STYLES.search(text)
    formats = _STYLE.findall(block[1]) if block else []
    zeros = {str(style): widths[number] for style, number in enumerate(formats) if number in widths}
    return zeros, frozenset(str(style) for style, number in enumerate(formats) if number in percents)


def _sheet_formats(sheet: bytes, zeros: dict[str, int], percents: frozenset[str]) -> _NumberFormats:
    form = _NumberFormats(unvalued=unvalued(sheet))
    if not zeros and not percents:
        return form
    for letters, row, style in _CELL.findall(sheet.decode()):
        if style in zeros:
            form.widths[column_index(letters)] = zeros[style]
        elif style in percents:
            form.percents.setdefault(int(row), []).append(column_index(letters))
    return form


def _files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where in a workbook each sheet is, the hidden ones too: their order says nothing of their files' names."""
    relations = archive.read("xl/_rels/workbook.xml.rels").decode()
    targets = {
        attributes["Id"]: attributes["Target"]
        for relation in _RELATION.findall(relations)
        if {"Id", "Target"} <= (attributes := dict(_ATTRIBUTE.findall(relation))).keys()
    }
    sheets = [dict(_ATTRIBUTE.findall(sheet)) for sheet in _SHEET.findall(archive.read("xl/workbook.xml").decode())]
    places = {unescape(sheet.get("name", "")): targets.get(sheet.get("r:id", ""), "") for sheet in sheets}
    paths = {name: place.lstrip("/").removeprefix("xl/") for name, place in places.items()}
    names = set(archive.namelist())
    return {name: f"xl/{path}" for name, path in paths.items() if f"xl/{path}" in names}
