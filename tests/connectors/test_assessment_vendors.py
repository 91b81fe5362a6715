"""What vendors' files say, read off their samples by eye: one result of each, its score, level and date."""

from pathlib import Path

import msgspec
import pytest

from connectors.assessment_file import AssessmentFileSettings, connector
from connectors.fields import Fields
from schemas import Org, Result

FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"
STREAMS = {stream.name: stream for stream in connector.streams}


def results(name: str) -> list[Result]:
    assert connector.file is not None
    page_file = next((FIXTURES / name).glob("page.*"))
    return [
        record
        for part in connector.file(page_file, AssessmentFileSettings())
        for page in part.pages
        for body in page.records
        for record in STREAMS[part.stream].map(
            Fields({c: v for c, v in zip(page.columns or (), msgspec.json.decode(body), strict=True) if v})
        )
        if isinstance(record, Result)
    ]


@pytest.mark.parametrize(
    ("name", "learner", "title", "score", "level", "day"),
    [
        ("access_for_ells", "state:605000", "ACCESS for ELLs", 237, "1.6", None),
        ("aleks", "district:605001", "Initial knowledge check", 18, None, "2018-08-27"),
        ("aleks", "district:605001", "Latest knowledge check", 31, None, "2018-10-29"),
        ("aleks", "district:605001", "Grade 6 Standards", 24, None, "2018-10-29"),
        ("dreambox", "district:605001", "Lessons passed", 37, None, "2019-09-30"),
        ("dreambox", "district:605001", "Growth", 0.21, None, "2019-09-30"),
        ("dreambox_standards", "district:605002", "K.CC.A.1", 0, None, "2019-09-30"),
        ("lexia_core5", "district:605001", "Vowel-Consonant-E", 91, None, "2019-10-14"),
        (
            "lexia_core5",
            "district:605002",
            "Prediction of reaching the year's benchmark",
            23,
            "High risk",
            "2019-10-14",
        ),
        ("peli", "district:605001", "Language index", 34, "At Benchmark", None),
        ("peli", "district:605002", "Preschool Early Literacy Indicators", 151, "Well Below Benchmark", None),
        ("access_for_ells", "state:605000", "Listening", 220, "1.6", None),
        (
            "acadience",
            "district:605001",
            "Nonsense Word Fluency, correct letter sounds",
            58,
            "At Benchmark",
            "2023-01-17",
        ),
        ("acadience", "district:605002", "Composite, gate 1", 210, "Below Benchmark", None),
        ("acadience", "district:605003", "Math Composite", 64, "Well Below Benchmark", None),
        ("acadience_grades", "district:605001", "First Sound Fluency", 18, None, None),
        (
            "acadience_online",
            "district:605001",
            "Oral Reading Fluency, words correct",
            31,
            "Above Benchmark",
            "2024-01-17",
        ),
        ("acadience_online", "district:605002", "Concepts and Applications", 12, None, "2024-01-18"),
        ("dibels_dds", "district:605001", "Composite", 329, "At or Above Benchmark", "2021-09-15"),
        (
            "dibels_dds",
            "district:605002",
            "Oral Reading Fluency, words correct",
            12,
            "Well Below Benchmark",
            "2022-05-10",
        ),
        ("gold_objectives", "district:605001", "GOLD objectives, Fall 2020/2021", None, None, "2020-11-13"),
        ("iready_wide", "district:605001", "Phonics", 498, None, "2019-01-15"),
        ("iready_wide", "district:605001", "Vocabulary", 477, None, "2018-09-11"),
        ("iready_spanish", "district:605001", "Phonics", 75, None, "2022-09-13"),
        ("iready_instruction", "district:605001", "Overall", 90, None, None),
        ("star_math_2018", "district:605001", "Star Math", 588, "At/Above Benchmark", "2018-09-12"),
        ("star_reading_2018", "district:605001", "Star Reading, universal scale", 1002, None, "2018-09-13"),
        ("star_early_literacy_2018", "district:605001", "Star Early Literacy, Rasch scale", 1.8, None, "2018-09-14"),
        ("star_360", "district:605001", "Star Math Enterprise", 601, "At/Above Benchmark", "2020-09-15"),
        ("star_360", "district:605001", "A Bear's Winter", 80, None, "2020-09-16"),
        ("istation_subtests", "district:605001", "Vocabulary", 238, "Level 3", "2020-09-08"),
        ("ixl_diagnostic", "district:605001", "Fractions", 290, "Below level", None),
        ("dibels_8_dds", "district:605001", "Oral Reading Fluency, words correct", 35, None, "2022-01-18"),
        ("dibels_8_dds", "district:605002", "Phonemic Segmentation Fluency", 0, None, "2021-09-15"),
        ("fastbridge_progress", "district:605001", "CBMreading", 75, None, "2022-10-10"),
        ("iready_lessons", "district:605001", "Round Numbers", 56, None, "2022-10-06"),
        ("iready_lessons", "district:605001", "Round Numbers", 75, None, "2022-10-06"),
        ("iready_literacy_tasks", "district:605001", "Accuracy", 97, None, "2023-01-17"),
        ("iready_literacy_tasks", "district:605002", "Letter Naming Fluency", 31, "Below Benchmark", "2023-01-18"),
        ("istation_skills", "district:605001", "Vocabulary", 1921, "3", "2022-09-14"),
        ("star_reading_short", "district:605002", "Star Reading", 61, None, "2020-09-15"),
        ("accuplacer", None, "Next-Generation Reading", 242, None, "2024-05-01"),
        ("ap", "state:605000", "AP exam", 2, None, None),
        ("asvab", "state:605000", "ASVAB", 45, None, "2023-11-21"),
        ("asvab", "state:605000", "MK (Math Knowledge)", 39, None, "2023-11-21"),
        ("bess_3", "district:100", "Behavioral and emotional risk index", 64, "Elevated", "2022-10-20"),
        ("bess_3", "district:100", "Externalizing risk index", 13, "Elevated Risk", "2022-10-20"),
        ("dibels_8", None, "Letter Names (LNF)", 12, "Well Below Benchmark", None),
        ("dibels_next", None, "FSF", 12, "Benchmark", None),
        ("fastbridge_amath", None, "aMath, Fall", 208.93802, "highRisk", "2024-09-26"),
        ("fastbridge_early_reading", "state:605000", "Early Reading English, Fall", 28, "someRisk", "2022-08-18"),
        ("istation", "district:100", "ISIP", 335, "1", "2023-09-06"),
        ("myigdis", "state:605000", "Picture Naming, Fall Screening", 45, "Tier II/III", "2022-09-20"),
        ("pals", "state:605000", "Name writing", 2, None, "2022-08-15"),
        ("preact", "state:605000", "PreACT", 12, None, "2020-10-07"),
        ("preact_fixed", "state:605000", "PreACT", 12, None, "2020-10-07"),
        ("psat", "state:604926", "PSAT", 710, None, "2022-04-13"),
        ("sc_alternate", None, "English language arts", 513, "1", None),
        ("sc_performance_tasks", "state:604821", "Verbal tasks", 16, None, None),
        ("wi_forward", None, "English language arts", 1653, "4", None),
        ("act", "state:700001", "ACT", 24, "Likely to obtain a Gold level NCRC", None),
        ("act", "state:700001", "Algebra", 5, None, None),
        ("act", "state:700001", "Superscore, English", 25, None, None),
        ("beacon_2024", "state:700001", "Number and quantity", 480, "Near Target", "2025-01-29"),
        ("beacon_2024", "state:700001", "Conventions", 512, "Prepared", "2025-01-30"),
        ("beacon", "state:700001", "Algebraic reasoning", 405, "Support Needed", "2026-04-03"),
        ("beacon", "state:700002", "Data, probability and statistics", 510, "Prepared", "2025-09-02"),
        ("cmas", "state:7000000001", "CMAS", 755, "Met expectations", "2023-04-20"),
        ("cmas", "state:7000000001", "Major content", 18, None, "2023-04-20"),
        ("cmas", "state:7000000002", "CMAS", 648, "Approached expectations", "2023-04-18"),
        ("cambridge", "state:700001", "AICE DIPLOMA", None, "Distinction", None),
        ("cambridge", "state:700002", "BIOLOGY", None, "A", None),
        ("cogat", "district:100002", "CogAT", 97, "4B (Q+)", "2023-10-16"),
        ("cogat", "district:100003", "Quantitative", 95, None, "2023-10-16"),
        ("cogat_packed", "district:100002", "Verbal", 91, None, "2023-10-16"),
        ("cogat_packed", "district:100003", "Quantitative", 95, None, "2023-10-16"),
        ("cogat_fixed", "district:100003", "Quantitative", 95, None, "2023-10-16"),
        ("fastbridge_cbmmath_auto", "district:100001", "AUTO L2 GOM, Winter", 162.5, "lowRisk", "2023-01-24"),
        ("fastbridge_cbmmath_cap", "district:100003", "CBMmath CAP, Winter", 17.5, "highRisk", "2023-01-25"),
        ("fastbridge_cbmmath_process", "district:100002", "PROC L3 GOM, Fall", 93.7, "someRisk", "2022-09-21"),
        ("gold", "district:100001", "Literacy, Winter 2025/2026", 530, "Meet", "2026-02-10"),
        ("gold", "district:100002", "Social-Emotional, Fall 2025/2026", 505, "Meet", "2025-09-23"),
        ("ilearn", "state:700001", "ILEARN Mathematics Grade 6", 6510, "Above Proficiency", None),
        ("ilearn", "state:700003", "IREAD-3", 461, "Pass", None),
        ("iowa", "district:100002", "Listening", 138, None, "2023-10-16"),
        ("iowa", "district:100003", "Mathematics", 95, None, "2023-10-16"),
        ("kra", "state:700001", "Social foundations", 272, None, "2023-08-15"),
        ("kra_items", "state:700001", "Kindergarten Readiness Assessment", 253, "Emerging Readiness", None),
        ("map_fluency", "district:100001", "Phonological awareness", 478, "Below Expectation", "2024-09-26"),
        ("mvpa", "district:100001", "8th Grade Reading", 71.5, "4", "2024-10-09"),
        ("sc_ready", "state:7000000001", "English language arts", 533, "3", None),
        ("stamp", "district:100001", "Reading", 551, "6", "2023-12-08"),
        ("win", "state:700001", "Soft skills", 202, "Pass", "2024-11-01"),
        ("win", "state:700001", "WIN Ready to Work", None, "Achievement Level 4", "2024-11-01"),
    ],
)
def test_a_vendors_file_says(
    name: str, learner: str | None, title: str, score: float | None, level: str | None, day: str | None
) -> None:
    first = next(
        result
        for result in results(name)
        if result.title == title and result.score == score and learner in (None, result.person)
    )
    assert first.level == level
    assert day is None or str(first.scored_on) == day


