"""`tessera import` as people use it: a layout mended and given again, a club's list, a file that says what it is."""

import os
from pathlib import Path

import pytest

from tests.support.assessment import READING_CHECK
from tests.support.commands import Tessera

MVPA = Path(__file__).parents[2] / "connectors/assessment_file/fixtures/mvpa/page.csv"
CHECK = "Student ID,Date,Words per minute,Band\n1000007,9/8/2025,80,On\n"
CLUB = """Student ID,Name,Activity,Date,Note
1000007,Ada Sample,Robotics,10/03/2026,Built a robot
,Nobody,Robotics,10/03/2026,x
"""


@pytest.fixture
def ready(tessera: Tessera) -> Tessera:
    """With a tenant."""
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    return tessera


@pytest.fixture
def check(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "x.toml").write_text(READING_CHECK)
    (tmp_path / "f.csv").write_text(CHECK)
    return tmp_path / "f.csv", tmp_path / "x.toml"


def test_a_layout_given_again_is_what_is_used_and_a_dry_run_leaves_nothing(
    ready: Tessera, check: tuple[Path, Path]
) -> None:
    file, layout = check
    command = ("import", str(file), "--connector", "assessment_file", "--layout", str(layout))
    dry = ready(*command, "--dry-run")
    assert dry.code == 0, dry.plain
    assert "Band" in dry.plain
    assert "'x'" not in ready("source", "list").plain
    assert "no source yet" in ready("source", "list").plain
    layout.write_text(READING_CHECK.replace('score = "Words per minute"', 'score = "Words per minute"\nlevel = "Band"'))
    mended = ready(*command, "--dry-run")
    assert "not mapped" not in mended.plain
    done = ready(*command, "--yes")
    assert done.code == 0, done.plain
    assert "source 'x' is made for it" in done.plain
    layout.write_text(READING_CHECK)
    assert "not mapped" in ready(*command, "--dry-run").plain
    again = ready("import", str(file), "--source", "x", "--dry-run")
    assert "not mapped" not in again.plain, "a dry run keeps no layout"


def test_a_clubs_list_is_shown_and_taken_in_as_evidence(ready: Tessera, tmp_path: Path) -> None:
    file = tmp_path / "club.csv"
    file.write_text(CLUB)
    dry = ready("import", str(file), "--connector", "evidence", "--dry-run")
    assert dry.code == 0, dry.plain
    assert "the row names nobody: Student ID" in dry.plain
    assert "club.csv line 3" in dry.plain
    assert "no source yet" in ready("source", "list").plain
    done = ready("import", str(file), "--yes")
    assert done.code == 0, done.plain
    assert "dry run" not in done.plain, "it is read once where nobody is asked"
    record = ready("record", "district:1000007").plain
    assert "Robotics" in record


def test_what_a_file_is_is_told_or_asked(ready: Tessera, tmp_path: Path) -> None:
    framework = tmp_path / "case.json"
    framework.write_text('{"CFDocument": {}, "CFItems": []}')
    assert "is a competency framework" in ready("import", str(framework)).plain
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    assert "say whose file it is" in ready("import", str(other)).plain


def test_what_others_drop_is_taken_in_once(ready: Tessera, tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    path = drop / "rc.csv"
    path.write_text("Lunch,Price\nsoup,2\n")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert ready("source", "add", "assessment_file", "--slug", "files").code == 0
    refused = ready("source", "watch", "files", str(drop), "--once")
    assert (refused.code, "no layout knows this header" in refused.plain) == (0, True)
    path.write_bytes(MVPA.read_bytes())
    os.utime(path, (1_700_000_000, 1_700_000_000))
    taken = ready("source", "watch", "files", str(drop), "--once")
    assert "mvpa: 3 new, 0 updated, 0 rejected" in taken.plain
    assert "1 file taken; 2 learners' records changed" in taken.plain
    again = ready("source", "watch", "files", str(drop), "--once")
    assert (again.code, again.plain) == (0, "")
    nowhere = ready("source", "watch", "files", str(tmp_path / "nowhere"), "--once")
    assert nowhere.code != 0
    assert "is no folder" in nowhere.plain
