"""Jobs deferred in the caller's own transaction: they are there if it commits, and only then.

The queue is procrastinate's, in this same database; `app.jobs` runs what is in it. Arguments are ids, never personal
data: the queue's tables belong to no tenant.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from app.db import Database, Tx

# The index is the one that allows a queueing lock only once among the jobs still to be done. A job that waits already
# will do, on one condition: that it does not start before we commit, or it would not see what we wrote. So we share a
# lock on its name until then, and a job begins by having that lock for a moment alone (`wait_for_deferrers`).
DEFER: LiteralString = """
WITH shared AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(%(once)s, 0)))
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
SELECT %(queue)s, %(task)s, %(lock)s, %(once)s, %(args)s, %(at)s FROM shared
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
"""


DEFAULT = "default"
QUEUES = {
    "sync": "pull",
    "fetch": "pull",
    "mail": "pull",
    "deliver": "pull",
    "verify": "verify",
    "judge": "batch",
    "refold": "batch",
    "rematch": "batch",
    "learn": "batch",
    "issue": "batch",
    "remove": "batch",
    "roster": "batch",
}
"""The queue of each kind of job, if not the default one: each has room of its own in a worker, so that what waits for
others' systems, or takes long, never holds up what was pushed."""


async def settle_soon(tx: Tx) -> None:
    """Have the tenant's touched persons resolved and their records rebuilt, once this transaction has committed.

    Call it last in the transaction: until the commit it holds a lock that others may have to wait for.
    """
    await _defer(tx, "settle", settle_lock(tx.tenant), settle_lock(tx.tenant), tenant=tx.tenant)


async def sync_soon(
    tx: Tx, source: int, *, full: bool = False, allow_shrink: bool = False, at: datetime | None = None
) -> None:
    """Have a source pulled, once this transaction has committed; asked for twice before it begins, it is done once.

    `at`: not before. Call it last in the transaction, as `settle_soon`.
    """
    once = sync_once(tx.tenant, source, full=full, allow_shrink=allow_shrink)
    lock = f"sync:{tx.tenant}:{source}"
    await _defer(tx, "sync", lock, once, at, tenant=tx.tenant, source=source, full=full, allow_shrink=allow_shrink)


async def rematch_soon(tx: Tx, source: int) -> None:
    """Have a source's persons compared with the rosters anew, once this transaction has committed."""
    await _defer(
        tx, "rematch", f"rematch:{tx.tenant}", f"rematch:{tx.tenant}:{source}", tenant=tx.tenant, source=source
    )


async def learn_soon(tx: Tx) -> None:
    """Have the tenant's weights of matching learned anew, once this transaction has committed."""
    await _defer(tx, "learn", f"rematch:{tx.tenant}", f"learn:{tx.tenant}", tenant=tx.tenant)


async def preview_soon(tx: Tx, source: int) -> None:
    """Have a preview of a source's pull made, once this transaction has committed."""
    lock = f"sync:{tx.tenant}:{source}"
    await _defer(tx, "preview", lock, f"preview:{tx.tenant}:{source}", tenant=tx.tenant, source=source)


async def undo_soon(tx: Tx, source: int, run: int) -> None:
    """Have a run of a source undone, once this transaction has committed."""
    lock = f"sync:{tx.tenant}:{source}"
    await _defer(tx, "undo", lock, f"undo:{tx.tenant}:{source}:{run}", tenant=tx.tenant, source=source, run=run)


async def retire_soon(tx: Tx, source: int) -> None:
    """Have a source retired, once this transaction has committed."""
    lock = f"sync:{tx.tenant}:{source}"
    await _defer(tx, "retire", lock, f"retire:{tx.tenant}:{source}", tenant=tx.tenant, source=source)


async def remove_soon(tx: Tx, source: int) -> None:
    """Have a source removed with all it holds, once this transaction has committed."""
    lock = f"sync:{tx.tenant}:{source}"
    await _defer(tx, "remove", lock, f"remove:{tx.tenant}:{source}", tenant=tx.tenant, source=source)


async def deliver_soon(tx: Tx) -> None:
    """Have webhooks hear of what happened, once this transaction has committed."""
    lock = f"deliver:{tx.tenant}"
    await _defer(tx, "deliver", lock, lock, tenant=tx.tenant)


async def mail_soon(tx: Tx) -> None:
    """Have programs and families written to that wait for it, once this transaction has committed."""
    lock = f"mail:{tx.tenant}"
    await _defer(tx, "mail", lock, lock, tenant=tx.tenant)


async def verify_soon(tx: Tx) -> None:
    """Have the tenant's received credentials verified that wait for it, once this transaction has committed."""
    lock = f"verify:{tx.tenant}"
    await _defer(tx, "verify", lock, lock, tenant=tx.tenant)


async def fetch_soon(tx: Tx) -> None:
    """Have learners' credentials fetched from other hosts where that is due, once this transaction has committed."""
    lock = f"fetch:{tx.tenant}"
    await _defer(tx, "fetch", lock, lock, tenant=tx.tenant)


