"""Which functions and capabilities each stream needs, and what a token lacks.

The capabilities are those that Moodle's own source checks (4.1 to 5.1); a role that has them in the system context is
enough. `test` tells by calls whether they are there, since no function lists a user's capabilities.
"""

FUNCTIONS: dict[str, tuple[str, ...]] = {
    "users": ("core_user_get_users",),
    "courses": ("core_course_get_courses",),
    "groups": ("core_group_get_course_groups",),
    "enrollments": ("core_enrol_get_enrolled_users",),
    "assignments": ("mod_assign_get_assignments",),
    "gradebook": ("core_enrol_get_enrolled_users", "gradereport_user_get_grade_items"),
    "submissions": ("mod_assign_get_assignments", "mod_assign_get_submissions"),
    "frameworks": ("core_competency_list_competency_frameworks",),
    "competencies": ("core_competency_list_competency_frameworks", "core_competency_list_competencies"),
    "ratings": ("core_competency_list_user_plans", "core_competency_list_plan_competencies"),
    "course_ratings": (
        "core_enrol_get_enrolled_users",
        "core_competency_list_course_competencies",
        "report_competency_data_for_report",
    ),
    "evidence": ("tool_lp_data_for_user_evidence_list_page",),
    "badges": ("core_badges_get_user_badges",),
}
"""The functions each stream calls, beside `core_webservice_get_site_info` and, to save requests, `calls.TOGETHER`."""

ITEMS = "core_grades_get_gradeitems"
"""Tells what a course's gradebook should have (4.2 or later): its report leaves out, without a word, what it hides."""

_HIDDEN = ("moodle/course:viewhiddenactivities", "moodle/course:ignoreavailabilityrestrictions")
ACTIVITIES = (
    *_HIDDEN,
    "mod/assign:view",
    "mod/bigbluebuttonbn:view",
    "mod/data:view",
    "mod/glossary:view",
    "mod/h5pactivity:view",
    "mod/lesson:view",
    "mod/lti:view",
    "mod/quiz:view",
    "mod/workshop:view",
)
"""What the grades of activities take: the gradebook's report has of them what the token's user may look at."""

_PEOPLE = ("moodle/user:viewdetails", "moodle/user:viewalldetails", "moodle/site:viewfullnames")
_COURSES = ("moodle/course:view", "moodle/course:viewhiddencourses")
_MEMBERS = ("moodle/course:viewparticipants", "moodle/course:enrolreview", "moodle/site:accessallgroups")
_COMPETENCIES = ("moodle/competency:competencyview",)

RIGHTS: dict[str, tuple[str, ...]] = {
    "users": _PEOPLE,
    "courses": _COURSES,
    "groups": (*_COURSES, "moodle/course:managegroups"),
    "enrollments": (*_COURSES, "moodle/user:viewdetails", *_MEMBERS),
    "assignments": (*_COURSES, "mod/assign:view", *_HIDDEN),
    "gradebook": (
        *_COURSES,
        "gradereport/user:view",
        "moodle/grade:viewall",
        "moodle/grade:viewhidden",
        "moodle/user:viewdetails",
        *_MEMBERS,
        *ACTIVITIES,
    ),
    "submissions": (*_COURSES, "mod/assign:view", *_HIDDEN, "mod/assign:grade", "moodle/site:accessallgroups"),
    "frameworks": _COMPETENCIES,
    "competencies": _COMPETENCIES,
    "ratings": ("moodle/competency:planview", "moodle/competency:usercompetencyview"),
    "course_ratings": (
        *_COURSES,
        "moodle/competency:coursecompetencyview",
        "moodle/competency:usercompetencyview",
        "moodle/user:viewdetails",
        *_MEMBERS,
    ),
    "evidence": ("moodle/competency:userevidenceview",),
    "badges": ("moodle/badges:viewotherbadges",),
}
"""The capabilities each stream needs."""


NEEDS: dict[str, tuple[str, ...]] = {
    "groups": ("courses",),
    "enrollments": ("users", "courses"),
    "assignments": ("courses",),
    "gradebook": ("users", "courses"),
    "submissions": ("assignments",),
    "competencies": ("frameworks",),
    "ratings": ("users", "frameworks"),
    "course_ratings": ("enrollments", "frameworks"),
    "evidence": ("users",),
    "badges": ("users",),
}
"""The streams whose lists another one walks through."""


def missing_functions(stream: str, functions: frozenset[str]) -> list[str]:
    """The functions a stream calls that the token's service has not."""
    return [name for name in FUNCTIONS[stream] if name not in functions]
