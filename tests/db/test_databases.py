"""The test databases: migrated, fresh, and seen through the service's own role."""

import psycopg

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
