"""Looks at what was handed in: where it is known whose it is, they stand in that learner's disclosure log.

Once a day for each who looks, as a list does: who reviews opens one submission many times.
"""

from datetime import date
from uuid import UUID

from app.db import Tx
from app.db.programs.submissions import SubmissionRow
from app.db.programs.ways_in import LinkRow
from app.db.sharing import shared
from app.db.sharing.shared import ListLine
from app.people import seeing
from app.people.roles import Relation
from app.people.viewer import Viewer
from app.programs import whose

REVIEW = "submission"
"""What the log calls a reviewer's way of looking."""
ASSESSMENT = "assessment link"
"""What it calls the way of an outside assessor."""


async def note_review(tx: Tx, viewer: Viewer, row: SubmissionRow, on: date) -> None:
    """Write down that somebody of the district looks at a submission to review it."""
    learner = await _whose(tx, row)
    if learner is None:
        return
    if "administrator" in viewer.roles:
        relation = Relation(learner, "administrator", "district", "administrator of the district")
    else:
        relation = Relation(learner, "reviewer", "program", "reviewer of what programs hand in")
    await seeing.note_looks(tx, viewer, [relation], REVIEW, on)


async def note_assessment(tx: Tx, link: LinkRow, row: SubmissionRow, on: date) -> None:
    """Write down that whoever has a link to assess one submission looks at it, by the name the link was made for."""
    learner = await _whose(tx, row)
    if learner is not None:
        line = ListLine(learner, f"{link.title} (assessor)", "asked to assess this work")
        await shared.log_list(tx, [line], f"{ASSESSMENT} {link.id}", [REVIEW], on)


async def _whose(tx: Tx, row: SubmissionRow) -> UUID | None:
    _, learner = await whose.settled(tx, row)
    return learner
