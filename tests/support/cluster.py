"""A PostgreSQL primary and its streaming standby on loopback, from the wheel's programs, and how the first one falls.

The standby has each commit before it is acknowledged (`synchronous_standby_names`): what was acknowledged is on both.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.db.server.embedded import start
from app.db.server.server import Account, Server
from tests.support.served import PATIENCE

COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "wal_keep_size": "1GB",
    "timezone": "UTC",
    "wal_receiver_status_interval": "1s",
}


@dataclass
class Node:
    """One of the two: its folder, its port, and whom its processes belong to."""

    server: Server
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, **settings: str) -> None:
        """Start it, and wait until it answers."""
        configuration = COMMON | {"port": str(self.port)} | settings
        words = [word for name, value in configuration.items() for word in ("-c", f"{name}={value}")]
        account = self.server.account
        log = account.own(self.server._private("server.log"))
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [str(self.server.programs() / "postgres"), "-D", str(self.server.data), *words],
                user=None if account.ours else account.uid,
                group=None if account.ours else account.gid,
                extra_groups=None if account.ours else [],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                env={"LC_ALL": "C"},
                umask=0o077,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill -9 all its processes at once, as a machine that loses power does."""
        for pid, _ in self.server._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(PATIENCE)


@dataclass
class Cluster:
    """The two, and the address by which clients find whichever of them takes writes."""

    primary: Node
    standby: Node
    password: str

    @property
    def url(self) -> str:
        """Both addresses; libpq goes on to the next where one is down or read only."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        return (
            f"postgresql://postgres:{self.password}@{hosts}/tessera?target_session_attrs=read-write&connect_timeout=5"
        )

    def admin(self, node: Node, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the superuser to one of the two, as soon as it answers."""
        url = f"postgresql://postgres:{self.password}@127.0.0.1:{node.port}/{database}"
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg.connect(url, autocommit=True, connect_timeout=5)
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (node.server.folder / "server.log").read_text()[-4000:]
                time.sleep(0.1)

    def start(self) -> None:
        """Start both, and wait until the standby streams."""
        self.primary.start()
        with self.admin(self.primary) as connection:
            connection.execute("CREATE DATABASE tessera")
            self.standby.start()
            deadline = time.monotonic() + PATIENCE
            while not connection.execute("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'").fetchone():
                assert time.monotonic() < deadline, (self.standby.server.folder / "server.log").read_text()[-4000:]
                time.sleep(0.1)
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")

    def fail_over(self) -> None:
        """Kill -9 the primary, then have the standby take its place."""
        self.primary.kill()
        with self.admin(self.standby) as connection:
            promoted = connection.execute("SELECT pg_promote(true, %s)", [PATIENCE]).fetchone()
        assert promoted == (True,)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A primary and a copy of it that was made while it was down, both stopped; they are gone at the end."""
    first, second = folder / "primary", folder / "standby"
    with start(first) as made:
        password = str(conninfo_to_dict(made.admin_url)["password"])
    account = Account((first / "data").stat().st_uid, (first / "data").stat().st_gid)
    primary, standby = (
        Node(Server(place, account), port) for place, port in zip((first, second), ports(2), strict=True)
    )
    second.mkdir(mode=0o711)
    shutil.copytree(first / "data", second / "data")
    (second / "data" / "standby.signal").touch()
    with (second / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"primary_conninfo = 'host=127.0.0.1 port={primary.port} user=postgres password={password}'\n")
    for path in (second / "data", *(second / "data").rglob("*")):
        account.own(path)
    try:
        yield Cluster(primary, standby, password)
    finally:
        primary.kill()
        standby.kill()


def ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as sockets:
        taken = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]
