"""The rollover of a source on pages: counts by school and grade, the names behind them, and when the year turns."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.db.sources.sources import SourceRow
from app.errors import ConfigError, Conflict, Invalid, NotFound
from app.people import seeing
from app.people.viewer import Viewer
from app.request import Inside
from app.rosters import rollover
from app.rosters.moves import MOVES, Move, Standing, Student
from app.rosters.rollover import GradeCounts, RolloverReport
from app.sources import known
from app.sources.calendar import calendar_of
from app.sources.scheduling import set_rollover
from app.web.district import run_words
from app.web.district.sources import SourceId, crumbs
from app.web.kit.shell import done, show
from app.web.kit.signed import SignedRoute, form, may
from app.web.kit.words import _, later, ngettext

router = APIRouter(prefix="/sources/{source}/rollover", include_in_schema=False, route_class=SignedRoute)
Manager = Annotated[Viewer, may("sources.manage")]
AT_ONCE = 100
"""Students on one page."""
WORDS: dict[Move, str] = {
    "moved up": later("Moved up"),
    "repeats": later("Same grade"),
    "ungraded": later("Grade not told"),
    "unexplained": later("Unexplained"),
    "came": later("Came"),
    "left": later("Left"),
}
TONES: dict[Move, str] = {"moved up": "good", "repeats": "warn", "unexplained": "bad", "came": "good"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which students of the report are asked for; None: all of them."""

    move: Move | None = None
    school: str | None = None
    grade: str | None = None
    changed: bool | None = None

    def address(self, source: int, page: int = 0) -> str:
        """The address of their list."""
        values = {"move": self.move, "school": self.school, "grade": self.grade, "page": page or None}
        query = {name: value for name, value in values.items() if value is not None}
        return f"/sources/{source}/rollover/students?{urlencode(query | ({'changed': 'yes'} if self.changed else {}))}"


@router.get("")
async def report(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """How many moved up, came and left, by school and grade; or when the year turns, where nobody has said."""
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
        try:
            years = await rollover.rollover(tx, source, datetime.now(UTC))
        except (NotFound, Conflict):  # nobody has said when the year turns, or it has not begun to
            years = None
    return _page(request, row, years)


@router.post("")
async def save(source: SourceId, request: Request, viewer: Manager, inside: Inside) -> Response:
    """Say between which days the school year turns."""
    sent = form(request)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
    try:
        begins, ends = sent.day("begins"), sent.day("ends")
        if (begins is None) != (ends is None):
            raise Invalid(_("Give both days, or none."))
        async with inside.db.transaction(viewer.tenant.id) as tx:
            await set_rollover(tx, row, None if begins is None or ends is None else (begins, ends))
    except (Invalid, ConfigError) as why:
        words = why.detail if isinstance(why, Invalid) else run_words.translated(str(why))
        return _page(request, row, None, complaint=words)
    return done(request, f"/sources/{source}/rollover", _("Saved."))


@router.get("/students")
async def students(
    source: SourceId,
    request: Request,
    viewer: Annotated[Viewer, may("sources.manage", "learner.read")],
    inside: Inside,
    move: Move | None = None,
    school: Annotated[str | None, Query(max_length=500)] = None,
    grade: Annotated[str | None, Query(max_length=100)] = None,
    changed: Annotated[str, Query(max_length=10)] = "",
    page: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:
    """Who they are. Each whose record there is has it written down that they were seen."""
    chosen, now = Chosen(move, school, grade, True if changed else None), datetime.now(UTC)
    async with inside.db.transaction(viewer.tenant.id) as tx:
        row = await known.by_id(tx, source)
        years = await rollover.rollover(tx, source, now)
        whole = years.chosen(move=move, school=school, grade=grade, changed_school=chosen.changed)
        listed = whole[page * AT_ONCE : (page + 1) * AT_ONCE]
        learners = [student.learner for student in listed if student.learner is not None]
        relations = seeing.relations_to(viewer, None, learners, "learner.read")
        await seeing.note_looks(tx, viewer, relations, "rollover", now.date())
    above = crumbs((row.name, f"/sources/{source}"), (_("School year"), f"/sources/{source}/rollover"))
    return show(
        request,
        "district/rollover_students.html",
        crumbs=above,
        title=_title(years, chosen),
        total=len(whole),
        students=[_student(years, student) for student in listed],
        before=chosen.address(source, page - 1) if page else "",
        after=chosen.address(source, page + 1) if len(whole) > (page + 1) * AT_ONCE else "",
    )


def _page(request: Request, row: SourceRow, years: RolloverReport | None, complaint: str = "") -> Response:
    calendar = calendar_of(row.calendar)
    return show(
        request,
        "district/rollover.html",
        status=422 if complaint else 200,
        crumbs=crumbs((row.name, f"/sources/{row.id}")),
        row=row,
        window=calendar.rollover if calendar else None,
        years=years,
        totals=_cells(row.id, years.totals, Chosen()) if years else [],
        grades=[_line(row.id, years, group) for group in years.grades] if years else [],
        columns=[*(_(words) for words in WORDS.values()), _("Other school")],
        complaint=complaint,
    )


def _line(source: int, years: RolloverReport, group: GradeCounts) -> dict[str, Any]:
    chosen = Chosen(school=group.school or "", grade=group.grade or "")
    return {
        "school": years.school_name(group.school) or _("No school"),
        "grade": _grade(group.grade),
        "cells": _cells(source, group, chosen),
    }


def _cells(source: int, counts: GradeCounts, chosen: Chosen) -> list[tuple[int, str, str, str]]:
    """A cell for each move: how many, the word for it, where their names are, and a tone."""
    cells = [
        (
            counts.moves.get(move, 0),
            _(WORDS[move]),
            Chosen(move, chosen.school, chosen.grade).address(source),
            "warn" if move == "unexplained" else "",
        )
        for move in MOVES
    ]
    elsewhere = Chosen(None, chosen.school, chosen.grade, True).address(source)
    return [*cells, (counts.changed_school, _("At another school"), elsewhere, "")]


def _title(years: RolloverReport, chosen: Chosen) -> str:
    """What the students of a list have in common."""
    parts = [
        _(WORDS[chosen.move]) if chosen.move else "",
        _("At another school") if chosen.changed else "",
        (years.school_name(chosen.school) or "") if chosen.school else _("No school") if chosen.school == "" else "",
        _grade(chosen.grade) if chosen.grade is not None else "",
    ]
    return ", ".join(filter(None, parts)) or _("All students")


def _student(years: RolloverReport, student: Student) -> dict[str, Any]:
    places = [_place(years, standing) for standing in (student.before, student.after) if standing is not None]
    words = " → ".join(dict.fromkeys(places))
    if student.move == "unexplained" and student.steps is not None:
        words += " · " + _steps(student.steps)
    return {
        "name": student.name or student.key,
        "words": words,
        "address": f"/learners/{student.learner}" if student.learner else "",
        "pill": _(WORDS[student.move]),
        "tone": TONES.get(student.move, "plain"),
    }


def _steps(steps: int) -> str:
    if steps < 0:
        return ngettext("%(n)s grade down", "%(n)s grades down", -steps)
    return ngettext("%(n)s grade up", "%(n)s grades up", steps)


def _place(years: RolloverReport, standing: Standing) -> str:
    return ", ".join(filter(None, (_grade(standing.grade), years.school_name(standing.school))))


def _grade(grade: str | None) -> str:
    return _("Grade %(grade)s", grade=grade.lstrip("0") or grade) if grade else _("No grade")
