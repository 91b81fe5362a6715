"""Reviews: what waits for the district, whose it is, and how it is decided."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import Reviewer
from app.api.kit.problem import problems
from app.api.programs.submissions import body_of, messages
from app.api.programs.wire_programs import Signer
from app.api.programs.wire_submissions import (
    Candidate,
    CandidateList,
    Claimant,
    Remark,
    Review,
    ReviewBody,
    ReviewCase,
    SubmissionOwner,
    SubmissionQueue,
    SubmissionStep,
    Waiting,
)
from app.db import Tx
from app.db.access.access import Caller
from app.db.plans.plans import Signature
from app.db.programs.submissions import ReviewRow
from app.errors import Denied, NotFound
from app.programs import accepting, looking, programs, reviewing, submission, submitting, whose
from app.programs.judging import Mark
from app.programs.programs import ProgramRow
from app.programs.reviewing import Queued
from app.programs.submitting import SubmissionRow
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Programs"], route_class=SoundRoute)


@router.get("/reviews", responses=problems(400))
async def list_reviews(
    caller: Reviewer,
    inside: Inside,
    program: Annotated[UUID | None, Query(description="of this program only")] = None,
    after: Annotated[str | None, Query(max_length=200, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
) -> SubmissionQueue:
    """What waits for the district, the longest waiting first."""
    place = cursor.decode(after, tuple[datetime, UUID]) if after else None
    async with inside.db.transaction(caller.tenant) as tx:
        only = await _only(tx, caller)
        if only and program not in (None, only.id):
            raise NotFound(f"No program {program}.")
        program = only.id if only else program
        rows = await reviewing.queue(tx, Queued(programs=[program] if program else None), limit, place)
        names = {row.id: row.name for row in await programs.listed(tx)}
        counts = await reviewing.counted(tx, program)
    last = rows[-1] if len(rows) == limit else None
    return SubmissionQueue(
        waiting=[_waiting(row, names[row.program_id]) for row in rows],
        counts=counts,
        next=cursor.encode(last.changed_at, last.id) if last else None,
    )


@router.get("/reviews/{submission}", responses=problems(404))
async def read_case(submission: UUID, caller: Reviewer, inside: Inside) -> ReviewCase:
    """A submission as those who review it see it, with its whole history."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        return await _case(tx, submission, caller)


@router.get("/reviews/{submission}/candidates", responses=problems(404))
async def list_candidates(submission: UUID, caller: Reviewer, inside: Inside) -> CandidateList:
    """Who it may be, by number, or by name and birth date. Nothing is linked by it."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        candidates = await whose.candidates(tx, (await reviewing.case_of(tx, submission)).row)
        await looking.note_client_candidates(tx, caller.client, candidates, datetime.now(UTC).date())
    return CandidateList(
        candidates=[
            Candidate(
                id=candidate.id,
                name=candidate.name,
                birth_date=candidate.birth_date,
                grade=candidate.grade,
                school=candidate.school,
                same_birth_date=candidate.same_birth_date,
                by_number=candidate.by_number,
            )
            for candidate in candidates
        ]
    )


@router.put("/reviews/{submission}/learner", responses=problems(400, 404, 409))
async def decide_whose(submission: UUID, written: SubmissionOwner, caller: Reviewer, inside: Inside) -> ReviewCase:
    """Say whose submission it is. It is linked to that learner when it is accepted."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        await reviewing.decide_whose(tx, submission, written.learner, _by(written.by, caller), datetime.now(UTC))
        return await _case(tx, submission, caller)


@router.post("/reviews/{submission}/claim", responses=problems(400, 404, 409))
async def claim_submission(submission: UUID, who: Claimant, caller: Reviewer, inside: Inside) -> ReviewCase:
    """Take a submission to look at: for 45 minutes it is nobody else's."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        await reviewing.claim(tx, submission, _by(who.by, caller), datetime.now(UTC))
        return await _case(tx, submission, caller)


@router.post("/reviews/{submission}/release", responses=problems(400, 404, 409))
async def release_submission(submission: UUID, who: Claimant, caller: Reviewer, inside: Inside) -> ReviewCase:
    """Give a submission back to the queue."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        await reviewing.release(tx, submission, _by(who.by, caller), datetime.now(UTC))
        return await _case(tx, submission, caller)


