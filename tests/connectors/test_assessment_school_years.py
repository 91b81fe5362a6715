"""Files of seasons: next year's has the same columns and learners, and takes the place of nothing."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest

from app.pipeline import raw
from app.pipeline.normalize import normalize
from connectors.assessment_file import AssessmentFileSettings, connector, shipped
from connectors.assessment_file.layout import SCHOOL_YEAR
from connectors.assessment_file.looking import drafted
from connectors.assessment_file.school_years import school_year
from schemas import Result

FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"
SEASONAL = sorted(name for name, layout in shipped().items() if SCHOOL_YEAR in layout.tries)
FALL = {"Local ID": "605001", "First Name": "Ada", "Last Name": "Abel", "Assessment": "Early Words"}
SCORES = {"Fall Words Composite Score": "28", "Fall Words Final Date": "9/8/2025"}


def statements_of(path: Path) -> tuple[set[str], dict[str, str]]:
    """The keys of a file's rows, and its results by their keys."""
    settings = AssessmentFileSettings()
    assert connector.file is not None
    streams = {stream.name: stream for stream in connector.streams}
    rows: set[str] = set()
    results: dict[str, str] = {}
    for part in connector.file(path, settings):
        for page in part.pages:
            for items in raw.rounds(page, streams[part.stream], 1)[0]:
                rows |= {item.key for item in items}
                statements = normalize(streams[part.stream], items, page.columns).statements
                results |= {each.key: each.body for each in statements if each.kind == Result.__struct_config__.tag}
    return rows, results


def a_year_later(cell: str) -> str:
    """A date of the samples, a year later; any other cell as it is."""
    day, _, year = cell.rpartition("/")
    return f"{day}/{int(year) + 1:0{len(year)}}" if day.count("/") == 1 and year.isdigit() else cell


@pytest.mark.parametrize("name", SEASONAL)
def test_next_years_file_of_the_same_learners_replaces_no_result(name: str, tmp_path: Path) -> None:
    sample, later = FIXTURES / name / "page.csv", tmp_path / "page.csv"
    with sample.open(encoding="utf-8-sig", newline="") as opened:
        rows = [[a_year_later(cell) for cell in row] for row in csv.reader(opened)]
    with later.open("w", newline="") as opened:
        csv.writer(opened).writerows(rows)
    (rows_now, results_now), (rows_later, results_later) = statements_of(sample), statements_of(later)
    assert results_now
    assert len(results_now) == len(results_later)
    assert not results_now.keys() & results_later.keys()
    assert all(row.endswith("|") for row in rows_now & rows_later), "rows without a day say no year"


def test_the_same_years_later_file_takes_the_place_of_its_row(tmp_path: Path) -> None:
    sample, corrected = FIXTURES / "fastbridge_cbm_reading/page.csv", tmp_path / "page.csv"
    corrected.write_text(sample.read_text("utf-8-sig").replace("/2023,", "/2023 ,"), "utf-8")
    assert statements_of(corrected)[0] == statements_of(sample)[0]


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2025, 7, 1), "2025-2026"), (date(2026, 6, 30), "2025-2026"), (date(2026, 1, 2), "2025-2026")],
)
def test_a_school_year_begins_in_july(day: date, year: str) -> None:
    assert school_year(day) == year


def test_a_draft_of_a_file_of_seasons_has_the_year_in_its_key(tmp_path: Path) -> None:
    file = tmp_path / "seasons.csv"
    shutil.copy(FIXTURES / "fastbridge_amath/page.csv", file)
    assert f'tries = ["{SCHOOL_YEAR}"]' in drafted(file)
