"""A learner record without a choice holds what means something outside, in groups that a reader knows."""

from typing import Any

import pytest

from app.credentials.grouping import GROUPS
from app.issuing.awardable import outward
from app.issuing.awards import items
from app.issuing.courses import courses
from app.issuing.kinds import is_examination, is_mark, is_project
from app.sharing.readable import readable
from tests.support.competencies import learner  # noqa: F401  (learner is a fixture)
from tests.support.credit import desk  # noqa: F401  (desk is a fixture)
from tests.support.plans import Desk

FALL = {"title": "Fall", "begins": "2026-08-24", "ends": "2027-01-15"}
YEAR = {"title": "School year", "begins": "2026-08-24", "ends": "2027-06-11"}
LAST = {"title": "Last year", "begins": "2025-08-24", "ends": "2026-06-11"}


def entry(own: str, taught: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    statement = {"source": "sis", "stream": "s", "kind": "result", "sourceId": own}
    return {"id": own, "from": [statement], **({"class": taught} if taught else {}), **more}


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
    kinds = {"mark": is_mark(words), "examination": is_examination(words), "project": is_project(words)}
    assert [name for name, is_so in kinds.items() if is_so] == ([kind] if kind else [])


def test_a_course_that_two_systems_tell_of_is_one_with_its_mark_and_terms() -> None:
    record = {
        "results": [
            entry(
                "m-0", taught("Algebra (North)", YEAR), title="Course grade", textScore="A-", score=91.5, unit="percent"
            )
        ],
        "enrollments": [
            entry("e-0", taught("Algebra", FALL), role="student"),
            entry("e-1", taught("Algebra", LAST), role="student"),
            entry("e-2", taught("Homeroom 8", FALL), role="student"),
            entry("e-3", {"title": "A section of an LMS"}, role="student"),
            entry("e-4", taught("Chess", FALL), role="aide"),
        ],
    }
    now, before = courses(record)
    assert (now.achievement.name, now.term, [result.value for result in now.results]) == (
        "Algebra",
        "Fall",
        ["A-", "91.5"],
    )
    assert (before.achievement.name, before.term, before.results) == ("Algebra", "Last year", ())
    record["results"][0]["textScore"] = "A"
    assert courses(record)[0].origin != now.origin, "another mark is another statement"
    record["results"][0]["sensitive"] = True
    assert courses(record)[0].results == ()


def test_of_an_examination_with_parts_the_whole_speaks() -> None:
    record = {
        "results": [
            entry(f"map-{n}", title=title, method="adaptive", score=200.0 + n)
            for n, title in enumerate(["Growth: Math", "Geometry", "Algebra"])
        ]
        + [entry("quiz-0", {"title": "A"}, title="Quiz 1", score=1.0)],
        "evidence": [],
    }
    assert [item.achievement.name for item in outward(record, items(record))] == ["Growth: Math"]


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
    assert any(one["item"].startswith("/competencies/") for one in listed)
