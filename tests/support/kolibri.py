"""A real Kolibri server, as .ci/kolibri makes one ready, started for some tests and stopped after them."""

import csv
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

LEARNERS = 40
LOOPBACK = {"KOLIBRI_LISTEN_ADDRESS": "127.0.0.1", "KOLIBRI_DISABLE_PING": "1", "KOLIBRI_ZEROCONF_ENABLED": "0"}


class Live(NamedTuple):
    """A running server, and its own command beside it."""

    url: str
    command: Path
    env: dict[str, str]

    @property
    def settings(self) -> dict[str, Any]:
        """What the connector needs to read it."""
        return {"base_url": self.url, "username": "admin", "password": "adminpass"}

    def export(self, file: Path, *order: str) -> list[dict[str, str]]:
        """The rows of one of Kolibri's own CSV exports."""
        subprocess.run(
            [self.command, "manage", "--skip-update", *order, "--", *EXPORTS[order[0]], "-w", "-O", file],
            env=self.env,
            check=True,
            capture_output=True,
        )
        with file.open(encoding="utf-8-sig", newline="") as opened:
            return list(csv.DictReader(opened))


EXPORTS: dict[str, tuple[str, ...]] = {
    "bulkexportusers": (),
    "exportlogs": ("--log-type", "summary", "--start_date", "2001-01-01T00:00:00", "--end_date", "2099-01-01T00:00:00"),
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(folder: Path) -> Iterator[Live]:
    """The server of the folder that TESSERA_KOLIBRI names; its log goes into `folder`. Skips where there is none."""
    prepared = os.environ.get("TESSERA_KOLIBRI")
    if prepared is None:
        pytest.skip('no Kolibri: TESSERA_KOLIBRI is not set (TESSERA_KOLIBRI="$(.ci/kolibri)" makes one)')
    if not prepared:
        pytest.skip("unavailable in CI: .ci/kolibri could not make a Kolibri, and has said why")
    command = Path(prepared, "venv", "bin", "kolibri")
    env = {**os.environ, **LOOPBACK, "KOLIBRI_HOME": str(Path(prepared, "home").resolve())}
    port, other = free_port(), free_port()
    log = folder / "server.log"
    with log.open("wb") as written:
        server = subprocess.Popen(
            [command, "start", "--foreground", "--port", str(port), "--zip-port", str(other)],
            env=env,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server, log)
        yield Live(url, command, env)
    finally:
        server.terminate()
        server.wait(60)


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        try:
            if httpx.get(f"{url}/api/public/info/", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        if server.poll() is not None:
            break
        time.sleep(0.5)
    pytest.fail(f"Kolibri did not start:\n{log.read_text()[-2000:]}")
