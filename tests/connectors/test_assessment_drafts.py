"""A first layout made from a file: it parses, it reads the file it was made from, and it loses nothing."""

from pathlib import Path

import msgspec
import pytest

from connectors.assessment_file import AssessmentFileSettings, connector, shipped
from connectors.assessment_file.drafting import draft
from connectors.assessment_file.layout import Layout, parse
from connectors.assessment_file.looking import drafted, fates, nearest, tried
from connectors.assessment_file.sources import Cell, Fixed
from connectors.errors import ConfigError, MappingError
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
    assert results.keys() == {"LNF", "PSF", ""}, "the composite is the test's own"
    assert (results["LNF"].score, results[""].percentile) == ("LNF Score", "Composite Percentile")
    assert all(column in layout.ignored for column in ("Gender", "Teacher"))
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
    [learner, other] = tried(file, [layout], 5)
    assert any(isinstance(record, Person) for record in learner.records)
    assert other.told == ["PSF Score: '*' is a word for 'suppressed'"]


def test_a_draft_sees_units_percents_thousands_and_the_words_glued_to_names() -> None:
    names = "Student ID,TestDate,MathSS,MathLev,LevelELA,ELASS,Fluency,Accuracy Score,Total Points,Question 1"
    header = names.split(",")
    rows = [[f"10000{n}", "9/8/2025", f"41{n}", "3", "2", f"38{n}", "50 mins", "85%", "1,090", "B"] for n in range(4)]
    layout = parse(draft("check", "Check", header, rows))
    results = {result.suffix: result for result in layout.results}
    assert (results["Math"].score, results["Math"].level) == ("MathSS", "MathLev")
    assert (results["ELA"].score, results["ELA"].level) == ("ELASS", "LevelELA")
    assert results["Math"].unit == Fixed(fixed="scale score")
    assert results["Accuracy"].score == Cell(column="Accuracy Score", percent=True)
    assert results["Accuracy"].unit == Fixed(fixed="percent")
    assert next(r for r in layout.results if not r.suffix).score == Cell(column="Total Points", thousands=",")
    assert results["Fluency"].score == Cell(column="Fluency", units=("mins",))
    assert "Question 1" in layout.ignored


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["8.9.25", "13.9.25"], ["2025-09-08", "2025-09-13"]),
        (["45908", "45909"], ["2025-09-08", "2025-09-09"]),
        (["Sep 8, 2025", "8-Sep-25", "9/13/2025"], ["2025-09-08", "2025-09-08", "2025-09-13"]),
        (["2025/09/08", "2025-9-13"], ["2025-09-08", "2025-09-13"]),
        (["9/8/2025 11:59 PM", "09/13/25"], ["2025-09-08", "2025-09-13"]),
    ],
)
def test_a_draft_reads_dates_in_all_the_ways_that_their_column_has(
    tmp_path: Path, cells: list[str], days: list[str]
) -> None:
    file = tmp_path / "check.csv"
    rows = "\n".join(f'10000{n},"{cell}",{n}' for n, cell in enumerate(cells))
    file.write_text(f"Student ID,Test Date,Score\n{rows}\nStudent ID,Test Date,Score\n", "utf-8")
    trials = list(tried(file, [parse(drafted(file))], 9))
    results = [record for trial in trials for record in trial.records if isinstance(record, Result)]
    assert [str(result.scored_on) for result in results] == days
    assert not any(trial.told for trial in trials)


def test_a_draft_without_a_score_is_a_guess_that_parses_and_says_so() -> None:
    text = draft("check", "Check", ["LASID", "Date", "What I like"], [["100001", "9/8/2025", "music"]])
    assert "# DOUBT: no column looks like a score or level: 'What I like' is a guess" in text
    assert parse(text).results[0].text_score == "What I like"


