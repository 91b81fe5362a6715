"""The assessment files, and what vendors and programs send."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft201909Validator

from app.sandbox import assessment, pushes
from app.sandbox.assessment import COLUMNS, TERMS, map_growth, write_map_growth
from app.sandbox.district import District


def test_the_header_is_the_vendors_own(shared: Path):
    sample = shared / "data" / "assessments" / "MAP_Growth" / "sample_anonymized_file.csv"
    with sample.open(encoding="utf-8-sig", newline="") as text:
        assert tuple(next(csv.reader(text))) == COLUMNS
    assert len(COLUMNS) == 143


@pytest.mark.parametrize("term", TERMS)
def test_every_event_is_of_a_learner_in_a_tested_grade(district: District, term: str):
    learners = {learner.number: learner for learner in district.learners}
    schools = {school.identifier for school in district.schools}
    events = set()
    for row in map_growth(district, term, flawed=False):
        learner = learners[row["StudentID"]]
        assert row["Student_StateID"] == (learner.state_id or "")
        assert row["School_StateID"] in schools
        assert learner.grade - TERMS[term].back in assessment.GRADES
        assert 100 < int(row["TestRITScore"]) < 300
        assert 1 <= int(row["TestPercentile"]) <= 99
        assert set(row) <= set(COLUMNS)
        events.add((row["StudentID"], row["TestName"]))
    tested = [x for x in learners.values() if x.grade - TERMS[term].back in assessment.GRADES]
    assert len(events) == 2 * len(tested)


def test_a_file_ends_with_three_wrong_rows(tmp_path: Path, district: District):
    target = tmp_path / "fall.csv"
    count = write_map_growth(district, "fall", target)
    with target.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == count
    unknown, misdated, blank = rows[-3:]
    assert unknown["StudentID"] not in {learner.number for learner in district.learners}
    assert misdated["TestStartDate"] == "09/45/2026"
    assert blank["TestRITScore"] == ""
    keys = [(r["StudentID"], r["TestName"], r["TestStartDate"], r["TestStartTime"]) for r in rows]
    assert len(keys) == len(set(keys))


def test_evidence_is_of_learners_and_says_so_twice_wrong(district: District):
    items = list(pushes.evidence(district))
    assert len(items) == 25
    assert len({item["id"] for item in items}) == 25
    numbers = {learner.number for learner in district.learners}
    named = [item["learner"]["identifiers"][0]["value"] for item in items]
    assert [number for number in named if number not in numbers] == ["9999999"]
    assert [item["id"] for item in items if "result" not in item] == ["writing-empty"]


def test_a_badge_3_is_valid(district: District, shared: Path):
    schema = shared / "data" / "credentials" / "schemas" / "ob30" / "ob_v3p0_achievementcredential_schema.json"
    official = Draft201909Validator(json.loads(schema.read_text()))
    for learner in pushes.badge_earners(district):
        assert list(official.iter_errors(pushes.open_badge_3(learner))) == []


def test_a_badge_2_hides_its_recipient_by_a_salted_hash(district: District):
    for learner in pushes.badge_earners(district):
        recipient = pushes.open_badge_2(learner)["recipient"]
        digest = hashlib.sha256(f"{learner.email}{recipient['salt']}".encode()).hexdigest()
        assert recipient["identity"] == f"sha256${digest}"
        assert pushes.open_badge_2(learner, hashed=False)["recipient"]["identity"] == learner.email


def test_a_program_submits_badges_of_both_kinds_and_of_a_stranger(district: District):
    items = list(pushes.badge_submissions(district))
    assert len({item["id"] for item in items}) == len(items) == 7
    assert {"badge" in item["credential"] for item in items} == {True, False}
    assert any("learner" not in item for item in items)
    assert items[-1]["learner"]["identifiers"][0]["type"] == "program"
