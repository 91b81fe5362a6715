"""The schema: what migrations make is what the tables declare, and isolation binds every tenant's table."""

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects.postgresql.base import ischema_names

from app.db import Database, tables
from app.db.access import tenants
from app.errors import ConfigError
from tests.conftest import TestDatabase

ischema_names["xid8"] = tables.Xid8  # SQLAlchemy does not know the type by itself
SHARED_TABLES = {"tenant", "alembic_version", "instance", "queue_migration"}


def test_the_tables_declare_what_the_migrations_make(module_database: TestDatabase) -> None:
    url = module_database.owner_url
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=sqlalchemy.NullPool
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours})
        differences = [change for change in compare_metadata(context, tables.METADATA) if not _an_index(change)]
    assert differences == []


def _ours(_thing: object, name: str, kind: str, _reflected: object, _compared: object) -> bool:
    return not (kind == "table" and (name.startswith("procrastinate") or name == "alembic_version"))


def _an_index(change: object) -> bool:
    """Indexes and constraints are the migrations' own business: the tables declare columns."""
    return isinstance(change, tuple) and str(change[0]) in {"remove_index", "add_constraint", "remove_constraint"}


def test_row_level_security_is_forced_on_every_tenants_table(module_database: TestDatabase) -> None:
    with psycopg.connect(module_database.owner_url) as connection:
        rows = connection.execute(
            """SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
                      EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
               FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                 AND c.relname NOT LIKE 'procrastinate%'"""
        ).fetchall()
    assert {name for name, forced, _ in rows if not forced} == SHARED_TABLES
    assert {name for name, _, owned in rows if not owned} == SHARED_TABLES


async def test_without_a_tenant_nothing_is_seen_and_nothing_can_be_written_for_another(database: TestDatabase) -> None:
    touch = "INSERT INTO touched (tenant_id, source_id, persons, refs) VALUES (%s, 1, '{}', '{}')"
    async with Database(database.service_url, 2) as db:
        mine, theirs = await tenants.add(db, "mine", "Mine"), await tenants.add(db, "theirs", "Theirs")
        async with db.transaction(mine.id) as tx:
            await tx.run(
                "INSERT INTO touched (tenant_id, source_id, persons, refs) VALUES (%s, 1, '{}', '{}')", mine.id
            )
        async with db.connection() as conn:
            assert (await (await conn.execute("SELECT count(*) FROM touched")).fetchone()) == (0,)
        async with db.transaction(theirs.id) as tx:
            assert await tx.one("SELECT count(*) FROM touched") == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                await tx.run(touch, mine.id)


async def test_the_service_refuses_a_role_that_isolation_does_not_bind(database: TestDatabase) -> None:
    async with Database(database.owner_url, 2) as db:
        with pytest.raises(ConfigError, match="does not bind"):
            await db.check()
    async with Database(database.service_url, 2) as db:
        await db.check()
