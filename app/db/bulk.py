"""COPY into a staging table: row-level security refuses it on the table itself."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

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
        for row in rows:
            await copy.write_row(row)
