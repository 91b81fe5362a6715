"""Held numbers: when numbers that several children had were whose, as sources told that were removed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from app.db import Tx
from app.db.bulk import texts
from app.db.identity.persons import Ref
from app.db.tables.matching import HeldNumber


@dataclass(frozen=True, slots=True)
class HeldNumberRow:
    """The time in which a number was somebody's; `rank` is that of the source that told it."""

    type: str
    issuer: str
    value: str
    source_id: int
    person: str
    rank: int
    since: datetime
    until: datetime
    has_left: bool


async def of_identifiers(tx: Tx, ids: Sequence[tuple[str, str, str]]) -> list[HeldNumberRow]:
    """When these identifiers (type, issuer, value) were whose, as sources told that were removed."""
    types, issuers, values = zip(*ids, strict=True)
    return await tx.all(
        HeldNumberRow,
        """SELECT h.type, h.issuer, h.value, h.source_id, h.person, h.rank, h.since, h.until, h.has_left
           FROM unnest(%(types)s::text[], %(issuers)s::text[], %(texts)s::text[]) AS s (type, issuer, value)
           JOIN held_number h ON h.tenant_id = %(tenant)s AND h.type = s.type AND h.value = s.value AND h.issuer = s.issuer
           ORDER BY 1, 2, 3, 4, 5, 7""",
        types=texts(types),
        issuers=texts(issuers),
        texts=texts(values),
    )


async def told_of(tx: Tx, source: int, numbered: Sequence[str]) -> list[Ref]:
    """Persons of other sources who are told of by a number that persons of this source have or had.

    A person is told of by a number who has it, and whose key is of one of the kinds `numbered`.
    """
    return await tx.rows(
        """SELECT DISTINCT b.source_id, b.person FROM (
               SELECT type, value, issuer FROM identifier WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               UNION SELECT type, value, issuer FROM former_identifier
                   WHERE tenant_id = %(tenant)s AND source_id = %(source)s) a
           JOIN identifier b ON b.tenant_id = %(tenant)s AND b.type = a.type AND b.value = a.value
               AND (b.issuer = a.issuer OR b.type IN ('email', 'username'))
           WHERE b.source_id <> %(source)s AND split_part(b.person, ':', 1) = ANY(%(numbered)s) ORDER BY 1, 2""",
        source=source,
        numbered=list(numbered),
    )


async def forget(tx: Tx, source: int) -> None:
    """Forget what was remembered of persons of a source: it is removed itself, and what they had is noted anew."""
    await tx.run("DELETE FROM held_number WHERE tenant_id = %(tenant)s AND source_id = %(source)s", source=source)


async def add(tx: Tx, rows: Sequence[HeldNumberRow]) -> None:
    """Remember who had numbers when."""
    for row in rows:
        await tx.insert(HeldNumber(**asdict(row)), "ON CONFLICT DO NOTHING")
