"""Cases: the questions that wait for a person, together for each person they are about, and what people do with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString

from app.db import Tx
from app.db.identity.persons import DECISION, DecisionRow, Ref
from app.db.tables.matching import MatchCase


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A person of whom it is asked who they are: the numbers of the pairs, the likeliest first, and since when."""

    source_id: int
    person: str
    id: int
    pairs: list[int]
    since: datetime
    claimed_by: str | None
    claimed_until: datetime | None
    note: str
    aside: bool
    proposed: str | None
    proposed_pair: int | None
    proposed_by: str | None
    second_person: bool


@dataclass(frozen=True, slots=True)
class WaitRow:
    """How many wait, how many could not be told, and for how long: those that wait now, and those decided of late."""

    waiting: int
    aside: int
    median: timedelta | None
    decided: timedelta | None


CASES: LiteralString = """
    WITH question AS MATERIALIZED (
        SELECT d.id, coalesce(d.asked_at, d.decided_at) AS asked_at,
            CASE WHEN s.source_id IS NULL THEN d.right_source ELSE d.left_source END AS source_id,
            CASE WHEN s.source_id IS NULL THEN d.right_key ELSE d.left_key END AS person
        FROM decision d LEFT JOIN matching s ON s.tenant_id = d.tenant_id AND s.source_id = d.left_source
            AND d.decided_by = 'scores'
        WHERE d.tenant_id = %(tenant)s AND d.judgement = 'unsure' AND d.ended_at IS NULL AND NOT EXISTS (
            SELECT FROM person l JOIN person r ON r.tenant_id = l.tenant_id AND r.learner_id = l.learner_id
            WHERE l.tenant_id = d.tenant_id AND l.source_id = d.left_source AND l.key = d.left_key
            AND r.source_id = d.right_source AND r.key = d.right_key)),
    together AS (
        SELECT source_id, person, min(id) AS id, array_agg(id ORDER BY id) AS pairs, min(asked_at) AS since,
            max(id) AS latest FROM question GROUP BY 1, 2),
    asked AS (
        SELECT t.source_id, t.person, t.id, t.pairs, t.since, c.claimed_by, c.claimed_until, coalesce(c.note, '') AS note,
            coalesce(c.aside_after >= t.latest, false) AS aside, c.proposed, c.proposed_pair, c.proposed_by,
            coalesce(m.second_person, false) AS second_person
        FROM together t
        LEFT JOIN match_case c ON c.tenant_id = %(tenant)s AND c.source_id = t.source_id AND c.person = t.person
        LEFT JOIN matching m ON m.tenant_id = %(tenant)s AND m.source_id = t.source_id)
"""

CASE: LiteralString = (
    "source_id, person, id, pairs, since, claimed_by, claimed_until, note, aside, proposed, proposed_pair, proposed_by, "
    "second_person"
)


async def lock(tx: Tx) -> None:
    """One of those who look at a tenant's cases at a time, until the transaction ends: two do not decide one."""
    await tx.run("SELECT pg_advisory_xact_lock(%s, hashtext('match_case'))", tx.tenant)


async def listed(
    tx: Tx, *, after: int, limit: int, source: int | None, before: datetime | None, aside: bool
) -> list[CaseRow]:
    """Cases after an id, in the order they came up; of a source, asked before a time; or those set aside."""
    return await tx.all(
        CaseRow,
        f"""{CASES} SELECT {CASE} FROM asked WHERE id > %(after)s AND aside = %(aside)s
            AND (%(source)s::int IS NULL OR source_id = %(source)s)
            AND (%(before)s::timestamptz IS NULL OR since < %(before)s) ORDER BY id LIMIT %(limit)s""",
        after=after,
        limit=limit,
        source=source,
        before=before,
        aside=aside,
    )


async def of_pair(tx: Tx, pair: int) -> CaseRow | None:
    """The case that a pair is part of, if it waits."""
    return await tx.first(CaseRow, f"{CASES} SELECT {CASE} FROM asked WHERE %(pair)s = ANY(pairs)", pair=pair)


