"""Persons, their identifiers, the ledger of decisions, and the statements records are made from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from app.db import Tx
from app.db.bulk import numbers, texts
from app.db.pipeline.history import CONTEXT_ORDER
from schemas.codes import StatementState


class StatementRow(Struct, frozen=True):
    """A stored statement; `body` is its canonical record in JSON."""

    source_id: int
    stream: str
    raw_key: str
    n: int
    kind: str
    key: str
    person: str | None
    received_at: datetime
    state: StatementState
    state_at: datetime | None
    unread_since: datetime | None
    body: str
    raw_id: int
    raw_pos: int


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A line of the ledger that holds."""

    id: int
    left_source: int
    left_key: str
    right_source: int
    right_key: str
    judgement: str
    rule: str
    reason: str
    decided_by: str
    decided_at: datetime
    asked_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """Since when it holds or waits, whatever its reason was before."""
        return self.asked_at or self.decided_at


RECORD: LiteralString = "source_id, stream, raw_key, n, kind, key, person, received_at, state, state_at, unread_since, body, raw_id, raw_pos"
STATEMENT: LiteralString = "r.source_id, r.stream, r.raw_key, r.n, r.kind, r.key, r.person, r.received_at, r.state, r.state_at, r.unread_since, r.body::text, r.raw_id, r.raw_pos"
DECISION: LiteralString = "d.id, d.left_source, d.left_key, d.right_source, d.right_key, d.judgement, d.rule, d.reason, d.decided_by, d.decided_at, d.asked_at"
THESE: LiteralString = "unnest(%s::int[], %s::text[]) AS s (source_id, key)"
TOGETHER = 500
"""How many rows of what changed are settled together at most."""
Ref = tuple[int, str]
Held = tuple[int, str, str, str, str]
"""An identifier as a person (source, key) has it: type, issuer, value."""


async def lock_settling(tx: Tx) -> None:
    """One settler per tenant at a time, until the transaction ends.

    Its queries are planned anew each time: a plan kept from when the tables were small reads all of them once they are
    large, for each of a thousand persons. Where statistics are still to come, an index that has the order asked for is
    taken before one whose rows would have to be sorted: one person may have a hundred thousand.
    """
    await tx.run(
        """SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_sort', 'off', true),
               pg_advisory_xact_lock(%s, 0)""",
        tx.tenant,
    )


@dataclass(frozen=True, slots=True)
class TouchedRow:
    """What a page changed and is not yet settled: persons, raw records of a stream by key, references of others."""

    id: int
    source_id: int
    persons: list[str]
    refs: list[int]
    stream: str | None
    keys: list[str]


async def touched(tx: Tx, most: int) -> list[TouchedRow]:
    """What changed and is not yet settled, the earliest first: about so much (persons and raw records), or one row."""
    return await tx.all(
        TouchedRow,
        """SELECT id, source_id, persons, refs, stream, keys FROM (
               SELECT id, source_id, persons, refs, stream, keys, sum(cardinality(persons) + cardinality(keys)) OVER (ORDER BY id)
                         - cardinality(persons) - cardinality(keys) AS ahead
               FROM (SELECT id, source_id, persons, refs, stream, keys FROM touched WHERE tenant_id = %(tenant)s ORDER BY id LIMIT %(rows)s) t) t
           WHERE ahead < %(most)s ORDER BY id""",
        rows=TOGETHER,
        most=most,
    )


async def settled(tx: Tx, ids: list[int]) -> None:
    """Those rows of what changed are settled."""
    await tx.run("DELETE FROM touched WHERE tenant_id = %s AND id = ANY(%s)", tx.tenant, ids)


async def statements_of(tx: Tx, persons: Iterable[Ref]) -> list[StatementRow]:
    """All statements about these persons."""
    return await tx.all_binary(
        StatementRow,
        f"""SELECT {STATEMENT} FROM {THESE} CROSS JOIN LATERAL (
            SELECT {RECORD} FROM record WHERE tenant_id = %s AND source_id = s.source_id AND person = s.key OFFSET 0) r""",
        *_these(persons),
        tx.tenant,
    )


