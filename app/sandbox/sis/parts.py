"""OneRoster collections seen from what they belong to: the classes of a school, the students of a class."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.sandbox.world import World

Path = Mapping[str, str]


class Part(NamedTuple):
    """What of a collection is in sight from a path; an item belongs there or does not."""

    collection: str
    belongs: Callable[[World, Any, Path], bool]


class Rolls(NamedTuple):
    """Who is in which class, by class key and role, and the classes of each person."""

    members: dict[tuple[str, str], set[str]]
    classes: dict[str, set[str]]


def rolls(world: World) -> Rolls:
    """The class rolls of the day."""
    return world.once("rolls", lambda: _call(world))


def _call(world: World) -> Rolls:
    rolls = Rolls(defaultdict(set), defaultdict(set))
    for enrollment in world.district.enrollments():
        if not enrollment.withdrawn:
            rolls.members[enrollment.class_.key, enrollment.role].add(enrollment.person)
            rolls.classes[enrollment.person].add(enrollment.class_.key)
    return rolls


def _of_school(_world: World, item: Any, path: Path) -> bool:
    return bool(item.school.key == path["school"])


def _works_at(_world: World, item: Any, path: Path) -> bool:
    return path["school"] in {school.key for school in item.schools}


def _taught_at(world: World, item: Any, path: Path) -> bool:
    return any(school.key == path["school"] and item[0] in school.grades for school in world.district.schools)


def _enrolled_at(_world: World, item: Any, path: Path) -> bool:
    return bool(item.class_.school.key == path["school"])


def _enrolled_in(_world: World, item: Any, path: Path) -> bool:
    return bool(item.class_.key == path["cls"])


def _student_of(world: World, item: Any, path: Path) -> bool:
    return item.key in rolls(world).members[path["cls"], "student"]


def _teacher_of(world: World, item: Any, path: Path) -> bool:
    return item.key in rolls(world).members[path["cls"], "teacher"]


def _attended_by(world: World, item: Any, path: Path) -> bool:
    return item.key in rolls(world).classes[path["user"]]


def _section_of(_world: World, item: Any, path: Path) -> bool:
    return path["course"] == "crs-" + "-".join(item.key.split("-")[2:4])


def _in_term(_world: World, _item: Any, path: Path) -> bool:
    return path["term"] in {"sem-1", "sem-2"}


def _period_of(_world: World, item: Any, path: Path) -> bool:
    return bool(item.parent == path["term"])


def _every(_world: World, _item: Any, _path: Path) -> bool:
    return True


def _item_of_class(_world: World, item: Any, path: Path) -> bool:
    return bool(item.class_.key == path["cls"])


def _scale_of_class(_world: World, item: Any, path: Path) -> bool:
    return bool(item.key == path["cls"])


def _result_of_class(_world: World, item: Any, path: Path) -> bool:
    return bool(item.item.class_.key == path["cls"])


def _result_on(_world: World, item: Any, path: Path) -> bool:
    return bool(item.item.class_.key == path["cls"] and item.item.key == path["line"])


def _result_by(_world: World, item: Any, path: Path) -> bool:
    return bool(item.item.class_.key == path["cls"] and item.person == path["user"])


PARTS: dict[str, Part] = {
    "/schools/{school}/classes": Part("classes", _of_school),
    "/schools/{school}/students": Part("students", _of_school),
    "/schools/{school}/teachers": Part("teachers", _works_at),
    "/schools/{school}/enrollments": Part("enrollments", _enrolled_at),
    "/schools/{school}/terms": Part("terms", _every),
    "/schools/{school}/courses": Part("courses", _taught_at),
    "/schools/{school}/classes/{cls}/enrollments": Part("enrollments", _enrolled_in),
    "/schools/{school}/classes/{cls}/students": Part("students", _student_of),
    "/schools/{school}/classes/{cls}/teachers": Part("teachers", _teacher_of),
    "/classes/{cls}/students": Part("students", _student_of),
    "/classes/{cls}/teachers": Part("teachers", _teacher_of),
    "/courses/{course}/classes": Part("classes", _section_of),
    "/students/{user}/classes": Part("classes", _attended_by),
    "/teachers/{user}/classes": Part("classes", _attended_by),
    "/users/{user}/classes": Part("classes", _attended_by),
    "/terms/{term}/classes": Part("classes", _in_term),
    "/terms/{term}/gradingPeriods": Part("gradingPeriods", _period_of),
    "/schools/{school}/scoreScales": Part("scoreScales", _of_school),
    "/classes/{cls}/categories": Part("categories", _every),
    "/classes/{cls}/lineItems": Part("lineItems", _item_of_class),
    "/classes/{cls}/lineItems/{line}/results": Part("results", _result_on),
    "/classes/{cls}/results": Part("results", _result_of_class),
    "/classes/{cls}/scoreScales": Part("scoreScales", _scale_of_class),
    "/classes/{cls}/students/{user}/results": Part("results", _result_by),
}
"""By path below the service: OneRoster 1.2 Rostering and Gradebook, tables 3.1."""
