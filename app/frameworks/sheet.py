"""Reads a spreadsheet of competencies, and of rubrics below them, saved as CSV. Pure.

A spreadsheet saves an empty row as commas alone, and pads every row to the widest table: both mean nothing here. What
would be lost in silence is an error that names its line: a cell without a column, a column that stands twice.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from app.errors import ConfigError
from app.frameworks.author import Item, Level
from app.frameworks.case.shapes import Json
from app.frameworks.grades import codes

LISTS = ("after",)
"""Columns whose cells have several values, with semicolons between them."""
DELIMITERS = ",;\t|"
"""What may stand between cells: a spreadsheet of a country with decimal commas has semicolons there."""
CODES = ("sensitivity", "strength")
"""Columns whose cells are words of ours, in small letters."""
RUBRIC = {"rubric", "criterion"}
"""The columns by which the first line of a table of rubrics is known."""


def text_of(body: bytes) -> str:
    """What a file says, as spreadsheets save it: UTF-8 or UTF-16, with a byte order mark or not, else Windows-1252."""
    wide = body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encodings = ["utf-16"] if wide else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError as why:
            reason = why
    raise ConfigError(f'it is neither UTF-8 nor UTF-16 nor Windows-1252 ({reason}): save it as "CSV UTF-8"')


def read(text: str) -> tuple[list[Item], list[Level]]:
    """The competencies and the levels of rubrics in a CSV file. ConfigError names the line."""
    items: list[Item] = []
    levels: list[Level] = []
    table: list[Any] = items
    shape: type[Any] = Item
    columns: list[str | None] = []
    for line, cells in lines(text):
        words = {_word(cell) for cell in cells}
        if not columns or words >= RUBRIC:
            shape, table = (Level, levels) if words >= RUBRIC else (Item, items)
            columns = _columns(line, cells, shape)
            continue
        table.append(_row(line, cells, columns, shape))
    if not items:
        raise ConfigError(f"there is no competency in it: the first line names the columns, of {_names(Item)}")
    return items, levels


_EXCEL = re.compile(r"sep=.\r?\n?", re.IGNORECASE)
"""The first line by which Excel is told what stands between cells."""


def lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that says something, with the line it ends on."""
    bare = text.removeprefix("\ufeff")
    if line := _EXCEL.match(bare):
        bare = bare[line.end() :]
    reader = csv.reader(io.StringIO(bare, newline=""), delimiter=_delimiter(bare), strict=True)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error as why:
        raise ConfigError(f"line {reader.line_num}: {why}") from why


def _delimiter(text: str) -> str:
    """What the first line that says something has most of between its cells."""
    first = next((line for line in text.splitlines() if line.strip(DELIMITERS + " ")), "")
    outside = re.sub(r'"[^"]*"', "", first)
    return max(DELIMITERS, key=outside.count)


def _columns(line: int, cells: Sequence[str], shape: type[Struct]) -> list[str | None]:
    """The fields that columns stand for, by their headings, however these are spelled; None: it has no heading."""
    known = {field.casefold(): field for field in shape.__struct_encode_fields__}
    columns: list[str | None] = []
    for cell in cells:
        field = known.get(_word(cell))
        if cell and field is None:
            raise ConfigError(f"line {line}: there is no column '{cell[:80]}', only {_names(shape)}")
        if field is not None and field in columns:
            raise ConfigError(f"line {line}: the column '{cell[:80]}' stands twice")
        columns.append(field)
    return columns


def _row(line: int, cells: Sequence[str], columns: Sequence[str | None], shape: type[Any]) -> Any:
    fields: Json = {}
    for n, cell in enumerate(cells):
        column = columns[n] if n < len(columns) else None
        if cell and column is None:
            raise ConfigError(
                f"line {line}: '{cell[:80]}' stands in no column (a text with commas stands between quotation marks)"
            )
        if cell and column is not None:
            fields[column] = _grades(line, cell) if column == "grades" else _value(column, cell)
    try:
        return msgspec.convert(fields, shape, strict=False)
    except msgspec.ValidationError as why:
        raise ConfigError(f"line {line}: {why}") from why


def _grades(line: int, cell: str) -> list[str]:
    grades = codes(cell)
    if grades is None:
        raise ConfigError(f"line {line}: '{cell[:80]}' is no grade: write K, 1 to 12, 6-8, or codes of CEDS (KG, 04)")
    return grades


def _value(column: str, cell: str) -> str | list[str]:
    if column in LISTS:
        return [part.strip() for part in cell.split(";") if part.strip()]
    return cell.lower() if column in CODES else cell


def _word(heading: str) -> str:
    return "".join(character for character in heading if character.isalnum()).casefold()


def _names(shape: type[Struct]) -> str:
    return ", ".join(shape.__struct_encode_fields__)
