"""Rules of credit in their versions, and the credit that was awarded by them: neither is ever changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.tables.plans import CreditAward, CreditRule


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A version of a rule, and who wrote it."""

    id: UUID
    version: int
    body: str
    name: str
    role: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class AwardRow:
    """Credit a teacher of record gave; `rule` is what the rule said in that version, `basis` what was shown then (JSON)."""

    id: UUID
    learner_id: UUID
    rule_id: UUID
    version: int
    rule: str
    basis: str
    name: str
    role: str
    note: str | None
    made_by: str
    made_at: datetime
    withdrawn_at: datetime | None
    withdrawn_name: str | None
    withdrawn_reason: str | None


RULE: LiteralString = "id, version, body::text AS body, name, role, made_by, made_at"
AWARD: LiteralString = """SELECT a.id, a.learner_id, a.rule_id, a.version, r.body::text AS rule, a.basis::text AS basis, a.name,
    a.role, a.note, a.made_by, a.made_at, a.withdrawn_at, a.withdrawn_name, a.withdrawn_reason FROM credit_award a
    JOIN credit_rule r ON r.tenant_id = a.tenant_id AND r.id = a.rule_id AND r.version = a.version"""


async def rules(tx: Tx) -> list[RuleRow]:
    """The latest version of every rule, in the order the rules were first made."""
    versions = await _rules(tx, "TRUE ORDER BY id, version")
    latest = {row.id: row for row in versions}
    begun = {row.id: row.made_at for row in reversed(versions)}
    return sorted(latest.values(), key=lambda row: (begun[row.id], row.id))


async def versions(tx: Tx, rule: UUID) -> list[RuleRow]:
    """All versions of a rule, the first first."""
    return await _rules(tx, "id = %s ORDER BY version", rule)


async def lock(tx: Tx, rule: UUID) -> None:
    """Be the only one who writes a rule, or awards by it, until the transaction ends."""
    await tx.run("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", f"credit {rule}", tx.tenant)


async def add_version(tx: Tx, rule: UUID, version: int, body: bytes, by: Signature, at: datetime) -> None:
    """Another version of a rule, or its first."""
    await tx.insert(CreditRule(id=rule, version=version, body=body, made_at=at, **asdict(by)))


async def awards(tx: Tx, learners: Sequence[UUID]) -> list[AwardRow]:
    """All that was awarded to these learners, the first first; also what was withdrawn."""
    return await _awards(tx, "a.learner_id = ANY(%s) ORDER BY a.made_at, a.id", list(learners))


async def standing(tx: Tx, learners: Sequence[UUID]) -> list[AwardRow]:
    """What of it was not withdrawn; nobody withdraws it until the transaction ends."""
    where: LiteralString = "a.learner_id = ANY(%s) AND a.withdrawn_at IS NULL ORDER BY a.made_at, a.id FOR SHARE OF a"
    return await _awards(tx, where, list(learners))


async def every_award(tx: Tx) -> list[AwardRow]:
    """All that was ever awarded, the first first."""
    return await _awards(tx, "TRUE ORDER BY a.made_at, a.id")


async def standing_counts(tx: Tx) -> dict[UUID, int]:
    """How many awards of each rule were not withdrawn."""
    rows = await tx.rows(
        "SELECT rule_id, count(*) FROM credit_award WHERE tenant_id = %s AND withdrawn_at IS NULL GROUP BY 1", tx.tenant
    )
    return dict(rows)


async def award(tx: Tx, id: UUID) -> AwardRow | None:
    """The award of that id."""
    awards = await _awards(tx, "a.id = %s", id)
    return awards[0] if awards else None


async def add_award(
    tx: Tx, id: UUID, learner: UUID, rule: RuleRow, basis: bytes, by: Signature, note: str | None, at: datetime
) -> None:
    """Award credit by a version of a rule."""
    await tx.insert(
        CreditAward(
            id=id,
            learner_id=learner,
            rule_id=rule.id,
            version=rule.version,
            basis=basis,
            note=note,
            made_at=at,
            **asdict(by),
        )
    )


async def withdraw(tx: Tx, id: UUID, name: str, by: str, reason: str, at: datetime) -> bool:
    """Withdraw an award; False where it is withdrawn already."""
    return bool(
        await tx.run(
            """UPDATE credit_award SET withdrawn_at = %(at)s, withdrawn_name = %(name)s, withdrawn_by = %(by)s,
                   withdrawn_reason = %(reason)s
               WHERE tenant_id = %(tenant)s AND id = %(award)s AND withdrawn_at IS NULL""",
            at=at,
            name=name,
            by=by,
            reason=reason,
            award=id,
        )
    )


async def awarded(tx: Tx, rule: UUID) -> set[UUID]:
    """Who has credit by a rule: every id that these learners ever bore after it was awarded."""
    rows = await tx.rows(
        """WITH RECURSIVE same AS (
               SELECT learner_id AS id FROM credit_award WHERE tenant_id = %s AND rule_id = %s AND withdrawn_at IS NULL
               UNION SELECT l.merged_into FROM same JOIN learner l ON l.tenant_id = %s AND l.id = same.id
                     WHERE l.merged_into IS NOT NULL
           ) SELECT id FROM same""",
        tx.tenant,
        rule,
        tx.tenant,
    )
    return {learner for (learner,) in rows}


async def showing(
    tx: Tx, competencies: Sequence[UUID], least: int, after: UUID, limit: int, now: datetime
) -> list[UUID]:
    """Learners with a level, or what may have become one, in at least so many of these, in the order of their ids."""
    rows = await tx.rows(
        """SELECT learner_id FROM mastery
           WHERE tenant_id = %(tenant)s AND competency_id = ANY(%(competencies)s) AND learner_id > %(after)s
             AND (level IS NOT NULL OR until <= %(now)s)
           GROUP BY learner_id HAVING count(*) >= %(least)s ORDER BY learner_id LIMIT %(limit)s""",
        competencies=list(competencies),
        after=after,
        now=now,
        least=least,
        limit=limit,
    )
    return [learner for (learner,) in rows]


async def _rules(tx: Tx, where: LiteralString, *args: Any) -> list[RuleRow]:
    return await tx.all(RuleRow, f"SELECT {RULE} FROM credit_rule WHERE tenant_id = %s AND {where}", tx.tenant, *args)


async def _awards(tx: Tx, where: LiteralString, *args: Any) -> list[AwardRow]:
    return await tx.all(AwardRow, f"{AWARD} WHERE a.tenant_id = %s AND {where}", tx.tenant, *args)