@pytest.mark.parametrize(
    ("header", "row", "why"),
    [
        ("School,Grade,Valid Scores,Mean Score,L1 Percent", "North,03,82,741,12", "no column numbers learners"),
        ("101,Ada,9/8/2025", "102,Bea,9/8/2025", "no column can be a result|no column numbers learners"),
        ("Student ID,First Name,DOB", "100001,Ada,1/6/2015", "no column can be a result"),
        ("", "", "holds no rows"),
    ],
)
def test_nothing_is_drafted_for_what_tells_of_no_learner_or_no_result(header: str, row: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        draft("check", "Check", header.split(","), [row.split(",")])


def test_a_draft_of_a_file_that_a_layout_nearly_knows_stands_on_it(tmp_path: Path) -> None:
    """Another year, another name: what is to be written is what is new."""
    header, *rows = (FIXTURES / "win/page.csv").read_text("utf-8").splitlines()
    for old, new in (("CertLevel", "Certificate Level"), ("MathSS", "Math_SS"), ("Retake", "Second Try")):
        header = header.replace(f",{old}", f",{new}")
    file = tmp_path / "win_2027.csv"
    file.write_text("\n".join([f"{header},Extra", *(f"{row},x" for row in rows)]), "utf-8")
    text = drafted(file, list(shipped().values()))
    layout = parse(text)
    assert (layout.name, layout.vendor, layout.key) == ("win_2027", "WIN Learning", shipped()["win"].key)
    assert "# DOUBT: 'Certificate Level' may be what win calls 'CertLevel'" in text
    assert len([line for line in text.splitlines() if line and not line.startswith("#")]) <= 10
    fate = {taken.column: taken.fate for taken in fates(file, [layout])}
    assert (fate["CertLevel"], fate["MathSS"], fate["Second Try"], fate["Extra"]) == (
        "mapped",
        "mapped",
        "mapped",
        "mapped",
    )
    assert "unknown" not in fate.values()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_draft_of_a_file_that_a_layout_knows_is_that_layout(name: str) -> None:
    page_file = next((FIXTURES / name).glob("page.*"))
    text = drafted(page_file, list(shipped().values()))
    layout, known = parse(text), shipped()[name]
    assert layout.model_copy(update={"name": name, "title": known.title, "keep": known.keep}) == known
    assert set(layout.keep) >= set(known.keep)
    assert len([line for line in text.splitlines() if line and not line.startswith("#")]) <= 10 + len(known.keep)


@pytest.mark.parametrize(
    ("header", "kinds"),
    [
        ("STN,Enrolled School ID,Overall Score", [("state", "STN")]),
        ("DRC_Student_ID,State_Student_ID,Total Score", [("state", "State_Student_ID"), ("account", "DRC_Student_ID")]),
        ("PearsonStudentIdentifier,LocalStudentIdentifier,Score", [("district", 1), ("account", 0)]),
        ("Test Taker ID,Login Name,Composite Score", [("account", "Test Taker ID")]),
        ("School ID,Teacher ID,Pupil Ref,Score", [("other", "Pupil Ref")]),
        ("ID_ACT,ID_Local,HS_Code,Scale Score", [("district", "ID_Local"), ("account", "ID_ACT")]),
        ("SSID,Assessment ID,Scale Score", [("state", "SSID")]),
        ("State Assessment ID,Test Session ID,MARSS Number,Scale Score", [("state", "MARSS Number")]),
        ("SST_RECORD_ID,Unique_Row_Identifier,Student #,Scale Score", [("district", "Student #")]),
        ("FLEID,SessionID,Paper_Barcode,ApplicationStatusCode,Scale Score", [("state", "FLEID")]),
        ("StudentAssessmentID,ACCOUNT_STATE_ID,StudentNumber,Scale Score", [("district", "StudentNumber")]),
        ("ACT_State_Student_ID,ACT ID,Scale Score", [("state", "ACT_State_Student_ID"), ("account", "ACT ID")]),
        ("schoolSourcedId,classSourcedId,userSourcedId,Score", [("sourced", "userSourcedId")]),
        ("candidateid,Score", [("account", "candidateid")]),
        ("UIC,StudentIdNumber,Score", [("state", "UIC"), ("district", "StudentIdNumber")]),
        ("Student ID,Local ID,Score", [("district", "Local ID"), ("account", "Student ID")]),
    ],
)
def test_a_draft_takes_nobody_elses_number_for_a_learners(header: str, kinds: list[tuple[str, str | int]]) -> None:
    """A school's number would make one learner of all its children; a vendor's own may be another child's number."""
    names = header.split(",")
    shared = ("School", "Teacher", "HS")
    rows = [
        [f"{column}" if name.startswith(shared) else f"{n}{column}" for column, name in enumerate(names)]
        for n in range(8)
    ]
    person = parse(draft("check", "Check", names, rows)).person
    identifiers = [(kind, names[column] if isinstance(column, int) else column) for kind, column in kinds]
    assert [(identifier.type, identifier.column) for identifier in person.identifiers] == identifiers


def test_a_number_that_several_children_have_is_no_learners_number() -> None:
    """Law: no identifier of a draft stands with two learners' names and birth dates."""
    header = ["Student ID", "Student Number", "State ID", "Last Name", "First Name", "DOB", "Score"]
    rows = [["77", f"10{n}", f"90{n // 2}", f"Sample{n}", "Ada", f"1/{n + 1}/2015", str(n)] for n in range(8)]
    text = draft("check", "Check", header, rows)
    person = parse(text).person
    assert [identifier.column for identifier in person.identifiers] == ["Student Number"]
    assert "# DOUBT: State ID, Student ID: called like a learner's number, and is not one learner's alone" in text


def test_a_further_number_goes_with_the_first_one_to_one() -> None:
    """Two tests of a child have two numbers: neither is the child's."""
    header = ["Student ID", "Candidate Number", "Subject", "Score"]
    rows = [[f"10{n // 2}", f"55{n}", "ELA" if n % 2 else "Math", str(n)] for n in range(8)]
    person = parse(draft("check", "Check", header, rows)).person
    assert [identifier.column for identifier in person.identifiers] == ["Student ID"]


@pytest.mark.parametrize(
    ("column", "cells", "target"),
    [
        ("Student", ["Sample, Ada", "Sample, Bea"], "name"),
        ("LastFirst", ["Sample, Ada", "Sample, Bea"], "name"),
        ("StuFirstName_RPT", ["Ada", "Bea"], "given"),
        ("STD_FIRSTNM", ["Ada", "Bea"], "given"),
        ("SLNAME", ["One", "Two"], "family"),
        ("STD_BDAY", ["1/6/2015", "1/7/2015"], "birth_date"),
        ("BirthDtTxt", ["1/6/2015", "1/7/2015"], "birth_date"),
        ("Enrolled Grade", ["3", "4"], "grade"),
        ("CURR_GRADE_LVL", ["3", "4"], "grade"),
        ("Grade of Student", ["3", "4"], "grade"),
    ],
)
def test_a_draft_knows_who_a_learner_is_as_states_say_it(column: str, cells: list[str], target: str) -> None:
    rows = [[f"10000{n}", cell, "9/8/2025", f"41{n}"] for n, cell in enumerate(cells)]
    person = parse(draft("check", "Check", ["SSID", column, "Test Date", "Scale Score"], rows)).person
    assert getattr(person, target) is not None


@pytest.mark.parametrize("column", ["Test Administration Date", "TestAdminDate", "test_admin_date"])
def test_the_day_of_an_administration_is_the_day_of_the_test(column: str) -> None:
    rows = [[f"10000{n}", f"9/{n + 1}/2025", f"41{n}"] for n in range(4)]
    assert parse(draft("check", "Check", ["SSID", column, "Scale Score"], rows)).common.scored_on == column


@pytest.mark.parametrize("names", [["Score Flag", "ScoreFlag"], ["Scale Score", "scale score"], ["Error", "Error"]])
def test_columns_that_are_called_nearly_alike_are_two(names: list[str], tmp_path: Path) -> None:
    file = tmp_path / "check.csv"
    rows = "\n".join(f"10000{n},9/8/2025,41{n},52{n},630{n}" for n in range(4))
    file.write_text(f"SSID,Test Date,{names[0]},{names[1]},Total Score\n{rows}\n", "utf-8")
    layout = parse(drafted(file))
    assert {fate.fate for fate in fates(file, [layout])} == {"mapped"}
    [trial] = tried(file, [layout], 1)
    scores = {record.score for record in trial.records if isinstance(record, Result)}
    assert scores == {410, 520, 6300}


@pytest.mark.parametrize("mark", ["*", "N/A", "--", "#N/A"])
def test_a_mark_in_the_place_of_a_level_is_no_word_of_its_table(mark: str, tmp_path: Path) -> None:
    file = tmp_path / "check.csv"
    file.write_text(f"SSID,Test Date,Reading Level\n100001,9/8/2025,At\n100002,9/8/2025,{mark}\n", "utf-8")
    layout = parse(drafted(file))
    _, other = tried(file, [layout], 2)
    assert not [record for record in other.records if isinstance(record, Result) and record.level]
    assert other.told


def saying(tmp_path: Path, text: str) -> tuple[Layout, list[Result], set[str]]:
    """The layout drafted for a file, what it makes of each learner's first row, and the learners."""
    file = tmp_path / "check.csv"
    file.write_text(text, "utf-8")
    layout = parse(drafted(file))
    records = [record for trial in tried(file, [layout], 9) for record in trial.records]
    learners = {record.key for record in records if isinstance(record, Person)}
    return layout, [record for record in records if isinstance(record, Result)], learners


def test_a_gradebooks_own_number_is_nobodys_number_in_the_district(tmp_path: Path) -> None:
    """Canvas numbers its users; the row of possible points and words for what is not a score make no levels."""
    layout, results, learners = saying(
        tmp_path,
        "Student,ID,SIS User ID,Section,Quiz (1),Current Score\n"
        "Points Possible,,,,20,(read only)\n"
        '"Sample, Ada",8801,605001,P1,18,90\n"Sample, Bea",8802,605002,P1,12,60\n',
    )
    identifiers = [(identifier.type, identifier.column) for identifier in layout.person.identifiers]
    assert identifiers == [("district", "SIS User ID"), ("account", "ID")]
    assert learners == {"district:605001", "district:605002"}
    assert {result.score for result in results} == {18, 90, 12, 60}


def test_a_row_without_its_day_is_a_row_all_the_same(tmp_path: Path) -> None:
    """Who has not begun has no day; whose skill it is, and which test, is part of the key."""
    header = "Student name,SIS ID,Skill,Mastery level,Last practiced"
    layout, results, learners = saying(
        tmp_path, f"{header}\nAda Sample,605001,Ratio,Proficient,2025-09-12\nBea Tester,605002,Ratio,Not started,\n"
    )
    assert learners == {"district:605001", "district:605002"}
    assert [(r.level, str(r.scored_on)) for r in results] == [("Proficient", "2025-09-12"), ("Not started", "None")]
    assert "Skill" in layout.key
    assert layout.tries == ("Last practiced",)


def test_two_tests_of_a_day_are_two_though_the_file_at_hand_has_one(tmp_path: Path) -> None:
    text = "Student ID,Test Date,Test Name,Scale Score\n605001,9/8/2025,Math,412\n605002,9/8/2025,Math,431\n"
    layout, _, _ = saying(tmp_path, text)
    assert layout.key == ("Test Date", "Test Name")


def test_what_a_class_did_is_no_learners_score(tmp_path: Path) -> None:
    text = "Student ID,Test Date,Score,n,Mean,Class Average\n605001,9/8/2025,5,31,3.1,3.4\n"
    _, results, _ = saying(tmp_path, text)
    assert [result.score for result in results] == [5]


def test_a_file_that_names_learners_by_their_addresses_alone_is_told_so() -> None:
    header = ["Last Name", "First Name", "Email Address", "Essay 1"]
    with pytest.raises(
        ConfigError, match="told by 'Email Address' alone, and an e-mail address is no learner's number"
    ):
        draft("check", "Check", header, [["Sample", "Ada", "ada@example.edu", "88"]])


def test_lines_about_the_file_above_its_header_are_no_header(tmp_path: Path) -> None:
    """PowerTeacher's template: a label and a value on each line."""
    text = 'Teacher Name:,One\nPoints Possible:,50.0\nStudent Num,Student Name,Score\n605001,"Sample, Ada",44\n'
    _, results, learners = saying(tmp_path, text)
    assert (learners, [result.score for result in results]) == ({"district:605001"}, [44])


def test_levels_by_number_codes_and_a_gradebooks_test_student_are_no_scores_and_no_learner(tmp_path: Path) -> None:
    layout, results, learners = saying(
        tmp_path,
        "Student,SIS User ID,sprp_dis,Lea Code,SubmitDate,Reading Scale Score,ReadingAchievementLevel\n"
        '"Sample, Ada",605001,00350000,10,2025-09-08,2523,3\n'
        '"Sample, Bea",605002,00350000,10,2025-09-08,2402,1\n'
        '"Student, Test",8899,00350000,10,2025-09-08,2100,1\n',
    )
    assert learners == {"district:605001", "district:605002"}
    assert [rule.cells for rule in layout.skip] == [("Student, Test",)]
    assert {result.score for result in results} - {None} == {2523, 2402}
    assert {result.level for result in results} - {None} == {"3", "1"}


def test_events_that_number_no_learner_are_no_assessments(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("IDEAEventID,LEA Code,Event Type,Event Date\n1001,10,Evaluation,2/28/2025\n1002,11,IEP,3/1/2025\n")
    with pytest.raises(ConfigError, match="no column numbers learners"):
        drafted(file)
