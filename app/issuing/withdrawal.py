"""Withdraw credit: the award, and with it every credential that was issued of it."""

from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.issuing import issued
from app.issuing import from_credit, issue
from app.plans import crediting

WITHDRAWN = "The credit was withdrawn."
"""Why a credential of it is revoked, as everybody is told: the reason that a teacher gave is not for everybody."""


async def withdraw(tx: Tx, award: UUID, name: str, by: str, reason: str, now: datetime) -> UUID:
    """Withdraw an award and what was issued of it; whose it is. NotFound and Conflict as for the award by itself."""
    learner = await crediting.withdraw(tx, award, name, by=by, reason=reason, now=now)
    for credential in await issued.of_origin(tx, issue.BADGE, from_credit.origin(award)):
        await issue.change_state(tx, credential, "revoked", WITHDRAWN)
    return learner
