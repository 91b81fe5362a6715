"""The service as an operator runs it: a process of its own, on its embedded PostgreSQL, and how to kill either."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.settings import Settings

ROOT = Path(__file__).parents[2]
PATIENCE = 180  # seconds for a start, on a busy machine


@dataclass
class Served:
    """`tessera serve` over a data folder, and its log; `root` is where its code is."""

    folder: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    asked: dict[str, str] = field(default_factory=dict)
    root: Path = ROOT

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        """The settings the process has, for reaching its database beside it."""
        return Settings(data=self.folder, private_addresses=("127.0.0.1",))

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        environment = {
            "PATH": os.environ["PATH"],
            "TESSERA_DATA": str(self.folder),
            "TESSERA_PRIVATE_ADDRESSES": "127.0.0.1",
            "TESSERA_PORT": str(self.port),
            "TESSERA_REQUESTS_PER_SECOND": "100000",
            **self.asked,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"], cwd=self.root, env=environment, stdout=log, stderr=log
            )
        self.starts += 1
        self.ready()

    def ready(self) -> None:
        """Wait until it serves, and its database too."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK:
                    return
            assert self.process is not None
            assert self.process.poll() is None, self.log.read_text()[-4000:]
            time.sleep(0.1)
        raise AssertionError(f"not ready after {PATIENCE} s: {self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """Kill -9 the service. Its database runs on, an orphan."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Stop it in an orderly way; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def database(self) -> dict[int, str]:
        """The processes of its PostgreSQL, by id: what they are called."""
        data = self.folder / "postgres" / "data"
        if not data.exists():
            return {}  # it was given another one
        home = data.stat()
        urls = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.path.samestat((process / "cwd").stat(), home):
                    urls[int(process.name)] = (process / "cmdline").read_bytes().split(b"\0")[0].decode()
        return urls

    def kill_database(self) -> None:
        """Kill -9 its PostgreSQL, all of it at once, as a machine that loses power does."""
        for pid in self.database():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@contextmanager
def served(folder: Path, root: Path = ROOT, **environment: str) -> Iterator[Served]:
    """A service not yet started, which is gone at the end; `root`: where its code is."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    service = Served(folder, port, folder / f"service-{port}.log", asked=environment, root=root)
    try:
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.kill()
        service.kill_database()
