"""COPY into a staging table: row-level security refuses it on the table itself."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

from app.db import Tx


async def stage(tx: Tx, table: LiteralString, types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a staging table (`app.db.STAGING`), in binary; `types` are its columns' types in order."""
    async with tx.conn.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for row in rows:
            await copy.write_row(row)
