"""What kind of thing a result is to whoever reads it outside: the mark of a course, an examination, a project. Pure.

By what its source says of it; where that says nothing of the kind, by how it is named. All else is everyday work.
"""

import re
from typing import Final

from app.records.document import ResultEntry
from app.records.parts import EntryClass

EXAMINING: Final = ("summative", "diagnostic", "adaptive")
"""The methods of a test that stands by itself."""
OUTSIDE: Final = ("after-school", "summer")
"""Settings in which nobody sits examinations: what a program marks is its own work, and stands as that."""
MARK = re.compile(
    r"\b(course|final|overall|semester|term|quarter|trimester|year)\b.*\b(grade|mark|average)s?\b", re.IGNORECASE
)
EXAM = re.compile(r"\b(exams?|examinations?|midterms?|finals?|regents)\b", re.IGNORECASE)
TEST = re.compile(r"\b(tests?|benchmarks?|assessments?|screeners?|SAT|PSAT|ACT|AP|IB)\b")
PROJECT = re.compile(r"\b(projects?|portfolios?|capstones?|exhibitions?|performance tasks?|thesis)\b", re.IGNORECASE)
PRACTICE = re.compile(r"\b(exercises?|practice|lessons?|videos?|quiz(zes)?|homework)\b", re.IGNORECASE)


def is_mark(entry: ResultEntry) -> bool:
    """Whether a result is the mark of its whole course."""
    return _in_class(entry) and bool(MARK.search(_named(entry))) and not PROJECT.search(_named(entry))


def is_examination(entry: ResultEntry) -> bool:
    """Whether a result is of an examination: an exam of a class, or a test of none that is not practice."""
    if is_mark(entry) or entry.setting in OUTSIDE:
        return False
    if EXAM.search(_named(entry)):
        return True
    if _in_class(entry) or PRACTICE.search(_named(entry)):
        return False
    return entry.method in EXAMINING or bool(TEST.search(_named(entry)) and entry.method is None)


def is_project(entry: ResultEntry) -> bool:
    """Whether a result is of a project of a class."""
    return _in_class(entry) and not is_mark(entry) and bool(PROJECT.search(_named(entry)))


def _named(entry: ResultEntry) -> str:
    return f"{entry.category or ''} {entry.title or ''}"


def _in_class(entry: ResultEntry) -> bool:
    return entry.class_ not in (None, EntryClass())
