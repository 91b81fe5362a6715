"""The terms that sources tell of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.db import Tx

MOST = 60
Statement = tuple[int, str, str]  # source, stream, raw key


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term by its dates; of several of the same dates, one title."""

    title: str
    begins: date
    ends: date


async def words_beside(tx: Tx, statements: Sequence[Statement]) -> dict[Statement, str]:
    """What was said beside results: the narrative of the evidence that came in the same raw record."""
    rows = await tx.rows(
        """SELECT r.source_id, r.stream, r.raw_key, min(r.body->>'narrative') FROM record r
           JOIN unnest(%(sources)s::int[], %(streams)s::text[], %(keys)s::text[]) AS s (source_id, stream, raw_key)
                ON s.source_id = r.source_id AND s.stream = r.stream AND s.raw_key = r.raw_key
           WHERE r.tenant_id = %(tenant)s AND r.kind = 'evidence' AND r.state <> 'retracted'
             AND r.body->>'narrative' IS NOT NULL GROUP BY r.source_id, r.stream, r.raw_key""",
        sources=[source for source, _, _ in statements],
        streams=[stream for _, stream, _ in statements],
        keys=[key for _, _, key in statements],
    )
    return {(source, stream, key): narrative for source, stream, key, narrative in rows}


async def begun(tx: Tx, by: date) -> list[TermRow]:
    """Terms, grading periods and school years that have begun by a day, the newest first."""
    return await tx.all(
        TermRow,
        """SELECT min(body->>'title') AS title, (body->>'begins')::date AS begins, (body->>'ends')::date AS ends FROM record
           WHERE tenant_id = %(tenant)s AND kind = 'academicSession' AND state <> 'retracted'
             AND body->>'begins' IS NOT NULL AND body->>'ends' IS NOT NULL
             AND (body->>'begins')::date <= %(day)s AND (body->>'ends')::date >= (body->>'begins')::date
           GROUP BY (body->>'begins')::date, (body->>'ends')::date ORDER BY begins DESC, ends LIMIT %(most)s""",
        day=by,
        most=MOST,
    )
