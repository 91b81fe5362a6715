"""The operations of OneRoster 1.2 that are served, every GET of the official documents, and their rights."""

from dataclasses import dataclass
from typing import Literal

from app.access.scopes import Scope
from app.db.rosters.pages import Through
from app.rosters.shapes import Collection, Service

Right = Literal["roster", "demographics", "gradebook", "assessment", "resource"]
_WHOLE: dict[Right, Scope] = {
    "roster": "https://purl.imsglobal.org/spec/or/v1p2/scope/roster.readonly",
    "demographics": "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly",
    "gradebook": "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook.readonly",
    "assessment": "https://purl.imsglobal.org/spec/or/v1p2/scope/assessment.readonly",
    "resource": "https://purl.imsglobal.org/spec/or/v1p2/scope/resource.readonly",
}
_CORE: dict[Right, Scope] = {
    "roster": "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
    "gradebook": "https://purl.imsglobal.org/spec/or/v1p2/scope/gradebook-core.readonly",
    "resource": "https://purl.imsglobal.org/spec/or/v1p2/scope/resource-core.readonly",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed below a path, and one of which is at `path/{sourcedId}` where it is a collection of its own."""

    collection: Collection
    kinds: tuple[str, ...] = ()
    single: str = ""
    """The name of one of them, as it is wrapped; empty where it is listed only below others."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A collection at a path. `above` are those whose ids the path names; `through` and `role` say how it is found."""

    service: Service
    path: str
    listing: Listing
    right: Right
    above: tuple[Listing, ...] = ()
    through: Through = "links"
    role: str | None = None

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Any of these is enough: what is below another object is not of the core."""
        core = () if self.above or self.right not in _CORE else (_CORE[self.right],)
        return (_WHOLE[self.right], *core)


_orgs = Listing("orgs", (), "org")
_schools = Listing("orgs", ("school",), "org")
_sessions = Listing("academicSessions", (), "academicSession")
_terms = Listing("academicSessions", ("term", "semester"), "academicSession")
_class_sessions = Listing(
    "academicSessions", ("term", "semester", "schoolYear", "ext:program", "ext:other"), "academicSession"
)
"""The sessions that classes are held in: all but grading periods."""
_periods = Listing("academicSessions", ("gradingPeriod",), "academicSession")
_courses = Listing("courses", (), "course")
_classes = Listing("classes", (), "class")
_users = Listing("users", (), "user")
_students = Listing("users", ("student",), "user")
_teachers = Listing("users", ("teacher",), "user")
_enrollments = Listing("enrollments", (), "enrollment")
_demographics = Listing("demographics", (), "demographics")
_categories = Listing("categories", (), "category")
_items = Listing("lineItems", (), "lineItem")
_results = Listing("results", (), "result")
_scales = Listing("scoreScales", (), "scoreScale")
_assessments = Listing("assessmentLineItems", (), "assessmentLineItem")
_assessment_results = Listing("assessmentResults", (), "assessmentResult")
_resources = Listing("resources", (), "resource")
_SCHOOL, _CLASS = "/schools/{schoolSourcedId}", "/classes/{classSourcedId}"
_IN_SCHOOL = _SCHOOL + _CLASS

OPERATIONS: tuple[Operation, ...] = (
    Operation("rostering", "/academicSessions", _sessions, "roster"),
    Operation("rostering", "/classes", _classes, "roster"),
    Operation("rostering", f"{_CLASS}/students", _students, "roster", (_classes,), "members", "student"),
    Operation("rostering", f"{_CLASS}/teachers", _teachers, "roster", (_classes,), "members", "teacher"),
    Operation("rostering", "/courses", _courses, "roster"),
    Operation("rostering", "/courses/{courseSourcedId}/classes", _classes, "roster", (_courses,)),
    Operation("rostering", "/demographics", _demographics, "demographics"),
    Operation("rostering", "/enrollments", _enrollments, "roster"),
    Operation("rostering", "/gradingPeriods", _periods, "roster"),
    Operation("rostering", "/orgs", _orgs, "roster"),
    Operation("rostering", "/schools", _schools, "roster"),
    Operation("rostering", f"{_SCHOOL}/classes", _classes, "roster", (_schools,)),
    Operation("rostering", f"{_IN_SCHOOL}/enrollments", _enrollments, "roster", (_schools, _classes)),
    Operation("rostering", f"{_IN_SCHOOL}/students", _students, "roster", (_schools, _classes), "members", "student"),
    Operation("rostering", f"{_IN_SCHOOL}/teachers", _teachers, "roster", (_schools, _classes), "members", "teacher"),
    Operation("rostering", f"{_SCHOOL}/courses", _courses, "roster", (_schools,)),
    Operation("rostering", f"{_SCHOOL}/enrollments", _enrollments, "roster", (_schools,)),
    Operation("rostering", f"{_SCHOOL}/students", _students, "roster", (_schools,), "people", "student"),
    Operation("rostering", f"{_SCHOOL}/teachers", _teachers, "roster", (_schools,), "people", "teacher"),
    Operation("rostering", f"{_SCHOOL}/terms", _terms, "roster", (_schools,), "terms"),
    Operation("rostering", "/students", _students, "roster"),
    Operation(
        "rostering", "/students/{studentSourcedId}/classes", _classes, "roster", (_students,), "classes", "student"
    ),
    Operation("rostering", "/teachers", _teachers, "roster"),
    Operation(
        "rostering", "/teachers/{teacherSourcedId}/classes", _classes, "roster", (_teachers,), "classes", "teacher"
    ),
    Operation("rostering", "/terms", _terms, "roster"),
    Operation("rostering", "/terms/{termSourcedId}/classes", _classes, "roster", (_class_sessions,)),
    Operation("rostering", "/terms/{termSourcedId}/gradingPeriods", _periods, "roster", (_class_sessions,)),
    Operation("rostering", "/users", _users, "roster"),
    Operation("rostering", "/users/{userSourcedId}/classes", _classes, "roster", (_users,), "classes"),
    Operation("gradebook", "/assessmentLineItems", _assessments, "assessment"),
    Operation("gradebook", "/assessmentResults", _assessment_results, "assessment"),
    Operation("gradebook", "/categories", _categories, "gradebook"),
    Operation("gradebook", f"{_CLASS}/categories", _categories, "gradebook", (_classes,)),
    Operation("gradebook", f"{_CLASS}/lineItems", _items, "gradebook", (_classes,)),
    Operation(
        "gradebook", f"{_CLASS}/lineItems/{{lineItemSourcedId}}/results", _results, "gradebook", (_classes, _items)
    ),
    Operation("gradebook", f"{_CLASS}/results", _results, "gradebook", (_classes,)),
    Operation("gradebook", f"{_CLASS}/scoreScales", _scales, "gradebook", (_classes,)),
    Operation(
        "gradebook", f"{_CLASS}/students/{{studentSourcedId}}/results", _results, "gradebook", (_classes, _students)
    ),
    Operation("gradebook", "/lineItems", _items, "gradebook"),
    Operation("gradebook", "/results", _results, "gradebook"),
    Operation("gradebook", f"{_SCHOOL}/scoreScales", _scales, "gradebook", (_schools,)),
    Operation("gradebook", "/scoreScales", _scales, "gradebook"),
    Operation("resources", f"{_CLASS}/resources", _resources, "resource", (_classes,)),
    Operation("resources", "/courses/{courseSourcedId}/resources", _resources, "resource", (_courses,)),
    Operation("resources", "/resources", _resources, "resource"),
    Operation("resources", "/users/{userSourcedId}/resources", _resources, "resource", (_users,)),
)
