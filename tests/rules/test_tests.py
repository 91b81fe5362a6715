"""The rules the tests themselves are under: skips have excuses, sockets stay closed."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("reason", "ci", "code"), [("no browser", "1", 1), ("unavailable in CI: no browser", "1", 0), ("no browser", "", 0)]
)
def test_a_skip_without_excuse_fails_in_ci(tmp_path: Path, reason: str, ci: str, code: int) -> None:
    skipped = f"import pytest\n@pytest.mark.skipif(True, reason='{reason}')\ndef test_a(): ...\ndef test_b(): ...\n"
    (tmp_path / "test_skipped.py").write_text(skipped)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "-p", "tests.conftest", tmp_path],
        cwd=ROOT,
        env={**os.environ, "TESSERA_CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    skips = 0 if code else 1
    assert f"{skips} in all" in done.stdout
    assert "no browser" in done.stdout
    assert ("1  no browser  (" in done.stdout) is bool(skips)


def test_sockets_are_closed() -> None:
    with pytest.raises(UserWarning, match="A test tried to use socket"):
        socket.socket(socket.AF_INET)


@pytest.mark.enable_socket
def test_an_enabled_socket_reaches_this_machine_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
    with pytest.raises(UserWarning, match=r"192\.0\.2\.1"), socket.socket() as ours:
        ours.connect(("192.0.2.1", 80))
