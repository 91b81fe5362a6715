"""Courses of a record as what can be issued of them: when and where they were taken, and the mark, purely.

A mark is a result of the whole course, as its source names it. What a source tells of one course in several sections,
or another source tells of it again with less, is one course of a term.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from app.credentials.model import Achievement, Result, ResultDescription, ResultStatus, ResultType
from app.issuing.awards import Item, achievement_of, moment, number, origin_of, reached
from app.issuing.kinds import is_mark
from app.records.document import EnrollmentEntry, ResultEntry, WholeRecord
from app.records.parts import EntryClass
from app.records.sensitive import general

NOTHING_TAUGHT = re.compile(r"(home ?room|advisory|lunch|recess|study hall)\b", re.IGNORECASE)
"""Classes in which there is nothing to take."""
Taken = EnrollmentEntry | ResultEntry
"""What tells that a course was taken."""
LEARNS = (None, "student", "learner")
"""The roles of who takes a course."""


class Place(NamedTuple):
    """What makes it one course: its name, its school and its terms, from the first day to the last."""

    course: str
    school: str | None
    terms: tuple[str, ...] = ()
    begins: str = ""
    ends: str = "9999"

    def same(self, other: "Place") -> bool:
        """Whether two sources tell of one course: named alike at one school, in terms that meet."""
        named = (self.course, self.school) == (other.course, other.school)
        return named and self.begins <= other.ends and other.begins <= self.ends


def courses(record: WholeRecord) -> list[Item]:
    """The courses of a record, the latest first: those with a mark, and those of a term that has none for them yet."""
    places: list[tuple[Place, Taken, ResultEntry | None]] = []
    public = general(record)
    marks: list[tuple[Taken, ResultEntry | None]] = [
        (entry, entry) for entry in public.results if is_mark(entry) and reached(entry)
    ]
    enrolled: list[tuple[Taken, ResultEntry | None]] = [
        (entry, None) for entry in public.enrollments if entry.role in LEARNS
    ]
    for entry, mark in sorted([*enrolled, *marks], key=lambda pair: pair[1] is None):
        place = place_of(entry.class_ or EntryClass())
        if place is None or not (mark or place.terms):
            continue
        index = next((n for n, (known, *_) in enumerate(places) if known.same(place)), None)
        if index is None:
            places.append((place, entry, mark))
        elif mark is None and places[index][1] is places[index][2]:  # the school's words for what has a mark elsewhere
            places[index] = (place, entry, places[index][2])
    latest = sorted(places, key=lambda course: course[0].course)
    latest.sort(key=lambda course: course[0].begins, reverse=True)
    return [_course(*course) for course in latest]


def place_of(taught: EntryClass) -> Place | None:
    """The course that a class is of; None where nothing names it, or where nothing is taught."""
    name = taught.course or taught.title
    if not name or NOTHING_TAUGHT.match(name):
        return None
    terms = sorted(taught.terms, key=lambda term: term.begins or "")
    begins = min((term.begins for term in terms if term.begins), default="")
    ends = max((term.ends for term in terms if term.ends), default="9999")
    course = name.removesuffix(f" ({taught.school})")
    return Place(course, taught.school, tuple(term.title for term in terms), begins, ends)


def course_of(name: str, school: str | None, results: tuple[ResultDescription, ...] = ()) -> Achievement:
    """A course as an achievement: the same for all who took it."""
    where = f"{name} ({school})" if school else name
    criteria = f"What was recorded for the course {where}."
    return achievement_of(Achievement("", name, where, criteria=criteria, type="Course", results=results))


def _course(place: Place, entry: Taken, mark: ResultEntry | None) -> Item:
    described = [*_marks(mark)] if mark else []
    achievement = course_of(place.course, place.school, tuple(description for description, _ in described))
    results = [
        Result(scale.id, value=result.value, status=result.status)
        for scale, (_, result) in zip(achievement.results, described, strict=True)
    ]
    outcome = repr((place, [(result.value, result.status) for result in results]))
    digest = hashlib.sha256(outcome.encode()).hexdigest()[:16]
    return Item(
        f"/courses/{entry.id}",
        f"course/{origin_of(entry)}/{digest}",
        achievement,
        date=moment(place.begins or None) if mark is None else moment(mark.date or place.begins or None),
        narrative=mark.narrative if mark else None,
        results=tuple(results),
        term=", ".join(place.terms) or None,
    )


def _marks(entry: ResultEntry) -> Iterator[tuple[ResultDescription, Result]]:
    """The mark in letters and as a number; so far, where the course goes on."""
    status: ResultStatus = "InProgress" if entry.status == "partially graded" else "Completed"
    text = entry.text_score or entry.level
    if text is not None:
        yield ResultDescription("", "Mark", "LetterGrade"), Result(value=text, status=status)
    if entry.score is not None:
        kind: ResultType = "Percent" if entry.unit in ("percent", "%") else "RawScore"
        least, most = number(entry.minimum), number(entry.maximum)
        scale = ResultDescription("", "Mark, in numbers" if text else "Mark", kind, value_min=least, value_max=most)
        yield scale, Result(value=number(entry.score), status=status)
