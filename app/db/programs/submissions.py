"""Submissions as they stand, and the steps, reviews and words that led there: these are only ever added."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from app.db import Tx
from app.db.plans.plans import Signature
from app.db.tables.programs import Submission, SubmissionMessage, SubmissionReview, SubmissionStep, SubmittedCredential


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A submission as it stands."""

    id: UUID
    program_id: UUID
    key: str
    body: str
    way: str
    state: str
    achievement_id: UUID | None
    upload_id: UUID | None
    learner_id: UUID | None
    whose: str | None
    leased_to: str | None
    leased_until: datetime | None
    credential_id: UUID | None
    revision: int
    made_by: str
    made_at: datetime
    changed_at: datetime
    consent_ended_at: datetime | None = None
    consent_by: str | None = None
    consent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a submission's life."""

    submission_id: UUID
    step: str
    before: str | None
    after: str
    note: str | None
    name: str
    role: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """What one assessor decided."""

    submission_id: UUID
    round: int
    verdict: str
    marks: Any
    feedback: str | None
    name: str
    role: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A word about a submission: by the program or by the district (`side`)."""

    submission_id: UUID
    side: str
    words: str
    name: str
    role: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class BadgeRow:
    """A badge that came with a submission, and what its verification found."""

    submission_id: UUID
    body: bytes
    verdict: str
    report: Any
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Queued:
    """What of a queue is asked for; None: all.

    Of these programs, for this achievement, claimed by somebody (`leased_to`), claimed by nobody at a time (`free_at`),
    waiting since `before` a time.
    """

    programs: Sequence[UUID] | None = None
    achievement: UUID | None = None
    leased_to: str | None = None
    free_at: datetime | None = None
    before: datetime | None = None


SUBMISSION: LiteralString = """SELECT id, program_id, key, body::text AS body, way, state, achievement_id, upload_id,
    learner_id, whose, leased_to, leased_until, credential_id, revision, made_by, made_at, changed_at,
    consent_ended_at, consent_by, consent_at FROM submission
    WHERE tenant_id = %(tenant)s"""
SAYS_ALL: LiteralString = r"""NOT EXISTS (
    SELECT 1 FROM unnest(%(words)s::text[]) AS word
    WHERE position(regexp_replace(normalize(lower(word), NFD), '[\u0300-\u036f]', '', 'g')
                   IN regexp_replace(normalize(lower(concat_ws(' ', body->>'title', body->'learner'->>'name',
                                                               body->'learner'->>'numbers')), NFD),
                                     '[\u0300-\u036f]', '', 'g')) = 0)"""
Place = tuple[datetime, UUID]
"""Where a page of the queue ends."""


async def add(tx: Tx, row: SubmissionRow) -> bool:
    """Store a new submission; False where its program has one of that key already."""
    ending: LiteralString = "ON CONFLICT (tenant_id, program_id, key) DO NOTHING RETURNING id"
    return await tx.insert(Submission(**asdict(row)), ending) is not None


async def by_key(tx: Tx, program: UUID, key: str) -> SubmissionRow | None:
    """A program's submission of that key, held until the transaction ends."""
    return await _first(tx, "program_id = %(program)s AND key = %(key)s FOR UPDATE", program=program, key=key)


async def by_id(tx: Tx, submission: UUID) -> SubmissionRow | None:
    """The submission of that id."""
    return await _first(tx, "id = %(submission)s", submission=submission)


async def locked(tx: Tx, submission: UUID) -> SubmissionRow | None:
    """The submission of that id, locked: nobody else changes it until the transaction ends."""
    return await _first(tx, "id = %(submission)s FOR UPDATE", submission=submission)


async def save(tx: Tx, row: SubmissionRow) -> None:
    """Store a submission as it is now; its revision counts the change."""
    await tx.run(
        """UPDATE submission SET body = %(body)s, state = %(state)s, achievement_id = %(achievement_id)s,
               learner_id = %(learner_id)s, whose = %(whose)s, leased_to = %(leased_to)s,
               leased_until = %(leased_until)s, credential_id = %(credential_id)s, changed_at = %(changed_at)s,
               upload_id = %(upload_id)s, consent_ended_at = %(consent_ended_at)s,
               consent_by = %(consent_by)s, consent_at = %(consent_at)s, revision = revision + 1
           WHERE tenant_id = %(tenant)s AND id = %(id)s""",
        **{
            name: value
            for name, value in asdict(row).items()
            if name not in ("program_id", "key", "way", "revision", "made_by", "made_at")
        },
    )


async def of_credential(tx: Tx, credential: UUID) -> SubmissionRow | None:
    """The submission that a badge was issued for, held until the transaction ends; None for a badge of none."""
    return await _first(tx, "credential_id = %(credential)s FOR UPDATE", credential=credential)


