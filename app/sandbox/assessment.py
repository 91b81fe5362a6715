"""The assessment vendor's files: MAP Growth test events of the sample district, one comprehensive CSV per term."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from msgspec import Struct

from app.sandbox import district as sample
from app.sandbox.chance import roll
from app.sandbox.district import District
from app.sandbox.people import Learner, School


class Term(Struct, frozen=True):
    """A testing window. `back` is by how many grades younger the learners were than they are now."""

    name: str
    begins: date
    back: int
    column: str


TERMS = {
    "winter": Term("Winter 2025-2026", date(2026, 1, 12), 1, "WISelectedAYWinter"),
    "spring": Term("Spring 2025-2026", date(2026, 5, 4), 1, "WISelectedAYSpring"),
    "fall": Term("Fall 2026-2027", date(2026, 9, 8), 0, "WISelectedAYFall"),
}
GRADES = range(2, 9)
"""The grades that take the tests, as indices into the catalog's grades."""

_SPANS = ("FallToFall", "FallToWinter", "FallToSpring", "WinterToWinter", "WinterToSpring", "SpringToSpring")
_GROWTH = (
    "ProjectedGrowth",
    "ObservedGrowth",
    "ObservedGrowthSE",
    "MetProjectedGrowth",
    "ConditionalGrowthIndex",
    "ConditionalGrowthPercentile",
    "GrowthQuintile",
)
COLUMNS: tuple[str, ...] = (
    "TermName",
    "DistrictName",
    "District_StateID",
    "SchoolName",
    "School_StateID",
    "StudentID",
    "Student_StateID",
    "Subject",
    "Course",
    "GrowthMeasureYN",
    "NormsReferenceData",
    "WISelectedAYFall",
    "WISelectedAYWinter",
    "WISelectedAYSpring",
    "WIPreviousAYFall",
    "WIPreviousAYWinter",
    "WIPreviousAYSpring",
    "TestType",
    "TestName",
    "TestID",
    "TestStartDate",
    "TestStartTime",
    "TestDurationMinutes",
    "TestRITScore",
    "TestStandardError",
    "TestPercentile",
    "AchievementQuintile",
    "PercentCorrect",
    "RapidGuessingPercentage",
    *(span + column for span in _SPANS for column in _GROWTH),
    "LexileScore",
    "LexileMin",
    "LexileMax",
    "QuantileScore",
    "QuantileMin",
    "QuantileMax",
    *(f"Goal{n}{part}" for n in range(1, 9) for part in ("Name", "RitScore", "StdErr", "Range", "Adjective")),
    *(f"Typical{span}Growth" for span in _SPANS),
    *(f"ProjectedProficiency{part}{n}" for n in range(1, 11) for part in ("Study", "Level")),
)
"""The columns of NWEA's comprehensive data file, in its order."""

_QUINTILES = ("Low", "LoAvg", "Avg", "HiAvg", "High")
_TESTS = (
    (
        "Mathematics",
        "Math K-12",
        "Growth: Math {} CCSS 2010 V2",
        ("Operations and Algebraic Thinking", "Number and Operations", "Measurement and Data", "Geometry"),
        185.0,
        6.2,
    ),
    (
        "Language Arts",
        "Reading",
        "Growth: Reading {} CCSS 2010 V4",
        ("Literary Text", "Informational Text", "Vocabulary"),
        182.0,
        5.4,
    ),
)
"""Subject, course, test name, goal areas, and the mean RIT in grade 2 and its rise per grade."""

Row = dict[str, str]


def write_map_growth(district: District, term: str, target: Path, *, flawed: bool = True) -> int:
    """Write a term's file ("winter", "spring" or "fall"). Returns how many rows it has, wrong ones included."""
    count = 0
    with target.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, COLUMNS, restval="", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        for row in map_growth(district, term, flawed=flawed):
            writer.writerow(row)
            count += 1
    return count


def map_growth(district: District, term: str, *, flawed: bool = True) -> Iterator[Row]:
    """A term's test events: two subjects for each learner of a tested grade, blank cells left out."""
    window = TERMS[term]
    first: Row | None = None
    for index in range(district.size):
        learner = district.learner(index)
        if learner.grade - window.back in GRADES:
            for subject in range(len(_TESTS)):
                row = _event(district.seed, learner, window, subject)
                first = first or row
                yield row
    if flawed and first:
        yield first | {"StudentID": "9999999", "Student_StateID": "", "TestID": "990000001"}
        misdated = f"{window.begins:%m}/45/{window.begins:%Y}"  # each term's own: alike, they were one test, told anew
        yield first | {"TestStartDate": misdated, "TestStartTime": "08:00:01", "TestID": "990000002"}
        yield first | {"TestRITScore": "", "TestStartTime": "08:00:02", "TestID": "990000003"}


def _event(seed: int, learner: Learner, window: Term, subject: int) -> Row:
    name, course, test, goals, mean, rise = _TESTS[subject]
    grade = learner.grade - window.back
    chance = roll(seed, learner.index, 51, subject, window.begins.toordinal())
    rit = round(mean + rise * (grade - 2) + 44 * (learner.ability - 0.5) + (chance & 7) - 3.5)
    percentile = min(99, max(1, round(99 * learner.ability + (chance >> 4 & 7) - 4)))
    day = window.begins + timedelta(days=(chance >> 8) % 12)
    school = _school(learner, day)
    row = {
        "TermName": window.name,
        "DistrictName": sample.NAME,
        "District_StateID": sample.IDENTIFIER,
        "SchoolName": school.name,
        "School_StateID": school.identifier,
        "StudentID": learner.number,
        "Student_StateID": learner.state_id or "",
        "Subject": name,
        "Course": course,
        "GrowthMeasureYN": "TRUE",
        "NormsReferenceData": "2020",
        window.column: "1",
        "TestType": "Survey With Goals",
        "TestName": test.format("2-5" if grade < 6 else "6+"),
        "TestID": str(700_000_000 + chance % 99_999_999),
        "TestStartDate": f"{day:%m/%d/%Y}",
        "TestStartTime": f"{8 + (chance >> 16) % 6:02d}:{(chance >> 20) % 60:02d}:{(chance >> 26) % 60:02d}",
        "TestDurationMinutes": str(25 + (chance >> 32) % 40),
        "TestRITScore": str(rit),
        "TestStandardError": f"{2.9 + (chance >> 38) % 9 / 10:.2f}",
        "TestPercentile": str(percentile),
        "AchievementQuintile": _quintile(percentile),
        "PercentCorrect": str(40 + (chance >> 42) % 20),
        "RapidGuessingPercentage": "0.0000",
    }
    return row | _goals(goals, rit, percentile, chance >> 46)


def _goals(names: tuple[str, ...], rit: int, percentile: int, chance: int) -> Row:
    row: Row = {}
    for n, name in enumerate(names, 1):
        shift = (chance >> 4 * n & 15) - 7
        score = rit + shift
        row[f"Goal{n}Name"] = name
        row[f"Goal{n}RitScore"] = str(score)
        row[f"Goal{n}StdErr"] = "6.2"
        row[f"Goal{n}Range"] = f"{score - 6}-{score + 6}"
        row[f"Goal{n}Adjective"] = _quintile(min(99, max(1, percentile + 3 * shift)))
    return row


def _quintile(percentile: int) -> str:
    return _QUINTILES[min(4, percentile // 20)]


def _school(learner: Learner, day: date) -> School:
    """Where the learner was on that day, as far as this year's schools tell."""
    return learner.former if learner.former and learner.moved and day < learner.moved else learner.school
