"""Which badges of programs learners have: those that were accepted, and those that came of them by themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from app.db import Tx

ORIGIN: LiteralString = "program/pathway "
"""How the origins begin of badges that came by themselves; the achievement's id follows."""


@dataclass(frozen=True, slots=True)
class EarnedRow:
    """A badge of an achievement that a learner has. `active`: it is not suspended; `body`: as signed, if it came by itself."""

    learner: UUID
    achievement: UUID
    credential: UUID
    name: str
    issued_at: datetime
    active: bool
    body: bytes | None


EARNED: LiteralString = """
    SELECT c.learner_id AS learner, s.achievement_id AS achievement, c.id AS credential, c.name, c.issued_at,
        c.state = 'active' AS active, NULL::bytea AS body
    FROM submission s JOIN issued_credential c ON c.tenant_id = s.tenant_id AND c.id = s.credential_id
        AND c.state <> 'revoked'
    WHERE s.tenant_id = %(tenant)s AND s.state = 'accepted' AND s.achievement_id IS NOT NULL
    UNION ALL
    SELECT c.learner_id, CASE WHEN c.origin LIKE 'program/pathway %%' THEN substr(c.origin, 17)::uuid END, c.id, c.name,
        c.issued_at, c.state = 'active', c.body
    FROM issued_credential c
    WHERE c.tenant_id = %(tenant)s AND c.state <> 'revoked' AND c.origin LIKE 'program/pathway %%'
"""


async def earned(tx: Tx, learners: Sequence[UUID] | None = None) -> list[EarnedRow]:
    """The badges that these learners (None: all) have of programs' achievements, the latest last."""
    of: LiteralString = "" if learners is None else "WHERE learner = ANY(%(learners)s)"
    return await tx.all(
        EarnedRow, f"FROM ({EARNED}) e {of} ORDER BY issued_at, credential", learners=list(learners or ())
    )


async def any_made(tx: Tx) -> bool:
    """Whether any badge that came by itself stands."""
    return bool(
        await tx.row(
            """SELECT 1 FROM issued_credential
               WHERE tenant_id = %s AND state <> 'revoked' AND origin LIKE 'program/pathway %%' LIMIT 1""",
            tx.tenant,
        )
    )
