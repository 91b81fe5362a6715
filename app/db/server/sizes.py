"""How large the database is, table by table, how fast it grows, and where the dead pile up. As its owner."""

from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

LARGEST = 5
DEAD_SHARE, DEAD_ROWS = 0.2, 50_000
"""So many rows that are no more, and such a share of a table's, and it wants a vacuum that does not come by itself."""


class TableSize(NamedTuple):
    """A table with its indexes, in bytes."""

    name: str
    bytes: int


class Sizes(NamedTuple):
    """The whole database in bytes, its largest tables, learners, and bytes of raw a day over the last four weeks."""

    total: int
    tables: list[TableSize]
    learners: int
    raw_a_day: int


class DeadRows(NamedTuple):
    """A table with many rows that are no more, and when it was last vacuumed."""

    name: str
    dead: int
    live: int


def sizes(connection: Connection) -> Sizes:
    """How large everything is."""
    with connection.cursor(row_factory=class_row(TableSize)) as cursor:
        tables = cursor.execute(
            """SELECT relname::text AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
               WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY bytes DESC LIMIT %s""",
            [LARGEST],
        ).fetchall()
    total = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert total is not None
    learners = raw = 0
    for (tenant,) in connection.execute("SELECT id FROM tenant").fetchall():
        with connection.transaction():
            connection.execute("SELECT set_config('tessera.tenant', %s, true)", [str(tenant)])
            row = connection.execute(
                """SELECT (SELECT count(*) FROM learner WHERE tenant_id = %(tenant)s AND body IS NOT NULL),
                          (SELECT coalesce(sum(octet_length(body)), 0) FROM raw
                           WHERE tenant_id = %(tenant)s AND received_at > now() - interval '28 days')""",
                {"tenant": tenant},
            ).fetchone()
        assert row is not None
        learners, raw = learners + int(row[0]), raw + int(row[1])
    return Sizes(int(total[0]), tables, learners, raw // 28)


def dead_rows(connection: Connection) -> list[DeadRows]:
    """Tables in which more is dead than autovacuum should leave."""
    with connection.cursor(row_factory=class_row(DeadRows)) as cursor:
        return cursor.execute(
            """SELECT relname::text AS name, n_dead_tup AS dead, n_live_tup AS live FROM pg_stat_user_tables
               WHERE n_dead_tup > %s AND n_dead_tup > %s * (n_live_tup + n_dead_tup) ORDER BY n_dead_tup DESC""",
            [DEAD_ROWS, DEAD_SHARE],
        ).fetchall()
