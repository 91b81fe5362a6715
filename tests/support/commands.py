"""The `tessera` command, run as an operator runs it, on a database of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.__main__ import main
from tests.conftest import TestDatabase

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def plain(self) -> str:
        """Everything in one line, as a terminal's width would not have it."""
        return " ".join((self.out + self.err).split())


Tessera = Callable[..., Said]


@pytest.fixture
def environment(database: TestDatabase, tmp_path: Path) -> dict[str, str]:
    """An operator's settings."""
    return {
        "DATABASE_URL": database.owner_url,
        "TESSERA_SERVICE_DATABASE_URL": database.service_url,
        "TESSERA_DATA": str(tmp_path / "var"),
        "TESSERA_PRIVATE_ADDRESSES": "127.0.0.1",  # where tests have their servers
    }


@pytest.fixture
def tessera(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Tessera:
    """Run a command in this process."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def process(environment: dict[str, str]) -> Tessera:
    """Run a command in a process of its own, with what is typed into it."""

    def run(*arguments: str, typed: str = "") -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **environment},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run
