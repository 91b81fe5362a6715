"""How each district of an instance is doing, for who operates it: states and counts, and nothing about anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from psycopg import OperationalError

from app.access import tenants
from app.db import Database
from app.db.access.tenants import TenantRow
from app.db.operations import overview as rows
from app.db.operations.overview import WaitingRow
from app.db.people import accounts
from app.db.sources.sources import Condition, SourceRow
from app.errors import place
from app.operations.diagnosis import source_check
from app.sources import known

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class District:
    """A district: its sources, those of them that are not well, what waits there, and whether anybody can sign in.

    `waiting`: None where it could not be looked at, which the log tells.
    """

    tenant: TenantRow
    sources: int
    unwell: Sequence[tuple[SourceRow, Condition]]
    waiting: WaitingRow | None
    opened: bool


async def districts(db: Database, now: datetime) -> list[District]:
    """All districts, in the order of their making. One that cannot be looked at costs no other."""
    seen = []
    for tenant in await tenants.listed(db):
        try:
            seen.append(await _district(db, tenant, now))
        except OperationalError:
            raise
        except Exception as why:  # noqa: BLE001  whatever it is, it is this one's alone
            log.error("a district was not looked at", tenant=tenant.id, why=place(why))  # noqa: TRY400  words may quote rows
            seen.append(District(tenant, 0, (), None, opened=True))
    return seen


async def _district(db: Database, tenant: TenantRow, now: datetime) -> District:
    async with db.transaction(tenant.id) as tx:
        sources = await known.with_conditions(tx)
        unwell = [pair for pair in sources if source_check(pair[0].slug, *pair, now).well is False]
        opened = await accounts.any_account(tx)
        return District(tenant, len(sources), unwell, await rows.waiting(tx, now), opened)
