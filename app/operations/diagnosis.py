"""Diagnosis: what the service stands on, looked at piece by piece, with the next step where one is missing."""

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import Rollback

from app.access import tenants
from app.db import Database, queue
from app.db.server import key, sizes
from app.db.server.migrate import alone, revisions
from app.db.sources.sources import Condition, SourceRow
from app.db.webhooks import webhooks
from app.errors import ConfigError
from app.secrets import KEY_FILE
from app.settings import Settings
from app.sources import health, known
from app.start import known_service_url, known_vault, owner_url

ROOM = 1024**3  # bytes free on disk below which the database may soon stop
OLDEST_POSTGRESQL = 15
CLOCKS_APART = 5.0  # seconds between the database's clock and ours that still count as the same
OVERDUE = timedelta(minutes=15)
LATELY, OFTEN = timedelta(days=1), 3
"""Within which time how many failures of one kind of job are a fault that lasts."""
OLD_BACKUP = 7  # days after which a backup is old


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is well (None: to be looked at by a person), what was found, and what to do."""

    name: str
    well: bool | None
    found: str
    next: str = ""


async def checks(settings: Settings) -> AsyncIterator[Check]:
    """Every check, until one fails that the others rest on."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as why:
        yield Check("folder", False, str(why), "name a data folder that can be written with TESSERA_DATA")
        return
    for check in _folder(settings):
        yield check
    try:
        with owner_url(settings) as owner:
            async for check in _database(settings, owner):
                yield check
    except ConfigError as why:
        yield Check("database", False, str(why), "mend what it says, then run 'tessera doctor' again")


def _folder(settings: Settings) -> Iterator[Check]:
    free = shutil.disk_usage(settings.data).free
    yield Check(
        "disk", free >= ROOM, f"{free / 1024**3:.1f} GB free in {settings.data}", "" if free >= ROOM else "make room"
    )
    if settings.key is not None:
        yield Check("key", True, "from TESSERA_KEY")
        return
    path = settings.data / KEY_FILE
    if not path.exists():
        yield Check("key", None, f"no {path} yet", "it is made at the first start; several machines share TESSERA_KEY")
        return
    mode = path.stat().st_mode & 0o777
    private = mode & 0o077 == 0
    yield Check("key", private, f"{path}, mode {mode:04o}", "" if private else f"chmod 600 {path}")


