"""Accepting: evidence, competencies, record and badge in the one transaction of the decision, or none of them.

What is accepted goes into the record by the program's own source, with its setting and its name. A typed identifier or
a person's word says whose it is; the badge is an Open Badge 3.0 of the program, or of the district for which it acts.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import structs

from app.db import Tx
from app.db.access import tenants
from app.db.frameworks import frameworks
from app.db.identity.persons import Ref, learners_of
from app.db.mastery import citations
from app.db.pipeline.successions import persons_of
from app.db.plans.plans import Signature
from app.db.programs import submissions as stored
from app.db.programs.submissions import SubmissionRow
from app.db.records import learners
from app.db.sources import sources
from app.db.wallet import wallet
from app.errors import Conflict, NotFound
from app.issuing import issue
from app.pipeline.arrival import Arrival
from app.pipeline.ingest import ingest
from app.programs import consent_ending, definitions, equivalence, files, pathways, programs, recognition, whose
from app.programs.judging import Decision
from app.programs.programs import Signs
from app.programs.recognition import Recognized
from app.programs.rubric import Definition
from app.programs.signing import ProgramContext, address_of, endorsed, signing_context
from app.programs.submission import Submission
from app.programs.submission import decode as decode_submission
from app.programs.submitting import step
from app.programs.whose import Whose
from app.records.settle import settle_within
from app.sources.source import open_source
from app.start import Service
from app.wallet.into_record import link_persons
from connectors import Page

STREAM = "evidence"


@dataclass(frozen=True, slots=True)
class Accepted:
    """What acceptance made: the submission as it stands, the learner it is now part of, and the badge, if any."""

    row: SubmissionRow
    learner: UUID
    credential: UUID | None


@dataclass(frozen=True, slots=True)
class AcceptanceContext(ProgramContext):
    """What acceptance is done with: also who decides."""

    by: Signature


async def accept(
    tx: Tx,
    service: Service,
    row: SubmissionRow,
    definition: Definition | None,
    decision: Decision,
    assessors: str,
    by: Signature,
    now: datetime,
) -> Accepted:
    """Take a submission into the record, and issue its badge.

    Conflict where nobody has said whose it is, or its program has ended.
    """
    await programs.approved(tx, row.program_id)
    decided, learner = await whose.settled(tx, row)
    if decided is None:
        words = "No number says whose it is: choose the learner, or say that it is one nobody knows yet."
        raise Conflict(words, type="whose-open", title="Nobody has said whose it is")
    desk = await _desk(tx, service, row.program_id, by, now)
    submission = _without_numbers(decode_submission(row.body), decided)
    competencies = sorted({*(definition.shown if definition else ()), *submission.competencies})
    places = {place.id: place for place in await citations.addressed(tx, competencies)} if competencies else {}
    counts_for = await equivalence.equivalence_of(tx, definition)
    signs: Signs = "program" if desk.program.signs == "program" else "district"
    recognized = Recognized(
        id=row.id,
        submission=submission,
        program=desk.program.name,
        signs=signs,
        setting=submission.setting or desk.program.setting,  # type: ignore[arg-type]  # what is stored is a setting
        definition=definition,
        decision=decision,
        assessors=assessors,
        places=places,
        credits=counts_for.rule.amount if counts_for and counts_for.alone else None,
    )
    owner = await _into_record(desk, recognized, learner, decided)
    if learner is not None and owner != learner:
        words = "The number does not lead to that learner by itself: choose the learner."
        raise Conflict(words, type="whose-open", title="Nobody has said whose it is")
    credential = await _issue(desk, recognized, row.achievement_id, owner) if row.achievement_id else None
    settled = replace(row, learner_id=owner, whose=decided, credential_id=credential)
    accepted = await step(tx, settled, "accept", by=by, note=None, now=now)
    if credential is not None:
        await pathways.settle(tx, service, now, owner)
    announced: dict[str, object] = {"submission": str(row.id), "program": desk.program.slug}
    await learners.announce(tx, [("submission.accepted", owner, announced)])
    return Accepted(accepted, owner, credential)


async def retract(
    tx: Tx, service: Service, submission_id: UUID, reason: str, by: Signature, now: datetime
) -> SubmissionRow:
    """Take an acceptance back: its evidence is withdrawn, its badge revoked, and its files are deleted.

    Also of a program that has ended: what it brought into the record is the district's to take out.
    """
    row = await stored.locked(tx, submission_id)
    if row is None:
        raise NotFound(f"No submission {submission_id}.")
    taken_back = await step(tx, row, "retract", by=by, note=reason, now=now)
    desk = await _desk(tx, service, row.program_id, by, now)
    submission = _without_numbers(decode_submission(row.body), row.whose)
    nothing = Recognized(
        id=row.id,
        submission=submission,
        program="",
        signs="district",
        setting="after-school",
        definition=None,
        decision=Decision("accept"),
        assessors="",
        places={},
    )
    await _take(desk, str(row.id), _person(nothing, now), msgspec.json.encode({"id": str(row.id), "withdrawn": True}))
    if row.credential_id is not None:
        if (await issue.credential_of(tx, row.credential_id)).state != "revoked":
            await issue.change_state(tx, row.credential_id, "revoked", reason)
        if row.learner_id is not None:
            await pathways.settle(tx, service, now, row.learner_id)
    if row.consent_ended_at is not None:
        return await consent_ending.forget(tx, service.settings, taken_back)
    await files.forget(tx, service.settings, [row.id])
    return taken_back


async def _desk(tx: Tx, service: Service, program: UUID, by: Signature, now: datetime) -> AcceptanceContext:
    owner = await tenants.by_id(service.db, tx.tenant)
    assert owner is not None
    return AcceptanceContext(tx, service, owner, program=await programs.program_of(tx, program), now=now, by=by)


def _without_numbers(submission: Submission, decided: str | None) -> Submission:
    """A submission without its numbers where a person said whose it is.

    What they said is of it alone, and of nothing else that is told by a number: that may be another child's one day.
    """
    if decided in ("number", "new", None):
        return submission
    return structs.replace(submission, learner=structs.replace(submission.learner, numbers=()))


async def _into_record(desk: AcceptanceContext, recognized: Recognized, learner: UUID | None, decided: Whose) -> UUID:
    """Take the evidence in by the program's source, tied to whose a person said it is: the learner whose it is."""
    item = recognition.evidence(recognized, desk.now.date())
    person = _person(recognized, desk.now)
    if learner is not None and decided != "number":
        tx, by = desk.tx, desk.by
        anchor = await wallet.anchor(tx, learner, await learners.lineage(tx, learner))
        own = (desk.program.source_id or 0, person)
        if anchor is not None and anchor != own:
            await link_persons(
                tx, anchor, own, by.made_by, f"said by {by.name} ({by.role}) when a submission was reviewed"
            )
    body = item.model_dump_json(by_alias=True, exclude_none=True, exclude_defaults=True)
    owner = await _take(desk, item.id, person, body.encode())
    assert owner is not None
    return owner


