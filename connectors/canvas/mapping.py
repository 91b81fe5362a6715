"""What the Canvas LMS REST API says, in canonical terms.

Canvas's words: an *account* is a district, a school or a department; learners are enrolled in a course's *sections*; a
*submission* is there for every learner and assignment, handed in or not; an *outcome* is a competency. A Canvas course
is both a Course and, as a whole, a Class (`course:ID`): assignments belong to it and not to a section, which is part of
it.
"""

from collections.abc import Iterator

from connectors.canvas.grades import NEAR, grade, rubric_words
from connectors.canvas.places import whole
from connectors.fields import Fields
from connectors.kit.markup import plain
from connectors.kit.zones import local_day
from schemas import (
    AcademicSession,
    Alignment,
    AnyRecord,
    Class,
    Competency,
    Course,
    Enrollment,
    Framework,
    Identifier,
    LineItem,
    Name,
    ObjectiveResult,
    Org,
    Person,
    Result,
    Role,
)
from schemas.codes import RoleName, ScoreStatus

DELETED = {"active": False, "deleted": True}
COURSE_DELETED = {
    "unpublished": False,
    "created": False,
    "claimed": False,
    "available": False,
    "completed": False,
    "deleted": True,
}

ROLE: dict[str, RoleName] = {
    "StudentEnrollment": "student",
    "TeacherEnrollment": "teacher",
    "TaEnrollment": "aide",
    "DesignerEnrollment": "other",
    "ObserverEnrollment": "observer",
}
"""A role in a course by its base type; an institution's own role names come on top of one of these."""

TEST_STUDENT = "StudentViewEnrollment"
"""The enrollment of a teacher's preview of the course: nobody."""

ENROLLED = {
    "active": "active",
    "inactive": "inactive",
    "completed": "completed",
    "invited": "invited",
    "creation_pending": "invited",
    "rejected": "rejected",
    "deleted": "deleted",
}
"""An enrollment's state: our word for it."""

OVER = frozenset({"completed", "deleted"})
"""States of an enrollment that is over: Canvas deletes one when a learner leaves a class that they were in."""

WORKFLOW: dict[str, ScoreStatus] = {
    "submitted": "submitted",
    "pending_review": "partially graded",
    "graded": "fully graded",
    "unsubmitted": "not submitted",
}

PASSED = {"complete": True, "incomplete": False}
"""The two grades of a pass/fail assignment."""


def account(f: Fields) -> Iterator[AnyRecord]:
    """An account. The root is the district; what one below it is, Canvas does not say."""
    parent = f.ident("parent_account_id", None)
    yield Org(
        key=f.ident("id"),
        name=f.text("name"),
        type="other" if parent else "district",
        identifier=f.ident("sis_account_id", None),
        parent=parent,
        withdrawn=f.one_of("workflow_state", DELETED, False),
    )


def user(f: Fields) -> Iterator[AnyRecord]:
    """An account's user. The role is `other`, which makes nobody a learner: only enrollments say who learns."""
    key, full = f.ident("id"), f.text("name")
    identifiers = [Identifier(type="account", value=key)]
    if number := f.ident("sis_user_id", None):
        identifiers.append(Identifier(type="district", value=number))
    if sourced := f.ident("integration_id", None):
        identifiers.append(Identifier(type="sourced", value=sourced))
    if login := f.ident("login_id", None):
        identifiers.append(Identifier(type="username", value=login))
    if email := f.ident("email", None):
        identifiers.append(Identifier(type="email", value=email))
    names = [Name(given=f.text("first_name", None), family=f.text("last_name", None), full=full)]
    if (short := f.text("short_name", full)) != full:
        names.append(Name(full=short, preferred=True))
    yield Person(
        key=key,
        identifiers=tuple(identifiers),
        names=tuple(names),
        roles=(Role(role="other"),),
        email=email,
        pronouns=f.text("pronouns", None),
    )


def course(f: Fields) -> Iterator[AnyRecord]:
    if f.flag("access_restricted_by_date", False) and "name" not in f:
        f.drop(*f.names())  # Canvas tells its id alone until it begins, or after it has ended
        return
    key, title, org = f.ident("id"), f.text("name"), f.ident("account_id", None)
    zone = f.text("time_zone", None)
    begins, ends = local_day(f, "start_at", zone), local_day(f, "end_at", zone)
    withdrawn, term = f.one_of("workflow_state", COURSE_DELETED), f.ident("enrollment_term_id", None)
    yield Course(
        key=key, title=title, code=f.text("course_code", None), org=org, begins=begins, ends=ends, withdrawn=withdrawn
    )
    yield Class(
        key=whole(key),
        title=title,
        type="scheduled",
        code=f.text("sis_course_id", None),
        course=key,
        org=org,
        sessions=(term,) if term else (),
        begins=begins,
        ends=ends,
        withdrawn=withdrawn,
    )


