"""Submissions: what a program hands in with a key of its own, and how that stands. It reads nothing else."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query

from app.api.kit import cursor
from app.api.kit.body import SoundRoute
from app.api.kit.context import Submitter
from app.api.kit.problem import problems
from app.api.programs.wire_programs import Signer
from app.api.programs.wire_submissions import (
    BadgeRevoked,
    Remark,
    Resubmission,
    Submission,
    SubmissionBody,
    SubmissionList,
    SubmissionMessage,
    SubmissionNew,
    SubmissionSummary,
    Submitted,
)
from app.db import Tx
from app.db.access.access import Caller
from app.db.plans.plans import Signature
from app.errors import Denied, NotFound
from app.programs import files, programs, revoking, states, submission, submitting
from app.programs.programs import ProgramRow
from app.programs.states import Standing
from app.programs.submitting import SubmissionRow
from app.request import Inside

router = APIRouter(prefix="/v1", tags=["Programs"], route_class=SoundRoute)
TOLD = ("ask", "reject")
"""Steps whose note is for the program."""


@router.post("/submissions", status_code=200, responses=problems(400, 409))
async def hand_in(written: SubmissionNew, caller: Submitter, inside: Inside) -> Submitted:
    """Hand in what a learner did. Sent again it changes nothing.

    The answer is the same whether or not the district's record knows the learner.
    """
    by = _by(written.submitter, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        program = await _program(tx, caller)
        receipt = await submitting.submit(
            tx, program.id, read(written), way="api", by=by, now=datetime.now(UTC), consent=written.consent
        )
    return Submitted(id=receipt.row.id, outcome=receipt.outcome, standing=standing(receipt.row))


@router.get("/submissions", responses=problems(400))
async def list_submissions(
    caller: Submitter,
    inside: Inside,
    standing_: Annotated[Standing | None, Query(alias="standing", description="how they stand")] = None,
    after: Annotated[str | None, Query(max_length=200, description="the cursor of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="how many at most")] = 100,
) -> SubmissionList:
    """What the program has handed in, the last changed first."""
    matching = tuple(state for state in states.STATES if standing_ in (None, states.AS_TOLD[state]))
    before = cursor.decode(after, tuple[datetime, UUID]) if after else None
    async with inside.db.transaction(caller.tenant) as tx:
        rows = await submitting.owned(tx, (await _program(tx, caller)).id, matching, limit, before)
    last = rows[-1] if len(rows) == limit else None
    return SubmissionList(
        submissions=[_short(row) for row in rows], next=cursor.encode(last.changed_at, last.id) if last else None
    )


@router.get("/submissions/{submission}", responses=problems(404))
async def read_submission(submission: UUID, caller: Submitter, inside: Inside) -> Submission:
    """One submission of the program: what it said, how it stands, and what was said about it."""
    async with inside.db.transaction(caller.tenant) as tx:
        return await _submission(tx, await submitting.own(tx, await _own(tx, caller, submission), submission))


@router.put("/submissions/{submission}", responses=problems(400, 404, 409))
async def resubmit(submission: UUID, written: Resubmission, caller: Submitter, inside: Inside) -> Submission:
    """Hand in again what was sent back, with what was mended; or what the program itself has withdrawn."""
    now, by = datetime.now(UTC), _by(written.submitter, caller)
    async with inside.db.transaction(caller.tenant) as tx:
        program = await _own(tx, caller, submission)
        mended, note, agreed = read(written), written.note, written.consent
        row = await submitting.resubmit(
            tx, program, submission, submission=mended, note=note, by=by, now=now, consent=agreed
        )
        return await _submission(tx, row)


@router.post("/submissions/{submission}/withdrawal", responses=problems(400, 404, 409))
async def withdraw_submission(submission: UUID, reason: Remark, caller: Submitter, inside: Inside) -> Submission:
    """Take back what is not decided yet; its files are deleted."""
    async with inside.db.transaction(caller.tenant) as tx:
        program, by = await _own(tx, caller, submission), _by(reason.by, caller)
        row = await submitting.withdraw(tx, program, submission, note=reason.words, by=by, now=datetime.now(UTC))
        await files.forget(tx, inside.settings, [submission])
        return await _submission(tx, row)


@router.post("/submissions/{submission}/appeal", responses=problems(400, 404, 409))
async def appeal_submission(submission: UUID, appeal: Remark, caller: Submitter, inside: Inside) -> Submission:
    """Ask for another look at what was not taken in."""
    async with inside.db.transaction(caller.tenant) as tx:
        program, by = await _own(tx, caller, submission), _by(appeal.by, caller)
        return await _submission(
            tx, await submitting.appeal(tx, program, submission, note=appeal.words, by=by, now=datetime.now(UTC))
        )


@router.post("/submissions/{submission}/messages", responses=problems(400, 404))
async def answer_reviewers(submission: UUID, message: Remark, caller: Submitter, inside: Inside) -> Submission:
    """Say something to those who review it."""
    async with inside.db.transaction(caller.tenant) as tx:
        row = await submitting.own(tx, await _own(tx, caller, submission), submission)
        await submitting.say(tx, row, "program", words=message.words, by=_by(message.by, caller), now=datetime.now(UTC))
        return await _submission(tx, row)


def read(written: SubmissionBody) -> submission.Submission:
    """A submission as it is said over the wire."""
    body = written.model_dump(mode="json", by_alias=True, exclude={"submitter", "note", "consent"}, exclude_none=True)
    return msgspec.convert(body, submission.Submission)


def body_of(row: SubmissionRow) -> SubmissionBody:
    """A submission as it is shown over the wire."""
    return SubmissionBody.model_validate(msgspec.to_builtins(submission.decode(row.body)))


def standing(row: SubmissionRow) -> Standing:
    """How a program is told of its state."""
    return states.AS_TOLD[msgspec.convert(row.state, states.State)]


async def messages(tx: Tx, row: SubmissionRow) -> list[SubmissionMessage]:
    """The words about a submission."""
    return [
        SubmissionMessage.model_validate(
            {
                "side": message.side,
                "words": message.words,
                "name": message.name,
                "role": message.role,
                "at": message.made_at,
            }
        )
        for message in await submitting.messages(tx, row.id)
    ]


async def _program(tx: Tx, caller: Caller) -> ProgramRow:
    """The program whose key this is. Denied where it is none's."""
    row = await programs.of_source(tx, caller.source.id) if caller.source else None
    if row is None:
        words = "This key is no program's: make it for the source that the program got when it was approved."
        raise Denied(words, type="no-source", title="Key of no program")
    return row


async def _own(tx: Tx, caller: Caller, submission_id: UUID) -> UUID:
    row = await programs.of_source(tx, caller.source.id) if caller.source else None
    if row is None:
        raise NotFound(f"No submission {submission_id}.")
    return row.id


async def _submission(tx: Tx, row: SubmissionRow) -> Submission:
    feedback = [step.note for step in await submitting.history(tx, row.id) if step.step in TOLD]
    badge = await revoking.revoked_badge(tx, row)
    return Submission(
        id=row.id,
        standing=standing(row),
        body=body_of(row),
        way=row.way,
        feedback=feedback[-1] if feedback else None,
        badge_revoked=BadgeRevoked(at=badge.changed_at, reason=badge.reason) if badge else None,
        messages=await messages(tx, row),
        at=row.made_at,
        changed_at=row.changed_at,
    )


def _short(row: SubmissionRow) -> SubmissionSummary:
    content = submission.decode(row.body)
    return SubmissionSummary(
        id=row.id,
        standing=standing(row),
        title=content.title,
        learner=content.learner.name,
        on=content.on,
        changed_at=row.changed_at,
    )


def _by(named: Signer, caller: Caller) -> Signature:
    return Signature(named.name, named.role, f"client {caller.client}")
