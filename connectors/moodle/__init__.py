"""Moodle: people, courses, grades, competencies and their ratings, evidence of prior learning, badges."""

from typing import Any

from connectors import Absence, Connector, Listing, Map, Pull, Stream
from connectors.moodle import calls, checking, client, gradebook, grades, mapping, ratings, scope
from connectors.moodle.calls import MoodleSettings
from connectors.moodle.rights import NEEDS, RIGHTS


def _stream(
    name: str, map_: Map, pull: Pull, ignore: frozenset[str] = frozenset(), absence: Absence = Absence.UNLISTED
) -> Stream:
    return Listing(
        name,
        map=map_,
        pull=client.granted(name, pull),
        probe=checking.probe(name),
        ignore=ignore,
        absence=absence,
        rights=RIGHTS[name],
        needs=NEEDS.get(name, ()),
    )


def _enrollments(settings: Any) -> tuple[Stream, ...]:
    own = settings.roles if settings else {}
    mapped = mapping.enrollment(own)
    return (_stream("enrollments", mapped, client.enrollments, scope.ENROLLMENT, Absence.ENDED),)


connector = Connector(
    name="moodle",
    title="Moodle",
    settings=MoodleSettings,
    tier="silver",
    rank=40,
    version=3,
    client=calls.client,
    check=checking.check,
    more_streams=_enrollments,
    streams=(
        _stream("users", mapping.user, client.users, scope.USER, Absence.LEFT),
        _stream("courses", mapping.course, client.courses, scope.COURSE),
        _stream("groups", mapping.group, client.groups, scope.GROUP),
        *_enrollments(None),
        _stream("assignments", grades.assignment, gradebook.assignments, scope.ASSIGNMENT),
        _stream("gradebook", grades.gradebook, gradebook.gradebook),
        _stream("submissions", grades.submission, gradebook.submissions),
        _stream("frameworks", mapping.framework, client.frameworks, scope.FRAMEWORK),
        _stream("competencies", mapping.competency, client.competencies, scope.COMPETENCY),
        _stream("ratings", mapping.rating, ratings.ratings),
        _stream("course_ratings", mapping.course_rating, ratings.course_ratings),
        _stream("evidence", mapping.evidence, ratings.evidence, scope.EVIDENCE),
        _stream("badges", mapping.badge, ratings.badges),
    ),
)

__all__ = ["MoodleSettings", "connector"]
