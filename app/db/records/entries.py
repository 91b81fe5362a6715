"""Entries of learners' records: stored one by one, counted by the database as they change, read page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString, NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.bulk import numbers, stage, texts, uuids

Piece = tuple[int, str, str]
"""A raw record: source, stream, raw key."""
ENTRY_TYPES = (
    "uuid",
    "int2",
    "uuid",
    "text",
    "timestamptz",
    "text",
    "int4",
    "text",
    "text",
    "text",
    "text",
    "text",
    "bool",
    "int8",
    "int8",
    "bool",
    "int4[]",
    "int8",
    "bytea",
)
COLUMNS: LiteralString = """piece, n, learner_id, section, at, setting, source_id, stream, raw_key, person, class, state,
    sensitive, class_ref, item_ref, rated, targets, hash, body"""
SENSITIVE: LiteralString = """SELECT l.id FROM alignment l WHERE l.tenant_id = %(tenant)s AND (
        EXISTS (SELECT FROM competency c WHERE c.tenant_id = l.tenant_id AND c.id = l.competency_id
                AND c.sensitivity <> 'general')
        OR EXISTS (SELECT FROM competency_past p WHERE p.tenant_id = l.tenant_id AND p.id = l.competency_id
                AND p.sensitivity <> 'general') AND NOT EXISTS (
                    SELECT FROM competency c WHERE c.tenant_id = l.tenant_id AND c.id = l.competency_id))"""
"""The alignments that mean something sensitive, as `frameworks.sensitive` has it."""


class EntryRow(NamedTuple):
    """An entry as it is stored."""

    piece: UUID
    n: int
    learner_id: UUID
    section: str
    at: datetime
    setting: str
    source_id: int
    stream: str
    raw_key: str
    person: str
    class_: str | None
    state: str
    sensitive: bool
    class_ref: int | None
    item_ref: int | None
    rated: bool
    targets: list[int]
    hash: int
    body: bytes


class BeforeRow(NamedTuple):
    """What an entry was until now, as far as others depend on it."""

    piece: UUID
    n: int
    section: str
    learner_id: UUID
    source_id: int
    stream: str
    raw_key: str
    person: str
    item_ref: int | None
    rated: bool


@dataclass(frozen=True, slots=True)
class CountRow:
    """How many entries of a kind a learner has."""

    learner_id: UUID
    section: str
    setting: str
    source_id: int
    state: str
    sensitive: bool
    count: int
    mark: int


class BodyRow(NamedTuple):
    """An entry as it is read: what orders it, and its JSON."""

    learner_id: UUID
    section: str
    setting: str
    at: datetime
    piece: UUID
    n: int
    sensitive: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Query:
    """Which entries of a learner are asked for; None or nothing is no condition."""

    sections: Sequence[str]
    settings: Sequence[str]
    since: datetime | None = None
    until: datetime | None = None
    source: int | None = None
    class_: str | None = None
    states: Sequence[str] = ("current", "ended", "unlisted")
    competency: UUID | None = None
    sensitive: bool = False
    dated: bool = False


async def store(tx: Tx, rows: Sequence[EntryRow], gone: Sequence[tuple[UUID, int]], fold: int) -> None:
    """Store entries as they are now, and delete those that are gone."""
    if gone:
        await tx.run(
            """DELETE FROM entry e USING unnest(%(pieces)s::uuid[], %(ns)s::smallint[]) AS g (piece, n)
               WHERE e.tenant_id = %(tenant)s AND e.piece = g.piece AND e.n = g.n""",
            pieces=[piece for piece, _ in gone],
            ns=[n for _, n in gone],
        )
    if not rows:
        return
    await stage(tx, "staged_entry", ENTRY_TYPES, rows)
    await tx.run(
        f"""INSERT INTO entry AS e (tenant_id, fold, {COLUMNS}) SELECT %(tenant)s, %(fold)s, {COLUMNS} FROM staged_entry
            ON CONFLICT (tenant_id, piece, n) DO UPDATE SET learner_id = excluded.learner_id,
                section = excluded.section, at = excluded.at, setting = excluded.setting, person = excluded.person,
                class = excluded.class, state = excluded.state, sensitive = excluded.sensitive,
                class_ref = excluded.class_ref, item_ref = excluded.item_ref, rated = excluded.rated,
                targets = excluded.targets, fold = excluded.fold, hash = excluded.hash, body = excluded.body
            WHERE (e.hash, e.learner_id, e.person, e.sensitive, e.class_ref, e.item_ref, e.targets, e.fold)
                IS DISTINCT FROM (excluded.hash, excluded.learner_id, excluded.person, excluded.sensitive,
                                  excluded.class_ref, excluded.item_ref, excluded.targets, excluded.fold)""",
        fold=fold,
    )


async def before(tx: Tx, pieces: Sequence[UUID]) -> list[BeforeRow]:
    """The entries these raw records have until now."""
    return await tx.all(
        BeforeRow,
        """SELECT e.piece, e.n, e.section, e.learner_id, e.source_id, e.stream, e.raw_key, e.person, e.item_ref, e.rated
           FROM unnest(%(pieces)s::uuid[]) AS p (piece) CROSS JOIN LATERAL (
               SELECT piece, n, section, learner_id, source_id, stream, raw_key, person, item_ref, rated
               FROM entry WHERE tenant_id = %(tenant)s AND piece = p.piece OFFSET 0) e""",
        pieces=uuids(pieces),
    )


async def beside(tx: Tx, works: Iterable[tuple[UUID, int, bool]]) -> set[Piece]:
    """Raw records of results of the same work (learner, line item), rated by objective or not."""
    listed = list(works)
    rows = await tx.rows(
        """SELECT e.source_id, e.stream, e.raw_key
           FROM unnest(%(learners)s::uuid[], %(works)s::bigint[], %(rated)s::boolean[]) AS w (learner, item_ref, rated)
           CROSS JOIN LATERAL (SELECT source_id, stream, raw_key FROM entry WHERE tenant_id = %(tenant)s AND learner_id = w.learner
               AND item_ref = w.item_ref AND rated = w.rated OFFSET 0) e""",
        learners=[row[0] for row in listed],
        works=[row[1] for row in listed],
        rated=[row[2] for row in listed],
    )
    return set(rows)


async def move(tx: Tx, rows: Sequence[tuple[int, str, UUID, UUID | None]]) -> None:
    """The entries of persons (source, person, learner until now, learner from now on); of no learner, they go."""
    columns = {
        "sources": [row[0] for row in rows],
        "persons": [row[1] for row in rows],
        "was": [row[2] for row in rows],
        "now": [row[3] for row in rows],
    }
    moved: LiteralString = """unnest(%(sources)s::int[], %(persons)s::text[], %(was)s::uuid[], %(now)s::uuid[])
        AS m (source_id, person, was, now) WHERE e.tenant_id = %(tenant)s AND e.learner_id = m.was
        AND e.source_id = m.source_id AND e.person = m.person"""
    await tx.run(f"UPDATE entry e SET learner_id = m.now FROM {moved} AND m.now IS NOT NULL", **columns)
    await tx.run(f"DELETE FROM entry e USING {moved} AND m.now IS NULL", **columns)


async def note_context(tx: Tx, pairs: Iterable[tuple[int, int]]) -> None:
    """Note which records (references) are named by which."""
    noted = sorted(set(pairs))
    await tx.run(
        """INSERT INTO context_ref (tenant_id, ref, named_by) SELECT %(tenant)s, r, n
           FROM unnest(%(refs)s::bigint[], %(names)s::bigint[]) AS p (r, n) ON CONFLICT DO NOTHING""",
        refs=numbers(ref for ref, _ in noted),
        names=numbers(named_by for _, named_by in noted),
    )


async def naming(tx: Tx, refs: Iterable[int]) -> set[int]:
    """Those of these records, and of what names any of them, that entries may be made from."""
    named = set(refs)
    rows = await tx.rows(
        """SELECT DISTINCT c.named_by FROM unnest(%(refs)s::bigint[]) AS r (ref) CROSS JOIN LATERAL (
               SELECT named_by FROM context_ref WHERE tenant_id = %(tenant)s AND ref = r.ref OFFSET 0) c""",
        refs=numbers(named),
    )
    return named | {named_by for (named_by,) in rows}


async def made_from(tx: Tx, refs: Iterable[int]) -> set[Piece]:
    """Raw records whose entries name any of these records, told or not."""
    rows = await tx.rows(
        """SELECT e.source_id, e.stream, e.raw_key FROM unnest(%(refs)s::bigint[]) AS r (ref) CROSS JOIN LATERAL (
               SELECT source_id, stream, raw_key FROM entry WHERE tenant_id = %(tenant)s AND class_ref = r.ref
               UNION SELECT source_id, stream, raw_key FROM entry WHERE tenant_id = %(tenant)s AND item_ref = r.ref OFFSET 0) e""",
        refs=numbers(refs),
    )
    return set(rows)


async def secret(tx: Tx, alignments: Sequence[int]) -> set[int]:
    """Which of these alignments mean something sensitive."""
    rows = await tx.rows(f"{SENSITIVE} AND l.id = ANY(%(alignments)s)", alignments=list(alignments))
    return {alignment for (alignment,) in rows}


async def note_sensitive(tx: Tx) -> int:
    """Note anew what is sensitive, after a framework or an alignment has changed; how many entries are so or not, now.

    A raw record's entries are one piece. Until a header is made again, it is read as one that may tell too much.
    """
    alignments = [alignment for (alignment,) in await tx.rows(SENSITIVE, given=None)]
    pieces: LiteralString = (
        "SELECT DISTINCT t.piece FROM entry t WHERE t.tenant_id = %(tenant)s AND t.targets && %(alignments)s::int[]"
    )
    changed: LiteralString = f"""WITH secret AS MATERIALIZED ({pieces} AND cardinality(%(alignments)s::int[]) > 0), changed AS (
            SELECT e.piece, true AS now FROM secret s JOIN entry e ON e.tenant_id = %(tenant)s AND e.piece = s.piece
                WHERE NOT e.sensitive
            UNION SELECT e.piece, false FROM entry e WHERE e.tenant_id = %(tenant)s AND e.sensitive
                AND NOT EXISTS (SELECT FROM secret s WHERE s.piece = e.piece))
        UPDATE entry e SET sensitive = c.now FROM changed c WHERE e.tenant_id = %(tenant)s AND e.piece = c.piece
        RETURNING e.learner_id"""
    learners = [learner for (learner,) in await tx.rows(changed, alignments=alignments)]
    if learners:
        await tx.run(
            "UPDATE learner SET stale = true WHERE tenant_id = %(tenant)s AND id = ANY(%(learners)s)",
            learners=sorted(set(learners)),
        )
    return len(learners)


async def counts(tx: Tx, learners: Sequence[UUID]) -> list[CountRow]:
    """How many entries these learners have, of every kind."""
    return await tx.all(
        CountRow,
        """SELECT c.learner_id, c.section, c.setting, c.source_id, c.state, c.sensitive, c.count, c.mark
           FROM unnest(%(learners)s::uuid[]) AS l (learner) CROSS JOIN LATERAL (
               SELECT learner_id, section, setting, source_id, state, sensitive, count, mark FROM entry_count
               WHERE tenant_id = %(tenant)s AND learner_id = l.learner AND count > 0 OFFSET 0) c""",
        learners=uuids(learners),
    )


async def latest(
    tx: Tx, groups: Sequence[tuple[UUID, str, str]], most: int, states: Sequence[str], *, general: bool
) -> list[BodyRow]:
    """The newest entries of each (learner, section, setting), in these states; `general`: nothing sensitive."""
    return await tx.all_binary(
        BodyRow,
        """SELECT e.learner_id, e.section, e.setting, e.at, e.piece, e.n, e.sensitive, e.body
           FROM unnest(%(learners)s::uuid[], %(sections)s::text[], %(settings)s::text[]) AS g (learner, section, setting)
           CROSS JOIN LATERAL (SELECT learner_id, section, setting, at, piece, n, sensitive, body FROM entry x WHERE x.tenant_id = %(tenant)s AND x.learner_id = g.learner
               AND x.section = g.section AND x.setting = g.setting AND x.state = ANY(%(states)s)
               AND NOT (%(general)s AND x.sensitive) ORDER BY x.at DESC, x.piece DESC, x.n DESC LIMIT %(most)s) e""",
        learners=uuids(group[0] for group in groups),
        sections=texts([group[1] for group in groups]),
        settings=texts([group[2] for group in groups]),
        states=list(states),
        general=general,
        most=most,
    )


MATCHING: LiteralString = """x.state = ANY(%(states)s) AND (%(sensitive)s OR NOT x.sensitive)
    AND (%(source)s::int IS NULL OR x.source_id = %(source)s) AND (%(class)s::text IS NULL OR x.class = %(class)s)"""
WITHIN: LiteralString = """(%(since)s::timestamptz IS NULL OR o.at >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR o.at <= %(until)s) AND (NOT %(dated)s OR o.at > '0001-01-01T00:00:00Z')
    AND (%(at)s::timestamptz IS NULL OR (o.at, o.piece, o.n) < (%(at)s, %(piece)s, %(n)s))"""
ENTRY: LiteralString = "learner_id, section, setting, at, piece, n, sensitive, body"
PAGE: LiteralString = f"""
    SELECT e.learner_id, e.section, e.setting, e.at, e.piece, e.n, e.sensitive, e.body
    FROM unnest(%(sections)s::text[]) AS g (section) CROSS JOIN unnest(%(settings)s::text[]) AS h (setting)
    CROSS JOIN LATERAL (SELECT {ENTRY} FROM entry x WHERE x.tenant_id = %(tenant)s AND x.learner_id = %(learner)s
        AND x.section = g.section AND x.setting = h.setting AND {MATCHING} AND {WITHIN.replace("o.", "x.")}
        ORDER BY x.at DESC, x.piece DESC, x.n DESC LIMIT %(limit)s) e
    ORDER BY e.at DESC, e.piece DESC, e.n DESC LIMIT %(limit)s"""
PAGE_OF_COMPETENCY: LiteralString = f"""
    SELECT DISTINCT ON (e.at, e.piece, e.n) e.learner_id, e.section, e.setting, e.at, e.piece, e.n, e.sensitive, e.body
    FROM alignment l CROSS JOIN LATERAL (SELECT x.learner_id, x.section, x.setting, x.at, x.piece, x.n, x.sensitive, x.body
        FROM entry_target o
        JOIN entry x ON x.tenant_id = o.tenant_id AND x.piece = o.piece AND x.n = o.n
        WHERE o.tenant_id = %(tenant)s AND o.learner_id = %(learner)s AND o.alignment_id = l.id AND {WITHIN}
          AND x.section = ANY(%(sections)s) AND x.setting = ANY(%(settings)s) AND {MATCHING}
        ORDER BY o.at DESC, o.piece DESC, o.n DESC LIMIT %(limit)s) e
    WHERE l.tenant_id = %(tenant)s AND l.competency_id = %(competency)s
    ORDER BY e.at DESC, e.piece DESC, e.n DESC LIMIT %(limit)s"""


async def page(
    tx: Tx, learner: UUID, query: Query, after: tuple[datetime, UUID, int] | None, limit: int
) -> list[BodyRow]:
    """Entries of a learner, the newest first, those nobody dates last; after a place in that order."""
    moment, piece, n = after or (None, None, None)
    return await tx.all(
        BodyRow,
        PAGE if query.competency is None else PAGE_OF_COMPETENCY,
        learner=learner,
        sections=list(query.sections),
        settings=list(query.settings),
        states=list(query.states),
        sensitive=query.sensitive,
        since=query.since,
        until=query.until,
        dated=query.dated,
        source=query.source,
        competency=query.competency,
        at=moment,
        piece=piece,
        n=n,
        limit=limit,
        **{"class": query.class_},
    )


async def entry(tx: Tx, learner: UUID, piece: UUID, n: int) -> BodyRow | None:
    """An entry of a learner's record."""
    return await tx.first(
        BodyRow,
        "FROM entry WHERE tenant_id = %(tenant)s AND learner_id = %(learner)s AND piece = %(piece)s AND n = %(n)s",
        learner=learner,
        piece=piece,
        n=n,
    )


