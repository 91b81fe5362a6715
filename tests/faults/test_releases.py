"""Two releases side by side: the earlier one serves, works and takes pushes, while this one migrates and joins it.

The earlier one is the code of a commit of this repository, in the environment of today.
"""

import asyncio
import os
import random
import secrets
import subprocess
import sys
import tarfile
import time
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.db.server.migrate import head, revisions
from app.records.document import FOLD
from tests.support.load import VERSIONS, Load, under_load
from tests.support.served import PATIENCE, ROOT, served

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(900)]

PROMISED = "307a7cc6e7e58e93f15b5c01243c77800bf66b31"
"""The oldest release that may run beside this one: docs/how-to/upgrade.md. It moves on with a contracting migration."""

FILL = """
import asyncio
from app.access.scopes import SCOPES
from app.cli.demo import play
from app.cli.sample import SLUG, key
from app.db.access import tenants
from app.db.sources import sources
from app.sandbox.district import District
from app.settings import Settings
from app.start import running

async def fill() -> None:
    await play(Settings(), District(size=40))
    async with running(Settings()) as service:
        tenant = await tenants.by_slug(service.db, SLUG)
        async with service.db.transaction(tenant.id) as tx:
            source = await sources.by_slug(tx, "writing-coach")
        print("KEY", await key(service, tenant, "loader", SCOPES, source.id))

asyncio.run(fill())
"""
UNDER_WAY = """
SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name IN ('settle', 'refold')
"""
FAILED = "SELECT task_name, count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY task_name"


@pytest.fixture
def earlier(folder: Path) -> Path:
    """The earlier release's code."""
    archive = subprocess.run(["git", "archive", PROMISED], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"unavailable in CI: commit {PROMISED} of this repository is not in this clone")
    root = folder / "earlier"
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(root, filter="data")
    return root


@pytest.fixture
def url(postgres: str) -> Iterator[str]:
    """An empty database, as its owner sees it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE releases")
        try:
            yield make_conninfo(postgres, dbname="releases")
        finally:
            connection.execute("DROP DATABASE releases WITH (FORCE)")
            connection.execute("DROP ROLE IF EXISTS releases_service")


def filled(root: Path, environment: dict[str, str]) -> str:
    """Have a release play the demo on a small district; the key of who pushes into it and reads all."""
    done = subprocess.run(
        [sys.executable, "-c", FILL],
        cwd=root,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout.rpartition("KEY ")[2].split()[0]


def addresses(url: str, key: str) -> list[str]:
    """What a release answers to GET without knowing more than a learner's id."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        learner = http.get("/v1/learners").json()["learners"][0]["id"]
        paths = [path for path, methods in http.get("/openapi.json").json()["paths"].items() if "get" in methods]
    known = [path.replace("{learner}", learner).replace("{tenant}", "sample") for path in paths]
    return [path for path in known if "{" not in path and path not in ("/readyz", "/metrics")]


def statuses(url: str, key: str, paths: list[str]) -> dict[str, int]:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
        return {path: http.get(path).status_code for path in paths}


async def test_the_earlier_release_serves_and_works_while_this_one_migrates_and_joins(
    folder: Path, url: str, earlier: Path, dice: random.Random
) -> None:
    """Nothing acknowledged is lost, nobody is answered 5xx, and what the earlier one made is made anew by this one."""
    shared = {"DATABASE_URL": url, "TESSERA_KEY": b64encode(secrets.token_bytes(32)).decode(), "TESSERA_POOL_SIZE": "6"}
    key = await asyncio.to_thread(filled, earlier, {"TESSERA_DATA": str(folder), **shared})
    with served(folder, earlier, **shared) as old, served(folder, **shared) as new:
        await asyncio.to_thread(old.start)
        paths = await asyncio.to_thread(addresses, old.url, key)
        before = await asyncio.to_thread(statuses, old.url, key, paths)
        assert not {path: status for path, status in before.items() if status >= 500}
        assert revisions(url)[0] != head()
        load = Load([old.url], key, dice, [str(1000001 + n) for n in range(20)])
        async with under_load(load):
            await load.acknowledged(20)
            await asyncio.to_thread(new.start)  # it migrates
            assert revisions(url)[0] == head()
            load.urls = [old.url, new.url]
            await load.acknowledged(len(load.told) + 100)
            assert await asyncio.to_thread(statuses, old.url, key, paths) == before
            assert await asyncio.to_thread(statuses, new.url, key, paths) == before
            load.urls = [new.url]
            assert await asyncio.to_thread(old.stop) == 0
            await load.acknowledged(len(load.told) + 20)
        assert load.statuses <= {200, 201, 429}
        with psycopg.connect(url, autocommit=True) as owner:
            await asyncio.to_thread(made_anew, owner)
            versions = dict(owner.execute(VERSIONS).fetchall())
            assert owner.execute(FAILED).fetchall() == []
        assert await asyncio.to_thread(new.stop) == 0
    assert {item: version for item, version in load.told.items() if versions.get(item, -1) < version} == {}
    assert [batch for batch in load.batches if 0 < len(versions.keys() & set(batch)) < len(batch)] == []


def made_anew(owner: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Wait until all is settled, and every record is one that this release made."""
    owner.execute("SELECT set_config('tessera.tenant', id::text, false) FROM tenant WHERE slug = 'sample'")
    behind = "SELECT count(*) FROM learner WHERE fold < %s AND body IS NOT NULL"
    deadline = time.monotonic() + 2 * PATIENCE
    while owner.execute(UNDER_WAY).fetchone() != (0,) or owner.execute(behind, [FOLD]).fetchone() != (0,):
        assert time.monotonic() < deadline, owner.execute(behind, [FOLD]).fetchone()
        time.sleep(0.2)
