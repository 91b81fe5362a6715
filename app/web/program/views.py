"""A submission as a page shows it: to its program, to who reviews it, to a mentor; and its files."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from starlette.responses import Response

from app.db import Tx
from app.programs import catalogue, files, reviewing, revoking, states, submission, submitting
from app.programs.files import FileRow
from app.programs.revoking import IssuedRow
from app.programs.states import Standing
from app.programs.submission import FORGOTTEN, Submission
from app.programs.submitting import MessageRow, SubmissionRow
from app.start import Service
from app.web.kit.words import _
from app.web.program.words import STAGES


@dataclass(frozen=True, slots=True)
class Marked:
    """A criterion as it was decided, in the rubric's words."""

    name: str
    level: str
    met: bool
    comment: str | None


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission as its program sees it; `base` is the address of its files, `part_of` the
    offer it was part of; `revoked` its badge, if that was revoked.
    """

    row: SubmissionRow
    submission: Submission
    standing: Standing
    feedback: list[str]
    marks: list[Marked]
    messages: list[MessageRow]
    files: dict[str, FileRow]
    base: str
    part_of: str = ""
    steps: tuple[str, ...] = field(default=())
    revoked: IssuedRow | None = None

    @property
    def stage(self) -> str:
        """Which stage of a passion project it is, in words; nothing where it is none."""
        return STAGES[self.submission.stage] if self.submission.stage else ""

    @property
    def title(self) -> str:
        """What it is called."""
        return title_of(self.submission)

    @property
    def forgotten(self) -> bool:
        """Whether nothing of what it said is kept any more."""
        return self.submission.title == FORGOTTEN and self.row.consent_ended_at is not None

    @property
    def consent_ended(self) -> bool:
        """Whether somebody has taken back that it is kept and shown."""
        return self.row.consent_ended_at is not None

    def at(self, base: str) -> "SubmissionView":
        """The submission with its files at another address."""
        return replace(self, base=base)


async def file_answer(inside: Service, tx: Tx, submission_id: UUID, sha256: str) -> Response:
    """A file as an answer: never run, never framed, never guessed to be something else."""
    row, body = await files.content(tx, inside.vault, inside.settings, submission_id, sha256)
    viewable = row.media_type.startswith(("image/", "audio/", "video/"))
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if viewable else "attachment",
        "Cache-Control": "private, no-store",
    }
    return Response(body, headers=headers, media_type=row.media_type)


def title_of(content: Submission) -> str:
    """What a submission is called; in the reader's language, where nothing of it is kept any more."""
    return _(FORGOTTEN) if content.title == FORGOTTEN else content.title


async def view_of(tx: Tx, row: SubmissionRow, base: str = "/program/submissions") -> SubmissionView:
    """A submission as it is shown: with feedback and marks where it was asked back or decided."""
    case = await reviewing.case_of(tx, row.id)
    answers = [step for step in await submitting.history(tx, row.id) if step.step in ("ask", "reject")]
    standing = states.AS_TOLD[row.state]  # type: ignore[index]  # what is stored is a state
    marks = []
    if case.definition is not None and standing in ("asked back", "in the record", "not taken in") and case.reviews:
        last = case.reviews[-1]
        for mark in last.marks:
            criterion = case.definition.criterion(mark["criterion"])
            if criterion is not None:
                met = criterion.met(mark["level"])
                marks.append(Marked(criterion.name, mark["level"], met, mark.get("comment")))
    content = submission.decode(row.body)
    offer = await catalogue.opportunity_of(tx, content.opportunity) if content.opportunity else None
    return SubmissionView(
        row=row,
        submission=content,
        standing=standing,
        feedback=[step.note for step in answers[-1:] if step.note],
        marks=marks,
        messages=await submitting.messages(tx, row.id),
        files={file.sha256: file for file in await files.of_submission(tx, row.id)},
        base=f"{base}/{row.id}",
        part_of=catalogue.offer_title(offer) if offer else "",
        steps=await _steps(tx, row),
        revoked=await revoking.revoked_badge(tx, row),
    )


async def _steps(tx: Tx, row: SubmissionRow) -> tuple[str, ...]:
    """What its program can do with a submission as it stands."""
    steps = states.possible(row.state, "program")  # type: ignore[arg-type]  # what is stored is a state
    if row.state != "withdrawn":
        return steps
    left = {"resubmit"} if await submitting.can_be_reopened(tx, row) else set()
    return tuple(step for step in steps if step in left | ({"end consent"} if row.consent_ended_at is None else set()))
