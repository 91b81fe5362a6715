"""What a form for handing in says, as the one canonical submission; and what stands in it when it is shown again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import structs

from app.errors import DomainError, Invalid
from app.programs import catalogue, files, rubric
from app.programs import consent as consents
from app.programs.catalogue import OpportunityRow
from app.programs.definitions import AchievementRow
from app.programs.files import FileRow, NewFile
from app.programs.submission import STAGES, Artifact, Guardian, Kind, Learner, Number, Submission
from app.programs.submission import decode as decode_submission
from app.web.kit import error_words
from app.web.kit.forms import Posted
from app.web.kit.words import _
from app.web.program.words import STAGES as STAGE_WORDS

FIELDS = {
    "/learner": "learner",
    "/learner/name": "learner",
    "/learner/birthDate": "born",
    "/learner/grade": "grade",
    "/learner/school": "school",
    "/learner/numbers/0/value": "number",
    "/title": "title",
    "/done": "done",
    "/on": "on",
    "/place": "place",
    "/evidence/0/value": "link",
    "/evidence/0/title": "link",
    "/achievement": "achievement",
    "/opportunity": "opportunity",
    "/stage": "stage",
    "/reflection": "reflection",
    "/mentor": "mentor",
    "/consent": "consent",
    "/learner/guardian/name": "guardian",
    "/learner/guardian/contact": "contact",
}
"""Which field of the form a complaint belongs to."""
FORM_NUMBER: Kind = "district"
"""The kind of number that the form asks for."""
NAMES = (
    *("learner", "born", "grade", "school", "number", "title", "done", "on", "place", "link", "words", "achievement"),
    *("reflection", "mentor", "guardian", "contact", "consent", "submitter", "team", "opportunity", "stage"),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it was filled in: its values, and what is wrong beside which field."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def wrong(self, name: str) -> str:
        """What is wrong with a field, in the reader's language."""
        return _(self.errors[name]) if name in self.errors else ""


def filled(sent: Posted, why: DomainError | None = None) -> Filled:
    """A form as it was sent, with what is wrong beside its fields."""
    complaints: list[dict[str, Any]] = why.more.get("errors", []) if why else []  # type: ignore[assignment]
    errors = {FIELDS.get(complaint["pointer"], "form"): str(complaint["detail"]) for complaint in complaints}
    if why is not None and not errors:
        errors["form"] = error_words.translated(why.detail)
    return Filled({name: sent.text(name) for name in NAMES}, errors)


def emptied(submission: Submission, submitter: str, consent: str) -> Filled:
    """A form that shows a submission, to be mended; `consent` is what it says to the question of it."""
    learner = submission.learner
    link, words = _first(submission, "link"), _first(submission, "text")
    values = {
        "learner": learner.name,
        "born": learner.birth_date and learner.birth_date.isoformat(),
        "grade": learner.grade,
        "school": learner.school,
        "number": next((number.value for number in learner.numbers if number.type == FORM_NUMBER), None),
        "title": submission.title,
        "done": submission.done,
        "on": submission.on and submission.on.isoformat(),
        "place": submission.place,
        "link": link and link.value,
        "words": words and words.value,
        "achievement": submission.achievement and str(submission.achievement),
        "reflection": submission.reflection,
        "mentor": submission.mentor,
        "guardian": learner.guardian and learner.guardian.name,
        "contact": learner.guardian and learner.guardian.contact,
        "consent": consent,
        "submitter": submitter,
        "team": submission.team,
        "opportunity": submission.opportunity and str(submission.opportunity),
        "stage": submission.stage,
    }
    return Filled({name: value for name, value in values.items() if value})


def learner_of(sent: Posted, today: date) -> Learner:
    """Whose it is. Invalid where a child's guardian has not agreed: then nothing is kept, and no file is looked at."""
    born = sent.day("born")
    if sent.text("consent") == "no":  # not yet: they are asked first
        raise Invalid(consents.REQUIRED, pointers={"/consent": consents.REQUIRED})
    consents.check(consent_of(sent), born, today)
    number = sent.text("number")
    guardian = Guardian(sent.text("guardian") or None, sent.text("contact") or None)
    return Learner(
        name=sent.text("learner") or None,
        birth_date=born,
        grade=sent.text("grade") or None,
        school=sent.text("school") or None,
        numbers=(Number(FORM_NUMBER, number),) if number else (),
        guardian=guardian if guardian.name or guardian.contact else None,
    )


