"""Headers of learners' records: which are due, what they are made of, and storing them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Tx
from app.db.bulk import numbers, stage, texts, uuids
from app.db.identity.persons import Ref
from app.db.records.packed import packer


class Head(NamedTuple):
    """A header to be stored: as it is, and as those see it who may not see what is sensitive (None: the same)."""

    learner: UUID
    etag: str
    body: bytes
    general_etag: str | None
    general: bytes | None
    refs: list[int]


async def due(tx: Tx, after: UUID, limit: int) -> list[UUID]:
    """Learners whose header is to be made again, after one of them."""
    rows = await tx.rows(
        "SELECT learner_id FROM due WHERE tenant_id = %s AND learner_id > %s ORDER BY learner_id LIMIT %s",
        tx.tenant,
        after,
        limit,
    )
    return [learner for (learner,) in rows]


async def mark(tx: Tx, learners: Iterable[UUID]) -> None:
    """These learners' headers are to be made again."""
    await tx.run(
        """INSERT INTO due (tenant_id, learner_id) SELECT DISTINCT %(tenant)s::int, l
           FROM unnest(%(learners)s::uuid[]) AS l ON CONFLICT DO NOTHING""",
        learners=uuids(learners),
    )


async def mark_assessed(tx: Tx) -> None:
    """The headers of all of whom any competency is judged are to be made again."""
    await tx.run(
        """INSERT INTO due (tenant_id, learner_id)
           SELECT DISTINCT tenant_id, learner_id FROM mastery WHERE tenant_id = %s ON CONFLICT DO NOTHING""",
        tx.tenant,
    )


async def mark_made_from(tx: Tx, refs: Iterable[int]) -> None:
    """Headers that name any of these records, told or not, are to be made again."""
    await tx.run(
        """INSERT INTO due (tenant_id, learner_id) SELECT DISTINCT %(tenant)s::int, h.learner_id
           FROM unnest(%(refs)s::bigint[]) AS r (ref) CROSS JOIN LATERAL (
               SELECT learner_id FROM header_ref WHERE tenant_id = %(tenant)s AND ref = r.ref OFFSET 0) h
           ON CONFLICT DO NOTHING""",
        refs=numbers(refs),
    )


async def done(tx: Tx, learners: Sequence[UUID]) -> None:
    """Note that these learners' headers are made."""
    await tx.run("DELETE FROM due WHERE tenant_id = %s AND learner_id = ANY(%s::uuid[])", tx.tenant, uuids(learners))


async def members(tx: Tx, learners: Sequence[UUID]) -> list[tuple[UUID, int, str]]:
    """(learner, source, key) of the persons that are these learners."""
    return await tx.rows(
        "SELECT learner_id, source_id, key FROM person WHERE tenant_id = %s AND learner_id = ANY(%s::uuid[])",
        tx.tenant,
        uuids(learners),
    )


async def remember(tx: Tx, rows: Sequence[Head], fold: int, at: datetime) -> list[tuple[UUID, int]]:
    """Store headers. (id, version) of those that are new or said something else until now.

    `fold` is the version that makes them. That of a record made by an earlier one rises once all of its entries are made
    anew (`up_to_date`); that of one made by a later one, whose release runs beside this one, falls.
    """
    pack = packer()
    packed = (
        row._replace(body=pack(row.body), general=None if row.general is None else pack(row.general)) for row in rows
    )
    await stage(tx, "staged_learner", ("uuid", "text", "bytea", "text", "bytea", "int8[]"), packed)
    await _note_refs(tx)
    await tx.run(
        """UPDATE learner l SET refs = s.refs, stale = false FROM staged_learner s
           WHERE l.tenant_id = %(tenant)s AND l.id = s.id AND l.etag = s.etag AND l.body IS NOT NULL
             AND l.general_etag IS NOT DISTINCT FROM s.general_etag
             AND (l.refs <> s.refs OR l.stale)""",
        given=None,
    )
    return await tx.rows(
        """INSERT INTO learner AS l (tenant_id, id, version, etag, body, general_etag, general, refs, merged_into,
                                     updated_at, fold)
           SELECT %(tenant)s, id, 1, etag, body, general_etag, general, refs, NULL, %(at)s, %(fold)s
           FROM staged_learner ORDER BY id
           ON CONFLICT (tenant_id, id) DO UPDATE SET version = l.version + 1, etag = excluded.etag, body = excluded.body,
               general_etag = excluded.general_etag, general = excluded.general, refs = excluded.refs,
               merged_into = NULL, updated_at = excluded.updated_at, stale = false, fold = least(l.fold, excluded.fold)
           WHERE l.etag <> excluded.etag OR l.body IS NULL OR l.general_etag IS DISTINCT FROM excluded.general_etag
           RETURNING id, version""",
        at=at,
        fold=fold,
    )


