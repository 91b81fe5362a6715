"""CSV pages: every row arrives or is put aside with its line; no encoding is guessed in silence; memory is bounded."""

import csv
import io
import itertools
import re
import tracemalloc
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import Page
from connectors.errors import SourceError, Unavailable
from connectors.kit import csv_pages
from connectors.kit.encodings import once


def encoded_once(text: str) -> bool:
    """Whether no line of a text looks as if it had been encoded twice, which is undone and told."""
    return all(once(line) == line for line in re.split(r"[\r\n]", text))


cell = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8).filter(encoded_once)


def read(data: bytes, size: int = 5000) -> list[Page]:
    return list(csv_pages(io.BytesIO(data), "users.csv", size=size))


def rows(pages: list[Page]) -> list[list[str]]:
    return [msgspec.json.decode(record) for page in pages for record in page.records]


def only(data: bytes) -> Page:
    (page,) = read(data)
    return page


def test_a_page_has_columns_as_in_the_file_and_cells_as_texts() -> None:
    page = only(b'\xef\xbb\xbf sourcedId ,"status",Name\r\n1,,"Sample, ""Ada"""\r\n2, x ,Ben\r\n')
    assert page.columns == ("sourcedId", "status", "Name")
    assert rows([page]) == [["1", "", 'Sample, "Ada"'], ["2", " x ", "Ben"]]
    assert (page.rejects, page.notes, page.cursor) == ([], [], None)


@given(
    table=st.lists(st.lists(cell, min_size=3, max_size=3), max_size=30),
    size=st.integers(1, 7),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.booleans(),
)
def test_any_table_comes_back_whole_and_in_order(table: list[list[str]], size: int, end: str, bom: bool) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *table])
    pages = read(text.getvalue().encode("utf-8-sig" if bom else "utf-8"), size)
    assert rows(pages) == [row for row in table if any(row)]
    assert all(len(page.records) <= size and page.columns == ("a", "b", "c") for page in pages)
    assert not any(page.rejects or page.notes for page in pages)


@given(
    table=st.lists(st.lists(cell, min_size=2, max_size=2), max_size=20),
    wide=st.sampled_from(["utf-16-le", "utf-16-be"]),
)
def test_utf_16_is_read_and_told(table: list[list[str]], wide: str) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["first", "second"], *table])
    for bom in ("", "\ufeff"):
        pages = read((bom + text.getvalue()).encode(wide))
        assert rows(pages) == [row for row in table if any(row)]
        assert pages[0].notes == ["users.csv is read as UTF-16"]


def test_windows_1252_is_read_line_by_line_and_told_once() -> None:
    page = only("id,name\n1,Zoë\n".encode() + "2,José “x”\n3,Renée\n".encode("cp1252") + "4,Łukasz\n".encode())
    assert rows([page]) == [["1", "Zoë"], ["2", "José “x”"], ["3", "Renée"], ["4", "Łukasz"]]
    assert page.notes == ["users.csv line 3 is not UTF-8: it and others like it are read as Windows-1252"]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (b"2", "it has 1 cells, and the header has 2"),
        (b"2,Ben,x", "it has 3 cells, and the header has 2"),
        (b"2,B\0n", "NUL"),
        (b'2,"Ben" Sample', "',' expected after '\"'"),
        (b"2," + b"x" * 200_000, "field larger than field limit"),
        (b'2,"Ben', ""),
    ],
)
def test_a_row_that_does_not_fit_is_put_aside_with_its_line_and_the_rest_is_read(row: bytes, complaint: str) -> None:
    page = only(b"id,name\n1,Ada\n\n" + row + b'\n3,"Cy"\n4,"D\nE"\n5,x\n')
    assert rows([page]) == [["1", "Ada"], ["3", "Cy"], ["4", "D\nE"], ["5", "x"]]
    (reject,) = page.rejects
    assert reject.position == "users.csv line 4"
    assert reject.body == row + b"\n"
    assert complaint in reject.reason


