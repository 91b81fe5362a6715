"""The newest of what is asserted: where the last few of very many decide, only these are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import TupleRow

from app.db import Tx
from app.db.bulk import numbers, uuids
from app.db.mastery.mastery import JUDGED, Pair

PAIRS: LiteralString = """unnest(%(learners)s::uuid[], %(competencies)s::uuid[], %(limits)s::int[])
    AS p (learner_id, competency_id, most)
    JOIN alignment l ON l.tenant_id = %(tenant)s AND l.competency_id = p.competency_id"""
OF: LiteralString = """SELECT x.id, x.at, x.share, x.method, x.positive, x.confidence, x.expires, x.level, x.value,
    x.unit, x.met, x.undated, x.hash, x.least, x.most, x.doubt FROM assertion x WHERE x.tenant_id = %(tenant)s AND x.alignment_id = l.id
    AND x.learner_id = p.learner_id AND x.ended_at IS NULL"""
MAY_COUNT: LiteralString = """(x.share IS NOT NULL OR x.level IS NOT NULL OR x.met IS NOT NULL OR NOT x.positive
    OR x.value IS NOT NULL AND x.unit = ANY(%(units)s))"""
"""What has a share by any policy that converts values of these units; words alone have none."""


SEEN: LiteralString = f"SELECT p.learner_id, p.competency_id, l.id, {JUDGED} FROM {PAIRS} CROSS JOIN LATERAL"
OF_NEWEST: LiteralString = f"""{SEEN} ({OF} AND NOT x.undated AND x.at <= %(at)s AND {MAY_COUNT}
    ORDER BY x.at DESC LIMIT p.most) a"""
OF_COUNTING: LiteralString = f"{SEEN} ({OF} AND {MAY_COUNT} OFFSET 0) a"
OF_ALL: LiteralString = f"{SEEN} ({OF} OFFSET 0) a"


@dataclass(frozen=True, slots=True)
class CountRow:
    """How much is asserted of a learner's competency, and when the next of it that is of a time to come is of."""

    learner_id: UUID
    competency_id: UUID
    shown: int
    to_come: datetime | None


@dataclass(frozen=True, slots=True)
class TallyRow:
    """A state that can go on: the policy it is by, until when it stands, of how much it is made, and its tally."""

    learner_id: UUID
    competency_id: UUID
    policy_id: int
    until: datetime | None
    shown: int
    tally: bytes


async def tallies(tx: Tx, pairs: Sequence[Pair]) -> list[TallyRow]:
    """The states of these pairs that can go on."""
    return await tx.all(
        TallyRow,
        """SELECT m.learner_id, m.competency_id, m.policy_id, m.until, m.shown, m.tally
           FROM unnest(%(learners)s::uuid[], %(competencies)s::uuid[]) AS p (learner_id, competency_id)
           JOIN mastery m ON m.tenant_id = %(tenant)s AND m.learner_id = p.learner_id
               AND m.competency_id = p.competency_id AND m.tally IS NOT NULL""",
        **_these(pairs),
    )


async def these(tx: Tx, assertions: Sequence[int]) -> list[TupleRow]:
    """(learner, competency, what a policy sees) of these assertions."""
    cursor = await tx.conn.execute(
        f"""SELECT a.learner_id, l.competency_id, {JUDGED} FROM unnest(%(ids)s::bigint[]) AS f (id)
            JOIN assertion a ON a.tenant_id = %(tenant)s AND a.id = f.id
            JOIN alignment l ON l.tenant_id = %(tenant)s AND l.id = a.alignment_id""",
        {"ids": numbers(assertions), "tenant": tx.tenant},
        binary=True,
    )
    return await cursor.fetchall()


async def many(tx: Tx, pairs: Sequence[Pair], least: int) -> set[Pair]:
    """Those of these pairs that were judged by at least so many assertions."""
    rows = await tx.rows(
        """SELECT p.learner_id, p.competency_id FROM unnest(%(learners)s::uuid[], %(competencies)s::uuid[])
               AS p (learner_id, competency_id)
           JOIN mastery m ON m.tenant_id = %(tenant)s AND m.learner_id = p.learner_id
               AND m.competency_id = p.competency_id AND m.shown >= %(least)s""",
        **_these(pairs),
        least=least,
    )
    return set(rows)


async def counts(tx: Tx, pairs: Sequence[Pair], at: datetime) -> list[CountRow]:
    """How much is asserted of these pairs; what is dated after a time, and can be right, is to come."""
    return await tx.all(
        CountRow,
        f"""SELECT p.learner_id, p.competency_id, sum(c.shown)::int AS shown, min(n.at) AS to_come FROM {PAIRS}
            CROSS JOIN LATERAL (SELECT count(*) AS shown FROM assertion x WHERE x.tenant_id = %(tenant)s
                AND x.alignment_id = l.id AND x.learner_id = p.learner_id AND x.ended_at IS NULL) c
            LEFT JOIN LATERAL (SELECT min(x.at) AS at FROM assertion x WHERE x.tenant_id = %(tenant)s
                AND x.alignment_id = l.id AND x.learner_id = p.learner_id AND x.ended_at IS NULL
                AND x.undated IN (false, true) AND x.at > %(at)s AND x.doubt IS NULL) n ON true
            GROUP BY p.learner_id, p.competency_id""",
        **_these(pairs),
        limits=numbers(0 for _ in pairs),
        at=at,
    )


async def dated(tx: Tx, limits: Mapping[Pair, int], at: datetime, units: Sequence[str]) -> list[TupleRow]:
    """(learner, competency, alignment, what a policy sees) of the newest up to a time that may count: so many of each
    alignment.
    """
    return await _rows(tx, OF_NEWEST, list(limits), limits=numbers(limits.values()), at=at, units=list(units))


async def counting(tx: Tx, pairs: Sequence[Pair], units: Sequence[str]) -> list[TupleRow]:
    """The same rows for all assertions that may count, however old."""
    return await _rows(tx, OF_COUNTING, pairs, limits=numbers(0 for _ in pairs), units=list(units))


async def whole(tx: Tx, pairs: Sequence[Pair]) -> list[TupleRow]:
    """(learner, competency, what a policy sees) of all that is asserted of these pairs, by learner and competency."""
    rows = await _rows(tx, OF_ALL, pairs, limits=numbers(0 for _ in pairs)) if pairs else []
    return sorted(((*row[:2], *row[3:]) for row in rows), key=itemgetter(0, 1))


async def _rows(tx: Tx, query: LiteralString, pairs: Sequence[Pair], **values: Any) -> list[TupleRow]:
    cursor = await tx.conn.execute(query, {**_these(pairs), **values, "tenant": tx.tenant}, binary=True)
    return await cursor.fetchall()


def _these(pairs: Sequence[Pair]) -> dict[str, str]:
    return {
        "learners": uuids(learner for learner, _ in pairs),
        "competencies": uuids(competency for _, competency in pairs),
    }
