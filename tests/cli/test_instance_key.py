"""The instance's key: written whole or not at all, never another one's, rotated with everything that is sealed."""

import os
from pathlib import Path

import psycopg
import pytest

from app.errors import ConfigError
from app.secrets import KEY_FILE, make_vault, new_key, open_vault, read_vault, write_key
from tests.conftest import TestDatabase
from tests.support.commands import Tessera

SEALED = ("canvas", "--slug", "lms", "--set", "base_url=https://lms.example.org", "--secret", "token=hush")


@pytest.fixture
def sealing(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tessera: Tessera) -> Tessera:
    """An instance with a key in TESSERA_KEY that has sealed a secret."""
    monkeypatch.setenv("TESSERA_KEY", new_key())
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    assert tessera("source", "add", *SEALED).code == 0
    return tessera


def everything(database: TestDatabase) -> list[object]:
    """What another key must not change: the role's password, the instance, what is sealed."""
    with psycopg.connect(database.owner_url) as owner:
        return [
            owner.execute("SELECT rolname, rolpassword FROM pg_authid ORDER BY rolname").fetchall(),
            owner.execute("SELECT key_fingerprint, key_since FROM instance").fetchall(),
            owner.execute("SELECT id, secrets FROM source ORDER BY id").fetchall(),
        ]


@pytest.mark.parametrize(
    "command",
    [("source", "list"), ("tenant", "list"), ("tenant", "add", "x", "X"), ("client", "list"), ("key", "rotate")],
)
def test_a_command_with_another_key_stops_before_it_writes(
    sealing: Tessera,
    database: TestDatabase,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
) -> None:
    before = everything(database)
    monkeypatch.delenv("TESSERA_SERVICE_DATABASE_URL")  # the role's password is made of the key then
    for key in (new_key(), None):
        if key is None:
            monkeypatch.delenv("TESSERA_KEY")
        else:
            monkeypatch.setenv("TESSERA_KEY", key)
        result = sealing(*command)
        assert result.code == 1
        assert "belongs to another instance key: its fingerprint is" in result.plain
        assert "TESSERA_KEY" in result.plain
        assert len(result.err.strip().split("error:")) == 2
        assert everything(database) == before
    assert not (Path(environment["TESSERA_DATA"]) / KEY_FILE).exists(), "no key is made for what another one sealed"


def test_doctor_tells_that_the_key_is_another_one_s(sealing: Tessera, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "key of the database" in sealing("doctor").plain
    monkeypatch.setenv("TESSERA_KEY", new_key())
    result = sealing("doctor")
    assert result.code == 1
    assert "belongs to another instance key" in result.plain


def test_a_database_of_an_earlier_release_is_known_by_what_it_holds_sealed(
    sealing: Tessera, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM instance")
    right = os.environ["TESSERA_KEY"]
    monkeypatch.setenv("TESSERA_KEY", new_key())
    assert "belongs to another instance key" in sealing("source", "list").plain
    monkeypatch.delenv("TESSERA_KEY")
    assert "holds sealed secrets and there is no instance key here" in sealing("source", "list").plain
    monkeypatch.setenv("TESSERA_KEY", right)
    assert sealing("source", "list").code == 0
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM instance").fetchone() == (1,)


@pytest.mark.parametrize("command", [("work",), ("serve", "--no-worker", "--port", "0")])
def test_processes_that_share_a_database_are_given_the_key(
    process: Tessera, environment: dict[str, str], command: tuple[str, ...]
) -> None:
    result = process(*command)
    assert result.code == 1
    assert "TESSERA_KEY is not set" in result.plain
    assert not (Path(environment["TESSERA_DATA"]) / KEY_FILE).exists()


def test_a_key_file_that_a_full_disk_left_empty_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).touch()
    assert read_vault(None, tmp_path) is None
    made = make_vault(tmp_path)
    assert open_vault(None, tmp_path).fingerprint() == made.fingerprint()
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_a_key_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    full = Path("/dev/full")
    fresh = tmp_path / f"{KEY_FILE}.{os.getpid()}.new"
    fresh.symlink_to(full)  # what is written beside the key file meets a full disk
    with pytest.raises(OSError, match="No space left"):
        write_key(tmp_path / KEY_FILE, new_key())
    assert list(tmp_path.iterdir()) == []
    fresh.symlink_to(full)
    with pytest.raises(ConfigError, match="make room"):
        make_vault(tmp_path)
    assert make_vault(tmp_path).fingerprint() == open_vault(None, tmp_path).fingerprint()


def test_rotation_seals_everything_anew(
    tessera: Tessera, environment: dict[str, str], database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    assert tessera("source", "add", *SEALED).code == 0
    path = Path(environment["TESSERA_DATA"]) / KEY_FILE
    old, before = path.read_text(), everything(database)
    monkeypatch.delenv("TESSERA_SERVICE_DATABASE_URL")
    result = tessera("key", "rotate")
    assert result.code == 0, result.plain
    assert "1 secrets are sealed with the new key" in result.plain
    assert path.read_text() != old
    assert everything(database) != before
    assert tessera("source", "list").code == 0
    with psycopg.connect(database.owner_url) as owner:
        row = owner.execute("SELECT tenant_id, secrets FROM source").fetchone()
    assert row is not None
    assert b"hush" in open_vault(None, path.parent).open(*row)
    monkeypatch.setenv("TESSERA_KEY", old)
    assert "belongs to another instance key" in tessera("source", "list").plain


def test_a_rotation_that_was_killed_before_the_key_file_is_ended_by_the_next_start(
    tessera: Tessera, environment: dict[str, str]
) -> None:
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    path = Path(environment["TESSERA_DATA"]) / KEY_FILE
    old = path.read_text()
    assert tessera("key", "rotate").code == 0
    path.rename(path.with_name(f"{KEY_FILE}.next"))
    path.write_text(old)
    assert tessera("tenant", "list").code == 0
    assert path.read_text() != old


def test_the_key_of_a_service_that_works_is_not_rotated(tessera: Tessera, database: TestDatabase) -> None:
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    with psycopg.connect(database.service_url):
        assert "stop every server and worker" in tessera("key", "rotate").plain
