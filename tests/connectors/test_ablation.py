"""No reader of files loses a cell: one that is blanked changes a record, or is told; other forms say the same."""

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors import Connector, named
from connectors.assessment_file import AssessmentFileSettings
from connectors.errors import MappingError
from connectors.fields import Fields
from tests.support.written import WRITERS

CONNECTORS = Path(__file__).parents[2] / "connectors"
SAMPLES = sorted(path.parent.name for path in (CONNECTORS / "assessment_file/fixtures").glob("*/page.csv"))
NO_VALUE = {
    ("status", "active"): "a row without a status is active (OneRoster 1.1, table of each file)",
    ("enableduser", "true"): "an account is enabled where nothing else is said",
    **{
        (race.lower(), "false"): "a learner is of the races that are said to be true"
        for race in ("americanIndianOrAlaskaNative", "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander")
    },
}
"""Cells that say what a blank one says, each with the reason."""

OUT_OF_RECORDS = {
    "manifest.csv": "says what the bundle is: what of it matters is told by the run",
    "roles.csv role-2": "a role that is withdrawn states nothing",
    "lineItemLearningObjectiveIds.csv sourcedId": "names the row of a link; the link is in the line item",
    "resultLearningObjectiveIds.csv sourcedId": "names the row of a link; the link is in the result",
    "roles.csv userProfileSourcedId": "accounts at applications are out of scope (README)",
}

BY_NAME = ("json", "ndjson", "parquet")
"""Forms in which every cell stands beside the name of its column."""

LIST = list(
    csv.reader(
        (
            (
                "Student ID,State ID,Member ID,Username,Email,First Name,Last Name,Birth Date,Grade,Activity ID,ID,"
                "Activity,Badge,Date,Notes,Comment,Link,Place,Mentor,Coach,Level,Score,Subject,Standard,Code,Color"
            ),
            (
                "0100001,S-1,M-7,ada,ada@x.example,Ada,Sample,1/6/2015,5,A9,E-77123,Robotics,"
                "Gold,9/8/2026,Built it,Well done,https://x.example/a,Library,Grace,Bo,3,8,Science,NGSS-1,X-2,blue"
            ),
            "0100001,,,,,Ada,Sample,1/6/2015,5,,,Chess,,13/9/2026,,,,,Ann,,,,Math,,,red",
        )
    )
)
"""A list of a club: a row of all columns, and one without a result."""


def outcome(connector: Connector, path: Path) -> list[Any]:
    """All that a file brings about: its records, and what is told of its rows and of itself."""
    assert connector.file is not None
    streams = {stream.name: stream for stream in connector.streams}
    all_of_it: list[Any] = []
    for part in connector.file(path, connector.settings()):
        for page in part.pages:
            all_of_it.append((part.stream, [reject.body for reject in page.rejects], list(page.notes)))
            for body in page.records:
                raw = msgspec.json.decode(body)
                row = (
                    {name: cell for name, cell in zip(page.columns, raw, strict=True) if cell} if page.columns else raw
                )
                fields = Fields(row, row=page.columns is not None)
                try:
                    records: Any = msgspec.json.encode(list(streams[part.stream].map(fields)))
                except MappingError as why:
                    records = str(why)
                left = sorted((name, repr(value)) for name, value in fields.left())
                all_of_it.append((records, fields.odd, fields.passed_over, left))
    return all_of_it


def ablated(file: Path) -> Iterator[tuple[str, str, str]]:
    """Blank each filled cell of a CSV file in turn: the row's first cell, the column, and what the cell said."""
    before = file.read_bytes()
    rows = list(csv.reader(io.StringIO(before.decode("utf-8-sig"))))
    for row in rows[1:]:
        for index, cell in enumerate(row):
            if cell.strip():
                first, row[index] = row[0], ""
                write(file, rows)
                row[index] = cell
                yield first, rows[0][index], cell
    file.write_bytes(before)


def write(file: Path, rows: list[list[str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)


@pytest.mark.parametrize("bundle", ["csv-1.1", "csv-1.2"])
def test_ablation_no_cell_of_a_roster_can_go_without_a_change(bundle: str, tmp_path: Path) -> None:
    connector, folder, lost = named("oneroster"), tmp_path / bundle, []
    shutil.copytree(CONNECTORS / "oneroster/fixtures" / bundle, folder, ignore=shutil.ignore_patterns("*.json"))
    whole = outcome(connector, folder)
    for file in sorted(folder.glob("*.csv")):
        for row, column, cell in ablated(file):
            places = {file.name, f"{file.name} {row}", f"{file.name} {column}"}
            excused = (column.lower(), cell.lower()) in NO_VALUE or places & OUT_OF_RECORDS.keys()
            if not excused and outcome(connector, folder) == whole:
                lost.append((file.name, column, cell))
    assert lost == []


def test_ablation_no_cell_of_a_list_can_go_without_a_change(tmp_path: Path) -> None:
    connector, file, lost = named("evidence"), tmp_path / "list.csv", []
    write(file, LIST)
    whole = outcome(connector, file)
    for _, column, cell in ablated(file):
        if outcome(connector, file) == whole:
            lost.append((column, cell))
    assert lost == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_says_the_same_in_every_form(name: str, tmp_path: Path) -> None:
    """With the ablation of the CSV samples (test_assessment_cells): no cell of the other forms is lost, either."""
    sample = CONNECTORS / "assessment_file/fixtures" / name / "page.csv"
    rows = list(csv.reader(io.StringIO(sample.read_text("utf-8-sig"))))
    rows = [row for row in rows if len(row) == len(rows[0])]  # a row cut short is told: test_assessment_file
    names_all = len(set(rows[0])) == len(list(filter(None, rows[0])))
    for ending, writer in WRITERS.items():
        if ending in BY_NAME and not names_all:
            continue  # a title above the header, or columns of one name: such a form has neither
        file = tmp_path / f"page.{ending}"
        file.write_bytes(writer(rows))
        assert cells(file) == cells(sample), ending


def cells(path: Path) -> list[dict[str, str]]:
    """The filled cells of each row of a file, by its layout's names of their columns."""
    connector = named("assessment_file")
    assert connector.file is not None
    rows: list[dict[str, str]] = []
    for part in connector.file(path, AssessmentFileSettings()):
        for page in part.pages:
            for body in page.records:
                row = zip(page.columns or (), msgspec.json.decode(body, type=list[str]), strict=True)
                rows.append({column: cell for column, cell in row if cell})
    return rows


def test_what_a_json_file_says_beside_its_objects_is_told(tmp_path: Path) -> None:
    connector, file = named("evidence"), tmp_path / "list.json"
    objects = [dict(zip(LIST[0], row, strict=True)) for row in LIST[1:]]
    file.write_bytes(msgspec.json.encode({"district": "Harbor", "rows": [*objects, "the end", 7], "count": 2}))
    notes = [note for _, _, notes in outcome(connector, file)[:1] for note in notes]
    assert any("beside its objects was passed over: district 'Harbor'; count 2; 'the end'; 7" in note for note in notes)