def test_a_byte_that_the_files_own_set_does_not_have_costs_its_row() -> None:
    page = only("id,name\n1,José\n2,Renée\n".encode("cp1252") + b"3,B\x81n\n4,Di\n")
    assert rows([page]) == [["1", "José"], ["2", "Renée"], ["4", "Di"]]
    assert [reject.position for reject in page.rejects] == ["users.csv line 4"]
    assert "neither UTF-8 nor" in page.rejects[0].reason


def test_a_quote_left_open_eats_no_other_row() -> None:
    good = b"".join(b"%d,Ada\n" % n for n in range(20_000))
    page = read(b"id,name\n" + b'x,"Ben\n' + good + b'y,"Cy\n' + good, size=100_000)[0]
    assert len(page.records) == 40_000
    assert [reject.position for reject in page.rejects] == ["users.csv line 2", "users.csv line 20003"]


def test_broken_quotes_throughout_are_no_csv() -> None:
    with pytest.raises(Unavailable, match="more than 1000 rows have broken quotes"):
        read(b"id,name\n" + b'x,"Ben\ny,Ada\n' * 2000)


def test_a_row_without_end_is_no_csv() -> None:
    with pytest.raises(Unavailable, match="the row that begins at line 2 does not end"):
        read(b"id,name\n" + b'"a\n",' * 2_000_000)


def test_rejects_fill_pages_too() -> None:
    pages = read(b"id,name\n" + b"x,y,z\n" * 25 + b"1,Ada\n", size=10)
    assert [(len(page.records), len(page.rejects)) for page in pages] == [(0, 10), (0, 10), (1, 5)]
    assert pages[-1].rejects[-1].position == "users.csv line 26"


def test_columns_of_one_name_are_numbered_and_told() -> None:
    page = only(b"id,Filler,,Filler (2),Filler,\n1,2,3,4,5\n")
    assert page.columns == ("id", "Filler", "(column 3)", "Filler (2)", "Filler (3)")
    assert page.notes == ["users.csv has columns of one name: Filler; they are numbered"]


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (b"id,name,,\n1,Ada\n2,Ben\n", None),
        (b"id,name,,\n1,Ada,,\n2,Ben,,\n", "have blank cells to spare"),
        (b"id,name\n1,Ada,,\n2,Ben,,\n", "have blank cells to spare"),
        (b"id,name,note\n1,Ada\n2,Ben\n", "lack cells at their end: they are blank"),
    ],
)
def test_blank_cells_missing_or_to_spare_are_nothing_and_told_once(data: bytes, note: str | None) -> None:
    (page,) = csv_pages(io.BytesIO(data), "users.csv", short_rows=True)
    assert [row[:2] for row in rows([page])] == [["1", "Ada"], ["2", "Ben"]]
    assert page.rejects == []
    assert page.notes == ([f"users.csv: rows, of which line 2 is the first, {note}"] if note else [])


@given(
    table=st.lists(st.lists(st.text('ab ,"é', max_size=4), min_size=1, max_size=5), max_size=12),
    spare=st.lists(st.integers(0, 3), min_size=12, max_size=12),
)
def test_no_text_is_lost_and_none_is_moved_whatever_the_rows_lengths(table: list[list[str]], spare: list[int]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows([*row, *[""] * more] for row, more in zip(table, spare, strict=False))
    pages = list(csv_pages(io.BytesIO(text.getvalue().encode()), "users.csv", short_rows=True))
    fits = [row for row in table if not any(value.strip() for value in row[3:])]
    filled = [row for row in fits if any(row)]  # a row of blank cells says nothing, and is none
    assert rows(pages) == [[*row, "", ""][:3] for row in filled]
    assert sum(len(page.rejects) for page in pages) == len(table) - len(fits)


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_another_delimiter_is_read_and_told(delimiter: str) -> None:
    page = only(f'id{delimiter}"last, first"\n1{delimiter}Sample, Ada\n'.encode())
    assert rows([page]) == [["1", "Sample, Ada"]]
    assert page.notes == [f"users.csv is read with {delimiter!r} between cells, as its header has it"]


@pytest.mark.parametrize("data", [b"id\n", b"id", b"\n\n id \n\n"])
def test_a_file_without_rows_is_one_empty_page(data: bytes) -> None:
    page = only(data)
    assert (page.records, page.columns) == ([], ("id",))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\r\n", "is empty"),
        (b"<html><body>Please log in</body></html>", "is a web page"),
        (b"PK\x03\x04...", "an Excel workbook, not CSV"),
        (b"%PDF-1.7", "is a PDF"),
        (b"i\0d,x\n", "NUL"),
        (b'"id\n', "its header is no CSV"),
        ("id\nx\n".encode("utf-16") + b"\0", "begins as UTF-16 and is not"),
        (b"\xff\xfe\x00\xd8\x00\x00", "begins as UTF-16 and is not"),
        (b"id\n" + b"x" * 6_000_000, "no end of line within"),
    ],
)
def test_what_is_no_csv_is_unavailable(data: bytes, complaint: str) -> None:
    with pytest.raises(Unavailable, match=complaint):
        read(data)


