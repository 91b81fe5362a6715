"""Assessment files: every shipped layout against its vendor's sample, and what a file or a cell may do wrong."""

import contextlib
import csv
import json
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors import Page, Part, Stream
from connectors.assessment_file import AssessmentFileSettings, connector, shipped
from connectors.assessment_file.header import match, recognize
from connectors.assessment_file.layout import Layout, parse
from connectors.assessment_file.mapping import mapping
from connectors.errors import ConfigError, MappingError
from connectors.fields import Fields
from schemas import AnyRecord, LineItem, Org, Person, Result

FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"
SAMPLES = sorted(folder.name for folder in FIXTURES.iterdir() if folder.is_dir())
SHIPPED_ONLY = AssessmentFileSettings()
STREAMS = {stream.name: stream for stream in connector.streams}


def page_of(name: str) -> Path:
    return next((FIXTURES / name).glob("page.*"))


def read(path: Path, source: AssessmentFileSettings = SHIPPED_ONLY) -> list[tuple[Part, list[Page]]]:
    assert connector.file is not None
    return [(part, list(part.pages)) for part in connector.file(path, source)]


def rows(pages: list[Page]) -> list[dict[str, str]]:
    return [
        dict(zip(page.columns or (), msgspec.json.decode(body), strict=True)) for page in pages for body in page.records
    ]


def mapped(stream: Stream, row: dict[str, Any]) -> list[AnyRecord]:
    fields = Fields(dict(row))
    records = list(stream.map(fields))
    assert [name for name, _ in fields.left() if name not in stream.ignore] == []
    return records


def sample(name: str) -> list[dict[str, str]]:
    [(_, pages)] = read(page_of(name))
    return rows(pages)


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_is_recognized_mapped_whole_and_the_same_each_time(name: str) -> None:
    [(part, pages)] = read(page_of(name))
    assert part.stream == name
    assert not part.complete
    stream = STREAMS[name]
    records = [record for row in rows(pages) for record in mapped(stream, row)]
    assert records == [record for row in rows(pages) for record in mapped(stream, row)]
    assert json.loads(msgspec.json.encode(records)) == json.loads(
        (FIXTURES / name / "expected.json").read_text("utf-8")
    )


def test_a_part_says_why_its_layout_was_chosen() -> None:
    [(part, pages)] = read(FIXTURES / "map_growth/page.csv")
    assert part.name == "page.csv (layout map_growth: 143 of 143 columns known)"
    assert [note for page in pages for note in page.notes] == ["page.csv: layout map_growth: 143 of 143 columns known"]


def test_a_row_short_of_a_cell_is_put_aside_with_its_line_and_the_others_are_read() -> None:
    [(_, pages)] = read(FIXTURES / "map_growth/page.csv")
    assert len(rows(pages)) == 6
    [reject] = [reject for page in pages for reject in page.rejects]
    assert "line 8" in reject.position
    assert b"Screening: Reading K-2 English" in reject.body


def test_a_learner_in_two_rows_and_two_layouts_is_one_key() -> None:
    ela = [r for row in sample("iready_ela") for r in mapped(STREAMS["iready_ela"], row) if isinstance(r, Person)]
    math = [r for row in sample("iready_math") for r in mapped(STREAMS["iready_math"], row) if isinstance(r, Person)]
    assert {p.key for p in ela} == {p.key for p in math} == {"district:605001", "district:605002"}


def test_standard_error_stays_with_the_scale_it_belongs_to() -> None:
    results = {r.unit: r for r in mapped(STREAMS["star_reading"], sample("star_reading")[3]) if isinstance(r, Result)}
    assert results["scaled score"].standard_error is None
    assert results["Rasch"].standard_error == pytest.approx(0.371, abs=0.001)


def test_a_deactivated_test_is_withdrawn_and_an_unknown_status_is_refused() -> None:
    row = sample("star_reading")[0]
    off = mapped(STREAMS["star_reading"], {**row, "AssessmentStatus": "Deactivated"})
    assert all(r.withdrawn for r in off if isinstance(r, Result))
    with pytest.raises(MappingError, match=r"'AssessmentStatus': 'Lost' is not in \[codes\.status\]"):
        mapped(STREAMS["star_reading"], {**row, "AssessmentStatus": "Lost"})


