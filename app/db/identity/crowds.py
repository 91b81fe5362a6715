"""Crowds: identifiers that more persons share than one learner can be. They are nobody's own, and link nobody."""

from collections.abc import Collection

from app.db import Tx
from app.db.identity.persons import Ref

Typed = tuple[str, str, str]
"""An identifier: type, value, issuer."""


async def crossed(tx: Tx, changed: Collection[Typed], most: int) -> list[Typed]:
    """Of identifiers that were given or taken away: those that a crowd shares from now on, or no longer does.

    A crowd is more than `most` persons. It is noted here, so that whoever looks for a person's neighbors need not meet
    all of them.
    """
    if not changed:
        return []
    rows = await tx.rows(
        """SELECT c.type, c.value, c.issuer, k.type IS NULL FROM unnest(%s::text[], %s::text[], %s::text[]) AS c (type, value, issuer)
           LEFT JOIN crowd k ON k.tenant_id = %s AND (k.type, k.value, k.issuer) = (c.type, c.value, c.issuer)
           CROSS JOIN LATERAL (SELECT count(*) AS held FROM (SELECT FROM identifier i WHERE i.tenant_id = %s
               AND i.type = c.type AND i.value = c.value AND i.issuer = c.issuer LIMIT %s) h) h
           WHERE (h.held > %s) = (k.type IS NULL)""",
        *_columns(changed),
        tx.tenant,
        tx.tenant,
        most + 1,
        most,
    )
    new = [row[:3] for row in rows if row[3]]
    over = [row[:3] for row in rows if not row[3]]
    if new:
        await tx.run(
            "INSERT INTO crowd (tenant_id, type, value, issuer) SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::text[])",
            tx.tenant,
            *_columns(new),
        )
    if over:
        await tx.run(
            """DELETE FROM crowd k USING unnest(%s::text[], %s::text[], %s::text[]) AS c (type, value, issuer)
               WHERE k.tenant_id = %s AND (k.type, k.value, k.issuer) = (c.type, c.value, c.issuer)""",
            *_columns(over),
            tx.tenant,
        )
    return [*new, *over]


async def holders(tx: Tx, identifiers: Collection[Typed]) -> set[Ref]:
    """All persons who have any of these identifiers."""
    if not identifiers:
        return set()
    rows = await tx.rows(
        """SELECT i.source_id, i.person FROM unnest(%s::text[], %s::text[], %s::text[]) AS c (type, value, issuer)
           JOIN identifier i ON i.tenant_id = %s AND i.type = c.type AND i.value = c.value AND i.issuer = c.issuer""",
        *_columns(identifiers),
        tx.tenant,
    )
    return set(rows)


def _columns(identifiers: Collection[Typed]) -> list[list[str]]:
    return [[identifier[i] for identifier in identifiers] for i in range(3)]
