"""A program's home: what is in the record, what waits, what was asked back; and handing in from there."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.db import Tx
from app.db.plans.plans import Signature
from app.errors import Conflict, Invalid, NotFound
from app.people.viewer import Viewer
from app.programs import (
    catalogue,
    consent,
    consent_ending,
    definitions,
    files,
    notices,
    programs,
    reviewing,
    states,
    submission,
    submitting,
)
from app.programs.programs import ProgramRow
from app.programs.states import Standing
from app.programs.submission import decode as decode_submission
from app.programs.submitting import SubmissionRow
from app.request import Inside
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later
from app.web.program import reading
from app.web.program import words as program_words
from app.web.program.handing_in import badge_of, keep, keep_badge
from app.web.program.paging import Param, following, place_of
from app.web.program.reading import Filled
from app.web.program.views import SubmissionView, file_answer, title_of, view_of

router = APIRouter(prefix="/program", include_in_schema=False, route_class=SignedRoute)
Coordinator = Annotated[Viewer, may("program.submit")]
TONES: dict[Standing, str] = {
    "draft": "plain",
    "waiting": "plain",
    "asked back": "warn",
    "in the record": "good",
    "not taken in": "bad",
    "withdrawn": "plain",
}
WORDS: dict[Standing, str] = {
    "draft": later("Draft"),
    "waiting": later("Waiting for the district"),
    "asked back": later("Asked back"),
    "in the record": later("In the record"),
    "not taken in": later("Not taken in"),
    "withdrawn": later("Withdrawn"),
}
PAGE = 50
NONE = later("Your account is for no program yet. Ask the district for an invitation to yours.")


@dataclass(frozen=True, slots=True)
class Line:
    """A submission in the list."""

    id: UUID
    title: str
    learner: str
    standing: Standing
    changed_at: datetime


async def program_of(tx: Tx, viewer: Viewer) -> ProgramRow:
    """The program that a coordinator is of. NotFound where they are of none."""
    for role in viewer.held_roles:
        if role.role == "coordinator" and role.source_id is not None:
            row = await programs.of_source(tx, role.source_id)
            if row is not None:
                return row
    raise NotFound(NONE)


def signature(viewer: Viewer) -> Signature:
    """The viewer, as they sign for a program."""
    return Signature(viewer.account.name, "coordinator", viewer.actor)


@router.get("")
async def home(
    request: Request, viewer: Coordinator, inside: Inside, standing: Param = "", q: Param = "", after: Param = ""
) -> Response:
    """How everything stands, the last changed first; or what of it stands so, or says some words."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        counts = await reviewing.counted(tx, program.id)
        matching = tuple(each for each in states.STATES if standing in ("", states.AS_TOLD[each]))
        rows = await submitting.owned(tx, program.id, matching, PAGE + 1, place_of(after), words=q)
        news = await notices.news(tx, program.id) if not (standing or q or after) else []
    totals = dict.fromkeys(WORDS, 0)
    for state, count in counts.items():
        totals[states.AS_TOLD[state]] += count  # type: ignore[index]  # what is stored is a state
    values: dict[str, Any] = {
        "lines": [_line(row) for row in rows[:PAGE]],
        "totals": totals,
        "tones": TONES,
        "words": WORDS,
    }
    values |= {"news": news, "news_words": program_words.NEWS}
    values |= {"following": following("/program", rows, PAGE, {"standing": standing, "q": q})}
    return show(request, "program/home.html", program=program, standing=standing, asked=q[:200], **values)


