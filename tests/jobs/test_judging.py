"""Judging anew: asked for by a policy, done by a job, gone on with after a kill, and never done twice."""

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from app import jobs
from app.db.access.tenants import TenantRow
from app.db.mastery import judging
from app.db.mastery import mastery as stored
from app.db.mastery.judging import JudgingRow
from app.db.mastery.mastery import PolicyScope
from app.frameworks.frameworks import import_package
from app.jobs import tasks
from app.mastery import judging as mastery
from app.records.settle import settle
from app.start import Service
from tests.conftest import TestDatabase
from tests.support.frameworks import full, ident
from tests.support.tasks import NOW, queued
from tests.support.worker import worker_process

LEARNERS = 2 * mastery.BATCH + 200
SHOWN = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
async def evidence(service: Service, tenant: TenantRow) -> int:
    """More learners than are judged at a time, each with a better and then a worse result of one competency."""
    async with service.db.transaction(tenant.id) as tx:
        await import_package(tx, json.dumps(full()).encode(), origin="test", base="https://x.org", at=SHOWN)
        await tx.run(
            """INSERT INTO alignment (tenant_id, id, target, competency_id, state, first_at)
               VALUES (%s, 1, 'x', %s, 'matched', %s)""",
            tenant.id,
            ident("M.1"),
            SHOWN,
        )
        await tx.run(
            """INSERT INTO assertion (tenant_id, learner_id, alignment_id, source_id, person, stream, raw_key, n, part,
                                      hash, at, share, positive, detail, recorded_at)
               SELECT %s, md5(l::text)::uuid, 1, 1, l::text, 'x', s::text, 0, 0, 0,
                      %s::timestamptz + s * interval '1 day', 0.9 - s * 0.6, true, '{}', %s
               FROM generate_series(1, %s) l CROSS JOIN generate_series(0, 1) s""",
            tenant.id,
            SHOWN,
            SHOWN,
            LEARNERS,
        )
        await judging.ask(tx, SHOWN)
    await mastery.judge_all(service.db, tenant.id, datetime.now(UTC))
    assert await met(service, tenant) == 0
    return tenant.id


async def met(service: Service, tenant: TenantRow) -> int:
    """How many states of mastery there are."""
    async with service.db.transaction(tenant.id) as tx:
        count: int = await tx.one("SELECT count(*) FROM mastery WHERE tenant_id = %s AND met", tenant.id)
    return count


async def standing(service: Service, tenant: TenantRow) -> JudgingRow:
    async with service.db.transaction(tenant.id) as tx:
        progress = await judging.current(tx)
    assert progress is not None
    return progress


async def set_highest(service: Service, tenant: TenantRow, begins: datetime, *, ask: bool = True) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await stored.add_policy(tx, "best", PolicyScope(), b'{"rule": {"rule": "highest"}}', begins=begins, by="test")
        if ask:
            await mastery.judge_again(tx, begins)


async def _first_batch(service: Service, tenant: TenantRow) -> None:
    while (await standing(service, tenant)).learners == 0:  # noqa: ASYNC110  it happens in another process
        await asyncio.sleep(0.05)


@pytest.mark.enable_socket
async def test_a_killed_worker_leaves_what_is_done_and_another_does_the_rest(
    service: Service, tenant: TenantRow, evidence: int, database: TestDatabase, tmp_path: Path
) -> None:
    """The worker is killed in its second batch, where it waits for a row that we hold."""
    async with service.db.transaction(tenant.id) as tx:
        late = (await stored.assessed(tx, (await stored.assessed(tx, judging.NOBODY, mastery.BATCH))[-1], 1))[0]
    with psycopg.connect(database.owner_url) as holder:
        holder.execute("SELECT 1 FROM mastery WHERE learner_id = %s FOR UPDATE", [late])
        await set_highest(service, tenant, datetime.now(UTC))
        async with worker_process(database, tmp_path) as process:
            await asyncio.wait_for(_first_batch(service, tenant), 60)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        half = await standing(service, tenant)
        assert (half.learners, half.finished_at, await met(service, tenant)) == (mastery.BATCH, None, mastery.BATCH)
    app = jobs.application(service)
    async with app.open_async():
        assert await jobs.rescue(app, 0) >= 1
    await jobs.work(service, wait=False)
    done = await standing(service, tenant)
    assert (done.learners, done.changed, await met(service, tenant)) == (LEARNERS, LEARNERS, LEARNERS)
    assert done.finished_at is not None


async def test_asked_for_again_while_under_way_it_begins_again_and_is_done_once(
    service: Service, tenant: TenantRow, evidence: int
) -> None:
    now = datetime.now(UTC)
    await set_highest(service, tenant, now)
    await set_highest(service, tenant, now)
    assert [name for name, _ in await queued(service)] == ["judge"]
    await tasks.judge_tenant(service, tenant.id)
    first = await standing(service, tenant)
    await tasks.judge_tenant(service, tenant.id)
    assert await standing(service, tenant) == first
    assert (first.learners, await met(service, tenant)) == (LEARNERS, LEARNERS)


async def test_a_policy_that_comes_while_all_is_judged_counts_for_all(
    service: Service, tenant: TenantRow, evidence: int
) -> None:
    """A job, or a settler, that began before the policy and goes on after it does not judge as if there were none."""
    began = datetime.now(UTC) - timedelta(minutes=1)
    await set_highest(service, tenant, datetime.now(UTC))
    await mastery.judge_all(service.db, tenant.id, began)
    assert await met(service, tenant) == LEARNERS
    done = await standing(service, tenant)
    assert done.finished_at is not None
    assert done.finished_at >= done.asked_at
    async with service.db.transaction(tenant.id) as tx:
        some = await stored.assessed(tx, judging.NOBODY, 10)
        assert await mastery.judge(tx, some, began) == 0


async def test_a_policy_of_a_later_day_is_applied_then(service: Service, tenant: TenantRow, evidence: int) -> None:
    begins = datetime.now(UTC) + timedelta(days=3)
    await settle(service.db, tenant.id)  # what was judged is in the records
    await set_highest(service, tenant, begins, ask=False)
    await tasks.tick(service, begins - timedelta(minutes=1))
    assert await queued(service) == []
    await tasks.tick(service, begins + timedelta(minutes=1))
    assert [name for name, _ in await queued(service)] == ["judge"]
    await mastery.judge_all(service.db, tenant.id, begins + timedelta(minutes=1))
    assert await met(service, tenant) == LEARNERS


async def test_a_tick_takes_up_judging_that_lost_its_job(service: Service, tenant: TenantRow) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await judging.ask(tx, NOW)
    await tasks.tick(service, NOW)
    assert [name for name, _ in await queued(service)] == ["judge"]
