"""No cell is lost: whatever a cell of a file says is in a record, ignored by the layout, or told."""

import csv
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.pipeline import raw
from app.pipeline.normalize import normalize
from app.pipeline.seen_keys import Place, SeenKeys, without_repeats
from connectors import Page, Stream
from connectors.assessment_file import AssessmentFileSettings, connector, shipped
from connectors.assessment_file.header import match
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import AnyRecord, Person, Result

FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"
SAMPLES = sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir())
STREAMS = {stream.name: stream for stream in connector.streams}

WIDE = 500
"""Of a file with so many columns one row is enough: each of its cells is blanked in turn."""

CHECK = """
name = "rc"
title = "Reading check"
key = ["Date"]
signature = ["Words per minute"]
dates = ["%m/%d/%Y", "%m%d%Y"]
blank = ["N/A"]
[person]
identifiers = [{ type = "district", column = "Student ID" }]
given = "First Name"
family = "Last Name"
birth_date = "Birth Date"
[item]
title = { fixed = "Reading check" }
[common]
scored_on = "Date"
[[results]]
score = "Words per minute"
level = "Band"
keep = ["Minutes", "Status", "Attempt"]
"""
NAMES = "Student ID,First Name,Last Name,Birth Date,Date,Attempt,Words per minute,Band,Minutes,Status"
HEADER = NAMES.split(",")
ROW = ["100001", "Ada", "One", "1/6/2015", "9/8/2025", "1", "90", "On", "5", "Complete"]


def streams_of(text: str = CHECK) -> Stream:
    [stream] = connector.more_streams(AssessmentFileSettings(layouts=(text,)))
    return stream


def mapped(stream: Stream, **cells: str) -> tuple[list[AnyRecord], list[tuple[str, str, str]]]:
    row = dict(zip(HEADER, ROW, strict=True)) | {HEADER[int(name[1:])]: cell for name, cell in cells.items()}
    fields = Fields({column: cell for column, cell in row.items() if cell})
    return list(stream.map(fields)), fields.odd or []


def result(records: list[AnyRecord]) -> Result:
    [only] = [record for record in records if isinstance(record, Result)]
    return only


def person(records: list[AnyRecord]) -> Person:
    [only] = [record for record in records if isinstance(record, Person)]
    return only


def outcome(stream: Stream, row: dict[str, str]) -> Any:
    """All that a row brings about: its records, what is told of it, or why it is put aside."""
    fields = Fields({column: cell for column, cell in row.items() if cell})
    try:
        records = msgspec.json.encode(list(stream.map(fields)))
    except MappingError as why:
        return str(why)
    return records, fields.odd, fields.passed_over, sorted(name for name, _ in fields.left())


def pages_of(name: str) -> list[Page]:
    assert connector.file is not None
    page = next((FIXTURES / name).glob("page.*"))
    return [page for part in connector.file(page, AssessmentFileSettings()) for page in part.pages]


@pytest.mark.parametrize("name", SAMPLES)
def test_ablation_no_cell_of_a_sample_can_go_without_a_change(name: str) -> None:
    stream, lost = STREAMS[name], []
    for page in pages_of(name):
        for body in page.records if len(page.columns or ()) < WIDE else page.records[:1]:
            row = dict(zip(page.columns or (), msgspec.json.decode(body), strict=True))
            whole = outcome(stream, row)
            for column, cell in row.items():
                if cell.strip() and outcome(stream, {**row, column: ""}) == whole:
                    lost.append((column, cell))
    assert lost == []


@pytest.mark.parametrize("name", SAMPLES)
def test_cells_add_up_over_every_sample(name: str) -> None:
    stream = STREAMS[name]
    for page in pages_of(name):
        rounds, _ = raw.rounds(page, stream, 1)
        cells = normalize(stream, rounds[0], page.columns).cells
        filled = sum(bool(cell) for item in rounds[0] for cell in msgspec.json.decode(item.body))
        assert sum(cells.values()) == filled
        assert cells["mapped"] > 0


