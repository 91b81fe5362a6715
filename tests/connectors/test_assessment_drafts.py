"""A first layout made from a file: it parses, it reads the file it was made from, and it loses nothing."""

from pathlib import Path

import msgspec
import pytest

from connectors.assessment_file import AssessmentFileSettings, connector
from connectors.assessment_file.drafting import draft
from connectors.assessment_file.layout import parse
from connectors.assessment_file.looking import drafted, fates, nearest, tried
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import Person, Result

FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"
SAMPLES = sorted(f.name for f in FIXTURES.iterdir() if f.is_dir() and not f.name.endswith("_fixed"))

NAMES = (
    "Local Student ID,Student Name,DOB,Grade,Gender,School,Teacher,Test Date,Window,"
    "LNF Score,LNF Level,PSF Score,PSF Level,Composite Score,Composite Percentile,Note"
)
HEADER = NAMES.split(",")
ROWS = [
    "0100001,'Sample, Ada',1/6/2015,3,F,North,T. One,9/8/2025,Fall,12,Below,5,At,271,42,late".replace("'", ""),
    "0100002,Sample Bea,12/5/2016,K,M,North,T. Two,9/8/2025,Fall,27,At,*,Below,314,71,",
]


def table() -> list[list[str]]:
    first = [*ROWS[0].split(",")]
    first[1:3] = [", ".join(cell.strip() for cell in first[1:3])]
    return [first, ROWS[1].split(",")]


def test_a_draft_says_what_each_column_is() -> None:
    layout = parse(draft("check", "Check", HEADER, table()))
    person = layout.person
    assert [(identifier.type, identifier.column) for identifier in person.identifiers] == [
        ("district", "Local Student ID")
    ]
    assert person.name is not None
    assert (person.name.column, person.birth_date, layout.school and layout.school.name) == (
        "Student Name",
        "DOB",
        "School",
    )
    assert layout.common.scored_on == "Test Date"
    results = {result.suffix: result for result in layout.results}
    assert results.keys() == {"LNF", "PSF", "Composite"}
    assert (results["LNF"].score, results["Composite"].percentile) == ("LNF Score", "Composite Percentile")
    assert {"Gender", "Teacher"} <= layout.ignored
    assert "Note" in layout.columns


@pytest.mark.parametrize("name", SAMPLES)
def test_a_draft_reads_the_sample_it_was_made_from_and_loses_no_cell(name: str) -> None:
    page_file = next((FIXTURES / name).glob("page.*"))
    text = drafted(page_file)
    settings = AssessmentFileSettings(layouts=(text.replace('name = "page"', 'name = "own_page"'),))
    [stream] = connector.more_streams(settings)
    layout = parse(text)
    results = lost = 0
    assert connector.file is not None
    rows = (
        {column: cell for column, cell in zip(page.columns or (), msgspec.json.decode(body), strict=True) if cell}
        for part in connector.file(page_file, settings)
        for page in part.pages
        for body in page.records
    )
    for row in rows:
        fields = Fields(dict(row))
        try:
            records = list(stream.map(fields))
        except MappingError:
            continue
        results += sum(isinstance(record, Result) for record in records)
        lost += len([column for column, _ in fields.left() if column not in layout.ignored])
    assert lost == 0
    assert results > 0


def test_a_draft_of_two_thousand_columns_is_made() -> None:
    header = ["Student ID", "Test Date", *(f"Item {n} Score" for n in range(2000))]
    rows = [[str(100_000 + r), "9/8/2025", *(str(n % 5) for n in range(2000))] for r in range(50)]
    layout = parse(draft("wide", "Wide", header, rows))
    assert len(layout.results) == 2000


def test_a_file_is_looked_at_column_by_column_and_learner_by_learner(tmp_path: Path) -> None:
    file = tmp_path / "check.csv"
    rows = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [HEADER, *table()])
    file.write_text(rows, "utf-8")
    layout = parse(drafted(file))
    assert nearest(file, [layout])[0].share == 1
    fate = {taken.column: taken for taken in fates(file, [layout])}
    assert (fate["Gender"].fate, fate["LNF Score"].fate) == ("ignored", "mapped")
    assert fate["PSF Score"].odd == {"*": 1}
    [one, other] = tried(file, [layout], 5)
    assert any(isinstance(record, Person) for record in one.records)
    assert other.told == ["PSF Score: '*' is a word for 'suppressed'"]


@pytest.mark.parametrize(
    ("header", "kinds"),
    [
        ("STN,Enrolled School ID,Overall Score", [("state", "STN")]),
        ("DRC_Student_ID,State_Student_ID,Total Score", [("state", "State_Student_ID"), ("account", "DRC_Student_ID")]),
        ("PearsonStudentIdentifier,LocalStudentIdentifier,Score", [("district", 1), ("account", 0)]),
        ("Test Taker ID,Login Name,Composite Score", [("account", "Test Taker ID")]),
        ("School ID,Teacher ID,Pupil Ref,Score", [("other", "Pupil Ref")]),
        ("ID_ACT,ID_Local,HS_Code,Scale Score", [("district", "ID_Local"), ("account", "ID_ACT")]),
    ],
)
def test_a_draft_takes_nobody_elses_number_for_a_learners(header: str, kinds: list[tuple[str, str | int]]) -> None:
    """A school's number would make one learner of all its children; a vendor's own may be another child's number."""
    names = header.split(",")
    shared = ("School", "Teacher", "HS")
    rows = [[f"{at}" if one.startswith(shared) else f"{n}{at}" for at, one in enumerate(names)] for n in range(8)]
    person = parse(draft("check", "Check", names, rows)).person
    wanted = [(kind, names[at] if isinstance(at, int) else at) for kind, at in kinds]
    assert [(identifier.type, identifier.column) for identifier in person.identifiers] == wanted
