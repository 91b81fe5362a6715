"""The LMS as it stands today: everything its API can list, made once a day."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from app.sandbox.accounts import lms_accounts
from app.sandbox.lms import model, records
from app.sandbox.lms.flaws import LMS_FLAWS
from app.sandbox.lms.model import Assignment, Course, Membership, Submission
from app.sandbox.lms.records import Json
from app.sandbox.world import World

OBSERVED_EVERY = 10
"""In one of so many households a guardian has an LMS account that observes the children's."""


class Classroom(NamedTuple):
    """Courses and members by course id, users by id; the user ids of teachers by key, of observers by the learner's."""

    courses: dict[int, Course]
    members: dict[int, list[Membership]]
    users: dict[int, Json]
    teachers: dict[str, int]
    observers: dict[int, int]


def classroom(world: World) -> Classroom:
    """Today's courses and people."""
    return world.once("lms", lambda: _open(world))


def _open(world: World) -> Classroom:
    district = world.district
    courses = {course.id: course for course in model.courses(district)}
    by_class = {class_.key: course for course in courses.values() for class_ in course.classes}
    members: dict[int, list[Membership]] = defaultdict(list)
    for membership in model.memberships(district, by_class):
        members[membership.course.id].append(membership)
    teaching = {class_.teacher for course in courses.values() for class_ in course.classes}
    users: dict[int, Json] = {}
    teachers, observers = {}, {}
    for number, staff in enumerate(district.staff):
        if staff.key in teaching:
            teachers[staff.key] = records.STAFF_IDS + number
            users[teachers[staff.key]] = records.staff_user(number, staff)
    for learner in district.learners:
        accounts = lms_accounts(learner)
        users.update({account.id: records.learner_user(account) for account in accounts})
        if accounts and learner.household % OBSERVED_EVERY == 0:
            guardian = district.guardians_of(learner.household)[0]
            observer = records.OBSERVER_IDS + learner.household
            users[observer] = records.observer_user(learner.household, guardian)
            observers[accounts[0].id] = observer
    return Classroom(courses, members, users, teachers, observers)


def users(world: World) -> list[Json]:
    """Every account, and the wrong ones."""
    return [*classroom(world).users.values(), *(LMS_FLAWS["users"] if world.flawed else ())]


def enrollments(world: World, course: Course) -> Iterator[Json]:
    """A course's teachers, learners, observers, and in every fifth course its test student."""
    room = classroom(world)
    for number, class_ in enumerate(course.classes, 1):
        key, teacher = course.id * 1_000 + number, room.users[room.teachers[class_.teacher]]
        record = records.enrollment(key, course, course.section_id(number), teacher, kind="Teacher")
        yield record | {"sis_section_id": class_.key}
    for membership in room.members[course.id]:
        yield records.member(membership)
        if membership.account.id in room.observers:
            user = room.users[room.observers[membership.account.id]]
            key = 9_000_000_000 + membership.id
            record = records.enrollment(key, course, membership.section, user, kind="Observer")
            yield record | {"associated_user_id": membership.account.id}
    if course.id % 5 == 0:
        test = {"id": records.TEST_STUDENT_IDS + course.id, "name": "Test Student", "created_at": records.CREATED}
        test |= {"sortable_name": "Student, Test", "short_name": "Test Student", "sis_user_id": None, "login_id": "x"}
        key = course.id * 1_000 + 999
        yield records.enrollment(key, course, course.section_id(1), test, kind="StudentView")
    if world.flawed:
        yield from LMS_FLAWS["enrollments"] if course.id == next(iter(room.courses)) else ()


def assignments(world: World, course: Course) -> tuple[Assignment, ...]:
    """A course's assignments."""
    return tuple(model.assignments(course, world.district.today))


def submissions(world: World, course: Course) -> list[Submission]:
    """What the members of a course handed in, each account once however many sections it is in."""
    return world.once(("lms submissions", course.id), lambda: list(_submissions(world, course)))


def _submissions(world: World, course: Course) -> Iterator[Submission]:
    for membership in classroom(world).members[course.id]:
        if membership.section == course.extra or membership.account.login.endswith(".old"):
            continue
        for assignment in assignments(world, course):
            submission = model.submission(world.district.seed, membership, assignment)
            if submission:
                yield submission


def rollups(world: World, course: Course) -> Iterator[Json]:
    """A member's latest rating on each outcome, once for every section they are in: Canvas repeats them."""
    latest: dict[int, dict[int, Submission]] = defaultdict(dict)
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for item in submissions(world, course):
        if item.rating is not None and item.assignment.outcome:
            latest[item.account.id][item.assignment.outcome.id] = item
            counts[item.account.id, item.assignment.outcome.id] += 1
    for membership in classroom(world).members[course.id]:
        user = membership.account.id
        scores = [
            {
                "score": item.rating,
                "title": item.assignment.name,
                "submitted_at": records.moment(item.submitted or item.assignment.due, 22),
                "count": counts[user, outcome],
                "hide_points": False,
                "links": {"outcome": str(outcome)},
            }
            for outcome, item in latest[user].items()
        ]
        yield {
            "scores": scores,
            "links": {"user": str(user), "section": str(membership.section), "status": membership.state},
        }
