"""`tessera credential`: what is issued verifies, what was changed or revoked does not, refusals have their words."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.credentials.bake import bake
from app.issuing.picture import badge_svg
from app.sandbox.assessment import write_map_growth
from app.sandbox.district import District
from tests.support.commands import Tessera

DISTRICT = District(size=60)
LEARNER = f"district:{next(learner for learner in DISTRICT.learners if learner.grade == 4).number}"


@pytest.fixture
def ready(tessera: Tessera, tmp_path: Path) -> Tessera:
    """With a tenant whose learners have results."""
    write_map_growth(DISTRICT, "fall", tmp_path / "map.csv")
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    assert tessera("import", str(tmp_path / "map.csv"), "--connector", "assessment_file", "--yes").code == 0
    return tessera


@pytest.fixture
def clr(ready: Tessera, tmp_path: Path) -> Path:
    """A learner record, issued into a file."""
    path = tmp_path / "record.json"
    result = ready("credential", "issue", LEARNER, "--to", str(path))
    assert result.code == 0, result.plain
    assert str(path) in result.plain.replace(" ", "")
    return path


def test_a_record_is_issued_and_verifies(ready: Tessera, clr: Path) -> None:
    document = json.loads(clr.read_bytes())
    assert "ClrCredential" in document["type"]
    number = LEARNER.partition(":")[2]
    assert number not in clr.read_text()
    result = ready("credential", "verify", str(clr))
    assert result.code == 0, result.plain
    assert result.out.startswith("valid")
    assert max(len(line) for line in result.out.splitlines()) <= 80
    report = json.loads(ready("credential", "verify", str(clr), "--json").out)
    assert report["verdict"] == "valid"


def test_parts_are_issued_as_badges_one_file_each(ready: Tessera, tmp_path: Path) -> None:
    result = ready(
        "credential", "issue", LEARNER, "--item", "/results/0", "--item", "/results/1", "--to", f"{tmp_path}/b.json"
    )
    assert result.code == 0, result.plain
    written = sorted(tmp_path.glob("b-*.json"))
    assert len(written) == 2
    for path in written:
        assert UUID(path.stem.removeprefix("b-"))
        assert ready("credential", "verify", str(path)).code == 0
    printed = ready("credential", "issue", LEARNER, "--item", "/results/0")
    assert json.loads(printed.out) in [json.loads(path.read_bytes()) for path in written]


def test_a_badge_in_a_picture_is_verified_too(ready: Tessera, clr: Path, tmp_path: Path) -> None:
    picture = tmp_path / "badge.svg"
    picture.write_bytes(bake(badge_svg("Record", "Lake"), clr.read_text()))
    assert ready("credential", "verify", str(picture)).code == 0


def test_what_was_changed_is_not_valid(ready: Tessera, clr: Path) -> None:
    document = json.loads(clr.read_bytes())
    clr.write_text(json.dumps(document | {"name": "A better record"}))
    result = ready("credential", "verify", str(clr))
    assert result.code == 1
    assert "signature does not hold" in result.plain
    assert json.loads(ready("credential", "verify", str(clr), "--json").out)["verdict"] == "invalid"


@pytest.mark.parametrize("content", ["", "{", "[]", "not a credential", "\x00\xff" * 100, '{"type": 7}'])
def test_what_is_no_credential_is_told_without_a_traceback(tessera: Tessera, tmp_path: Path, content: str) -> None:
    path = tmp_path / "x"
    path.write_text(content)
    result = tessera("credential", "verify", str(path))
    assert result.code == 1
    assert "Traceback" not in result.plain
    assert result.out.startswith("invalid")


def test_what_is_revoked_is_told_at_once_and_for_good(ready: Tessera, clr: Path) -> None:
    own = json.loads(clr.read_bytes())["id"].removeprefix("urn:uuid:")
    revocation = ready("credential", "revoke", own, "--reason", "Issued for the wrong year")
    assert revocation.code == 0, revocation.plain
    assert "is revoked" in revocation.plain
    verification = ready("credential", "verify", str(clr))
    assert verification.code == 1
    assert "Issued for the wrong year" in verification.plain
    again = ready("credential", "revoke", own)
    assert again.code == 1
    assert "Credential revoked" in again.plain


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["issue", "district:999"], "is that of no learner"),
        (["issue", "999"], "is no learner's id"),
        (
            ["issue", LEARNER, "--item", "/results/99"],
            "nothing at /results/99 can be issued: of this record can be /results/0",
        ),
        (["issue", LEARNER, "--tenant", "hill"], "there is no tenant 'hill'"),
        (["issue", LEARNER, "--to", "/nowhere/record.json"], "nothing can be written into /nowhere"),
        (["revoke", str(uuid4())], "was issued"),
    ],
)
def test_what_cannot_be(ready: Tessera, words: list[str], problem: str) -> None:
    result = ready("credential", *words)
    assert result.code == 1
    assert problem in result.plain
    assert "Traceback" not in result.plain
    assert result.out == ""


def test_anothers_tenants_credential_is_not_revoked(ready: Tessera, clr: Path) -> None:
    own = json.loads(clr.read_bytes())["id"].removeprefix("urn:uuid:")
    ready("tenant", "add", "hill", "Hill District")
    assert ready("credential", "revoke", own, "--tenant", "hill").code == 1
    assert ready("credential", "verify", str(clr)).code == 0
