"""Crowds: identifiers that more persons share than one learner can be. They are nobody's own, and link nobody."""

from collections.abc import Collection
from typing import LiteralString

from app.db import Tx
from app.db.identity.persons import Ref

Typed = tuple[str, str, str]
"""An identifier: type, value, issuer."""

THESE: LiteralString = "unnest(%(types)s::text[], %(values)s::text[], %(issuers)s::text[]) AS c (type, value, issuer)"


async def crossed(tx: Tx, changed: Collection[Typed], most: int) -> list[Typed]:
    """Of identifiers that were given or taken away: those that a crowd shares from now on, or no longer does.

    A crowd is more than `most` persons. It is noted here, so that whoever looks for a person's neighbors need not meet
    all of them.
    """
    if not changed:
        return []
    rows = await tx.rows(
        f"""SELECT c.type, c.value, c.issuer, k.type IS NULL FROM {THESE}
           LEFT JOIN crowd k ON k.tenant_id = %(tenant)s AND (k.type, k.value, k.issuer) = (c.type, c.value, c.issuer)
           CROSS JOIN LATERAL (SELECT count(*) AS holders FROM (SELECT FROM identifier i
               WHERE i.tenant_id = %(tenant)s AND i.type = c.type AND i.value = c.value AND i.issuer = c.issuer
               LIMIT %(most)s + 1) h) h
           WHERE (h.holders > %(most)s) = (k.type IS NULL)""",
        **_columns(changed),
        most=most,
    )
    new = [row[:3] for row in rows if row[3]]
    over = [row[:3] for row in rows if not row[3]]
    if new:
        await tx.run(
            f"""INSERT INTO crowd (tenant_id, type, value, issuer)
                SELECT %(tenant)s, c.type, c.value, c.issuer FROM {THESE}""",
            **_columns(new),
        )
    if over:
        await tx.run(
            f"""DELETE FROM crowd k USING {THESE}
                WHERE k.tenant_id = %(tenant)s AND (k.type, k.value, k.issuer) = (c.type, c.value, c.issuer)""",
            **_columns(over),
        )
    return [*new, *over]


async def holders(tx: Tx, identifiers: Collection[Typed]) -> set[Ref]:
    """All persons who have any of these identifiers."""
    if not identifiers:
        return set()
    rows = await tx.rows(
        f"""SELECT i.source_id, i.person FROM {THESE} JOIN identifier i ON i.tenant_id = %(tenant)s
                AND i.type = c.type AND i.value = c.value AND i.issuer = c.issuer""",
        **_columns(identifiers),
    )
    return set(rows)


def _columns(identifiers: Collection[Typed]) -> dict[str, list[str]]:
    """Identifiers as the arrays of THESE."""
    names = ("types", "values", "issuers")
    return {name: [identifier[i] for identifier in identifiers] for i, name in enumerate(names)}