@given(data=st.binary(max_size=300))
def test_any_bytes_give_pages_or_a_source_error(data: bytes) -> None:
    try:
        pages = read(b"a,b\n" + data, size=3)
    except SourceError:
        return
    assert all(len(row) == 2 for row in rows(pages))


LINES = ["1,2", "1,2,3", "1", '"1",2', '1,"2"', '1,"2', '1,2"', '1,"2"x', "é,ü", "1,\0"]


@given(lines=st.lists(st.sampled_from(LINES), max_size=30), end=st.sampled_from(["\n", "\r\n"]))
def test_every_line_is_told_in_a_row_or_a_reject(lines: list[str], end: str) -> None:
    """A row that spans lines holds their ends in its cells: counted, no line goes missing, and none is told twice."""
    pages = read(end.join(["a,b", *lines, ""]).encode(), size=4)
    spanned = sum(1 + sum(text.count("\n") for text in row) for row in rows(pages))
    assert spanned + sum(len(page.rejects) for page in pages) == len(lines)


class Endless(io.RawIOBase):
    """CSV made as it is read, without end."""

    def __init__(self, block: bytes) -> None:
        self._blocks: Iterator[bytes] = itertools.repeat(block)
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        block = next(self._blocks)[: len(buffer)] if self.given else b"id,name\n"
        buffer[: len(block)] = block
        self.given += len(block)
        return len(block)


@pytest.mark.parametrize(
    ("block", "until", "most"),
    [
        (b"1,Ada Sample\n" * 600, 8_000_000, 16_000_000),
        (b'1,"' + b"x" * 7_000 + b'"\n', 200_000_000, 64_000_000),
        (b"x" * 8_000 + b"\n", 200_000_000, 64_000_000),
    ],
    ids=["many rows", "heavy rows", "heavy rejects"],
)
def test_memory_does_not_grow_with_the_file(block: bytes, until: int, most: int) -> None:
    source = Endless(block)
    pages = csv_pages(io.BufferedReader(source), "big.csv")
    tracemalloc.start()
    try:
        while source.given < until:
            next(pages)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most, peak


@pytest.mark.parametrize("text", ["Â\x80", "Â\x9f", "Zo\xc3"])
def test_what_would_be_no_letters_was_not_encoded_twice(text: str) -> None:
    assert rows(read(f"first,second\n{text},x\n".encode())) == [[text, "x"]]


@pytest.mark.parametrize("cell", [r'"say \"yes\""', r'"\"\"\"Compare\"\" Problems\""', r'"ends in \""'])
def test_quotes_written_with_a_backslash_are_quotes(cell: str) -> None:
    """As Spark and MySQL write them; what is right by the rules of CSV is read by these."""
    page = only(f'id,name,score\n1,{cell},5\n2,plain,6\n3,"right ""quotes""",7\n'.encode())
    first, *others = rows([page])
    assert (first[0], first[2], len(first)) == ("1", "5", 3)
    assert '"' in first[1]
    assert "\\" not in first[1]
    assert others == [["2", "plain", "6"], ["3", 'right "quotes"', "7"]]
    assert not page.rejects
    assert any("of which line 2 is the first, have quotes written as" in note for note in page.notes)