async def _note_refs(tx: Tx) -> None:
    """Note which records headers name, where that has changed."""
    await tx.run(
        """WITH changed AS (SELECT s.id, s.refs FROM staged_learner s WHERE NOT EXISTS (
                   SELECT FROM learner l WHERE l.tenant_id = %(tenant)s AND l.id = s.id AND l.refs = s.refs AND l.body IS NOT NULL)),
               gone AS (DELETE FROM header_ref h USING changed c
                   WHERE h.tenant_id = %(tenant)s AND h.learner_id = c.id AND NOT h.ref = ANY(c.refs))
           INSERT INTO header_ref (tenant_id, ref, learner_id) SELECT %(tenant)s, r, c.id FROM changed c, unnest(c.refs) AS r
           ON CONFLICT DO NOTHING""",
        given=None,
    )


async def behind(tx: Tx, fold: int, after: UUID, limit: int) -> list[UUID]:
    """Learners whose record was made by an earlier version of the code, after one of them."""
    rows = await tx.rows(
        """SELECT id FROM learner WHERE tenant_id = %s AND fold < %s AND body IS NOT NULL AND id > %s
           ORDER BY id LIMIT %s""",
        tx.tenant,
        fold,
        after,
        limit,
    )
    return [learner for (learner,) in rows]


async def any_behind(tx: Tx, fold: int) -> bool:
    """Whether any learner's record was made by an earlier version of the code."""
    return bool(await behind(tx, fold, UUID(int=0), 1))


async def behind_among(tx: Tx, learners: Iterable[UUID], fold: int) -> set[UUID]:
    """Which of these learners' records were made by an earlier version: not all of their entries may be there."""
    rows = await tx.rows(
        "SELECT id FROM learner WHERE tenant_id = %s AND fold < %s AND id = ANY(%s)", tx.tenant, fold, list(learners)
    )
    return {learner for (learner,) in rows}


async def leave_to_later(tx: Tx, learners: Iterable[UUID], fold: int) -> None:
    """Records of these that a later version made, whose release runs beside this one, are its own no more: it makes all
    of them anew.
    """
    await tx.run(
        "UPDATE learner SET fold = %(fold)s WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s::uuid[]) AND fold > %(fold)s",
        ids=uuids(learners),
        fold=fold,
    )


async def up_to_date(tx: Tx, learner: UUID, fold: int, excused: Sequence[UUID]) -> None:
    """Note that this version made all of a learner's record, if it did: an earlier one may have written meanwhile.

    `excused`: pieces that cannot be made, whose entries stay as they are.
    """
    await tx.run(
        """UPDATE learner l SET fold = %(fold)s WHERE l.tenant_id = %(tenant)s AND l.id = %(learner)s AND NOT EXISTS (
               SELECT FROM entry e WHERE e.tenant_id = %(tenant)s AND e.learner_id = %(learner)s AND e.fold < %(fold)s
                   AND e.piece <> ALL(%(excused)s::uuid[]))""",
        fold=fold,
        learner=learner,
        excused=uuids(excused),
    )


async def pieces_of(tx: Tx, persons: Sequence[Ref]) -> list[tuple[int, str, str]]:
    """The raw records that say anything about these persons: (source, stream, raw key), in order."""
    return await tx.rows(
        """SELECT DISTINCT r.source_id, r.stream, r.raw_key
           FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS p (source_id, key)
           JOIN record r ON r.tenant_id = %(tenant)s AND r.source_id = p.source_id AND r.person = p.key
           WHERE r.kind IN ('enrollment', 'result', 'credential', 'evidence') ORDER BY 1, 2, 3""",
        sources=numbers(source for source, _ in persons),
        keys=texts([key for _, key in persons]),
    )
