"""Upgrades: a filled database of an earlier schema, the queue's own migrations, and who holds a table meanwhile."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from app.db.server import migrate, queue_schema
from app.db.server.migrate import alone, upgrade_within
from tests.conftest import TestDatabase

FIRST = "0009"
"""The schema that databases were first filled with: every later one is reached from it, and never edited in place."""

FILLING = """
INSERT INTO tenant (slug, name, salt) VALUES ('lake', 'Lake District', 'salt');
SELECT set_config('tessera.tenant', '1', false);
INSERT INTO source (tenant_id, slug, name, connector, settings, rank, full_every_days, shrink_share, state)
    VALUES (1, 'sis', 'SIS', 'oneroster', '{"base_url": "http://10.0.0.5", "allow_private_network": true}', 10, 7, 0.2,
            'active');
INSERT INTO client (tenant_id, id, name, scopes) VALUES (1, gen_random_uuid(), 'Vendor', '{learners.read}');
INSERT INTO record (tenant_id, source_id, stream, raw_key, n, kind, key, person, hash, raw_id, raw_pos, received_at,
                    withdrawn, body)
    VALUES (1, 1, 'users', 'u-1', 0, 'person', 'u-1', 'u-1', 7, 1, 0, now(), false, '{}');
INSERT INTO event (tenant_id, type, data) VALUES (1, 'learner.updated', '{}');
"""


@pytest.fixture
def earlier(postgres: str, template: TestDatabase) -> Iterator[str]:
    """A filled database with the first schema, as its owner sees it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE earlier")
        url = make_conninfo(postgres, dbname="earlier")
        try:
            with alone(url) as owner:
                upgrade_within(owner, url, "secret", FIRST)
            with psycopg.connect(url) as owner:
                owner.execute(FILLING)
            yield url
        finally:
            connection.execute("DROP DATABASE earlier WITH (FORCE)")
            connection.execute("DROP ROLE IF EXISTS earlier_service")


def rows(url: str) -> dict[str, list[str]]:
    """Every row of every table that the first schema knows, column by column."""
    with psycopg.connect(url) as owner:
        owner.execute("SELECT set_config('tessera.tenant', '1', false)")
        return {
            table: [str(row) for row in owner.execute(f"SELECT {columns} FROM {table}").fetchall()]  # type: ignore[call-overload]
            for table, columns in (
                ("tenant", "id, slug, name, salt"),
                ("source", "id, slug, settings, state"),
                ("client", "id, name, scopes"),
                ("record", "source_id, stream, raw_key, n, kind, key, person, hash, withdrawn, body::text"),
                ("event", "id, xid, type, data"),
            )
        }


def test_a_filled_database_of_the_first_schema_is_upgraded_with_all_it_holds(earlier: str) -> None:
    before = rows(earlier)
    service = migrate.upgrade(earlier, "secret")
    assert rows(earlier) == before
    assert migrate.revisions(earlier) == (migrate.head(), migrate.head())
    with psycopg.connect(service) as connection:
        connection.execute("SELECT set_config('tessera.tenant', '1', false)")
        connection.execute("UPDATE source SET name = 'SIS of the lake'")
        assert connection.execute("SELECT kind, action FROM audit").fetchall() == [("source", "changed")]
    migrate.upgrade(earlier, "secret")
    assert rows(earlier)["record"] == before["record"]


def test_the_queue_s_own_schema_migrates(earlier: str, tmp_path: Path) -> None:
    """The first schema wrote down none of procrastinate's migrations: those of its release count as done."""
    migrate.upgrade(earlier, "secret")
    for name in ("03.99.00_01_pre_x.sql", "03.99.00_50_post_x.sql"):
        (tmp_path / name).write_text(f'CREATE TABLE "procrastinate_{name[12:17]}" (id integer)')
    with psycopg.connect(earlier, autocommit=True) as owner:
        known = {name for (name,) in owner.execute("SELECT name FROM queue_migration").fetchall()}
        assert queue_schema.BASELINE in known
        owner.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        run = queue_schema.migrate(owner, "earlier_service", fresh=False, folder=tmp_path)
        assert run == ["03.99.00_01_pre_x.sql"], "an older worker is alive"
        owner.execute("DELETE FROM procrastinate_workers")
        run = queue_schema.migrate(owner, "earlier_service", fresh=False, folder=tmp_path)
        assert run == ["03.99.00_50_post_x.sql"]
        assert queue_schema.migrate(owner, "earlier_service", fresh=False, folder=tmp_path) == []
        granted = owner.execute("SELECT has_table_privilege('earlier_service', 'procrastinate_pre_x', 'INSERT')")
        assert granted.fetchone() == (True,)


@pytest.mark.slow
def test_a_migration_gives_way_to_who_holds_a_table(earlier: str) -> None:
    holder = psycopg.connect(earlier)
    holder.execute("SELECT 1 FROM source")  # a long transaction, as a report has it
    release = threading.Timer(6, holder.close)  # longer than a migration waits at a time
    release.start()
    try:
        migrate.upgrade(earlier, "secret")
    finally:
        release.join()
        holder.close()
    assert migrate.revisions(earlier)[0] == migrate.head()
