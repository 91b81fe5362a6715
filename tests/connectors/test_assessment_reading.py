"""Files as they come: workbooks, archives in archives, title rows, totals, fixed width, JSON; each read as its CSV."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import msgspec
import pytest

from connectors import Page
from connectors.assessment_file import AssessmentFileSettings, connector
from connectors.errors import ConfigError, Unavailable

LAYOUT = """
name = "rc"
title = "Reading check"
key = ["Date"]
signature = ["Words per minute"]
dates = ["%m/%d/%Y"]
[person]
identifiers = [{ type = "district", column = "Student ID" }]
given = "First Name"
[item]
title = { fixed = "Reading check" }
[common]
scored_on = "Date"
[[results]]
score = "Words per minute"
"""
HEADER = ["Student ID", "First Name", "Date", "Words per minute"]
ROWS = [["0100001", "Ada", "2025-09-08", "80"], ["100002", "Bea", "2025-09-08", "95.5"]]
PLAIN = "Student ID,First Name,Date,Words per minute\n0100001,Ada,2025-09-08,80\n100002,Bea,2025-09-08,95.5\n"


def read(path: Path, layout: str = LAYOUT) -> tuple[list[list[str]], list[Page]]:
    assert connector.file is not None
    pages = [page for part in connector.file(path, AssessmentFileSettings(layouts=(layout,))) for page in part.pages]
    return [msgspec.json.decode(body) for page in pages for body in page.records], pages


def notes(pages: list[Page]) -> str:
    return "; ".join(note for page in pages for note in page.notes)


def workbook(sheets: dict[str, list[list[object]]], padded: int = 7, hidden: tuple[str, ...] = ()) -> bytes:
    """A workbook: texts inline, numbers as they are; ("date", serial) is a date, ("zeros", n) shown with zeros."""
    file, states = io.BytesIO(), ("visible", "hidden")
    with zipfile.ZipFile(file, "w") as archive:
        names = "".join(
            f'<sheet name="{escape(name)}" sheetId="{n}" state="{states[name in hidden]}" r:id="rId{n}"/>'
            for n, name in enumerate(sheets, 1)
        )
        relations = "".join(
            f'<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            f'worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            'officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            f"<sheets>{names}</sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{relations}</Relationships>",
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><numFmts count="1">'
            f'<numFmt numFmtId="164" formatCode="{"0" * padded}"/></numFmts>'
            '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="9"/></cellXfs>'
            "</styleSheet>",
        )
        for n, rows in enumerate(sheets.values(), 1):
            body = "".join(
                f'<row r="{r}">{"".join(cell(chr(65 + c), r, value) for c, value in enumerate(row))}</row>'
                for r, row in enumerate(rows, 1)
            )
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml", f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>'
            )
    return file.getvalue()


def cell(column: str, row: int, value: object) -> str:
    match value:
        case ("date", serial):
            return f'<c r="{column}{row}" s="1"><v>{serial}</v></c>'
        case ("zeros", number):
            return f'<c r="{column}{row}" s="2"><v>{number}</v></c>'
        case ("error", word):
            return f'<c r="{column}{row}" t="e"><v>{word}</v></c>'
        case ("formula", written):
            return f'<c r="{column}{row}"><f>{written}</f><v></v></c>'
        case ("calculated", written, result):
            return f'<c r="{column}{row}"><f>{written}</f><v>{result}</v></c>'
        case ("percent", share):
            return f'<c r="{column}{row}" s="3"><v>{share}</v></c>'
        case int() | float():
            return f'<c r="{column}{row}"><v>{value}</v></c>'
        case _:
            return f'<c r="{column}{row}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>' if value else ""


def test_a_workbook_is_read_as_it_is_typed(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["District report", "", "", ""],
        [*HEADER],
        [("zeros", 100001), "Ada", ("date", 45908), 80],
        ["100002", "Bea", ("date", 45908), 95.5],
        ["", "", "", ""],
        ["", "Total", "", 175.5],
    ]
    (tmp_path / "Results.xlsx").write_bytes(workbook({"Notes": [["read me"]], "Data": rows}))
    cells, pages = read(tmp_path / "Results.xlsx")
    assert cells == ROWS
    remarks = notes(pages)
    assert "a sheet was passed over: Results.xlsx [Notes]" in remarks
    assert "its header is on line 2, below 'District report'" in remarks
    assert "what stands below the last row was passed over: Results.xlsx [Data] line 6: 'Total 175.5'" in remarks


@pytest.mark.parametrize("inside", ["Results.xlsx", "Results.zip"])
def test_leading_zeros_are_those_of_the_sheet_shown_wherever_its_file_is(tmp_path: Path, inside: str) -> None:
    rows: list[list[object]] = [[*HEADER], [("zeros", 100001), "Ada", ("date", 45908), 80]]
    book = workbook({"Lists": [["read me"]], "Data & more": rows}, hidden=("Lists",))
    path = tmp_path / inside
    if inside.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("Results.xlsx", book)
    else:
        path.write_bytes(book)
    cells, _ = read(path)
    assert cells == ROWS[:1]


def test_what_lies_beside_the_data_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "Export.zip"
    rows = [",".join(row) for row in (HEADER, *ROWS)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rc.csv", "\n".join(rows))
        archive.writestr("READ ME.txt", "This is the export of fall.\nCall us.\n")
        for name in ("Thumbs.db", "desktop.ini", "~$rc.xlsx", "__MACOSX/._rc.csv", ".DS_Store"):
            archive.writestr(name, b"\xd0\xcf\x11\xe0")
    cells, pages = read(path)
    assert cells == ROWS
    assert "READ ME.txt holds no rows: it was passed over" in notes(pages)


def test_a_text_or_a_page_under_a_workbooks_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "rc.xls").write_text("\n".join("\t".join(row) for row in (HEADER, *ROWS)))
    assert read(tmp_path / "rc.xls")[0] == ROWS
    markup = "".join(f"<tr><td>{'<td>'.join(row)}</tr>" for row in (HEADER, *ROWS))
    (tmp_path / "rc.xls").write_text(f"<html><table>{markup}</table></html>")
    cells, pages = read(tmp_path / "rc.xls")
    assert cells == ROWS
    assert "rc.xls is a web page: what it shows was read" in notes(pages)
    (tmp_path / "page.xls").write_text("<html><table><tr><td>Session expired</td></tr></table></html>")
    with pytest.raises(ConfigError, match="is a web page without a table of rows, such as a page to sign in at"):
        read(tmp_path / "page.xls")


def as_json(_text: str) -> bytes:
    return json.dumps({"rows": [dict(zip(HEADER, row, strict=True)) for row in ROWS]}).encode()


def as_lines(_text: str) -> bytes:
    return "\n".join(json.dumps(dict(zip(HEADER, row, strict=True))) for row in ROWS).encode()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("rc.csv", lambda text: text.encode()),
        ("rc.csv", lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()),
        ("rc.txt", lambda text: text.replace(",", "\t").encode("utf-16")),
        ("rc.tsv", lambda text: text.replace(",", "\t").encode()),
        ("rc.csv", lambda text: ("sep=;\n" + text.replace(",", ";")).encode()),
        ("rc.csv", lambda text: ("District report,,,\nMade 9/9/2025,,,\n" + text).encode()),
        ("rc.csv", lambda text: ("District report\n\n\n" + text).encode()),
        ("rc.csv", lambda text: (text + ",,,\n\n,,,\n").encode()),
        ("rc.csv", lambda text: (text + ",Total,,175.5\n").encode()),
        ("rc.csv", lambda text: (text + "Rows: 2\n").encode()),
        ("rc.csv", lambda text: text.replace("\n", ",,\n").encode()),
        ("rc.csv.gz", lambda text: gzip.compress(text.encode())),
        ("rc.json", as_json),
        ("rc.jsonl", as_lines),
    ],
)
def test_a_file_is_read_as_its_plain_form_is(tmp_path: Path, name: str, made: Callable[[str], bytes]) -> None:
    (tmp_path / name).write_bytes(made(PLAIN))
    cells, pages = read(tmp_path / name)
    assert [row[:4] for row in cells] == ROWS
    assert not [reject for page in pages for reject in page.rejects]


def test_lines_are_those_of_the_file_whatever_stands_above(tmp_path: Path) -> None:
    (tmp_path / "rc.csv").write_text("Report\nmade today\n" + PLAIN + "too short\n5,E,2025-09-08,1\n")
    _, [page] = read(tmp_path / "rc.csv")
    assert list(page.lines) == [4, 5, 7]
    assert page.rejects[0].position == "rc.csv line 6"


def test_a_header_of_two_rows_is_read_together(tmp_path: Path) -> None:
    with (tmp_path / "rc.csv").open("w", newline="") as opened:
        csv.writer(opened).writerows([["Student", "", "Test", ""], ["ID", "First Name", "Date", "Words"], *ROWS])
    layout = LAYOUT.replace('"Words per minute"', '"Test Words"').replace('"Date"', '"Test Date"')
    cells, _ = read(tmp_path / "rc.csv", layout.replace('"First Name"', '"Student First Name"'))
    assert cells == ROWS


def test_an_archive_with_a_guide_and_an_archive_in_it(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("winter.csv", PLAIN)
    with zipfile.ZipFile(tmp_path / "rc.zip", "w") as archive:
        archive.writestr("fall.csv", PLAIN)
        archive.writestr("File Layout Guide.pdf", b"%PDF-1.7")
        archive.writestr("more.zip", inner.getvalue())
    cells, pages = read(tmp_path / "rc.zip")
    assert cells == [*ROWS, *ROWS]
    assert "File Layout Guide.pdf holds no rows: it was passed over" in notes(pages)
    assert {page.file for page in pages} == {"fall.csv", "more.zip/winter.csv"}


def test_a_bomb_in_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rc.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"0" * (40 << 20)))
    with pytest.raises((Unavailable, ConfigError)):
        read(tmp_path / "rc.csv.gz")


def test_fixed_width_by_positions(tmp_path: Path) -> None:
    layout = (
        LAYOUT.replace('dates = ["%m/%d/%Y"]', 'dates = ["%m%d%Y"]')
        + """
