"""From one major version of the embedded PostgreSQL to the next: Debian's own stands for the version before."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.db.server import majors
from app.db.server.embedded import account_of, open_folder, start
from app.db.server.server import MAJOR, Server, made_by
from app.db.server.upgrading import Upgraded, remove_kept, upgrade
from app.errors import ConfigError
from tests.support.embedded import (
    kill_9,
    place,  # noqa: F401  (fixtures)
    processes,
)

ROOT = Path(__file__).parents[2]
ROLE = "tessera_service"
EARLIER = next((path for path in sorted(Path("/usr/lib/postgresql").glob("*/bin")) if path.parent.name != MAJOR), None)
needs_another = pytest.mark.skipif(EARLIER is None, reason="unavailable here: no PostgreSQL of another major version")
RUN = """
import sys
from pathlib import Path
from app.db.server.upgrading import upgrade
upgrade(Path(sys.argv[1]), None)
"""
FILLED = f"""
CREATE ROLE {ROLE} LOGIN PASSWORD 'of the service';
CREATE TABLE learner (tenant_id bigint, id bigserial PRIMARY KEY, said jsonb);
INSERT INTO learner (tenant_id, said)
SELECT n % 2, jsonb_build_object('name', 'École ' || n) FROM generate_series(1, 500) n;
ALTER TABLE learner ENABLE ROW LEVEL SECURITY; ALTER TABLE learner FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON learner USING (tenant_id = current_setting('tessera.tenant')::bigint);
CREATE EXTENSION pg_trgm; CREATE INDEX ON learner USING gin ((said ->> 'name') gin_trgm_ops);
GRANT SELECT ON learner TO {ROLE}
"""


def earlier(folder: Path) -> Server:
    """A folder as the earlier version has left it, its server stopped."""
    assert EARLIER is not None
    folder.mkdir(mode=0o711)
    account = account_of(folder)
    open_folder(folder, account)
    server = Server(folder, account, EARLIER, EARLIER.parent.name)
    for name, content in (("superuser", "secret"), ("data", None)):
        path = folder / name
        if content is None:
            path.mkdir(mode=0o700)
        else:
            path.write_text(content)
            path.chmod(0o600)
        account.own(path)
    words = [
        f"--pgdata={server.data}",
        "--username=postgres",
        f"--pwfile={folder / 'superuser'}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
    ]
    server.program("initdb", words)
    server.run(used=False)
    with psycopg.connect(server.admin_url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE tessera")
    with closing(psycopg.connect(make_conninfo(server.admin_url(), dbname="tessera"))) as connection, connection:
        connection.execute(FILLED)
    server.end()
    return server


@pytest.fixture
def folder(place: Path) -> Iterator[Path]:
    """A folder of the earlier version's."""
    folder = place / "db"
    earlier(folder)
    yield folder
    kill_9(place)


def rows(url: str) -> list[tuple[object, ...]]:
    """Every learner of one tenant, as the service's own role sees them."""
    with psycopg.connect(make_conninfo(url, dbname="tessera", user=ROLE, password="of the service")) as connection:
        connection.execute("SET tessera.tenant = '1'")
        return connection.execute("SELECT * FROM learner ORDER BY id").fetchall()


def rows_before(folder: Path) -> list[tuple[object, ...]]:
    """The same where the earlier version still serves them."""
    assert EARLIER is not None
    server = Server(folder, account_of(folder), EARLIER, EARLIER.parent.name)
    server.run(used=False)
    try:
        return rows(server.admin_url())
    finally:
        server.end()


@needs_another
def test_the_start_names_the_command_and_the_command_takes_everything_over(folder: Path) -> None:
    assert EARLIER is not None
    with pytest.raises(ConfigError, match="tessera database upgrade"), start(folder):
        pass
    before = rows_before(folder)
    aside = folder / f"data.postgresql-{EARLIER.parent.name}"
    assert upgrade(folder, None) == Upgraded(EARLIER.parent.name, MAJOR, 500, 1, aside)
    assert processes(folder) == []
    with start(folder) as server:
        assert rows(server.admin_url) == before
        with psycopg.connect(make_conninfo(server.admin_url, dbname="tessera")) as connection:
            assert connection.execute("SELECT nextval('learner_id_seq')").fetchone() == (501,)
        with pytest.raises(ConfigError, match="in use"):
            upgrade(folder, None)
    assert upgrade(folder, None) is None
    assert made_by(aside) == EARLIER.parent.name
    assert remove_kept(folder) == [aside]
    assert not aside.exists()
    assert remove_kept(folder) == []


@pytest.mark.slow
@needs_another
def test_kill_9_at_any_step_leaves_the_earlier_data_as_they_were(folder: Path) -> None:
    """Killed as soon as each of these is there: its server an orphan, the next try begins anew."""
    before = rows_before(folder)
    new = majors.upgrading(folder)
    for sign in (new / "superuser", new / "data.new", new / "data", new / "data" / "postmaster.pid", new / "dump"):
        process = subprocess.Popen([sys.executable, "-c", RUN, str(folder)], cwd=ROOT, stderr=subprocess.DEVNULL)
        while not sign.exists() and process.poll() is None:
            os.sched_yield()
        process.kill()
        process.wait()
        assert rows_before(folder) == before, sign.name
    assert upgrade(folder, None) is not None
    with start(folder) as server:
        assert rows(server.admin_url) == before


@needs_another
def test_a_folder_that_is_cut_off_between_the_two_last_renames_is_finished_by_the_next_start(folder: Path) -> None:
    assert EARLIER is not None
    before = rows_before(folder)
    done = upgrade(folder, None)
    assert done is not None
    majors.upgrading(folder).mkdir()
    (folder / "data").rename(majors.upgrading(folder) / "data")
    with pytest.raises(ConfigError, match=rf"rename {done.kept} to .* to stay with {EARLIER.parent.name}"):
        majors.finish(folder, EARLIER.parent.name)
    with start(folder) as server:
        assert rows(server.admin_url) == before


@needs_another
def test_without_the_earlier_programs_nothing_is_begun(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pip install --target"):
        upgrade(folder, tmp_path)
    assert not majors.upgrading(folder).exists()


def test_there_is_no_way_back_and_none_without_a_database(place: Path) -> None:
    """Also where no other PostgreSQL is installed."""
    folder = place / "db"
    with start(folder):
        pass
    (folder / "data" / "PG_VERSION").write_text("99\n")
    with pytest.raises(ConfigError, match="none goes back"):
        upgrade(folder, None)
    shutil.rmtree(folder / "data")
    with pytest.raises(ConfigError, match="there is no database"):
        upgrade(folder, None)
