"""Nobody starves another: sources that hang take their own tenant's room, and a run that is paused or late ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from app import jobs
from app.db import queue
from app.db.access import tenants
from app.db.access.tenants import TenantRow
from app.db.sources import sources
from app.jobs.supervised import PULLS_PER_TENANT
from app.jobs.tasks import sync_source
from app.sources.source import split_settings
from app.start import Service
from connectors import named
from tests.support.service import source_row

pytestmark = pytest.mark.enable_socket
PATIENCE = 60  # seconds; nothing here depends on how fast it is


class Silent:
    """A server that accepts, and never answers."""

    def __init__(self) -> None:
        self.open = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            with suppress(ConnectionError):
                while await reader.read(4096):
                    pass
        finally:
            self.open -= 1
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@pytest.fixture
async def silent() -> AsyncIterator[tuple[Silent, str]]:
    source = Silent()
    server = await asyncio.start_server(source, "127.0.0.1")
    yield source, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for _ in range(100):  # until the last handler is done with its connection
        await asyncio.sleep(0.02)
        if not source.open:
            break


async def hanging(service: Service, tenant: int, url: str, slug: str) -> int:
    settings, secrets = split_settings(
        named("canvas"), {"base_url": url, "token": "t"}, tenant, service.vault, service.settings.limits
    )
    row = replace(source_row(settings, secrets), slug=slug, name=slug, connector="canvas", every_minutes=None)
    async with service.db.transaction(tenant) as tx:
        source = await sources.add(tx, row)
        await queue.sync_soon(tx, source)
    return source


@asynccontextmanager
async def working(service: Service) -> AsyncIterator[None]:
    worker = asyncio.create_task(jobs.work(service))
    try:
        yield
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def until(there: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(PATIENCE * 20):
        if await there():
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"it did not come within {PATIENCE} s")


async def running(service: Service, tenant: int) -> int:
    async with service.db.transaction(tenant) as tx:
        return int(await tx.one("SELECT count(*) FROM run WHERE state = 'running'"))


async def test_sources_that_hang_stop_nobody_else_s_work(
    service: Service, tenant: TenantRow, silent: tuple[Silent, str]
) -> None:
    other = await tenants.add(service.db, "other", "Other District")
    for number in range(PULLS_PER_TENANT + 6):
        await hanging(service, other.id, silent[1], f"lms-{number}")

    async def hang() -> bool:
        return await running(service, other.id) == PULLS_PER_TENANT and silent[0].open >= PULLS_PER_TENANT

    async def settled() -> bool:
        async with service.db.transaction(tenant.id) as tx:
            return not await queue.waiting(tx)

    async def pulled() -> bool:
        return await running(service, tenant.id) == 1

    async with working(service):
        await until(hang)
        async with service.db.transaction(tenant.id) as tx:
            await tx.run(
                "INSERT INTO touched (tenant_id, source_id, persons, refs) VALUES (%s, 1, '{u}', '{}')", tx.tenant
            )
            await queue.settle_soon(tx)
        await until(settled)
        await hanging(service, tenant.id, silent[1], "lms")
        await until(pulled)
        assert await running(service, other.id) == PULLS_PER_TENANT, "its other sources wait for its own"


async def test_a_source_that_is_paused_is_pulled_no_longer(
    service: Service, tenant: TenantRow, silent: tuple[Silent, str]
) -> None:
    source = await hanging(service, tenant.id, silent[1], "lms")

    async def hangs() -> bool:
        return await running(service, tenant.id) == 1 and silent[0].open == 1

    async def ended() -> bool:
        return await running(service, tenant.id) == 0 and silent[0].open == 0

    async with working(service):
        await until(hangs)
        async with service.db.transaction(tenant.id) as tx:
            await sources.set_state(tx, source, "paused", "Summer break")
        await until(ended)
    async with service.db.transaction(tenant.id) as tx:
        [run] = await sources.runs(tx, source, 9)
    assert run.message == "stopped: its source was paused (Summer break)"
    assert run.state == "failed"


async def test_a_run_has_a_deadline(service: Service, tenant: TenantRow, silent: tuple[Silent, str]) -> None:
    hasty = replace(service, settings=service.settings.model_copy(update={"run_minutes": 0.01}))
    source = await hanging(hasty, tenant.id, silent[1], "lms")
    async with service.db.transaction(tenant.id) as tx:
        row = await sources.by_id(tx, source)
    assert row is not None
    report = await sync_source(hasty, row, full=False, allow_shrink=False)
    assert report.state == "failed"
    assert "did not end within 0.01 minutes (TESSERA_RUN_MINUTES)" in str(report.message)
    assert await running(service, tenant.id) == 0