def test_a_domain_not_assessed_is_no_result_and_one_surpassed_is_no_zero() -> None:
    results = {r.title: r for r in mapped(STREAMS["iready_ela"], sample("iready_ela")[1]) if isinstance(r, Result)}
    assert "Phonological Awareness" not in results
    assert results["High-Frequency Words"].score is None
    assert results["High-Frequency Words"].text_score == "Surpassed Level"


@pytest.mark.parametrize(
    ("column", "cell", "complaint"),
    [
        ("StudentID", "6.05E+08", "a spreadsheet has rounded"),
        ("TestName", "", "'TestName' is missing or blank"),
        ("Goal1Name", "", "'Goal1Name' is blank, and its score needs it"),
        ("Goal1Name", "a\x00b", "NUL"),
    ],
)
def test_a_cell_without_which_the_row_says_nothing_is_named(column: str, cell: str, complaint: str) -> None:
    with pytest.raises(MappingError, match=complaint):
        mapped(STREAMS["map_growth"], {**sample("map_growth")[0], column: cell})


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("TestRITScore", "N/A", "is a word for 'not applicable'"),
        ("TestRITScore", "<5", "is a word for 'suppressed'"),
        ("TestRITScore", "#DIV/0!", "is a word for 'a formula that failed'"),
        ("TestRITScore", "inf", "is not a finite number"),
        ("TestRITScore", "1e999", "is not a finite number"),
        ("TestRITScore", "2_08", "is not a finite number"),
        ("TestRITScore", "1,090", "is not a number"),
        ("TestPercentile", "570", "is not a percentile"),
        ("TestStartDate", "16/09/2021", "is not a date"),
        ("AchievementQuintile", "Superb", "is not in [codes.quintile]"),
        ("StudentDateOfBirth", "2015-01-06x", "is not a date"),
    ],
)
def test_an_odd_cell_costs_its_own_value_and_is_kept_and_told(column: str, cell: str, why: str) -> None:
    stream, row = STREAMS["map_growth"], sample("map_growth")[0]
    fields = Fields({**row, column: cell})
    records = list(stream.map(fields))
    before = list(stream.map(Fields(dict(row))))
    assert [(name, value) for name, value, _ in fields.odd or ()] == [(column, cell)]
    assert why in (fields.odd or [("", "", "")])[0][2]
    assert len(records) == len(before)
    assert any(record.extensions.get(column) == cell for record in records)


def test_ids_of_zeros_identify_nobody() -> None:
    row = sample("map_growth")[0]
    [person] = [r for r in mapped(STREAMS["map_growth"], {**row, "StudentID": "000000"}) if isinstance(r, Person)]
    assert person.key == "state:604821"
    with pytest.raises(MappingError, match="identifies nobody: StudentID, Student_StateID"):
        mapped(STREAMS["map_growth"], {**row, "StudentID": "000000", "Student_StateID": ""})


def test_a_column_no_layout_knows_is_left_to_be_reported() -> None:
    stream = STREAMS["map_growth"]
    fields = Fields({**sample("map_growth")[0], "Club": "Robotics"})
    list(stream.map(fields))
    assert [name for name, _ in fields.left() if name not in stream.ignore] == ["Club"]


def test_every_file_is_recognized_before_any_is_read(tmp_path: Path) -> None:
    bundle = tmp_path / "spring.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.write(FIXTURES / "map_growth/page.csv", "map.csv")
        archive.write(FIXTURES / "star_reading/page.csv", "star/SR.csv")
    assert {part.stream for part, _ in read(bundle)} == {"map_growth", "star_reading"}
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("roster.csv", "Student ID,Homeroom\n1,A\n")
    with pytest.raises(ConfigError, match=r"roster\.csv: no layout knows this header of 2 columns\. None is near"):
        read(bundle)


