"""Workers: a killed one loses nothing, two never sync one source at once, a stopped one gives its jobs back."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from app import jobs
from app.db import queue
from app.db.access.tenants import TenantRow
from app.db.sources import sources
from app.jobs import tasks
from app.start import Service
from tests.conftest import TestDatabase
from tests.support.service import Gate, add_source, make_tenant, serving
from tests.support.told import timeless_records
from tests.support.worker import worker_process

END_WORKERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%procrastinate%'
"""
pytestmark = pytest.mark.enable_socket


async def everything_known(service: Service, tenant: TenantRow) -> tuple[list[object], list[object]]:
    """Everything known, but for when it was received: statements, and learners' records."""
    async with service.db.transaction(tenant.id) as tx:
        statements = await tx.rows(
            """SELECT stream, raw_key, n, kind, key, person, hash, state, body::text FROM record
               WHERE tenant_id = %s ORDER BY stream, raw_key, n""",
            tx.tenant,
        )
        records = await timeless_records(tx)
    return statements, list(records.items())


async def sync_all(service: Service, tenant: TenantRow, source: int) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await queue.sync_soon(tx, source)
    await jobs.work(service, wait=False)


async def test_a_preview_reaches_what_a_pull_reaches(
    service: Service, tenant: TenantRow, gate: tuple[Gate, str]
) -> None:
    """A source inside the operator's network, which they have named, is previewed as it is pulled."""
    gated, url = gate
    source = await add_source(service, tenant, url)
    await tasks.preview_source(service, tenant.id, source)
    async with service.db.transaction(tenant.id) as tx:
        (run,) = await sources.runs(tx, source, 10)
    assert gated.asked
    assert run.state == "done", run.message


@pytest.mark.parametrize("request_number", [10, 20, 40])
async def test_kill_9_in_the_middle_of_a_sync(
    request_number: int,
    service: Service,
    tenant: TenantRow,
    gate: tuple[Gate, str],
    database: TestDatabase,
    clean: TestDatabase,
    tmp_path: Path,
) -> None:
    gated, url = gate
    source = await add_source(service, tenant, url)
    gated.stop_at = request_number
    async with service.db.transaction(tenant.id) as tx:
        await queue.sync_soon(tx, source)
    async with worker_process(database, tmp_path) as process:
        await gated.stopped.wait()
        process.send_signal(signal.SIGKILL)
        await process.wait()
    half = await everything_known(service, tenant)
    gated.stop_at = None
    gated.open.set()
    requests = gated.asked
    await go_on(service)
    whole = await everything_known(service, tenant)
    asked_again = gated.asked - requests
    async with serving(clean, tmp_path) as undisturbed:
        owner = await make_tenant(undisturbed, clean)
        before = gated.asked
        await sync_all(undisturbed, owner, await add_source(undisturbed, owner, url))
        assert whole == await everything_known(undisturbed, owner)
        assert asked_again < gated.asked - before  # it went on from the cursor
    assert 0 < len(half[0]) < len(whole[0])


async def go_on(service: Service) -> None:
    """A new worker, which finds the dead one's job."""
    app = jobs.application(service)
    async with app.open_async():
        assert await jobs.rescue(app, 0) == 1
    await jobs.work(service, wait=False)


async def test_a_source_is_never_synced_twice_at_once(
    service: Service, tenant: TenantRow, gate: tuple[Gate, str], database: TestDatabase, tmp_path: Path
) -> None:
    gated, url = gate
    source = await add_source(service, tenant, url)
    gated.stop_at = 3
    async with service.db.transaction(tenant.id) as tx:
        await queue.sync_soon(tx, source)
        await queue.sync_soon(tx, source, full=True)
    async with serving(database, tmp_path) as other:
        workers = [asyncio.create_task(jobs.work(worker_service, wait=False)) for worker_service in (service, other)]
        await gated.stopped.wait()
        await tasks.sync(other, tenant.id, source, full=False, allow_shrink=False)  # as after a rescue that was wrong
        async with service.db.transaction(tenant.id) as tx:
            assert [run.state for run in await sources.runs(tx, source, 9)] == ["running"]
        gated.open.set()
        await asyncio.gather(*workers)
        await jobs.work(service, wait=False)
    async with service.db.transaction(tenant.id) as tx:
        first, second = reversed(await sources.runs(tx, source, 9))
    assert (first.state, second.state) == ("done", "done")
    assert first.finished_at is not None
    assert first.finished_at <= second.started_at
    assert gated.most_at_once == 1


async def test_a_worker_told_to_stop_gives_its_job_back(
    service: Service, tenant: TenantRow, gate: tuple[Gate, str], database: TestDatabase, tmp_path: Path
) -> None:
    gated, url = gate
    source = await add_source(service, tenant, url)
    gated.stop_at = 5
    async with service.db.transaction(tenant.id) as tx:
        await queue.sync_soon(tx, source)
    async with worker_process(database, tmp_path) as process:
        await gated.stopped.wait()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    async with service.db.transaction(tenant.id) as tx:
        assert await tx.one("SELECT status::text FROM procrastinate_jobs WHERE task_name = 'sync'") == "todo"
        assert [run.state for run in await sources.runs(tx, source, 9)] == ["failed"]
    gated.open.set()
    await jobs.work(service, wait=False)
    async with service.db.transaction(tenant.id) as tx:
        assert [run.state for run in await sources.runs(tx, source, 9)] == ["done", "failed"]


async def test_a_dead_workers_job_makes_way_for_its_like(service: Service, tenant: TenantRow) -> None:
    app = jobs.application(service)
    async with app.open_async():
        async with service.db.transaction(tenant.id) as tx:
            await queue.settle_soon(tx)
        worker = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job(None, worker) is not None
        async with service.db.transaction(tenant.id) as tx:
            await queue.settle_soon(tx)
        assert await jobs.rescue(app, 0) == 1
    await jobs.work(service, wait=False)
    async with service.db.transaction(tenant.id) as tx:
        assert await tx.one("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle'") == 0


async def test_a_worker_goes_on_when_the_database_comes_back(
    service: Service, tenant: TenantRow, database: TestDatabase
) -> None:
    working = asyncio.create_task(jobs.work(service, again_after=0.1))
    try:
        for _ in range(2):
            async with service.db.transaction(tenant.id) as tx:
                await queue.settle_soon(tx)
            await until_empty(service, tenant)
            with psycopg.connect(database.owner_url) as owner:
                owner.execute(END_WORKERS)
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def until_empty(service: Service, tenant: TenantRow) -> None:
    while True:
        async with service.db.transaction(tenant.id) as tx:
            if not await tx.one("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'settle'"):
                return
        await asyncio.sleep(0.05)
