"""The one canonical submission: what a learner did, whose it is, and what it shows, whichever way it came in.

A form, a row of a list, a badge and a request are all read into this, so that the same case is the same value, byte
for byte. `key` names the case: the program's own id, or else what was done when, by whom. A learner is named by as
little as will do; never by a social security number, for which there is no field.

Pure.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Literal, get_args
from uuid import UUID

import msgspec
from msgspec import Struct

from schemas.addresses import is_web_address
from schemas.codes import Setting

Kind = Literal["state", "district", "program", "username", "email"]
KINDS: tuple[Kind, ...] = ("state", "district", "program", "username", "email")
SHORT, LONG, MANY = 255, 20_000, 20
FORGOTTEN = "(withdrawn)"
"""The title of a submission of which nothing is kept any more."""
Medium = Literal["text", "link", "file"]
Stage = Literal["passion", "pitch", "plan", "project", "product", "presentation"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""The stages of a passion project, in their order."""
PICTURED = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\u2b55\ufe0f]\u200d?")
"""Small pictures, which are no part of anybody's name."""
GRADE = re.compile(
    r"(?:grade|gr\.?|grado)?\s*0*(\d{1,2})\s*(?:st|nd|rd|th|º|°|\.)?(?:\s*(?:grade|gr\.?|grado))?", re.IGNORECASE
)
"""How a grade of a number is written: `5th`, `Grade 5`, `5th grade`."""