async def descriptions_of(tx: Tx, persons: Iterable[Ref]) -> list[StatementRow]:
    """What statements tell of these persons themselves, equal ones of one source once: the first in order speaks.

    From one to the next that differs, the index is skipped along: how often each was said makes no difference.
    """
    return await tx.all_binary(
        StatementRow,
        f"""SELECT {STATEMENT} FROM {THESE} CROSS JOIN LATERAL (
            WITH RECURSIVE each AS (
                (SELECT f.said, f.state, f.stream, f.raw_key, f.n FROM record f
                 WHERE f.tenant_id = %s AND f.source_id = s.source_id AND f.person = s.key AND f.said IS NOT NULL
                 ORDER BY f.said, f.state, f.stream, f.raw_key, f.n LIMIT 1)
                UNION ALL
                SELECT x.said, x.state, x.stream, x.raw_key, x.n FROM each e CROSS JOIN LATERAL (
                    SELECT f.said, f.state, f.stream, f.raw_key, f.n FROM record f
                    WHERE f.tenant_id = %s AND f.source_id = s.source_id AND f.person = s.key
                      AND f.said IS NOT NULL AND (f.said, f.state) > (e.said, e.state)
                    ORDER BY f.said, f.state, f.stream, f.raw_key, f.n LIMIT 1) x)
            SELECT {STATEMENT.replace("::text", "")} FROM each e CROSS JOIN LATERAL (
                SELECT {RECORD} FROM record WHERE tenant_id = %s AND source_id = s.source_id AND stream = e.stream
                AND raw_key = e.raw_key AND n = e.n OFFSET 0) r OFFSET 0) r""",
        *_these(persons),
        tx.tenant,
        tx.tenant,
        tx.tenant,
    )


async def active_among(tx: Tx, persons: Iterable[Ref]) -> set[Ref]:
    """Which of these persons a source says have shown something, or are students of a class."""
    rows = await tx.rows(
        f"""SELECT s.source_id, s.key FROM {THESE} CROSS JOIN LATERAL (
                SELECT FROM record r WHERE r.tenant_id = %s AND r.source_id = s.source_id AND r.person = s.key
                AND (r.kind IN ('result', 'evidence', 'credential')
                     OR r.kind = 'enrollment' AND coalesce(r.body->>'role', 'student') = 'student') LIMIT 1) r""",
        *_these(persons),
        tx.tenant,
    )
    return set(rows)


async def of_raw(tx: Tx, pieces: Iterable[tuple[int, str, str]]) -> list[StatementRow]:
    """All statements that these raw records (source, stream, key) make about persons, in order."""
    rows = list(pieces)
    return await tx.all_binary(
        StatementRow,
        f"""SELECT {STATEMENT} FROM unnest(%s::int[], %s::text[], %s::text[]) AS w (source_id, stream, raw_key)
            CROSS JOIN LATERAL (SELECT {RECORD} FROM record WHERE tenant_id = %s AND source_id = w.source_id
                AND stream = w.stream AND raw_key = w.raw_key OFFSET 0) r WHERE r.person IS NOT NULL
            ORDER BY r.source_id, r.stream, r.raw_key, r.n""",
        numbers(row[0] for row in rows),
        texts([row[1] for row in rows]),
        texts([row[2] for row in rows]),
        tx.tenant,
    )


async def context(tx: Tx, refs: Iterable[tuple[int, str, str]]) -> list[StatementRow]:
    """A statement of each of these that are about no person (source, kind, key): of several the first in CONTEXT_ORDER."""
    rows = list(refs)
    return await tx.all_binary(
        StatementRow,
        f"""SELECT {STATEMENT} FROM unnest(%s::int[], %s::text[], %s::text[]) AS w (source_id, kind, key)
            CROSS JOIN LATERAL (SELECT {RECORD} FROM record WHERE tenant_id = %s AND source_id = w.source_id
                AND kind = w.kind AND key = w.key AND person IS NULL ORDER BY {CONTEXT_ORDER} LIMIT 1) r""",
        numbers(w[0] for w in rows),
        texts([w[1] for w in rows]),
        texts([w[2] for w in rows]),
        tx.tenant,
    )


async def forget_identifiers(tx: Tx, rows: Sequence[Held]) -> None:
    """Delete identifiers."""
    await tx.run(
        """DELETE FROM identifier i
           USING unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
               AS s (source_id, person, type, issuer, value)
           WHERE i.tenant_id = %s AND (i.type, i.value, i.issuer, i.source_id, i.person)
               = (s.type, s.value, s.issuer, s.source_id, s.person)""",
        *_columns(rows),
        tx.tenant,
    )


async def add_identifiers(tx: Tx, rows: Sequence[Held]) -> None:
    """Store identifiers."""
    await tx.run(
        """INSERT INTO identifier (tenant_id, source_id, person, type, issuer, value)
           SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING""",
        tx.tenant,
        *_columns(rows),
    )