async def issue_soon(tx: Tx, batch: UUID) -> None:
    """Have a batch of credentials issued, once this transaction has committed."""
    lock = f"issue:{tx.tenant}"
    await _defer(tx, "issue", lock, f"{lock}:{batch}", tenant=tx.tenant, batch=str(batch))


async def judge_soon(tx: Tx) -> None:
    """Have the tenant's states of mastery judged anew, as far as that is asked for, once this transaction has committed."""
    await _defer(tx, "judge", judge_lock(tx.tenant), judge_lock(tx.tenant), tenant=tx.tenant)


async def refold_soon(tx: Tx) -> None:
    """Have the tenant's records made anew that an earlier version of the code made, once this transaction has committed."""
    lock = f"refold:{tx.tenant}"
    await _defer(tx, "refold", lock, lock, tenant=tx.tenant)


async def roster_soon(tx: Tx) -> None:
    """Have the tenant's roster made what its sources say, once this transaction has committed."""
    await _defer(tx, "roster", roster_lock(tx.tenant), roster_lock(tx.tenant), tenant=tx.tenant)


def roster_lock(tenant: int) -> str:
    """What the roster jobs of a tenant are locked by, while queued and while running."""
    return f"roster:{tenant}"


def judge_lock(tenant: int) -> str:
    """What the judge jobs of a tenant are locked by, while queued and while running."""
    return f"judge:{tenant}"


def settle_lock(tenant: int) -> str:
    """What the settle jobs of a tenant are locked by, while queued and while running."""
    return f"settle:{tenant}"


def sync_once(tenant: int, source: int, *, full: bool, allow_shrink: bool) -> str:
    """What makes a sync of a source, done in one way, wait in the queue only once."""
    return f"sync:{tenant}:{source}:{full:d}:{allow_shrink:d}"


async def wait_for_deferrers(tx: Tx, once: str) -> None:
    """Wait until all who counted on the job that now begins have committed, so that it sees what they wrote."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", once)


async def waiting(tx: Tx) -> bool:
    """Whether anything of the tenant has changed that is yet to be settled."""
    waits: bool = await tx.one(
        """SELECT EXISTS (SELECT 1 FROM touched WHERE tenant_id = %(tenant)s)
               OR EXISTS (SELECT 1 FROM due WHERE tenant_id = %(tenant)s)""",
        given=None,
    )
    return waits


@dataclass(frozen=True, slots=True)
class FailingRow:
    """A kind of job, of a tenant where it is one's, that failed lately: how often, and when at last."""

    task: str
    tenant: int | None
    times: int
    last: datetime


async def failing(db: Database, since: datetime, least: int) -> list[FailingRow]:
    """Kinds of jobs that failed at least so often since then, the most frequent first; not those that went well since.

    A job that went well is not kept: one of the same kind and tenant that failed after it has failed again.
    """
    async with db.connection() as conn:
        rows = await conn.execute(
            """SELECT j.task_name, (j.args ->> 'tenant')::integer, count(*), max(e.at)
               FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'failed'
               WHERE j.status = 'failed' AND e.at >= %s
               GROUP BY 1, 2 HAVING count(*) >= %s ORDER BY 3 DESC, 1, 2""",
            [since, least],
        )
        return [FailingRow(*row) for row in await rows.fetchall()]


@dataclass(frozen=True, slots=True)
class StuckRow:
    """A queue in which jobs are due and none is begun: how many, and since when the oldest is due."""

    queue: str
    jobs: int
    since: datetime


async def stuck(db: Database, before: datetime) -> list[StuckRow]:
    """Queues with jobs that have been due since before then and can be begun: no other one holds their lock."""
    async with db.connection() as conn:
        rows = await conn.execute(
            """SELECT queue_name, count(*), min(due) FROM (
                   SELECT j.queue_name, coalesce(greatest(j.scheduled_at, max(e.at)), max(e.at)) AS due
                   FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id
                       AND e.type IN ('deferred', 'deferred_for_retry', 'retried')
                   WHERE j.status = 'todo' AND NOT EXISTS (
                       SELECT 1 FROM procrastinate_jobs other WHERE other.lock = j.lock AND other.status = 'doing')
                   GROUP BY j.id) waiting
               WHERE due < %s GROUP BY 1 ORDER BY 1""",
            [before],
        )
        return [StuckRow(*row) for row in await rows.fetchall()]


async def unsettled(tx: Tx) -> int:
    """How much of the tenant has changed that is yet to be settled: pages of changes, and headers to be made."""
    count: int = await tx.one(
        """SELECT (SELECT count(*) FROM touched WHERE tenant_id = %(tenant)s)
                + (SELECT count(*) FROM due WHERE tenant_id = %(tenant)s)""",
        given=None,
    )
    return count


async def _defer(tx: Tx, task: str, lock: str, once: str, at: datetime | None = None, **args: Any) -> None:
    values = {"queue": QUEUES.get(task, DEFAULT), "task": task, "lock": lock, "once": once, "at": at}
    await tx.conn.execute(DEFER, {**values, "args": Jsonb(args)})
