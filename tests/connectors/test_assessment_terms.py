"""Files whose columns name the terms: what one term's file says stays when the next term's is loaded."""

import csv
from pathlib import Path

import msgspec

from app.pipeline import raw
from connectors import Page
from connectors.assessment_file import AssessmentFileSettings, connector, shipped
from connectors.assessment_file.header import match
from connectors.assessment_file.layout import parse
from connectors.assessment_file.terms import named_terms, terms_of_columns

STREAMS = {stream.name: stream for stream in connector.streams}
WHO = {"student_id": "605001", "student_key": "71", "secondary_id": "9", "year": "2022-2023", "first_name": "Ada"}
FALL = {"lnf_1_beg": "42", "psf_1_beg": "30"}
WINTER = {"psf_1_beg": "31", "cls_1_mid": "58"}


def pages_of(path: Path, *rows: dict[str, str]) -> list[Page]:
    with path.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert connector.file is not None
    return [page for part in connector.file(path, AssessmentFileSettings()) for page in part.pages]


def keys(pages: list[Page]) -> dict[str, dict[str, str]]:
    """Of each row its filled cells, by its key."""
    rows = {}
    for page in pages:
        [items], rejects = raw.rounds(page, STREAMS["acadience"], 1)
        assert rejects == {}
        for item in items:
            cells = zip(page.columns or (), msgspec.json.decode(item.body), strict=True)
            rows[item.key] = {column: cell for column, cell in cells if cell}
    return rows


def test_each_term_is_a_row_of_its_own_and_a_later_file_corrects_its_own_terms_alone(tmp_path: Path) -> None:
    fall = keys(pages_of(tmp_path / "fall.csv", WHO | FALL))
    winter = keys(pages_of(tmp_path / "winter.csv", WHO | WINTER))
    beginning, middle = (f"2022-2023|605001|reading 1 {period}" for period in ("beg", "mid"))
    assert fall == {beginning: WHO | FALL}
    assert winter == {beginning: WHO | {"psf_1_beg": "31"}, middle: WHO | {"cls_1_mid": "58"}}


def test_no_cell_of_a_row_of_several_terms_is_lost_and_its_lines_are_told(tmp_path: Path) -> None:
    nothing = dict.fromkeys([*FALL, *WINTER], "")
    rows = [WHO | FALL | WINTER, WHO | nothing | {"student_id": "605002"}, WHO | nothing | {"cls_1_mid": "7"}]
    rows[2]["student_id"] = "605003"
    pages = pages_of(tmp_path / "all.csv", *rows)
    lines = keys(pages)
    for row in rows:
        mine = [cells for cells in lines.values() if cells["student_id"] == row["student_id"]]
        assert {pair for cells in mine for pair in cells.items()} == {pair for pair in row.items() if pair[1]}
    places = [page.place(pos) for page in pages for pos in range(len(page.records))]
    assert sorted(places) == ["all.csv line 2", "all.csv line 2", "all.csv line 3", "all.csv line 4"]
    assert len([note for page in pages for note in page.notes]) == len(set(pages[0].notes))


def test_a_layout_without_terms_has_rows_as_they_are() -> None:
    layout = shipped()["map_growth"]
    assert named_terms(layout, sorted(layout.columns)) == ""
    assert terms_of_columns(layout, sorted(layout.columns)) == {}


def test_many_terms_are_named_by_a_short_mark_that_does_not_hang_on_their_order() -> None:
    columns = sorted(shipped()["dibels_dds"].columns)
    marks = {named_terms(shipped()["dibels_dds"], order) for order in (columns, columns[::-1])}
    assert [len(mark) for mark in marks] == [16]


def test_a_layout_needs_one_of_its_results_in_the_header_and_the_key_of_each() -> None:
    layout = parse(
        'base = "_acadience"\nname = "x"\ntitle = "x"\nkey = ["student_id"]\n[[results]]\n'
        'key = ["year_grade1"]\nscore = "lnf_1_beg"\n[[results]]\nsuffix = "2"\nscore = "cls_1_mid"\n'
    )
    who = ["student_id", "student_key", "secondary_id"]
    assert match(who, layout).missing == ("lnf_1_beg",)
    assert match([*who, "cls_1_mid"], layout).missing == ()
    assert match([*who, "cls_1_mid", "lnf_1_beg"], layout).missing == ("year_grade1",)
