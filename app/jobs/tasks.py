"""What the jobs do."""

from datetime import UTC, datetime, timedelta

import structlog

from app.db import access, prune, queue, sources, tenants
from app.errors import ConfigError
from app.pipeline.pull import pull
from app.pipeline.report import AlreadyRunning
from app.pipeline.settle import settle
from app.pipeline.source import open_source
from app.start import Service

log = structlog.get_logger(__name__)



async def sync(service: Service, tenant: int, source_id: int, *, full: bool, allow_shrink: bool) -> None:
    """Pull a source. One that denies us, or whose settings will not do, is paused with the reason."""
    async with service.db.transaction(tenant) as tx:
        row = await sources.by_id(tx, source_id)
    if row is None or row.state != "active":
        log.info("a source is not synced: it is gone or paused", tenant=tenant, source=source_id)
        return
    try:
        report = await pull(service.db, open_source(row, service.vault), allow_shrink=allow_shrink, full=full)
    except AlreadyRunning:
        log.info("a source is not synced: it is being synced", tenant=tenant, source=source_id)
        return
    except ConfigError as why:
        await _pause(service, tenant, source_id, str(why))
        return
    if report.denied:
        await _pause(service, tenant, source_id, report.message or "denied")
    if report.after is not None:
        await _wait(service, tenant, source_id, report.after)
    log.info("a source was synced", tenant=tenant, source=source_id, run=report.run, state=report.state)
    await settle_tenant(service, tenant)


async def settle_tenant(service: Service, tenant: int) -> None:
    """Resolve the tenant's touched persons and rebuild their learners' records."""
    async with service.db.transaction(tenant) as tx:
        await queue.wait_for_deferrers(tx, queue.settle_lock(tenant))
    await settle(service.db, tenant)


async def tick(service: Service, now: datetime) -> None:
    """Defer what is due: sources by their schedules, and records that a killed process left unsettled."""
    for tenant in await tenants.listed(service.db):
        async with service.db.transaction(tenant.id) as tx:
            for source in await sources.due(tx, now):
                row = await sources.by_id(tx, source)
                assert row is not None
                await sources.plan(tx, source, next_due(now, row.every_minutes))
                await queue.sync_soon(tx, source)
            if await queue.waiting(tx):
                await queue.settle_soon(tx)


async def prune_all(service: Service, now: datetime) -> None:
    """Delete what has had its time, tenant by tenant."""
    for tenant in await tenants.listed(service.db):
        async with service.db.transaction(tenant.id) as tx:
            events = await prune.events(tx, now - timedelta(days=service.settings.event_days))
            access_rows = await access.prune(tx)
        log.info("pruned", tenant=tenant.id, events=events, access=access_rows)


def next_due(now: datetime, every_minutes: int | None) -> datetime | None:
    """When a source that was due now is due next; never, where it has no schedule any more."""
    return None if every_minutes is None else now + timedelta(minutes=every_minutes)


async def _pause(service: Service, tenant: int, source: int, reason: str) -> None:
    async with service.db.transaction(tenant) as tx:
        await sources.set_state(tx, source, "paused", reason)
    log.warning("a source is paused until a person mends it", tenant=tenant, source=source, reason=reason)


async def _wait(service: Service, tenant: int, source: int, seconds: float) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=seconds)
    async with service.db.transaction(tenant) as tx:
        await sources.plan(tx, source, due_at)
    log.info("a source asks us to wait", tenant=tenant, source=source, seconds=seconds)
