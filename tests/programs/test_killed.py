"""An acceptance, or its taking back, that ends between any two of its writes leaves none of it: no row and no file.

Every write is tried by cutting the connection there; a few by a process that kills itself (SIGKILL).
"""

import hashlib
import io
import os
import subprocess
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from PIL import Image
from psycopg import sql

from app.jobs import tasks
from app.programs import files
from app.programs.submission import Artifact
from tests.conftest import TestDatabase
from tests.support.api import Api
from tests.support.dying import NEVER, cut_off
from tests.support.programs import club, handed_in, now, numbered

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.enable_socket]
ROOT = Path(__file__).parents[2]
SAMPLE = (("accept", 2), ("accept", 19), ("accept", 37), ("accept", NEVER), ("retract", 3), ("retract", 20))
"""Where a process kills itself. That there are as many writes is asserted."""


def contents(database: TestDatabase, folder: Path) -> dict[str, object]:
    """What every table holds, as a count and a hash of its rows, and what lies in the folder of files."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("SELECT set_config('tessera.tenant', '1', false)")
        tables = connection.execute(
            """SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
               AND relname !~ '^procrastinate_(worker|version|periodic)'"""
        ).fetchall()
        of_each = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {} t").format(name, table)
            for (name, table) in ((sql.Literal(name), sql.Identifier(name)) for (name,) in tables)
        )
        state: dict[str, object] = {name: rest for name, *rest in connection.execute(of_each).fetchall()}
    state["files"] = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept_files(folder)}
    return state


def kept_files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "var" / files.FOLDER).rglob("*") if path.is_file())


def killed(database: TestDatabase, folder: Path, submission: UUID, step: str, fatal: int) -> tuple[int, str]:
    """How a process ended that was to kill itself at a write of a step, and what it printed."""
    arguments = (database.service_url, str(folder), "1", str(submission), step, str(fatal))
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.dying", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode in (0, -9), done.stderr[-2000:]
    return done.returncode, done.stdout


async def with_photo(api: Api) -> UUID:
    """A submission of a learner whom a number tells, with a photo."""
    await api.learner(await api.pusher(slug="sis"))
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "#2f6fb9").save(out, "JPEG")
    photo = await files.clean(out.getvalue(), "robot.jpg")
    evidence = (Artifact("file", photo.sha256, "robot.jpg"),)
    submission = await handed_in(api, await club(api), learner=numbered(), evidence=evidence)
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        await files.keep(tx, service.vault, service.settings, submission, [photo], now())
    return submission


async def photo_opens(api: Api, submission: UUID) -> bool:
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await files.of_submission(tx, submission)
        _, body = await files.content(tx, service.vault, service.settings, submission, row.sha256)
    return hashlib.sha256(body).hexdigest() == row.sha256


async def state(api: Api, submission: UUID) -> tuple[str, list[str]]:
    """Where a submission is in its life, and the states of what was issued."""
    async with api.db.transaction(api.tenant) as tx:
        standing: str = await tx.one("SELECT state FROM submission WHERE id = %(id)s", id=submission)
        badges = await tx.rows("SELECT state FROM issued_credential")
    return standing, [badge for (badge,) in badges]


async def test_cut_off_at_every_write_nothing_is_left_and_the_next_try_is_whole(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    submission, service = await with_photo(api), api.app.state.service
    for step, least, after in (("accept", 40, ("accepted", ["active"])), ("retract", 20, ("withdrawn", ["revoked"]))):
        before = contents(database, tmp_path)
        assert await photo_opens(api, submission)
        for fatal in count(1):
            if not await cut_off(service, api.tenant, submission, step, fatal):
                break
            assert contents(database, tmp_path) == before, f"{step} was cut off at write {fatal}"
        assert fatal > least
        assert await state(api, submission) == after
    assert kept_files(tmp_path) == []


async def test_killed_at_some_writes_nothing_is_left_and_the_next_try_is_whole(
    api: Api, database: TestDatabase, tmp_path: Path
) -> None:
    submission = await with_photo(api)
    before = contents(database, tmp_path)
    for step, fatal in SAMPLE:
        code, printed = killed(database, tmp_path, submission, step, fatal)
        if fatal == NEVER:
            assert (code, await state(api, submission)) == (0, ("accepted", ["active"]))
            assert int(printed) > max(write for of, write in SAMPLE if of == "accept" and write != NEVER)
            before = contents(database, tmp_path)
        else:
            assert code == -9, f"{step} has no write {fatal}: it wrote {printed}"
            assert contents(database, tmp_path) == before, f"{step} was killed at write {fatal}"
        assert await photo_opens(api, submission)


async def test_a_file_that_a_crash_left_without_its_submission_is_deleted_a_day_later(api: Api, tmp_path: Path) -> None:
    """Handing in writes the file before it commits; taking back deletes it after: what dies between leaves a file."""
    submission, service = await with_photo(api), api.app.state.service
    (whole,) = kept_files(tmp_path)
    orphan = whole.with_name(f"{whole.name.partition('.')[0]}.{uuid4()}")
    half = whole.with_name(f"{orphan.name}.77.new")
    for path in (orphan, half):
        path.write_bytes(b"sealed")
    await tasks.prune_all(service, now())
    assert kept_files(tmp_path) == sorted([whole, orphan, half]), "a file that is being handed in is not touched"
    yesterday = (now() - timedelta(days=2)).timestamp()
    for path in (whole, orphan, half):
        os.utime(path, (yesterday, yesterday))
    await tasks.prune_all(service, now())
    assert kept_files(tmp_path) == [whole]
    assert await photo_opens(api, submission)
    crowd = [whole.with_name(f"{whole.name.partition('.')[0]}.{uuid4()}") for _ in range(30)]
    for path in crowd:
        path.write_bytes(b"sealed")
        os.utime(path, (yesterday, yesterday))
    await tasks.prune_all(service, now())
    assert kept_files(tmp_path) == sorted([whole, *crowd]), "so many are left where the database is another one"