async def decisions_by_id(tx: Tx, ids: Sequence[int]) -> list[DecisionRow]:
    """Decisions in force, by their numbers."""
    return await tx.all(
        DecisionRow,
        f"""SELECT {DECISION} FROM decision d WHERE d.tenant_id = %(tenant)s AND d.id = ANY(%(ids)s) AND d.ended_at IS NULL
            ORDER BY d.id""",
        ids=list(ids),
    )


async def question_between(tx: Tx, left: Ref, right: Ref) -> int | None:
    """The number of the question that waits about two persons, `left` before `right`."""
    row = await tx.row(
        """SELECT id FROM decision WHERE tenant_id = %(tenant)s AND judgement = 'unsure' AND ended_at IS NULL
           AND left_source = %(left)s AND left_key = %(left_key)s AND right_source = %(right)s AND right_key = %(right_key)s""",
        left=left[0],
        left_key=left[1],
        right=right[0],
        right_key=right[1],
    )
    return row[0] if row else None


async def waits(tx: Tx, since: datetime) -> WaitRow:
    """How many wait and for how long, and how long those waited that people have decided since a time."""
    row = await tx.first(
        WaitRow,
        f"""{CASES} SELECT count(*) FILTER (WHERE NOT aside)::int AS waiting, count(*) FILTER (WHERE aside)::int AS aside,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY now() - a.since) FILTER (WHERE NOT aside) AS median,
                (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d.ended_at - coalesce(d.asked_at, d.decided_at)) FROM decision d
                 WHERE d.tenant_id = %(tenant)s AND d.judgement = 'unsure' AND d.ended_at >= %(since)s
                 AND d.ended_by NOT IN ('scores', 'tessera')) AS decided
            FROM asked a""",
        since=since,
    )
    assert row is not None
    return row


async def claim(tx: Tx, case: CaseRow, by: str, until: datetime) -> None:
    """Somebody looks at it, until then."""
    await tx.insert(
        MatchCase(source_id=case.source_id, person=case.person, claimed_by=by, claimed_until=until),
        """ON CONFLICT (tenant_id, source_id, person) DO UPDATE SET claimed_by = excluded.claimed_by,
               claimed_until = excluded.claimed_until""",
    )


async def set_aside(tx: Tx, case: CaseRow) -> None:
    """Nobody can tell: it comes back when something else is asked of the person."""
    await tx.insert(
        MatchCase(source_id=case.source_id, person=case.person, aside_after=max(case.pairs)),
        """ON CONFLICT (tenant_id, source_id, person) DO UPDATE SET aside_after = excluded.aside_after, claimed_by = NULL,
               claimed_until = NULL, proposed = NULL, proposed_pair = NULL, proposed_by = NULL""",
    )


async def propose(tx: Tx, case: CaseRow, judgement: str, pair: int | None, by: str) -> None:
    """One of two people has said what they are."""
    await tx.insert(
        MatchCase(source_id=case.source_id, person=case.person, proposed=judgement, proposed_pair=pair, proposed_by=by),
        """ON CONFLICT (tenant_id, source_id, person) DO UPDATE SET proposed = excluded.proposed, claimed_by = NULL,
               aside_after = NULL, proposed_pair = excluded.proposed_pair, proposed_by = excluded.proposed_by, claimed_until = NULL""",
    )


async def note(tx: Tx, case: CaseRow, text: str, by: str) -> None:
    """What somebody noted for whoever looks at it next."""
    await tx.insert(
        MatchCase(source_id=case.source_id, person=case.person, note=text, noted_by=by),
        """ON CONFLICT (tenant_id, source_id, person) DO UPDATE SET note = excluded.note, noted_by = excluded.noted_by""",
    )


async def close(tx: Tx, case: CaseRow) -> None:
    """It is decided, or given back: only what was noted stays."""
    await tx.run(
        """UPDATE match_case SET claimed_by = NULL, claimed_until = NULL, aside_after = NULL, proposed = NULL,
               proposed_pair = NULL, proposed_by = NULL
           WHERE tenant_id = %(tenant)s AND source_id = %(source)s AND person = %(person)s""",
        source=case.source_id,
        person=case.person,
    )
