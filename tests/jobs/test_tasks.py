"""What the jobs do: sources by their schedules, paused or postponed as they answer; old things deleted."""

import traceback
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import queue
from app.db.access.tenants import TenantRow
from app.db.sources import sources
from app.jobs import JobFailed, discreet, tasks
from app.start import Service
from tests.support.service import Gate, add_source
from tests.support.tasks import NOW, queued


async def sync(service: Service, tenant: TenantRow, source: int) -> sources.SourceRow:
    await tasks.sync(service, tenant.id, source, full=False, allow_shrink=False)
    async with service.db.transaction(tenant.id) as tx:
        row = await sources.by_id(tx, source)
    assert row is not None
    return row


async def test_a_tick_defers_what_is_due_and_plans_the_next(service: Service, tenant: TenantRow) -> None:
    source = await add_source(service, tenant, "https://sis.example.org")
    async with service.db.transaction(tenant.id) as tx:
        await sources.plan(tx, source, NOW - timedelta(minutes=3))
    for _ in range(2):
        await tasks.tick(service, NOW)
    assert await queued(service) == [("sync", source)]
    async with service.db.transaction(tenant.id) as tx:
        row = await sources.by_id(tx, source)
    assert row is not None
    assert row.due_at == NOW + timedelta(minutes=57)  # in step with when it was due


