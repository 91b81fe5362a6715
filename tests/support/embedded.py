"""What tests share of embedded."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can reach, which pytest's are not for root."""
    place = Path(tempfile.mkdtemp(prefix="place-", dir="/tmp"))
    place.chmod(0o711)
    yield place
    kill_9(place)
    shutil.rmtree(place)


def processes(folder: Path) -> list[int]:
    """The postmaster and its children, found by what they have open."""
    pids = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                pids.append(int(process.name))
        except OSError:
            continue
    return sorted(pids)


def kill_9(folder: Path) -> None:
    for pid in processes(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