async def earned(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, list[bytes]]:
    """The credentials in these learners' records, as JSON."""
    credentials: dict[UUID, list[bytes]] = {}
    for learner, body in await tx.rows(
        """SELECT learner_id, body FROM entry WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s)
           AND section = 'credentials' AND state <> 'retracted' ORDER BY at DESC, piece DESC, n DESC""",
        learners=list(learners),
    ):
        credentials.setdefault(learner, []).append(body)
    return credentials


async def named(tx: Tx, learners: Sequence[UUID], keys: Sequence[str]) -> dict[UUID, set[tuple[str, str]]]:
    """Which raw records with these keys (source, raw key) these learners' records have entries of."""
    keys_of: dict[UUID, set[tuple[str, str]]] = {}
    for learner, slug, key in (
        await tx.rows(
            """SELECT DISTINCT e.learner_id, s.slug, e.raw_key FROM entry e
           JOIN source s ON s.tenant_id = e.tenant_id AND s.id = e.source_id
           WHERE e.tenant_id = %(tenant)s AND e.learner_id = ANY(%(learners)s) AND e.raw_key = ANY(%(keys)s)
             AND e.state <> 'retracted'""",
            learners=list(learners),
            keys=list(keys),
        )
        if keys
        else ()
    ):
        keys_of.setdefault(learner, set()).add((slug, key))
    return keys_of


async def touch(tx: Tx, pieces: Iterable[Piece]) -> None:
    """Note that these raw records are to be settled."""
    for source, stream, key in pieces:
        await tx.run(
            """INSERT INTO touched (tenant_id, source_id, persons, refs, stream, keys)
               VALUES (%(tenant)s, %(source)s, '{}', '{}', %(stream)s, ARRAY[%(key)s])""",
            source=source,
            stream=stream,
            key=key,
        )
