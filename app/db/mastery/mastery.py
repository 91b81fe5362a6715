"""The rules in force, what assertions they judge, and what that adds up to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from psycopg.rows import TupleRow

from app.db import Tx
from app.db.bulk import stage
from app.db.mastery import overrides
from app.db.mastery.overrides import OverrideRow

MASTERY_TYPES = (
    "uuid",
    "uuid",
    "int4",
    "int2",
    "float8",
    "bool",
    "timestamptz",
    "timestamptz",
    "int8[]",
    "int4",
    "bool",
    "bytea",
)
Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A version of a policy: for one competency, one framework, or all; in force from `begins` until a later one."""

    id: int
    name: str
    version: int
    framework_id: UUID | None
    competency_id: UUID | None
    body: dict[str, Any]
    begins: datetime
    created_by: str
    created_at: datetime


class PolicyScope(NamedTuple):
    """What a policy is for: a framework, a competency, or everything."""

    framework: UUID | None = None
    competency: UUID | None = None


class MasteryRow(NamedTuple):
    """What a learner's assertions of a competency add up to; `level` is a position in the policy's levels.

    A tuple, for a class has thousands of them: a frozen dataclass takes ten times as long to make.
    """

    learner_id: UUID
    competency_id: UUID
    policy_id: int
    level: int | None
    value: float | None
    met: bool
    at: datetime | None
    until: datetime | None
    deciding: list[int]
    shown: int

    @property
    def overridden(self) -> bool:
        """Whether a teacher of record set the level: what decided is one, and its id is negative."""
        return len(self.deciding) == 1 and self.deciding[0] < 0


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A framework: how many competencies it has, and of how many some learners have a level."""

    framework_id: UUID
    competencies: int
    shown: int


POLICY: LiteralString = "id, name, version, framework_id, competency_id, body, begins, created_by, created_at"
MASTERY: LiteralString = "learner_id, competency_id, policy_id, level, value, met, at, until, deciding, shown"
# What a policy sees of an assertion, in the order of its fields (app.mastery.judge.Asserted).
JUDGED: LiteralString = """a.id, a.at, a.share, a.method, a.positive, a.confidence, a.expires, a.level, a.value, a.unit,
    a.met, l.strength, a.undated, a.hash, a.least, a.most, a.doubt"""
NOW: LiteralString = "a.ended_at IS NULL"
KNOWN_THEN: LiteralString = "a.recorded_at <= %(known)s AND (a.ended_at IS NULL OR a.ended_at > %(known)s)"


def known(at: datetime | None) -> LiteralString:
    """The condition of what is asserted now or, with a time (`known`), of what was known then."""
    return NOW if at is None else KNOWN_THEN


async def policies(tx: Tx) -> list[PolicyRow]:
    """All versions of all policies, in the order they come into force."""
    return await tx.all(PolicyRow, "FROM policy WHERE tenant_id = %s ORDER BY begins, id", tx.tenant)


async def alone_with_policies(tx: Tx) -> None:
    """Be the only one who sets policies, until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('policies', %s))", tx.tenant)


async def add_policy(tx: Tx, name: str, scope: PolicyScope, body: bytes, *, begins: datetime, by: str) -> PolicyRow:
    """A new version of a policy, by who sets policies alone."""
    row = await tx.first(
        PolicyRow,
        f"""INSERT INTO policy (tenant_id, name, version, framework_id, competency_id, body, begins, created_by)
            SELECT %(tenant)s, %(name)s, coalesce(max(version), 0) + 1, %(framework)s, %(competency)s,
                   %(body)s::text::json, %(begins)s, %(by)s
            FROM policy WHERE tenant_id = %(tenant)s AND name = %(name)s RETURNING {POLICY}""",
        name=name,
        framework=scope.framework,
        competency=scope.competency,
        body=body.decode(),
        begins=begins,
        by=by,
    )
    assert row is not None
    return row


