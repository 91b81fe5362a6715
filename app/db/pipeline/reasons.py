"""The quarantine by its reasons: the same fault is told once, with how many records have it."""

from dataclasses import dataclass
from datetime import datetime

from app.db import Tx


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A reason, as far as it is the same for many: without numbers and quoted values, but with the name of its field.

    `ids` are the first.
    """

    source_id: int
    stream: str
    reason: str
    example: str
    records: int
    first_at: datetime
    last_at: datetime
    ids: list[int]


async def by_reason(tx: Tx, source: int | None, most: int) -> list[ReasonRow]:
    """What waits in quarantine, grouped, the most frequent first; of one source, where one is given."""
    return await tx.all(
        ReasonRow,
        r"""SELECT source_id, stream,
                   regexp_replace(regexp_replace(reason, '(?<!field )''[^'']*''|"[^"]*"', '…', 'g'), '\d+', '#', 'g')
                       AS reason, min(reason) AS example, count(*) AS records, min(first_at) AS first_at,
                   max(last_at) AS last_at, (array_agg(id ORDER BY id))[1:200] AS ids
           FROM quarantine WHERE tenant_id = %(tenant)s AND resolved_at IS NULL
             AND (%(source)s::int IS NULL OR source_id = %(source)s)
           GROUP BY 1, 2, 3 ORDER BY records DESC, example LIMIT %(most)s""",
        source=source,
        most=most,
    )
