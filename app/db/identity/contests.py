"""What was told under a number that two children have: by whom they were named first, and what names nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.identity.persons import Ref

FIRST: LiteralString = """(SELECT coalesce(min(h.since), coalesce(r.since, r.received_at)) FROM record_history h
    WHERE h.tenant_id = r.tenant_id AND h.source_id = r.source_id AND h.stream = r.stream AND h.raw_key = r.raw_key)"""
"""When a raw record was first received."""


SAME: dict[bool, LiteralString] = {False: "true", True: "r.since = m.since"}
"""Which row it is, of what is stored now, and of the past."""


@dataclass(frozen=True, slots=True)
class WordingRow:
    """What is told of a person, in these words, since when, and the run that brought them, if one did."""

    source_id: int
    person: str
    since: datetime
    run: int | None
    body: str


@dataclass(frozen=True, slots=True)
class NamelessRow:
    """A statement of a raw record that tells of a person by number alone; `until`: it said so until then."""

    stream: str
    raw_key: str
    n: int
    since: datetime | None
    until: datetime | None
    body: str


async def wordings(tx: Tx, persons: Iterable[Ref]) -> list[WordingRow]:
    """All that was ever told of who these persons are, equal words of one person and run once."""
    refs = list(persons)
    return await tx.all(
        WordingRow,
        """WITH these AS (SELECT source_id, key FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)),
               version AS (
                   SELECT r.source_id, r.person, coalesce(r.since, r.received_at) AS since, r.raw_id, r.body::text AS body
                   FROM these s JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id
                       AND r.person = s.key AND r.kind = 'person' AND r.said IS NOT NULL
                   UNION ALL SELECT h.source_id, h.person, h.since, h.raw_id, h.body::text
                   FROM these s JOIN record_history h ON h.tenant_id = %(tenant)s AND h.source_id = s.source_id
                       AND h.person = s.key AND h.kind = 'person')
           SELECT v.source_id, v.person, min(v.since) AS since, w.run_id AS run, v.body
           FROM version v LEFT JOIN raw w ON w.tenant_id = %(tenant)s AND w.id = v.raw_id
           GROUP BY v.source_id, v.person, w.run_id, v.body ORDER BY 1, 2, 3, 5""",
        sources=numbers(source for source, _ in refs),
        keys=texts([key for _, key in refs]),
    )


async def nameless(
    tx: Tx, person: Ref, bodies: Sequence[str], since: datetime | None, until: datetime | None, limit: int
) -> list[tuple[str, str]]:
    """Raw records (stream, key) first received from `since` until `until` that tell of a person in these words alone."""
    source, key = person
    return await tx.rows(
        f"""SELECT r.stream, r.raw_key FROM record r
            WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.person = %(key)s AND r.kind = 'person'
              AND r.said IS NOT NULL AND r.body::text = ANY(%(bodies)s::text[])
              AND {FIRST} >= coalesce(%(since)s, '-infinity'::timestamptz)
              AND {FIRST} < coalesce(%(until)s, 'infinity'::timestamptz)
              AND NOT EXISTS (SELECT FROM record o WHERE o.tenant_id = r.tenant_id AND o.source_id = r.source_id
                  AND o.stream = r.stream AND o.raw_key = r.raw_key AND o.person = r.person AND o.kind = 'person'
                  AND o.body::text <> ALL(%(bodies)s::text[]))
            ORDER BY r.stream, r.raw_key LIMIT %(limit)s""",
        source=source,
        key=key,
        bodies=texts(bodies),
        since=since,
        until=until,
        limit=limit,
    )


async def statements_of(tx: Tx, person: Ref, raw: Sequence[tuple[str, str]]) -> list[NamelessRow]:
    """All that these raw records (stream, key) say and have said of a person."""
    source, key = person
    return await tx.all(
        NamelessRow,
        """WITH these AS (SELECT stream, raw_key FROM unnest(%(streams)s::text[], %(raw_keys)s::text[]) AS s (stream, raw_key))
           SELECT r.stream, r.raw_key, r.n, r.since, NULL::timestamptz AS until, r.body::text AS body
           FROM these s JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = s.stream
               AND r.raw_key = s.raw_key AND r.person = %(key)s
           UNION ALL SELECT h.stream, h.raw_key, h.n, h.since, h.until, h.body::text
           FROM these s JOIN record_history h ON h.tenant_id = %(tenant)s AND h.source_id = %(source)s
               AND h.stream = s.stream AND h.raw_key = s.raw_key AND h.person = %(key)s
           ORDER BY 1, 2, 3, 5""",
        source=source,
        key=key,
        streams=texts([stream for stream, _ in raw]),
        raw_keys=texts([raw_key for _, raw_key in raw]),
    )


async def reassign(tx: Tx, source: int, person: str, rows: Sequence[tuple[NamelessRow, str, str]]) -> None:
    """Statements, and what they said before, each with its key and body from now on, are told of another person."""
    for past, table in ((False, "record"), (True, "record_history")):
        some = [row for row in rows if (row[0].until is not None) == past]
        if not some:
            continue
        await tx.run(
            f"""UPDATE {table} r SET key = m.key, person = %(person)s, body = m.body::json
                FROM unnest(%(streams)s::text[], %(raw_keys)s::text[], %(ns)s::int[], %(sinces)s::timestamptz[],
                            %(keys)s::text[], %(bodies)s::text[]) AS m (stream, raw_key, n, since, key, body)
                WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = m.stream
                  AND r.raw_key = m.raw_key AND r.n = m.n AND {SAME[past]}""",
            source=source,
            person=person,
            streams=[row.stream for row, *_ in some],
            raw_keys=[row.raw_key for row, *_ in some],
            ns=numbers(row.n for row, *_ in some),
            sinces=[row.since for row, *_ in some],
            keys=[key for _, key, _ in some],
            bodies=[body for *_, body in some],
        )
