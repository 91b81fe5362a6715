"""Looks at what was handed in: where it is known whose it is, they stand in that learner's disclosure log.

Once a day for each who looks, as a list does: who reviews opens one submission many times.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from app.db import Tx
from app.db.access import access
from app.db.programs.submissions import SubmissionRow
from app.db.programs.ways_in import LinkRow
from app.db.sharing import shared
from app.db.sharing.shared import ListLine
from app.people import seeing
from app.people.roles import Relation
from app.people.viewer import Viewer
from app.programs import whose
from app.programs.whose import Candidate

REVIEW = "submission"
"""What the log calls a reviewer's way of looking."""
CANDIDATES = "candidates"
"""What it calls the way of whoever sees a learner among those whose a submission may be."""
REVIEWS = "reviewer of what programs hand in"
ASSESSMENT = "assessment link"
"""What it calls the way of an outside assessor."""


async def note_review(tx: Tx, viewer: Viewer, row: SubmissionRow, on: date) -> None:
    """Write down that somebody of the district looks at a submission to review it."""
    learner = await _whose(tx, row)
    if learner is not None:
        await seeing.note_looks(tx, viewer, [_relation(viewer, learner)], REVIEW, on)


async def note_candidates(tx: Tx, viewer: Viewer, candidates: Iterable[Candidate], on: date) -> None:
    """Write down that somebody of the district sees these learners among those whose a submission may be."""
    await seeing.note_looks(tx, viewer, [_relation(viewer, candidate.id) for candidate in candidates], CANDIDATES, on)


async def note_client_review(tx: Tx, client: UUID, row: SubmissionRow, on: date) -> None:
    """Write down that a program that reviews for the district looks at a submission, by the name of its client."""
    learner = await _whose(tx, row)
    if learner is not None:
        await _note_client(tx, client, [learner], REVIEW, on)


async def note_client_candidates(tx: Tx, client: UUID, candidates: Iterable[Candidate], on: date) -> None:
    """Write down that such a program sees these learners among those whose a submission may be."""
    await _note_client(tx, client, [candidate.id for candidate in candidates], CANDIDATES, on)


async def note_assessment(tx: Tx, link: LinkRow, row: SubmissionRow, on: date) -> None:
    """Write down that whoever has a link to assess one submission looks at it, by the name the link was made for."""
    learner = await _whose(tx, row)
    if learner is not None:
        line = ListLine(learner, f"{link.title} (assessor)", "asked to assess this work")
        await shared.log_list(tx, [line], f"{ASSESSMENT} {link.id}", [REVIEW], on)


def _relation(viewer: Viewer, learner: UUID) -> Relation:
    if "administrator" in viewer.roles:
        return Relation(learner, "administrator", "district", "administrator of the district")
    return Relation(learner, "reviewer", "program", REVIEWS)


async def _note_client(tx: Tx, client: UUID, learners: Iterable[UUID], way: str, on: date) -> None:
    party = f"{await access.client_name(tx, client)} (reviewer)"
    if lines := [ListLine(learner, party, REVIEWS) for learner in learners]:
        await shared.log_list(tx, lines, f"{way}, client {client}", [way], on)


async def _whose(tx: Tx, row: SubmissionRow) -> UUID | None:
    _, learner = await whose.settled(tx, row)
    return learner