async def _database(settings: Settings, owner: str) -> AsyncIterator[Check]:
    kind = "embedded" if settings.database_url is None else "DATABASE_URL"
    try:
        with psycopg.connect(owner, connect_timeout=10) as connection:
            version = connection.info.server_version // 10_000
            (now,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
    except psycopg.OperationalError as why:
        yield Check("database", False, str(why).strip(), "see that it runs, and that DATABASE_URL is right")
        return
    old = version < OLDEST_POSTGRESQL
    yield Check(
        "database", not old, f"PostgreSQL {version}, {kind}", f"use {OLDEST_POSTGRESQL} or newer" if old else ""
    )
    apart = abs((datetime.now(UTC) - now).total_seconds())
    same = apart < CLOCKS_APART
    yield Check(
        "clock", same, f"{apart:.1f} s from the database's", "" if same else "set both by the same time server (NTP)"
    )
    try:
        with alone(owner) as connection:
            vault = known_vault(settings, connection)
            fingerprint = key.fingerprint(connection)
    except ConfigError as why:
        yield Check("key", False, str(why), "give the key of this database, or restore it from a backup")
        return
    yield Check("key of the database", True, fingerprint or "none yet")
    current, head = revisions(owner)
    yield Check(
        "schema",
        current == head,
        f"{current or 'none'} of {head}",
        "" if current == head else "start 'tessera serve' once",
    )
    if current != head or vault is None:
        return
    yield _retention(settings)
    for check in _contents(owner):
        yield check
    async for check in _inside(known_service_url(settings, owner, vault)):
        yield check


def _contents(owner: str) -> Iterator[Check]:
    """When the database was backed up last, how large it is, and which tables hold many dead rows."""
    with psycopg.connect(owner) as connection:
        yield _backup(key.backed_up_at(connection), datetime.now(UTC))
        yield _size(sizes.sizes(connection))
        for table in sizes.dead_rows(connection):
            dead = f"{table.dead:,} rows that are no more beside {table.live:,}"
            yield Check(f"table {table.name}", None, dead, f"psql -c 'VACUUM (ANALYZE) {table.name}', at a quiet hour")


def _retention(settings: Settings) -> Check:
    """For how long what is no longer current is kept."""
    raw = f"{settings.raw_days} days" if settings.raw_days else "for good (TESSERA_RAW_DAYS)"
    return Check("kept", True, f"events {settings.event_days} days; raw that newer versions replaced {raw}")


def _backup(made_at: datetime | None, now: datetime) -> Check:
    """How old the last backup is that 'tessera backup' made: others it does not know of."""
    if made_at is None:
        return Check("backup", None, "none was made with 'tessera backup' yet", "tessera backup FILE")
    days = (now - made_at).days
    words = f"the last one is of {made_at:%Y-%m-%d %H:%M}, {days} days ago"
    return Check(
        "backup", None if days >= OLD_BACKUP else True, words, "tessera backup FILE" if days >= OLD_BACKUP else ""
    )


def _size(database: sizes.Sizes) -> Check:
    """How large the database is, what makes it so, and how fast the raw grows."""
    largest = ", ".join(f"{table.name} {_bytes(table.bytes)}" for table in database.tables)
    each = f"{_bytes(database.total // database.learners)} a learner; " if database.learners else ""
    growth = f"raw grows by {_bytes(database.raw_a_day)} a day (mean of four weeks)"
    return Check("size", True, f"{_bytes(database.total)}: {largest}; {each}{growth}")


def _bytes(count: int) -> str:
    for unit, size in (("GB", 1024**3), ("MB", 1024**2)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count / 1024:.0f} kB"


async def _inside(url: str) -> AsyncIterator[Check]:
    try:
        async with Database(url, 2) as db:
            yield await _role(db)
            yield await _isolation(db)
            async for check in _webhooks(db):
                yield check
            async for check in _jobs(db, datetime.now(UTC)):
                yield check
            async for check in _sources(db):
                yield check
    except psycopg.OperationalError as why:
        yield Check("role", False, str(why).strip(), "start 'tessera serve' once: it makes the service's role")


async def _role(db: Database) -> Check:
    try:
        await db.check()
    except ConfigError as why:
        return Check(
            "role", False, str(why), "let Tessera make its own role, or name one in TESSERA_SERVICE_DATABASE_URL"
        )
    return Check("role", True, "neither superuser nor owner: row-level security binds it")


async def _isolation(db: Database) -> Check:
    """Try what must not be possible, in transactions that are rolled back."""
    async with db.transaction(-1) as tx:
        await tx.run("INSERT INTO event_floor (tenant_id, xid) VALUES (-1, '1')")
        await tx.run("SELECT set_config('tessera.tenant', '-2', true)")
        seen = await tx.one("SELECT count(*) FROM event_floor WHERE tenant_id = -1")
        try:
            async with tx.conn.transaction():
                await tx.run("INSERT INTO event_floor (tenant_id, xid) VALUES (-3, '1')")
                written = True
        except psycopg.errors.InsufficientPrivilege:
            written = False
        raise Rollback(None)
    well = not seen and not written
    return Check(
        "isolation",
        well,
        "a tenant sees and writes its own rows only" if well else "a tenant reaches another's rows",
        "" if well else "stop the service, and report this: row-level security is not in force",
    )


async def _webhooks(db: Database) -> AsyncIterator[Check]:
    """Webhooks that are disabled, or have taken nothing for a while."""
    for tenant in await tenants.listed(db):
        async with db.transaction(tenant.id) as tx:
            rows = await webhooks.troubled(tx)
        for row in rows:
            since = f"nothing taken since {row.failing_since:%Y-%m-%d %H:%M}" if row.failing_since else ""
            problem = f"{row.state}: {row.state_reason or since}"
            next_step = "tell whose client it is: they make it active again (PATCH /v1/webhooks/{id}), or remove it"
            yield Check(f"{tenant.slug} webhook {row.url}", None, problem, next_step)


async def _jobs(db: Database, now: datetime) -> AsyncIterator[Check]:
    """Whether jobs are begun when they are due, and end well."""
    slugs = {tenant.id: tenant.slug for tenant in await tenants.listed(db)}
    trouble = False
    for row in await queue.stuck(db, now - OVERDUE):
        trouble = True
        yield Check(
            f"jobs of queue {row.queue}",
            False,
            f"{row.jobs:,} wait, the oldest since {row.since:%Y-%m-%d %H:%M}",
            "no worker takes them: start 'tessera serve' or 'tessera work', or look in its log",
        )
    for failing in await queue.failing(db, now - LATELY, OFTEN):
        trouble = True
        of = f" of {slugs.get(failing.tenant, failing.tenant)}" if failing.tenant is not None else ""
        yield Check(
            f"job {failing.task}{of}",
            False,
            f"failed {failing.times:,} times within a day, at last {failing.last:%Y-%m-%d %H:%M}",
            "the log tells where (JobFailed): report it",
        )
    if not trouble:
        yield Check("jobs", True, "begun when they are due; none fails again and again")


async def _sources(db: Database) -> AsyncIterator[Check]:
    now = datetime.now(UTC)
    for tenant in await tenants.listed(db):
        async with db.transaction(tenant.id) as tx:
            sources = await known.with_conditions(tx)
        for row, condition in sources:
            yield source_check(f"{tenant.slug}/{row.slug}", row, condition, now)
        if quarantined := sum(condition.quarantined for _, condition in sources):
            yield Check(
                f"{tenant.slug} quarantine",
                None,
                f"{quarantined:,} records wait with their reasons",
                "look at them: tessera quarantine list; once the cause is mended: tessera quarantine replay",
            )


def source_check(name: str, row: SourceRow, condition: Condition, now: datetime) -> Check:
    """Whether a source is well."""
    last = condition.last
    if row.state == "paused":
        return Check(
            name, False, f"{row.state}: {row.state_reason}", f"mend it, then: tessera source resume {row.slug}"
        )
    if row.state == "active" and row.due_at is not None and row.due_at < now - OVERDUE:
        return Check(name, False, f"overdue since {row.due_at:%Y-%m-%d %H:%M}", "no worker runs: start 'tessera serve'")
    if row.state == "active" and last is not None and last.state in ("failed", "held", "partial"):
        return Check(name, False, f"{last.state}: {last.message}", f"tessera source sync {row.slug}")
    if row.state == "active" and (silent := health.silence_in_words(condition, now)):
        step = f"unless school is out, ask whoever runs it; where it is over: tessera source retire {row.slug}"
        return Check(name, None, silent, step)
    return Check(name, True, health.in_words(row, condition, now))
