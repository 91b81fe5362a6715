"""Reviewing: what waits is claimed for a while, decided criterion by criterion, and sent back, refused or accepted.

Nobody reviews what is their own or a relative's, nor twice what two or more are to look at.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.programs import loads as stored_loads
from app.db.programs import submissions as stored
from app.db.programs.loads import LoadRow
from app.db.programs.programs import ProgramRow
from app.db.programs.submissions import BadgeRow, Place, Queued, ReviewRow, SubmissionRow
from app.errors import Conflict, Denied, DomainError, Invalid, NotFound
from app.programs import definitions, judging, programs, rubric, submission, whose
from app.programs.accepting import Accepted, accept
from app.programs.judging import Decision, Mark, Review, Verdict
from app.programs.relatives import kinship, named_alike
from app.programs.rubric import ASSESSORS, Definition
from app.programs.states import State
from app.programs.submission import Submission
from app.programs.submitting import step
from app.start import Service

__all__ = ["LoadRow", "Place", "Queued"]
LEASE = timedelta(minutes=45)
"""How long what was claimed is nobody else's."""
QUEUE: tuple[State, ...] = ("pending", "in review")
MOST_AT_ONCE = 200
MONTH = timedelta(days=30)
LONG = timedelta(days=14)
"""After which time something waits too long."""
MODERATOR = "moderator"
"""As what somebody signs who decides among assessors."""
UNNAMED = Definition(name="", description="", criteria="")


