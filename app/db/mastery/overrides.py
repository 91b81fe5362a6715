"""Levels that teachers of record set: never changed, only withdrawn. Where assertions are read, these stand among them.

Their ids are told as negative numbers there, so that no assertion has the same.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, TypedDict
from uuid import UUID, uuid4

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.tables.mastery import LevelOverride

TITLE = "Level set by a teacher of record"


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """A level that somebody set, for the learner who is concerned now: from when, until when, and who answers for it."""

    id: int
    key: UUID
    learner_id: UUID
    competency_id: UUID
    level: str
    reason: str
    begins: datetime
    ends: datetime
    name: str
    role: str
    made_by: str
    withdrawn_at: datetime | None
    withdrawn_name: str | None
    withdrawn_reason: str | None

    @property
    def who(self) -> str:
        """Who set the override."""
        return f"{self.name}, {self.role}"


class AssertionFields(TypedDict):
    """What every row of an assertion has, here of a level that was set."""

    id: int
    learner_id: UUID
    competency_id: UUID
    at: datetime
    share: None
    value: None
    unit: None
    level: str
    met: None
    positive: bool
    confidence: None
    method: None
    expires: datetime
    detail: dict[str, Any]
    source_id: int
    stream: str
    raw_key: str
    strength: None
    undated: bool
    hash: int
    least: None
    most: None
    doubt: None
    override: bool


def as_assertion(row: OverrideRow) -> AssertionFields:
    """A level that was set, in the fields of an assertion: the one place that says how it stands among them."""
    return {
        "id": -row.id,
        "learner_id": row.learner_id,
        "competency_id": row.competency_id,
        "at": row.begins,
        "share": None,
        "value": None,
        "unit": None,
        "level": row.level,
        "met": None,
        "positive": True,
        "confidence": None,
        "method": None,
        "expires": row.ends,
        "detail": {
            "title": TITLE,
            "assessor": row.name,
            "role": row.role,
            "narrative": row.reason,
            "setting": "in-school",
        },
        "source_id": 0,
        "stream": "",
        "raw_key": str(row.key),
        "strength": None,
        "undated": False,
        "hash": row.id,
        "least": None,
        "most": None,
        "doubt": None,
        "override": True,
    }


COLUMNS: LiteralString = """o.id, o.key, k.learner AS learner_id, o.competency_id, o.level, o.reason, o.begins, o.ends, o.name, o.role,
    o.made_by, o.withdrawn_at, o.withdrawn_name, o.withdrawn_reason"""
# A learner's are also those of whoever became them; who became somebody else has none of their own any more.
KIN: LiteralString = """WITH RECURSIVE kin AS (
    SELECT a AS learner, a AS id FROM unnest(%(learners)s::uuid[]) AS a WHERE NOT EXISTS (
        SELECT FROM learner l WHERE l.tenant_id = %(tenant)s AND l.id = a AND l.merged_into IS NOT NULL)
    UNION SELECT k.learner, l.id FROM kin k JOIN learner l ON l.tenant_id = %(tenant)s AND l.merged_into = k.id)"""


async def of_learners(
    tx: Tx,
    learners: Sequence[UUID],
    competencies: Sequence[UUID] | None = None,
    *,
    known_at: datetime | None = None,
    withdrawn: bool = False,
) -> list[OverrideRow]:
    """The levels set for learners, of these competencies or all, the first set first; as it was known at a time, or now.

    With `withdrawn`, also those that were taken back.
    """
    if not await tx.one("SELECT EXISTS (SELECT FROM level_override WHERE tenant_id = %s)", tx.tenant):
        return []
    return await tx.all(
        OverrideRow,
        f"""{KIN} SELECT {COLUMNS} FROM kin k
            JOIN level_override o ON o.tenant_id = %(tenant)s AND o.learner_id = k.id
            WHERE (%(competencies)s::uuid[] IS NULL OR o.competency_id = ANY(%(competencies)s))
              AND (%(withdrawn)s OR o.withdrawn_at IS NULL OR o.withdrawn_at > %(known)s::timestamptz)
              AND (%(known)s::timestamptz IS NULL OR o.begins <= %(known)s)
            ORDER BY k.learner, o.competency_id, o.begins, o.id""",
        learners=list(learners),
        competencies=None if competencies is None else list(competencies),
        known=known_at,
        withdrawn=withdrawn,
    )


async def by_ids(tx: Tx, ids: Collection[int]) -> list[OverrideRow]:
    """These, by the ids they have among assertions, also those that were withdrawn."""
    own = [-assertion for assertion in ids if assertion < 0]
    if not own:
        return []
    query: LiteralString = f"""SELECT {COLUMNS} FROM level_override o
        CROSS JOIN LATERAL (SELECT o.learner_id AS learner) k
        WHERE o.tenant_id = %(tenant)s AND o.id = ANY(%(ids)s) ORDER BY o.id"""
    return await tx.all(OverrideRow, query, ids=own)


async def concerned(tx: Tx, learners: Collection[UUID]) -> list[UUID]:
    """Of these learners those for whom a level was set, or for whoever became them."""
    rows = await tx.rows(
        """WITH RECURSIVE kin AS (
               SELECT a AS learner, a AS id FROM unnest(%(learners)s::uuid[]) AS a
               UNION SELECT k.learner, l.id FROM kin k JOIN learner l ON l.tenant_id = %(tenant)s AND l.merged_into = k.id)
           SELECT DISTINCT k.learner FROM kin k
           JOIN level_override o ON o.tenant_id = %(tenant)s AND o.learner_id = k.id ORDER BY k.learner""",
        learners=list(learners),
    )
    return [learner for (learner,) in rows]


@dataclass(frozen=True, slots=True)
class Setting:
    """A level to be set: of whom, of what, which, why, and until when."""

    learner: UUID
    competency: UUID
    level: str
    reason: str
    ends: datetime


async def add(tx: Tx, setting: Setting, by: Signature, at: datetime) -> UUID:
    """Store one, in force from a time on; its key."""
    row = LevelOverride(
        key=uuid4(),
        learner_id=setting.learner,
        competency_id=setting.competency,
        level=setting.level,
        reason=setting.reason,
        begins=at,
        ends=setting.ends,
        name=by.name,
        role=by.role,
        made_by=by.made_by,
    )
    await tx.insert(row)
    return row.key


async def withdraw(tx: Tx, key: UUID, by: Signature, reason: str, at: datetime) -> bool:
    """Withdraw an override; whether it stood until now."""
    return bool(
        await tx.run(
            """UPDATE level_override SET withdrawn_at = %(at)s, withdrawn_name = %(name)s, withdrawn_by = %(by)s,
                   withdrawn_reason = %(reason)s
               WHERE tenant_id = %(tenant)s AND key = %(key)s AND withdrawn_at IS NULL""",
            at=at,
            name=by.name,
            by=by.made_by,
            reason=reason,
            key=key,
        )
    )