async def of_program(
    tx: Tx, program: UUID, states: Sequence[str], limit: int, before: Place | None, words: Sequence[str] = ()
) -> list[SubmissionRow]:
    """A program's submissions in these states, the last changed first, before a place.

    `words`: those alone in whose title, or learner's name or number, every one of these stands, without case or accents.
    """
    begin: LiteralString = " AND (changed_at, id) < (%(moment)s, %(last)s)" if before else ""
    matching: LiteralString = f" AND {SAYS_ALL}" if words else ""
    moment, last = before or (None, None)
    where: LiteralString = f"program_id = %(program)s AND state = ANY(%(states)s){begin}{matching}"
    return await _all(
        tx,
        f"{where} ORDER BY changed_at DESC, id DESC LIMIT %(limit)s",
        program=program,
        states=list(states),
        limit=limit,
        moment=moment,
        last=last,
        words=list(words),
    )


async def queue(tx: Tx, states: Sequence[str], of: Queued, limit: int, after: Place | None) -> list[SubmissionRow]:
    """What waits in these states, the longest waiting first, after a place."""
    conditions: dict[LiteralString, object] = {
        "program_id = ANY(%(programs)s)": of.programs,
        "achievement_id = %(achievement)s": of.achievement,
        "state = 'in review' AND leased_to = %(leased_to)s": of.leased_to,
        "(leased_until IS NULL OR leased_until < %(free_at)s)": of.free_at,
        "changed_at < %(before)s": of.before,
        "(changed_at, id) > (%(moment)s, %(last)s)": after,
    }
    filters: list[LiteralString] = [where for where, value in conditions.items() if value is not None]
    where: LiteralString = " AND ".join(["state = ANY(%(states)s)", *filters])
    moment, last = after or (None, None)
    return await _all(
        tx,
        f"{where} ORDER BY changed_at, id LIMIT %(limit)s",
        states=list(states),
        limit=limit,
        moment=moment,
        last=last,
        **{**asdict(of), "programs": None if of.programs is None else list(of.programs)},
    )


async def of_upload(tx: Tx, upload: UUID) -> list[SubmissionRow]:
    """What one list brought, held until the transaction ends."""
    return await _all(tx, "upload_id = %(upload)s ORDER BY key FOR UPDATE", upload=upload)


async def looked_at(tx: Tx, submissions: Sequence[UUID]) -> set[UUID]:
    """Those of these submissions that somebody at the district has begun with, or said something of."""
    rows = await tx.rows(
        """SELECT submission_id FROM submission_step
           WHERE tenant_id = %(tenant)s AND submission_id = ANY(%(ids)s) AND step NOT IN ('submit', 'withdraw')
           UNION SELECT submission_id FROM submission_message
           WHERE tenant_id = %(tenant)s AND submission_id = ANY(%(ids)s) AND side = 'district'""",
        ids=list(submissions),
    )
    return {row[0] for row in rows}


async def without_consent(tx: Tx) -> list[SubmissionRow]:
    """What is in the record though somebody took back that it may be, the longest ago first."""
    return await _all(tx, "consent_ended_at IS NOT NULL AND state = 'accepted' ORDER BY consent_ended_at, id")


async def teams_without_consent(tx: Tx, program: UUID, grown: date) -> list[tuple[str | None, list[str]]]:
    """Of a program's submissions whose consent was taken back, or never given where it is needed: the team, the files.

    It is needed of whoever was born after `grown`, or on a day that is not told; forms have always asked for it.
    """
    return await tx.rows(
        """SELECT s.body->>'team', array_remove(array_agg(f.sha256), NULL) FROM submission s
           LEFT JOIN submission_file f ON f.tenant_id = s.tenant_id AND f.submission_id = s.id
           WHERE s.tenant_id = %(tenant)s AND s.program_id = %(program)s AND (s.consent_ended_at IS NOT NULL
               OR s.way IN ('list', 'api') AND s.consent_by IS NULL
                  AND coalesce((s.body->'learner'->>'birthDate')::date > %(grown)s, true))
           GROUP BY s.tenant_id, s.id""",
        program=program,
        grown=grown,
    )


async def of_learners(tx: Tx, learners: Sequence[UUID]) -> list[SubmissionRow]:
    """What is these learners' by a person's word or by acceptance, the last changed first."""
    return await _all(tx, "learner_id = ANY(%(learners)s) ORDER BY changed_at DESC, id", learners=list(learners))


