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
from app.db.server import key
from app.db.server.embedded import start
from app.db.server.migrate import alone, service_role, upgrade_for, upgrade_within
from app.errors import ConfigError
from app.secrets import KEY_FILE, Vault, decoded, make_vault, read_vault
from app.settings import Settings

DATABASE = "tessera"
NEXT_KEY_FILE = f"{KEY_FILE}.next"
"""Where a rotation keeps the new key until the database is sealed with it."""


@dataclass(frozen=True, slots=True)
class Service:
    """What everything is done with: the settings, the way to the database, and the instance's key."""

    settings: Settings
    db: Database
    vault: Vault


def tune_garbage_collection() -> None:
    """Have Python look for cycles of garbage less often, and not among what is there to stay.

    A page's records are thousands of objects, all of them in use until it is stored: to go through them after every
    700th, as is usual, takes a tenth of loading. What is no cycle is freed at once, as ever.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@asynccontextmanager
async def running(settings: Settings, *, shared: bool = False) -> AsyncIterator[Service]:
    """The service's inside, ready: its database is up, migrated, and we are connected as a role it isolates.

    `shared`: other processes serve the same database, so that the key is theirs as well. ConfigError where one of them
    cannot be had, with the next step.
    """
    with owner_url(settings) as owner:
        vault, url = await asyncio.to_thread(_ready, settings, owner, shared=shared)
        async with Database(url, settings.pool_size) as db:
            await db.check()
            yield Service(settings, db, vault)


@contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """The database as its owner sees it: the one in the settings, or an embedded server's for as long as it runs."""
    if settings.database_url is not None:
        yield _checked(settings.database_url.get_secret_value(), "DATABASE_URL")
        return
    with start(settings.data / "postgres") as server:
        _make_database(server.admin_url)
        yield make_conninfo(server.admin_url, dbname=DATABASE)


def _checked(url: str, name: str) -> str:
    """A database address that libpq can read. ConfigError where it cannot, with no word of it: a password is in it."""
    try:
        conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise ConfigError(
            f"{name} is no address of a PostgreSQL database: write postgresql://user:password@host:5432/database "
            "(in a user or password, write : / @ % and the like as %3A %2F %40 %25)"
        ) from None
    return url


def _ready(settings: Settings, owner: str, *, shared: bool) -> tuple[Vault, str]:
    """The vault, and the URL as the service's own role of a database that is migrated.

    Whether the database belongs to this key is looked at first: with another one, nothing is written.
    """
    with alone(owner) as connection:
        vault = known_vault(settings, connection)
        if vault is None:
            vault = _new_vault(settings, shared=shared)
        service_url = settings.service_database_url
        if service_url is None:
            url = upgrade_within(connection, owner, vault.password())
        else:
            url = upgrade_for(
                connection, owner, _checked(service_url.get_secret_value(), "TESSERA_SERVICE_DATABASE_URL")
            )
        key.claim(connection, vault)
        return vault, url


def known_vault(settings: Settings, connection: psycopg.Connection) -> Vault | None:
    """The vault of this database's key; None where neither has one yet. ConfigError where the key is another one's.

    A rotation that was killed between the database and the key file has left the new key beside the old one.
    """
    path = settings.data / KEY_FILE
    rotated = path.with_name(NEXT_KEY_FILE)
    if settings.key is None and rotated.exists():
        new = Vault(decoded(rotated.read_text().strip(), str(rotated)))
        if new.fingerprint() == key.fingerprint(connection):
            rotated.replace(path)
    vault = read_vault(settings.key, settings.data)
    key.check(connection, vault)
    return vault


def _new_vault(settings: Settings, *, shared: bool) -> Vault:
    """A new key, for a database that belongs to none. ConfigError where other processes would not have it."""
    if settings.database_url is not None and (shared or not settings.worker):
        raise ConfigError(
            "TESSERA_KEY is not set: several processes share this database (jobs are run by another one), and all need "
            "the same key. Make one with 'tessera key new', keep it safe, and give it to every process"
        )
    return make_vault(settings.data)


def known_service_url(settings: Settings, owner: str, vault: Vault) -> str:
    """The database's URL as the service's own role, without migrating anything."""
    if settings.service_database_url is not None:
        return _checked(settings.service_database_url.get_secret_value(), "TESSERA_SERVICE_DATABASE_URL")
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
