"""The sample district in the words of the Canvas REST API: one function per kind of object."""

from datetime import date
from typing import Any

from app.sandbox import district as sample
from app.sandbox import year
from app.sandbox.accounts import LmsAccount
from app.sandbox.catalog import course_key, course_title
from app.sandbox.lms.model import POSSIBLE_POINTS, RATINGS, Assignment, Course, Membership, Outcome, Submission
from app.sandbox.people import Guardian, School, Staff

Json = dict[str, Any]

ACCOUNT = 1
TERM = 7
STAFF_IDS = 1_000_000
OBSERVER_IDS = 2_000_000
TEST_STUDENT_IDS = 9_000_000
CREATED = "2026-08-17T06:00:00Z"


def moment(day: date, hour: int = 20) -> str:
    """A moment on a day, as Canvas writes it."""
    return f"{day.isoformat()}T{hour:02d}:00:00Z"


def account(school: School | None = None) -> Json:
    """The root account, which is the district, or a school's below it."""
    return {
        "id": account_id(school),
        "name": school.name if school else sample.NAME,
        "parent_account_id": ACCOUNT if school else None,
        "root_account_id": ACCOUNT if school else None,
        "workflow_state": "active",
        "default_time_zone": "America/Denver",
        "sis_account_id": school.key if school else sample.KEY,
        "sis_import_id": None,
        "integration_id": None,
        "uuid": f"sample-valley-{school.key if school else 'root'}",
    }


def account_id(school: School | None) -> int:
    """The id of a school's account; of None the root's."""
    return ACCOUNT + 1 + school.index if school else ACCOUNT


def term() -> Json:
    """The one enrollment term: the school year."""
    return {
        "id": TERM,
        "name": "School Year 2026-2027",
        "start_at": moment(year.BEGINS, 6),
        "end_at": moment(year.ENDS, 6),
        "created_at": CREATED,
        "workflow_state": "active",
        "grading_period_group_id": None,
        "sis_term_id": "year-2027",
        "sis_import_id": None,
    }


def _user(id_: int, given_name: str, family_name: str, sis_id: str | None, login: str) -> Json:
    return {
        "id": id_,
        "name": f"{given_name} {family_name}",
        "created_at": CREATED,
        "sortable_name": f"{family_name}, {given_name}",
        "short_name": f"{given_name} {family_name}",
        "sis_user_id": sis_id,
        "integration_id": None,
        "sis_import_id": None,
        "login_id": login,
    }


def learner_user(item: LmsAccount) -> Json:
    """A learner's account."""
    return _user(item.id, item.given, item.family, item.sis_id, item.login) | {"email": item.email}


def staff_user(number: int, staff: Staff) -> Json:
    """A teacher's account."""
    login = staff.email.partition("@")[0]
    return _user(STAFF_IDS + number, staff.given, staff.family, staff.number, login) | {"email": staff.email}


def observer_user(number: int, guardian: Guardian) -> Json:
    """A guardian's account, which observes their children's."""
    login = f"guardian{guardian.number[1:]}"
    return _user(OBSERVER_IDS + number, guardian.given, guardian.family, None, login) | {"email": guardian.email}


def course(item: Course) -> Json:
    """A course."""
    code = course_key(item.grade, item.subject)
    return {
        "id": item.id,
        "name": f"{course_title(item.grade, item.subject)} ({item.school.name})",
        "account_id": account_id(item.school),
        "root_account_id": ACCOUNT,
        "uuid": f"course-{item.id}",
        "start_at": None,
        "end_at": None,
        "grading_standard_id": None,
        "is_public": False,
        "created_at": CREATED,
        "course_code": code,
        "default_view": "modules",
        "enrollment_term_id": TERM,
        "license": "private",
        "public_syllabus": False,
        "time_zone": "America/Denver",
        "blueprint": False,
        "hide_final_grades": False,
        "apply_assignment_group_weights": False,
        "restrict_enrollments_to_course_dates": False,
        "sis_course_id": f"{item.school.key}-{code}",
        "sis_import_id": None,
        "integration_id": None,
        "workflow_state": "available",
    }


def sections(item: Course) -> list[Json]:
    """A course's sections; those of the SIS by the key of the class."""
    code = course_key(item.grade, item.subject)
    known = [(item.section_id(c.section + 1), f"{code}-{c.section + 1}", c.key) for c in item.classes]
    if item.extra:
        known.append((item.extra, f"{code} Extra help", ""))
    return [
        {
            "id": id_,
            "course_id": item.id,
            "name": name,
            "start_at": None,
            "end_at": None,
            "created_at": CREATED,
            "restrict_enrollments_to_section_dates": None,
            "nonxlist_course_id": None,
            "sis_section_id": key or None,
            "sis_course_id": f"{item.school.key}-{code}",
            "integration_id": None,
            "sis_import_id": None,
        }
        for id_, name, key in known
    ]


