"""What the jobs do."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from app.db import Tx, queue
from app.db.access import tenants
from app.db.identity import matching
from app.db.mastery import judging
from app.db.records import heads
from app.db.rosters import rosters
from app.db.server import prune
from app.db.sources import sources
from app.db.sources.sources import SourceRow
from app.db.wallet import hosts, received
from app.db.webhooks import webhooks
from app.errors import ConfigError, Conflict, NotFound, SourceError
from app.frameworks.provider import ROOT
from app.identity.scored import learn, rematch
from app.issuing.batch import issue_batch
from app.jobs.fenced import fenced
from app.jobs.supervised import room, supervised
from app.mastery import judging as mastery
from app.mastery.adopting import follow
from app.operations import watching
from app.pipeline.preview import preview
from app.pipeline.pull import pull
from app.pipeline.report import AlreadyRunning, Progress, Report
from app.pipeline.retire import retire
from app.pipeline.undo import undo
from app.programs import files, notices, pathways, summary
from app.records.document import FOLD
from app.records.refold import refold
from app.records.removal import remove
from app.records.settle import settle
from app.rosters.refresh import refresh
from app.rosters.sharing import refresh_soon
from app.sharing import claims
from app.sources.calendar import calendar_of, next_due
from app.sources.source import open_source
from app.start import Service
from app.wallet.fetcher import credential_fetcher
from app.wallet.hosts import fetch_due
from app.wallet.received import verify_received
from app.webhooks.delivering import deliver_due

log = structlog.get_logger(__name__)

ROOM_AFTER = 10  # seconds after which a source is tried again whose tenant has as many pulls as it may
TOKEN_HOURS = 24  # how long an expired token is still known, so that its client is told that it has expired
MONTH_TOLD = 3  # days of a month in which the one before is told, should nothing run on the first
RELEARNED = timedelta(days=7)  # how long learned weights of matching stand
ANSWER_HOURS = 24  # how long the first answer to a request with an Idempotency-Key is kept


async def sync(service: Service, tenant: int, source: int, *, full: bool, allow_shrink: bool) -> None:
    """Sync a source that is active, unless it is being synced already. Without room for the tenant: a little later."""
    async with room(service.db, tenant) as free:
        async with service.db.transaction(tenant) as tx:
            row = await sources.by_id(tx, source)
            if row is not None and row.state == "active" and not free:
                later = datetime.now(UTC) + timedelta(seconds=ROOM_AFTER)
                await queue.sync_soon(tx, source, full=full, allow_shrink=allow_shrink, at=later)
                return
        if row is None or row.state != "active":
            log.info("a source is not synced: it is gone or paused", tenant=tenant, source=source)
            return
        await _sync(service, row, full=full, allow_shrink=allow_shrink)


async def _sync(service: Service, row: SourceRow, *, full: bool, allow_shrink: bool) -> None:
    tenant, source = row.tenant_id, row.id
    try:
        report = await sync_source(service, row, full=full, allow_shrink=allow_shrink)
    except AlreadyRunning:
        log.info("a source is not synced: it is being synced", tenant=tenant, source=source)
    except ConfigError as why:
        log.warning("a source is paused until a person mends it", tenant=tenant, source=source, reason=str(why))
    else:
        log.info("a sync has ended", tenant=tenant, source=source, run=report.run, state=report.state)


async def sync_source(
    service: Service, row: SourceRow, *, full: bool, allow_shrink: bool, progress: Progress | None = None
) -> Report:
    """Pull a source, then settle what it touched.

    A source that denies us, or whose settings will not do (ConfigError), is paused with the reason; one that asks us to
    wait is due when it said.
    """
    try:
        source = open_source(row, service.vault, service.settings.limits)
        pulling = pull(service.db, source, allow_shrink=allow_shrink, full=full, progress=progress)
        report = await supervised(service, row, pulling)
    except ConfigError as why:
        async with service.db.transaction(row.tenant_id) as tx:
            await sources.set_state(tx, row.id, "paused", str(why))
            await watching.tell_paused(tx, row.id, datetime.now(UTC), service.settings.home)
        raise
    now = datetime.now(UTC)
    async with service.db.transaction(row.tenant_id) as tx:
        if report.denied:
            await sources.set_state(tx, row.id, "paused", report.message)
        elif report.after is not None:
            await sources.plan(tx, row.id, now + timedelta(seconds=report.after))
        elif row.due_at is not None and row.due_at <= now:  # synced by hand before a worker did
            await sources.plan(tx, row.id, next_due(row.due_at, row.every_minutes, now, calendar_of(row.calendar)))
    await settle(service.db, row.tenant_id, progress=progress)
    async with service.db.transaction(row.tenant_id) as tx:
        await refresh_soon(tx)
    await follow_source(service, row)
    return report


async def follow_source(service: Service, row: SourceRow) -> None:
    """Bring the frameworks that were adopted of a source up to date."""
    owner = await tenants.by_id(service.db, row.tenant_id)
    if owner is None:
        return
    base, now = f"{service.settings.home}{ROOT}", datetime.now(UTC)
    async with (
        fenced("the frameworks of a source were not followed", row.tenant_id, source=row.id),
        service.db.transaction(row.tenant_id) as tx,
    ):
        await follow(tx, owner, row.id, base=base, at=now)


async def preview_source(service: Service, tenant: int, source: int) -> None:
    """Make a preview of a source's pull, for its history."""
    async with service.db.transaction(tenant) as tx:
        row = await sources.by_id(tx, source)
    if row is None:
        return
    try:
        report = await preview(service.db, open_source(row, service.vault, service.settings.limits))
    except (AlreadyRunning, ConfigError, SourceError) as why:
        log.warning("a preview was not made", tenant=tenant, source=source, reason=str(why))
    else:
        log.info("a preview was made", tenant=tenant, source=source, run=report.run, state=report.state)


