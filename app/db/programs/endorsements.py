"""What other organizations say of a program's achievement: it is signed under their name with each badge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.tables.programs import ProgramEndorsement


@dataclass(frozen=True, slots=True)
class EndorsementRow:
    """An organization's words of an achievement, and who said them for it."""

    id: UUID
    achievement_id: UUID
    program_id: UUID
    program: str
    slug: str
    words: str
    name: str
    role: str
    made_at: datetime


async def add(tx: Tx, id: UUID, achievement: UUID, program: UUID, words: str, by: Signature, at: datetime) -> None:
    """Store an endorsement, in place of the words that this organization had said of it before."""
    await tx.run(
        """UPDATE program_endorsement SET ended_at = %(at)s WHERE tenant_id = %(tenant)s
           AND achievement_id = %(achievement)s AND program_id = %(program)s AND ended_at IS NULL""",
        achievement=achievement,
        program=program,
        at=at,
    )
    await tx.insert(
        ProgramEndorsement(
            id=id,
            achievement_id=achievement,
            program_id=program,
            words=words,
            name=by.name,
            role=by.role,
            made_by=by.made_by,
            made_at=at,
        )
    )


async def standing(tx: Tx, achievements: Sequence[UUID]) -> list[EndorsementRow]:
    """The endorsements of these achievements that stand, of organizations that are approved, the oldest first."""
    return await tx.all(
        EndorsementRow,
        """SELECT e.id, e.achievement_id, e.program_id, p.name AS program, p.slug, e.words, e.name, e.role, e.made_at
           FROM program_endorsement e
           JOIN program p ON p.tenant_id = e.tenant_id AND p.id = e.program_id AND p.state = 'approved'
           WHERE e.tenant_id = %(tenant)s AND e.achievement_id = ANY(%(achievements)s) AND e.ended_at IS NULL
           ORDER BY e.made_at, e.id""",
        achievements=list(achievements),
    )


async def end(tx: Tx, endorsement: UUID, at: datetime) -> bool:
    """End an endorsement; False where there is none that stands."""
    return bool(
        await tx.run(
            """UPDATE program_endorsement SET ended_at = %(at)s
               WHERE tenant_id = %(tenant)s AND id = %(endorsement)s AND ended_at IS NULL""",
            endorsement=endorsement,
            at=at,
        )
    )
