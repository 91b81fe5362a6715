"""Revoking: whoever revokes a badge, and wherever, the program whose submission it was issued for is told, and why."""

from datetime import datetime
from uuid import UUID

from app.db import Tx
from app.db.issuing.issued import IssuedRow
from app.db.plans.plans import Signature
from app.db.programs import submissions as stored
from app.db.programs.submissions import SubmissionRow
from app.issuing import issue
from app.programs.submitting import step

__all__ = ["IssuedRow", "change_state", "revoked_badge"]


async def change_state(
    tx: Tx, credential: UUID, state: str, reason: str | None, by: Signature, now: datetime
) -> IssuedRow:
    """Suspend, reinstate (`active`) or revoke a credential. NotFound for none, Conflict for one revoked already.

    The submission of a badge that was revoked stays accepted: what was done stays in the record, and whoever handed it
    in is told that its badge is gone. The submission is locked before its badge, as where an acceptance is taken back.
    """
    submission = await stored.of_credential(tx, credential) if state == "revoked" else None
    row = await issue.change_state(tx, credential, state, reason)
    if submission is not None and submission.state == "accepted":
        await step(tx, submission, "revoke badge", by=by, note=reason, now=now)
    return row


async def revoked_badge(tx: Tx, row: SubmissionRow) -> IssuedRow | None:
    """The badge of a submission that stands in the record, where that was revoked by itself; None for any other."""
    if row.state != "accepted" or row.credential_id is None:
        return None
    badge = await issue.credential_of(tx, row.credential_id)
    return badge if badge.state == "revoked" else None