def section(f: Fields) -> Iterator[AnyRecord]:
    course, zone = f.ident("course_id"), f.text("time_zone", None)
    yield Class(
        key=f.ident("id"),
        title=f.text("name"),
        type="scheduled",
        code=f.text("sis_section_id", None),
        course=course,
        part_of=whole(course),
        begins=local_day(f, "start_at", zone),
        ends=local_day(f, "end_at", zone),
    )


def term(f: Fields) -> Iterator[AnyRecord]:
    """A term of a root account. The default term has no dates, and ends with nothing."""
    zone = f.text("time_zone", None)
    yield AcademicSession(
        key=f.ident("id"),
        title=f.text("name"),
        type="term",
        begins=local_day(f, "start_at", zone),
        ends=local_day(f, "end_at", zone),
        withdrawn=f.one_of("workflow_state", DELETED, False),
    )


def enrollment(f: Fields) -> Iterator[AnyRecord]:
    """An enrollment, or a learner's grade in a course, in the envelope the client adds."""
    if "course_grades" in f:
        yield from grade(f, f.ident("course_id"), "Course grade")
    else:
        yield from _enrollment(f)


def _enrollment(f: Fields) -> Iterator[AnyRecord]:
    kind = f.pop("type")
    if kind == TEST_STUDENT:
        f.drop(*f.names())
        return
    if not isinstance(kind, str) or kind not in ROLE:
        raise f.wrong("type", kind, f"is not one of {', '.join(ROLE)}, {TEST_STUDENT}")
    f.drop("course_id")  # its section says it
    state = f.one_of("enrollment_state", ENROLLED)
    observed = f.ident("associated_user_id", None)
    yield Enrollment(
        key=f.ident("id"),
        person=f.ident("user_id"),
        class_=f.ident("course_section_id"),
        role=ROLE[kind],
        state=state,
        begins=f.day("start_at", None),
        ends=f.day("end_at", None),
        modified=f.moment("updated_at", None),
        withdrawn=state == "rejected",
        ended=state in OVER,
        extensions={"observes": observed} if observed else {},
    )


def assignment(f: Fields) -> Iterator[AnyRecord]:
    """An assignment. An unpublished one was given to nobody.

    What its rubric rates is not what its points say: only an outcome result tells of an outcome.
    """
    published, zone = f.flag("published", True), f.text("time_zone", None)
    item = LineItem(
        key=f.ident("id"),
        title=f.text("name"),
        class_=whole(f.ident("course_id")),
        category=f.text("assignment_group", None),
        assigned=local_day(f, "unlock_at", zone),
        due=local_day(f, "due_at", zone),
        minimum=0,
        maximum=f.number("points_possible", None),
        modified=f.moment("updated_at", None),
    )
    if published:
        yield item


def submission(f: Fields) -> Iterator[AnyRecord]:
    """A learner's work for an assignment, with the score only once it is posted: until then it is a teacher's draft.

    Excused and missing work has no score, whatever number a late policy put there. Work that is neither handed in nor
    missing nor excused is not due yet and says nothing.
    """
    if "anonymous_id" in f and "user_id" not in f:
        f.drop(*f.names())  # graded without names: whose it is shows once it is posted
        return
    key, person, item = f.ident("id"), f.ident("user_id"), f.ident("assignment_id")
    excused, missing, late = f.flag("excused", False), f.flag("missing", False), f.flag("late", None)
    workflow = f.one_of("workflow_state", WORKFLOW)
    grade, score, grader = f.text("grade", None), f.number("score", None), f.text("grader_id", None)
    graded_at, posted = f.moment("graded_at", None), f.moment("posted_at", None) is not None
    submitted, attempts = f.moment("submitted_at", None), f.number("attempt", None)
    of_latest, rubric = f.flag("grade_matches_current_submission", True), rubric_words(f)
    if workflow == "not submitted" and not (excused or missing):
        return
    counts = posted and not (score is None and grade is None) and not excused and not missing
    status: ScoreStatus | None = workflow
    if excused or missing:
        status = "exempt" if excused else "not submitted"
    elif workflow == "fully graded" and not counts:
        status = "submitted" if submitted else None
    yield Result(
        key=key,
        person=person,
        line_item=item,
        status=status,
        score=score if counts else None,
        text_score=grade if counts else None,
        passed=PASSED[grade] if counts and grade in PASSED else None,
        unit="points" if counts and score is not None else None,
        attempts=int(attempts) if attempts and (of_latest or not counts) else None,
        scored_at=graded_at if counts else None,
        late=late if of_latest or not counts else None,
        missing=missing,
        narrative=rubric if posted and status not in ("exempt", "not submitted") else None,
        assessor=grader if counts and grader and not grader.startswith("-") else None,  # below 0: graded by Canvas
    )


