"""Dates that a spreadsheet has turned: one that only the other order can read proves what its column is."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.assessment_file import AssessmentFileSettings
from connectors.assessment_file import connector as assessments
from connectors.evidence import EvidenceSettings
from connectors.evidence import connector as evidence
from connectors.fields import Fields
from schemas import Evidence, Person, Result

LAYOUT = """
name = "rc"
title = "Reading check"
key = ["Date"]
signature = ["WPM"]
dates = ["%m/%d/%Y", "%m/%d/%y"]
[person]
identifiers = [{ type = "district", column = "Student ID" }]
birth_date = "DOB"
[item]
title = { fixed = "Reading check" }
[common]
scored_on = "Date"
[[results]]
score = "WPM"
"""


def read(path: Path, rows: list[tuple[str, str]]) -> tuple[list[Any], list[str]]:
    """What the file says of (date, birth date), and what is noted of it."""
    path.write_text("\n".join(["Student ID,Date,DOB,WPM", *(f"{n},{d},{b},80" for n, (d, b) in enumerate(rows, 101))]))
    settings = AssessmentFileSettings(layouts=(LAYOUT,))
    stream = next(candidate for candidate in assessments.streams_for(settings) if candidate.name == "rc")
    assert assessments.file is not None
    records, notes = list[Any](), list[str]()
    for page in (page for part in assessments.file(path, settings) for page in part.pages):
        notes += page.notes
        for body in page.records:
            cells = zip(page.columns or (), msgspec.json.decode(body), strict=True)
            records += stream.map(Fields({name: cell for name, cell in cells if cell}))
    return records, notes


def days(records: list[Any]) -> list[str | None]:
    return [str(record.scored_on) if record.scored_on else None for record in records if isinstance(record, Result)]


@pytest.mark.parametrize(
    ("dates", "read_as"),
    [
        (["13/09/2025", "05/09/2025"], ["2025-09-13", "2025-09-05"]),
        (["05/09/2025", "13-09-2025"], ["2025-09-05", "2025-09-13"]),
        (["13/09/25", "05/09/25"], ["2025-09-13", "2025-09-05"]),
        (["09/13/2025", "05/09/2025"], ["2025-09-13", "2025-05-09"]),
        (["05/09/2025", "06/10/2025"], ["2025-05-09", "2025-06-10"]),
        (["13/09/2025", "09/14/2025", "05/09/2025"], ["2025-09-13", "2025-09-14", None]),
        (["2025-09-13", "05/09/2025"], ["2025-09-13", "2025-05-09"]),
    ],
)
def test_a_layouts_column_is_read_in_the_order_its_dates_prove(
    tmp_path: Path, dates: list[str], read_as: list[str | None]
) -> None:
    records, _ = read(tmp_path / "rc.csv", [(day, "") for day in dates])
    assert days(records) == read_as


def test_what_is_no_date_stays_in_the_record_as_it_was(tmp_path: Path) -> None:
    records, notes = read(tmp_path / "rc.csv", [("13/09/2025", ""), ("09/14/2025", ""), ("05/09/2025", "")])
    last = [record for record in records if isinstance(record, Result)][-1]
    assert last.extensions["Date"] == "05/09/2025 (its column has two orders)"
    assert any("1 dates are month-first and 1 are not" in note for note in notes)


def test_one_slip_among_many_proves_nothing_of_the_others(tmp_path: Path) -> None:
    rows = [(f"09/{day}/2025", "") for day in range(13, 31)] * 2
    records, _ = read(tmp_path / "rc.csv", [*rows, ("31/09/2025", ""), ("05/09/2025", "")])
    assert days(records)[-2:] == [None, "2025-05-09"]


def test_birth_dates_are_a_column_of_their_own(tmp_path: Path) -> None:
    records, notes = read(tmp_path / "rc.csv", [("09/05/2025", "15/06/2010"), ("09/06/2025", "05/06/2010")])
    assert [str(record.birth_date) for record in records if isinstance(record, Person)] == ["2010-06-15", "2010-06-05"]
    assert days(records) == ["2025-09-05", "2025-09-06"]
    assert any("DOB: dates are read day-first, as 1 of them prove" in note for note in notes)


@given(
    st.lists(st.dates(date(2008, 1, 1), date(2012, 12, 31)), min_size=1, max_size=30),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y"]),
)
def test_no_date_is_ever_another_one(tmp_path_factory: pytest.TempPathFactory, born: list[date], form: str) -> None:
    """The law: whoever wrote a column in one order, what is read where anything proves it is what was meant."""
    if form == "%d/%m/%Y" and all(day.day <= 12 for day in born):
        born = [*born, date(2010, 6, 15)]
    path = tmp_path_factory.mktemp("turned") / "rc.csv"
    records, _ = read(path, [("09/13/2025", day.strftime(form)) for day in born])
    assert [record.birth_date for record in records if isinstance(record, Person)] == born


def club(path: Path, text: str) -> tuple[list[Any], list[str], list[str]]:
    path.write_text(text)
    assert evidence.file is not None
    records, notes, refused = list[Any](), list[str](), list[str]()
    for page in (page for part in evidence.file(path, EvidenceSettings()) for page in part.pages):
        notes += page.notes
        refused += [reject.reason for reject in page.rejects]
        for body in page.records:
            records += evidence.streams[0].map(Fields(msgspec.json.decode(body)))
    return records, notes, refused


def test_a_clubs_list_in_day_first_dates(tmp_path: Path) -> None:
    text = "Student ID,Activity,Date,DOB\n1,Robotics,13/10/2026,\n2,Robotics,05/10/2026,05/02/2010\n"
    records, notes, _ = club(tmp_path / "club.csv", text)
    evidence = [record for record in records if isinstance(record, Evidence)]
    assert [piece.begins for piece in evidence] == [date(2026, 10, 13), date(2026, 10, 5)]
    assert notes == ["club.csv: Date: dates are read day-first, as 1 of them prove"]


def test_a_date_that_is_none_costs_itself_and_a_word_for_no_number_its_row(tmp_path: Path) -> None:
    rows = ["1,1000007,Robotics,Spring 2026", "2,N/A,Chess,", "3,999999,Chess,", "4,0,Chess,"]
    text = "\n".join(["Row ID,Student ID,Activity,Date", *rows])
    records, _, refused = club(tmp_path / "club.csv", text)
    [record] = [record for record in records if isinstance(record, Evidence)]
    assert (record.occurred_at, record.begins, record.key) == (None, None, "1000007|Robotics|Spring 2026")
    assert [reason.partition("(")[2] for reason in refused] == [
        f"'{word}' stands for no number)" for word in ("N/A", "999999", "0")
    ]


def test_a_list_that_counts_its_rows_does_not_overwrite_the_last_weeks(tmp_path: Path) -> None:
    keys = set()
    for day in ("10/03/2026", "10/10/2026"):
        text = f"ID,Student ID,Activity,Date\n1,1000007,Robotics,{day}\nSUB-9,1000008,Chess,{day}\n"
        records, _, _ = club(tmp_path / "club.csv", text)
        keys |= {record.key for record in records if isinstance(record, Evidence)}
    assert keys == {"1000007|Robotics|2026-10-03", "1000007|Robotics|2026-10-10", "SUB-9"}


def test_days_that_are_written_in_words_are_what_they_say(tmp_path: Path) -> None:
    written = ["Oct 3 2026", "3-Oct-2026", "10/03/26", "3 October 2026", "2026/10/03"]
    text = "\n".join(["Student ID,Activity,Date", *(f"{n},A,{day}" for n, day in enumerate(written, 1))])
    records, _, refused = club(tmp_path / "club.csv", text)
    assert not refused
    assert [record.begins for record in records if isinstance(record, Evidence)] == [date(2026, 10, 3)] * 5
