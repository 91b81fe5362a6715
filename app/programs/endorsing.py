"""Endorsing: a second organization stands behind a program's badge, in its own words and under its own name."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.programs import endorsements as stored
from app.db.programs.endorsements import EndorsementRow
from app.errors import Invalid, NotFound
from app.programs import definitions, programs
from app.programs.programs import ProgramRow

__all__ = ["EndorsementRow"]


async def endorse(tx: Tx, achievement: UUID, program: UUID, words: str, by: Signature, now: datetime) -> EndorsementRow:
    """Let an approved program endorse another's achievement; from now on each badge of it carries that, signed.

    Invalid where it is the program's own: that it stands behind what it awards goes without saying.
    """
    row = await definitions.achievement_of(tx, achievement)
    await programs.approved(tx, program)
    if row.program_id == program:
        detail = "It is the program's own achievement: another organization endorses it."
        raise Invalid(detail, pointers={"/program": detail})
    own = uuid4()
    await stored.add(tx, own, achievement, program, words=words, by=by, at=now)
    return next(endorsement for endorsement in await stored.standing(tx, [achievement]) if endorsement.id == own)


async def endorsers(tx: Tx, program: UUID) -> list[ProgramRow]:
    """The organizations that may endorse what a program recognizes: the district's other approved programs."""
    return [other for other in await programs.listed(tx) if other.state == "approved" and other.id != program]


async def endorsements_of(tx: Tx, achievements: Sequence[UUID]) -> list[EndorsementRow]:
    """The endorsements of these achievements that stand, the oldest first."""
    return await stored.standing(tx, achievements)


async def end(tx: Tx, endorsement: UUID, now: datetime) -> None:
    """End an endorsement: badges awarded from now on have it no more. NotFound where none of that id stands."""
    if not await stored.end(tx, endorsement, now):
        raise NotFound(f"No endorsement {endorsement} stands.")
