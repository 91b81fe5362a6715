"""What was told under a number that changes hands: of whom by name and when, and what names nobody."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.identity.persons import Ref

SAME: dict[bool, LiteralString] = {False: "true", True: "r.since = m.since"}
"""Which row it is, of what is stored now, and of the past."""


ELSEWHERE: LiteralString = """
    WITH turn AS (SELECT coalesce(since, '-infinity') AS since, coalesce(until, 'infinity') AS until, target, over
        FROM unnest(%(sinces)s::timestamptz[], %(untils)s::timestamptz[], %(targets)s::text[], %(over)s::boolean[])
            AS t (since, until, target, over)),
    told AS (SELECT r.stream, r.raw_key, r.person, first.at AS received, least(own.since, first.at) AS since,
            least(own.until, first.at) AS until FROM record r
       CROSS JOIN LATERAL (SELECT least(min(h.since), coalesce(r.since, r.received_at)) AS at FROM record_history h
           WHERE h.tenant_id = r.tenant_id AND h.source_id = r.source_id AND h.stream = r.stream
             AND h.raw_key = r.raw_key AND h.kind = 'person' AND split_part(h.person, %(mark)s, 1) = %(number)s) first
       CROSS JOIN LATERAL (SELECT min(m.moment) AS since, max(CASE WHEN m.moment = date_trunc('day', m.moment, 'UTC')
               THEN m.moment + interval '1 day' - interval '1 microsecond' ELSE m.moment END) AS until
           FROM record o CROSS JOIN LATERAL (SELECT coalesce(o.body->>'occurred_at', o.body->>'scored_at',
                   o.body->>'scored_on', o.body->>'issued_at', CASE o.kind WHEN 'evidence' THEN o.body->>'begins' END)
                   ::timestamptz AS moment) m
           WHERE %(nobody)s::text IS NOT NULL AND o.tenant_id = r.tenant_id AND o.source_id = r.source_id
             AND o.stream = r.stream AND o.raw_key = r.raw_key AND o.kind IN ('evidence', 'result', 'credential')) own
       WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.person = ANY(%(keys)s::text[])
         AND r.kind = 'person' AND r.said IS NOT NULL AND r.body::text = ANY(%(bodies)s::text[])
         AND NOT EXISTS (SELECT FROM record o WHERE o.tenant_id = r.tenant_id AND o.source_id = r.source_id
             AND o.stream = r.stream AND o.raw_key = r.raw_key AND o.person = r.person AND o.kind = 'person'
             AND o.body::text <> ALL(%(bodies)s::text[]))),
    due AS (SELECT told.stream, told.raw_key, told.person, CASE WHEN a.target = b.target
            AND (c.target = a.target OR NOT b.over) THEN a.target ELSE %(nobody)s END AS target
        FROM told JOIN turn a ON told.since >= a.since AND told.since < a.until
        JOIN turn b ON told.until >= b.since AND told.until < b.until
        JOIN turn c ON told.received >= c.since AND told.received < c.until)
   SELECT stream, raw_key, person, target FROM due WHERE person <> target ORDER BY stream, raw_key LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class WordingRow:
    """What is told of a person, in these words and state, from when to when (None: still), and the run that brought it."""

    source_id: int
    person: str
    since: datetime
    until: datetime | None
    state: str
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


async def reworded(tx: Tx, persons: Iterable[Ref]) -> set[Ref]:
    """Who of these persons was once told of in other words than now."""
    refs = list(persons)
    rows = await tx.rows(
        """SELECT s.source_id, s.key FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)
           CROSS JOIN LATERAL (SELECT FROM record_history h WHERE h.tenant_id = %(tenant)s
               AND h.source_id = s.source_id AND h.person = s.key AND h.kind = 'person' LIMIT 1) h""",
        sources=numbers(source for source, _ in refs),
        keys=texts([key for _, key in refs]),
    )
    return set(rows)


async def wordings(tx: Tx, persons: Iterable[Ref], together: Sequence[str]) -> list[WordingRow]:
    """All that was ever told of who these persons are.

    Of those whose keys begin with one of `together`, of whom many raw records tell, equal words of one run are one.
    """
    refs = list(persons)
    return await tx.all(
        WordingRow,
        """WITH these AS (SELECT source_id, key, split_part(key, ':', 1) = ANY(%(together)s) AS many
                          FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)),
               version AS (
                   SELECT s.many, r.source_id, r.person, r.stream, r.raw_key, r.n, coalesce(r.since, r.received_at) AS since,
                          NULL::timestamptz AS until, r.state, r.raw_id, r.body::text AS body
                   FROM these s JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = s.source_id
                       AND r.person = s.key AND r.kind = 'person' AND r.said IS NOT NULL
                   UNION ALL SELECT s.many, h.source_id, h.person, h.stream, h.raw_key, h.n, h.since, h.until, h.state, h.raw_id,
                          h.body::text
                   FROM these s JOIN record_history h ON h.tenant_id = %(tenant)s AND h.source_id = s.source_id
                       AND h.person = s.key AND h.kind = 'person')
           SELECT v.source_id, v.person, min(v.since) AS since, nullif(max(coalesce(v.until, 'infinity')), 'infinity') AS until,
                  v.state, w.run_id AS run, v.body
           FROM version v LEFT JOIN raw w ON w.tenant_id = %(tenant)s AND w.id = v.raw_id
           GROUP BY v.source_id, v.person, v.state, w.run_id, v.body,
               CASE WHEN NOT v.many THEN (v.stream, v.raw_key, v.n, v.since)::text END
           ORDER BY 1, 2, 3, 7""",
        sources=numbers(source for source, _ in refs),
        keys=texts([key for _, key in refs]),
        together=list(together),
    )


async def elsewhere(
    tx: Tx,
    source: int,
    number: str,
    keys: Sequence[str],
    bodies: Sequence[str],
    turns: Sequence[tuple[datetime | None, datetime | None, str, bool]],
    nobody: str | None,
    limit: int,
) -> list[tuple[str, str, str, str]]:
    """Raw records (stream, key, person, the person to be) that tell in these words alone of another person than they should.

    `turns` say under which key is told what happened from a time (None: ever) until a time, and whether it is of one who
    had left; `keys` are the persons who are told of by the number. What a raw record tells of happened when it says so, and no later than it was received; if it says
    a day, at any time of that. Where that is no one's turn, it is `nobody`'s, as is what happened after the one
    had left and came only when another had the number. Without `nobody` it goes by when it was received.
    """
    sinces, untils, targets, over = zip(*turns, strict=True)
    return await tx.rows(
        ELSEWHERE,
        source=source,
        number=number,
        mark="\N{BROKEN BAR}",
        keys=texts(keys),
        bodies=texts(bodies),
        sinces=list(sinces),
        untils=list(untils),
        targets=list(targets),
        over=list(over),
        nobody=nobody,
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
