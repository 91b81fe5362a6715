"""What Moodle's gradebook says, in canonical terms: grade items, grades of every scale, assignments, submissions.

A grade item is an activity's, a teacher's own column (`manual`), a category's total or the course's total. A grade of
a scale is the number of its level, from 1 to the scale's length, with the level's name as Moodle writes it.
"""

import re
from collections.abc import Iterator

from connectors import Map
from connectors.fields import Fields
from connectors.kit.markup import plain
from connectors.moodle.mapping import day, moment
from schemas import AnyRecord, LineItem, Result

TOTALS = {"course": "Course total", "category": "Category total"}
"""Grade items that add up others: they have no name of their own, and their maximum is each learner's own."""

LONGEST_SCALE = 40
"""More levels than any scale has: a maximum beyond it is of points."""

_NUMBER = re.compile(r"[-+]?[\d\s.,]+\s*%?|-|")
_UNDONE = frozenset({"new", "draft", "reopened"})
"""Submissions not handed in, or given back to be done again."""


def gradebook(f: Fields) -> Iterator[AnyRecord]:
    """A grade item, or a learner's grade in one: each in the envelope the client adds."""
    key, course, person = f.ident("id"), f.ident("course"), f.ident("user", None)
    if f.flag("of_hidden", False):
        f.drop("grade")  # a total tells what it adds up: Moodle shows learners none with a hidden grade in it
    elif person is None:
        yield from _item(f.nested("item"), course)
    else:
        yield from _grade(f.nested("grade"), key, course, person)


def _item(item: Fields, course: str) -> Iterator[AnyRecord]:
    key, kind = _key(item), item.text("itemtype")
    module = key.partition(":")[0] if kind == "mod" else None
    name, total = item.text("itemname", None), kind in TOTALS
    least, most = item.number("grademin", None), item.number("grademax", None)
    item.drop("idnumber", "scaleid", "outcomeid")
    if module == "assign":
        return  # the assignments' own stream says it, with the day it was due
    yield LineItem(
        key=key,
        title=plain(name) if name else TOTALS.get(kind, "Grade"),
        class_=course,
        category=module or kind,
        minimum=None if total else least,
        maximum=None if total else most,
    )


def _key(item: Fields) -> str:
    """The key of what is graded: an activity's by its module, so that the gradebook and the module mean the same."""
    number, module = item.ident("id"), item.ident("itemmodule", None)
    instance, part = item.ident("iteminstance", None), item.ident("itemnumber", None)
    return _activity(module, instance, part) if module and instance else f"item:{number}"


def _activity(module: str, instance: str, part: str | None = None) -> str:
    return f"{module}:{instance}" + (f"/{part}" if part not in (None, "0") else "")


def assignment(zone: str | None) -> Map:
    """The mapping of an assignment, whose days are those of a time zone.

    One graded by a scale has no maximum of its own: a grade tells its scale's ends.
    """

    def assigned(f: Fields) -> Iterator[AnyRecord]:
        most = f.number("grade", None)
        yield LineItem(
            key=_activity("assign", f.ident("id")),
            title=plain(f.text("name")),
            class_=f.ident("course"),
            category="assign",
            assigned=day(f, "allowsubmissionsfromdate", zone),
            due=day(f, "duedate", zone),
            minimum=0 if most and most > 0 else None,
            maximum=most if most and most > 0 else None,
        )

    return assigned


def submission(f: Fields) -> Iterator[AnyRecord]:
    """Work that was handed in and is not graded: what is graded, the gradebook says."""
    key, assignment, due = f.ident("id"), f.ident("assignment"), f.number("due", None)
    details = f.nested("submission")
    person, status, graded = details.ident("userid"), details.text("status"), details.text("gradingstatus", None)
    modified, attempt = details.number("timemodified", None), details.number("attemptnumber", 0)
    details.drop(*details.names())  # what was handed in
    if person == "0" or status in _UNDONE or graded in ("graded", "released"):
        return  # 0: a team's, which Moodle also lists for each member
    yield Result(
        key=f"submission:{key}",
        person=person,
        line_item=_activity("assign", assignment),
        status="submitted",
        late=modified > due if modified and due else None,
        attempts=int(attempt) + 1,
    )


def _grade(grade: Fields, key: str, course: str, person: str) -> Iterator[AnyRecord]:
    """A learner's grade. What is hidden from the learner is a draft; what is not graded says nothing."""
    item, kind, score = _key(grade), grade.text("itemtype"), grade.number("graderaw", None)
    hidden = grade.flag("gradeishidden", False) or grade.flag("gradehiddenbydate", False)
    least, most = grade.number("grademin", None), grade.number("grademax", None)
    words = plain(grade.text("gradeformatted", ""))
    name, graded_at = grade.text("itemname", None), moment(grade, "gradedategraded")
    submitted = moment(grade, "gradedatesubmitted")
    feedback = plain(grade.text("feedback", ""))
    grade.drop(*grade.names())
    if score is None or hidden:
        return
    spoken = None if _NUMBER.fullmatch(words) else words
    scaled = spoken is not None and least == 1 and most is not None and most <= LONGEST_SCALE and score.is_integer()
    yield Result(
        key=key,
        person=person,
        line_item=item,
        title=None if kind not in TOTALS else TOTALS[kind] if not name else plain(name),
        class_=course,
        status="fully graded",
        score=score,
        minimum=least,
        maximum=most,
        unit="scale item" if scaled else "points",
        level=spoken if scaled else None,
        text_score=None if scaled else spoken,
        narrative=feedback or None,
        method="summative" if kind == "course" else None,
        scored_at=graded_at or submitted,
    )
