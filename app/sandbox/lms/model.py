"""What of the sample district is in the LMS: its courses with their sections, who is in them, and what they did."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from app.sandbox import year
from app.sandbox.accounts import LmsAccount, lms_accounts
from app.sandbox.catalog import ENGLISH, FIRST_LMS_GRADE, GRADES, MATH, STANDARDS, Standard
from app.sandbox.chance import roll
from app.sandbox.district import Class, District
from app.sandbox.people import Learner, School

SUBJECTS = (ENGLISH, MATH)
MASTERY_POINTS = 3.0
POSSIBLE_POINTS = 4.0
RATINGS = (
    (4.0, "Exceeds Mastery"),
    (3.0, "Mastery"),
    (2.0, "Near Mastery"),
    (1.0, "Below Mastery"),
    (0.0, "No Evidence"),
)

Grading = Literal["points", "percent"]
State = Literal["active", "completed", "deleted"]


class Course(Struct, frozen=True):
    """An LMS course: a subject in a grade at a school, all its classes being sections of it.

    Mathematics has one section more, `extra`, for those who also come for help: they are enrolled twice.
    """

    id: int
    school: School
    grade: int
    subject: int
    classes: tuple[Class, ...]

    def section_id(self, section: int) -> int:
        """The id of a section by its number; the extra one is number 99."""
        return self.id * 100 + section

    @property
    def extra(self) -> int | None:
        """The id of the extra section."""
        return self.section_id(99) if self.subject == MATH else None


class Outcome(Struct, frozen=True):
    """A learning outcome of the account: a standard, rated on four points."""

    id: int
    group: int
    standard: Standard


class Assignment(Struct, frozen=True):
    """An assignment. Those with an `outcome` carry a rubric row for it."""

    id: int
    course: Course
    name: str
    due: date
    points: float
    grading: Grading
    outcome: Outcome | None
    number: int


class Membership(Struct, frozen=True):
    """An account's enrollment in a section."""

    id: int
    course: Course
    section: int
    class_: Class
    learner: Learner
    account: LmsAccount
    state: State
    begins: date
    ends: date | None


class Submission(Struct, frozen=True):
    """What an account handed in. A score that is not `posted` is a draft the learner has not seen."""

    id: int
    assignment: Assignment
    account: LmsAccount
    score: float | None
    rating: float | None
    state: Literal["graded", "submitted", "unsubmitted"]
    submitted: date | None
    excused: bool
    missing: bool
    posted: bool


OUTCOMES = tuple(
    Outcome(300 + grade * 2 + n, 100 + grade, standard)
    for grade in range(FIRST_LMS_GRADE, len(GRADES))
    for n, standard in enumerate(STANDARDS[grade])
)
OUTCOME_BY_ID = {outcome.id: outcome for outcome in OUTCOMES}


def courses(district: District) -> tuple[Course, ...]:
    """The courses in the LMS, of the grades that use it."""
    courses: list[Course] = []
    for school in district.schools:
        sections = range(district.sections[school.level])
        for grade in school.grades:
            for subject in SUBJECTS if grade >= FIRST_LMS_GRADE else ():
                classes = tuple(district.class_at[school.index, grade, subject, n] for n in sections)
                courses.append(Course(1001 + len(courses), school, grade, subject, classes))
    return tuple(courses)


def outcomes_of(course: Course) -> tuple[Outcome, ...]:
    """The outcomes a course assesses."""
    return tuple(o for o in OUTCOMES if course.subject == MATH and o.group == 100 + course.grade)


def assignments(course: Course, today: int) -> Iterator[Assignment]:
    """A course's assignments up to a day: two, in mathematics with outcomes, where one a day is added from day 2."""
    first, second = outcomes_of(course) or (None, None)
    titles = ("Skills check", "Problem set") if first else ("Reading response", "Argument essay")
    on_paper: Grading = "points" if first else "percent"
    plan: list[tuple[str, date, float, Grading, Outcome | None]] = [
        (titles[0], date(2026, 9, 25), 10.0, "points", first),
        (titles[1], date(2026, 10, 30), 20.0, on_paper, second),
    ]
    daily = range(2, today + 1 if first else 2)
    plan += [(f"Warm-up {day}", year.date_of(day), 5.0, "points", first) for day in daily]
    for number, (name, due, points, grading, outcome) in enumerate(plan, 1):
        yield Assignment(
            course.id * 100 + number,
            course,
            name,
            due=due,
            points=points,
            grading=grading,
            outcome=outcome,
            number=number,
        )


def memberships(district: District, by_class: dict[str, Course]) -> Iterator[Membership]:
    """Every learner's enrollments in the LMS; every twelfth learner also comes to the extra section."""
    for learner in district.learners:
        for account in lms_accounts(learner):
            for n, (class_, begins, ends) in enumerate(district.classes_of(learner)):
                course = by_class.get(class_.key)
                if course is None:
                    continue
                state: State = "deleted" if learner.left else "completed" if ends else "active"
                sections = [course.section_id(class_.section + 1)]
                if course.extra and learner.index % 12 == 0:
                    sections.append(course.extra)
                for m, section in enumerate(sections):
                    key = account.id * 100 + n * 2 + m
                    yield Membership(
                        key,
                        course,
                        section,
                        class_=class_,
                        learner=learner,
                        account=account,
                        state=state,
                        begins=begins,
                        ends=ends,
                    )


def submission(seed: int, membership: Membership, assignment: Assignment) -> Submission | None:
    """What a member did with an assignment; None where they were not there when it was due."""
    ends = membership.ends
    if assignment.due < membership.begins or (ends and assignment.due > ends):
        return None
    learner = membership.learner
    chance = roll(seed, learner.index, assignment.course.subject, assignment.number, 31)
    share = min(1.0, max(0.0, 0.3 + 0.55 * learner.ability + (chance >> 8 & 0xFF) / 0xFF * 0.3 - 0.15))
    kind = chance % 24
    graded = kind > 3
    return Submission(
        id=assignment.id * 10_000_000 + membership.account.id,
        assignment=assignment,
        account=membership.account,
        score=round(share * assignment.points, 1) if graded else None,
        rating=float(min(4, int(share * 5))) if graded and assignment.outcome else None,
        state="graded" if graded or kind == 0 else "unsubmitted" if kind == 1 else "submitted",
        submitted=None if kind in {0, 1} else assignment.due + timedelta(days=chance >> 16 & 1),
        excused=kind == 0,
        missing=kind == 1,
        posted=graded and kind != 4,
    )
