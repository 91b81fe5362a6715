"""A learner record without a choice holds what means something outside, in groups that a reader knows."""

from typing import Any

import msgspec
import pytest

from app.credentials import build
from app.credentials.grouping import GROUPS
from app.issuing.awardable import outward
from app.issuing.awards import items
from app.issuing.courses import courses
from app.issuing.kinds import is_examination, is_mark, is_project
from app.records.document import AnyEntry, EnrollmentEntry, ResultEntry, WholeRecord
from app.sharing.readable import readable
from tests.support.build import AWARD, DISTRICT
from tests.support.competencies import learner  # noqa: F401  (learner is a fixture)
from tests.support.credential_samples import CREATED
from tests.support.credit import desk  # noqa: F401  (desk is a fixture)
from tests.support.headers import HEADER
from tests.support.plans import Desk

FALL = {"title": "Fall", "begins": "2026-08-24", "ends": "2027-01-15"}
YEAR = {"title": "School year", "begins": "2026-08-24", "ends": "2027-06-11"}
LAST = {"title": "Last year", "begins": "2025-08-24", "ends": "2026-06-11"}


def entry(own: str, taught: dict[str, Any] | None = None, *, kind: str = "result", **more: Any) -> Any:
    statement = dict.fromkeys(("sourceName", "rawKey", "receivedAt"), "x") | {"source": "sis", "stream": "s"}
    origin = statement | {"kind": kind, "sourceId": own}
    return msgspec.convert(
        {
            "type": kind,
            "id": own,
            "setting": "in-school",
            "from": [origin],
            **({"class": taught} if taught else {}),
            **more,
        },
        AnyEntry,
    )


def record(*entries: Any, sensitive: frozenset[str] = frozenset()) -> WholeRecord:
    results = tuple(entry for entry in entries if isinstance(entry, ResultEntry))
    enrollments = tuple(entry for entry in entries if isinstance(entry, EnrollmentEntry))
    return WholeRecord(header=HEADER, results=results, enrollments=enrollments, sensitive=sensitive)


def taught(course: str, *terms: dict[str, str], school: str = "North") -> dict[str, Any]:
    return {"course": course, "school": school, "terms": terms}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ({"title": "Course grade", "class": {"title": "A"}}, "mark"),
        ({"title": "Semester 1 average", "class": {"title": "A"}}, "mark"),
        ({"title": "Final exam", "class": {"title": "A"}}, "examination"),
        ({"title": "Growth: Math", "method": "adaptive"}, "examination"),
        ({"title": "District mathematics benchmark"}, "examination"),
        ({"title": "A lamp", "method": "summative", "setting": "after-school"}, ""),
        ({"title": "Volcano", "category": "Projects", "class": {"title": "A"}}, "project"),
        ({"title": "Equations", "category": "exercise", "method": "adaptive"}, ""),
        ({"title": "Unit test 1", "category": "Tests", "class": {"title": "A"}}, ""),
        ({"title": "Exit ticket", "class": {"title": "A"}}, ""),
        ({"title": "Homework 1", "category": "Homework", "class": {"title": "A"}}, ""),
        ({"title": "Wrote an essay", "method": "formative"}, ""),
    ],
)
def test_what_kind_of_thing_a_result_is(words: dict[str, Any], kind: str) -> None:
    result = entry("r", **words)
    kinds = {"mark": is_mark(result), "examination": is_examination(result), "project": is_project(result)}
    assert [name for name, is_so in kinds.items() if is_so] == ([kind] if kind else [])


def test_a_course_that_two_systems_tell_of_is_one_with_its_mark_and_terms() -> None:
    enrolled = [
        entry("e-0", taught("Algebra", FALL), kind="enrollment", role="student"),
        entry("e-1", taught("Algebra", LAST), kind="enrollment", role="student"),
        entry("e-2", taught("Homeroom 8", FALL), kind="enrollment", role="student"),
        entry("e-3", {"title": "A section of an LMS"}, kind="enrollment", role="student"),
        entry("e-4", taught("Chess", FALL), kind="enrollment", role="aide"),
    ]

    def mark(letter: str) -> Any:
        of = taught("Algebra (North)", YEAR)
        return entry("m-0", of, title="Course grade", textScore=letter, score=91.5, unit="percent")

    now, before = courses(record(mark("A-"), *enrolled))
    assert (now.achievement.name, now.term, [result.value for result in now.results]) == (
        "Algebra",
        "Fall",
        ["A-", "91.5"],
    )
    assert (before.achievement.name, before.term, before.results) == ("Algebra", "Last year", ())
    assert courses(record(mark("A"), *enrolled))[0].origin != now.origin, "another mark is another statement"
    hidden = record(mark("A"), *enrolled, sensitive=frozenset({"/results/m-0"}))
    assert courses(hidden)[0].results == ()


def test_of_an_examination_with_parts_the_whole_speaks() -> None:
    parts = [
        entry(f"map-{n}", title=title, method="adaptive", score=200.0 + n)
        for n, title in enumerate(["Growth: Math", "Geometry", "Algebra"])
    ]
    of = record(*parts, entry("quiz-0", {"title": "A"}, title="Quiz 1", score=1.0))
    assert [item.achievement.name for item in outward(of, items(of))] == ["Growth: Math"]


@pytest.mark.parametrize(
    ("title", "course", "name"),
    [
        ("Project", "Mathematics 8", "Project, Mathematics 8"),
        ("Final exam", "Algebra", "Final exam, Algebra"),
        ("Mathematics exam, grade 07", "Mathematics, grade 07", "Mathematics exam, grade 07"),
        ("Algebra: final exam", "ALGEBRA", "Algebra: final exam"),
    ],
)
def test_a_work_is_named_once_and_its_mark_stands_beside_it(title: str, course: str, name: str) -> None:
    """Whoever reads the record sees what came of it without opening it; what was reached of a part is told inside."""
    goal = {"objective": {"name": "Ratios", "url": "https://standards.example/r"}, "score": 2.0}
    scores = {"score": 99.0, "minimum": 0.0, "maximum": 100.0, "textScore": "Advanced", "objectives": [goal]}
    (item,) = items(record(entry("r", taught(course), title=title, **scores)))
    sheet = readable(build.open_badge(item.award("urn:uuid:1", AWARD.subject, CREATED, None, ()), DISTRICT))
    assert (sheet.name, sheet.about, sheet.outcome) == (name, "North", "99 of 100, Advanced")


async def test_a_record_says_which_competencies_are_mastered_at_which_level_by_what(desk: Desk) -> None:
    made = await desk.ask("POST", f"/learners/{desk.who}/credentials", {"kind": "ClrCredential"})
    assert made.status_code == 201, made.text
    sheet = readable(made.json()["credentials"][0]["document"])
    names = [group.name for group in sheet.groups]
    assert names == sorted(names, key=lambda name: GROUPS.index(name.partition(":")[0]))  # type: ignore[arg-type]
    mastered = next(group for group in sheet.groups if group.name.startswith("Competencies: "))
    child = next(child for child in mastered.inside if child.code == "W.1")
    assert child.outcome in ("Proficient", "Advanced")
    assert child.evidence
    listed = (await desk.ask("GET", f"/learners/{desk.who}/awardable")).json()["items"]
    assert any(row["item"].startswith("/competencies/") for row in listed)
