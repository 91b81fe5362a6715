"""Former identifiers: what persons were told to have, and are not any more."""

from collections.abc import Iterable, Sequence
from typing import LiteralString
from uuid import UUID

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.identity.persons import Held, Ref

OWN: LiteralString = """(NOT starts_with(i.person, i.type || ':') OR strpos(i.person, '\N{BROKEN BAR}before') = 0
    AND strpos(i.person, '\N{BROKEN BAR}0') = 0 AND NOT EXISTS (SELECT FROM decision d WHERE d.tenant_id = i.tenant_id
        AND d.left_source = i.source_id AND d.left_key = i.person AND d.ended_at IS NULL AND starts_with(d.rule, 'former-'))
    AND NOT EXISTS (SELECT FROM decision d WHERE d.tenant_id = i.tenant_id
        AND d.right_source = i.source_id AND d.right_key = i.person AND d.ended_at IS NULL AND starts_with(d.rule, 'former-')))"""
"""Whether an identifier `i` is its learner's own now: see `app.identity.contests`, which makes the keys and the rules."""


async def own_of(tx: Tx, persons: Iterable[Ref]) -> list[Held]:
    """The identifiers of these persons that are their learner's own now: not a number by which somebody is told of who
    had it once, or of whom that is not known.
    """
    sources, keys = _these(persons)
    rows: list[Held] = await tx.rows(
        f"""SELECT i.source_id, i.person, i.type, i.issuer, i.value
            FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)
            JOIN identifier i ON i.tenant_id = %(tenant)s AND i.source_id = s.source_id AND i.person = s.key
            WHERE {OWN}""",
        sources=sources,
        keys=keys,
    )
    return rows


async def tellings(tx: Tx, persons: Iterable[Ref]) -> list[tuple[int, str, str]]:
    """The identifiers (JSON) that these persons (source, key) were once told to have, in words that are not said now."""
    sources, keys = _these(persons)
    return await tx.rows(
        """SELECT DISTINCT h.source_id, h.person, (h.body->'identifiers')::text
           FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)
           JOIN record_history h ON h.tenant_id = %(tenant)s AND h.source_id = s.source_id AND h.person = s.key
           WHERE h.kind = 'person' AND h.body->'identifiers' IS NOT NULL""",
        sources=sources,
        keys=keys,
    )


async def of_persons(tx: Tx, persons: Iterable[Ref]) -> set[Held]:
    """The former identifiers of these persons as they are stored."""
    sources, keys = _these(persons)
    rows: list[Held] = await tx.rows(
        """SELECT f.source_id, f.person, f.type, f.issuer, f.value
           FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)
           JOIN former_identifier f ON f.tenant_id = %(tenant)s AND f.source_id = s.source_id AND f.person = s.key""",
        sources=sources,
        keys=keys,
    )
    return set(rows)


async def neighbors(
    tx: Tx, persons: Iterable[Ref], types: Sequence[str], numbered: Sequence[str], most: int
) -> set[Ref]:
    """Persons who had an identifier of these types by which one of these is told of, or are told of by one these had.

    Told of by it is whoever has it and bears a key of one of the kinds `numbered`; of more than `most` who had it, so
    many and one are given.
    """
    sources, keys = _these(persons)
    rows = await tx.rows(
        """WITH s AS MATERIALIZED (SELECT source_id, key, split_part(key, ':', 1) = ANY(%(numbered)s) AS numbered
                FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key))
           SELECT f.source_id, f.person FROM s
               JOIN identifier a ON a.tenant_id = %(tenant)s AND a.source_id = s.source_id AND a.person = s.key
                   AND a.type = ANY(%(types)s)
               CROSS JOIN LATERAL (SELECT f.source_id, f.person FROM former_identifier f WHERE f.tenant_id = a.tenant_id
                   AND f.type = a.type AND f.value = a.value AND f.issuer = a.issuer LIMIT %(most)s + 1) f
               WHERE s.numbered
           UNION SELECT b.source_id, b.person FROM s
               JOIN former_identifier f ON f.tenant_id = %(tenant)s AND f.source_id = s.source_id AND f.person = s.key
                   AND f.type = ANY(%(types)s)
               JOIN identifier b ON b.tenant_id = f.tenant_id AND b.type = f.type AND b.value = f.value AND b.issuer = f.issuer
               WHERE split_part(b.person, ':', 1) = ANY(%(numbered)s)""",
        sources=sources,
        keys=keys,
        types=list(types),
        numbered=list(numbered),
        most=most,
    )
    return set(rows)


