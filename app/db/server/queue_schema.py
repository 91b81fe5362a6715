"""The job queue's own schema: procrastinate's migrations, in their order, each once."""

from pathlib import Path

from procrastinate.schema import SchemaManager
from psycopg import Connection, sql

BASELINE = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
"""The newest migration of the release that databases without a list of theirs were made with (procrastinate 3.10)."""

LIVE = 30
"""Seconds without a heartbeat after which a worker counts as dead."""


def exists(connection: Connection) -> bool:
    """Whether the database has a queue."""
    return connection.execute("SELECT to_regclass('public.procrastinate_jobs') IS NOT NULL").fetchone() == (True,)


def migrate(connection: Connection, role: str, *, fresh: bool, folder: Path | None = None) -> list[str]:
    """Run what is missing of procrastinate's migrations; their names. `fresh`: the queue was made by this release.

    What it calls `post` is for when no older worker runs any more: while one is alive it waits for the next start.
    """
    if connection.execute("SELECT to_regclass('public.queue_migration') IS NULL").fetchone() == (True,):
        return []
    files = sorted((folder or Path(SchemaManager.get_migrations_path())).glob("*.sql"))
    known = {name for (name,) in connection.execute("SELECT name FROM queue_migration").fetchall()}
    if not known:
        known = {file.name for file in files if fresh or file.name <= BASELINE}
        _note(connection, sorted(known))
    run: list[str] = []
    for file in (file for file in files if file.name not in known):
        if "_post_" in file.name and _worker_lives(connection):
            break
        with connection.transaction():
            connection.execute(file.read_bytes())
            _note(connection, [file.name])
        run.append(file.name)
    if run:
        _grant(connection, role)
    return run


def _note(connection: Connection, names: list[str]) -> None:
    connection.execute("INSERT INTO queue_migration (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", [names])


def _worker_lives(connection: Connection) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => %s))",
        [LIVE],
    ).fetchone()
    return row == (True,)


def _grant(connection: Connection, role: str) -> None:
    """Let the service's role use what the migrations have made anew."""
    rows = connection.execute(
        r"""SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
              AND relname LIKE 'procrastinate\_%'"""
    ).fetchall()
    for (table,) in rows:
        grant = sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}")
        connection.execute(grant.format(sql.Identifier(table), sql.Identifier(role)))
    for words in (
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}",
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}",
    ):
        connection.execute(sql.SQL(words).format(sql.Identifier(role)))