async def undo_run(service: Service, tenant: int, source: int, run: int) -> None:
    """Undo a run of a source, then settle what it touched."""
    async with service.db.transaction(tenant) as tx:
        row = await sources.by_id(tx, source)
    if row is None:
        return
    try:
        await undo(service.db, open_source(row, service.vault, service.settings.limits), run)
    except (AlreadyRunning, ConfigError, Conflict, NotFound) as why:
        log.warning("a run was not undone", tenant=tenant, source=source, run=run, reason=str(why))
    else:
        await settle(service.db, tenant)


async def retire_source(service: Service, tenant: int, source: int) -> None:
    """Retire a source, then settle whom it told of."""
    async with service.db.transaction(tenant) as tx:
        row = await sources.by_id(tx, source)
    if row is None:
        return
    try:
        await retire(service.db, open_source(row, service.vault, service.settings.limits))
    except (AlreadyRunning, ConfigError, Conflict) as why:
        log.warning("a source was not retired", tenant=tenant, source=source, reason=str(why))
    else:
        await settle(service.db, tenant)
        async with service.db.transaction(tenant) as tx:
            await refresh_soon(tx)


async def remove_source(service: Service, tenant: int, source: int) -> None:
    """Remove a source with all it holds."""
    async with service.db.transaction(tenant) as tx:
        row = await sources.by_id(tx, source)
    if row is None:
        return
    try:
        await remove(service.db, row)
    except Conflict as why:
        log.warning("a source was not removed", tenant=tenant, source=source, reason=str(why))
    else:
        log.info("a source was removed", tenant=tenant, source=source)
        async with service.db.transaction(tenant) as tx:
            await refresh_soon(tx)


async def settle_tenant(service: Service, tenant: int) -> None:
    """Resolve the tenant's touched persons and rebuild their learners' records."""
    async with service.db.transaction(tenant) as tx:
        await queue.wait_for_deferrers(tx, queue.settle_lock(tenant))
    await settle(service.db, tenant)
    async with service.db.transaction(tenant) as tx:
        if await webhooks.due(tx, datetime.now(UTC)):
            await queue.deliver_soon(tx)
        if await received.waiting(tx, datetime.now(UTC)):
            await queue.verify_soon(tx)
        await refresh_soon(tx)


async def judge_tenant(service: Service, tenant: int) -> None:
    """Judge the tenant's states of mastery anew, as far as that is asked for."""
    async with service.db.transaction(tenant) as tx:
        await queue.wait_for_deferrers(tx, queue.judge_lock(tenant))
    changed = await mastery.judge_all(service.db, tenant, datetime.now(UTC))
    log.info("mastery was judged anew", tenant=tenant, changed=changed)


async def rematch_source(service: Service, tenant: int, source: int) -> None:
    """Compare a source's persons with the rosters."""
    await rematch(service.db, tenant, source)


async def learn_weights(service: Service, tenant: int) -> None:
    """Learn the tenant's weights of matching anew, once all that came is settled."""
    async with service.db.transaction(tenant) as tx:
        if await queue.waiting(tx):
            return  # the next tick asks again
    learned = await learn(service.db, tenant)
    if learned is not None:
        log.info("weights were learned", tenant=tenant, version=learned.version, taken=learned.taken)


async def refold_tenant(service: Service, tenant: int) -> None:
    """Make the tenant's records anew that an earlier version of the code made."""
    count = await refold(service.db, tenant)
    log.info("records were made anew by this version", tenant=tenant, learners=count)


async def refresh_roster(service: Service, tenant: int) -> None:
    """Make the roster that the tenant serves what its sources say now."""
    async with service.db.transaction(tenant) as tx:
        await queue.wait_for_deferrers(tx, queue.roster_lock(tenant))
    await refresh(service.db, tenant)


