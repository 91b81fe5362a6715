"""What people do to a vendor's file before it is handed over: each layout survives it, or says what is wrong."""

import csv
import io
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from connectors.assessment_file import AssessmentFileSettings, connector
from connectors.errors import ConfigError, MappingError
from connectors.fields import Fields
from schemas import Person, Result

FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"
SAMPLES = sorted(folder.name for folder in FIXTURES.iterdir() if (folder / "page.csv").is_file())
STREAMS = {stream.name: stream for stream in connector.streams}
RENAMED = "Zq Renamed"

Rows = list[list[str]]


class Said(NamedTuple):
    """What a file says: its results, the persons they are of, what was told, and the columns nobody took."""

    results: Counter[tuple[Any, ...]]
    persons: set[str]
    told: str
    unknown: set[str]


def say(path: Path) -> Said:
    results, persons, notes, unknown = Counter[tuple[Any, ...]](), set[str](), list[str](), set[str]()
    assert connector.file is not None
    for part in connector.file(path, AssessmentFileSettings()):
        stream = STREAMS[part.stream]
        for page in part.pages:
            notes += [*page.notes, *(reject.reason for reject in page.rejects)]
            for body in page.records:
                cells = zip(page.columns or (), msgspec.json.decode(body), strict=True)
                fields = Fields({name: cell for name, cell in cells if cell})
                try:
                    records = list(stream.map(fields))
                except MappingError as why:
                    notes.append(str(why))
                    continue
                notes += [f"{name}: {cell} {why}" for name, cell, why in fields.odd or ()]
                unknown |= {name for name, _ in fields.left() if name not in stream.ignore}
                for record in records:
                    if isinstance(record, Result):
                        results[
                            record.person, record.title, record.score, record.text_score, record.level, record.scored_on
                        ] += 1
                persons |= {record.key for record in records if isinstance(record, Person)}
    return Said(results, persons, "; ".join(notes), unknown)


def rows_of(name: str) -> Rows:
    text = (FIXTURES / name / "page.csv").read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


EVEN = [name for name in SAMPLES if len({len(row) for row in rows_of(name)}) == 1]
"""Samples whose rows are all as long as the header."""

TELLING = [
    name for name in EVEN if len({cell.strip().casefold() for cell in rows_of(name)[0]}) == len(rows_of(name)[0])
]
"""Of these, those without columns of one name, which only their order tells apart."""


def read_rows(folder: Path, rows: Rows, *, delimiter: str = ",", bom: bool = False) -> Said:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    path = folder / "page.csv"
    path.write_bytes(b"\xef\xbb\xbf" * bom + written.getvalue().encode())
    return say(path)


@pytest.mark.parametrize("name", SAMPLES)
def test_how_a_file_is_written_changes_nothing_that_it_says(name: str, tmp_path: Path) -> None:
    rows = rows_of(name)
    plain = read_rows(tmp_path, rows)
    assert read_rows(tmp_path, rows, bom=True)[:2] == plain[:2]
    assert read_rows(tmp_path, rows, delimiter=";")[:2] == plain[:2]
    assert read_rows(tmp_path, rows, delimiter="\t")[:2] == plain[:2]
    assert read_rows(tmp_path, [["District report"], ["Run: 10/2/2025"], *rows])[:2] == plain[:2]


@pytest.mark.parametrize("name", SAMPLES)
def test_what_stands_below_the_rows_makes_nobody(name: str, tmp_path: Path) -> None:
    rows = rows_of(name)
    plain, width = read_rows(tmp_path, rows), len(rows[0])
    for footer in (["Total", str(len(rows) - 1)], ["Report generated on 10/02/2025"], ["", "Average", "48.5"]):
        reading = read_rows(tmp_path, [*rows, [""] * width, [*footer, *[""] * (width - len(footer))]])
        assert reading[:2] == plain[:2], footer
        assert "what stands below the last row was passed over" in reading.told


@pytest.mark.parametrize("name", SAMPLES)
def test_exports_put_one_after_another_make_nobody_of_the_second_header(name: str, tmp_path: Path) -> None:
    rows = rows_of(name)
    plain = read_rows(tmp_path, rows)
    reading = read_rows(tmp_path, [*rows, *rows])
    assert reading.persons == plain.persons
    assert reading.results.keys() == plain.results.keys()
    order = list(range(len(rows[0])))
    random.Random(1).shuffle(order)
    turned = [[row[column] for column in order if column < len(row)] for row in rows]
    reading = read_rows(tmp_path, [*rows, *turned])
    assert (reading.persons, reading.results) == (plain.persons, plain.results)
    assert "another header begins here, with other columns: split the file there" in reading.told


@pytest.mark.parametrize("name", TELLING)
def test_columns_in_another_order_say_the_same(name: str, tmp_path: Path) -> None:
    rows = rows_of(name)
    order = list(range(len(rows[0])))
    random.Random(1).shuffle(order)
    assert read_rows(tmp_path, [[row[column] for column in order] for row in rows])[:2] == read_rows(tmp_path, rows)[:2]


@pytest.mark.parametrize("name", EVEN)
def test_a_column_that_is_renamed_or_left_out_falsifies_nothing(name: str, tmp_path: Path) -> None:
    """Law: no result has a score, level or day that the whole file does not give it; a renamed column is told."""
    rows = rows_of(name)
    plain = read_rows(tmp_path, rows)
    results = [(title, score, level, day) for _, title, score, _, level, day in plain.results]
    for column in random.Random(3).sample(range(len(rows[0])), min(12, len(rows[0]))):
        without = [[*row[:column], *row[column + 1 :]] for row in rows]
        for changed in (without, [[*rows[0][:column], RENAMED, *rows[0][column + 1 :]], *rows[1:]]):
            try:
                reading = read_rows(tmp_path, changed)
            except ConfigError:
                continue  # refused, and the words say which column
            for _, title, score, _, level, day in reading.results:
                assert any(
                    title in (None, t) and score in (None, s) and level in (None, v) and day in (None, d)
                    for t, s, v, d in results
                ), (rows[0][column], title, score, level, day)
            filled = rows[0][column].strip() and any(row[column].strip() for row in rows[1:])
            if filled and len(changed[0]) == len(rows[0]) and "its header is on line" not in plain.told:
                assert RENAMED in reading.unknown or RENAMED in reading.told


def excel(cell: str) -> str:
    """A cell of a CSV file as Excel writes it after it was opened and saved."""
    if re.fullmatch(r"-?\d{1,15}", cell):
        return str(int(cell))
    if iso := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", cell):
        return f"{int(iso[2])}/{int(iso[3])}/{iso[1]}"
    if american := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", cell):
        return f"{int(american[1])}/{int(american[2])}/{american[3]}"
    return cell.upper() if cell.lower() in ("true", "false") else cell


@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_that_excel_has_saved_says_the_same_or_what_is_odd(name: str, tmp_path: Path) -> None:
    rows = rows_of(name)
    plain = read_rows(tmp_path, rows)
    reading = read_rows(tmp_path, [rows[0], *([excel(cell.strip()) for cell in row] for row in rows[1:])])
    lost = plain.results - reading.results
    zeros = {person for person in plain.persons if ":0" in person}
    cut = "blanks were cut off it" in reading.told or "does not look like `match` says" in reading.told
    for person, *_ in lost:
        assert person in zeros or cut, "only who has an id with leading zeros is another one"
