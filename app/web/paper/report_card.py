"""A report card on paper: a tagged PDF, set by Typst (`report_card.typ`) of what the page tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec

from app.web.kit.words import _, language, ngettext
from app.web.paper.fonts import FAMILIES, MISSING, Fonts
from app.web.paper.paper import MISSING_NOTE, PaperText, Typesetter


@dataclass(frozen=True, slots=True)
class CardCover:
    """What stands at the head of a report card."""

    district: str
    learner: str
    schools: str
    term: str
    dates: str
    printed: str


@dataclass(frozen=True, slots=True)
class CardLine:
    """A competency in words: the level is `step` of `steps` (0: none yet), `words` are (text, who, day, own)."""

    id: UUID | None
    code: str | None
    statement: str
    level: str
    mastered: bool
    step: int
    steps: int
    by_teacher: bool
    before: str | None
    pieces: int
    words: Sequence[tuple[str, str, str, bool]]


@dataclass(frozen=True, slots=True)
class CardSubject:
    """A domain, and the framework that it is of."""

    name: str
    framework: str
    lines: Sequence[CardLine]


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """A row."""

    statement: PaperText
    level: PaperText
    mastered: bool
    details: list[PaperText]


class PaperSubject(msgspec.Struct, frozen=True):
    """A table of rows."""

    name: PaperText
    framework: PaperText
    lines: list[PaperLine]


class PaperCard(msgspec.Struct, frozen=True, kw_only=True):
    """All that `report_card.typ` reads."""

    title: str
    language: str
    fonts: Sequence[str]
    district: PaperText
    learner: PaperText
    about: PaperText
    labels: dict[str, str]
    subjects: list[PaperSubject]
    legend: list[list[PaperText]]
    notes: list[str]


def printed_card(
    cover: CardCover, subjects: Sequence[CardSubject], legend: Sequence[tuple[str, str]], fonts: Fonts
) -> bytes:
    """The PDF of a report card. It takes some tenths of a second: keep it off the event loop."""
    set_ = Typesetter(fonts)
    about = " · ".join(filter(None, (cover.schools, cover.term, cover.dates)))
    card = PaperCard(
        title=_("Report card, %(term)s", term=cover.term),
        language=language(),
        fonts=FAMILIES,
        district=set_.short(cover.district),
        learner=set_.short(cover.learner),
        about=set_.text(about),
        labels={
            "heading": _("Report card"),
            "what": _("What was learned"),
            "level": _("Level"),
            "legend": _("What the levels mean"),
            "none": _("Nothing was shown in this term yet."),
            "printed": _("Printed on %(day)s", day=cover.printed),
            "page": _("Page"),
        },
        subjects=[
            PaperSubject(
                set_.short(subject.name), set_.short(subject.framework), [_row(set_, line) for line in subject.lines]
            )
            for subject in subjects
        ],
        legend=[[set_.short(name), set_.text(means)] for name, means in legend],
        notes=[_(MISSING_NOTE, mark=MISSING)] if set_.missing else [],
    )
    source = files("app.web.paper").joinpath("report_card.typ").read_bytes()
    with fonts.alone:
        inputs = {"card": msgspec.json.encode(card).decode()}
        pdf: Any = fonts.compiler.compile(input=source, format="pdf", sys_inputs=inputs)
    return bytes(pdf)


def _row(set_: Typesetter, line: CardLine) -> PaperLine:
    facts = [
        ngettext("shown once", "shown %(n)s times", line.pieces) if line.pieces else "",
        _("before: %(level)s", level=line.before) if line.before else "",
        _("set by a teacher") if line.by_teacher else "",
    ]
    sentences = [
        _("In their own words, %(day)s: %(words)s", day=on, words=words)
        if own
        else _("%(who)s, %(day)s: %(words)s", who=who, day=on, words=words)
        for words, who, on, own in line.words
    ]
    details = [", ".join(filter(None, facts)), *sentences]
    return PaperLine(
        statement=set_.text(f"{line.code} {line.statement}" if line.code else line.statement),
        level=set_.short(line.level),
        mastered=line.mastered,
        details=[set_.text(detail) for detail in details if detail],
    )
