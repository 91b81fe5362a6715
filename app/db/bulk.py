"""Many rows at once: as arrays or, with documents in them, by COPY into a staging table.

Row-level security refuses COPY on the tables themselves. An array of keys costs a tenth of the rows it stands for.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx


async def stage(tx: Tx, table: LiteralString, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Make these rows a staging table's (`app.db.STAGING`) only ones, by binary COPY; `types` are its columns' types.

    A commit empties the staging tables; within one transaction they are emptied before they are filled again.
    """
    if table in tx.staged:
        await tx.conn.execute(f"TRUNCATE {table}")
    tx.staged.add(table)
    async with tx.conn.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        format_row = copy.formatter.write_row  # copy.write_row would make a coroutine for every row
        for row in rows:
            if full := format_row(row):
                await copy.write(full)


def texts(values: Collection[str]) -> str:
    """A `text[]` in PostgreSQL's notation, to be cast where it is used: the driver takes many times longer to write one."""
    if not values:
        return "{}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values])
    return f'{{"{joined}"}}'


def numbers(values: Iterable[int]) -> str:
    """An `int[]` or `bigint[]` in PostgreSQL's notation, likewise."""
    return "{" + ",".join(map(str, values)) + "}"


def uuids(values: Iterable[UUID]) -> str:
    """A `uuid[]` in PostgreSQL's notation, likewise."""
    return "{" + ",".join([value.hex for value in values]) + "}"
