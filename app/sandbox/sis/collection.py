"""The collections a OneRoster 1.2 provider serves, and what of the sample district is in each."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from app.sandbox import district as sample
from app.sandbox import gradebook, year
from app.sandbox.catalog import GRADED, GRADES, SUBJECTS, course_key
from app.sandbox.district import District
from app.sandbox.gradebook import BENCHMARKS
from app.sandbox.people import Learner, Staff
from app.sandbox.sis import grades, roster
from app.sandbox.sis.flaws import SIS_FLAWS
from app.sandbox.sis.roster import Base, Json

SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
ROSTER = frozenset({SCOPE + "roster.readonly", SCOPE + "roster-core.readonly"})
DEMOGRAPHICS = frozenset({SCOPE + "roster-demographics.readonly"})
GRADEBOOK = frozenset({SCOPE + "gradebook.readonly", SCOPE + "gradebook-core.readonly"})
ASSESSMENT = frozenset({SCOPE + "assessment.readonly"})
SCOPES = ROSTER | DEMOGRAPHICS | GRADEBOOK | ASSESSMENT

Render = Callable[[Base, District, Any], Json]


class Collection(NamedTuple):
    """A collection: its path, the names of list and single record in a response, and how it is made.

    Any of `scopes` opens it. `fields` are the properties that may be selected, sorted and filtered by. An item that is
    a dict already is served as it stands: that is how the deliberately wrong records get in.
    """

    path: str
    plural: str
    single: str
    scopes: frozenset[str]
    fields: frozenset[str]
    items: Callable[[District], Iterator[Any]]
    render: Render
    key: Callable[[Any], str]

    def every(self, district: District, flawed: bool) -> Iterator[Any]:
        """Every item, the wrong ones last."""
        yield from self.items(district)
        if flawed:
            yield from SIS_FLAWS.get(self.path, ())

    def record(self, base: Base, district: District, item: Any) -> Json:
        """The record of an item."""
        return dict(item) if isinstance(item, dict) else self.render(base, district, item)

    def source_id(self, item: Any) -> str:
        """The sourcedId of an item."""
        return str(item["sourcedId"]) if isinstance(item, dict) else self.key(item)


def _fields(names: str) -> frozenset[str]:
    return frozenset({"sourcedId", "status", "dateLastModified", "metadata", *names.split()})


_ORG = _fields("name type identifier parent children")
_SESSION = _fields("title startDate endDate type parent children schoolYear")
_COURSE = _fields("title schoolYear courseCode grades subjects org subjectCodes resources")
_CLASS = _fields(
    "title classCode classType location grades subjects course school terms subjectCodes periods resources"
)
_USER = _fields(
    "userMasterIdentifier username userIds enabledUser givenName familyName middleName preferredFirstName"
    " preferredMiddleName preferredLastName pronouns roles userProfiles primaryOrg identifier email sms phone agents"
    " grades password resources"
)
_ENROLLMENT = _fields("user class school role primary beginDate endDate")
_DEMOGRAPHICS = _fields(
    "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white"
    " demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth"
    " publicSchoolResidenceStatus"
)
_CATEGORY = _fields("title weight")
_SCALE = _fields("title type course class scoreScaleValue")
_LINE_ITEM = _fields(
    "title description assignDate dueDate class school category gradingPeriod academicSession scoreScale resultValueMin"
    " resultValueMax learningObjectiveSet"
)
_RESULT = _fields(
    "lineItem assessmentLineItem student class scoreScale scoreStatus score textScore scoreDate scorePercentile comment"
    " learningObjectiveSet inProgress incomplete late missing"
)


def _orgs(district: District) -> Iterator[Any]:
    yield district
    yield from district.schools


def _org(base: Base, _district: District, item: Any) -> Json:
    return roster.district_org(base, item) if isinstance(item, District) else roster.school_org(base, item)


def _org_key(item: Any) -> str:
    return sample.KEY if isinstance(item, District) else str(item.key)


def _users(district: District) -> Iterator[Any]:
    yield from district.staff
    yield from district.learners
    yield from district.guardians()


def _user(base: Base, district: District, item: Any) -> Json:
    if isinstance(item, Learner):
        return roster.learner_user(base, district, item)
    return roster.staff_user(base, item) if isinstance(item, Staff) else roster.guardian_user(base, item)


def _sessions(*types: str) -> Callable[[District], Iterator[Any]]:
    return lambda _district: (s for s in year.SESSIONS if not types or s.type in types)


def _courses(_district: District) -> Iterator[tuple[int, int]]:
    return ((grade, subject) for grade in range(len(GRADES)) for subject in range(len(SUBJECTS)))


def _alone(render: Callable[[Base, Any], Json]) -> Render:
    """For records that need nothing else of the district."""
    return lambda base, _district, item: render(base, item)


def _key(item: Any) -> str:
    return str(item.key)


_session = _alone(roster.academic_session)
_class = _alone(roster.class_)
_enrollment = _alone(roster.enrollment)

ROSTERING = (
    Collection("orgs", "orgs", "org", ROSTER, _ORG, _orgs, _org, _org_key),
    Collection("schools", "orgs", "org", ROSTER, _ORG, lambda d: iter(d.schools), _org, _key),
    Collection(
        "academicSessions", "academicSessions", "academicSession", ROSTER, _SESSION, _sessions(), _session, _key
    ),
    Collection(
        "terms", "academicSessions", "academicSession", ROSTER, _SESSION, _sessions("semester", "term"), _session, _key
    ),
    Collection(
        "gradingPeriods",
        "academicSessions",
        "academicSession",
        ROSTER,
        _SESSION,
        _sessions("gradingPeriod"),
        _session,
        _key,
    ),
    Collection(
        "courses",
        "courses",
        "course",
        ROSTER,
        _COURSE,
        _courses,
        _alone(roster.course),
        lambda item: f"crs-{course_key(*item)}",
    ),
    Collection("classes", "classes", "class", ROSTER, _CLASS, lambda d: iter(d.class_at.values()), _class, _key),
    Collection("users", "users", "user", ROSTER, _USER, _users, _user, _key),
    Collection("students", "users", "user", ROSTER, _USER, lambda d: iter(d.learners), _user, _key),
    Collection(
        "teachers", "users", "user", ROSTER, _USER, lambda d: (s for s in d.staff if s.post == "teacher"), _user, _key
    ),
    Collection(
        "enrollments", "enrollments", "enrollment", ROSTER, _ENROLLMENT, District.enrollments, _enrollment, _key
    ),
    Collection(
        "demographics",
        "demographics",
        "demographics",
        DEMOGRAPHICS,
        _DEMOGRAPHICS,
        lambda d: iter(d.learners),
        _alone(roster.demographics),
        _key,
    ),
)
"""The rostering service's collections, by path."""

