"""Jobs: procrastinate in the service's own PostgreSQL, inside the server or in processes of its own.

    tick (every minute) ─▶ sync (one per source, a few per tenant at a time) ─▶ settle (one per tenant at a time)
    push, file          ─────────────────────────────────▶ settle ─▶ verify (received credentials)
    settle, where a roster is served                    ─▶ roster (one per tenant at a time)
    policy                                              ─▶ judge (one per tenant at a time)
    a new version of the code                           ─▶ refold (one per tenant at a time)
    a source that is scored from now on                 ─▶ rematch (one per tenant at a time), learn (every week)
    prune (every hour), retain (every night)

`app.db.queue` defers jobs in the transaction that needs them. A job may be run twice (a worker that was killed, a
machine that slept): each goes on from what is committed, so that a second run finds nothing left to do.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import structlog
from opentelemetry.trace import SpanKind
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision, exceptions, jobs

from app.actor import acting
from app.db import queue
from app.errors import place
from app.jobs import tasks
from app.jobs.claim_mail import send_all_due
from app.jobs.retention import retain_all
from app.start import Service
from app.tracing import span

log = structlog.get_logger(__name__)

DRAIN = 4.0  # seconds a running job gets when the worker is told to stop; it then goes back to the queue
DAY = 24 * 60 * 60.0  # seconds
HEARTBEAT = 5.0  # seconds
DEAD_AFTER = 30.0  # seconds without a heartbeat after which a worker counts as dead, and its jobs are for others
AGAIN_AFTER = 5  # seconds before a worker that lost the database looks for it again
ATTEMPTS = 100  # at a job that loses the database
ROOMS = {queue.DEFAULT: 4, "verify": 2, "batch": 2, "pull": 8}
"""How many jobs of each queue one worker runs at a time."""

LISTENS = frozenset({queue.DEFAULT, "verify"})
"""The queues a worker hears of at once; the others it looks at every second. Listening takes a connection."""


class Resume(BaseRetryStrategy):
    """A job that a stopping worker broke off, or that lost the database, goes back to the queue.

    One that fails otherwise is left to the next schedule.
    """

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, psycopg.OperationalError) and job.attempts < ATTEMPTS:
            return RetryDecision(retry_in={"seconds": AGAIN_AFTER})
        return None


TenantJob = Callable[[Service, int], Awaitable[None]]
TENANT_JOBS: dict[str, TenantJob] = {
    "settle": tasks.settle_tenant,
    "judge": tasks.judge_tenant,
    "refold": tasks.refold_tenant,
    "verify": tasks.verify_tenant,
    "learn": tasks.learn_weights,
    "fetch": tasks.fetch_tenant,
    "deliver": tasks.deliver_tenant,
    "roster": tasks.refresh_roster,
    "mail": send_all_due,
}


def application(service: Service) -> App:
    """The queue of this database, and what its jobs do."""
    app = App(connector=PsycopgConnector(conninfo=service.db.url, min_size=1, max_size=6))

    @app.task(name="sync", retry=Resume())
    async def sync(tenant: int, source: int, *, full: bool, allow_shrink: bool) -> None:
        with discreet("sync"):
            await tasks.sync(service, tenant, source, full=full, allow_shrink=allow_shrink)

    @app.task(name="preview", retry=Resume())
    async def preview(tenant: int, source: int) -> None:
        with discreet("preview"):
            await tasks.preview_source(service, tenant, source)

    @app.task(name="rematch", retry=Resume())
    async def rematch(tenant: int, source: int) -> None:
        with discreet("rematch"):
            await tasks.rematch_source(service, tenant, source)

    @app.task(name="undo", retry=Resume())
    async def undo(tenant: int, source: int, run: int) -> None:
        with discreet("undo"):
            await tasks.undo_run(service, tenant, source, run)

    @app.task(name="retire", retry=Resume())
    async def retire(tenant: int, source: int) -> None:
        with discreet("retire"):
            await tasks.retire_source(service, tenant, source)

    @app.task(name="remove", retry=Resume())
    async def remove(tenant: int, source: int) -> None:
        with discreet("remove"):
            await tasks.remove_source(service, tenant, source)

    _of_tenants(app, service)

    @app.task(name="issue", retry=Resume())
    async def issue(tenant: int, batch: str) -> None:
        with discreet("issue"):
            await tasks.issue(service, tenant, UUID(batch))

    @app.periodic(cron="* * * * *")
    @app.task(name="tick", lock="tick", queueing_lock="tick")
    async def tick(timestamp: int) -> None:
        del timestamp  # when it was planned for; what counts is now
        await tasks.tick(service, datetime.now(UTC))

    @app.periodic(cron="7 * * * *")
    @app.task(name="prune", lock="prune", queueing_lock="prune")
    async def prune(timestamp: int) -> None:
        del timestamp
        await tasks.prune_all(service, datetime.now(UTC))
        await tasks.pathways_all(service, datetime.now(UTC))
        await app.job_manager.delete_old_jobs(nb_hours=30 * 24, include_failed=True, include_aborted=True)

    @app.periodic(cron="37 3 * * *")
    @app.task(name="retain", queue="batch", lock="retain", queueing_lock="retain")
    async def retain(timestamp: int) -> None:
        del timestamp
        with discreet("retain"):
            await retain_all(service, datetime.now(UTC))

    return app


def _of_tenants(app: App, service: Service) -> None:
    """The jobs that are one tenant's as a whole."""
    for name, work in TENANT_JOBS.items():

        async def job(tenant: int, name: str = name, work: TenantJob = work) -> None:
            with discreet(name):
                await work(service, tenant)

        app.task(name=name, retry=Resume())(job)


