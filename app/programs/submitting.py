"""Submitting: whichever way a submission came in, it is kept once, and answered alike whoever it names.

What a program is told depends on what it sent alone: no learner is looked for here, so that neither the answer, nor a
state, a count or the time tells whether there is one.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.programs import submissions as stored
from app.db.programs.programs import ProgramRow
from app.db.programs.submissions import BadgeRow, MessageRow, Place, StepRow, SubmissionRow
from app.db.records import learners
from app.errors import Conflict, Invalid, NotFound, TooManyRequests
from app.programs import catalogue, definitions, notices, programs, states
from app.programs import consent as consents
from app.programs.states import State, Step
from app.programs.submission import Submission, apart, canonical, decode, encode, wrongs

__all__ = ["MessageRow", "StepRow", "SubmissionRow"]

Way = Literal["form", "list", "badge", "address", "code", "api", "learner"]
"""How a submission came in: it is kept beside what it says."""
Outcome = Literal["new", "changed", "unchanged"]
MOST_WORDS = 8
"""Words of a search that count."""
MOST_A_DAY = 5000
"""Submissions of a program in a day: a summer camp's list fits; a flood does not."""

WITHDRAWN = (
    "This was withdrawn. The program's coordinator can hand it in again from its page (PUT /v1/submissions/{id})."
)
TAKEN_BACK = "The district took this out of the record. Hand it in under another title, or ask the district."
ANOTHER = (
    "Somebody of that name has handed in the same, from another grade or school: give the birth date, so that the two "
    "can be told apart."
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A submission as it is kept, and what became of what was sent."""

    row: SubmissionRow
    outcome: Outcome


async def submit(
    tx: Tx,
    program: UUID,
    submission: Submission,
    way: Way,
    by: Signature,
    now: datetime,
    *,
    consent: str | None,
    draft: bool = False,
    upload: UUID | None = None,
) -> Receipt:
    """Keep a submission. Sent again it changes nothing; one that says more of the same case takes its place.

    `consent` is who agreed that it is kept: without, nothing of a child under 13 is. Invalid names what is wrong;
    Conflict where the program is not approved, or the case is decided already and this says something else of it;
    TooManyRequests where a program sends more in a day than a program has.
    """
    owner = await programs.approved(tx, program)
    consents.check(consent, submission.learner.birth_date, now.date())
    submission = canonical(submission)
    row = await stored.by_key(tx, owner.id, submission.key)
    await _check(tx, owner, submission, now, row)
    if row is None:
        await _fits(tx, owner, now)
        row = _new(owner, submission, way, by, now, consent=consent, draft=draft, upload=upload)
        if await stored.add(tx, row):
            body = encode(submission)
            await stored.note(tx, row.id, "submit", before=None, after=row.state, by=by, at=now, words=None, body=body)
            return Receipt(row, "new")
        row = await _locked_key(tx, owner.id, submission.key)
    return await _again(tx, row, submission, by, now, consent=consent, draft=draft)


async def resubmit(
    tx: Tx,
    program: UUID,
    submission_id: UUID,
    submission: Submission,
    note: str | None,
    by: Signature,
    now: datetime,
    *,
    consent: str | None,
) -> SubmissionRow:
    """Hand in a draft, or anew what was sent back or withdrawn.

    `consent` is who agreed; what was withdrawn needs it anew. Conflict where the district took it out of the record.
    """
    row = await own(tx, program, submission_id, lock=True)
    if row.state == "withdrawn" and await _was_accepted(tx, row):
        raise Conflict(TAKEN_BACK, type="taken-back", title="Taken back by the district")
    standing = None if row.state == "withdrawn" else row.consent_by
    consents.check(consent or standing, submission.learner.birth_date, now.date())
    if row.consent_ended_at is not None and not consent:
        raise Invalid(consents.REQUIRED, pointers={"/consent": consents.REQUIRED})
    submission = canonical(submission)
    await _check(tx, await programs.approved(tx, program), submission, now, row)
    changed = _saying(row, submission)
    action: Step = "submit" if row.state == "draft" else "resubmit"
    return await step(tx, _agreed(changed, consent, now), action, by=by, note=note, now=now)


async def can_be_reopened(tx: Tx, row: SubmissionRow) -> bool:
    """Whether what was withdrawn can be handed in again: not what the district took out of the record."""
    return row.state == "withdrawn" and not await _was_accepted(tx, row)


async def withdraw(
    tx: Tx, program: UUID, submission_id: UUID, note: str | None, by: Signature, now: datetime
) -> SubmissionRow:
    """Take back what is not decided. Conflict where it is."""
    return await step(tx, await own(tx, program, submission_id, lock=True), "withdraw", by=by, note=note, now=now)


async def appeal(tx: Tx, program: UUID, submission_id: UUID, note: str, by: Signature, now: datetime) -> SubmissionRow:
    """Ask for another look at what was not taken in: other assessors look at it. Conflict where it was."""
    return await step(tx, await own(tx, program, submission_id, lock=True), "appeal", by=by, note=note, now=now)


async def own(tx: Tx, program: UUID, submission_id: UUID, *, lock: bool = False) -> SubmissionRow:
    """A program's own submission. NotFound where there is none, or it is another program's."""
    row = await (stored.locked if lock else stored.by_id)(tx, submission_id)
    if row is None or row.program_id != program:
        raise NotFound(f"No submission {submission_id}.")
    return row


async def owned(
    tx: Tx, program: UUID, states_wanted: tuple[State, ...], limit: int, before: Place | None = None, words: str = ""
) -> list[SubmissionRow]:
    """A program's submissions in these states, the last changed first; those alone that say all of the `words`."""
    return await stored.of_program(tx, program, states_wanted, limit, before, words=words.split()[:MOST_WORDS])


async def say(tx: Tx, row: SubmissionRow, whose: states.Side, words: str, by: Signature, now: datetime) -> None:
    """A word about a submission, to the other side."""
    await stored.say(tx, row.id, whose, words=words, by=by, at=now)


async def messages(tx: Tx, submission_id: UUID) -> list[MessageRow]:
    """The words about a submission, in the order they were said."""
    return await stored.messages(tx, submission_id)


async def history(tx: Tx, submission_id: UUID) -> list[StepRow]:
    """The steps of a submission's life, in the order they were taken."""
    return await stored.steps(tx, submission_id)


async def keep_badge(tx: Tx, row: BadgeRow) -> None:
    """Keep the badge that a submission came as."""
    await stored.keep_badge(tx, row)


async def step(
    tx: Tx, row: SubmissionRow, action: Step, by: Signature, note: str | None, now: datetime
) -> SubmissionRow:
    """Take a step of a submission's life, and write it down. Conflict where it cannot be taken from where it is."""
    before: State = row.state  # type: ignore[assignment]  # what is stored is a state
    after = states.after(before, action)
    if after is None:
        can = ", ".join(states.possible(before, states.side(action))) or "nothing more"
        words = f"The submission is '{before}': from there one can {can}, and not {action}."
        raise Conflict(words, type="not-from-here", title="Not possible in this state")
    lease = (row.leased_to, row.leased_until) if after == "in review" else (None, None)
    seen = states.side(action) == "program" or action in notices.TOLD
    changed_at = now if seen else row.changed_at  # when somebody begins to review it is no program's to know
    changed = replace(row, state=after, leased_to=lease[0], leased_until=lease[1], changed_at=changed_at)
    await stored.save(tx, changed)
    await stored.note(tx, row.id, action, before=before, after=after, by=by, at=now, words=note, body=row.body.encode())
    await notices.tell(tx, changed, action, now)
    standing = states.AS_TOLD[after]
    if standing != states.AS_TOLD[before]:
        announced: dict[str, object] = {"submission": str(row.id), "program": str(row.program_id), "standing": standing}
        await learners.announce(tx, [("submission.changed", None, announced)])
    return replace(changed, revision=row.revision + 1)


async def _again(
    tx: Tx,
    row: SubmissionRow,
    submission: Submission,
    by: Signature,
    now: datetime,
    *,
    consent: str | None,
    draft: bool,
) -> Receipt:
    """What is sent once more: the same, more of the same while it is open, or something else of what is decided."""
    if row.state == "withdrawn":
        raise Conflict(WITHDRAWN, type="withdrawn", title="Withdrawn")
    body = encode(submission).decode()
    same = encode(decode(row.body)).decode() == body
    if same and (row.state != "draft" or draft):
        return Receipt(row, "unchanged")
    if apart(decode(row.body).learner, submission.learner):
        raise Conflict(ANOTHER, type="another-learner", title="It may be another learner's")
    changed = _agreed(_saying(row, submission), consent, now)
    if row.state == "draft":
        if draft:
            await stored.save(tx, replace(changed, changed_at=now))
            return Receipt(changed, "changed")
        return Receipt(await step(tx, changed, "submit", by=by, note=None, now=now), "changed")
    if row.state == "needs work":
        return Receipt(await step(tx, changed, "resubmit", by=by, note=None, now=now), "changed")
    if row.state == "pending":
        await stored.save(tx, replace(changed, changed_at=now))
        await stored.note(
            tx, row.id, "submit", before=row.state, after=row.state, by=by, at=now, words=None, body=body.encode()
        )
        return Receipt(changed, "changed")
    words = "It is looked at, or decided, and this says something else of the same case: give it an id of its own."
    raise Conflict(words, type="case-known", title="This case was handed in")


async def _check(
    tx: Tx, owner: ProgramRow, submission: Submission, now: datetime, before: SubmissionRow | None
) -> None:
    """Invalid where a program may not hand in what a canonical submission says; names what is wrong.

    What was handed in for something may be sent or mended for it `before` and after it has ended.
    """
    pointers = dict(wrongs(submission, now.date()))
    was_for = decode(before.body) if before else None
    if submission.achievement and submission.achievement not in {
        was_for and was_for.achievement,
        *(row.id for row in await definitions.achievements(tx, owner.id)),
    }:
        pointers["/achievement"] = "the program has no such achievement"
    if submission.opportunity:
        offered = {row.id: row.kind for row in await catalogue.opportunities(tx, owner.id)}
        if submission.opportunity not in {was_for and was_for.opportunity, *offered}:
            pointers["/opportunity"] = "the program offers no such thing, or no longer"
        elif submission.stage and offered.get(submission.opportunity, "passion project") != "passion project":
            pointers["/stage"] = "only a passion project has stages: this is none"
    if pointers:
        raise Invalid.of(pointers)


def _saying(row: SubmissionRow, submission: Submission) -> SubmissionRow:
    """A submission that says something else. Where it names another learner, a reviewer says anew whose it is."""
    changed = replace(row, body=encode(submission).decode(), achievement_id=submission.achievement)
    if row.whose == "account" or decode(row.body).learner == submission.learner:
        return changed
    return replace(changed, whose=None, learner_id=None)


def _new(
    owner: ProgramRow,
    submission: Submission,
    way: Way,
    by: Signature,
    now: datetime,
    *,
    consent: str | None,
    draft: bool,
    upload: UUID | None,
) -> SubmissionRow:
    return SubmissionRow(
        id=uuid4(),
        program_id=owner.id,
        key=submission.key,
        body=encode(submission).decode(),
        way=way,
        state="draft" if draft else "pending",
        achievement_id=submission.achievement,
        upload_id=upload,
        learner_id=None,
        whose=None,
        leased_to=None,
        leased_until=None,
        credential_id=None,
        revision=1,
        made_by=by.made_by,
        made_at=now,
        changed_at=now,
        consent_by=consent,
        consent_at=now if consent else None,
    )


def _agreed(row: SubmissionRow, consent: str | None, now: datetime) -> SubmissionRow:
    """The submission with who agreed that it is kept, and when that was first said; anew where it was withdrawn."""
    if consent and (row.consent_by is None or row.state == "withdrawn"):
        return replace(row, consent_by=consent, consent_at=now, consent_ended_at=None)
    return row


async def _was_accepted(tx: Tx, row: SubmissionRow) -> bool:
    return any(past.step == "accept" for past in await stored.steps(tx, row.id))


async def _locked_key(tx: Tx, program: UUID, key: str) -> SubmissionRow:
    row = await stored.by_key(tx, program, key)
    assert row is not None
    return row


async def _fits(tx: Tx, owner: ProgramRow, now: datetime) -> None:
    if await stored.since(tx, owner.id, now - timedelta(days=1)) >= MOST_A_DAY:
        words = f"{owner.name} has handed in {MOST_A_DAY} submissions in a day: go on tomorrow, or ask the district."
        raise TooManyRequests(words, headers={"Retry-After": "3600"})
