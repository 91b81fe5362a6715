"""Jobs are deferred with the caller's transaction, once, and nobody's work is overlooked."""

import asyncio

import pytest

from app.db import queue
from app.db.access.tenants import TenantRow
from app.start import Service


async def queued(service: Service) -> list[tuple[str, str, dict[str, object]]]:
    async with service.db.connection() as conn:
        rows = await conn.execute(
            "SELECT task_name, status::text, args FROM procrastinate_jobs WHERE task_name <> 'tick' ORDER BY id"
        )
        return await rows.fetchall()


async def test_a_job_is_there_when_its_transaction_commits(service: Service, tenant: TenantRow) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await queue.settle_soon(tx)
        assert await queued(service) == []
    assert await queued(service) == [("settle", "todo", {"tenant": tenant.id})]


async def test_no_job_is_left_by_a_transaction_that_rolls_back(service: Service, tenant: TenantRow) -> None:
    async def change_our_mind() -> None:
        async with service.db.transaction(tenant.id) as tx:
            await queue.settle_soon(tx)
            raise RuntimeError("changed our mind")

    with pytest.raises(RuntimeError, match="changed our mind"):
        await change_our_mind()
    assert await queued(service) == []


async def test_a_job_that_waits_already_is_not_queued_again(service: Service, tenant: TenantRow) -> None:
    for _ in range(3):
        async with service.db.transaction(tenant.id) as tx:
            await queue.settle_soon(tx)
            await queue.sync_soon(tx, 7)
            assert await tx.one("SELECT 1") == 1  # the transaction lives on
    assert [task for task, _, _ in await queued(service)] == ["settle", "sync"]


async def test_a_full_sync_is_not_swallowed_by_a_plain_one(service: Service, tenant: TenantRow) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await queue.sync_soon(tx, 7)
        await queue.sync_soon(tx, 7, full=True)
    assert [args["full"] for _, _, args in await queued(service)] == [False, True]


async def test_many_at_once_queue_one_job(service: Service, tenant: TenantRow) -> None:
    async def push() -> None:
        async with service.db.transaction(tenant.id) as tx:
            await queue.settle_soon(tx)

    await asyncio.gather(*(push() for _ in range(40)))
    assert len(await queued(service)) == 1


async def test_a_job_begins_when_those_who_count_on_it_have_committed(service: Service, tenant: TenantRow) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await queue.settle_soon(tx)

    async def begin() -> None:
        async with service.db.transaction(tenant.id) as tx:
            await queue.wait_for_deferrers(tx, queue.settle_lock(tenant.id))

    async with service.db.transaction(tenant.id) as tx:
        await queue.settle_soon(tx)  # finds the job that waits, and counts on it
        beginning = asyncio.create_task(begin())
        done, _ = await asyncio.wait([beginning], timeout=0.3)
        assert not done
    await beginning