def test_what_is_kept_with_a_result_that_does_not_arise_stays_with_the_learner() -> None:
    records, odd = mapped(streams_of(), c6="", c7="", c9="Parent Excuse")
    assert not [record for record in records if isinstance(record, Result)]
    cells = {"Minutes": "5", "Status": "Parent Excuse", "Attempt": "1", "Date": "9/8/2025"}
    assert person(records).extensions == cells
    assert odd == []


@pytest.mark.parametrize(
    ("cell", "born"),
    [
        ("1062015", "2015-01-06"),
        ("1252016", "2016-01-25"),
        ("01062015", "2015-01-06"),
        ("2015-01-06", "2015-01-06"),
        ("2015-01-06T00:00:00", "2015-01-06"),
        ("106201", None),
        ("2015-01-0", None),
        ("2015-01-06 or so", None),
        ("111/06/2015", None),
    ],
)
def test_a_date_has_the_digits_that_its_form_says(cell: str, born: str | None) -> None:
    records, odd = mapped(streams_of(), c3=cell)
    assert (str(person(records).birth_date) if born else person(records).birth_date) == born
    assert bool(odd) is (born is None)
    if born is None:
        assert person(records).extensions["Birth Date"] == cell


def test_two_digits_of_a_year_mean_what_the_column_is() -> None:
    stream = streams_of(CHECK.replace('["%m/%d/%Y", "%m%d%Y"]', '["%m/%d/%y"]'))
    for cell, born in (("1/6/15", "2015-01-06"), ("1/6/68", "1968-01-06"), ("1/6/26", "1926-01-06")):
        records, _ = mapped(stream, c3=cell, c4="9/8/25")
        assert str(person(records).birth_date) == born
        assert str(result(records).scored_on) == "2025-09-08"


def test_a_month_without_a_day_stays_one() -> None:
    stream = streams_of(CHECK.replace('"%m%d%Y"]', '"%m/%Y"]'))
    records, odd = mapped(stream, c3="9/2015", c4="9/2025")
    assert (person(records).birth_date, person(records).birth_year) == (None, 2015)
    assert person(records).extensions["Birth Date"] == "9/2015"
    assert result(records).scored_on is None
    assert result(records).extensions["Date"] == "9/2025"
    assert odd == []


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("'100001", "100001"),
        ('="0100002"', "0100002"),
        ('= "0100002"', "0100002"),
        ('=T("0100002")', "0100002"),
        ('=t( "0100002" )', "0100002"),
        ('="0100"&"002"', '="0100"&"002"'),
        ("100003.0", "100003"),
        ("\u200b100004", "100004"),
        ("100\u00a0005", "100 005"),
        ("6.05001E+05", "605001"),
        ("0100006", "0100006"),
        ("12E5", "12E5"),
    ],
)
def test_an_identifier_is_undressed(cell: str, value: str) -> None:
    records, _ = mapped(streams_of(), c0=cell)
    assert person(records).identifiers[0].value == value
    assert person(records).key == f"district:{value}" == result(records).person


def test_an_identifier_whose_digits_are_gone_is_refused() -> None:
    with pytest.raises(MappingError, match=r"'1\.2E\+11' is an id that a spreadsheet has rounded"):
        mapped(streams_of(), c0="1.2E+11")


@pytest.mark.parametrize("cell", ["<5", ">95", "*", "85%", "1,090", "690L", "50 mins", "#DIV/0!", "NULL", "banana"])
def test_one_odd_cell_costs_its_own_value_and_not_its_row(cell: str) -> None:
    records, [(column, value, _)] = mapped(streams_of(), c6=cell)
    scored = result(records)
    assert (scored.score, scored.level, scored.extensions["Words per minute"]) == (None, "On", cell)
    assert (column, value) == ("Words per minute", cell)


