"""How the achievements of a learner record hang together (CLR 2.0, association): by their courses, by their frameworks.

A result is part of its course. Where a framework says how two competencies stand to each other, what is aligned to them
stands so too. Nothing is said that no source has said.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import get_args
from uuid import UUID

from app.credentials.model import Achievement, Association, AssociationType
from app.issuing.awards import Item
from app.issuing.courses import course_of, place_of
from app.records.document import WholeRecord

Link = tuple[str, UUID, UUID]
"""What a framework says: the type of an association, and the competencies it begins and ends at."""
TYPES: dict[str, AssociationType] = {name: name for name in get_args(AssociationType)}
"""Types that CASE and CLR have in common, by CASE's names."""
OWN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
MOST = 1000
"""Associations in one record."""


def of_courses(record: WholeRecord, of: Iterable[Item]) -> tuple[list[Achievement], list[Association]]:
    """That results are part of their courses; and those courses, as achievements, of which no item is itself."""
    own = {item.achievement.description: item.achievement for item in of if item.achievement.type == "Course"}
    courses: dict[str, Achievement] = {}
    classes = {f"/results/{entry.id}": entry.class_ for entry in record.results}
    associations = []
    for item in of:
        taught = classes.get(item.path)
        if taught and (name := taught.course or taught.title):
            place = place_of(taught)
            course = course_of(place.course if place else name, taught.school)
            course = own.get(course.description, course)
            if course.description not in own:
                courses[course.id] = course
            associations.append(Association("isPartOf", item.achievement.id, course.id))
    return list(courses.values()), list(dict.fromkeys(associations))


def competencies(of: Iterable[Item]) -> dict[UUID, list[str]]:
    """The competencies that achievements (credit aside) are aligned to, by the id in their address; and which are."""
    by_competency: dict[UUID, list[str]] = {}
    for item in of:
        if item.credits is not None:
            continue  # credit rests on several: how one of them stands to another does not hold for the whole
        every = (*item.achievement.alignments, *(a for r in item.achievement.results for a in r.alignments))
        for alignment in every:
            if identifiers := OWN.findall(alignment.url):
                by_competency.setdefault(UUID(identifiers[-1]), []).append(item.achievement.id)
    return by_competency


def of_frameworks(aligned: dict[UUID, list[str]], links: Iterable[Link]) -> list[Association]:
    """How achievements stand to each other, as frameworks say it of the competencies they are aligned to."""
    pairs = (  # lazy: the pairs of one link may be many more than are told
        Association(TYPES[kind], source, target)
        for kind, origin, destination in links
        if kind in TYPES
        for source in aligned.get(origin, ())
        for target in aligned.get(destination, ())
        if source != target
    )
    return list(dict.fromkeys(islice(pairs, MOST)))
