"""Two servers and two workers over a PostgreSQL with a standby: any one of them may fall."""

import asyncio
import os
import random
import secrets
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.settings import Settings
from app.start import running
from tests.support.cluster import Cluster, cluster
from tests.support.load import Load, set_up, under_load
from tests.support.served import PATIENCE, ROOT, served

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(600)]

VERSIONS = "SELECT raw_key, (body ->> 'score')::float::int FROM record WHERE stream = 'evidence' AND kind = 'result'"
UNSETTLED = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle' AND status IN ('todo', 'doing')"


@contextmanager
def worker(folder: Path, environment: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """`tessera work`, in a process of its own."""
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "work"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_kill_9_of_a_server_of_a_worker_and_of_the_primary(folder: Path, sis: str, dice: random.Random) -> None:
    """Nothing acknowledged is lost, and nobody is answered 5xx but while the standby takes over."""
    with cluster(folder) as databases, ExitStack() as processes:
        await asyncio.to_thread(databases.start)
        key = b64encode(secrets.token_bytes(32)).decode()
        shared = {"DATABASE_URL": databases.url, "TESSERA_KEY": key, "TESSERA_POOL_SIZE": "6"}
        settings = Settings(data=folder, database_url=SecretStr(databases.url), key=SecretStr(key))
        async with running(settings) as inside:
            _, opens = await set_up(inside.db, databases.url, folder, sis)
        environment = {"PATH": os.environ["PATH"], "TESSERA_DATA": str(folder), **shared}
        workers = [processes.enter_context(worker(folder, environment)) for _ in range(2)]
        servers = [processes.enter_context(served(folder, TESSERA_WORKER="false", **shared)) for _ in range(2)]
        for server in servers:
            await asyncio.to_thread(server.start)
        load = Load([server.url for server in servers], opens, dice, [str(1000001 + n) for n in range(20)])
        async with under_load(load):
            await load.acknowledged(20)
            await asyncio.to_thread(servers[0].kill)
            await load.acknowledged(len(load.told) + 20)
            await asyncio.to_thread(servers[0].start)
            await asyncio.to_thread(workers[0].kill)
            await load.acknowledged(len(load.told) + 20)
            assert load.statuses <= {200, 201, 429}
            began = time.monotonic()
            await asyncio.to_thread(databases.fail_over)
            await load.acknowledged(len(load.told) + 1)
            print(f"acknowledged again {time.monotonic() - began:.1f} s after the primary fell")  # noqa: T201
            for server in servers:
                await asyncio.to_thread(server.ready)
            assert load.statuses <= {200, 201, 429, 503}
            load.statuses.clear()
            await load.acknowledged(len(load.told) + 20)
        assert load.statuses <= {200, 201, 429}
        await asyncio.to_thread(settled, databases)
        assert [await asyncio.to_thread(server.stop) for server in servers] == [0, 0]
        with databases.admin(databases.standby, "tessera") as connection:
            versions = dict(connection.execute(VERSIONS).fetchall())
    assert {item: version for item, version in load.told.items() if versions.get(item, -1) < version} == {}
    assert [batch for batch in load.batches if 0 < len(versions.keys() & set(batch)) < len(batch)] == []


def settled(databases: Cluster) -> None:
    """Wait until the worker that is left has settled all that came."""
    deadline = time.monotonic() + 2 * PATIENCE
    with databases.admin(databases.standby, "tessera") as connection:
        while connection.execute(UNSETTLED).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.2)
