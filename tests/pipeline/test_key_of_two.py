"""What is told late, or told anew, under a source's key that is another child's by now: of whom it is."""

from datetime import timedelta
from typing import Any

import pytest

from app.pipeline.replay import replay
from app.sources.source import Source
from tests.support.district import MORNING, District, user

TUESDAY, WEDNESDAY = MORNING + timedelta(days=1), MORNING + timedelta(days=2)
ZOE: dict[str, Any] = user("u-1", "Zoe", "Other", identifier="555001", username="zoe")


async def ben(district: District) -> Source:
    """A source that has told of Ben, whose key is to be Zoe's."""
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [user("u-1", "Ben", "Family1", identifier="100001", username="ben")])
    await district.settle()
    return sis


def moodle_account(name: str, login: str) -> dict[str, Any]:
    first, last = name.split()
    return {"id": 7, "firstname": first, "lastname": last, "fullname": name, "email": f"{login}@example.org"}


def moodle_student(course: int) -> dict[str, Any]:
    account = {"id": 7, "fullname": "x", "roles": [{"shortname": "student"}], "groups": []}
    return {"id": f"{course}/7", "course": course, "active": True, "user": account}


def result(key: str, person: str, on: str, score: float = 3.0) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "status": "active",
        "dateLastModified": "2026-09-20T08:00:00.000Z",
        "lineItem": {"sourcedId": "li-1", "type": "lineItem", "href": "x"},
        "student": {"sourcedId": person, "type": "user", "href": "x"},
        "scoreStatus": "fully graded",
        "score": score,
        "scoreDate": on,
    }


async def scores(district: District) -> dict[str, list[float]]:
    await district.settle()
    return {
        " & ".join(name["given"] for name in record["names"]) or "nobody": sorted(r["score"] for r in record["results"])
        for record in (await district.records()).values()
        if record["results"]
    }


@pytest.mark.parametrize("results_first", [True, False])
async def test_a_result_that_comes_late_is_of_the_child_who_had_the_key_when_it_happened(
    district: District, results_first: bool
) -> None:
    """A source may tell of the second child some weeks after there is one: what happened then waits for a person."""
    sis = await ben(district)
    days = ["2026-05-20", "2026-07-10", "2026-08-30", "2026-09-03"]
    results = [result(f"r-{n}", "u-1", day, float(n)) for n, day in enumerate(days)]
    pages = [("results", results), ("users", [ZOE])]
    run = await district.begin(sis)
    for stream, rows in pages if results_first else reversed(pages):
        await district.take(sis, stream, rows, TUESDAY, run=run)
    assert await scores(district) == {"Ben": [0.0, 1.0], "nobody": [2.0], "Zoe": [3.0]}
    before = await district.bytes()
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before


async def test_a_place_in_a_course_that_has_no_id_of_its_own_is_of_whom_it_is_listed_next(district: District) -> None:
    """A course and an account are all that Moodle tells an enrollment by: nothing of it changes with the account."""
    lms = await district.source("lms", "moodle", base_url="https://lms.example.org", token="t0k3n")
    await district.listing(lms, "users", [moodle_account("Ben Family1", "ben")])
    await district.listing(lms, "enrollments", [moodle_student(1), moodle_student(2)])
    await district.listing(lms, "enrollments", [moodle_student(2)], MORNING + timedelta(hours=1), allow_shrink=True)
    await district.settle()
    [bens] = await district.records()
    await district.listing(lms, "users", [moodle_account("Zoe Other", "zoe")], TUESDAY)
    await district.listing(lms, "enrollments", [moodle_student(1), moodle_student(2)], WEDNESDAY)
    await district.settle()
    before = await district.bytes()

    async def places() -> dict[str, list[tuple[str, str]]]:
        records = (await district.records()).items()
        return {
            "Ben" if learner == bens else record["names"][0]["value"]: sorted(
                (e["class"]["key"], e["state"]) for e in record["enrollments"]
            )
            for learner, record in records
        }

    assert await places() == {
        "Ben": [("1", "ended"), ("2", "ended")],
        "Zoe Other": [("1", "current"), ("2", "current")],
    }
    await replay(district.db, lms)
    await district.settle()
    assert await district.bytes() == before


async def test_what_is_scored_anew_after_a_key_changed_hands_is_the_second_childs_and_the_first_keeps_theirs(
    district: District,
) -> None:
    sis = await ben(district)
    await district.take(sis, "results", [result("u-1/quiz", "u-1", "2026-08-31", 1.0)], MORNING)
    await district.take(sis, "users", [ZOE], TUESDAY)
    later = {"dateLastModified": "2026-09-21T08:00:00.000Z"}
    await district.take(sis, "results", [{**result("u-1/quiz", "u-1", "2026-09-20", 2.0), **later}], WEDNESDAY)
    assert await scores(district) == {"Ben": [1.0], "Zoe": [2.0]}
    before = await district.bytes()
    await replay(district.db, sis)
    await district.settle()
    assert await district.bytes() == before