@given(every=st.integers(1, 100_000), late=st.integers(-5, 10_000_000).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_schedule_keeps_step_and_never_plans_the_past(every: int, late: timedelta) -> None:
    planned = tasks.next_due(NOW - late, every, NOW)
    assert planned is not None
    assert planned > NOW
    assert planned - timedelta(minutes=every) <= max(NOW, NOW - late)
    assert (planned - (NOW - late)) % timedelta(minutes=every) == timedelta(0)


async def test_a_tick_leaves_paused_and_unscheduled_sources_alone(service: Service, tenant: TenantRow) -> None:
    source = await add_source(service, tenant, "https://sis.example.org")
    await tasks.tick(service, NOW)
    async with service.db.transaction(tenant.id) as tx:
        await sources.plan(tx, source, NOW)
        await sources.set_state(tx, source, "paused", "its password has expired")
    await tasks.tick(service, NOW)
    assert await queued(service) == []


async def test_one_source_that_cannot_be_planned_holds_up_nobody(service: Service, tenant: TenantRow) -> None:
    broken = await add_source(service, tenant, "https://sis.example.org")
    async with service.db.transaction(tenant.id) as tx:
        await tx.run("UPDATE source SET slug = 'broken' WHERE tenant_id = %s AND id = %s", tenant.id, broken)
    good = await add_source(service, tenant, "https://sis.example.org")
    async with service.db.transaction(tenant.id) as tx:
        for source in (broken, good):
            await sources.plan(tx, source, NOW - timedelta(minutes=3))
        await tx.run(
            'UPDATE source SET calendar = \'{"timezone": "Nowhere/Else"}\' WHERE tenant_id = %s AND id = %s',
            tenant.id,
            broken,
        )
    await tasks.tick(service, NOW)
    assert await queued(service) == [("sync", good)]


async def test_a_tick_takes_up_what_a_killed_process_left_unsettled(service: Service, tenant: TenantRow) -> None:
    async with service.db.transaction(tenant.id) as tx:
        await tx.run(
            "INSERT INTO touched (tenant_id, source_id, persons, refs) VALUES (%s, 1, '{u-1}', '{}')", tenant.id
        )
    await tasks.tick(service, NOW)
    assert await queued(service) == [("settle", None)]
    await tasks.settle_tenant(service, tenant.id)
    async with service.db.transaction(tenant.id) as tx:
        assert not await queue.waiting(tx)


@pytest.mark.enable_socket
async def test_a_source_that_denies_us_is_paused_with_the_reason(
    service: Service, tenant: TenantRow, gate: tuple[Gate, str]
) -> None:
    row = await sync(service, tenant, await add_source(service, tenant, gate[1], client_secret="wrong"))
    assert row.state == "paused"
    assert "401" in (row.state_reason or "")


@pytest.mark.enable_socket
async def test_a_source_that_asks_us_to_wait_is_due_later(
    service: Service, tenant: TenantRow, gate: tuple[Gate, str]
) -> None:
    gate[0].answer = (429, {"Retry-After": "7200"})
    before = datetime.now(UTC)
    row = await sync(service, tenant, await add_source(service, tenant, gate[1]))
    assert row.state == "active"
    assert row.due_at is not None
    assert row.due_at >= before + timedelta(seconds=7200)


async def test_a_source_whose_settings_no_longer_fit_is_paused(service: Service, tenant: TenantRow) -> None:
    source = await add_source(service, tenant, "https://sis.example.org")
    async with service.db.transaction(tenant.id) as tx:
        await tx.run("UPDATE source SET settings = '{\"gone\": 1}' WHERE tenant_id = %s", tenant.id)
    row = await sync(service, tenant, source)
    assert row.state == "paused"
    assert "gone" in (row.state_reason or "")


async def event(service: Service, tenant: TenantRow, at: datetime) -> int:
    async with service.db.transaction(tenant.id) as tx:
        xid: int = await tx.one(
            """INSERT INTO event (tenant_id, at, type, data) VALUES (%s, %s, 'learner.updated', '{}')
               RETURNING xid::text::bigint""",
            tenant.id,
            at,
        )
    return xid


async def test_old_events_are_pruned_and_how_far_is_remembered(service: Service, tenant: TenantRow) -> None:
    old = [await event(service, tenant, NOW - timedelta(days=days)) for days in (200, 100)]
    events = [
        await event(service, tenant, NOW - timedelta(days=days)) for days in (80, 100)
    ]  # the last: a clock set back
    await tasks.prune_all(service, NOW)
    await tasks.prune_all(service, NOW)
    async with service.db.transaction(tenant.id) as tx:
        assert await tx.rows("SELECT xid::text::bigint FROM event ORDER BY xid") == [(xid,) for xid in events]
        assert await tx.one("SELECT xid::text::bigint FROM event_floor") == old[-1]


async def test_expired_tokens_and_old_answers_are_pruned(service: Service, tenant: TenantRow) -> None:
    async with service.db.transaction(tenant.id) as tx:
        for hash_, kind, expires in (
            (b"a", "token", NOW - timedelta(days=2)),
            (b"b", "token", NOW),
            (b"c", "key", NOW - timedelta(days=2)),
        ):
            await tx.run(
                """INSERT INTO access_key (hash, tenant_id, client_id, id, kind, hint, scopes, expires_at)
                   VALUES (%b, %s, %s, %s, %s, '', '{}', %s)""",
                hash_,
                tenant.id,
                uuid4(),
                uuid4(),
                kind,
                expires,
            )
        for key, made in (("old", NOW - timedelta(hours=25)), ("new", NOW)):
            await tx.run(
                """INSERT INTO idempotency (tenant_id, client_id, key, request, status, response, created_at)
                   VALUES (%s, %s, %s, '', 200, '', %s)""",
                tenant.id,
                uuid4(),
                key,
                made,
            )
    await tasks.prune_all(service, NOW)
    async with service.db.transaction(tenant.id) as tx:
        assert await tx.rows("SELECT hash FROM access_key ORDER BY hash") == [(b"b",), (b"c",)]
        assert await tx.rows("SELECT key FROM idempotency") == [("new",)]


def test_an_unforeseen_error_is_told_without_its_words() -> None:
    words = "Key (name)=(Ada Sample) already exists"

    def fail() -> None:
        with discreet("settle"):
            raise ValueError(words)

    with pytest.raises(JobFailed, match=r"ValueError at .*test_tasks.py:\d+$") as raised:
        fail()
    assert words not in "".join(traceback.format_exception(raised.value))