async def frameworks_of(tx: Tx, competencies: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """The frameworks that each competency is in; of one that is retired, the last it was in: it is judged as before."""
    frameworks: dict[UUID, set[UUID]] = {}
    for competency, framework in await tx.rows(
        """SELECT DISTINCT id, framework_id FROM competency WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
           UNION ALL (SELECT DISTINCT ON (p.id) p.id, p.framework_id FROM competency_past p
               WHERE p.tenant_id = %(tenant)s AND p.id = ANY(%(ids)s) AND NOT EXISTS (
                   SELECT 1 FROM competency c WHERE c.tenant_id = p.tenant_id AND c.id = p.id)
               ORDER BY p.id, p.ended_at DESC, p.n DESC)""",
        ids=list(competencies),
    ):
        frameworks.setdefault(competency, set()).add(framework)
    return frameworks


async def alone(tx: Tx) -> None:
    """Judge alone in the tenant until this transaction ends: a state is never made of what another has corrected since."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended('judge', %s))", tx.tenant)


async def asserted(
    tx: Tx, learners: Sequence[UUID], competencies: Sequence[UUID] | None, known_at: datetime | None = None
) -> list[TupleRow]:
    """(learner, competency, what a policy sees) of what is asserted of learners, by learner and competency.

    Levels that teachers of record set stand among it. Of these competencies or all; as it was known at a time, or now.
    """
    cursor = await tx.conn.execute(
        f"""SELECT a.learner_id, l.competency_id, {JUDGED} FROM assertion a
            JOIN alignment l ON l.tenant_id = a.tenant_id AND l.id = a.alignment_id AND l.competency_id IS NOT NULL
            WHERE a.tenant_id = %(tenant)s AND a.learner_id = ANY(%(learners)s) AND {known(known_at)}
              AND (%(competencies)s::uuid[] IS NULL OR l.competency_id = ANY(%(competencies)s))
            ORDER BY a.learner_id, l.competency_id, a.at""",
        {"tenant": tx.tenant, "learners": list(learners), "competencies": competencies, "known": known_at},
        binary=True,
    )
    rows = await cursor.fetchall()
    levels = await overrides.of_learners(tx, learners, competencies, known_at=known_at)
    return sorted([*rows, *map(as_judged, levels)], key=itemgetter(0, 1)) if levels else rows


def as_judged(row: OverrideRow) -> TupleRow:
    """A level that was set, as a policy sees it: the columns of JUDGED, and that it is one."""
    measures = (None, None, True, None, row.ends, row.level, None, None, None, None)
    return (row.learner_id, row.competency_id, -row.id, row.begins, *measures, False, row.id, None, None, None, True)


async def remember(
    tx: Tx, learners: Sequence[UUID], pairs: Sequence[Pair] | None, rows: Iterable[Sequence[Any]]
) -> int:
    """Make these the only states of these learners, or of these pairs; how many have changed.

    A row is a state's columns, whether what decided comes after what decided before, and the tally it goes on with.
    """
    await stage(tx, "staged_mastery", MASTERY_TYPES, rows)
    gone = await tx.run(
        """DELETE FROM mastery m WHERE m.tenant_id = %(tenant)s AND m.learner_id = ANY(%(learners)s)
             AND (%(all)s OR (m.learner_id, m.competency_id) IN (
                 SELECT p.learner, p.competency
                 FROM unnest(%(pair_learners)s::uuid[], %(pair_competencies)s::uuid[]) AS p (learner, competency)))
             AND NOT EXISTS (SELECT 1 FROM staged_mastery s
                 WHERE s.learner_id = m.learner_id AND s.competency_id = m.competency_id)""",
        learners=list(learners),
        all=pairs is None,
        pair_learners=[learner for learner, _ in pairs or ()],
        pair_competencies=[competency for _, competency in pairs or ()],
    )
    return gone + await tx.run(
        f"""INSERT INTO mastery AS m (tenant_id, {MASTERY}, tally)
            SELECT %s, learner_id, competency_id, policy_id, level, value, met, at, until,
                CASE WHEN appends THEN (SELECT b.deciding FROM mastery b WHERE b.tenant_id = %s
                    AND b.learner_id = s.learner_id AND b.competency_id = s.competency_id) || deciding ELSE deciding END,
                shown, tally FROM staged_mastery s
            ON CONFLICT (tenant_id, learner_id, competency_id) DO UPDATE SET policy_id = excluded.policy_id,
                level = excluded.level, value = excluded.value, met = excluded.met, at = excluded.at,
                until = excluded.until, deciding = excluded.deciding, shown = excluded.shown, tally = excluded.tally
            WHERE (m.policy_id, m.level, m.value, m.met, m.at, m.until, m.deciding, m.shown, m.tally) IS DISTINCT FROM
                  (excluded.policy_id, excluded.level, excluded.value, excluded.met, excluded.at, excluded.until,
                   excluded.deciding, excluded.shown, excluded.tally)""",
        tx.tenant,
        tx.tenant,
    )


async def of_learners(tx: Tx, learners: Sequence[UUID], competencies: Sequence[UUID] | None) -> list[MasteryRow]:
    """States of learners, of these competencies or all."""
    return await tx.all_binary(
        MasteryRow,
        f"""SELECT {MASTERY} FROM mastery WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)b)
            AND (%(competencies)b::uuid[] IS NULL OR competency_id = ANY(%(competencies)b))
            ORDER BY learner_id, competency_id""",
        learners=list(learners),
        competencies=competencies,
    )


async def shown_by_framework(tx: Tx, learners: Sequence[UUID]) -> list[ShownRow]:
    """Every framework that has competencies, with how many of them these learners have a level in."""
    return await tx.all(
        ShownRow,
        """FROM (SELECT c.framework_id, count(*) AS competencies, count(m.competency_id) AS shown
            FROM competency c LEFT JOIN (SELECT DISTINCT competency_id FROM mastery
                WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) AND level IS NOT NULL) m
              ON m.competency_id = c.id
            WHERE c.tenant_id = %(tenant)s GROUP BY c.framework_id) counted""",
        learners=list(learners),
    )


async def overdue(tx: Tx, now: datetime, learners: Sequence[UUID] | None = None) -> list[UUID]:
    """Learners something of whose has expired since it was judged; of these, or all."""
    rows = await tx.rows(
        """SELECT DISTINCT learner_id FROM mastery WHERE tenant_id = %(tenant)s AND until <= %(now)s
           AND (%(learners)s::uuid[] IS NULL OR learner_id = ANY(%(learners)s)) ORDER BY learner_id""",
        now=now,
        learners=learners,
    )
    return [learner for (learner,) in rows]


async def assessed(tx: Tx, after: UUID, limit: int) -> list[UUID]:
    """Learners of whom anything is asserted, or for whom a level was set, in the order of their ids."""
    rows = await tx.rows(
        """SELECT learner_id FROM (
               (SELECT DISTINCT learner_id FROM assertion
                WHERE tenant_id = %(tenant)s AND learner_id > %(after)s AND ended_at IS NULL
                ORDER BY learner_id LIMIT %(limit)s)
               UNION SELECT learner_id FROM level_override WHERE tenant_id = %(tenant)s AND learner_id > %(after)s
               UNION SELECT l.merged_into FROM level_override o JOIN learner l ON l.tenant_id = %(tenant)s
                   AND l.id = o.learner_id WHERE o.tenant_id = %(tenant)s AND l.merged_into > %(after)s) AS anybody
           ORDER BY learner_id LIMIT %(limit)s""",
        after=after,
        limit=limit,
    )
    return [learner for (learner,) in rows]