def test_a_file_that_is_no_csv_is_named(tmp_path: Path) -> None:
    (tmp_path / "scores.xlsx").write_bytes(b"PK")
    with pytest.raises(ConfigError, match=r"scores\.xlsx cannot be read as a workbook"):
        read(tmp_path)


def test_case_spaces_and_old_names_of_columns_do_not_matter() -> None:
    header = ["STUDENT_ID" if c == "Student ID" else c for c in csv_header("iready_math")]
    header[header.index("Sex")] = "Gender"
    match = recognize(header, shipped().values(), "math.csv")
    assert (match.layout.name, match.unknown) == ("iready_math", ())
    assert "Student ID" in match.columns


def test_of_two_columns_with_one_meaning_the_second_keeps_its_own_name() -> None:
    matched = match([*csv_header("map_growth"), "Student_Number", "student id"], shipped()["map_growth"])
    assert matched.unknown == ("Student_Number", "student id")


def csv_header(name: str) -> list[str]:
    with (FIXTURES / name / "page.csv").open(encoding="utf-8-sig", newline="") as opened:
        return next(csv.reader(opened))


OWN = """
name = "club_check"
title = "Reading check"
key = ["ID", "Week"]
signature = ["Words"]
dates = ["%d.%m.%Y"]
[ranges]
n = ["1", "2"]
[person]
identifiers = [{ type = "program", column = "ID" }]
[item]
title = { fixed = "Reading check" }
[common]
scored_on = "Week"
[[results]]
score = "Words"
[[results]]
suffix = "skill {n}"
objective_code = "Skill{n}"
passed = { column = "Passed{n}", codes = "yes_no" }
[codes.yes_no]
y = true
n = false
"""


def test_a_district_adds_a_layout_of_its_own(tmp_path: Path) -> None:
    source = AssessmentFileSettings(layouts=(OWN,))
    file = tmp_path / "check.csv"
    file.write_text("ID;Week;Words;Skill1;Passed1;Skill2;Passed2\n7;01.09.2026;88;RF.1.2;y;RF.1.3;\n")
    [(part, pages)] = read(file, source)
    [stream] = connector.more_streams(source)
    assert part.stream == stream.name == "club_check"
    results = [r for r in mapped(stream, rows(pages)[0]) if isinstance(r, Result)]
    assert [(r.score, r.passed, str(r.scored_on)) for r in results] == [
        (88, None, "2026-09-01"),
        (None, True, "2026-09-01"),
    ]
    assert results[1].alignments[0].code == "RF.1.2"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("Words", ""), "signature"),
        (('dates = ["%d.%m.%Y"]', 'dates = ["%d.%m.%Y", "%m/%d/%Y"]'), "03/04 would have two meanings"),
        (('dates = ["%d.%m.%Y"]', 'dates = ["day"]'), "neither 'iso' nor a date format"),
        (('yes_no" }', 'missing" }'), r"\[codes.missing\], which is not there"),
        (("y = true", 'y = "yes"'), "'passed' cannot be 'yes': it is read as flag"),
        (('score = "Words"', 'scores = "Words"'), "results.0.scores: Extra inputs"),
        (("[item]", "[item"), "is not TOML"),
        (('name = "club_check"', 'name = "map_growth"'), "there is a layout 'map_growth' already"),
        (('score = "Words"', 'method = "Words"'), "'method' needs codes or a fixed value"),
        (("Skill{n}", "Skill{m}"), r"'Skill\{m\}' names a range that \[ranges\] does not have"),
        (('n = ["1", "2"]', "n = 2"), "ranges.n: is a list of texts"),
        (("y = true\nn = false", "y = 1\nn = 0"), "'passed' cannot be 1"),
        (('score = "Words"', 'score = { column = "Words", at_least = 3 }'), "'score' is read as number.*gives a flag"),
        (('score = "Words"', 'level = { column = "Words", least = 0, most = 8 }'), "'level' is read as text"),
        (('title = { fixed = "Reading check" }', 'title = { column = "Words", at_least = 3 }'), "'title' is read as"),
        (
            ('score = "Words"', 'score = "Words"\nwhen = { column = "Week", is = [] }'),
            "results.0.when.*give one of `is`",
        ),
    ],
)
def test_a_layout_at_fault_says_what_is_wrong(change: tuple[str, str], complaint: str) -> None:
    text = OWN.replace('signature = ["Words"]', "") if complaint == "signature" else OWN.replace(*change)
    with pytest.raises(ValidationError, match=complaint):
        AssessmentFileSettings(layouts=(text,))


