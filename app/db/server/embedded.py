"""A private PostgreSQL in one folder, from a pip-installed wheel: no server to install, no port, a Unix socket only.

    FOLDER/data        the database cluster (mode 0700)
    FOLDER/socket      the Unix socket (mode 0700), or the name of a short folder where this path is too long for one
    FOLDER/superuser   the password of `postgres` (mode 0600)
    FOLDER/server.log  what the server said since it last started; no statements, so no learner's data
    FOLDER/start.lock  held while the server is being started or stopped
    FOLDER/users.lock  held, shared, by every process that uses the server: the last one to leave stops it

A kill -9 frees the locks with its process; a server left without users is found again by the next start.
"""

import fcntl
import os
import pwd
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from app.db.server import majors
from app.db.server.server import PATIENCE, Account, Server, moments, unusable
from app.errors import ConfigError

LOOK_AFTER = 1.0
"""Seconds between looks at whether the server is still there."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running private server. `admin_url` connects its superuser to database `postgres`."""

    admin_url: str


@contextmanager
def start(folder: Path) -> Iterator[Embedded]:
    """Run the PostgreSQL of this folder as long as the context lasts; the first start makes it.

    Several processes may share it. ConfigError where the folder cannot be used, with the reason and the way out.
    """
    folder = folder.absolute()
    account = account_of(folder)
    open_folder(folder, account)
    server = Server(folder, account)
    with (folder / "users.lock").open("a") as users:
        with alone(folder):
            majors.finish(folder, server.major)
            _run(server, used=not locked(users))
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with _keeping(server):
                yield Embedded(server.admin_url())
        finally:
            with alone(folder):
                if locked(users):
                    server.stop()


@contextmanager
def _keeping(server: Server) -> Iterator[None]:
    """Start the server again whenever it is gone: nobody else looks after it, and out of memory it is killed first."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(LOOK_AFTER):
            if server.alive():
                continue
            log.warning("the database's server is gone and is started again", folder=str(server.folder))
            try:
                with alone(server.folder):
                    _run(server, used=True)
            except ConfigError as why:
                log.warning("the database's server does not start", why=str(why))

    keeper = threading.Thread(target=keep, name="database keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _run(server: Server, *, used: bool) -> None:
    try:
        server.run(used=used)
    except OSError as error:
        raise unusable(server.folder, str(error)) from error


def account_of(folder: Path) -> Account:
    """Our own account; for root, which PostgreSQL refuses to run as, the data's owner or else `nobody`."""
    data = folder / "data"
    owner = data.stat() if data.exists() else None
    if os.geteuid() != 0:
        if owner and owner.st_uid != os.geteuid():
            raise ConfigError(
                f"database folder {folder} belongs to user {owner.st_uid} and this is user {os.geteuid()}: "
                "run Tessera as that user, or choose another data folder"
            )
        return Account(os.geteuid(), os.getegid())
    if owner:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def open_folder(folder: Path, account: Account) -> None:
    """Make the folder where it is missing, and see that it is one we can use."""
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        (folder / "start.lock").touch(mode=0o600)
        (folder / "users.lock").touch(mode=0o600)
    except OSError as error:
        raise ConfigError(
            f"database folder {folder} cannot be written by user {os.geteuid()} ({error.strerror}): "
            "give that user the folder, or choose another data folder"
        ) from error
    if (folder / "PG_VERSION").exists():
        raise ConfigError(f"database folder {folder} is another PostgreSQL's own: choose another data folder")
    closed = [place for place in (folder, *folder.parents) if not account.may_enter(place)]
    if closed and not account.ours:
        raise ConfigError(
            f"database folder {folder}: PostgreSQL does not run as root, and the user it runs as instead "
            f"({account.uid}) cannot enter {closed[-1]}: choose a data folder elsewhere, such as /var/lib/tessera, "
            "or run Tessera as an ordinary user"
        )


def locked(file: IO[str]) -> bool:
    """Whether the file is ours alone now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only process that starts or stops the server."""
    with (folder / "start.lock").open("a") as lock:
        for _ in moments():
            if locked(lock):
                break
        else:
            raise ConfigError(
                f"database folder {folder} has been taken for {PATIENCE} s by another process that starts or stops it: "
                f"end that process (fuser {folder}/start.lock shows it), or choose another data folder"
            )
        yield
