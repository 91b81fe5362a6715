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


def _of_this_site(settings: Any) -> tuple[Stream, ...]:
    """The streams that mean what a site's settings say: its own roles, and where its days are."""
    roles, zone = (settings.roles, settings.time_zone) if settings else ({}, None)
    return (
        _stream("courses", mapping.course(zone), client.courses, scope.COURSE),
        _stream("enrollments", mapping.enrollment(roles), client.enrollments, scope.ENROLLMENT, Absence.ENDED),
        _stream("assignments", grades.assignment(zone), gradebook.assignments, scope.ASSIGNMENT),
    )


COURSES, ENROLLMENTS, ASSIGNMENTS = _of_this_site(None)


connector = Connector(
    name="moodle",
    title="Moodle",
    settings=MoodleSettings,
    tier="silver",
    rank=40,
    version=5,
    client=calls.client,
    check=checking.check,
    more_streams=_of_this_site,
    streams=(
        _stream("users", mapping.user, client.users, scope.USER, Absence.LEFT),
        COURSES,
        _stream("groups", mapping.group, client.groups, scope.GROUP),
        ENROLLMENTS,
        ASSIGNMENTS,
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
