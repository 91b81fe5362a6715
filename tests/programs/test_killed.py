"""kill -9 between any two writes of an acceptance leaves none of it: then it is accepted as if nothing had been."""

import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.conftest import TestDatabase
from tests.support.api import Api
from tests.support.programs import club, handed_in, numbered

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400), pytest.mark.enable_socket]
ROOT = Path(__file__).parents[2]


def counts(database: TestDatabase) -> dict[str, Any]:
    """How many rows each table has; and where the submission stands."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("SELECT set_config('tessera.tenant', '1', false)")
        tables = [
            name
            for (name,) in connection.execute(
                """SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                   AND relname !~ '^procrastinate'"""
            ).fetchall()
        ]
        found = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in sorted(tables)}  # type: ignore[arg-type]
        found["state"] = connection.execute("SELECT state FROM submission").fetchone()
    return found


def accept(database: TestDatabase, folder: Path, submission: UUID, fatal: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.support.dying",
            database.service_url,
            str(folder),
            "1",
            str(submission),
            str(fatal),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


async def test_killed_at_any_write_nothing_is_left_and_the_next_try_is_whole(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    headers = await api.pusher(slug="sis")
    await api.learner(headers)
    submission = await handed_in(api, await club(api), learner=numbered())
    before = counts(database)
    total = 0
    for fatal in (1, 4, 9, 15, 22, 30, 39, 49):
        done = accept(database, tmp_path, submission, fatal)
        if done.returncode == 0:
            total = int(done.stdout)
            break
        assert done.returncode == -9, done.stderr[-2000:]
        assert counts(database) == before, fatal
    if not total:
        done = accept(database, tmp_path, submission, 10_000)
        assert done.returncode == 0, done.stderr[-2000:]
        total = int(done.stdout)
    assert total > 20
    after = counts(database)
    assert after["state"] == ("accepted",)
    assert after["issued_credential"] == (1,)
    assert all(
        after[table][0] > before[table][0] for table in ("record", "raw", "entry", "assertion", "submission_step")
    )
