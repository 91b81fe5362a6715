"""Workbooks in XML as Excel 2003 wrote them, which many systems still export as `.xls`: visible sheets as tables."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connectors.errors import Unavailable
from connectors.kit.cell_forms import as_percent, as_text, is_percent, leading_zeros
from connectors.kit.table import Table, table_of_rows

LARGEST = 256 * 1024 * 1024
"""The most bytes such a file may have: it is read whole."""

TALLEST, WIDEST = 1_048_576, 16_384
"""The rows and columns that a sheet may have."""

_SHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_VISIBLE = "{urn:schemas-microsoft-com:office:excel}Visible"


@dataclass(slots=True)
class _Sheet:
    name: str
    rows: list[list[str]] = field(default_factory=list)
    is_visible: bool = True
    joined: dict[int, tuple[int, str]] = field(default_factory=dict)
    """By column: how many more rows a cell reaches over, and what it says."""


def spreadsheetml_tables(opened: Callable[[], BinaryIO], name: str) -> list[Table]:
    """The visible sheets that hold anything. Unavailable for a file that is broken, too large, or holds none."""
    try:
        sheets = [sheet for sheet in _sheets(_Within(opened())) if sheet.is_visible and any(map(any, sheet.rows))]
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Unavailable(
            f"{name} cannot be read as an Excel 2003 workbook ({error}): open it, and save it as .xlsx or CSV"
        ) from None
    if not sheets:
        raise Unavailable(f"{name} is a workbook without a filled cell in a visible sheet")
    titles = [name if len(sheets) == 1 else f"{name} [{sheet.name}]" for sheet in sheets]
    made = (table_of_rows(title, partial(iter, sheet.rows)) for title, sheet in zip(titles, sheets, strict=True))
    return [table for table in made if table is not None]


class _Within:
    """A stream that refuses to be read beyond the largest size."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._read += len(data)
        if self._read > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes")
        return data


def _sheets(stream: _Within) -> Iterator[_Sheet]:
    forms: dict[str, str] = {}
    sheet = _Sheet("")
    for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            if element.tag == f"{_SHEET}Worksheet":
                sheet = _Sheet(element.get(f"{_SHEET}Name") or "")
        elif element.tag == f"{_SHEET}Style":
            form = element.find(f"{_SHEET}NumberFormat")
            forms[element.get(f"{_SHEET}ID", "")] = "" if form is None else form.get(f"{_SHEET}Format", "")
        elif element.tag == f"{_SHEET}Row":
            _add(sheet, element, forms)
            element.clear()
        elif element.tag == _VISIBLE:
            sheet.is_visible = (element.text or "").strip() in ("", "SheetVisible")
        elif element.tag == f"{_SHEET}Worksheet":
            yield sheet
            element.clear()


def _add(sheet: _Sheet, element: Element, forms: dict[str, str]) -> None:
    """A row after those there are, or with a number of its own; what is joined with a cell above says the same."""
    number = _count(element, "Index", TALLEST) or len(sheet.rows) + 1
    sheet.rows += [[] for _ in range(number - len(sheet.rows) - 1)]
    cells: dict[int, str] = {}
    column = 0
    for cell in element.iterfind(f"{_SHEET}Cell"):
        column = (_count(cell, "Index", WIDEST) or column + 1) - 1
        while column in sheet.joined and f"{_SHEET}Index" not in cell.attrib:
            column += 1
        cells[column] = _cell_text(cell, forms)
        if down := _count(cell, "MergeDown", TALLEST):
            sheet.joined[column] = (down + 1, cells[column])
        column += 1 + _count(cell, "MergeAcross", WIDEST)
    for index, (more, text) in list(sheet.joined.items()):
        cells[index] = text
        if more > 1:
            sheet.joined[index] = (more - 1, text)
        else:
            del sheet.joined[index]
    sheet.rows.append([cells.get(index, "") for index in range(max(cells, default=-1) + 1)])


def _count(element: Element, attribute: str, most: int) -> int:
    text = element.get(f"{_SHEET}{attribute}", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 9) or int(text) > most:
        raise ValueError(f"{attribute} of a cell or row is {text[:20]!r}")
    return int(text)


def _cell_text(cell: Element, forms: dict[str, str]) -> str:
    data = cell.find(f"{_SHEET}Data")
    if data is None:
        return ""
    text = "".join(data.itertext()).strip()
    match data.get(f"{_SHEET}Type"):
        case "Number":
            return _number(text, forms.get(cell.get(f"{_SHEET}StyleID", ""), ""))
        case "DateTime":
            with suppress(ValueError):
                return as_text(datetime.fromisoformat(text))
        case "Boolean":
            return as_text(text == "1")
    return text


def _number(text: str, form: str) -> str:
    value: Any
    try:
        value = float(text)
    except ValueError:
        return text
    if is_percent(form):
        return as_percent(value)
    plain = text if text.isascii() and text.isdigit() else as_text(value)
    return plain.zfill(leading_zeros(form) or 0) if plain.isdigit() else plain
