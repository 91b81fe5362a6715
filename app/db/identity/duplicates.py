"""Duplicates: persons of one source who share what few share."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db import Tx

KEYS = 3
"""So many keys must two share, of those that few do, if they share no number."""


@dataclass(frozen=True, slots=True)
class AlikeRow:
    """Two persons of a source; whether they share a number, and whether one has a number that the other had."""

    left_key: str
    right_key: str
    shared: bool
    former: bool


async def alike(tx: Tx, source: int, types: Sequence[str], *, few: int, most: int) -> list[AlikeRow]:
    """Persons of a source who share an identifier of these types, or several keys of those that at most `few` share.

    So many pairs at most, those with numbers first, then who share the most. A crowd's identifier makes no pair.
    """
    return await tx.all(
        AlikeRow,
        f"""WITH mine AS MATERIALIZED (
                SELECT key, person FROM match_key WHERE tenant_id = %(tenant)s AND source_id = %(source)s),
            telling AS MATERIALIZED (
                SELECT key FROM mine GROUP BY key HAVING count(*) BETWEEN 2 AND %(few)s),
            own AS MATERIALIZED (
                SELECT type, value, issuer, person FROM identifier i
                WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND type = ANY(%(types)s) AND NOT EXISTS (
                    SELECT FROM crowd k WHERE k.tenant_id = i.tenant_id
                    AND k.type = i.type AND k.value = i.value AND k.issuer = i.issuer)),
            pair AS (
                SELECT l.person AS left_key, r.person AS right_key, 'key' AS through
                FROM telling t JOIN mine l ON l.key = t.key JOIN mine r ON r.key = t.key AND r.person > l.person
                UNION ALL SELECT l.person, r.person, 'number'
                FROM own l JOIN own r ON r.type = l.type AND r.value = l.value AND r.issuer = l.issuer AND r.person > l.person
                UNION ALL SELECT least(o.person, f.person), greatest(o.person, f.person), 'former'
                FROM own o JOIN former_identifier f ON f.tenant_id = %(tenant)s AND f.source_id = %(source)s
                    AND f.type = o.type AND f.value = o.value AND f.issuer = o.issuer AND f.person <> o.person)
            SELECT left_key, right_key, bool_or(through = 'number') AS shared, bool_or(through = 'former') AS former
            FROM pair GROUP BY 1, 2 HAVING bool_or(through <> 'key') OR count(*) >= {KEYS}
            ORDER BY 3 DESC, 4 DESC, count(*) DESC, 1, 2 LIMIT %(most)s""",
        source=source,
        types=list(types),
        few=few,
        most=most,
    )
