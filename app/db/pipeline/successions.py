"""Successions: keys of persons that a source has given to another child, and what was said of whom."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db import Tx
from app.db.bulk import numbers, texts


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """Since when a person's key at a source is another child's, and by which key that child is known here.

    `told_until`: when the source was read last before that. `present_from`: from when enrollments say they were there.
    """

    key: str
    n: int
    successor: str
    since: datetime
    told_until: datetime | None = None
    present_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class SaidOfRow:
    """Of whom a raw record speaks; `over`: of nothing that is current."""

    raw_key: str
    person: str
    over: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A statement about a person under the person's own key; `until` is None for the one that is stored now."""

    stream: str
    raw_key: str
    n: int
    kind: str
    key: str
    person: str | None
    raw_id: int
    raw_pos: int
    received_at: datetime
    state: str
    since: datetime
    until: datetime | None
    body: str


async def of_source(tx: Tx, source: int, at: datetime) -> list[SuccessionRow]:
    """The successions of a source up to a time, the first first."""
    return await tx.all(
        SuccessionRow,
        "FROM succession WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND since <= %(at)s ORDER BY key, n",
        source=source,
        at=at,
    )


async def of_key(tx: Tx, source: int, key: str) -> list[SuccessionRow]:
    """The successions of one key of a source, the first first."""
    return await tx.all(
        SuccessionRow,
        "FROM succession WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND key = %(key)s ORDER BY n",
        source=source,
        key=key,
    )


async def add(tx: Tx, source: int, row: SuccessionRow, reason: str) -> None:
    """Write down that a key is another child's."""
    await tx.run(
        """INSERT INTO succession (tenant_id, source_id, key, n, successor, since, told_until, present_from, reason)
           VALUES (%(tenant)s, %(source)s, %(key)s, %(n)s, %(successor)s, %(since)s, %(told_until)s, %(present_from)s,
                   %(reason)s)""",
        source=source,
        key=row.key,
        n=row.n,
        successor=row.successor,
        since=row.since,
        told_until=row.told_until,
        present_from=row.present_from,
        reason=reason,
    )


async def present(tx: Tx, source: int, row: SuccessionRow) -> None:
    """Write down from when on the child who has a key now is known to have been there."""
    await tx.run(
        """UPDATE succession SET present_from = %(present_from)s
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND key = %(key)s AND n = %(n)s""",
        source=source,
        key=row.key,
        n=row.n,
        present_from=row.present_from,
    )


async def read_before(tx: Tx, source: int, at: datetime) -> datetime | None:
    """When the last run of a source began that was done before a time; None where there was none."""
    began: datetime | None = await tx.one(
        """SELECT max(started_at) FROM run WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND started_at < %(at)s
           AND state = 'done' AND kind IN ('pull', 'file') AND undone_at IS NULL""",
        source=source,
        at=at,
    )
    return began


async def about(tx: Tx, source: int, person: str) -> list[VersionRow]:
    """The statements about a person, as they are stored now."""
    return await tx.all(
        VersionRow,
        """SELECT stream, raw_key, n, kind, key, person, raw_id, raw_pos, received_at, state,
                  coalesce(since, received_at) AS since, NULL::timestamptz AS until, body::text AS body
           FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND person = %(person)s
           ORDER BY stream, raw_key, n""",
        source=source,
        person=person,
    )


async def forget_pending(tx: Tx, source: int, stream: str, keys: Sequence[str]) -> None:
    """Forget whoever was to follow under a key of this stream's rows, and of whom no row was ever stored."""
    await tx.run(
        """DELETE FROM succession s WHERE s.tenant_id = %(tenant)s AND s.source_id = %(source)s
               AND s.key = ANY(%(keys)s::text[]) AND EXISTS (SELECT FROM record r
                   WHERE r.tenant_id = s.tenant_id AND r.source_id = s.source_id AND r.stream = %(stream)s
                     AND r.raw_key = s.key AND r.kind = 'person' AND r.person = r.key)
               AND NOT EXISTS (SELECT FROM record r WHERE r.tenant_id = s.tenant_id AND r.source_id = s.source_id
                   AND r.stream = %(stream)s AND r.person = s.successor)""",
        source=source,
        stream=stream,
        keys=texts(keys),
    )