def enrollment(key: int, course_: Course, section: int, user: Json, *, kind: str, state: str = "active") -> Json:
    """An enrollment with the user in it; `kind` is Student, Teacher, Observer or StudentView."""
    short = {name: user[name] for name in ("id", "name", "created_at", "sortable_name", "short_name")}
    return {
        "id": key,
        "user_id": user["id"],
        "course_id": course_.id,
        "type": f"{kind}Enrollment",
        "created_at": CREATED,
        "updated_at": CREATED,
        "associated_user_id": None,
        "start_at": None,
        "end_at": None,
        "course_section_id": section,
        "root_account_id": ACCOUNT,
        "limit_privileges_to_course_section": False,
        "enrollment_state": state,
        "role": f"{kind}Enrollment",
        "role_id": 3,
        "last_activity_at": None,
        "last_attended_at": None,
        "total_activity_time": 0,
        "sis_account_id": sample.KEY,
        "sis_course_id": f"{course_.school.key}-{course_key(course_.grade, course_.subject)}",
        "course_integration_id": None,
        "sis_section_id": None,
        "section_integration_id": None,
        "sis_user_id": user["sis_user_id"],
        "user": short | {"login_id": user["login_id"], "sis_user_id": user["sis_user_id"]},
    }


def member(item: Membership) -> Json:
    """A learner's enrollment, with what it says of grades."""
    record = enrollment(
        item.id, item.course, item.section, learner_user(item.account), kind="Student", state=item.state
    )
    if item.section != item.course.extra:
        record["sis_section_id"] = item.class_.key
    if item.ends:
        record |= {"updated_at": moment(item.ends), "end_at": moment(item.ends)}
    score = round(55 + 40 * item.learner.ability, 2)
    grades = {"current_grade": None, "current_score": score, "final_grade": None, "final_score": score}
    return record | {"grades": {"html_url": f"/courses/{item.course.id}/grades/{item.account.id}"} | grades}


def assignment(item: Assignment) -> Json:
    """An assignment."""
    record: Json = {
        "id": item.id,
        "description": f"<p>{item.name} for <b>{course_title(item.course.grade, item.course.subject)}</b>.</p>",
        "due_at": moment(item.due, 23),
        "unlock_at": None,
        "lock_at": None,
        "points_possible": item.points,
        "grading_type": item.grading,
        "assignment_group_id": item.course.id * 10,
        "grading_standard_id": None,
        "created_at": CREATED,
        "updated_at": CREATED,
        "peer_reviews": False,
        "position": item.number,
        "course_id": item.course.id,
        "name": item.name,
        "submission_types": ["online_text_entry"],
        "has_submitted_submissions": True,
        "omit_from_final_grade": False,
        "hide_in_gradebook": False,
        "workflow_state": "published",
        "published": True,
        "muted": False,
        "html_url": f"/courses/{item.course.id}/assignments/{item.id}",
        "integration_id": None,
        "integration_data": {},
        "post_to_sis": False,
    }
    if item.outcome:
        row = {"id": criterion(item.outcome), "points": POSSIBLE_POINTS, "outcome_id": item.outcome.id}
        row |= {"description": item.outcome.standard.code, "long_description": item.outcome.standard.about}
        record |= {"use_rubric_for_grading": False, "rubric": [row | {"ratings": ratings()}]}
    return record


def criterion(item: Outcome) -> str:
    """The id of an outcome's row in a rubric."""
    return f"_{item.id}"


def ratings() -> list[Json]:
    """The levels of a rating, from the highest."""
    return [{"description": description, "points": points} for points, description in RATINGS]


def submission(item: Submission, *, rubric: bool) -> Json:
    """A submission, with its rubric assessment where asked for."""
    late = item.submitted is not None and item.submitted > item.assignment.due
    grade = None if item.score is None else _grade(item)
    graded = moment(item.submitted, 22) if item.submitted and item.score is not None else None
    record: Json = {
        "id": item.id,
        "assignment_id": item.assignment.id,
        "user_id": item.account.id,
        "body": None,
        "url": None,
        "grade": grade,
        "score": item.score,
        "entered_grade": grade,
        "entered_score": item.score,
        "submitted_at": moment(item.submitted) if item.submitted else None,
        "submission_type": "online_text_entry" if item.submitted else None,
        "workflow_state": item.state,
        "grade_matches_current_submission": True,
        "graded_at": graded,
        "posted_at": graded if item.posted else None,
        "grader_id": None,
        "attempt": 1 if item.submitted else None,
        "cached_due_date": moment(item.assignment.due, 23),
        "excused": item.excused,
        "late_policy_status": None,
        "points_deducted": None,
        "grading_period_id": None,
        "late": late,
        "missing": item.missing,
        "seconds_late": 86_400 if late else 0,
        "preview_url": f"/courses/{item.assignment.course.id}/assignments/{item.assignment.id}/submissions/1",
        "redo_request": False,
    }
    if rubric and item.assignment.outcome and item.rating is not None:
        rated = {"rating_id": f"blank_{int(item.rating)}", "points": item.rating, "comments": ""}
        record["rubric_assessment"] = {criterion(item.assignment.outcome): rated}
    return record


def _grade(item: Submission) -> str:
    """The grade as a text: the points, or of the hundred percent so many."""
    assert item.score is not None
    if item.assignment.grading == "percent":
        return f"{round(100 * item.score / item.assignment.points, 2)}%"
    return f"{item.score:g}"
