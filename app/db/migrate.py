"""Bring a database up to date, and make the role the service works as."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from app.errors import ConfigError

LOCK = 7_236_551  # any number, the same in every process that migrates


def upgrade(owner_url: str, password: str) -> str:
    """Migrate the database at `owner_url` and return the URL of the service's own role.

    The role is neither owner nor superuser, so that row-level security binds it. All or nothing: a killed migration
    leaves the database as it was. ConfigError where the user may not create the role, or the schema is newer than us.
    """
    with _alone(owner_url) as connection:
        role = f"{connection.info.dbname}_service"
        _make_role(connection, role, password)
        _migrate(owner_url, role)
    return make_conninfo(owner_url, user=role, password=password)


def upgrade_for(owner_url: str, service_url: str) -> None:
    """Migrate the database at `owner_url` for a service role that an administrator has made: the user of the other."""
    with _alone(owner_url):
        _migrate(owner_url, str(conninfo_to_dict(service_url).get("user", "")))


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
def _alone(owner_url: str) -> Iterator[psycopg.Connection]:
    """A connection, as the only process that migrates."""
    try:
        connection = psycopg.connect(owner_url, autocommit=True)
    except psycopg.OperationalError as why:
        raise ConfigError(f"the database cannot be reached: {why} (is it up, and is DATABASE_URL right?)") from why
    with connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
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


def _migrate(owner_url: str, role: str) -> None:
    config = _config()
    engine = sqlalchemy.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url))
    with engine.connect() as connection:
        _refuse_newer(connection, config)
        config.attributes.update(connection=connection, service_role=role)
        command.upgrade(config, "head")
        connection.commit()
    engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _refuse_newer(connection: sqlalchemy.Connection, config: Config) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise ConfigError(f"the database has schema {current}, which this release does not know: run a newer release")