[positions]
"Student ID" = [1, 6]
"First Name" = [7, 16]
"Date" = [17, 24]
"Words per minute" = [25, 27]
"Level" = [28, 30]
[ignore]
"of no use" = ["Level"]
"""
    )
    (tmp_path / "scores.txt").write_text("605001ADA       10162023107115\n605002BEATRICE  10162023 95110\n")
    cells, [page] = read(tmp_path / "scores.txt", layout)
    assert cells == [["605001", "ADA", "10162023", "107", "115"], ["605002", "BEATRICE", "10162023", "95", "110"]]
    assert list(page.lines) == [1, 2], "the first line is data"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.pdf", b"%PDF", "holds no file of data"),
        ("a.csv", b"%PDF", "a.csv is a PDF, and holds no rows"),
        ("a.parquet", b"PAR1", "Parquet file"),
        ("a.xlsx", b"PK\x03\x04", "cannot be read as a workbook"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        ("a.json", b"[1, 2", "is not JSON"),
        ("a.csv", b"", "a.csv holds no rows: it is empty"),
        ("a.csv", b"\n\n\n", "a.csv holds no rows: it is empty"),
        ("a.csv", b"x,y\n1,2\n", r"no layout knows this header of 2 columns\. None is near"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises((ConfigError, Unavailable), match=complaint):
        read(tmp_path / name)


FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"


def test_errors_and_formulas_without_a_result_are_told_and_not_blank(tmp_path: Path) -> None:
    scores: list[object] = [("error", "#DIV/0!"), ("formula", "D2*2"), ("calculated", "40+40", 80)]
    rows: list[list[object]] = [[f"10000{n}", "Ada", ("date", 45908), score] for n, score in enumerate(scores)]
    (tmp_path / "rc.xlsx").write_bytes(workbook({"Data": [[*HEADER], *rows]}))
    assert [row[3] for row in read(tmp_path / "rc.xlsx")[0]] == ["#DIV/0!", "=D2*2", "80"]


def test_hidden_sheets_are_told(tmp_path: Path) -> None:
    rows: list[list[object]] = [[*HEADER], ["100001", "Ada", ("date", 45908), 80]]
    sheets: dict[str, list[list[object]]] = {"Read me": [["how to"]], "Data": rows, "Old": rows}
    (tmp_path / "rc.xlsx").write_bytes(workbook(sheets, hidden=("Old",)))
    assert "rc.xlsx: hidden sheets are not read: Old" in notes(read(tmp_path / "rc.xlsx")[1])


@pytest.mark.parametrize("name", ["staar_summative_fixed", "preact_fixed", "cogat_fixed"])
def test_a_file_of_fixed_width_is_its_own_vendors_alone(name: str) -> None:
    assert connector.file is not None
    [part] = connector.file(FIXTURES / name / "page.txt", AssessmentFileSettings())
    assert part.stream == name


def test_percent_of_a_workbook_is_what_it_shows(tmp_path: Path) -> None:
    layout = LAYOUT.replace('score = "Words per minute"', 'percentile = "Percentile"\nscore = "Words per minute"')
    rows: list[list[object]] = [
        [*HEADER, "Percentile"],
        ["100001", "Ada", ("date", 45908), 80, ("percent", 0.57)],
        ["100002", "Bea", ("date", 45908), 95.5, 57],
    ]
    path = tmp_path / "rc.xlsx"
    path.write_bytes(workbook({"Sheet1": rows}))
    table, _ = read(path, layout)
    assert [row[4] for row in table] == ["57%", "57"]


NAMES = ["Ren\u00e9e M\u00fcller", "Zo\u00eb N\u00fa\u00f1ez"]
TEXT = f"{','.join(HEADER)}\n100001,{NAMES[0]},9/8/2025,80\n100002,{NAMES[1]},9/8/2025,95\n"


@pytest.mark.parametrize(
    ("written", "remark"),
    [
        (TEXT.encode("utf-16-le"), "UTF-16"),
        (TEXT.encode("utf-32"), "UTF-32"),
        (TEXT.encode("cp1252"), "Windows-1252"),
        (TEXT.encode("mac_roman"), "Mac Roman"),
        (TEXT.replace("\n", "\r").encode("mac_roman"), "Mac Roman"),
        (TEXT.encode("cp437"), "DOS"),
        (TEXT.encode("cp850"), "DOS"),
        (TEXT.encode().decode("cp1252").encode(), "encoded twice"),
        (TEXT.encode().decode("latin-1").encode(), "encoded twice"),
    ],
)
def test_names_are_what_they_were_in_whatever_a_file_is_encoded(written: bytes, remark: str, tmp_path: Path) -> None:
    path = tmp_path / "rc.csv"
    path.write_bytes(written)
    rows, pages = read(path)
    assert [row[1] for row in rows] == NAMES
    assert any(remark in note for page in pages for note in page.notes)


@pytest.mark.parametrize(
    "name", ["O\u2019Brien", "Garc\u00eda\u2013L\u00f3pez", "Jos\u00e9", "\u00c9lodie", "MAP\u00ae"]
)
def test_windows_1252_is_no_other_set(name: str, tmp_path: Path) -> None:
    path = tmp_path / "rc.csv"
    path.write_bytes(TEXT.replace(NAMES[0], name).replace(NAMES[1], name).encode("cp1252"))
    rows, _ = read(path)
    assert {row[1] for row in rows} == {name}


@pytest.mark.parametrize("sign", ["^", "~", "\x1f", "\x01"])
def test_other_signs_between_cells(sign: str, tmp_path: Path) -> None:
    path = tmp_path / "rc.csv"
    path.write_text(PLAIN.replace(",", sign))
    assert read(path)[0] == ROWS


def test_rows_that_are_quoted_as_a_whole(tmp_path: Path) -> None:
    header, *rows = PLAIN.splitlines()
    path = tmp_path / "rc.csv"
    for lines in ([header, *(f'"{row}"' for row in rows)], [f'"{line}"' for line in (header, *rows)]):
        path.write_text("\n".join(lines))
        table, pages = read(path)
        assert table == ROWS
        assert any("quoted as a whole" in note for page in pages for note in page.notes)


def test_a_header_of_two_rows_of_which_each_names_some_columns(tmp_path: Path) -> None:
    path = tmp_path / "rc.csv"
    body = "".join(f"{','.join(row)}\n" for row in ROWS)
    path.write_text(f"Student,,Test,Reading\nID,First Name,Date,Words per minute\n{body}")
    assert read(path)[0] == ROWS


def test_a_remark_below_the_header_makes_nobody(tmp_path: Path) -> None:
    header, *rows = PLAIN.splitlines()
    path = tmp_path / "rc.csv"
    path.write_text("\n".join([header, "(text),,(m/d/y),(words)", *rows]))
    table, pages = read(path)
    assert table == ROWS
    assert any("remark among the rows was passed over" in note for page in pages for note in page.notes)


def test_a_packed_file_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "rc.csv"
    path.write_bytes(gzip.compress(PLAIN.encode()))
    assert read(path)[0] == ROWS
