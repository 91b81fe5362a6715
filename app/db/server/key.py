"""Whose key a database's secrets are sealed with: looked at before anything is written, and changed by rotation.

What is sealed with the instance's key stands in columns called `sealed`, `sealed_…` or `secrets`, of type bytea: they are
found by that name, so that a new table's are rotated with the others.
"""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg import Connection, sql

from app.errors import ConfigError
from app.secrets import Vault

LEAVING = 5
"""Seconds in which a closed connection's process is gone from the server's list."""


class Sealed(NamedTuple):
    """A table's column that holds what is sealed, and the columns that name its rows."""

    table: str
    column: str
    key: tuple[str, ...]


def fingerprint(connection: Connection) -> str | None:
    """The fingerprint of the key this database belongs to; None where none is written down yet."""
    if not _exists(connection, "instance"):
        return None
    row = connection.execute("SELECT key_fingerprint FROM instance").fetchone()
    return None if row is None else str(row[0])


def backed_up_at(connection: Connection) -> datetime | None:
    """When the database was last backed up by our own command; None where it never was."""
    row = connection.execute("SELECT backed_up_at FROM instance").fetchone()
    return None if row is None else row[0]


def check(connection: Connection, vault: Vault | None) -> None:
    """ConfigError where the database belongs to another key than this one, or to one where there is none at hand.

    A database of an earlier release tells no fingerprint: the first thing found that is sealed must open.
    """
    belongs = fingerprint(connection)
    if belongs is not None and (vault is None or vault.fingerprint() != belongs):
        ours = "there is none here" if vault is None else f"this one's is {vault.fingerprint()}"
        raise ConfigError(
            f"this database belongs to another instance key: its fingerprint is {belongs}, and {ours}. Nothing was "
            "written. Give the key of this database in TESSERA_KEY, or name its data folder in TESSERA_DATA"
        )
    if belongs is not None:
        return
    for tenant, sealed in _sealed_values(connection):
        if vault is None:
            raise ConfigError(
                "this database holds sealed secrets and there is no instance key here: give the key they were sealed "
                "with in TESSERA_KEY, or name its data folder in TESSERA_DATA. Nothing was written"
            )
        try:
            vault.open(tenant, sealed)
        except ConfigError:
            raise ConfigError(
                "this database belongs to another instance key: what it holds sealed does not open with this one "
                f"({vault.fingerprint()}). Nothing was written. Give its own key in TESSERA_KEY"
            ) from None
        return


def claim(connection: Connection, vault: Vault) -> None:
    """Write down whose key this database belongs to, where that is not yet known."""
    connection.execute(
        "INSERT INTO instance (key_fingerprint) VALUES (%s) ON CONFLICT (id) DO NOTHING", [vault.fingerprint()]
    )


def rotate(connection: Connection, old: Vault, new: Vault, role: str | None) -> int:
    """Seal everything with another key, in one transaction; how many values. `role`: whose password goes with it.

    ConfigError where anything does not open with the old key: then nothing is changed.
    """
    count = 0
    with connection.transaction():
        connection.execute("SELECT set_config('tessera.actor', 'key rotation', true)")
        for tenant in _tenants(connection):
            connection.execute("SELECT set_config('tessera.tenant', %s, true)", [str(tenant)])
            for sealed in _columns(connection):
                count += _reseal(connection, sealed, tenant, old, new)
        connection.execute("UPDATE instance SET key_fingerprint = %s, key_since = now()", [new.fingerprint()])
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if role is not None and known:
            words = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(new.password()))
            connection.execute(words)
    return count


def users(connection: Connection, role: str) -> int:
    """How many connections the service has open, as its role. One that was just closed is given a moment to leave."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = %s"
    deadline = time.monotonic() + LEAVING
    while True:
        row = connection.execute(query, [role]).fetchone()
        assert row is not None
        if row[0] == 0 or time.monotonic() > deadline:
            return int(row[0])
        time.sleep(0.1)


def _reseal(connection: Connection, sealed: Sealed, tenant: int, old: Vault, new: Vault) -> int:
    table, column = sql.Identifier(sealed.table), sql.Identifier(sealed.column)
    names = sql.SQL(", ").join(map(sql.Identifier, sealed.key))
    rows = connection.execute(
        sql.SQL("SELECT {}, {} FROM {} WHERE tenant_id = %s AND {} IS NOT NULL FOR UPDATE").format(
            column, names, table, column
        ),
        [tenant],
    ).fetchall()
    where = sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in sealed.key)
    statement = sql.SQL("UPDATE {} SET {} = %s WHERE {}").format(table, column, where)
    for value, *key in rows:
        connection.execute(statement, [new.seal(tenant, old.open(tenant, value)), *key])
    return len(rows)


def _sealed_values(connection: Connection) -> Iterator[tuple[int, bytes]]:
    """What is sealed, tenant by tenant; of each column one value."""
    with connection.transaction():
        for tenant in _tenants(connection):
            connection.execute("SELECT set_config('tessera.tenant', %s, true)", [str(tenant)])
            for sealed in _columns(connection):
                column, table = sql.Identifier(sealed.column), sql.Identifier(sealed.table)
                row = connection.execute(
                    sql.SQL("SELECT {} FROM {} WHERE tenant_id = %s AND {} IS NOT NULL LIMIT 1").format(
                        column, table, column
                    ),
                    [tenant],
                ).fetchone()
                if row is not None:
                    yield tenant, row[0]


def _tenants(connection: Connection) -> list[int]:
    if not _exists(connection, "tenant"):
        return []
    return [tenant for (tenant,) in connection.execute("SELECT id FROM tenant ORDER BY id").fetchall()]


def _columns(connection: Connection) -> list[Sealed]:
    rows = connection.execute(
        r"""SELECT c.relname, a.attname, ARRAY(SELECT k.attname::text FROM pg_index i JOIN pg_attribute k
                       ON k.attrelid = c.oid AND k.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.atttypid = 'bytea'::regtype
              AND (a.attname IN ('sealed', 'secrets') OR a.attname LIKE 'sealed\_%') AND NOT a.attisdropped
            ORDER BY c.relname, a.attname"""
    ).fetchall()
    return [Sealed(table, column, tuple(key)) for table, column, key in rows]


def _exists(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{table}"]).fetchone()
    return row == (True,)
