"""The test databases: migrated, fresh, and seen through the service's own role."""

import psycopg

from app.db import Database
from tests.conftest import TestDatabase


def test_a_database_is_migrated_and_belongs_to_one_test(database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("CREATE TABLE only_here ()")
    with psycopg.connect(database.service_url) as service:
        assert service.execute("SELECT count(*) FROM tenant").fetchone() == (0,)
        assert service.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)


def test_the_next_test_sees_none_of_it(database: TestDatabase) -> None:
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


async def test_who_was_alone_leaves_at_once(database: TestDatabase) -> None:
    """The next may begin right away: a server notices only some time later that a connection was closed."""
    async with Database(database.service_url, 2) as db, db.connection() as conn:
        for _ in range(200):
            async with db.alone(1, -7) as ours, db.alone(1, -7) as another:
                assert (ours, another) == (True, False)
            locks = await conn.execute(
                """SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                   WHERE locktype = 'advisory' AND datname = current_database()"""
            )
            assert await locks.fetchone() == (0,)
