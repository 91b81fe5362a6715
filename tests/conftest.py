"""What every test can ask for: a database of its own, the shared samples; and what none may do: reach the network.

Sockets are off. A test marked `enable_socket` may talk to this machine alone. A Unix socket is always allowed.

A skip says why, and the run ends with how many cases could not be run. Where TESSERA_CI is set, .ci/run has installed
all that tests need, so a skip is a failure, unless its reason begins with "unavailable in CI:", or names the folder
../shared and that is not here.
"""

import os
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import hypothesis
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_socket import socket_allow_hosts

from app.db import Tx
from app.db.records.packed import unpacker
from app.db.server import embedded
from app.db.server.migrate import upgrade
from app.start import tune_garbage_collection

pytest_plugins = [
    "connectors.testing.plugin",
    "tests.support.independent",
    "tests.support.api",
    "tests.support.browser",
    "tests.support.commands",
    "tests.support.district",
    "tests.support.rosters",
    "tests.support.service",
]
"""What several domains' tests use."""

SHARED = Path(__file__).parents[1].parent / "shared"
EXCUSED = "unavailable in CI:"
SLOW = {"browser", "cli", "faults", "jobs", "operations", "rules"}
"""Areas whose tests start processes and browsers, or look through all there is; elsewhere slow ones are marked."""

hypothesis.settings.register_profile(
    "tessera",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=bool(os.environ.get("TESSERA_CI")),
)
hypothesis.settings.load_profile("tessera")  # no test judges by time: the machine may be busy


def pytest_xdist_auto_num_workers() -> int:
    """One for each processor: with more, browsers wait for each other until they give up."""
    return os.cpu_count() or 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no worker is left with one while the others are done."""
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.path.parent.name in SLOW}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """What is imported stays: Python need not look through it for garbage again and again."""
    tune_garbage_collection()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("enable_socket"):
        socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and os.environ.get("TESSERA_CI") and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(EXCUSED) and (SHARED.is_dir() or "shared" not in reason):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped, and .ci/run should have made it possible: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cases could not be run, by reason, each with the areas it is missing in: the last word of every run."""
    areas: dict[str, Counter[str]] = {}
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        area = "/".join(Path(report.nodeid.partition("::")[0]).parts[1:-1]) or "tests"
        areas.setdefault(reason.removeprefix("Skipped: ").removeprefix(EXCUSED).strip(), Counter())[area] += 1
    terminalreporter.section("cases that could not be run")
    terminalreporter.line(f"{sum(counts.total() for counts in areas.values())} in all")
    for reason, counts in sorted(areas.items(), key=lambda item: -item[1].total()):
        where = ", ".join(f"{area} {count}" for area, count in sorted(counts.items()))
        terminalreporter.line(f"{counts.total():5}  {reason}  ({where})")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published samples beside the repository; without it the test is skipped."""
    if not SHARED.is_dir():
        pytest.skip(f"{EXCUSED} the samples in ../shared are not here")
    return SHARED


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """A migrated, empty database: its URL for the owner, and for the role the service works as."""

    __test__ = False
    owner_url: str
    service_url: str


def _fast() -> str:
    """A folder in memory, where there is plenty: a database is made and dropped there in a quarter of the time."""
    memory = Path("/dev/shm")
    plenty = memory.is_dir() and shutil.disk_usage(memory).free > 4 * 2**30 and os.access(memory, os.W_OK)
    return str(memory) if plenty else "/tmp"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL for this session: the superuser's URL."""
    folder = Path(tempfile.mkdtemp(prefix="tessera-test-", dir=_fast()))  # as root, PostgreSQL may not enter pytest's
    folder.chmod(0o711)
    with embedded.start(folder / "postgres") as server:
        with psycopg.connect(server.admin_url, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # nothing here outlives the session
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.admin_url
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def template(postgres: str) -> TestDatabase:
    """The migrated database that the others are copies of."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE tessera")
    owner_url = make_conninfo(postgres, dbname="tessera")
    return TestDatabase(owner_url, upgrade(owner_url, "secret"))


@pytest.fixture
def database(postgres: str, template: TestDatabase) -> Iterator[TestDatabase]:
    """A fresh database for one test."""
    with copied(postgres, template) as copy:
        yield copy


@pytest.fixture(scope="module")
def module_database(postgres: str, template: TestDatabase) -> Iterator[TestDatabase]:
    """A database that the tests of one module share."""
    with copied(postgres, template) as copy:
        yield copy


@contextmanager
def copied(postgres: str, template: TestDatabase) -> Iterator[TestDatabase]:
    """A copy of a database that nobody is connected to."""
    source = conninfo_to_dict(template.owner_url)["dbname"]
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        try:
            yield TestDatabase(
                make_conninfo(template.owner_url, dbname=name), make_conninfo(template.service_url, dbname=name)
            )
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def stored_records(tx: Tx) -> dict[UUID, bytes]:
    """All learner records of a tenant as they are served, header and entries, by learner, in order."""
    rows = await tx.rows(
        """SELECT l.id, l.body, (SELECT string_agg(e.body, '\n' ORDER BY e.at, e.piece, e.n) FROM entry e
               WHERE e.tenant_id = l.tenant_id AND e.learner_id = l.id)
           FROM learner l WHERE l.tenant_id = %s AND l.body IS NOT NULL ORDER BY l.id""",
        tx.tenant,
    )
    unpack = unpacker()
    return {learner: unpack(body) + b"\n" + (entries or b"") for learner, body, entries in rows}
