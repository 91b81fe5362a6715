"""The private PostgreSQL: real starts, real crashes, real second users."""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from app.db.server.embedded import start
from app.errors import ConfigError
from tests.support.embedded import (
    kill_9,
    place,  # noqa: F401  (fixtures)
    processes,
)

ROOT = Path(__file__).parents[2]
NOBODY = pwd.getpwnam("nobody").pw_uid
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="unavailable in CI: only root can become another user")

USE = """
import sys
from pathlib import Path
from app.db.server.embedded import start
with start(Path(sys.argv[1])) as server:
    print(server.admin_url, flush=True)
    sys.stdin.read()
"""


@contextmanager
def user(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that uses the server; it leaves at the end unless it is gone."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", USE, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with process:
        yield process, process.stdout.readline().strip()


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def as_user(uid: int, say: Callable[[], str]) -> str:
    """What `say` returns where it runs as another user: in a fork, for that user may not reach this interpreter."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            answer = say()
        except BaseException as error:  # noqa: BLE001  the parent shows it
            answer = repr(error)
        os.write(theirs, answer.encode())
        os._exit(0)
    os.close(theirs)
    os.waitpid(child, 0)
    with os.fdopen(ours) as pipe:
        return pipe.read()


def ask(url: str, sql: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchone()[0]


def remember(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'Ada Sample' AS name")


def test_first_start_makes_it_and_the_next_finds_it(place: Path) -> None:
    with start(place / "db") as server:
        remember(server.admin_url)
    assert processes(place) == []
    with start(place / "db") as server:
        assert ask(server.admin_url, "SELECT name FROM kept") == "Ada Sample"


def test_it_is_durable_utf8_and_listens_on_no_port(place: Path) -> None:
    with start(place / "db") as server:
        settings = {
            name: ask(server.admin_url, f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses")
        }
        assert ask(server.admin_url, "SELECT lower('ÉCOLE')") == "école"
        with psycopg.connect(server.admin_url) as connection:
            for extension in ("pg_trgm", "unaccent", "fuzzystrmatch"):
                connection.execute(f"CREATE EXTENSION {extension}")
            assert connection.execute("SELECT similarity('É', 'é')").fetchone() == (1,)
    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
    }


def test_a_password_is_needed_and_its_file_is_private(place: Path) -> None:
    with start(place / "db") as server:
        password = (place / "db" / "superuser").read_text()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.admin_url.replace(password, "guess"))
    modes = {
        path.name: path.stat().st_mode & 0o077 for path in (place / "db").iterdir() if "postgresql" not in path.name
    }
    assert set(modes.values()) == {0}


def test_statements_do_not_reach_the_log(place: Path) -> None:
    with start(place / "db") as server, psycopg.connect(server.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
        connection.execute("INSERT INTO person VALUES ('Ada Sample')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('Ada Sample')")
    assert "Ada" not in (place / "db" / "server.log").read_text()


@pytest.mark.parametrize("name", ["with spaces, 'quotes' and a $", "a-very-long-name-" * 8], ids=["odd", "long"])
def test_any_path_will_do(place: Path, name: str) -> None:
    with start(place / name) as server:
        assert ask(server.admin_url, "SELECT 1") == 1


def test_two_processes_share_it_and_the_last_one_stops_it(place: Path) -> None:
    with user(place / "db") as (_, url):
        with start(place / "db") as server:
            assert server.admin_url == url
        assert ask(url, "SELECT 1") == 1
    assert processes(place) == []


def test_two_first_starts_at_once(place: Path) -> None:
    with user(place / "db") as (_, first), user(place / "db") as (_, second):
        assert first == second
        assert ask(first, "SELECT 1") == 1
    assert processes(place) == []


def test_kill_9_of_the_postmaster_is_mended_at_the_next_start(place: Path) -> None:
    with user(place / "db") as (_, url):
        remember(url)
        os.kill(postmaster(place / "db"), signal.SIGKILL)
        with start(place / "db") as server:
            assert ask(server.admin_url, "SELECT name FROM kept") == "Ada Sample"


def test_kill_9_of_a_postmaster_with_a_busy_backend(place: Path) -> None:
    with start(place / "db") as server:
        remember(server.admin_url)
        with psycopg.connect(server.admin_url) as busy:
            busy.execute("SELECT 1")
            (backend,) = busy.execute("SELECT pg_backend_pid()").fetchone()
            os.kill(backend, signal.SIGSTOP)  # as good as busy: it does not see its postmaster die
            os.kill(postmaster(place / "db"), signal.SIGKILL)
            with start(place / "db") as again:
                assert ask(again.admin_url, "SELECT name FROM kept") == "Ada Sample"
            busy.close()


def test_kill_9_of_the_last_user_leaves_a_server_the_next_one_finds(place: Path) -> None:
    with user(place / "db") as (process, url):
        remember(url)
        process.kill()
    orphan = postmaster(place / "db")
    with start(place / "db") as server:
        assert postmaster(place / "db") == orphan
        assert ask(server.admin_url, "SELECT name FROM kept") == "Ada Sample"
    assert processes(place) == []


def test_kill_9_of_everything(place: Path) -> None:
    with user(place / "db") as (process, url):
        remember(url)
        process.kill()
    kill_9(place)
    with start(place / "db") as server:
        assert ask(server.admin_url, "SELECT name FROM kept") == "Ada Sample"


@pytest.mark.parametrize("left", ["no number at all\n", "", "1\n/elsewhere\n", "{us}\n/elsewhere\n"])
def test_a_pid_file_that_lies_is_no_obstacle(place: Path, left: str) -> None:
    with start(place / "db"):
        pass
    pidfile = place / "db" / "data" / "postmaster.pid"
    pidfile.write_text(left.format(us=os.getpid()))
    with start(place / "db") as server:
        assert ask(server.admin_url, "SELECT 1") == 1


def test_an_interrupted_first_start_is_begun_again(place: Path) -> None:
    (place / "db" / "data.new" / "base").mkdir(parents=True)
    (place / "db" / "data.new" / "PG_VERSION").write_text("18\n")
    with start(place / "db") as server:
        assert ask(server.admin_url, "SELECT 1") == 1


def test_another_major_version(place: Path) -> None:
    with start(place / "db"):
        pass
    (place / "db" / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ConfigError, match=r"made by PostgreSQL 15 .* 'tessera database upgrade'"), start(place / "db"):
        pass


def test_a_folder_held_in_another_container_or_on_another_machine(place: Path) -> None:
    with user(place / "db"):
        kill_9(place)  # there, its processes would be out of our sight
        (place / "db" / "machine").write_text("elsewhere pid:[1]")
        with pytest.raises(ConfigError, match="in another container or on another machine"), start(place / "db"):
            pass


def test_somebody_elses_cluster_is_left_alone(place: Path) -> None:
    (place / "PG_VERSION").write_text("16\n")
    with pytest.raises(ConfigError, match="another PostgreSQL's own"), start(place):
        pass


def test_a_file_where_the_folder_should_be(place: Path) -> None:
    (place / "db").write_text("a file")
    with pytest.raises(ConfigError, match="cannot be written"), start(place / "db"):
        pass


@as_root
def test_as_an_ordinary_user(place: Path) -> None:
    if not all(folder.stat().st_mode & 0o001 for folder in Path(psycopg.__file__).parents):
        pytest.skip("unavailable in CI: the virtual environment is in a folder that only root can enter")
    (place / "home").mkdir(mode=0o700)
    os.chown(place / "home", NOBODY, NOBODY)

    def first_and_second_start() -> str:
        for _ in range(2):
            with start(place / "home" / "db") as server:
                owner = Path(f"/proc/{postmaster(place / 'home' / 'db')}").stat().st_uid
                assert ask(server.admin_url, "SELECT 1") == 1
        return str(owner)

    assert as_user(NOBODY, first_and_second_start) == str(NOBODY)


@as_root
def test_root_runs_it_as_somebody_else(place: Path) -> None:
    with start(place / "db"):
        assert Path(f"/proc/{postmaster(place / 'db')}").stat().st_uid == NOBODY


@as_root
def test_root_is_told_of_a_folder_that_the_other_user_cannot_enter(place: Path) -> None:
    (place / "closed").mkdir(mode=0o700)
    with pytest.raises(ConfigError, match=rf"cannot enter {place}/closed: choose"), start(place / "closed" / "db"):
        pass


@as_root
def test_an_ordinary_user_is_told_of_a_folder_that_is_not_theirs(place: Path) -> None:
    def refusal() -> str:
        with pytest.raises(ConfigError) as error, start(place / "db"):
            pass
        return str(error.value)

    (place / "db").mkdir(mode=0o755)
    assert "cannot be written by user 1234 (Permission denied)" in as_user(1234, refusal)
    (place / "db" / "data").mkdir()
    os.chown(place / "db" / "data", 4321, 4321)
    assert "belongs to user 4321 and this is user 1234" in as_user(1234, refusal)


@as_root
def test_a_full_disk(place: Path) -> None:
    small = place / "small"
    small.mkdir(mode=0o711)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=711", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("unavailable in CI: this machine does not let root mount a small disk")
    try:
        with pytest.raises(ConfigError, match="the disk is full: make room"), start(small / "db"):
            pass
    finally:
        subprocess.run(["umount", str(small)], check=True)