@dataclass(frozen=True, slots=True)
class Case:
    """A submission as whoever reviews it sees it."""

    row: SubmissionRow
    submission: Submission
    program: ProgramRow
    definition: Definition | None
    reviews: Sequence[ReviewRow]
    badge: BadgeRow | None

    @property
    def decision(self) -> Decision:
        """What the reviews of this round decide together."""
        definition = self.definition or UNNAMED
        counted = [row for row in self.reviews if definition.assessing != "one" or not _by_link(row)]
        return judging.decide(definition, [_review(row) for row in counted])

    @property
    def to_moderate(self) -> bool:
        """Whether the assessors have had their say, and whoever reviews it now decides among them."""
        return judging.to_moderate(self.definition or UNNAMED, [_review(row) for row in self.reviews])

    @property
    def agreed(self) -> dict[str, str]:
        """The level of each criterion that all who reviewed it in this round gave alike."""
        return judging.agreed(self.definition or UNNAMED, [_review(row) for row in self.reviews])


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A submission after a review; what acceptance made of it, where it was accepted."""

    row: SubmissionRow
    decision: Decision
    accepted: Accepted | None = None


async def queue(tx: Tx, of: Queued, limit: int, after: Place | None = None) -> list[SubmissionRow]:
    """What of this waits for the district, the longest waiting first."""
    return await stored.queue(tx, QUEUE, of, limit, after)


async def loads(tx: Tx, of_programs: Sequence[UUID], now: datetime) -> list[LoadRow]:
    """Who reviews these programs: how much each has claimed now, and decided in the last month; the most first."""
    return await stored_loads.loads(tx, of_programs, now, now - MONTH)


async def counted(tx: Tx, program: UUID | None = None) -> dict[str, int]:
    """How many submissions there are by state."""
    return await stored.counted(tx, program)


async def without_consent(tx: Tx) -> list[SubmissionRow]:
    """What is in the record though somebody took back that it may be: it is to be taken back, the longest ago first."""
    return await stored.without_consent(tx)


async def case_of(tx: Tx, submission_id: UUID, *, lock: bool = False) -> Case:
    """A submission to be reviewed. NotFound where there is none."""
    row = await (stored.locked if lock else stored.by_id)(tx, submission_id)
    if row is None:
        raise NotFound(f"No submission {submission_id}.")
    definition = None
    if row.achievement_id is not None:
        definition = rubric.read((await definitions.achievement_of(tx, row.achievement_id)).body)
    return Case(
        row,
        submission.decode(row.body),
        await programs.program_of(tx, row.program_id),
        definition=definition,
        reviews=await _this_round(tx, row),
        badge=await stored.badge(tx, submission_id),
    )


def open_to(case: Case, by: Signature) -> list[ReviewRow]:
    """The reviews of this round that somebody may read: while several decide, each decides without the others' word.

    A moderator reads them all.
    """
    if case.row.state not in QUEUE or case.to_moderate or ASSESSORS[(case.definition or UNNAMED).assessing] == 1:
        return list(case.reviews)
    if account(by) in {account(_signer(row)) for row in case.reviews}:
        return list(case.reviews)
    return [row for row in case.reviews if _by_link(row)]


async def claim(tx: Tx, submission_id: UUID, by: Signature, now: datetime) -> SubmissionRow:
    """Take a submission to look at; it is nobody else's until the lease ends.

    Conflict where another assessor has it, Denied where it is one's own, a relative's, or was reviewed by oneself.
    """
    case = await case_of(tx, submission_id, lock=True)
    await check_apart(tx, case, by, now)
    row, who = case.row, account(by)
    if row.state == "in review" and row.leased_to not in (None, who) and row.leased_until and row.leased_until > now:
        words = f"Another assessor has it until {row.leased_until:%H:%M} UTC: take another one."
        raise Conflict(words, type="leased", title="Claimed by another assessor")
    leased = replace(row, leased_to=who, leased_until=now + LEASE)
    return await step(tx, leased, "claim", by=by, note=None, now=now)


async def release(tx: Tx, submission_id: UUID, by: Signature, now: datetime) -> SubmissionRow:
    """Give a submission back to the queue. Conflict where one has not claimed it."""
    case = await case_of(tx, submission_id, lock=True)
    _check_leased(case.row, by)
    return await step(tx, case.row, "release", by=by, note=None, now=now)


async def review(
    tx: Tx,
    service: Service,
    submission_id: UUID,
    verdict: Verdict,
    marks: Sequence[Mark],
    feedback: str | None,
    by: Signature,
    now: datetime,
) -> Reviewed:
    """Decide a submission one has claimed; what its assessors decided together is done in the same transaction.

    Invalid names what lacks or does not fit; Conflict where it is not claimed, or nobody has said whose it is.
    """
    case = await case_of(tx, submission_id, lock=True)
    await check_apart(tx, case, by, now)
    _check_leased(case.row, by)
    new_review = Review(account(by), verdict, tuple(marks), feedback)
    if pointers := dict(judging.wrongs(case.definition or UNNAMED, new_review)):
        raise Invalid.of(pointers)
    signed = replace(by, role=MODERATOR) if case.to_moderate else by
    row = _row(submission_id, await _round(tx, submission_id), new_review, signed, now)
    await stored.add_review(tx, row)
    case = replace(case, reviews=[*case.reviews, row])
    return await _conclude(tx, service, case, feedback=feedback, by=by, now=now)


async def accept_trusted(service: Service, tenant: int, program: UUID, by: Signature, now: datetime) -> Counter[str]:
    """Accept what a trusted program has handed in, as far as a number says whose it is and no rubric asks for a look.

    Each is decided in a transaction of its own, so that one that cannot be accepted costs only itself: how many were
    `accepted`, and how many are `left` to be looked at. Denied where the program is not trusted.
    """
    async with service.db.transaction(tenant) as tx:
        row = await programs.approved(tx, program)
        waiting = await stored.queue(tx, ("pending",), Queued([program]), MOST_AT_ONCE, None)
    if not row.trusted:
        raise Denied(f"{row.name} is not marked as trusted: look at each.", type="not-trusted", title="Not trusted")
    counts: Counter[str] = Counter()
    for submission_row in waiting:
        try:
            async with service.db.transaction(tenant) as tx:
                await claim(tx, submission_row.id, by, now)
                reviewed = await review(
                    tx, service, submission_row.id, verdict="accept", marks=(), feedback=None, by=by, now=now
                )
                if reviewed.accepted is None:
                    raise Conflict("Another assessor has to look at it.")
            counts["accepted"] += 1
        except DomainError:
            counts["left"] += 1
    return counts


async def assess(
    tx: Tx,
    submission_id: UUID,
    verdict: Verdict,
    marks: Sequence[Mark],
    feedback: str | None,
    by: Signature,
    now: datetime,
) -> None:
    """What an outside assessor says who was given a link to one project: beside the district's, who concludes.

    Invalid names what lacks or does not fit; Conflict where it is decided already; Denied where it is a relative's.
    """
    case = await case_of(tx, submission_id, lock=True)
    await check_apart(tx, case, by, now)
    if case.row.state not in QUEUE:
        raise Conflict("It is decided already. Thank you.", type="not-from-here", title="Decided already")
    new_review = Review(account(by), verdict, tuple(marks), feedback)
    if pointers := dict(judging.wrongs(case.definition or UNNAMED, new_review)):
        raise Invalid.of(pointers)
    await stored.add_review(tx, _row(submission_id, await _round(tx, submission_id), new_review, by, now))


async def _conclude(
    tx: Tx, service: Service, case: Case, feedback: str | None, by: Signature, now: datetime
) -> Reviewed:
    decision = case.decision
    match decision.verdict:
        case "accept":
            accepted = await accept(
                tx,
                service,
                case.row,
                definition=case.definition,
                decision=decision,
                assessors=assessors(case.reviews),
                by=by,
                now=now,
            )
            return Reviewed(accepted.row, decision, accepted)
        case "needs work":
            return Reviewed(await step(tx, case.row, "ask", by=by, note=feedback, now=now), decision)
        case "reject":
            return Reviewed(await step(tx, case.row, "reject", by=by, note=feedback, now=now), decision)
        case None:
            free = replace(case.row, leased_to=None, leased_until=None)
            return Reviewed(await step(tx, free, "review", by=by, note=None, now=now), decision)


def assessors(reviews: Sequence[ReviewRow]) -> str:
    """Who assessed, by name, in the order they did."""
    return ", ".join(dict.fromkeys(f"{row.name} ({row.role})" for row in reviews))


def account(by: Signature) -> str:
    """Who somebody is, as reviews know them: an account is one, whatever it calls itself; a key speaks for several."""
    if by.made_by.startswith("account "):
        return by.made_by
    return f"{by.made_by}/{by.name.casefold()}"


async def decide_whose(
    tx: Tx, submission_id: UUID, learner: UUID | None, by: Signature, now: datetime
) -> SubmissionRow:
    """Say whose a submission is (None: nobody's whom the record knows yet): see `whose.decide`.

    Denied where it is, or would be, one's own or a relative's.
    """
    case = await case_of(tx, submission_id, lock=True)
    await check_apart(tx, case, by, now)
    decided = await whose.decide(tx, case.row, learner, by, now)
    await check_apart(tx, replace(case, row=decided), by, now)
    return decided


async def check_apart(tx: Tx, case: Case, by: Signature, now: datetime) -> None:
    """Denied where a submission is one's own or a relative's, or was reviewed by oneself in this round."""
    if reason := await conflict(tx, case, by, now):
        words = f"{reason}: another assessor is to look at it."
        raise Denied(words, type="conflict-of-interest", title="Conflict of interest")
    needed = ASSESSORS[(case.definition or UNNAMED).assessing]
    if needed > 1 and account(by) in {account(_signer(row)) for row in case.reviews}:
        words = "You have decided it already: another assessor is to look at it."
        raise Denied(words, type="reviewed-already", title="Reviewed already")


async def conflict(tx: Tx, case: Case, by: Signature, now: datetime) -> str | None:
    """Why somebody may not review a submission: it is theirs, or a relative's; None: they may."""
    _, learner = await whose.settled(tx, case.row)
    named = named_alike(case.submission.learner, case.row.made_by, by)
    return named or (await kinship(tx, learner, by, now) if learner else None)


def _check_leased(row: SubmissionRow, by: Signature) -> None:
    """Conflict where somebody has not claimed it. A lease that ended is still theirs while nobody else has taken it."""
    if row.state != "in review" or row.leased_to != account(by):
        words = "Claim it first: what is not claimed may be another assessor's."
        raise Conflict(words, type="not-claimed", title="Not claimed")


async def _round(tx: Tx, submission_id: UUID) -> int:
    """Which round of review it is: one more with each time that it was handed in again."""
    steps = await stored.steps(tx, submission_id)
    return 1 + sum(1 for past in steps if past.step in ("resubmit", "appeal"))


async def _this_round(tx: Tx, row: SubmissionRow) -> list[ReviewRow]:
    current = await _round(tx, row.id)
    return [review for review in await stored.reviews(tx, row.id) if review.round == current]


def _by_link(row: ReviewRow) -> bool:
    """Whether a review came by a link to one project: beside one assessor of the district, it is advice."""
    return row.made_by.startswith("link ")


def _row(submission_id: UUID, nth: int, review: Review, by: Signature, now: datetime) -> ReviewRow:
    return ReviewRow(
        submission_id=submission_id,
        round=nth,
        verdict=review.verdict,
        marks=[mark._asdict() for mark in review.marks],
        feedback=review.feedback,
        name=by.name,
        role=by.role,
        made_by=by.made_by,
        made_at=now,
    )


def _review(row: ReviewRow) -> Review:
    marks = tuple(Mark(**mark) for mark in row.marks)
    verdict: Verdict = msgspec.convert(row.verdict, Verdict)
    return Review(account(_signer(row)), verdict, marks, row.feedback, outside=_by_link(row))


def _signer(row: ReviewRow) -> Signature:
    return Signature(row.name, row.role, row.made_by)
