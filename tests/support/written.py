"""One table as the programs of schools write it: a workbook, an OpenDocument sheet, JSON, lines of it, Parquet."""

import io
import json
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from pyarrow import Table
from pyarrow.parquet import write_table

Rows = Sequence[Sequence[str]]
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(rows: Rows) -> bytes:
    """A workbook of one sheet, every cell a text."""
    body = "".join(f"<row>{''.join(map(_inline, row))}</row>" for row in rows)
    return _zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>'
            '<sheet name="Export" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relations("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>',
        }
    )


def _inline(cell: str) -> str:
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>' if cell else "<c/>"


def _relations(kind: str, target: str) -> str:
    relation = f'<Relationship Id="rId1" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation}</Relationships>'


def ods(rows: Rows) -> bytes:
    """An OpenDocument sheet, every cell a text; blank cells side by side are one that repeats."""
    body = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    names = " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    return _zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0"/>',
            "content.xml": f"<office:document-content {names}><office:body><office:spreadsheet>"
            f'<table:table table:name="Export">{body}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def _cell(cell: str) -> str:
    if not cell:
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'


def _zipped(files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return file.getvalue()


def as_json(rows: Rows) -> bytes:
    """A list of objects."""
    return json.dumps(_objects(rows)).encode()


def as_lines(rows: Rows) -> bytes:
    """An object a line."""
    return "".join(f"{json.dumps(row)}\n" for row in _objects(rows)).encode()


def _objects(rows: Rows) -> list[dict[str, str]]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def as_parquet(rows: Rows) -> bytes:
    """A Parquet file of texts, blank cells as nulls."""
    columns: dict[str, list[Any]] = {
        name: [row[index] or None for row in rows[1:]] for index, name in enumerate(rows[0])
    }
    file = io.BytesIO()
    write_table(Table.from_pydict(columns), file)
    return file.getvalue()


WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "xlsx": xlsx,
    "ods": ods,
    "json": as_json,
    "ndjson": as_lines,
    "parquet": as_parquet,
}
"""What writes a file of each ending."""
