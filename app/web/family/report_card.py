"""A learner's report card of a term: a page, and the same on paper; for families and for those who teach."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.mastery import group, reporting
from app.mastery.views.report_card import Line, Subject, Term
from app.records import reading
from app.request import Inside
from app.web.kit import descriptors
from app.web.kit.shell import show
from app.web.kit.signed import Look, SignedRoute, about_learner
from app.web.kit.words import _, day
from app.web.paper.fonts import installed
from app.web.paper.report_card import CardCover, CardLine, CardSubject, printed_card

router = APIRouter(prefix="/learners", include_in_schema=False, route_class=SignedRoute)
Reader = Annotated[Look, about_learner("learner.read", "report card")]
TermKey = Annotated[str, Query(max_length=40)]
AT_HOME = ("learner", "guardian")
"""The roles that read it as a family does."""


@router.get("/{learner}/report-card")
async def report_card(learner: UUID, request: Request, look: Reader, inside: Inside, term: TermKey = "") -> Response:
    """The report card of a term: the current one, unless another is asked for."""
    chosen, terms, subjects, name, at_schools = await _read(look, inside, term)
    return show(
        request,
        "family/report_card.html",
        crumbs=[(name, f"/learners/{learner}")],
        learner=learner,
        name=name,
        schools=at_schools,
        term=chosen,
        terms=[(known.key, _when(known)) for known in terms],
        subjects=[_card_subject(subject, look) for subject in subjects],
        levels=_legend(subjects, look),
    )


@router.get("/{learner}/report-card.pdf")
async def report_card_on_paper(learner: UUID, look: Reader, inside: Inside, term: TermKey = "") -> Response:
    """The same on paper."""
    del learner  # `look` has found them
    chosen, _terms, subjects, name, at_schools = await _read(look, inside, term)
    cover = CardCover(
        district=look.viewer.tenant.name,
        learner=name,
        schools=", ".join(at_schools),
        term=chosen.title,
        dates=_("%(begins)s to %(ends)s", begins=day(chosen.begins), ends=day(chosen.ends)),
        printed=day(datetime.now(UTC)),
    )
    subjects_in_words = [_card_subject(subject, look) for subject in subjects]
    content = await asyncio.to_thread(printed_card, cover, subjects_in_words, _legend(subjects, look), installed())
    headers = {"Content-Disposition": 'inline; filename="report-card.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


def _when(term: Term) -> str:
    return _("%(title)s, %(begins)s to %(ends)s", title=term.title, begins=day(term.begins), ends=day(term.ends))


async def _read(look: Look, inside: Inside, key: str) -> tuple[Term, list[Term], list[Subject], str, list[str]]:
    now = datetime.now(UTC)
    async with inside.db.transaction(look.viewer.tenant.id) as tx:
        terms = await reporting.terms_until(tx, now.date())
        chosen = reporting.term_of(terms, key, now.date())
        subjects = await reporting.card(tx, look.learner, chosen, now)
        names = await group.names(tx, [look.learner])
        header = await reading.header(tx, look.learner)
    if look.seen.role in AT_HOME:  # what no framework here has is in a source's words, and often a code alone
        subjects = [replace(subject, lines=[line for line in subject.lines if line.id]) for subject in subjects]
    subjects = [subject for subject in subjects if subject.lines]
    return chosen, terms, subjects, names.get(look.learner) or _("A learner"), reading.schools(header)


def _card_subject(subject: Subject, look: Look) -> CardSubject:
    return CardSubject(
        subject.domain or subject.framework, subject.framework, [_line(line, look) for line in subject.lines]
    )


def _line(line: Line, look: Look) -> CardLine:
    """A line in the words of whoever reads it."""
    level = descriptors.name(line.level) if line.level else _("No level yet")
    before = descriptors.name(line.before) if line.before else None
    return CardLine(
        id=line.id,
        code=None if look.seen.role in AT_HOME else line.code,
        statement=line.statement,
        level=level,
        mastered=line.mastered,
        step=line.step,
        steps=line.steps,
        by_teacher=line.by_teacher,
        before=before if before != level else None,
        pieces=line.pieces,
        words=[(words.text, words.who, day(words.on), words.own) for words in line.words],
    )


def _legend(subjects: list[Subject], look: Look) -> list[tuple[str, str]]:
    """The levels that the card has, each with what it looks like."""
    own = look.seen.role == "learner"
    levels = {line.level.name: line.level for subject in subjects for line in subject.lines if line.level}
    ordered = sorted(levels.values(), key=lambda level: level.at)
    return [(descriptors.name(level), descriptors.looks_like(level, own=own)) for level in ordered]