@router.post("/reviews/{submission}/decisions", responses=problems(400, 404, 409))
async def review_submission(submission: UUID, written: ReviewBody, caller: Reviewer, inside: Inside) -> ReviewCase:
    """Decide a submission one has claimed, criterion by criterion.

    What is accepted is in the record, in the learner's competencies and in a signed badge when this is answered.
    """
    marks = [Mark(mark.criterion, mark.level, mark.comment) for mark in written.marks]
    by, now = _by(written.assessor, caller), datetime.now(UTC)
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        await reviewing.review(
            tx, inside, submission, verdict=written.verdict, marks=marks, feedback=written.feedback, by=by, now=now
        )
        return await _case(tx, submission, caller)


@router.post("/reviews/{submission}/messages", responses=problems(400, 404))
async def answer_program(submission: UUID, message: Remark, caller: Reviewer, inside: Inside) -> ReviewCase:
    """Say something to the program."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        row = (await reviewing.case_of(tx, submission)).row
        await submitting.say(
            tx, row, "district", words=message.words, by=_by(message.by, caller), now=datetime.now(UTC)
        )
        return await _case(tx, submission, caller)


@router.post("/reviews/{submission}/retraction", responses=problems(400, 404, 409))
async def retract_acceptance(submission: UUID, reason: Remark, caller: Reviewer, inside: Inside) -> ReviewCase:
    """Take an acceptance back, with the reason: its evidence is withdrawn, and its badge revoked."""
    async with inside.db.transaction(caller.tenant) as tx:
        await _check(tx, submission, caller)
        await accepting.retract(
            tx, inside, submission, reason=reason.words, by=_by(reason.by, caller), now=datetime.now(UTC)
        )
        return await _case(tx, submission, caller)


async def _only(tx: Tx, caller: Caller) -> ProgramRow | None:
    """The program whose submissions alone a key reviews: that of its source; None: all of the district's.

    Denied where it hands in for that program as well: nobody reviews their own.
    """
    row = await programs.of_source(tx, caller.source.id) if caller.source else None
    if row is not None and "programs.submit" in caller.scopes:
        words = f"This key hands in for {row.name}, and nobody reviews their own: use another key to review."
        raise Denied(words, type="conflict-of-interest", title="Conflict of interest")
    return row


async def _check(tx: Tx, submission: UUID, caller: Caller) -> None:
    """NotFound where a key does not review the program of a submission: as where there is none."""
    only = await _only(tx, caller)
    if only is not None:
        await submitting.own(tx, only.id, submission)


async def _case(tx: Tx, submission_id: UUID, caller: Caller) -> ReviewCase:
    """A submission as the caller sees it, which is written down."""
    case = await reviewing.case_of(tx, submission_id)
    row = case.row
    await looking.note_client_review(tx, caller.client, row, datetime.now(UTC).date())
    decided, learner = await whose.settled(tx, row)
    return ReviewCase(
        id=row.id,
        program=row.program_id,
        program_name=case.program.name,
        state=row.state,  # pydantic checks that it is one
        body=body_of(row),
        way=row.way,
        badge=case.badge.verdict if case.badge else None,
        whose=decided,
        learner=learner,
        claimed_until=row.leased_until,
        credential=row.credential_id,
        reviews=[_review(review) for review in case.reviews],
        lacking=case.decision.lacking,
        messages=await messages(tx, row),
        history=[_step(step) for step in await submitting.history(tx, row.id)],
    )


def _review(review: ReviewRow) -> Review:
    return Review.model_validate(
        {
            "round": review.round,
            "name": review.name,
            "role": review.role,
            "verdict": review.verdict,
            "marks": review.marks,
            "feedback": review.feedback,
            "at": review.made_at,
        }
    )


def _step(step: submitting.StepRow) -> SubmissionStep:
    return SubmissionStep(
        step=step.step,
        before=step.before,
        after=step.after,
        note=step.note,
        name=step.name,
        role=step.role,
        at=step.made_at,
    )


def _waiting(row: SubmissionRow, program: str) -> Waiting:
    return Waiting(
        id=row.id,
        program=row.program_id,
        program_name=program,
        state=row.state,  # pydantic checks that it is one
        title=submission.decode(row.body).title,
        achievement=row.achievement_id,
        way=row.way,
        since=row.changed_at,
        claimed_until=row.leased_until,
    )


def _by(named: Signer, caller: Caller) -> Signature:
    return Signature(named.name, named.role, f"client {caller.client}")
