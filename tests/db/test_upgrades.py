"""Upgrades: a filled database of an earlier schema, the queue's own migrations, and who holds a table meanwhile."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
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


QUERIES = {
    "tenant": "SELECT id, slug, name, salt FROM tenant WHERE id = %s",
    "source": "SELECT id, slug, settings, state FROM source WHERE tenant_id = %s",
    "client": "SELECT id, name, scopes FROM client WHERE tenant_id = %s",
    "record": "SELECT source_id, stream, raw_key, n, kind, key, person, hash, withdrawn, body::text FROM record "
    "WHERE tenant_id = %s",
    "event": "SELECT id, xid, type, data FROM event WHERE tenant_id = %s",
}
"""What the tables that the first schema knows hold of a tenant, column by column."""


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


def rows_of(url: str, tenant: int) -> list[str]:
    """Every row of a tenant in the tables that the first schema knows."""
    return [row for table in rows(url, tenant).values() for row in table]


def rows(url: str, tenant: int = 1) -> dict[str, list[str]]:
    """What the tables hold of a tenant."""
    with psycopg.connect(url) as owner:
        owner.execute("SELECT set_config('tessera.tenant', %s, false)", [str(tenant)])
        return {
            table: [str(row) for row in owner.execute(query.encode(), [tenant]).fetchall()]
            for table, query in QUERIES.items()
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


def test_what_every_earlier_schema_was_filled_with_is_there_at_the_last(earlier: str) -> None:
    """A tenant is filled at each schema on the way, as whoever began with that release has it."""
    begun: dict[str, tuple[int, list[str]]] = {"": (1, rows_of(earlier, 1))}
    for number, revision in enumerate(since_first(), 2):
        with alone(earlier) as owner:
            upgrade_within(owner, earlier, "secret", revision)
        with psycopg.connect(earlier) as owner:
            words = FILLING.replace("'lake'", f"'lake-{number}'").replace("VALUES (1, ", f"VALUES ({number}, ")
            owner.execute(words.replace("'1', false", f"'{number}', false").encode())
        begun[revision] = number, rows_of(earlier, number)
    assert migrate.revisions(earlier) == (migrate.head(), migrate.head())
    assert len(begun) > 50
    assert {len(rows) for _, rows in begun.values()} == {5}
    assert {revision: rows_of(earlier, number) for revision, (number, _) in begun.items()} == {
        revision: rows for revision, (_, rows) in begun.items()
    }


def since_first() -> list[str]:
    """The schemas after the first one, in order."""
    scripts = ScriptDirectory(str(Path(migrate.__file__).parents[1] / "migrations")).iterate_revisions("head", FIRST)
    return [script.revision for script in scripts][::-1]


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