@pytest.mark.parametrize(
    ("source", "cell", "score"),
    [
        ("percent = true", "85%", 85),
        ('thousands = ","', "1,090", 1090),
        ('thousands = "."', "1.090,5", 1090.5),
        ('units = ["L"]', "690L", 690),
        ('units = ["BR", "L"]', "BR150L", 150),
        ('units = ["mins", "min"]', "50 mins", 50),
        ("part = [3, 5]", "X.107.R", 107),
        ('split = "/", take = 2', "40/52", 52),
        ('split = "/", take = -1', "40/52", 52),
        (r"match = 'score (\d+)'", "a score 77 of 100", 77),
    ],
)
def test_a_layout_says_how_a_cell_is_read(source: str, cell: str, score: float) -> None:
    text = CHECK.replace('score = "Words per minute"', f'score = {{ column = "Words per minute", {source} }}')
    records, odd = mapped(streams_of(text), c6=cell)
    assert (result(records).score, odd) == (score, [])


def test_words_of_a_layout_are_kept_with_their_meaning_told() -> None:
    text = CHECK.replace("[person]", '[words]\n"left early" = ["LE"]\n[person]', 1)
    records, odd = mapped(streams_of(text), c6="LE")
    assert result(records).extensions["Words per minute"] == "LE"
    assert odd == [("Words per minute", "LE", "is a word for 'left early'")]


def rows_as_page(stream: Stream, *rows: list[str], file: str = "rc.csv") -> Page:
    return Page([msgspec.json.encode(row) for row in rows], tuple(HEADER), file=file, lines=range(2, 2 + len(rows)))


def changed(**cells: str) -> list[str]:
    return [cells.get(f"c{number}", cell) for number, cell in enumerate(ROW)]


def test_two_learners_with_one_test_id_are_two_and_two_tries_of_one_day_are_two() -> None:
    by_id = streams_of(CHECK.replace('key = ["Date"]', 'key = ["Attempt"]'))
    page = rows_as_page(by_id, changed(c5="77"), changed(c0="200002", c5="77"))
    assert [len(items) for items in raw.rounds(page, by_id, 1)[0]] == [2]
    tries = streams_of(CHECK.replace('key = ["Date"]', 'key = ["Date"]\ntries = ["Attempt"]'))
    page = rows_as_page(tries, changed(), changed(c5="2", c6="95"), changed(c5=""))
    assert [len(items) for items in raw.rounds(page, tries, 1)[0]] == [3]
    keys = {result(mapped(tries, c5=attempt)[0]).key for attempt in ("1", "2", "")}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("first", "again", "other"),
    [
        ("9/8/2025 9:02", "09/08/2025 09:02:11 AM", "9/8/2025 2:15 PM"),
        ("9/8/2025", "9/8/2025 0:00", "9/8/2025 12:30 PM"),
    ],
)
def test_two_tries_of_a_day_are_told_apart_by_their_time(first: str, again: str, other: str) -> None:
    stream = streams_of(CHECK.replace('key = ["Date"]', 'key = ["Date"]\ntries = ["Attempt"]'))
    keys = [result(mapped(stream, c5=cell)[0]).key for cell in (first, again, other)]
    assert keys[0] == keys[1] != keys[2]


def test_a_key_is_the_same_however_a_spreadsheet_dressed_it() -> None:
    stream = streams_of()
    page = rows_as_page(
        stream, changed(), changed(c0="'100001", c4="2025-09-08"), changed(c0="100001.0", c4="09/08/2025")
    )
    assert [len(items) for items in raw.rounds(page, stream, 1)[0]] == [1, 1, 1]


def test_a_key_that_repeats_is_told_with_both_lines_however_far_apart() -> None:
    stream, seen = streams_of(), SeenKeys()
    first, far = (
        rows_as_page(stream, changed(), changed(c5="2", c6="95"), changed()),
        rows_as_page(stream, changed(c6="1")),
    )
    rounds, rejects = without_repeats(seen, raw.rounds(first, stream, 1)[0], first, stream)
    assert [len(items) for items in rounds] == [1, 1]  # the third is a copy of the first, cell for cell
    [(pos, reject)] = rejects.items()
    assert pos == 1
    assert "lines 2 and 3 have the same key Student ID + Date and differ in Attempt, Words per minute" in reject.reason
    for filler in range(20_000):
        assert seen.before(f"filler {filler}", Place("rc.csv", filler, 0)) is None
    _, rejects = without_repeats(seen, raw.rounds(far, stream, 1)[0], far, stream)
    assert "lines 2 and 2 have the same key" in rejects[0].reason
    seen.close()


