"""The second day: what an operator looks at and changes from the command line."""

import json
from pathlib import Path

import psycopg
import pytest

from app.cli.private import write_private
from tests.conftest import TestDatabase
from tests.support.commands import Tessera

ROSTER = (
    *("oneroster", "--slug", "sis", "--set", "base_url=https://sis.example.org", "--set", "auth=bearer"),
    *("--secret", "token=hush", "--set", "collections=orgs, users,classes"),
)


@pytest.fixture
def sis(tessera: Tessera) -> Tessera:
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    assert tessera("tenant", "add", "hill", "Hill District").code == 0
    assert tessera("source", "add", *ROSTER, "--tenant", "lake").code == 0
    return tessera


def test_the_version_is_told(tessera: Tessera) -> None:
    assert tessera("--version").out.startswith("tessera 0.")


def test_a_tenant_may_be_named_once_and_for_all(sis: Tessera, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "say which with --tenant" in sis("source", "list").plain
    monkeypatch.setenv("TESSERA_TENANT", "lake")
    assert "sis" in sis("source", "list").plain
    assert "no source yet" in sis("source", "list", "--tenant", "hill").plain


def test_a_source_is_shown_and_paused_with_settings_as_a_person_writes_them(
    sis: Tessera, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSERA_TENANT", "lake")
    document = json.loads(sis("source", "show", "sis", "--json").out)
    assert document["settings"]["collections"] == ["orgs", "users", "classes"]
    assert "hush" not in sis("source", "show", "sis").plain
    assert sis("source", "set", "sis", "--name", "Lake SIS", "--set", "page_size=50").code == 0
    changed = json.loads(sis("source", "show", "sis", "--json").out)
    assert (changed["name"], changed["settings"]["page_size"]) == ("Lake SIS", 50)
    assert sis("source", "set", "sis", "--rank", "5", "--full-every", "3", "--shrink-share", "0.1").code == 0
    changed = json.loads(sis("source", "show", "sis", "--json").out)
    assert (changed["rank"], changed["full_every_days"], changed["shrink_share"]) == (5, 3, 0.1)
    assert "enter it again" in sis("source", "set", "sis", "--set", "base_url=https://other.example.org").plain
    assert sis("source", "pause", "sis", "--reason", "Summer break").code == 0
    assert "Summer break" in sis("source", "show", "sis").plain
    assert "was not run yet" in sis("source", "runs", "sis").plain
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            """INSERT INTO run (tenant_id, source_id, kind, state, counts, message)
               SELECT tenant_id, id, 'pull', 'failed', '{}', 'it was down' FROM source"""
        )
    assert "it was down" in sis("source", "runs", "sis").plain
    (run,) = json.loads(sis("source", "runs", "sis", "--json").out)
    assert run["state"] == "failed"


def test_a_file_about_a_learner_is_nobody_else_s(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_source_is_removed_after_its_consequences_are_told(
    sis: Tessera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESSERA_TENANT", "lake")
    club = tmp_path / "club.csv"
    club.write_text("Student ID,Name,Activity,Date,Note\n1000007,Ada Sample,Robotics,10/03/2026,Built a robot\n")
    assert sis("import", str(club), "--connector", "evidence", "--yes").code == 0
    assert "Robotics" in sis("record", "district:1000007").out
    removal = sis("source", "remove", "evidence")
    assert (removal.code, "say --yes" in removal.plain) == (1, True)
    assert "2 statements about 1 persons are deleted" in removal.plain
    assert "1 of its 1 learners are known from it alone" in removal.plain
    assert "Robotics" in sis("record", "district:1000007").out, "asked for nothing yet"
    assert sis("source", "remove", "evidence", "--yes").code == 0
    assert "no source 'evidence'" in sis("source", "show", "evidence").plain
    assert "that of no learner" in sis("record", "district:1000007").plain
    assert sis("import", str(club), "--connector", "evidence", "--yes").code == 0
    assert "Robotics" in sis("record", "district:1000007").out, "and it may come again"


def test_a_tenant_is_renamed_and_removed_and_the_other_stays(
    sis: Tessera, tmp_path: Path, database: TestDatabase, environment: dict[str, str]
) -> None:
    club = tmp_path / "club.csv"
    club.write_text("Student ID,Name,Activity,Date,Note\n1000007,Ada Sample,Robotics,10/03/2026,Built a robot\n")
    with psycopg.connect(database.owner_url) as owner:
        numbers = dict(owner.execute("SELECT slug, id FROM tenant").fetchall())
    photos = {slug: Path(environment["TESSERA_DATA"], "evidence", str(n), "ab") for slug, n in numbers.items()}
    for folder in photos.values():
        folder.mkdir(parents=True)
        (folder / "photo").write_bytes(b"sealed")
    for tenant in ("lake", "hill"):
        assert sis("import", str(club), "--connector", "evidence", "--yes", "-t", tenant).code == 0
        assert sis("client", "add", "Script", "--scope", "learners.read", "-t", tenant).code == 0
    assert sis("tenant", "rename", "hill", "Hill Unified").code == 0
    assert "Hill Unified" in sis("tenant", "list").plain
    removal = sis("tenant", "remove", "lake")
    assert "2 sources, 1 learners and all their records are deleted" in removal.plain
    assert removal.code == 1
    assert photos["lake"].exists(), "nobody has agreed yet"
    assert sis("tenant", "remove", "lake", "--yes").code == 0
    assert (photos["lake"].parent.exists(), photos["hill"].exists()) == (False, True)
    assert "there is no tenant 'lake'" in sis("tenant", "remove", "lake").plain
    assert "Robotics" in sis("record", "district:1000007").out, "the only tenant left"
    with psycopg.connect(database.owner_url) as owner:
        tables = owner.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
        ).fetchall()
        counts = {
            name: owner.execute(f'SELECT count(*) FROM "{name}" WHERE tenant_id = 1').fetchone() for (name,) in tables
        }
    assert {name for name, count in counts.items() if count != (0,)} == set()


def test_quarantine_is_listed_shown_replayed_and_dismissed(sis: Tessera, tmp_path: Path) -> None:
    club = tmp_path / "club.csv"
    club.write_text("Student ID,Name,Activity,Date,Note\n1000007,Ada Sample,,10/03/2026,\n")
    sis("import", str(club), "--connector", "evidence", "--yes", "-t", "lake")
    (row,) = json.loads(sis("quarantine", "list", "--json", "-t", "lake").out)
    assert row["source"] == "evidence"
    number = str(row["id"])
    assert row["reason"] in sis("quarantine", "list", "-t", "lake").plain
    assert "1000007" in sis("quarantine", "show", number, "-t", "lake").plain
    assert "1 rejected" in sis("quarantine", "replay", number, "-t", "lake").plain
    assert sis("quarantine", "dismiss", number, "-t", "lake").code == 0
    assert "Nothing is in quarantine" in sis("quarantine", "list", "-t", "lake").plain
    assert "is not in quarantine" in sis("quarantine", "dismiss", number, "-t", "lake").plain


def test_near_matches_are_listed_and_decided(sis: Tessera, tmp_path: Path) -> None:
    for source, name in (("club", "Ada Sample"), ("camp", "Zoe Other")):
        assert sis("source", "add", "evidence", "--slug", source, "-t", "lake").code == 0
        file = tmp_path / f"{source}.csv"
        file.write_text(f"Student ID,Name,Activity,Date,Note\n1000007,{name},Robotics,10/03/2026,Built a robot\n")
        assert sis("import", str(file), "--source", source, "--yes", "-t", "lake").code == 0
    assert "is that of 2 learners" in sis("record", "district:1000007", "-t", "lake").plain
    (pair,) = json.loads(sis("near-match", "list", "--json", "-t", "lake").out)
    assert pair["left"]["learner"] != pair["right"]["learner"]
    assert pair["reason"] in sis("near-match", "list", "-t", "lake").plain
    number = str(pair["id"])
    assert "no judgement" in sis("near-match", "decide", number, "maybe", "--reason", "?", "-t", "lake").plain
    assert sis("near-match", "decide", number, "same", "--reason", "Her teacher said so", "-t", "lake").code == 0
    assert "No near match waits" in sis("near-match", "list", "-t", "lake").plain
    assert sis("record", "district:1000007", "-t", "lake").code == 0


def test_a_retired_source_is_nothing_that_doctor_wants_mended(sis: Tessera, database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE source SET state = 'retired', due_at = now() - interval '9 days'")
    checks = {check["name"]: check for check in json.loads(sis("doctor", "--json").out)}
    assert checks["lake/sis"]["well"]
    assert checks["lake/sis"]["found"].startswith("Retired")
