"""The ledger: what people have decided of late, and what rules ask once, until somebody answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.db import Tx
from app.db.identity.persons import DecisionRow, Ref
from app.db.wallet.wallet import CONSENTED


async def by_people(tx: Tx, before: int | None, limit: int) -> list[DecisionRow]:
    """What people have decided and nobody has taken back, newest first, before an id."""
    return await tx.all(
        DecisionRow,
        """FROM decision WHERE tenant_id = %(tenant)s AND rule = 'person' AND ended_at IS NULL
             AND (%(before)s::bigint IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s""",
        before=before,
        limit=limit,
    )


async def decide(tx: Tx, rows: Sequence[tuple[int, str, int, str, str, str, str]], by: str) -> None:
    """Write decisions (left source, left key, right source, right key, judgement, rule, reason) into the ledger.

    A question takes the age of the one about these two that was ended in this transaction, or still waits.
    """
    async with tx.conn.cursor() as cursor:
        await cursor.executemany(
            """INSERT INTO decision (tenant_id, left_source, left_key, right_source, right_key, judgement, rule, reason, decided_by,
                                     asked_at)
               SELECT n.tenant, n.left_source, n.left_key, n.right_source, n.right_key, n.judgement, n.rule, n.reason,
                      n.decided_by, CASE WHEN n.judgement = 'unsure' THEN (
                   SELECT min(coalesce(d.asked_at, d.decided_at)) FROM decision d WHERE d.tenant_id = n.tenant
                     AND d.left_source = n.left_source AND d.left_key = n.left_key AND d.right_source = n.right_source
                     AND d.right_key = n.right_key AND d.judgement = 'unsure'
                     AND (d.ended_at IS NULL OR d.ended_at = now())) END
               FROM (VALUES (%s::int, %s::int, %s::text, %s::int, %s::text, %s::text, %s::text, %s::text, %s::text))
                   AS n (tenant, left_source, left_key, right_source, right_key, judgement, rule, reason, decided_by)""",
            [(tx.tenant, *row, by) for row in rows],
        )


async def ask(tx: Tx, pair: tuple[Ref, Ref], rule: str, reason: str) -> None:
    """Ask once whether two persons are one, by a rule. Where a person has decided that already, it waits as answered,
    for the day when the decision is taken back.
    """
    left, right = sorted(pair)
    await tx.run(
        """INSERT INTO decision (tenant_id, left_source, left_key, right_source, right_key, judgement, rule, reason,
                                 decided_by, ended_at, ended_by)
           SELECT %(tenant)s, %(left_source)s, %(left_key)s, %(right_source)s, %(right_key)s, 'unsure', %(rule)s,
                  %(reason)s, %(rule)s, CASE WHEN p.decided_by IS NOT NULL THEN now() END, p.decided_by
           FROM (VALUES (1)) AS one LEFT JOIN LATERAL (SELECT d.decided_by FROM decision d
               WHERE d.tenant_id = %(tenant)s AND d.left_source = %(left_source)s AND d.left_key = %(left_key)s
                 AND d.right_source = %(right_source)s AND d.right_key = %(right_key)s AND d.rule = 'person'
                 AND d.ended_at IS NULL LIMIT 1) p ON true
           WHERE NOT EXISTS (SELECT FROM decision d WHERE d.tenant_id = %(tenant)s
               AND d.left_source = %(left_source)s AND d.left_key = %(left_key)s AND d.right_source = %(right_source)s
               AND d.right_key = %(right_key)s AND d.rule = %(rule)s)""",
        **_pair(left, right),
        rule=rule,
        reason=reason,
    )


async def ask_again(tx: Tx, left: Ref, right: Ref) -> None:
    """What was asked of two persons, by rules that ask once, waits again, unless it still does."""
    await tx.run(
        """INSERT INTO decision (tenant_id, left_source, left_key, right_source, right_key, judgement, rule, reason, decided_by)
           SELECT DISTINCT ON (d.rule) d.tenant_id, d.left_source, d.left_key, d.right_source, d.right_key, d.judgement,
                  d.rule, d.reason, d.decided_by
           FROM decision d WHERE d.tenant_id = %(tenant)s AND d.left_source = %(left_source)s
               AND d.left_key = %(left_key)s AND d.right_source = %(right_source)s AND d.right_key = %(right_key)s
               AND d.rule = d.decided_by AND d.judgement = 'unsure' AND NOT EXISTS (SELECT FROM decision o
                   WHERE o.tenant_id = d.tenant_id AND o.left_source = d.left_source AND o.left_key = d.left_key
                     AND o.right_source = d.right_source AND o.right_key = d.right_key AND o.ended_at IS NULL
                     AND o.rule IN (d.rule, 'person'))
           ORDER BY d.rule, d.id DESC""",
        **_pair(left, right),
    )


@dataclass(frozen=True, slots=True)
class InheritedRow:
    """What people decided of a person of a source and another's, and who else is part of the first one's learner."""

    other_source: int
    other_key: str
    heir_source: int
    heir_key: str
    judgement: str
    reason: str
    decided_by: str


async def inherited(tx: Tx, source: int) -> list[InheritedRow]:
    """What people decided of a source's persons, for whoever of other sources is part of the same learner.

    Who is the same, is the same as the best known of them; who is another, is another than each of them.
    """
    return await tx.all(
        InheritedRow,
        """SELECT d.other_source, d.other_key, heir.source_id AS heir_source, heir.key AS heir_key, d.judgement,
                  d.reason, d.decided_by
           FROM (SELECT id, judgement, reason, decided_by, left_source AS source_id, left_key AS key,
                        right_source AS other_source, right_key AS other_key
                   FROM decision WHERE tenant_id = %(tenant)s AND rule = 'person' AND ended_at IS NULL
                     AND left_source = %(source)s
                 UNION ALL
                 SELECT id, judgement, reason, decided_by, right_source, right_key, left_source, left_key
                   FROM decision WHERE tenant_id = %(tenant)s AND rule = 'person' AND ended_at IS NULL
                     AND right_source = %(source)s) d
           JOIN person p ON p.tenant_id = %(tenant)s AND p.source_id = d.source_id AND p.key = d.key
           CROSS JOIN LATERAL (
               SELECT o.source_id, o.key, row_number() OVER (
                   ORDER BY s.slug = %(consented)s, o.own_id <> o.learner_id, s.rank, s.id, o.key) AS place
               FROM person o JOIN source s ON s.tenant_id = o.tenant_id AND s.id = o.source_id
               WHERE o.tenant_id = %(tenant)s AND o.learner_id = p.learner_id AND o.source_id <> %(source)s) heir
           WHERE d.other_source <> %(source)s
             AND (heir.place = 1 OR d.judgement = 'different')
             AND (heir.source_id, heir.key) <> (d.other_source, d.other_key)
           ORDER BY d.id, heir.place""",
        source=source,
        consented=CONSENTED,
    )


def _pair(left: Ref, right: Ref) -> dict[str, int | str]:
    """Two persons as named values."""
    return {"left_source": left[0], "left_key": left[1], "right_source": right[0], "right_key": right[1]}