async def addressed(
    tx: Tx, persons: Iterable[Ref], types: Sequence[str], anywhere: Sequence[str], most: int
) -> set[Ref]:
    """Persons who are told of by an identifier of these types alone that one of these has or had, and the other way round.

    Told of by it is whoever has it and bears a key of its kind. Those of `anywhere` are the same whoever issued them; of
    more than `most` who have or had one, so many and one are given.
    """
    sources, keys = _these(persons)
    rows = await tx.rows(
        """WITH s AS MATERIALIZED (SELECT source_id, key, split_part(key, ':', 1) AS kind
                FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)),
           address AS MATERIALIZED (
               SELECT s.kind, i.type, i.value, i.issuer FROM s JOIN identifier i ON i.tenant_id = %(tenant)s
                   AND i.source_id = s.source_id AND i.person = s.key AND i.type = ANY(%(types)s)
               UNION SELECT s.kind, f.type, f.value, f.issuer FROM s JOIN former_identifier f ON f.tenant_id = %(tenant)s
                   AND f.source_id = s.source_id AND f.person = s.key AND f.type = ANY(%(types)s))
           SELECT b.source_id, b.person FROM address a
               JOIN identifier b ON b.tenant_id = %(tenant)s AND b.type = a.type AND b.value = a.value
               WHERE split_part(b.person, ':', 1) = b.type AND (b.issuer = a.issuer OR b.type = ANY(%(anywhere)s))
           UNION SELECT b.source_id, b.person FROM address a
               CROSS JOIN LATERAL (SELECT b.source_id, b.person FROM identifier b WHERE b.tenant_id = %(tenant)s
                   AND b.type = a.type AND b.value = a.value
                   AND (b.issuer = a.issuer OR b.type = ANY(%(anywhere)s)) LIMIT %(most)s + 1) b
               WHERE a.kind = a.type
           UNION SELECT f.source_id, f.person FROM address a
               CROSS JOIN LATERAL (SELECT f.source_id, f.person FROM former_identifier f WHERE f.tenant_id = %(tenant)s
                   AND f.type = a.type AND f.value = a.value
                   AND (f.issuer = a.issuer OR f.type = ANY(%(anywhere)s)) LIMIT %(most)s + 1) f
               WHERE a.kind = a.type""",
        sources=sources,
        keys=keys,
        types=list(types),
        anywhere=list(anywhere),
        most=most,
    )
    return set(rows)


async def learners_who_had(tx: Tx, type: str, value: str) -> set[UUID]:
    """The learners whom a source told to have such an identifier once, as its own and not by a number of another's."""
    rows = await tx.rows(
        """SELECT DISTINCT p.learner_id FROM former_identifier f
           JOIN person p ON p.tenant_id = f.tenant_id AND p.source_id = f.source_id AND p.key = f.person
           WHERE f.tenant_id = %(tenant)s AND f.type = %(type)s AND f.value = %(value)s AND p.learner_id IS NOT NULL""",
        type=type,
        value=value,
    )
    return {learner for (learner,) in rows}


async def forget(tx: Tx, rows: Sequence[Held]) -> None:
    """Delete former identifiers."""
    if rows:
        await tx.run(
            """DELETE FROM former_identifier f
               USING unnest(%(sources)s::int[], %(persons)s::text[], %(types)s::text[], %(issuers)s::text[],
                            %(texts)s::text[]) AS s (source_id, person, type, issuer, value)
               WHERE f.tenant_id = %(tenant)s AND (f.type, f.value, f.issuer, f.source_id, f.person)
                   = (s.type, s.value, s.issuer, s.source_id, s.person)""",
            **_columns(rows),
        )


async def add(tx: Tx, rows: Sequence[Held]) -> None:
    """Store former identifiers."""
    if rows:
        await tx.run(
            """INSERT INTO former_identifier (tenant_id, source_id, person, type, issuer, value)
               SELECT %(tenant)s, s.source_id, s.person, s.type, s.issuer, s.value
               FROM unnest(%(sources)s::int[], %(persons)s::text[], %(types)s::text[], %(issuers)s::text[],
                           %(texts)s::text[]) AS s (source_id, person, type, issuer, value) ON CONFLICT DO NOTHING""",
            **_columns(rows),
        )


def _these(persons: Iterable[Ref]) -> tuple[str, str]:
    refs = list(persons)
    return numbers(source for source, _ in refs), texts([key for _, key in refs])


def _columns(rows: Sequence[Held]) -> dict[str, str]:
    sources, *columns = zip(*rows, strict=True)
    names = ("persons", "types", "issuers", "texts")
    return {"sources": numbers(sources)} | {name: texts(of) for name, of in zip(names, columns, strict=True)}