async def _take(desk: AcceptanceContext, key: str, person: str, body: bytes) -> UUID | None:
    """Ingest a piece of evidence and settle it; the learner whose it is."""
    row = await sources.by_id(desk.tx, desk.program.source_id or 0)
    assert row is not None
    source = open_source(row, desk.service.vault, desk.service.settings.limits)
    outcome = await ingest(desk.tx, Arrival(source, source.stream(STREAM), desk.now), Page([body]))
    if outcome.rejected:
        raise Conflict(outcome.rejected[0].reason, type="not-evidence", title="It cannot be taken into the record")
    refs = {(source.id, person), *await _told_of(desk.tx, source.id, key)}
    await settle_within(desk.tx, desk.owner, sorted(refs), [(source.id, STREAM, key)], desk.now)
    whose_now = await learners_of(desk.tx, await _told_of(desk.tx, source.id, key) or refs)
    return next(iter(whose_now.values()), None)


async def _told_of(tx: Tx, source: int, key: str) -> list[Ref]:
    """The person whom a piece of evidence is told of: where a number is several children's, one of several."""
    return [(source, person) for person in (await persons_of(tx, source, STREAM, [key])).values()]


def _person(recognized: Recognized, now: datetime) -> str:
    """The key of the person that the program's source tells of."""
    item = recognition.evidence(recognized, now.date())
    assert item.learner is not None
    return item.learner.person(item.id).key


async def _issue(desk: AcceptanceContext, recognized: Recognized, achievement: UUID, learner: UUID) -> UUID:
    """Sign the badge to the learner: for the same submission always the same one."""
    context = await signing_context(desk)
    version = str((await definitions.achievement_of(desk.tx, achievement)).version)
    name = address_of(context.issuer.home, achievement, version)
    secret = await frameworks.sensitive(desk.tx, sorted(recognized.places))
    item = recognition.award(recognized, name, version, sorted(secret), desk.now.date())
    item = await endorsed(desk, context, achievement, item)
    (badge,) = await issue.issue_badges(desk.tx, context, [(issue.Whom(learner), item)])
    return badge.id
