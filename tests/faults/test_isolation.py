"""The database's own walls: what the service's role cannot do, even where the service were made to run any SQL."""

import secrets
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncConnection, sql
from psycopg.rows import TupleRow

from app.access.keys import digest
from app.db import Database
from app.db.access import access, tenants
from tests.conftest import TestDatabase
from tests.support.api import EVIDENCE, Api
from tests.support.district import District
from tests.support.hostile import pushed

DENIED = psycopg.errors.InsufficientPrivilege


@pytest.fixture
async def intruder(database: TestDatabase, api: Api) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection as the service's role, in a database where tenant `sample` has a learner, keys and quarantine."""
    headers = await api.pusher()
    await api.learner(headers)
    await api.http.post("/v1/evidence", json=[{"id": "bad"}], headers={**headers, "Idempotency-Key": "k"})
    async with await AsyncConnection.connect(database.service_url, autocommit=True) as conn:
        yield conn


async def tenant_tables(conn: AsyncConnection[TupleRow]) -> list[str]:
    """Every table with a column tenant_id."""
    cursor = await conn.execute(
        """SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
           WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped"""
    )
    return [name for (name,) in await cursor.fetchall()]


async def test_every_tenants_table_is_walled_for_owner_and_service(intruder: AsyncConnection[TupleRow]) -> None:
    cursor = await intruder.execute(
        """SELECT relname::text FROM pg_class
           WHERE relrowsecurity AND relforcerowsecurity AND relnamespace = 'public'::regnamespace"""
    )
    walled = {name for (name,) in await cursor.fetchall()}
    assert set(await tenant_tables(intruder)) == walled
    bare = await intruder.execute(
        """SELECT relname::text FROM pg_class WHERE relkind = 'r' AND NOT relrowsecurity
           AND relnamespace = 'public'::regnamespace AND relname !~ '^procrastinate_'"""
    )
    assert {name for (name,) in await bare.fetchall()} == {"tenant", "alembic_version", "instance", "queue_migration"}


async def test_without_the_tenants_number_nothing_shows(intruder: AsyncConnection[TupleRow]) -> None:
    """Not without a tenant, not with another's; and what is no number is an error, not everything."""
    for wall in ("", "0", "-1", "2", "999999", "1 OR true"):
        await check_nothing_shows(intruder, wall)


async def check_nothing_shows(intruder: AsyncConnection[TupleRow], wall: str) -> None:
    async with intruder.transaction(force_rollback=True):
        await intruder.execute("SELECT set_config('tessera.tenant', %s, true)", [wall])
        for table in await tenant_tables(intruder):
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            try:
                async with intruder.transaction():
                    row = await (await intruder.execute(query)).fetchone()
            except psycopg.errors.InvalidTextRepresentation:
                continue
            assert (table, row) == (table, (0,))


async def test_rows_are_not_moved_to_another_tenant(intruder: AsyncConnection[TupleRow]) -> None:
    for table in await tenant_tables(intruder):
        async with intruder.transaction(force_rollback=True):
            await intruder.execute("SELECT set_config('tessera.tenant', '1', true)")
            query = sql.SQL("UPDATE {} SET tenant_id = 2").format(sql.Identifier(table))
            has = await intruder.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(table)))
            if await has.fetchone() == (True,):
                with pytest.raises(DENIED):
                    await intruder.execute(query)


FORBIDDEN = [
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "ALTER TABLE record DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE record NO FORCE ROW LEVEL SECURITY",
    "DROP POLICY tenant ON record",
    "CREATE POLICY mine ON record USING (true)",
    "CREATE TABLE public.mine (a int)",
    "CREATE VIEW public.mine AS SELECT * FROM record",
    "CREATE FUNCTION public.mine() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION public.authenticate(presented bytea) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "CREATE EXTENSION dblink",
    "DROP TABLE record",
    "TRUNCATE record",
    "COPY record TO PROGRAM 'cat'",
    "COPY record TO '/tmp/stolen'",
    "SELECT pg_read_file('/etc/passwd')",
    "CREATE TRIGGER mine BEFORE INSERT ON record EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "UPDATE alembic_version SET version_num = '0'",
    "SELECT rolpassword FROM pg_authid",
]


async def test_what_the_services_role_may_not_do(intruder: AsyncConnection[TupleRow]) -> None:
    for statement in FORBIDDEN:
        with pytest.raises((DENIED, psycopg.errors.InvalidFunctionDefinition)):
            await intruder.execute(statement.encode())


async def test_turning_row_security_off_is_an_error_and_statistics_tell_no_values(
    intruder: AsyncConnection[TupleRow], database: TestDatabase
) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE")
    seen = await intruder.execute(
        "SELECT * FROM pg_stats WHERE schemaname = 'public' AND tablename !~ '^procrastinate_'"
    )
    assert {row[1] for row in await seen.fetchall()} <= {"tenant", "alembic_version", "instance", "queue_migration"}
    await intruder.execute("SET row_security = off")
    with pytest.raises(DENIED):
        await intruder.execute("SELECT * FROM record")


async def test_a_function_given_one_tenants_number_and_anothers_id_finds_nothing(api: Api) -> None:
    learner = UUID(await api.learner(await api.pusher()))
    async with api.db.connection() as conn:
        for query in ("SELECT * FROM learner_row(%s, %s)", "SELECT 1 WHERE learner_etag(%s, %s) IS NOT NULL"):
            assert await (await conn.execute(query, [api.tenant, learner])).fetchall() != []
            assert await (await conn.execute(query, [api.other, learner])).fetchall() == []
        left = await (await conn.execute("SELECT current_setting('tessera.tenant', true)")).fetchone()
    assert left in ((None,), ("",))


async def test_a_key_reads_its_own_tenant_beside_keys_of_others(api: Api) -> None:
    """Those who ask at one moment are answered by one query: each by its own key, whatever stands beside it."""
    learner = UUID(await api.learner(await api.pusher()))
    ours, theirs = digest(await api.key("learners.read")), digest(await api.key("learners.read", tenant=api.other))
    nobody = secrets.token_bytes(32)
    requests = [(key, learner, "", False) for key in (theirs, nobody, ours, nobody, theirs, ours, theirs)]
    answers = await access.read_learners(api.db, requests)
    assert [None if a is None else a.etag is not None for a in answers] == [False, None, True, None, False, True, False]
    callers = await access.callers(api.db, [theirs, nobody, ours])
    assert [caller and caller.tenant for caller in callers] == [api.other, None, api.tenant]


async def test_two_tenants_with_the_same_data_do_not_touch(api: Api, db: Database) -> None:
    """Same slugs, same ids, same keys: what one does to its learner, the other's does not see."""
    made = []
    for tenant in (api.tenant, api.other):
        row = await tenants.by_id(db, tenant)
        assert row is not None
        district = District(db, row)
        source = await district.source("tutor", "evidence")
        await district.take(source, "evidence", [pushed("1", learner={"name": {"given": "Ada"}}), {**EVIDENCE}])
        await district.settle()
        made.append((district, source))
    (ours, source), (theirs, _) = made
    before = await theirs.bytes()
    assert not before.keys() & (await ours.bytes()).keys()
    await ours.take(source, "evidence", [pushed("1", withdrawn=True), {**EVIDENCE, "name": "Anew"}])
    await ours.settle()
    assert await theirs.bytes() == before
