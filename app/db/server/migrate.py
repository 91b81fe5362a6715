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
        role = service_role(connection.info.dbname)
        _make_role(connection, role, password)
        _migrate(owner_url, role)
        _grant(connection, role)
    return make_conninfo(owner_url, user=role, password=password)


def service_role(database: str) -> str:
    """The name of the role the service works as in a database of that name."""
    return f"{database}_service"


def upgrade_for(owner_url: str, service_url: str) -> None:
    """Migrate the database at `owner_url` for a service role that an administrator has made: the user of the other."""
    role = str(conninfo_to_dict(service_url).get("user", ""))
    with _alone(owner_url) as connection:
        _migrate(owner_url, role)
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


def _grant(connection: psycopg.Connection, role: str) -> None:
    """Let a role work that the migrations did not know: after a restore under another name, or a change of role."""
    granted = connection.execute("SELECT has_table_privilege(%s, 'tenant', 'INSERT')", [role]).fetchone()
    if granted == (True,):
        return
    connection.execute(
        sql.SQL(
            "GRANT USAGE ON SCHEMA public TO {0}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {0};"
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {0}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {0};"
            "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {0}"
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