def outcome(f: Fields) -> Iterator[AnyRecord]:
    """An outcome in the envelope the client adds, or the framework it is in: what an account or course has.

    Its `uri` is its address at this Canvas, to which alignments of results point.
    """
    key = f.ident("id")
    if "framework_title" in f:
        yield Framework(key=key, title=f.text("framework_title"))
        return
    framework, details = f.ident("framework", None), f.nested("outcome")
    title, words, guid = (
        details.text("title"),
        plain(details.text("description", "")),
        details.text("vendor_guid", None),
    )
    details.drop("id")
    yield Competency(
        key=key,
        statement=words or title,
        code=title if words else None,
        uri=_address(key),
        framework=framework,
        mastery_points=details.number("mastery_points", None),
        extensions={"vendor_guid": guid} if guid else {},
    )


def outcome_result(f: Fields) -> Iterator[AnyRecord]:
    """A learner's result in one outcome, in the envelope the client adds: its key, the course, the outcome's scale.

    What Canvas hides from the learner is a draft: a result taken out of the gradebook, or of work not posted yet.
    """
    key, class_, withheld = f.ident("id"), whole(f.ident("course_id")), f.flag("withheld", False)
    result = f.nested("result")
    if withheld or result.flag("hidden", False):
        f.drop(*f.names())
        result.drop(*result.names())
        return
    links, named = result.nested("links"), f.nested("outcome", None)
    objective = Alignment(
        name=named.text("title", None) if named else None,
        url=_address(links.ident("learning_outcome")),
        framework=named.text("framework", None) if named else None,
    )
    kind, _, aligned = links.text("alignment", "").rpartition("_")
    score, possible, mastered = (
        result.number("score", None),
        result.number("possible", None),
        result.flag("mastery", None),
    )
    level, most = None, possible
    if scale := f.nested("scale", None):
        level, reached, most = _rated(scale, score, possible)
        mastered = reached if mastered is None else mastered
    yield Result(
        key=f"outcome_result:{key}",
        person=links.ident("user"),
        class_=class_,
        line_item=aligned if kind == "assignment" else None,
        status="fully graded",
        score=score,
        minimum=0,
        maximum=most,
        unit="points",
        level=level,
        passed=mastered,
        method="formative",
        scored_at=result.moment("submitted_or_assessed_at", None),
        objectives=(ObjectiveResult(objective=objective, score=score, mastered=mastered),),
    )


def _rated(scale: Fields, score: float | None, possible: float | None) -> tuple[str | None, bool | None, float | None]:
    """The rating a score reaches on its outcome's scale, whether that is mastery, and the most the score could be.

    A quiz with points of its own counts by its share of them, as Canvas itself counts it.
    """
    mastery, most = scale.number("mastery", None), scale.number("most", None)
    ratings = []
    for rating in scale.each("ratings"):
        ratings.append((rating.number("points", None), rating.text("description", None)))
        rating.drop(*rating.names())  # its color, and whether it is the mastery level: that is told by its points
    reached = score
    if score is not None and possible and most and possible != most:
        reached = score / possible * most
    if reached is None:
        return None, None, possible
    reached_ratings = [(points, words) for points, words in ratings if points is not None and points <= reached + NEAR]
    level = max(reached_ratings, key=lambda rating: rating[0])[1] if reached_ratings else None
    return level, None if mastery is None else reached >= mastery - NEAR, most if possible is None else possible


def _address(outcome_id: str) -> str:
    """The address of an outcome, from the root of its Canvas."""
    return f"/api/v1/outcomes/{outcome_id}"