async def counted(tx: Tx, program: UUID | None = None) -> dict[str, int]:
    """How many submissions there are by state, of one program or of all."""
    of: LiteralString = " AND program_id = %(program)s" if program else ""
    rows = await tx.rows(
        f"SELECT state, count(*) FROM submission WHERE tenant_id = %(tenant)s{of} GROUP BY state", program=program
    )
    return {str(state): int(count) for state, count in rows}


async def since(tx: Tx, program: UUID, moment: datetime) -> int:
    """How many submissions a program has made since a time."""
    count: int = await tx.one(
        """SELECT count(*) FROM submission
           WHERE tenant_id = %(tenant)s AND program_id = %(program)s AND made_at >= %(moment)s""",
        program=program,
        moment=moment,
    )
    return count


async def remove(tx: Tx, submissions: Sequence[UUID]) -> None:
    """Remove submissions that were never looked at, with all that hangs on them."""
    tables: tuple[LiteralString, ...] = (
        "submission_step",
        "submission_review",
        "submission_message",
        "submitted_credential",
    )
    for table in tables:
        await tx.run(
            f"DELETE FROM {table} WHERE tenant_id = %s AND submission_id = ANY(%s)", tx.tenant, list(submissions)
        )
    await tx.run("DELETE FROM submission WHERE tenant_id = %s AND id = ANY(%s)", tx.tenant, list(submissions))


async def erase(tx: Tx, submission: UUID, body: str) -> None:
    """Take from a submission's steps what it said (now `body`) and all notes; delete reviews, messages and its badge."""
    await tx.run(
        """UPDATE submission_step SET body = %(body)s, note = NULL
           WHERE tenant_id = %(tenant)s AND submission_id = %(submission)s""",
        body=body,
        submission=submission,
    )
    tables: tuple[LiteralString, ...] = ("submission_review", "submission_message", "submitted_credential")
    for table in tables:
        await tx.run(f"DELETE FROM {table} WHERE tenant_id = %s AND submission_id = %s", tx.tenant, submission)


async def note(
    tx: Tx,
    submission: UUID,
    step: str,
    before: str | None,
    after: str,
    by: Signature,
    at: datetime,
    words: str | None,
    body: bytes,
) -> None:
    """Write down a step; `body` is what the submission said from then on."""
    await tx.insert(
        SubmissionStep(
            submission_id=submission,
            step=step,
            before=before,
            after=after,
            note=words,
            body=body,
            made_at=at,
            **asdict(by),
        )
    )


async def steps(tx: Tx, submission: UUID) -> list[StepRow]:
    """All steps of a submission, in the order they were taken."""
    query = "FROM submission_step WHERE tenant_id = %(tenant)s AND submission_id = %(submission)s ORDER BY id"
    return await tx.all(StepRow, query, submission=submission)


async def add_review(tx: Tx, row: ReviewRow) -> None:
    """Store what an assessor decided."""
    await tx.insert(SubmissionReview(**asdict(row)))


async def reviews(tx: Tx, submission: UUID) -> list[ReviewRow]:
    """All reviews of a submission, in the order they were made."""
    query = "FROM submission_review WHERE tenant_id = %(tenant)s AND submission_id = %(submission)s ORDER BY id"
    return await tx.all(ReviewRow, query, submission=submission)


async def say(tx: Tx, submission: UUID, side: str, words: str, by: Signature, at: datetime) -> None:
    """Write down a word about a submission."""
    await tx.insert(SubmissionMessage(submission_id=submission, side=side, words=words, made_at=at, **asdict(by)))


async def messages(tx: Tx, submission: UUID) -> list[MessageRow]:
    """The words about a submission, in the order they were said."""
    query = "FROM submission_message WHERE tenant_id = %(tenant)s AND submission_id = %(submission)s ORDER BY id"
    return await tx.all(MessageRow, query, submission=submission)


async def keep_badge(tx: Tx, row: BadgeRow) -> None:
    """Keep the badge that came with a submission."""
    await tx.insert(SubmittedCredential(**asdict(row)), "ON CONFLICT (tenant_id, submission_id) DO NOTHING")


async def badge(tx: Tx, submission: UUID) -> BadgeRow | None:
    """The badge that came with a submission."""
    query = "FROM submitted_credential WHERE tenant_id = %(tenant)s AND submission_id = %(submission)s"
    return await tx.first(BadgeRow, query, submission=submission)


async def _all(tx: Tx, where: LiteralString, **named: Any) -> list[SubmissionRow]:
    return await tx.all(SubmissionRow, f"{SUBMISSION} AND {where}", **named)


async def _first(tx: Tx, where: LiteralString, **named: Any) -> SubmissionRow | None:
    return await tx.first(SubmissionRow, f"{SUBMISSION} AND {where}", **named)
