"""What systems export as `.xls`: web pages, web archives, Excel 2003's XML, text; and old workbooks, which it is."""

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import Unavailable
from connectors.kit.table import Table
from connectors.kit.tables import tables

ROWS = [
    ["Student ID", "Name", "Date", "Score"],
    ["0100001", "Zoë <A>", "2025-09-08", "57%"],
    ["100002", "B & C", "", "8"],
]


def read(content: bytes, name: str = "Export.xls") -> list[Table]:
    return tables(lambda: io.BytesIO(content), name)


def cells(table: Table) -> list[list[str]]:
    return [list(row) for row in table.first]


PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"><title>Not, a row</title>
<style>td { mso-number-format:"\\@"; }</style></head><body><p>Skyward export</p>
<table border=1><thead><tr><th>Student ID<th>Name</th><th>Date</th><th>Score</th></tr></thead>
<tr><td x:str>0100001</td><td>Zo&euml; &lt;A&gt;</td><td>2025-09-08</td><td x:num="0.57">57%</td></tr>
<tr><td>100002</td><td>B &amp;<br>C</td><td>&nbsp;</td><td>8</td></tr></table></body></html>"""

ENTITY = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>"
ARCHIVE = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
    b'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
)


@pytest.mark.parametrize(
    "content",
    [
        PAGE.encode(),
        b"\xef\xbb\xbf" + PAGE.encode(),
        PAGE.encode("utf-16"),
        PAGE.replace("&euml;", "ë").replace("utf-8", "windows-1252").encode("cp1252"),
        PAGE.replace("\n", "").replace("</tr>", "").replace("</td>", "").encode(),
        ("<table><tr><td>" + PAGE + "</td></tr></table>").encode(),
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html; '
        b'charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + base64.encodebytes(PAGE.encode())
        + b"--x--\r\n",
    ],
)
@pytest.mark.parametrize("name", ["Export.xls", "Export.xlsx", "Export.csv", "Export"])
def test_a_page_is_read_as_it_is_shown(content: bytes, name: str) -> None:
    [table] = read(content, name)
    assert cells(table) == ROWS
    assert f"{name} is a web page: what it shows was read" in table.notes


def test_cells_that_reach_over_others_say_the_same_in_each_row() -> None:
    [table] = read(
        b"<table><tr><td colspan=2>Student<td>Date<tr><td>ID<td>Name<td>of test<tr><td rowspan=2>1<td>A<td>x"
        b"<tr><td>B<td>y<tr><td>2<td>C<td rowspan=2>z<tr><td>3<td>D</table>"
    )
    assert cells(table) == [
        ["Student", "", "Date"],
        ["ID", "Name", "of test"],
        ["1", "A", "x"],
        ["1", "B", "y"],
        ["2", "C", "z"],
        ["3", "D", "z"],
    ]


def test_a_number_that_is_shown_rounded_is_what_was_typed() -> None:
    [table] = read(b"<table><tr><td>ID<td>B<tr><td x:num=605000123>6.05E+08<td>1</table>")
    assert cells(table)[1] == ["605000123", "1"]


def test_two_tables_are_two_and_one_that_is_cut_short_is_told() -> None:
    first, second = read(b"<table><tr><td>A<td>B</table><table><tr><td>C<td>D<tr><td>1")
    assert (first.name, second.name) == ("Export.xls [table 1]", "Export.xls [table 2]")
    assert "the page may have been cut short" in " ".join(second.notes)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!DOCTYPE html><html><form>Sign in <input name=user></form></html>", "such as a page to sign in at"),
        (b"<?xml version='1.0'?><students><student id='1'/></students>", "is XML, and no workbook"),
        (b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'><Worksheet>", "2003"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", "table"),
        (ENTITY + b"<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", "Excel 2003 workbook"),
    ],
)
def test_what_holds_no_rows_is_told(content: bytes, words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        read(content)


SHEETS = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:x="urn:schemas-microsoft-com:office:excel">
<Styles><Style ss:ID="zeros"><NumberFormat ss:Format="0000000"/></Style>
<Style ss:ID="share"><NumberFormat ss:Format="0%"/></Style></Styles>
<Worksheet ss:Name="Lists"><Table><Row><Cell><Data ss:Type="String">a</Data></Cell></Row></Table>
<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet>
<Worksheet ss:Name="Data"><Table>
<Row ss:Index="2"><Cell><Data ss:Type="String">Student ID</Data></Cell><Cell><Data ss:Type="String">Name</Data></Cell>
<Cell><Data ss:Type="String">Date</Data></Cell><Cell><Data ss:Type="String">Score</Data></Cell></Row>
<Row><Cell ss:StyleID="zeros"><Data ss:Type="Number">100001</Data></Cell>
<Cell><Data ss:Type="String">Zoë &lt;A&gt;</Data></Cell>
<Cell><Data ss:Type="DateTime">2025-09-08T00:00:00.000</Data></Cell>
<Cell ss:StyleID="share"><Data ss:Type="Number">0.57</Data></Cell></Row>
<Row><Cell><Data ss:Type="Number">100002</Data></Cell><Cell><Data ss:Type="String">B &amp; C</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="Number">8</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


@pytest.mark.parametrize("name", ["Export.xls", "Export.xlsx", "Export.csv"])
def test_a_workbook_of_excel_2003_in_xml_is_read_as_it_is_typed(name: str) -> None:
    [table] = read(SHEETS.encode(), name)
    assert cells(table) == ROWS
    assert list(table.lines) == [2, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_under_a_workbooks_name_is_read(encoding: str) -> None:
    text = "\n".join("\t".join(row) for row in ROWS)
    [table] = read(text.encode(encoding), "Export.xls")
    assert cells(table) == ROWS


def test_a_workbook_of_excel_97_is_read_as_it_is_typed() -> None:
    [table] = read((Path(__file__).parents[1] / "support/samples/excel97.xls").read_bytes())
    assert cells(table) == [["Student ID", "Name", "Date", "Score"], ["0100001", "Zoë <A>", "2025-09-08", "57.5"]]


@given(st.text(alphabet='<>/="tabletrdh x:num rowspan colspan 1234 &;', max_size=200))
def test_any_page_is_read_or_refused_in_words(text: str) -> None:
    try:
        [table, *_] = read(("<table>" + text).encode())
    except Unavailable:
        return
    assert any(sum(map(bool, row)) > 1 for row in table.first)