class Part(Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """A part of a submission."""


class Number(Part, frozen=True, order=True):
    """A number or name the learner is known by."""

    type: Kind
    value: str


class Guardian(Part, frozen=True):
    """Who answers for the learner, and how they are reached."""

    name: str | None = None
    contact: str | None = None


class Learner(Part, frozen=True):
    """The learner whose submission it is: a name, and as little else as finds them."""

    name: str | None = None
    birth_date: date | None = None
    grade: str | None = None
    school: str | None = None
    numbers: tuple[Number, ...] = ()
    guardian: Guardian | None = None


class Artifact(Part, frozen=True):
    """What can be looked at: words, an address, or a file by its SHA-256."""

    medium: Medium
    value: str
    title: str | None = None


class Submission(Part, frozen=True):
    """What a learner did.

    `achievement` is what the program awards for it, `opportunity` where it was done. `competencies` are what the
    learner or the program proposes that it shows, beside what the achievement says. `team` names a piece of work that
    several learners made: each has a submission and results of their own. Without a `setting`, it is the program's.
    A passion project is handed in `stage` by stage.
    """

    learner: Learner
    title: str
    done: str | None = None
    on: date | None = None
    setting: Setting | None = None
    place: str | None = None
    achievement: UUID | None = None
    opportunity: UUID | None = None
    evidence: tuple[Artifact, ...] = ()
    reflection: str | None = None
    competencies: tuple[UUID, ...] = ()
    mentor: str | None = None
    team: str | None = None
    own_id: str | None = None
    stage: Stage | None = None

    @property
    def key(self) -> str:
        """What names the case within its program: sent again, by whichever way, it is the same one."""
        if self.own_id:
            return f"own:{self.own_id}"
        who = self.learner.numbers[0] if self.learner.numbers else None
        name = f"{who.type}:{who.value}" if who else f"{self.learner.name}|{self.learner.birth_date}"
        stage = (str(self.opportunity), self.stage) if self.stage else ()
        text = "\x1f".join((name, self.title, str(self.on or ""), str(self.achievement or ""), *stage))
        return f"case:{hashlib.sha256(_folded(text).encode()).hexdigest()[:32]}"


encode = msgspec.json.Encoder(order="deterministic").encode
decode = msgspec.json.Decoder(Submission).decode


def canonical(submission: Submission) -> Submission:
    """The same submission with its texts trimmed, blanks left out, and what has no order in order."""
    learner = submission.learner
    guardian = learner.guardian and Guardian(_text(learner.guardian.name), _text(learner.guardian.contact))
    numbers = {Number(number.type, value) for number in learner.numbers if (value := _text(number.value))}
    return msgspec.structs.replace(
        submission,
        learner=Learner(
            name=_text(PICTURED.sub("", learner.name or "")),
            birth_date=learner.birth_date,
            grade=_grade(_text(learner.grade)),
            school=_text(learner.school),
            numbers=tuple(sorted(numbers, key=lambda number: (KINDS.index(number.type), number.value))),
            guardian=guardian if guardian and (guardian.name or guardian.contact) else None,
        ),
        title=_text(submission.title) or "",
        done=_prose(submission.done),
        place=_text(submission.place),
        evidence=tuple(dict.fromkeys(artifact for raw in submission.evidence if (artifact := _artifact(raw)).value)),
        reflection=_prose(submission.reflection),
        competencies=tuple(sorted(set(submission.competencies), key=str)),
        mentor=_text(submission.mentor),
        team=_text(submission.team),
        own_id=_text(submission.own_id),
    )


def apart(learner: Learner, other: Learner) -> str | None:
    """What speaks for two learners who are named alike: their school, grade or guardian; None where nothing does.

    Numbers and birth dates tell learners apart by themselves: who has another one has another case.
    """
    if learner.numbers or learner.birth_date:
        return None
    if learner.grade and other.grade and _digits(learner.grade) != _digits(other.grade):
        return "grade"
    if learner.school and other.school and _folded(learner.school) != _folded(other.school):
        return "school"
    contacts = [learner.guardian.contact if learner.guardian else None for learner in (learner, other)]
    return "guardian" if all(contacts) and _folded(contacts[0] or "") != _folded(contacts[1] or "") else None


def wrongs(submission: Submission, today: date) -> Iterator[tuple[str, str]]:
    """(JSON Pointer, what is wrong) of a canonical submission."""
    learner = submission.learner
    if not (learner.name or learner.numbers):
        yield "/learner", "say whose it is: a name, or a number the learner is known by"
    elif learner.name and not (learner.numbers or learner.birth_date or learner.grade or learner.school):
        yield "/learner", "a name alone is not enough: add a birth date, a grade, a school or a member number"
    if learner.birth_date and not 0 < (today - learner.birth_date).days < 120 * 366:
        yield "/learner/birthDate", f"{learner.birth_date} is no birth date"
    if not submission.title:
        yield "/title", "say what was done, in a few words"
    if submission.on and (submission.on - today).days > 1:
        yield "/on", f"{submission.on} is still to come"
    yield from _too_long(submission)
    if submission.stage and not submission.opportunity:
        yield "/stage", "only a passion project has stages: say which one it is part of"
    if len(submission.evidence) > MANY:
        yield "/evidence", f"at most {MANY} pieces"
    for index, artifact in enumerate(submission.evidence):
        if artifact.medium == "link" and not is_web_address(artifact.value):
            yield f"/evidence/{index}/value", "an address begins with https:// or http://"
        if len(artifact.value) > LONG:
            yield f"/evidence/{index}/value", f"more than {LONG} characters"


def _too_long(submission: Submission) -> Iterator[tuple[str, str]]:
    learner = submission.learner
    short = {
        "/title": submission.title,
        "/place": submission.place,
        "/mentor": submission.mentor,
        "/team": submission.team,
        "/ownId": submission.own_id,
        "/learner/name": learner.name,
        "/learner/grade": learner.grade,
        "/learner/school": learner.school,
        "/learner/guardian/name": learner.guardian.name if learner.guardian else None,
        "/learner/guardian/contact": learner.guardian.contact if learner.guardian else None,
        **{f"/learner/numbers/{index}/value": number.value for index, number in enumerate(learner.numbers)},
        **{f"/evidence/{index}/title": artifact.title for index, artifact in enumerate(submission.evidence)},
    }
    for pointer, text in short.items():
        if text and len(text) > SHORT:
            yield pointer, f"more than {SHORT} characters"
    for pointer, text in (("/done", submission.done), ("/reflection", submission.reflection)):
        if text and len(text) > LONG:
            yield pointer, f"more than {LONG} characters"


def _artifact(artifact: Artifact) -> Artifact:
    return Artifact(artifact.medium, _prose(artifact.value) or "", _text(artifact.title))


def _text(text: str | None) -> str | None:
    """One line: spaces run together, nothing that no screen shows; None where nothing is left."""
    if text is None:
        return None
    return " ".join(_visible(text).split()) or None


def _prose(text: str | None) -> str | None:
    """Several lines: line ends as one, none of them with blanks behind it."""
    if text is None:
        return None
    lines = [_visible(line).rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip() or None


def _visible(text: str) -> str:
    """In one normal form (NFC), without control characters; what joins letters stays."""
    normal = unicodedata.normalize("NFC", text)
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in normal)


def _grade(grade: str | None) -> str | None:
    """A grade by its number, however it is written; as it is, where it is digits alone or has none."""
    match = GRADE.fullmatch(grade) if grade and not grade.isdecimal() else None
    return match[1] if match else grade


def _digits(grade: str) -> str:
    """A grade without how it is written: `07`, `7th grade` and `7` are one."""
    match = re.search(r"\d+", grade)
    return match[0].lstrip("0") if match else _folded(grade)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
