"""Retention: raw that newer versions replaced goes after as many days as the operator keeps it."""

from datetime import datetime, timedelta

import structlog

from app.db.access import tenants
from app.db.sources import sources
from app.jobs.fenced import fenced
from app.pipeline.superseded import drop_superseded
from app.sources.source import open_source
from app.start import Service

log = structlog.get_logger(__name__)


async def retain_all(service: Service, now: datetime) -> None:
    """Delete what has been superseded for longer than it is kept, source by source; nothing where all is kept."""
    if service.settings.raw_days is None:
        return
    before = now - timedelta(days=service.settings.raw_days)
    for tenant in await tenants.listed(service.db):
        async with service.db.transaction(tenant.id) as tx:
            rows = await sources.listed(tx)
        for row in rows:
            async with fenced("superseded raw was not deleted", tenant.id, source=row.id):
                source = open_source(row, service.vault, service.settings.limits)
                if count := await drop_superseded(service.db, source, before):
                    log.info("superseded raw was deleted", tenant=tenant.id, source=row.id, records=count)
