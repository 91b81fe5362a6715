"""What vendors' files say, read off their samples by eye: one result of each, its score, level and date."""

from pathlib import Path

import msgspec
import pytest

from connectors.assessment_file import AssessmentFileSettings, connector
from connectors.fields import Fields
from schemas import Result

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
        ("access_for_ells", "state:605000", "Listening", 220, "1.6", None),
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
    ],
)
def test_a_vendors_file_says(
    name: str, learner: str | None, title: str, score: float, level: str | None, day: str | None
) -> None:
    first = next(
        one for one in results(name) if one.title == title and one.score == score and learner in (None, one.person)
    )
    assert first.level == level
    assert day is None or str(first.scored_on) == day