async def began(tx: Tx, run: int) -> datetime | None:
    """When a run began."""
    row = await tx.row("SELECT started_at FROM run WHERE tenant_id = %(tenant)s AND id = %(run)s", run=run)
    return None if row is None else row[0]


async def versions(
    tx: Tx, source: int, streams: Collection[str], persons: Collection[str], after: datetime
) -> list[VersionRow]:
    """What raw records under these persons' own keys say of who they are, and said until a later time than `after`."""
    return await tx.all(
        VersionRow,
        """SELECT stream, raw_key, n, kind, key, person, raw_id, raw_pos, received_at, state, coalesce(since, received_at) AS since,
                  NULL::timestamptz AS until, body::text AS body
           FROM record WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = ANY(%(streams)s)
               AND raw_key = ANY(%(persons)s::text[]) AND kind IN ('person', 'demographics') AND state <> 'retracted'
           UNION ALL
           SELECT stream, raw_key, n, kind, key, person, raw_id, raw_pos, received_at, state, since, until, body::text
           FROM record_history WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = ANY(%(streams)s)
               AND raw_key = ANY(%(persons)s::text[]) AND kind IN ('person', 'demographics') AND until >= %(after)s
           ORDER BY stream, raw_key, n, since""",
        source=source,
        streams=list(streams),
        persons=texts(persons),
        after=after,
    )


async def first_said(tx: Tx, source: int, person: str, raw_key: str, since: datetime) -> list[VersionRow]:
    """Statements about a person that were never said before a time, but for those under their own raw key."""
    return await tx.all(
        VersionRow,
        """SELECT r.stream, r.raw_key, r.n, r.kind, r.key, r.person, r.raw_id, r.raw_pos, r.received_at, r.state,
                  r.received_at AS since, NULL::timestamptz AS until, r.body::text AS body
           FROM record r WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.person = %(person)s
               AND NOT (r.raw_key = %(raw_key)s AND r.kind IN ('person', 'demographics')) AND coalesce(r.since, r.received_at) >= %(since)s
               AND NOT EXISTS (SELECT FROM record_history h WHERE h.tenant_id = r.tenant_id
                   AND h.source_id = r.source_id AND h.stream = r.stream AND h.raw_key = r.raw_key AND h.n = r.n
                   AND h.since < %(since)s)""",
        source=source,
        person=person,
        raw_key=raw_key,
        since=since,
    )


async def persons_of(tx: Tx, source: int, stream: str, keys: Collection[str]) -> dict[str, str]:
    """Of whom raw records spoke until now."""
    return {key: row.person for key, row in (await said_of(tx, source, stream, keys)).items()}


async def said_of(tx: Tx, source: int, stream: str, keys: Collection[str]) -> dict[str, SaidOfRow]:
    """Of whom raw records spoke until now, and whether that is over."""
    rows = await tx.all(
        SaidOfRow,
        """SELECT raw_key, max(person) AS person, bool_and(state <> 'current') AS over FROM record
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND stream = %(stream)s
             AND raw_key = ANY(%(keys)s::text[]) AND person IS NOT NULL GROUP BY 1""",
        source=source,
        stream=stream,
        keys=texts(keys),
    )
    return {row.raw_key: row for row in rows}


async def replaced(
    tx: Tx, source: int, stream: str, pairs: Collection[tuple[str, str]], at: datetime
) -> list[VersionRow]:
    """What raw records said of persons (raw key, person) until a time, from which on they speak of others."""
    return await tx.all(
        VersionRow,
        """SELECT h.stream, h.raw_key, h.n, h.kind, h.key, h.person, h.raw_id, h.raw_pos, h.received_at, h.state, h.since,
                  h.until, h.body::text AS body
           FROM unnest(%(keys)s::text[], %(persons)s::text[]) AS s (raw_key, person)
           JOIN record_history h ON h.tenant_id = %(tenant)s AND h.source_id = %(source)s AND h.stream = %(stream)s
               AND h.raw_key = s.raw_key AND h.person = s.person AND h.until = %(at)s""",
        source=source,
        stream=stream,
        keys=texts([key for key, _ in pairs]),
        persons=texts([person for _, person in pairs]),
        at=at,
    )