@router.get("/new")
async def new(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """The form."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        return await _form(tx, request, await program_of(tx, viewer), Filled())


@router.post("/new")
async def hand_in(request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Hand in, or keep as a draft, what was filled in."""
    sent, now, by = form(request), datetime.now(UTC), signature(viewer)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        rows = await definitions.achievements(tx, program.id)
    try:
        typed = reading.submission_of(sent, now.date())
        badge = await badge_of(inside, viewer.tenant.id, program, rows=rows, sent=sent, typed=typed)
        new_files = await reading.files_of(sent)
        content = badge[0].submission if badge else typed
        async with inside.db.transaction(viewer.tenant.id) as tx:
            way = badge[1] if badge else "form"
            draft, agreed = sent.flag("draft"), reading.consent_of(sent)
            handed = await keep(
                inside,
                tx,
                program.id,
                submission=content,
                new_files=new_files,
                way=way,
                by=by,
                now=now,
                consent=agreed,
                draft=draft,
            )
            if badge:
                await keep_badge(tx, handed.receipt.row.id, badge[0], now)
    except (Invalid, Conflict) as why:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            return await _form(tx, request, program, reading.filled(sent, why), status=why.status)
    return show(
        request,
        "program/handed_in.html",
        program=program,
        again="/program/new",
        home="/program",
        title=content.title,
        known=handed.receipt.outcome == "unchanged",
    )


@router.get("/submissions/{submission}")
async def submission_page(submission: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """One submission: what it said, how it stands, what was asked."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        view = await view_of(tx, await submitting.own(tx, program.id, submission))
    crumbs = [(program.name, "/program")]
    return show(request, "program/submission.html", crumbs=crumbs, program=program, view=view, words=WORDS, tones=TONES)


@router.get("/submissions/{submission}/edit")
async def edit(submission: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """The form again, of what was asked back, or is a draft."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        view = await view_of(tx, await submitting.own(tx, program.id, submission))
        prefilled = Filled() if view.forgotten else reading.emptied(view.submission, "", _consent(view))
        return await _form(tx, request, program, prefilled, mending=view)


@router.post("/submissions/{submission}/edit")
async def hand_in_again(submission: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Hand in again what was mended."""
    sent, now, by = form(request), datetime.now(UTC), signature(viewer)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        before = await submitting.own(tx, program.id, submission)
    try:
        new_files = await reading.files_of(sent)
        filled_in, agreed = reading.submission_of(sent, now.date()), reading.consent_of(sent)
        mended = reading.mended(decode_submission(before.body), filled_in)
        async with inside.db.transaction(viewer.tenant.id) as tx:
            remaining = await files.of_submission(tx, submission)
            mended = reading.with_files(reading.with_kept(mended, before.body, remaining), new_files)
            note = sent.text("note") or None
            await submitting.resubmit(
                tx, program.id, submission, submission=mended, note=note, by=by, now=now, consent=agreed
            )
            await files.keep(tx, inside.vault, inside.settings, submission=submission, new_files=new_files, now=now)
    except (Invalid, Conflict) as why:
        async with inside.db.transaction(viewer.tenant.id) as tx:
            view = await view_of(tx, before)
            return await _form(tx, request, program, reading.filled(sent, why), mending=view, status=why.status)
    return done(request, f"/program/submissions/{submission}", _("Handed in again. Thank you."))


@router.post("/submissions/{submission}/messages")
async def say(submission: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Say something to who reviews it."""
    words = form(request).text("words")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await submitting.own(tx, (await program_of(tx, viewer)).id, submission)
        if words:
            await submitting.say(tx, row, "program", words=words[:4000], by=signature(viewer), now=datetime.now(UTC))
    return done(request, f"/program/submissions/{submission}", _("Sent."))


@router.post("/submissions/{submission}/withdraw")
async def withdraw(submission: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Take back what is not decided; its files are deleted."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        await submitting.withdraw(tx, program.id, submission, note=None, by=signature(viewer), now=datetime.now(UTC))
        await files.forget(tx, inside.settings, [submission])
    return done(request, "/program", _("Withdrawn. Its files are deleted."))


@router.post("/submissions/{submission}/consent")
async def end_consent(submission: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """A parent or guardian no longer agrees: it is shown to nobody from now on."""
    note, by = form(request).text("words")[:2000] or None, signature(viewer)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await submitting.own(tx, (await program_of(tx, viewer)).id, submission, lock=True)
        await consent_ending.end_consent(tx, inside.settings, row, note=note, by=by, now=datetime.now(UTC))
    return done(request, f"/program/submissions/{submission}", _("Noted. It is no longer shown to anyone."))


@router.post("/submissions/{submission}/appeal")
async def appeal(submission: UUID, request: Request, viewer: Coordinator, inside: Inside) -> Response:
    """Ask for another look at what was not taken in."""
    words = form(request).text("words") or _("Please look at it again.")
    async with inside.db.transaction(viewer.tenant.id) as tx:
        program = await program_of(tx, viewer)
        await submitting.appeal(
            tx, program.id, submission, note=words[:4000], by=signature(viewer), now=datetime.now(UTC)
        )
    return done(request, f"/program/submissions/{submission}", _("Somebody else will look at it."))


@router.get("/submissions/{submission}/files/{sha256}")
async def file(submission: UUID, sha256: str, viewer: Coordinator, inside: Inside) -> Response:
    """A file of the submission."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        await submitting.own(tx, (await program_of(tx, viewer)).id, submission)
        return await file_answer(inside, tx, submission, sha256)


def _consent(view: SubmissionView) -> str:
    """What the form says to the question of consent: what still counts; nothing where it has to be said anew."""
    if view.row.state != "withdrawn" and view.row.consent_by:
        return "yes"
    born = view.submission.learner.birth_date
    return "" if consent.needed(born, datetime.now(UTC).date()) else "older"


def _line(row: SubmissionRow) -> Line:
    content = submission.decode(row.body)
    name = content.learner.name or (content.learner.numbers[0].value if content.learner.numbers else "")
    standing = states.AS_TOLD[row.state]  # type: ignore[index]
    return Line(row.id, title_of(content), name, standing, row.changed_at)


async def _form(
    tx: Tx,
    request: Request,
    program: ProgramRow,
    filled: Filled,
    *,
    mending: SubmissionView | None = None,
    status: int = 200,
) -> Response:
    rows = await definitions.achievements(tx, program.id)
    part_of = await catalogue.opportunities(tx, program.id)
    was_part_of = mending.submission.opportunity if mending else None
    if was_part_of and was_part_of not in {row.id for row in part_of}:
        part_of = [await catalogue.opportunity_of(tx, was_part_of), *part_of]
    was_for = mending.row.achievement_id if mending else None
    if was_for and was_for not in {row.id for row in rows}:
        rows = [await definitions.achievement_of(tx, was_for), *rows]  # one that is awarded no more may be mended for
    action = f"/program/submissions/{mending.row.id}/edit" if mending else "/program/new"
    return show(
        request,
        "program/form.html",
        status=status,
        crumbs=[(program.name, "/program")],
        program=program,
        heading=_("Mend and hand in again") if mending else _("Hand in what a learner did"),
        action=action,
        filled=filled,
        choices=reading.choices(rows),
        part_of=reading.parts(part_of),
        by_link=False,
        opportunity=None,
        back="/program",
        mending=mending if mending and mending.standing == "asked back" else None,
    )