async def neighbors(tx: Tx, persons: Iterable[Ref], types: Sequence[str]) -> set[Ref]:
    """Persons who share an identifier of these types, a decision, or until now a learner with any of these.

    An identifier that a crowd shares makes no neighbors.
    """
    sources, keys = _these(persons)
    rows = await tx.rows(
        """WITH s AS MATERIALIZED (SELECT source_id, key FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key))
           SELECT b.source_id, b.person FROM s
               JOIN identifier a ON a.tenant_id = %(tenant)s AND a.source_id = s.source_id AND a.person = s.key AND a.type = ANY(%(types)s)
                   AND NOT EXISTS (SELECT FROM crowd k WHERE k.tenant_id = a.tenant_id
                                   AND k.type = a.type AND k.value = a.value AND k.issuer = a.issuer)
               JOIN identifier b ON b.tenant_id = a.tenant_id AND b.type = a.type AND b.value = a.value AND b.issuer = a.issuer
           UNION SELECT d.right_source, d.right_key FROM s JOIN decision d ON d.tenant_id = %(tenant)s
               AND d.left_source = s.source_id AND d.left_key = s.key AND d.ended_at IS NULL
           UNION SELECT d.left_source, d.left_key FROM s JOIN decision d ON d.tenant_id = %(tenant)s
               AND d.right_source = s.source_id AND d.right_key = s.key AND d.ended_at IS NULL
           UNION SELECT q.source_id, q.key FROM s
               JOIN person p ON p.tenant_id = %(tenant)s AND p.source_id = s.source_id AND p.key = s.key
               JOIN person q ON q.tenant_id = p.tenant_id AND q.learner_id = p.learner_id""",
        sources=sources,
        keys=keys,
        types=list(types),
    )
    return set(rows)


async def zeros_apart(tx: Tx, persons: Iterable[Ref]) -> set[Ref]:
    """Persons whose state or district number is one of these persons' but for leading zeros, of which up to three lack.

    What is looked for is written down first: where an index is asked for what a function makes of another row, row-level
    security has all of the table read instead.
    """
    sources, keys = _these(persons)
    rows = await tx.rows(
        """WITH number AS MATERIALIZED (
               SELECT a.type, a.issuer, a.value, z.zeros || ltrim(a.value, '0') AS other
               FROM unnest(%(sources)s::int[], %(keys)s::text[]) AS s (source_id, key)
               JOIN identifier a ON a.tenant_id = %(tenant)s AND a.source_id = s.source_id AND a.person = s.key
                   AND a.type IN ('state', 'district') AND a.value ~ '^[0-9]+$'
               CROSS JOIN unnest(ARRAY['', '0', '00', '000']) AS z (zeros))
           SELECT b.source_id, b.person FROM number n
               JOIN identifier b ON b.tenant_id = %(tenant)s AND b.type = n.type AND b.issuer = n.issuer
                   AND b.value = n.other
               WHERE n.other <> n.value""",
        sources=sources,
        keys=keys,
    )
    return set(rows)


async def identifiers_of(tx: Tx, persons: Iterable[Ref]) -> list[tuple[int, str, str, str, str, bool]]:
    """The identifiers of these persons (see Held), and whether a crowd shares it."""
    return await tx.rows(
        f"""SELECT i.source_id, i.person, i.type, i.issuer, i.value, k.type IS NOT NULL FROM {THESE}
            JOIN identifier i ON i.tenant_id = %s AND i.source_id = s.source_id AND i.person = s.key
            LEFT JOIN crowd k ON k.tenant_id = i.tenant_id AND k.type = i.type AND k.value = i.value AND k.issuer = i.issuer""",
        *_these(persons),
        tx.tenant,
    )


async def learners_of(tx: Tx, persons: Iterable[Ref]) -> dict[Ref, UUID | None]:
    """The learner each of these persons was part of until now."""
    rows = await tx.rows(
        f"""SELECT p.source_id, p.key, p.learner_id FROM {THESE}
            JOIN person p ON p.tenant_id = %s AND p.source_id = s.source_id AND p.key = s.key""",
        *_these(persons),
        tx.tenant,
    )
    return {(source, key): learner for source, key, learner in rows}


async def heads(tx: Tx, learners: Sequence[UUID]) -> dict[UUID, Ref]:
    """The person whose own id each of these learners bears."""
    rows = await tx.rows(
        """SELECT learner_id, source_id, key FROM person
           WHERE tenant_id = %(tenant)s AND learner_id = ANY(%(learners)s) AND own_id = learner_id""",
        learners=list(learners),
    )
    return {learner: (source, key) for learner, source, key in rows}


