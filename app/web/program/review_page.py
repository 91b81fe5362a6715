"""Reviewing: the queue, and one submission with its evidence beside the rubric, decided criterion by criterion."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.db.plans.plans import Signature
from app.errors import Denied, DomainError, Invalid
from app.people.viewer import Viewer
from app.programs import (
    accepting,
    definitions,
    equivalence,
    links,
    looking,
    programs,
    reviewing,
    rubric,
    submission,
    submitting,
    whose,
)
from app.programs.judging import Mark, Verdict
from app.programs.links import NewLink
from app.programs.reviewing import Case, Queued
from app.programs.rubric import Definition
from app.programs.submitting import SubmissionRow
from app.request import Inside
from app.start import Service
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later, ngettext
from app.web.program import words as program_words
from app.web.program.paging import Param, following, place_of
from app.web.program.views import SubmissionView, file_answer, view_of

router = APIRouter(prefix="/reviews", include_in_schema=False, route_class=SignedRoute)
ReviewerViewer = Annotated[Viewer, may("submission.review")]
PAGE = 50
TURNS = {
    "nobody": later("Nobody looks at it"),
    "mine": later("I have taken it"),
    "long": later("For more than two weeks"),
}
VERDICTS: dict[str, str] = {
    "accept": later("Accept it into the record"),
    "needs work": later("Ask for more work"),
    "reject": later("Do not take it in"),
}
SAID: dict[str, str] = {
    "accepted": later("Accepted: it is in the record."),
    "needs work": later("Sent back to the program."),
    "rejected": later("Not taken in. The program is told why."),
    "in review": later("Your decision is kept. Another assessor is to look at it."),
}
OTHERS = later("You may only review what is handed in by the programs you were given for.")


@router.get("")
async def queue(
    request: Request,
    viewer: ReviewerViewer,
    inside: Inside,
    program: Param = "",
    badge: Param = "",
    turn: Param = "",
    after: Param = "",
) -> Response:
    """What waits, the longest waiting first: of one program, for one badge, one's own, nobody's, or for long."""
    now, own = datetime.now(UTC), reviewing.account(signature(viewer))
    async with inside.db.transaction(viewer.tenant.id) as tx:
        known = {str(row.id): row for row in await programs.listed(tx) if _mine(viewer, row.source_id)}
        chosen = [known[program]] if program in known else list(known.values())
        ids = [row.id for row in chosen]
        badges = [row for id_ in ids for row in await definitions.achievements(tx, id_, retired=True)]
        queued = Queued(
            programs=ids,
            achievement=next((row.id for row in badges if str(row.id) == badge), None),
            leased_to=own if turn == "mine" else None,
            free_at=now if turn == "nobody" else None,
            before=now - reviewing.LONG if turn == "long" else None,
        )
        rows = await reviewing.queue(tx, queued, PAGE + 1, place_of(after))
        counts = sum([Counter(await reviewing.counted(tx, id_)) for id_ in ids], Counter[str]())
        without = [row for row in await reviewing.without_consent(tx) if str(row.program_id) in known]
        loads = await reviewing.loads(tx, ids, now)
    query = {"program": program, "badge": badge, "turn": turn}
    names = sorted(((str(row.id), rubric.read(row.body).name) for row in badges), key=lambda pair: pair[1].casefold())
    values: dict[str, Any] = {
        **query,
        "waiting": [_waiting(row, known[str(row.program_id)].name, own, now) for row in rows[:PAGE]],
        "ended": [_waiting(row, known[str(row.program_id)].name, own, now) for row in without],
        "counts": counts,
        "choices": [(key, row.name) for key, row in known.items()],
        "badges": names,
        "turns": [(key, _(words)) for key, words in TURNS.items()],
        "filtered": any(query.values()),
        "trusted": program in known and known[program].trusted,
        "loads": loads,
        "following": following("/reviews", rows, PAGE, query),
    }
    return show(request, "program/queue.html", **values)


def _waiting(row: SubmissionRow, program: str, own: str, now: datetime) -> dict[str, Any]:
    """A submission as a line of the queue; `own` is who looks."""
    return {
        "row": row,
        "title": submission.decode(row.body).title,
        "program": program,
        "mine": row.leased_to == own,
        "taken": row.state == "in review" and row.leased_until is not None and row.leased_until > now,
        "long": now - row.changed_at > reviewing.LONG,
    }


@router.post("/trusted")
async def accept_trusted(request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """Accept what a trusted program handed in, as far as a number says whose it is and there is no rubric."""
    program = form(request).uuid("program")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await programs.program_of(tx, program or UUID(int=0))
    if not _mine(viewer, row.source_id):
        raise Denied(OTHERS, type="other-program", title=later("Not your program"))
    counts = await reviewing.accept_trusted(inside, viewer.tenant.id, row.id, signature(viewer), datetime.now(UTC))
    words = ngettext("%(n)s is accepted.", "%(n)s are accepted.", counts["accepted"])
    if counts["left"]:
        words += " " + ngettext("%(n)s is left to be looked at.", "%(n)s are left to be looked at.", counts["left"])
    return done(request, f"/reviews?program={row.id}", words)


@router.get("/{submission}")
async def submission_to_review(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """One submission: evidence beside the rubric, whose it may be, and the decision."""
    return await _page(request, viewer, inside, submission)


@router.post("/{submission}/claim")
async def claim(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """Claim the submission to review it."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _check(viewer, await reviewing.case_of(tx, submission))
        await reviewing.claim(tx, submission, signature(viewer), datetime.now(UTC))
    return done(request, f"/reviews/{submission}", _("It is yours for 45 minutes."))


