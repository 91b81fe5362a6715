"""Workers: a killed one loses nothing, two never sync one source at once, a stopped one gives its jobs back."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app import jobs
from app.db import queue
from app.db.tenants import TenantRow
from app.start import Service
from tests.conftest import TestDatabase
from tests.jobs.conftest import Gate, add_source, make_tenant, serving

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.enable_socket


@asynccontextmanager
async def worker_process(database: TestDatabase, data: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`tessera work`, as an operator runs it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        "work",
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.owner_url,
            "TESSERA_SERVICE_DATABASE_URL": database.service_url,
            "TESSERA_DATA": str(data),
        },
    )
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


async def said(service: Service, tenant: TenantRow) -> tuple[list[object], list[object]]:
    """Everything known, but for when it was received: statements, and learners' records."""
    async with service.db.transaction(tenant.id) as tx:
        statements = await tx.rows(
            """SELECT stream, raw_key, n, kind, key, person, hash, absent, body::text FROM record
               WHERE tenant_id = %s ORDER BY stream, raw_key, n""",
            tx.tenant,
        )
        rows = await tx.rows("SELECT id, body FROM learner WHERE tenant_id = %s ORDER BY id", tx.tenant)
    return statements, [(learner, re.sub(rb'"receivedAt":"[^"]*"', b"", body)) for learner, body in rows]


async def sync_all(service: Service, tenant: TenantRow, source: int) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await queue.sync_soon(tx, source)
    await jobs.work(service, wait=False)


async def test_kill_9_in_the_middle_of_a_sync(
    service: Service,
    tenant: TenantRow,
    gate: tuple[Gate, str],
    database: TestDatabase,
    clean: TestDatabase,
    tmp_path: Path,
) -> None:
    gated, url = gate
    source = await add_source(service, tenant, url)
    gated.stop_at = 12
    async with service.db.transaction(tenant.id) as tx:
        await queue.sync_soon(tx, source)
    async with worker_process(database, tmp_path) as process:
        await gated.stopped.wait()
        process.send_signal(signal.SIGKILL)
        await process.wait()
    half = await said(service, tenant)
    gated.stop_at = None
    gated.open.set()
    asked = gated.asked
    await go_on(service)
    whole = await said(service, tenant)
    asked_again = gated.asked - asked
    async with serving(clean, tmp_path) as undisturbed:
        owner = await make_tenant(undisturbed, clean)
        before = gated.asked
        await sync_all(undisturbed, owner, await add_source(undisturbed, owner, url))
        assert whole == await said(undisturbed, owner)
        assert asked_again < gated.asked - before  # it went on from the cursor
    assert 0 < len(half[0]) < len(whole[0])


async def go_on(service: Service) -> None:
    """A new worker, which finds the dead one's job."""
    app = jobs.queue(service)
    async with app.open_async():
        assert await jobs.rescue(app, 0) == 1
    await jobs.work(service, wait=False)