GRADEBOOKS = (
    Collection(
        "categories",
        "categories",
        "category",
        GRADEBOOK,
        _CATEGORY,
        lambda _: iter(gradebook.CATEGORIES),
        _alone(grades.category),
        lambda item: str(item[0]),
    ),
    Collection(
        "scoreScales",
        "scoreScales",
        "scoreScale",
        GRADEBOOK,
        _SCALE,
        lambda d: (c for c in d.class_at.values() if c.subject in GRADED),
        _alone(grades.score_scale),
        lambda item: f"ss-{item.key[4:]}",
    ),
    Collection(
        "lineItems",
        "lineItems",
        "lineItem",
        GRADEBOOK,
        _LINE_ITEM,
        gradebook.line_items,
        _alone(grades.line_item),
        _key,
    ),
    Collection("results", "results", "result", GRADEBOOK, _RESULT, gradebook.results, _alone(grades.result), _key),
    Collection(
        "assessmentLineItems",
        "assessmentLineItems",
        "assessmentLineItem",
        ASSESSMENT,
        _LINE_ITEM,
        lambda _: iter(BENCHMARKS),
        _alone(grades.benchmark),
        _key,
    ),
    Collection(
        "assessmentResults",
        "assessmentResults",
        "assessmentResult",
        ASSESSMENT,
        _RESULT,
        gradebook.benchmark_results,
        _alone(grades.benchmark_result),
        _key,
    ),
)
"""The gradebook service's collections, by path."""
