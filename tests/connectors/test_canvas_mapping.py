"""What the Canvas connector says of submissions, outcome results and codes, whatever values they hold."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.canvas import connector
from connectors.errors import MappingError
from connectors.fields import Fields
from schemas import Result
from tests.support.pulled import JSON, fixture, stream_of

NAMES = [stream.name for stream in connector.streams]

SUBMISSION = {
    "id": 1,
    "user_id": 11,
    "assignment_id": 53,
    "workflow_state": "graded",
    "score": 0,
    "grade": "0",
    "submitted_at": "2026-10-01T20:15:00Z",
    "graded_at": "2026-10-03T14:00:00Z",
    "posted_at": "2026-10-03T14:00:00Z",
}


@pytest.mark.parametrize(
    ("fields", "status", "score"),
    [
        ({}, "fully graded", 0.0),
        ({"posted_at": None}, "submitted", None),
        ({"posted_at": None, "submitted_at": None}, None, None),
        ({"excused": True}, "exempt", None),
        ({"missing": True}, "not submitted", None),
        ({"workflow_state": "submitted", "score": None, "grade": None, "graded_at": None}, "submitted", None),
        ({"workflow_state": "pending_review", "score": 3}, "partially graded", 3.0),
        ({"score": None, "grade": None}, "submitted", None),
    ],
)
def test_only_a_posted_score_of_work_that_is_there_counts(
    fields: dict[str, Any], status: str | None, score: float | None
) -> None:
    (result,) = stream_of(connector, "submissions").map(Fields({**SUBMISSION, **fields}))
    assert (result.status, result.score) == (status, score)
    if score is None:
        assert (result.text_score, result.passed, result.scored_at) == (None, None, None)


def test_a_grade_of_an_earlier_attempt_is_not_told_of_the_latest() -> None:
    again = {"workflow_state": "submitted", "score": 6, "attempt": 2, "late": True}
    for matches, expected in ((True, (6.0, 2, True)), (False, (6.0, None, None))):
        raw = {**SUBMISSION, **again, "grade_matches_current_submission": matches}
        (result,) = stream_of(connector, "submissions").map(Fields(raw))
        assert (result.score, result.attempts, result.late) == expected


@pytest.mark.parametrize(
    ("due", "zone", "day"),
    [
        ("2026-12-01T06:59:59Z", "America/Denver", "2026-11-30"),
        ("2026-07-01T05:59:59Z", "America/Denver", "2026-06-30"),
        ("2026-03-08T06:59:59Z", "America/Denver", "2026-03-07"),
        ("2026-03-09T05:59:59Z", "America/Denver", "2026-03-08"),
        ("2026-12-01T10:59:59Z", "Pacific/Auckland", "2026-12-01"),
        ("2026-12-01T06:59:59Z", "Nowhere/Land", "2026-12-01"),
        ("2026-12-01T06:59:59Z", None, "2026-12-01"),
        ("2026-12-01", "America/Denver", "2026-12-01"),
    ],
)
def test_work_is_due_on_the_day_of_the_school(due: str, zone: str | None, day: str) -> None:
    raw = {"id": 1, "name": "Essay", "course_id": 1, "due_at": due, "time_zone": zone}
    (item,) = stream_of(connector, "assignments").map(Fields(raw))
    assert f"{item.due}" == day


def test_an_outcome_result_that_canvas_hides_says_nothing() -> None:
    known = KNOWN["outcome_results"]
    for spoiled, records in (({}, 1), ({"result": known["result"] | {"hidden": True}}, 0), ({"withheld": True}, 0)):
        assert len(list(stream_of(connector, "outcome_results").map(Fields(deepcopy(known | spoiled))))) == records


def test_work_not_due_yet_says_nothing() -> None:
    assert list(stream_of(connector, "submissions").map(Fields({**SUBMISSION, "workflow_state": "unsubmitted"}))) == []


@pytest.mark.parametrize(
    ("name", "code"), [("enrollments", "type"), ("submissions", "workflow_state"), ("courses", "workflow_state")]
)
def test_an_unknown_code_is_set_apart(name: str, code: str) -> None:
    with pytest.raises(MappingError, match=rf"'{code}': 'brand_new'"):
        list(stream_of(connector, name).map(Fields(KNOWN[name] | {code: "brand_new"})))


def _known(name: str) -> dict[str, Any]:
    document = msgspec.json.decode(fixture(connector, name))
    if name == "terms":
        return dict(document["enrollment_terms"][0])
    if name == "outcome_results":
        return {"id": 1, "course_id": 1, "result": document["outcome_results"][0]}
    if name in ("grading_periods", "period_grades"):
        document = msgspec.json.decode(fixture(connector, name, "pulled.json"))
    return (
        {"id": 1, "framework": "account:1", "outcome": document[0]["outcome"]}
        if name == "outcomes"
        else dict(document[0])
    )


KNOWN = {name: _known(name) for name in NAMES}


@given(st.sampled_from(NAMES), st.data())
def test_no_record_breaks_the_mapping(name: str, data: st.DataObject) -> None:
    """Any values in the fields a mapping reads: it maps, or says why not."""
    spoiled = data.draw(st.dictionaries(st.sampled_from(sorted(KNOWN[name])) | st.text(max_size=8), JSON, max_size=6))
    raw = msgspec.json.decode(msgspec.json.encode(KNOWN[name])) | spoiled
    with suppress(MappingError):
        list(stream_of(connector, name).map(Fields(raw)))


@pytest.mark.parametrize(
    ("score", "possible", "mastery", "level", "passed", "most"),
    [
        (3, 4, None, "Mastery", True, 4),
        (2.9, 4, None, "Near", False, 4),
        (3, 4, False, "Mastery", False, 4),  # Canvas's own word goes before ours
        (8, 10, None, "Mastery", True, 10),  # 3.2 of 4
        (7, 10, None, "Near", False, 10),
        (3, None, None, "Mastery", True, 4),
        (2.2, 3, None, "Near", False, 3),  # 2.93 of 4
        (2.25, 3, None, "Mastery", True, 3),  # 3 of 4, on the spot
        (None, 4, None, None, None, 4),
    ],
)
def test_a_result_reaches_a_level_and_mastery_on_its_outcomes_own_scale(
    score: float | None, possible: float | None, mastery: bool | None, level: str, passed: bool, most: float
) -> None:
    result = msgspec.json.decode(msgspec.json.encode(KNOWN["outcome_results"]["result"]))
    result |= {"score": score, "possible": possible, "mastery": mastery}
    ratings = [{"description": "Near", "points": 2, "color": "FAB901"}, {"description": "Mastery", "points": 3}]
    scale = {"mastery": 3, "most": 4, "ratings": ratings}
    fields = Fields({"id": 1, "course_id": 1, "result": result, "scale": scale})
    [said_] = list(stream_of(connector, "outcome_results").map(fields))
    assert isinstance(said_, Result)
    assert (said_.level, said_.passed, said_.maximum) == (level, passed, most)
    assert said_.objectives[0].mastered is passed


def test_work_graded_without_names_says_nothing_until_it_is_posted() -> None:
    anonymous = {key: value for key, value in SUBMISSION.items() if key != "user_id"} | {"anonymous_id": "a1Z"}
    assert list(stream_of(connector, "submissions").map(Fields(anonymous | {"posted_at": None}))) == []


@pytest.mark.parametrize(
    ("grade", "score", "words", "status"),
    [
        ({}, 91.5, "A-", "partially graded"),
        ({"state": "completed"}, 80, "B-", "fully graded"),
        ({"override": 88}, 88, None, "partially graded"),
    ],
)
def test_a_grade_in_a_course_is_what_counts_then(
    grade: dict[str, Any], score: float, words: str | None, status: str
) -> None:
    grades = {"current_score": 91.5, "current_grade": "A-", "final_score": 80.0, "final_grade": "B-"}
    grades |= {"override_score": grade["override"]} if "override" in grade else {}
    envelope = {"id": "grade/1/2", "course_id": 1, "user_id": "2", "state": grade.get("state", "active")}
    [result] = stream_of(connector, "enrollments").map(Fields(envelope | {"course_grades": grades}))
    assert isinstance(result, Result)
    assert (result.score, result.text_score, result.status) == (score, words, status)
    assert list(stream_of(connector, "enrollments").map(Fields(envelope | {"course_grades": {"html_url": "x"}}))) == []


RUBRIC = {
    "rows": [
        {
            "id": "_1",
            "description": "Thesis",
            "points": 4,
            "ratings": [
                {"id": "a", "description": "Clear", "points": 4},
                {"id": "b", "description": "Present", "points": 4},
            ],
        },
        {"id": "_2", "description": "Style", "points": 2, "ratings": [{"id": "c", "description": "Good", "points": 2}]},
    ]
}


@pytest.mark.parametrize(
    ("marks", "more", "words"),
    [
        ({"_1": {"rating_id": "b", "points": 4, "comments": ""}}, {}, "Thesis: Present, 4 of 4"),
        ({"_1": {"points": 4}, "_2": {"points": 2.0}}, {}, "Thesis: 4 of 4\nStyle: Good, 2 of 2"),
        ({"_1": {"comments": "Try again", "rating_id": None}}, {}, "Thesis: Try again"),
        ({"_9": {"points": 1}}, {}, None),
        ({"_2": {"rating_id": "c", "points": 2}}, {"hide_points": True}, "Style: Good"),
    ],
)
def test_a_rubrics_rows_are_told_by_the_rating_that_was_chosen(
    marks: dict[str, Any], more: dict[str, Any], words: str | None
) -> None:
    raw = {**SUBMISSION, "rubric": {**deepcopy(RUBRIC), **more}}
    fields = Fields(raw | {"rubric_assessment": deepcopy(marks)})
    [result] = stream_of(connector, "submissions").map(fields)
    assert isinstance(result, Result)
    assert result.narrative == words
    assert dict(fields.left()) == {}
    fields = Fields({**SUBMISSION, "excused": True, "rubric": deepcopy(RUBRIC), "rubric_assessment": deepcopy(marks)})
    [result] = stream_of(connector, "submissions").map(fields)
    assert isinstance(result, Result)
    assert result.narrative is None


def test_a_course_of_which_the_dates_tell_its_id_alone_says_nothing() -> None:
    assert list(stream_of(connector, "courses").map(Fields({"id": 7, "access_restricted_by_date": True}))) == []