BY_KIND = (
    OWN.replace('score = "Words"', 'score = "Words"\nwhen = { column = "Kind", is = ["words"] }')
    .replace('suffix = "skill {n}"', 'suffix = "skill {n}"\nwhen = { column = "Kind", is = ["skills", "both"] }')
    .replace('passed = { column = "Passed{n}", codes = "yes_no" }', 'passed = { column = "Passed{n}", at_least = 8 }')
)


def test_a_result_may_be_of_one_kind_of_rows_and_passed_from_a_number_on() -> None:
    row = {"ID": "7", "Week": "01.09.2026", "Words": "88", "Skill1": "A.1", "Passed1": "8", "Skill2": "A.2"}
    layout = mapping(parse(BY_KIND))

    def scores(**cells: str) -> list[tuple[float | None, bool | None]]:
        records = layout(Fields({**row, **cells}))
        return [(record.score, record.passed) for record in records if isinstance(record, Result)]

    assert scores(Kind="words") == [(88, None)]
    assert scores(Kind="skills") == [(None, True)]
    assert scores(Kind="both", Passed2="7.5") == [(None, True), (None, False)]
    with pytest.raises(MappingError, match=r"'Kind': 'habit' is what no result is for.*both, skills, words"):
        scores(Kind="habit")
    with pytest.raises(MappingError, match="'Kind' is missing or blank"):
        scores(Kind="")
    assert scores(Kind="skills", Passed1="most") == []


def test_a_result_in_single_brackets_is_told_so() -> None:
    with pytest.raises(ConfigError, match=r"results: each begins with \[\[results\]\]"):
        parse(OWN.split("[[results]]", maxsplit=1)[0] + '[results]\nscore = "Words"\n')


def test_what_a_result_keeps_unrolls_with_it() -> None:
    layout = parse(OWN.replace('suffix = "skill {n}"', 'suffix = "skill {n}"\nkeep = ["Note{n}"]'))
    assert [result.keep for result in layout.results] == [(), ("Note1",), ("Note2",)]


tables = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text(max_size=5), st.just("{n}")),
    lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text(max_size=5), t, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(Layout.model_fields)), tables, max_size=4))
def test_any_layout_is_read_or_refused_in_words(change: dict[str, Any]) -> None:
    with contextlib.suppress(ValidationError):
        mapping(Layout.model_validate(tomllib.loads(OWN) | change))


cells = st.one_of(
    st.text(max_size=12), st.sampled_from(["", "0", "NaN", "1e999", "-5", "9" * 40, "2026-01-01", "K", "*"])
)


@settings(max_examples=150)
@given(st.data())
def test_any_row_maps_or_is_a_mapping_error(data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(SAMPLES))
    columns = sorted(shipped()[layout].columns)
    whole = data.draw(st.sampled_from(sample(layout)))
    row = whole | data.draw(st.dictionaries(st.sampled_from(columns), cells, max_size=5))
    try:
        records = list(STREAMS[layout].map(Fields(dict(row))))
    except MappingError:
        return
    [person] = [r for r in records if isinstance(r, Person)]
    assert person.identifiers
    assert len({(type(r), r.key) for r in records}) == len(records)
    assert {type(r) for r in records} >= {Person, LineItem}
    assert all(r.person == person.key for r in records if isinstance(r, Result))
    assert all(r.name for r in records if isinstance(r, Org))


def test_a_layout_file_alone_makes_a_mapping() -> None:
    records = list(mapping(parse(OWN))(Fields({"ID": "7", "Week": "01.09.2026", "Words": "88"})))
    assert [type(r).__name__ for r in records] == ["Result", "Person", "LineItem"]
