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
    shown = json.loads(sis("source", "show", "sis", "--json").out)
    assert shown["settings"]["collections"] == ["orgs", "users", "classes"]
    assert "hush" not in sis("source", "show", "sis").plain
    assert sis("source", "set", "sis", "--name", "Lake SIS", "--set", "page_size=50").code == 0
    changed = json.loads(sis("source", "show", "sis", "--json").out)
    assert (changed["name"], changed["settings"]["page_size"]) == ("Lake SIS", 50)
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
