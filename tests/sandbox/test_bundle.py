"""The CSV bundle: the binding's columns, the same school records as over REST, the same bytes each time."""

import csv
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from app.sandbox.district import District
from app.sandbox.sis.bundle import ABSENT, FILES, write_bundle
from app.sandbox.sis.flaws import SIS_FLAWS

HEADERS = {
    "academicSessions": "academicSession",
    "orgs": "org",
    "courses": "course",
    "classes": "class",
    "users": "user",
    "roles": "role",
    "enrollments": "enrollment",
    "demographics": "demographics",
    "categories": "category",
    "scoreScales": "scoreScale",
    "lineItems": "lineItem",
    "lineItemScoreScales": "lineItemScoreScale",
    "lineItemLearningObjectiveIds": "lineItemLearningObjectiveId",
    "results": "result",
    "resultScoreScales": "resultScoreScale",
    "resultLearningObjectiveIds": "resultLearningObjectiveId",
}


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(District(), folder, flawed=False)
    return folder


def test_has_the_columns_of_the_binding(shared: Path):
    official = json.loads((shared / "data" / "oneroster" / "csv" / "csv-1.2-headers.json").read_text())
    assert set(HEADERS) == set(FILES)
    for name, header in HEADERS.items():
        assert list(FILES[name][0]) == official[f"{header}Headers"], name


def test_the_manifest_tells_what_there_is(bundle: Path):
    properties = {row["propertyName"]: row["value"] for row in rows(bundle, "manifest")}
    assert properties["oneroster.version"] == "1.2"
    assert {name for name, value in properties.items() if value == "bulk"} == {f"file.{name}" for name in FILES}
    assert {name for name, value in properties.items() if value == "absent"} == {f"file.{name}" for name in ABSENT}
    assert {path.stem for path in bundle.iterdir()} == {"manifest", *FILES}


def test_every_id_leads_somewhere(bundle: Path):
    ids = {name: {row["sourcedId"] for row in rows(bundle, name)} for name in FILES}
    for name, column, target in [
        ("enrollments", "classSourcedId", "classes"),
        ("enrollments", "userSourcedId", "users"),
        ("roles", "userSourcedId", "users"),
        ("roles", "orgSourcedId", "orgs"),
        ("classes", "courseSourcedId", "courses"),
        ("results", "lineItemSourcedId", "lineItems"),
        ("results", "studentSourcedId", "users"),
        ("resultScoreScales", "scoreScaleSourcedId", "scoreScales"),
        ("resultLearningObjectiveIds", "resultSourcedId", "results"),
        ("demographics", "sourcedId", "users"),
    ]:
        assert {row[column] for row in rows(bundle, name)} <= ids[target], (name, column)
    assert all(len(keys) == len(rows(bundle, name)) for name, keys in ids.items())


def test_has_every_learner_and_their_guardians(bundle: Path, district: District):
    users = {row["sourcedId"]: row for row in rows(bundle, "users")}
    for learner in district.learners:
        row = users[learner.key]
        assert (row["givenName"], row["familyName"], row["identifier"]) == (
            learner.given,
            learner.family,
            learner.number,
        )
        agents = row["agentSourcedIds"].split(",")
        assert agents == [guardian.key for guardian in district.guardians_of(learner.household)]
        assert row["userIds"] == (f"{{studentUniqueId:{learner.state_id}}}" if learner.state_id else "")


def test_leaves_out_who_has_left(tmp_path: Path):
    write_bundle(District().day(2), tmp_path, flawed=False)
    before = sum(1 for _ in District().enrollments())
    assert len(rows(tmp_path, "enrollments")) == before + 5 * 8 - 5 * 8


def test_is_the_same_bytes_each_time(tmp_path: Path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    count = write_bundle(District(120), first)
    assert write_bundle(District(120), second) == count
    assert sha256(first.read_bytes()).digest() == sha256(second.read_bytes()).digest()
    with zipfile.ZipFile(first) as opened:
        assert opened.testzip() is None
        lines = sum(opened.read(f"{name}.csv").count(b"\r\n") - 1 for name in FILES)
    assert lines == count


def test_has_the_wrong_records_where_asked(tmp_path: Path):
    write_bundle(District(120), tmp_path)
    for name in ("users", "enrollments", "results"):
        assert {flaw["sourcedId"] for flaw in SIS_FLAWS[name]} <= {row["sourcedId"] for row in rows(tmp_path, name)}
    assert "wizard" in {row["role"] for row in rows(tmp_path, "roles")}
