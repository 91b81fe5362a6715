"""A file taken in: what it repeats is told with both lines, what was mended replaces, and every cell is counted."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.db.identity import persons
from app.db.pipeline import history
from app.db.programs import taking_part
from app.pipeline.file import load
from app.pipeline.report import Report
from app.sources.source import Source
from connectors import Page
from tests.support.assessment import READING_CHECK
from tests.support.district import District

LAYOUT = f"""{READING_CHECK}[ignore]
"of no use" = ["Room"]
"""
HEADER = "Student ID,Date,Words per minute,Room,Club\n"


@pytest.fixture
async def check(district: District) -> Source:
    return await district.source("rc", "assessment_file", layouts=[LAYOUT])


async def taken_in(district: District, source: Source, folder: Path, text: str, *, dry_run: bool = False) -> Report:
    file = folder / "rc.csv"
    file.write_text(HEADER + text, "utf-8")
    return await load(district.db, source, file, dry_run=dry_run)


async def test_a_key_that_repeats_is_put_aside_with_both_lines_however_far_apart(
    district: District, check: Source, tmp_path: Path
) -> None:
    rows = [f"{100_000 + n},09/08/2025,{n % 200},,\n" for n in range(6000)]
    report = await taken_in(district, check, tmp_path, "".join([*rows, "100001,09/08/2025,95,,\n", rows[2]]))
    outcome = report.streams["rc"]
    assert (outcome.counts["new"], outcome.counts["updated"], outcome.counts["rejected"]) == (6000, 0, 1)
    assert "lines 3 and 6002 have the same key Student ID + Date" in outcome.rejected[0].reason
    again = await taken_in(district, check, tmp_path, "".join([*rows, "100001,09/08/2025,95,,\n"]))
    assert (again.streams["rc"].counts["unchanged"], again.streams["rc"].counts["rejected"]) == (6000, 1)


async def test_a_corrected_file_replaces(district: District, check: Source, tmp_path: Path) -> None:
    await taken_in(district, check, tmp_path, "100001,09/08/2025,80,,\n")
    report = await taken_in(district, check, tmp_path, "'100001,2025-09-08,95,,\n")
    assert report.streams["rc"].counts["updated"] == 1
    assert report.streams["rc"].counts["new"] == 0


async def test_cells_are_counted_and_odd_values_told_by_column_and_word(
    district: District, check: Source, tmp_path: Path
) -> None:
    text = "1,09/08/2025,<5,7,\n2,09/08/2025,<5,,Chess\n3,09/08/2025,80,,\n"
    report = await taken_in(district, check, tmp_path, text, dry_run=True)
    counts = report.counts()["rc"]
    assert counts["cells"] == "7 mapped, 1 ignored, 3 reported, 0 lost"
    assert counts["leftovers"] == {"Club": 1}
    assert counts["odd"] == [
        {
            "field": "Words per minute",
            "value": "<5",
            "reason": "is a word for 'suppressed'",
            "rows": 2,
            "first": ["rc.csv line 2", "rc.csv line 3"],
        }
    ]


def test_a_page_knows_the_place_of_a_row() -> None:
    assert Page([b"[]"], (), file="f.csv", lines=[7]).place(0) == "f.csv line 7"


@pytest.mark.parametrize(
    ("dates", "first", "again"),
    [
        ('"%m%d%Y", "%m%Y"', "092024", "92024"),
        ('"%m%d%Y", "%m%Y"', "09152024", "9152024"),
        ('"%m/%Y"', "09/2024", "9/2024"),
        ('"%m%d%Y", "%m%Y"', "92024", "92024.0"),
    ],
)
async def test_a_date_that_a_spreadsheet_took_for_a_number_is_no_second_result(
    dates: str, first: str, again: str, district: District, tmp_path: Path
) -> None:
    """Two children whose numbers differ by a zero in front stay two, though their layout's dates do not."""
    layout = LAYOUT.replace('"%m/%d/%Y"', dates).replace('title = { fixed = "Reading check" }', TESTED, 1)
    source = await district.source("rc", "assessment_file", layouts=[layout])
    for date in (first, again):
        await taken_in(district, source, tmp_path, f"092024,{date},91,12,Chess\n92024,{date},80,12,Chess\n")
    await district.settle()
    scores = [[result["score"] for result in record["results"]] for record in (await district.records()).values()]
    assert sorted(scores) == [[80], [91]]


TESTED = """title = { fixed = "Reading check" }
key = ["Date"]"""


async def test_of_a_school_that_every_row_tells_one_statement_is_read(district: District, tmp_path: Path) -> None:
    layout = f'{READING_CHECK}[school]\nid = "School ID"\nname = "School"\n'
    source = await district.source("rc", "assessment_file", layouts=[layout])
    file = tmp_path / "rc.csv"
    rows = [f"{100_000 + n},09/08/2025,{n},S1,Lake School{' (old)' * (n == 0)}\n" for n in range(40)]
    file.write_text("".join(["Student ID,Date,Words per minute,School ID,School\n", *rows]), "utf-8")
    await load(district.db, source, file, dry_run=False)
    await district.settle()
    async with district.db.transaction(district.tenant.id) as tx:
        context = await persons.context(tx, [(source.id, "org", "school:S1")])
        then = await history.of_context(tx, [(source.id, "org", "school:S1")], datetime.now(UTC))
        learners = await taking_part.learners(tx)
    assert [(row.n, row.raw_key) for row in context] == [(row.n, row.raw_key) for row in then]
    assert len(context) == 1
    assert "(old)" in context[0].body  # the first by key
    assert [row.school for row in learners] == ["Lake School (old)"] * 40
