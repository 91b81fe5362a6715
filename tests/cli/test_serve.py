"""`tessera serve` and `tessera demo` as processes: they come up, they answer, they end."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from app.cli.demo import PORT
from app.secrets import new_key
from tests.support.commands import ROOT, Tessera

pytestmark = pytest.mark.enable_socket


@contextmanager
def serving(environment: dict[str, str], *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service in a process of its own, and its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        match = re.search(r"http://127\.0\.0\.1:\d+", ready)
        assert match, ready
        try:
            yield process, match[0]
        finally:
            process.kill()


def test_it_comes_up_answers_and_ends_when_told(environment: dict[str, str]) -> None:
    with serving(environment) as (process, url):
        assert httpx.get(f"{url}/livez").status_code == 200
        assert httpx.get(f"{url}/readyz").status_code == 200
        assert httpx.get(f"{url}/v1/learners").status_code == 401
        assert httpx.get(f"{url}/docs").headers["content-type"].startswith("text/html")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_ctrl_c_ends_it_too(environment: dict[str, str]) -> None:
    key = {"TESSERA_KEY": new_key()}  # jobs are run by another process, which needs the same one
    with serving(environment | key, "--no-worker") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0


def test_a_port_that_is_taken(process: Tessera) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = process("serve", "--port", str(taken.getsockname()[1]))
    assert result.code == 1
    assert "cannot be listened on: Address already in use (end what listens there" in result.plain
    assert "Traceback" not in result.plain


@pytest.fixture
def place() -> Iterator[Path]:
    """A data folder that PostgreSQL's own user can reach, which pytest's are not for root."""
    with tempfile.TemporaryDirectory(prefix="demo-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.mark.timeout(900)
def test_the_demo_plays_twice_and_serve_serves_what_it_made(place: Path) -> None:
    settings = {"TESSERA_DATA": str(place / "var")}
    clr = place / "var" / "learner-record.clr.json"
    with ExitStack() as others:
        with suppress(OSError):  # another test's then: it is taken in any case
            others.enter_context(socket.create_server(("127.0.0.1", PORT)))
        first = played(settings)
        issued = clr.read_bytes()
        second = played(settings)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "Nothing changed" in second.stdout
    assert clr.read_bytes() == issued
    assert "Nothing changed" not in first.stdout
    for part in (
        "Pulled",
        "Imported",
        "Pushed",
        "One learner",
        "Badges and credentials",
        "Quarantined",
        "'wizard'",
        "Issued",
    ):
        assert part in first.stdout
    key = re.search(r"Bearer (tsk_\w+)", second.stdout)
    learner = re.search(r"/v1/learners/([0-9a-f-]{36})", second.stdout)
    page = re.search(r"http://127\.0\.0\.1:8000(/record/\S+)", second.stdout)
    link = re.search(r"http://127\.0\.0\.1:8000(/t/sample/s/\S+)", second.stdout)
    assert key
    assert learner
    assert not processes(place)
    with serving(settings | {"TESSERA_PUBLIC_URL": "http://127.0.0.1:8000"}) as (_, url):
        record = httpx.get(
            f"{url}/v1/learners/{learner[1]}/record/full", headers={"Authorization": f"Bearer {key[1]}"}
        ).json()
        assert {source["source"] for source in record["sources"]} >= {"sis", "lms", "tool", "tests"}
        assert record["credentials"]
        assert page
        classes = {result["class"]["title"] for result in record["results"] if "title" in result.get("class", {})}
        text = httpx.get(f"{url}{page[1]}").text
        assert any(f", {title}, in school · from District SIS" in text for title in classes)
        assert link
        assert "Valid as of now" in httpx.get(f"{url}{link[1]}").text
        pasted = httpx.post(f"{url}/verify", data={"credential": issued.decode()})
        assert "<h1>Valid</h1>" in pasted.text


def played(settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """The demo, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app", "demo"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def processes(folder: Path) -> list[str]:
    """The processes that have their home in a folder: the database's, where it still runs."""
    commands = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                commands.append((process / "cmdline").read_text())
        except OSError:
            continue
    return commands