async def verify_tenant(service: Service, tenant: int) -> None:
    """Verify the tenant's received credentials that wait for it."""
    fetch = credential_fetcher(service.db, service.vault, service.settings)
    count = await verify_received(service.db, tenant, fetch, service.settings, service.vault)
    log.info("received credentials were verified", tenant=tenant, credentials=count)


async def fetch_tenant(service: Service, tenant: int) -> None:
    """Fetch learners' credentials from other hosts, where that is due."""
    owner = await tenants.by_id(service.db, tenant)
    assert owner is not None
    count = await fetch_due(service, owner)
    log.info("learners' credentials were fetched from other hosts", tenant=tenant, consents=count)


async def deliver_tenant(service: Service, tenant: int) -> None:
    """Have the tenant's webhooks hear of what happened."""
    count = await deliver_due(service, tenant)
    log.info("webhooks were served", tenant=tenant, events=count)


async def issue(service: Service, tenant: int, batch: UUID) -> None:
    """Issue a batch of credentials, or what is left of it."""
    await issue_batch(service, tenant, batch)
    log.info("a batch of credentials was issued", tenant=tenant, batch=str(batch))


async def tick(service: Service, now: datetime) -> None:
    """Defer what is due: sources by their schedules, policies by their dates, and what a killed process left undone."""
    for tenant in await tenants.listed(service.db):
        async with fenced("what is due was not looked at", tenant.id):
            await _tick(service, tenant.id, now)


async def _tick(service: Service, tenant: int, now: datetime) -> None:
    async with service.db.transaction(tenant) as tx:
        for source in await sources.due(tx, now):
            async with fenced("a source was not planned", tenant, source=source), tx.conn.transaction():
                await _plan(tx, source, now)
        async with fenced("sources were not watched", tenant), tx.conn.transaction():
            await watching.watch(tx, now, service.settings.home)
        if await queue.waiting(tx):
            await queue.settle_soon(tx)
        else:
            if await rosters.behind(tx):
                await queue.roster_soon(tx)
            if await matching.learning_due(tx, now - RELEARNED):
                await queue.learn_soon(tx)
        if await heads.any_behind(tx, FOLD):
            await queue.refold_soon(tx)
        if await received.waiting(tx, now):
            await queue.verify_soon(tx)
        if await judging.overtaken(tx, now):
            await mastery.judge_again(tx, now)
        elif await judging.unfinished(tx):
            await queue.judge_soon(tx)
        if await webhooks.due(tx, now):
            await queue.deliver_soon(tx)
        await _tell(service, tx, now)
        if await hosts.due(tx, now, 1):
            await queue.fetch_soon(tx)


async def _tell(service: Service, tx: Tx, now: datetime) -> None:
    """Have those written to who wait for it, and programs told how the last month was when a new one has begun."""
    if service.settings.mail_host is None:
        return
    if now.day <= MONTH_TOLD:
        for program in await summary.busy(tx):
            await notices.tell_month(tx, program, notices.month_before(now), now)
    if await notices.any_due(tx, now) or await claims.any_mail_due(tx, now) or await watching.any_due(tx, now):
        await queue.mail_soon(tx)


async def _plan(tx: Tx, source: int, now: datetime) -> None:
    """Have a source pulled that is due, and plan its next time."""
    row = await sources.by_id(tx, source)
    assert row is not None
    assert row.due_at is not None
    await sources.plan(tx, source, next_due(row.due_at, row.every_minutes, now, calendar_of(row.calendar)))
    await watching.await_sync(tx, source, row.due_at)
    await queue.sync_soon(tx, source)


async def pathways_all(service: Service, now: datetime) -> None:
    """Bring badges of badges in line with the badges that they are made of, tenant by tenant."""
    for tenant in await tenants.listed(service.db):
        async with fenced("badges of badges were not looked at", tenant.id):
            async with service.db.transaction(tenant.id) as tx:
                changed = await pathways.settle(tx, service, now)
            if changed:
                log.info("badges of badges were brought in line", tenant=tenant.id, changed=changed)


async def prune_all(service: Service, now: datetime) -> None:
    """Delete what has had its time, tenant by tenant."""
    for tenant in await tenants.listed(service.db):
        async with fenced("nothing was pruned", tenant.id):
            await _prune(service, tenant.id, now)


async def _prune(service: Service, tenant: int, now: datetime) -> None:
    async with service.db.transaction(tenant) as tx:
        await prune.restored(tx)
        await notices.forget(tx, now)
        events = await prune.events(tx, now - timedelta(days=service.settings.event_days))
        tokens = await prune.tokens(tx, now - timedelta(hours=TOKEN_HOURS))
        answers = await prune.answers(tx, now - timedelta(hours=ANSWER_HOURS))
        left = await files.sweep(tx, service.settings, now)
    if events or tokens or answers or left:
        log.info("pruned", tenant=tenant, events=events, tokens=tokens, answers=answers, files=left)
