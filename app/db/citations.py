"""What decided a state of mastery, as it can be cited: a title, who says so, and when it was shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from app.db import Tx


@dataclass(frozen=True, slots=True)
class CitedRow:
    """An assertion as it is cited; `source` is who says so, by name, `raw_key` what that source calls it."""

    id: int
    at: datetime
    title: str | None
    source: str
    slug: str
    raw_key: str


async def cited(tx: Tx, assertions: Sequence[int]) -> dict[int, CitedRow]:
    """These assertions, by id."""
    async with tx.conn.cursor(row_factory=class_row(CitedRow)) as cursor:
        await cursor.execute(
            """SELECT a.id, a.at, a.detail->>'title' AS title, s.name AS source, s.slug, a.raw_key FROM assertion a
               JOIN source s ON s.tenant_id = a.tenant_id AND s.id = a.source_id
               WHERE a.tenant_id = %s AND a.id = ANY(%s)""",
            [tx.tenant, list(assertions)],
        )
        return {row.id: row for row in await cursor.fetchall()}