class JobFailed(Exception):
    """A job met what nobody foresaw: the kind of error and where, without its words, which may hold personal data."""


@contextmanager
def discreet(job: str) -> Iterator[None]:
    """A job of this name, traced, whose unforeseen error keeps its words out of the log: a database quotes rows."""
    try:
        with span(f"job {job}", SpanKind.CONSUMER):
            yield
    except psycopg.OperationalError:
        raise
    except Exception as why:  # noqa: BLE001  whatever it is, its kind and place are told
        raise JobFailed(place(why)) from None


async def work(service: Service, *, wait: bool = True, again_after: float = AGAIN_AFTER) -> None:
    """Run jobs until cancelled (or, with `wait` false, until there are none), whatever the database goes through."""
    acting("worker")
    while True:
        app = application(service)
        try:
            async with app.open_async():
                await _work(app, wait=wait)
        except (exceptions.ConnectorException, psycopg.OperationalError) as why:
            log.warning("the worker lost the database and will look for it again", seconds=again_after, why=str(why))
        else:
            if not wait:
                return
        await asyncio.sleep(again_after)


async def _work(app: App, *, wait: bool) -> None:
    rescuing = asyncio.create_task(_rescue_forever(app))
    try:
        if wait:
            await _all_rooms(app)
        else:  # whatever a job of one queue puts into another is done as well
            await _room(app, list(ROOMS), sum(ROOMS.values()), wait=False)
    finally:
        rescuing.cancel()


async def _all_rooms(app: App) -> None:
    """Run each queue's jobs in a room of its own, until one ends or we are told to end; then all end.

    Each is told once: told twice, a room breaks off its own end, and its jobs would not go back to the queue.
    """
    rooms = [asyncio.create_task(_room(app, [name], places, listen=name in LISTENS)) for name, places in ROOMS.items()]
    try:
        ended, _ = await asyncio.wait(rooms, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in rooms:
            each.cancel()
        await asyncio.gather(*rooms, return_exceptions=True)
    for each in ended:
        each.result()


async def _room(app: App, queues: list[str], places: int, *, wait: bool = True, listen: bool = True) -> None:
    """Run the jobs of some queues, so many at a time."""
    await app.run_worker_async(
        queues=queues,
        wait=wait,
        concurrency=places,
        listen_notify=listen,
        fetch_job_polling_interval=5.0 if listen else 1.0,
        install_signal_handlers=False,
        shutdown_graceful_timeout=DRAIN if wait else DAY,
        delete_jobs="successful",
        update_heartbeat_interval=HEARTBEAT,
        stalled_worker_timeout=DEAD_AFTER,
    )


async def _rescue_forever(app: App) -> None:
    while True:
        try:
            await rescue(app, DEAD_AFTER)
        except exceptions.ConnectorException as why:
            log.warning("dead workers cannot be looked for without the database", why=str(why))
        await asyncio.sleep(HEARTBEAT)


async def rescue(app: App, dead_after: float) -> int:
    """Put the jobs of dead workers back into the queue; how many they were."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=dead_after))
    for job in stalled:
        assert job.id is not None
        try:
            await app.job_manager.retry_job(job)
        except exceptions.UniqueViolation:  # its like waits already, and does the same
            await app.job_manager.finish_job_by_id_async(job.id, jobs.Status.ABORTED, delete_job=True)
        log.warning("a job's worker died: the job goes on elsewhere", job=job.task_name, **job.task_kwargs)
    return len(stalled)
