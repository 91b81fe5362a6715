"""Start-up, the same for the server, the worker and the command line: a database, its schema, the key, the pool."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.db import Database
from app.db.server.embedded import start
from app.db.server.migrate import service_role, upgrade, upgrade_for
from app.secrets import Vault, open_vault
from app.settings import Settings

DATABASE = "tessera"


@dataclass(frozen=True, slots=True)
class Service:
    """What everything is done with: the settings, the way to the database, and the instance's key."""

    settings: Settings
    db: Database
    vault: Vault


def collect_seldom() -> None:
    """Have Python look for cycles of garbage less often, and not among what is there to stay.

    A page's records are thousands of objects, all of them in use until it is stored: to go through them after every
    700th, as is usual, takes a tenth of loading. What is no cycle is freed at once, as ever.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """The service's inside, ready: its database is up, migrated, and we are connected as a role it isolates.

    ConfigError where one of them cannot be had, with the next step.
    """
    vault = open_vault(settings.key, settings.data)
    with owner_url(settings) as owner:
        url = await asyncio.to_thread(service_url, settings, owner, vault)
        async with Database(url, settings.pool_size) as db:
            await db.check()
            yield Service(settings, db, vault)


@contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """The database as its owner sees it: the one in the settings, or an embedded server's for as long as it runs."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    with start(settings.data / "postgres") as server:
        _make_database(server.admin_url)
        yield make_conninfo(server.admin_url, dbname=DATABASE)


def service_url(settings: Settings, owner: str, vault: Vault) -> str:
    """Migrate the database; its URL as the service's own role."""
    if settings.service_database_url is None:
        return upgrade(owner, vault.password())
    given = settings.service_database_url.get_secret_value()
    upgrade_for(owner, given)
    return given


def known_service_url(settings: Settings, owner: str, vault: Vault) -> str:
    """The database's URL as the service's own role, without migrating anything."""
    if settings.service_database_url is not None:
        return settings.service_database_url.get_secret_value()
    name = conninfo_to_dict(owner).get("dbname", "")
    return make_conninfo(owner, user=service_role(str(name)), password=vault.password())


def _make_database(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # another process, started at the same moment, was first