@pytest.mark.slow
def test_every_shipped_layout_knows_its_own_columns_and_no_other_layout_does_as_well() -> None:
    layouts = shipped()
    for layout in layouts.values():
        if layout.positions:
            continue
        header = sorted(layout.named)
        others = [match(header, other) for other in layouts.values() if other is not layout and not other.positions]
        assert not [other.layout.name for other in others if not other.missing and not other.unknown], layout.name


def test_a_sample_with_a_header_in_capitals_is_the_same() -> None:
    with (FIXTURES / "iready_math/page.csv").open(encoding="utf-8-sig", newline="") as opened:
        header = next(csv.reader(opened))
    assert match([column.upper() for column in header], shipped()["iready_math"]).unknown == ()


PACKED = """
name = "packed"
title = "Packed"
key = ["Date"]
signature = ["Scores"]
dates = ["%m/%d/%Y"]
[ranges]
n.1 = "Verbal"
n.2 = "Quantitative"
[person]
identifiers = [{ type = "district", column = "Student ID" }]
[item]
title = { fixed = "Packed" }
[[results]]
suffix = "{n}"
title = { fixed = "{n:title}" }
score = { column = "Scores", packed = 3, of = 2, take = "{n}" }
keep = ["Scores"]
"""


@pytest.mark.parametrize(
    ("cell", "scores"),
    [
        ("107105", [107, 105]),
        (" 91112", [91, 112]),
        ("91112", [91, 112]),  # a blank was cut off its beginning
        ("   105", [105]),
        ("105", []),  # of which of the two nobody knows
        ("1.07105E+20", []),
    ],
)
def test_packed_values_are_told_by_their_place_or_not_at_all(cell: str, scores: list[float]) -> None:
    fields = Fields({"Student ID": "100001", "Date": "9/8/2025", "Scores": cell})
    records = list(streams_of(PACKED).map(fields))
    assert [record.score for record in records if isinstance(record, Result)] == scores
    assert bool(fields.odd) is (scores == [])
    assert scores or person(records).extensions["Scores"] == cell


def test_what_a_base_ignores_stays_ignored_where_a_layout_ignores_more_for_the_same_reason() -> None:
    reason = "demographics and programs: the student information system is their source"
    text = CHECK.replace('name = "rc"', f'name = "rc"\nbase = "_usual"\nignore = {{ "{reason}" = ["LangCode"] }}')
    assert {"LangCode", "Gender", "Race", "IEP"} <= {
        column for column in ("LangCode", "Gender", "Race", "IEP") if column in streams_of(text).ignore
    }


@pytest.mark.parametrize(
    ("born", "reason"),
    [
        ("1/1/1900", "is what stands for no birth date"),
        ("12/30/1899", "is what stands for no birth date"),
        ("1/6/2035", "is a birth date after the test"),
    ],
)
def test_a_birth_date_that_cannot_be_one_is_kept_and_told(born: str, reason: str) -> None:
    records, odd = mapped(streams_of(), c3=born)
    assert person(records).birth_date is None
    assert person(records).extensions["Birth Date"] == born
    assert ("Birth Date", born, reason) in odd


@pytest.mark.parametrize(
    "cell", ["9/8/2025 12:00:00 AM", "9/8/2025 0:00", "9/8/2025 14:05:10", "09/08/2025 00:00:00.000"]
)
def test_a_time_of_day_changes_nothing_of_a_day(cell: str) -> None:
    records, odd = mapped(streams_of(), c4=cell)
    assert str(result(records).scored_on) == "2025-09-08"
    assert not odd
    assert result(records).key == result(mapped(streams_of())[0]).key


def test_a_day_that_stands_for_none_is_no_day_of_a_test() -> None:
    records, odd = mapped(streams_of(), c4="1/1/1900")
    assert result(records).scored_on is None
    assert result(records).extensions["Date"] == "1/1/1900"
    assert odd == [("Date", "1/1/1900", "is what stands for no date")]
