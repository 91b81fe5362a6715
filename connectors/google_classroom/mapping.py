"""What Google Classroom says, in canonical terms. A *course* of Google's is a class: somebody teaches it to somebody.

Nothing tells a number of the school's: people are known by their account and their e-mail address.
"""

from collections.abc import Iterator
from datetime import date, datetime

from connectors.fields import Fields
from connectors.kit.zones import day_in
from schemas import Agent, AnyRecord, Class, Enrollment, Identifier, LineItem, Name, Person, Result, Role
from schemas.codes import RoleName, ScoreStatus

OVER = {"ACTIVE": False, "ARCHIVED": True, "PROVISIONED": False, "DECLINED": True, "SUSPENDED": False}
"""Whether a course is over, by its state."""

WORK = {"PUBLISHED": False, "DELETED": True}
"""Whether course work is taken back, by its state. A draft was given to nobody."""

HANDED_IN = {
    "NEW": False,
    "CREATED": False,
    "TURNED_IN": True,
    "RETURNED": True,
    "RECLAIMED_BY_STUDENT": False,
    "STUDENT_EDITED_AFTER_TURN_IN": True,
}
"""Whether the work is with the teacher, or was, by the state of a submission."""

ROLE: dict[str, RoleName] = {"student": "student", "teacher": "teacher"}

ASSIGNED = "ASSIGNED_GRADE_POINTS_EARNED_CHANGE"


def course(f: Fields) -> Iterator[AnyRecord]:
    """A class. One that is archived is over; when, Google does not say."""
    key, title, section = f.ident("id"), f.text("name"), f.text("section", None)
    f.drop("updateTime")
    yield Class(
        key=key,
        title=f"{title} ({section})" if section and section not in title else title,
        type="scheduled",
        code=section,
        subjects=f.texts("subject", ";"),
        location=f.text("room", None),
        ended=f.one_of("courseState", OVER),
    )


def member(f: Fields) -> Iterator[AnyRecord]:
    """Who is in a class, in the envelope the client adds: the person, and that they are there."""
    key, user, role, ended = f.ident("id"), f.ident("user"), f.one_of("role", ROLE), f.flag("ended", False)
    yield _person(user, f.nested("profile", None), role)
    yield Enrollment(key=key, person=user, class_=f.ident("course"), role=role, ended=ended)


def guardian(f: Fields) -> Iterator[AnyRecord]:
    """A guardian, and whose they are."""
    student, key = f.ident("studentId"), f.ident("guardianId")
    invited = f.ident("invitedEmailAddress", None)
    yield _person(key, f.nested("guardianProfile", None), "guardian", invited)
    yield Person(key=student, agents=(Agent(person=key, relation="guardian"),))


def _person(key: str, profile: Fields | None, role: RoleName, invited: str | None = None) -> Person:
    identifiers, email = [Identifier(type="account", value=key)], invited
    names: tuple[Name, ...] = ()
    if profile is not None:
        profile.drop("id")
        email = profile.ident("emailAddress", None) or invited
        names = _names(profile.nested("name", None))
        profile.drop("photoUrl", "permissions", "verifiedTeacher")
    if email:
        identifiers.append(Identifier(type="email", value=email))
    return Person(key=key, identifiers=tuple(identifiers), names=names, roles=(Role(role=role),), email=email)


def _names(name: Fields | None) -> tuple[Name, ...]:
    if name is None:
        return ()
    parts = Name(
        given=name.text("givenName", None), family=name.text("familyName", None), full=name.text("fullName", None)
    )
    return (parts,) if parts != Name() else ()


def course_work(f: Fields) -> Iterator[AnyRecord]:
    """What is to be done. Without points it is not graded. When it is due Google tells in UTC."""
    state = f.text("state")
    if state == "DRAFT":
        f.drop(*f.names())
        return
    if state not in WORK:
        raise f.wrong("state", state, f"is not one of {', '.join(WORK)}, DRAFT")
    course, work, zone = f.ident("courseId"), f.ident("id"), f.text("time_zone", None)
    category, most = f.nested("gradeCategory", None), f.number("maxPoints", None)
    named = category.text("name", None) if category else None
    if category:
        category.drop(*category.names())
    yield LineItem(
        key=f"{course}/{work}",
        title=f.text("title"),
        class_=course,
        category=named,
        due=_due(f, zone),
        minimum=0,
        maximum=most or None,
        modified=f.moment("updateTime", None),
        withdrawn=WORK[state],
    )


