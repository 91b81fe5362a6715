"""Bring a database up to date, and make the role the service works as."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy
import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.db.server import queue_schema
from app.errors import ConfigError

LOCK = 7_236_551  # any number, the same in every process that migrates
OTHERS_TIME = "10min"  # how long another process may take to migrate
LOCK_TIME = "5s"  # how long a migration may wait for a table: meanwhile all who want it wait behind
LOCK_TIME_APART = 5.0  # seconds between two tries
TRIES = 12
STATEMENT_TIME = "30min"

log = structlog.get_logger(__name__)


def upgrade(owner_url: str, password: str) -> str:
    """Migrate the database at `owner_url`, as the only process that does, and return the URL of the service's role."""
    with alone(owner_url) as connection:
        return upgrade_within(connection, owner_url, password)


def upgrade_within(connection: psycopg.Connection, owner_url: str, password: str, revision: str = "head") -> str:
    """Migrate the database at `owner_url` and return the URL of the service's own role. `connection`: see `alone`.

    The role is neither owner nor superuser, so that row-level security binds it. All or nothing: a killed migration
    leaves the database as it was. ConfigError where the user may not create the role, or the schema is newer than us.
    """
    role = service_role(connection.info.dbname)
    _make_role(connection, role, password)
    _up(connection, owner_url, role, revision)
    return make_conninfo(owner_url, user=role, password=password)


def service_role(database: str) -> str:
    """The name of the role the service works as in a database of that name."""
    return f"{database}_service"


def upgrade_for(connection: psycopg.Connection, owner_url: str, service_url: str, revision: str = "head") -> str:
    """Migrate the database at `owner_url` for a role that an administrator has made: the user of the other URL."""
    _up(connection, owner_url, str(conninfo_to_dict(service_url).get("user", "")), revision)
    return service_url


def _up(connection: psycopg.Connection, owner_url: str, role: str, revision: str) -> None:
    had_queue = queue_schema.exists(connection)
    _migrate(owner_url, role, revision)
    queue_schema.migrate(connection, role, fresh=not had_queue)
    _grant(connection, role)


def revisions(owner_url: str) -> tuple[str | None, str | None]:
    """The schema a database has, and the schema this release knows."""
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url))
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return current, head()


def head() -> str | None:
    """The schema this release knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


@contextmanager
def alone(owner_url: str) -> Iterator[psycopg.Connection]:
    """A connection of the database's owner, as the only process that migrates it."""
    try:
        connection = psycopg.connect(owner_url, autocommit=True)
    except psycopg.OperationalError as why:
        raise ConfigError(f"the database cannot be reached: {why} (is it up, and is DATABASE_URL right?)") from why
    with connection:
        connection.execute(f"SET lock_timeout = '{OTHERS_TIME}'")
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        except psycopg.errors.LockNotAvailable:
            raise ConfigError(
                f"another process has been migrating this database for {OTHERS_TIME}: wait until it is done, or end it"
            ) from None
        connection.execute(f"SET lock_timeout = '{LOCK_TIME}'")
        yield connection


def _make_role(connection: psycopg.Connection, role: str, password: str) -> None:
    name, secret = sql.Identifier(role), sql.Literal(password)
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}" if known else "CREATE ROLE {} LOGIN PASSWORD {}")
    try:
        connection.execute(verb.format(name, secret))
    except psycopg.errors.InsufficientPrivilege as why:
        raise ConfigError(
            f"the database user may not create the role '{role}' the service works as: create it as an administrator "
            f"and give its URL in TESSERA_SERVICE_DATABASE_URL ({why})"
        ) from why


def _migrate(owner_url: str, role: str, revision: str) -> None:
    """Run the migrations that are missing. One that does not get a lock gives way to who works, and is tried again."""
    for left in reversed(range(TRIES)):
        try:
            _run(owner_url, role, revision)
        except psycopg.errors.LockNotAvailable as why:
            if not left:
                raise ConfigError(
                    f"a migration did not get a lock within {LOCK_TIME}, {TRIES} times in a row: a long transaction holds "
                    f"a table. Nothing was changed; end it (pg_stat_activity shows it), then start again ({why})"
                ) from None
            log.warning("a migration waits for a table that is in use, and will be tried again", left=left)
            time.sleep(LOCK_TIME_APART)
        else:
            return


def _run(owner_url: str, role: str, revision: str) -> None:
    config = _config()
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url))
    try:
        with engine.connect() as connection:
            _refuse_newer(connection, config)
            connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIME}'")
            connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIME}'")
            config.attributes.update(connection=connection, service_role=role)
            command.upgrade(config, revision)
            connection.commit()
    except sqlalchemy.exc.OperationalError as why:
        raise (why.orig if isinstance(why.orig, psycopg.errors.LockNotAvailable) else why) from None
    finally:
        engine.dispose()


def _grant(connection: psycopg.Connection, role: str) -> None:
    """Let a role work that the migrations did not know: after a restore under another name, or a change of role."""
    granted = connection.execute("SELECT has_table_privilege(%s, 'tenant', 'INSERT')", [role]).fetchone()
    if granted == (True,):
        return
    connection.execute(
        sql.SQL(
            "GRANT USAGE ON SCHEMA public TO {0}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {0};"
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {0}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {0};"
            "REVOKE INSERT, UPDATE, DELETE ON alembic_version, instance, queue_migration FROM {0};"
            "REVOKE UPDATE, DELETE ON audit FROM {0}"
        ).format(sql.Identifier(role))
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    return config


def _refuse_newer(connection: sqlalchemy.Connection, config: Config) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise ConfigError(f"the database has schema {current}, which this release does not know: run a newer release")