async def say_again(tx: Tx, source: int, person: str, key: str) -> None:
    """Enrollments of a person that have no id but the person's key and a class's are new when they are listed next."""
    await tx.run(
        """UPDATE record SET hash = 0 WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND person = %(person)s
               AND kind = 'enrollment' AND raw_key <> %(key)s
               AND %(key)s = ANY(regexp_split_to_array(raw_key, '[/|:]'))""",
        source=source,
        person=person,
        key=key,
    )


async def rename_past(tx: Tx, source: int, raw_key: str, *, before: str, now: str, since: datetime) -> None:
    """What was said under a person's own raw key from a time on, and is not any more, was said of another person."""
    await tx.run(
        """UPDATE record_history SET person = %(now)s WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND raw_key = %(raw_key)s AND person = %(before)s AND since >= %(since)s""",
        source=source,
        raw_key=raw_key,
        before=before,
        now=now,
        since=since,
    )


async def rename(tx: Tx, source: int, rows: Sequence[tuple[str, str, int, str, str, str]]) -> None:
    """Statements (stream, raw key, n, key, person, body) are said of another person."""
    streams, raw_keys, ns, keys, persons, bodies = zip(*rows, strict=True)
    await tx.run(
        """UPDATE record r SET key = m.key, person = m.person, body = m.body::json
           FROM unnest(%(streams)s::text[], %(raw_keys)s::text[], %(ns)s::int[], %(keys)s::text[], %(persons)s::text[],
                       %(bodies)s::text[]) AS m (stream, raw_key, n, key, person, body)
           WHERE r.tenant_id = %(tenant)s AND r.source_id = %(source)s AND r.stream = m.stream
             AND r.raw_key = m.raw_key AND r.n = m.n""",
        source=source,
        streams=list(streams),
        raw_keys=list(raw_keys),
        ns=numbers(ns),
        keys=list(keys),
        persons=list(persons),
        bodies=list(bodies),
    )


async def retire(tx: Tx, source: int, row: VersionRow, raw_key: str, at: datetime | None) -> None:
    """What was said of a child whose key is another one's now stays, as what has ended or was retracted; its past too."""
    await tx.run(
        """UPDATE record_history SET raw_key = %(retired)s WHERE tenant_id = %(tenant)s AND source_id = %(source)s
               AND stream = %(stream)s AND raw_key = %(raw_key)s AND n = %(n)s AND person = %(person)s""",
        source=source,
        stream=row.stream,
        raw_key=row.raw_key,
        retired=raw_key,
        n=row.n,
        person=row.person,
    )
    await tx.run(
        """INSERT INTO record (tenant_id, source_id, stream, raw_key, n, kind, key, person, hash, raw_id, raw_pos,
                               received_at, state, withdrawn, state_at, since, body)
           VALUES (%(tenant)s, %(source)s, %(stream)s, %(raw_key)s, %(n)s, %(kind)s, %(key)s, %(person)s, 0, %(raw_id)s,
                   %(raw_pos)s, %(received_at)s, %(state)s, %(state)s = 'retracted', %(at)s, %(at)s, %(body)s::json)
           ON CONFLICT DO NOTHING""",
        source=source,
        stream=row.stream,
        raw_key=raw_key,
        n=row.n,
        kind=row.kind,
        key=row.key,
        person=row.person,
        raw_id=row.raw_id,
        raw_pos=row.raw_pos,
        received_at=row.received_at,
        state="retracted" if row.state == "retracted" else "ended",
        at=at,
        body=row.body,
    )