def consent_of(sent: Posted) -> str | None:
    """Who agreed that it is kept, as the form says; None: nobody has said that anybody did."""
    return (sent.text("guardian") or consents.AS_SAID) if sent.text("consent") == "yes" else None


def submission_of(
    sent: Posted, today: date, *, achievement: UUID | None = None, opportunity: UUID | None = None
) -> Submission:
    """What was filled in. Invalid names the field."""
    evidence = [
        *([Artifact("link", sent.text("link"))] if sent.text("link") else []),
        *([Artifact("text", sent.text("words"))] if sent.text("words") else []),
    ]
    return Submission(
        learner=learner_of(sent, today),
        title=sent.text("title"),
        done=sent.text("done") or None,
        on=sent.day("on"),
        place=sent.text("place") or None,
        achievement=achievement or sent.uuid("achievement"),
        opportunity=opportunity or sent.uuid("opportunity"),
        stage=next((stage for stage in STAGES if stage == sent.text("stage")), None),
        evidence=tuple(evidence),
        reflection=sent.text("reflection") or None,
        mentor=sent.text("mentor") or None,
        team=sent.text("team") or None,
    )


def mended(before: Submission, filled_in: Submission) -> Submission:
    """A submission as a form says it anew, with what no form asks for as it was."""
    pieces = {medium: first for medium in ("link", "text") if (first := _first(before, medium))}
    others = tuple(piece for piece in before.evidence if piece.medium != "file" and piece not in pieces.values())
    numbers = tuple(number for number in before.learner.numbers if number.type != FORM_NUMBER)
    learner = structs.replace(filled_in.learner, numbers=(*filled_in.learner.numbers, *numbers))
    return structs.replace(
        filled_in,
        learner=learner,
        setting=before.setting,
        evidence=(*(_titled(piece, pieces.get(piece.medium)) for piece in filled_in.evidence), *others),
        competencies=before.competencies,
        own_id=before.own_id,
    )


def _first(submission: Submission, medium: str) -> Artifact | None:
    """The piece of evidence of that kind that a form shows."""
    return next((piece for piece in submission.evidence if piece.medium == medium), None)


def _titled(piece: Artifact, before: Artifact | None) -> Artifact:
    """A piece as a form has it, under the title it had."""
    return before if before is not None and before.value == piece.value else piece


async def files_of(sent: Posted) -> list[NewFile]:
    """The files that came with a form, cleaned. Invalid where one is not taken."""
    uploads = [upload for upload in sent.form.getlist("files") if not isinstance(upload, str) and upload.filename]
    if len(uploads) > files.MOST:
        raise Invalid(_("At most %(count)s files: hand in the others as links.", count=files.MOST))
    return [await files.clean(await upload.read(), upload.filename or "") for upload in uploads]


def with_files(submission: Submission, new_files: list[NewFile]) -> Submission:
    """A submission that names its files."""
    named = tuple(Artifact("file", file.sha256, file.name) for file in new_files)
    return structs.replace(submission, evidence=(*submission.evidence, *named))


def with_kept(submission: Submission, before: str, remaining: list[FileRow]) -> Submission:
    """A submission that was mended, with those of the files it named that are still kept."""
    hashes = {row.sha256 for row in remaining}
    had = tuple(piece for piece in decode_submission(before).evidence if piece.value in hashes)
    return structs.replace(submission, evidence=(*submission.evidence, *had))


def choices(rows: list[AchievementRow]) -> list[tuple[str, str]]:
    """A program's achievements, to choose from."""
    return [(str(row.id), rubric.read(row.body).name) for row in rows]


@dataclass(frozen=True, slots=True)
class Parts:
    """What work can be part of: offers to choose from, and, where one of them is a passion project, its stages."""

    offers: list[tuple[str, str]] = field(default_factory=list)
    stages: list[tuple[str, str]] = field(default_factory=list)


def parts(rows: Sequence[OpportunityRow], *, fixed: bool = False) -> Parts:
    """What work can be part of: of these offers, or, `fixed`, of the one there is."""
    stages: list[tuple[str, str]] = [(stage, _(words)) for stage, words in STAGE_WORDS.items()]
    return Parts(
        [] if fixed else [(str(row.id), catalogue.offer_title(row)) for row in rows],
        stages if any(row.kind == "passion project" for row in rows) else [],
    )
