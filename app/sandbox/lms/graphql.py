"""The fake LMS's GraphQL: the one query by which a reader asks what has changed in many courses at once."""

import json
import re
from typing import Any

from app.sandbox.lms import classroom as room
from app.sandbox.lms import records
from app.sandbox.lms.model import Course
from app.sandbox.lms.records import Json
from app.sandbox.world import World

_ALIAS = re.compile(r'(c\d+):\s*course\(id:\s*"(\d+)"\)')


def changed(world: World, body: bytes) -> Json:
    """When members and work of the courses asked for last changed, and whether anything was handed in or graded since.

    Canvas's own answer to what it does not know: `null` for the course.
    """
    request = json.loads(body)
    since = str(request.get("variables", {}).get("since", ""))
    courses = room.classroom(world).courses
    by_alias = {alias: courses.get(int(number)) for alias, number in _ALIAS.findall(request.get("query", ""))}
    return {"data": {alias: _of(world, course, since) if course else None for alias, course in by_alias.items()}}


def _of(world: World, course: Course, since: str) -> Json:
    enrolled = world.once(("lms enrollments", course.id), lambda: list(room.enrollments(world, course)))
    members = [
        {
            "_id": str(enrollment["id"]),
            "type": enrollment["type"],
            "state": enrollment["enrollment_state"],
            "updatedAt": enrollment.get("updated_at"),
            "user": {"_id": str(enrollment.get("user_id"))},
        }
        for enrollment in enrolled
    ]
    work = [records.submission(item, rubric=False) for item in room.submissions(world, course)]
    return {
        "sectionsConnection": _nodes([_dated(section) for section in records.sections(course)]),
        "enrollmentsConnection": _nodes(members),
        "assignmentsConnection": _nodes([_dated(records.assignment(item)) for item in room.assignments(world, course)]),
        "submitted": _nodes(_since(work, "submitted_at", since)),
        "graded": _nodes(_since(work, "graded_at", since)),
    }


def _nodes(nodes: list[Json]) -> Json:
    return {"nodes": nodes, "pageInfo": {"hasNextPage": False}}


def _dated(record: Json) -> Json:
    return {"_id": str(record["id"]), "updatedAt": record.get("updated_at")}


def _since(work: list[Json], field: str, since: str) -> list[dict[str, Any]]:
    return [{"_id": str(submission["id"])} for submission in work if (submission[field] or "") >= since][:1]