@router.post("/{submission}/release")
async def release(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """Release the submission, so that somebody else may review it."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _check(viewer, await reviewing.case_of(tx, submission))
        await reviewing.release(tx, submission, signature(viewer), datetime.now(UTC))
    return done(request, "/reviews", _("Given back to the queue."))


@router.post("/{submission}/learner")
async def decide_whose(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """Say whose submission it is."""
    chosen = form(request).text("learner")
    if not chosen:
        return done(request, f"/reviews/{submission}", _("Choose one of them, or that it is somebody new."), "warn")
    learner = None if chosen == "new" else form(request).uuid("learner")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _check(viewer, await reviewing.case_of(tx, submission))
        await reviewing.decide_whose(tx, submission, learner, signature(viewer), datetime.now(UTC))
    return done(request, f"/reviews/{submission}", _("Noted. It is linked when it is accepted."))


@router.post("/{submission}/decision")
async def decide(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """Decide on the submission. What is accepted is in the record when this is answered."""
    sent, by, now = form(request), signature(viewer), datetime.now(UTC)
    try:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            case = await reviewing.case_of(tx, submission)
            _check(viewer, case)
            marks, feedback = marks_of(sent, case.definition), sent.text("feedback") or None
            reviewed = await reviewing.review(
                tx, inside, submission, verdict=verdict_of(sent), marks=marks, feedback=feedback, by=by, now=now
            )
    except (Invalid, DomainError) as why:
        return await _page(request, viewer, inside, submission, why=why, sent=sent)
    return done(request, f"/reviews/{submission}", _(SAID[reviewed.row.state]))


@router.post("/{submission}/messages")
async def say(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """Ask the program something."""
    words = form(request).text("words")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        case = await reviewing.case_of(tx, submission)
        _check(viewer, case)
        if words:
            await submitting.say(
                tx, case.row, "district", words=words[:4000], by=signature(viewer), now=datetime.now(UTC)
            )
    return done(request, f"/reviews/{submission}", _("Sent."))


@router.post("/{submission}/mentor")
async def ask_mentor(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """A link for somebody outside to assess this one project; it ends by itself."""
    name = form(request).text("mentor") or _("Outside assessor")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        case = await reviewing.case_of(tx, submission)
        _check(viewer, case)
        new_link = NewLink(kind="assess", title=name[:200], submission=submission, uses=1)
        link = await links.make(tx, inside.vault, case.program.id, new=new_link, by=viewer.actor, now=datetime.now(UTC))
    address = f"{inside.settings.home}/t/{viewer.tenant.slug}/assess/{link.secret}"
    words = _("Give this link to %(name)s. It is for this project alone, and shown this once: ", name=name)
    return done(request, f"/reviews/{submission}", words + address)


@router.post("/{submission}/retract")
async def retract(submission: UUID, request: Request, viewer: ReviewerViewer, inside: Inside) -> Response:
    """Take an acceptance back, with the reason."""
    reason = form(request).text("reason")
    if not reason:
        return done(request, f"/reviews/{submission}", _("Say why: the reason is kept."), "warn")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        _check(viewer, await reviewing.case_of(tx, submission))
        await accepting.retract(
            tx, inside, submission, reason=reason[:2000], by=signature(viewer), now=datetime.now(UTC)
        )
    return done(request, f"/reviews/{submission}", _("Taken back: its evidence is withdrawn and its badge revoked."))


@router.get("/{submission}/files/{sha256}")
async def file(submission: UUID, sha256: str, viewer: ReviewerViewer, inside: Inside) -> Response:
    """A file of the submission."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await _look(tx, viewer, await reviewing.case_of(tx, submission))
        return await file_answer(inside, tx, submission, sha256)


def signature(viewer: Viewer) -> Signature:
    """The viewer, as they sign a decision."""
    return Signature(viewer.account.name, "reviewer", viewer.actor)


def marks_of(sent: Posted, definition: Definition | None) -> list[Mark]:
    """The criteria as they were decided in a form."""
    return [
        Mark(criterion.id, sent.text(f"level-{criterion.id}"), sent.text(f"comment-{criterion.id}") or None)
        for criterion in (definition.rubric if definition else ())
        if sent.text(f"level-{criterion.id}")
    ]


def verdict_of(sent: Posted) -> Verdict:
    """The decision as a whole. Invalid where none was chosen."""
    try:
        verdict: Verdict = msgspec.convert(sent.text("verdict"), Verdict)
    except msgspec.ValidationError:
        raise Invalid(_("Choose what is to become of it."), pointers={"/verdict": "missing"}) from None
    return verdict


def _mine(viewer: Viewer, source: int | None) -> bool:
    """Whether a viewer reviews what a program hands in: an administrator everything, a reviewer what they are given."""
    if "administrator" in viewer.roles:
        return True
    reviewed = {role.source_id for role in viewer.held_roles if role.role == "reviewer"}
    own = {role.source_id for role in viewer.held_roles if role.role == "coordinator"}
    return (None in reviewed or source in reviewed) and (source is None or source not in own)


def _check(viewer: Viewer, case: Case) -> None:
    """Denied where a viewer does not review what this program hands in."""
    if not _mine(viewer, case.program.source_id):
        raise Denied(OTHERS, type="other-program", title=later("Not your program"))


async def _look(tx: Tx, viewer: Viewer, case: Case) -> None:
    """The same, for who looks at it: that is written down where it is known whose it is."""
    _check(viewer, case)
    await looking.note_review(tx, viewer, case.row, datetime.now(UTC).date())


async def _page(
    request: Request,
    viewer: Viewer,
    inside: Service,
    submission_id: UUID,
    *,
    why: DomainError | None = None,
    sent: Posted | None = None,
) -> Response:
    by, now = signature(viewer), datetime.now(UTC)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        case = await reviewing.case_of(tx, submission_id)
        await _look(tx, viewer, case)
        view: SubmissionView = await view_of(tx, case.row, "/reviews")
        decided, learner = await whose.settled(tx, case.row)
        people = await whose.candidates(tx, case.row) if case.row.state in reviewing.QUEUE else []
        await looking.note_candidates(tx, viewer, people, now.date())
        history = await submitting.history(tx, submission_id)
        conflict = await reviewing.conflict(tx, case, by, now)
        counts_for = await equivalence.equivalence_of(tx, case.definition)
    row = case.row
    mine = row.state == "in review" and row.leased_to == reviewing.account(by)
    reviews = reviewing.open_to(case, by)
    values: dict[str, Any] = {
        "view": view,
        "reviews": reviews,
        "kept_back": len(case.reviews) - len(reviews),
        "case": case,
        "mine": mine,
        "conflict": conflict or "",
        "whose": decided,
        "learner": learner,
        "candidates": people,
        "history": history,
        "counts_for": counts_for,
        "verdicts": [(key, _(words)) for key, words in VERDICTS.items()],
        "complaint": error_words.translated(why.detail) if why else "",
        "sent": _filled(case, sent),
        "lacking": case.decision.lacking,
        "moderating": case.to_moderate and not conflict,
        "side_by_side": _side_by_side(case.definition, [review.marks for review in reviews]),
        "refused": why is not None,
        "states": program_words.STATES,
        "steps": program_words.STEPS,
        "opinions": program_words.VERDICTS,
    }
    crumbs = [(_("To review"), "/reviews")]
    return show(request, "program/review.html", status=why.status if why else 200, crumbs=crumbs, **values)


def _filled(case: Case, sent: Posted | None) -> dict[str, str]:
    """The form of a decision: as it was sent, or for a moderator with the levels that the assessors agree on."""
    if sent is not None:
        return {name: sent.text(name) for name in sent.form}
    agreed = case.agreed if case.to_moderate else {}
    return {f"level-{criterion}": level for criterion, level in agreed.items()}


def _side_by_side(definition: Definition | None, marks: Sequence[Any]) -> list[tuple[str, list[str]]]:
    """Each criterion, and the level that each review gives it; empty where there is nothing to compare."""
    if definition is None or len(marks) < 2:
        return []
    by_reviewer = [{mark["criterion"]: str(mark["level"]) for mark in of_one} for of_one in marks]
    return [
        (criterion.name, [levels.get(criterion.id, "") for levels in by_reviewer]) for criterion in definition.rubric
    ]