def _due(f: Fields, zone: str | None) -> date | None:
    """A day, by a date and a time of it in UTC; zeros are left out."""
    day, time = f.nested("dueDate", None), f.nested("dueTime", None)
    numbers = [_whole(day, name) for name in ("year", "month", "day")]
    hours, minutes = _whole(time, "hours"), _whole(time, "minutes")
    if time:
        time.drop("seconds", "nanos")
    if not all(numbers):
        return None
    year, month, day_of_month = numbers
    written = f"{year:04}-{month:02}-{day_of_month:02}T{hours:02}:{minutes:02}:00Z"
    return day_in(Fields({"dueDate": written}).moment("dueDate"), zone)


def _whole(f: Fields | None, name: str) -> int:
    return int(f.number(name, 0)) if f is not None else 0


def submission(f: Fields) -> Iterator[AnyRecord]:
    """A student's work. Its grade counts once it was returned: until then it is the teacher's own.

    Work that is neither handed in nor late is not due yet, and says nothing.
    """
    course, work, key, person = f.ident("courseId"), f.ident("courseWorkId"), f.ident("id"), f.ident("userId")
    state, late, score = f.text("state"), f.flag("late", False), f.number("assignedGrade", None)
    if state not in HANDED_IN:
        raise f.wrong("state", state, f"is not one of {', '.join(HANDED_IN)}")
    ever_returned, graded_at = _history(f)
    returned, rows = ever_returned or state == "RETURNED", _rows(f)
    f.drop("draftGrade", "draftRubricGrades")
    counts = returned and score is not None
    missing = late and not HANDED_IN[state] and not counts
    if not (HANDED_IN[state] or missing or counts):
        f.drop("updateTime")
        return
    status: ScoreStatus = "fully graded" if counts else "not submitted" if missing else "submitted"
    yield Result(
        key=f"{course}/{work}/{key}",
        person=person,
        line_item=f"{course}/{work}",
        class_=course,
        status=status,
        score=score if counts else None,
        unit="points" if counts else None,
        narrative=rows if returned else None,
        scored_at=graded_at if counts else None,
        late=True if late and not missing else None,
        missing=True if missing else None,
        modified=f.moment("updateTime", None),
    )


def _history(f: Fields) -> tuple[bool, datetime | None]:
    """Whether work was ever returned, and when its grade was set last, as far as its history says."""
    returned, graded_at = False, None
    for event in f.each("submissionHistory"):
        if state := event.nested("stateHistory", None):
            returned = returned or state.text("state", None) == "RETURNED"
            state.drop(*state.names())
        if grade := event.nested("gradeHistory", None):
            moment = grade.moment("gradeTimestamp", None)
            if grade.text("gradeChangeType", None) == ASSIGNED and moment is not None:
                graded_at = moment if graded_at is None else max(graded_at, moment)
            grade.drop(*grade.names())
    return returned, graded_at


def _rows(f: Fields) -> str | None:
    """What a rubric's criteria say of a piece of work, a line each: the level and the points."""
    criteria, rated = f.each("criteria"), f.nested("assignedRubricGrades", None)
    lines = []
    for criterion in criteria:
        key, title = criterion.ident("id"), criterion.text("title", None)
        levels = [
            (level.ident("id"), level.text("title", None), level.number("points", None))
            for level in criterion.each("levels")
        ]
        mark = rated.nested(key, None) if rated is not None else None
        if mark is None:
            continue
        chosen, points = mark.ident("levelId", None), mark.number("points", None)
        mark.drop(*mark.names())
        words = next((words for level, words, _ in levels if level == chosen), None)
        most = max((worth for _, _, worth in levels if worth is not None), default=None)
        number = None if points is None else f"{points:g}" + ("" if most is None else f" of {most:g}")
        if reached := ", ".join(text for text in (words, number) if text):
            lines.append(f"{title or key}: {reached}")
    if rated is not None:
        rated.drop(*rated.names())  # criteria that the rubric has no more
    return "\n".join(lines) or None