def test_what_is_no_valid_score_of_cmas_is_none() -> None:
    excused = [result for result in results("cmas") if result.person == "state:7000000003"]
    assert [(score.score, score.status, score.extensions["NotTestedReason"]) for score in excused] == [
        (None, "exempt", "9")
    ]


def test_percentiles_of_iowa_stay_with_their_tests_though_a_leading_blank_was_cut_off() -> None:
    ben = {result.title: result.percentile for result in results("iowa") if result.person == "district:100002"}
    assert ben == {"Reading": 4, "Listening": 11, "Mathematics": 25}


def test_schools_of_sc_ready_are_known_in_files_of_2025_too(tmp_path: Path) -> None:
    assert connector.file is not None
    header, *rows = (FIXTURES / "sc_ready/page.csv").read_text("utf-8").splitlines()
    names = header.split(",")
    place = names.index("SchoolID")
    newer = [[*names[:place], "TSchoolID", "RSchoolID", *names[place + 1 :]]]
    newer += [[*cells[:place], "0977", "0901", *cells[place + 1 :]] for cells in (row.split(",") for row in rows)]
    path = tmp_path / "page.csv"
    path.write_text("".join(f"{','.join(cells)}\n" for cells in newer), "utf-8")
    schools = {
        record.identifier
        for part in connector.file(path, AssessmentFileSettings())
        for page in part.pages
        for body in page.records
        for record in STREAMS[part.stream].map(
            Fields({c: v for c, v in zip(page.columns or (), msgspec.json.decode(body), strict=True) if v})
        )
        if isinstance(record, Org) and record.type == "school"
    }
    assert schools == {"0901"}


@pytest.mark.parametrize(("name", "is_undated"), [("ilearn", True), ("ixl_diagnostic", True), ("map_growth", False)])
def test_that_results_have_no_date_is_told_once(name: str, *, is_undated: bool) -> None:
    assert connector.file is not None
    parts = connector.file(FIXTURES / name / "page.csv", AssessmentFileSettings())
    notes = [note for part in parts for page in part.pages for note in page.notes]
    assert sum("no column says when a test was taken: its results have no date" in note for note in notes) == is_undated
    if is_undated:
        assert {result.scored_on for result in results(name)} == {None}