async def assign(tx: Tx, rows: Sequence[tuple[int, str, UUID, UUID | None]]) -> None:
    """Set which learner each person (source, key, own id, learner id) is part of."""
    await tx.run(
        """INSERT INTO person (tenant_id, source_id, key, own_id, learner_id)
           SELECT %s, * FROM unnest(%s::int[], %s::text[], %s::uuid[], %s::uuid[])
           ON CONFLICT (tenant_id, source_id, key) DO UPDATE SET learner_id = excluded.learner_id
           WHERE person.learner_id IS DISTINCT FROM excluded.learner_id""",
        tx.tenant,
        *([row[i] for row in rows] for i in range(4)),
    )


async def decisions_of(tx: Tx, persons: Iterable[Ref]) -> list[DecisionRow]:
    """Decisions in force between these persons."""
    return await tx.all(
        DecisionRow,
        f"""SELECT {DECISION} FROM {THESE} JOIN decision d ON d.tenant_id = %s
                AND d.left_source = s.source_id AND d.left_key = s.key AND d.ended_at IS NULL ORDER BY d.id""",
        *_these(persons),
        tx.tenant,
    )


async def decisions_at(tx: Tx, persons: Iterable[Ref], at: datetime) -> list[DecisionRow]:
    """Decisions between these persons that were in force at a time."""
    return await tx.all(
        DecisionRow,
        f"""SELECT {DECISION} FROM {THESE} JOIN decision d ON d.tenant_id = %s
                AND d.left_source = s.source_id AND d.left_key = s.key AND d.decided_at <= %s
                AND (d.ended_at IS NULL OR d.ended_at > %s) ORDER BY d.id""",
        *_these(persons),
        tx.tenant,
        at,
        at,
    )


async def end_decisions(tx: Tx, ids: Sequence[int], by: str) -> None:
    """Decisions that hold no more stay in the ledger, with when and by whom they were ended."""
    await tx.run(
        "UPDATE decision SET ended_at = now(), ended_by = %s WHERE tenant_id = %s AND id = ANY(%s)",
        by,
        tx.tenant,
        list(ids),
    )


async def near_matches(tx: Tx, after: int, limit: int) -> list[DecisionRow]:
    """Pairs that wait for a person's decision, in the order they came up; not those who are one learner by now."""
    return await tx.all(
        DecisionRow,
        f"""SELECT {DECISION} FROM decision d WHERE d.tenant_id = %(tenant)s AND d.judgement = 'unsure'
            AND d.ended_at IS NULL AND d.id > %(after)s AND NOT EXISTS (
                SELECT FROM person l JOIN person r ON r.tenant_id = l.tenant_id AND r.learner_id = l.learner_id
                WHERE l.tenant_id = d.tenant_id AND l.source_id = d.left_source AND l.key = d.left_key
                AND r.source_id = d.right_source AND r.key = d.right_key)
            ORDER BY d.id LIMIT %(limit)s""",
        after=after,
        limit=limit,
    )


async def decision(tx: Tx, number: int) -> DecisionRow | None:
    """The decision of that number, if it is in force."""
    return await tx.first(
        DecisionRow,
        f"SELECT {DECISION} FROM decision d WHERE d.tenant_id = %(tenant)s AND d.id = %(number)s AND d.ended_at IS NULL",
        number=number,
    )


async def decisions_about(tx: Tx, learner: UUID) -> list[DecisionRow]:
    """Decisions in force about any person of a learner, in the order they were made."""
    return await tx.all(
        DecisionRow,
        f"""SELECT {DECISION} FROM decision d WHERE d.tenant_id = %s AND d.ended_at IS NULL AND EXISTS (
                    SELECT 1 FROM person p WHERE p.tenant_id = d.tenant_id AND p.learner_id = %s
                    AND (p.source_id, p.key) IN ((d.left_source, d.left_key), (d.right_source, d.right_key)))
                ORDER BY d.id LIMIT 1000""",
        tx.tenant,
        learner,
    )


def _these(persons: Iterable[Ref]) -> tuple[str, str]:
    """Persons as the arrays of THESE."""
    refs = list(persons)
    return numbers(source for source, _ in refs), texts([key for _, key in refs])


def _columns(identifiers: Sequence[Held]) -> tuple[str, ...]:
    """Identifiers as arrays, one for each column."""
    sources, *columns = zip(*identifiers, strict=True)
    return numbers(sources), *(texts(column) for column in columns)
