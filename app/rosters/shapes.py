"""The objects of OneRoster 1.2 as they are served: rostering, gradebook (section 4 of each information model).

What every object begins with (`sourcedId`, `status`, `dateLastModified`) is not in these: it is written where they are
stored. A reference's `href` begins with `@rostering` or `@gradebook` in place of the service's address. Pure.
"""

from typing import Literal, get_args

from msgspec import Struct

Service = Literal["rostering", "gradebook", "resources"]
Collection = Literal[
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "demographics",
    "enrollments",
    "categories",
    "lineItems",
    "results",
    "scoreScales",
    "assessmentLineItems",
    "assessmentResults",
    "resources",
]
COLLECTIONS: tuple[Collection, ...] = get_args(Collection)


class Shape(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A part of an object."""


class Ref(Shape, frozen=True):
    """A reference to another object."""

    href: str
    sourced_id: str
    type: str


class Org(Shape, frozen=True):
    """OrgDType. `identifier` is required."""

    name: str
    type: str
    identifier: str
    parent: Ref | None = None


class AcademicSession(Shape, frozen=True):
    """AcademicSessionDType. `end_date` is the first day after it."""

    title: str
    start_date: str
    end_date: str
    type: str
    school_year: str
    parent: Ref | None = None


class Course(Shape, frozen=True):
    """CourseDType."""

    title: str
    course_code: str
    school_year: Ref | None = None
    grades: list[str] | None = None
    subjects: list[str] | None = None
    org: Ref | None = None


class Class(Shape, frozen=True):
    """ClassDType. It has one term at least."""

    title: str
    course: Ref
    school: Ref
    terms: list[Ref]
    class_code: str | None = None
    class_type: str | None = None
    location: str | None = None
    grades: list[str] | None = None
    subjects: list[str] | None = None
    periods: list[str] | None = None


class Role(Shape, frozen=True):
    """RoleDType."""

    role_type: str
    role: str
    org: Ref
    begin_date: str | None = None
    end_date: str | None = None


class UserId(Shape, frozen=True):
    """UserIdDType."""

    type: str
    identifier: str


class User(Shape, frozen=True):
    """UserDType. It has one role at least."""

    enabled_user: str
    given_name: str
    family_name: str
    roles: list[Role]
    user_master_identifier: str | None = None
    username: str | None = None
    user_ids: list[UserId] | None = None
    middle_name: str | None = None
    preferred_first_name: str | None = None
    preferred_middle_name: str | None = None
    preferred_last_name: str | None = None
    pronouns: str | None = None
    primary_org: Ref | None = None
    identifier: str | None = None
    email: str | None = None
    phone: str | None = None
    agents: list[Ref] | None = None
    grades: list[str] | None = None


class Demographics(Shape, frozen=True):
    """DemographicsDType."""

    birth_date: str | None = None
    sex: str | None = None
    american_indian_or_alaska_native: str | None = None
    asian: str | None = None
    black_or_african_american: str | None = None
    native_hawaiian_or_other_pacific_islander: str | None = None
    white: str | None = None
    demographic_race_two_or_more_races: str | None = None
    hispanic_or_latino_ethnicity: str | None = None
    country_of_birth_code: str | None = None
    state_of_birth_abbreviation: str | None = None
    city_of_birth: str | None = None
    public_school_residence_status: str | None = None


class Enrollment(Shape, frozen=True):
    """EnrollmentDType. `end_date` is the first day after it."""

    user: Ref
    class_: Ref
    school: Ref
    role: str
    primary: str | None = None
    begin_date: str | None = None
    end_date: str | None = None


class ObjectiveIds(Shape, frozen=True):
    """LearningObjectiveSetDType: ids of one source, `case` or `unknown`."""

    source: str
    learning_objective_ids: list[str]


class ObjectiveScore(Shape, frozen=True):
    """LearningObjectiveResultsDType."""

    learning_objective_id: str
    score: float | None = None
    text_score: str | None = None


class ObjectiveScores(Shape, frozen=True):
    """LearningObjectiveScoreSetDType."""

    source: str
    learning_objective_results: list[ObjectiveScore]


class Category(Shape, frozen=True):
    """CategoryDType."""

    title: str
    weight: float | None = None


class LineItem(Shape, frozen=True):
    """LineItemDType."""

    title: str
    assign_date: str
    due_date: str
    class_: Ref
    school: Ref
    category: Ref
    description: str | None = None
    academic_session: Ref | None = None
    result_value_min: float | None = None
    result_value_max: float | None = None
    learning_objective_set: list[ObjectiveIds] | None = None


class AssessmentLineItem(Shape, frozen=True):
    """AssessmentLineItemDType."""

    title: str
    description: str | None = None
    result_value_min: float | None = None
    result_value_max: float | None = None
    learning_objective_set: list[ObjectiveIds] | None = None


class Result(Shape, frozen=True):
    """ResultDType."""

    line_item: Ref
    student: Ref
    score_status: str
    score_date: str
    class_: Ref | None = None
    score: float | None = None
    text_score: str | None = None
    comment: str | None = None
    late: str | None = None
    missing: str | None = None
    learning_objective_set: list[ObjectiveScores] | None = None


class AssessmentResult(Shape, frozen=True):
    """AssessmentResultDType."""

    assessment_line_item: Ref
    student: Ref
    score_status: str
    score_date: str
    score: float | None = None
    text_score: str | None = None
    score_percentile: float | None = None
    comment: str | None = None
    late: str | None = None
    missing: str | None = None
    learning_objective_set: list[ObjectiveScores] | None = None


class ScoreScale(Shape, frozen=True):
    """ScoreScaleDType: no system tells of one; a tool reads those that it wrote."""

    title: str
    type: str
    class_: Ref


class Resource(Shape, frozen=True):
    """ResourceDType: none is known, so that none is served."""

    title: str


AnyShape = (
    Org
    | AcademicSession
    | Course
    | Class
    | User
    | Demographics
    | Enrollment
    | Category
    | LineItem
    | AssessmentLineItem
    | Result
    | AssessmentResult
)
SHAPES: dict[Collection, type[Shape]] = {
    "orgs": Org,
    "academicSessions": AcademicSession,
    "courses": Course,
    "classes": Class,
    "users": User,
    "demographics": Demographics,
    "enrollments": Enrollment,
    "categories": Category,
    "lineItems": LineItem,
    "results": Result,
    "scoreScales": ScoreScale,
    "assessmentLineItems": AssessmentLineItem,
    "assessmentResults": AssessmentResult,
    "resources": Resource,
}
GRADEBOOK: frozenset[Collection] = frozenset(
    {"categories", "lineItems", "results", "scoreScales", "assessmentLineItems", "assessmentResults"}
)
TYPES: dict[Collection, str] = {
    "orgs": "org",
    "academicSessions": "academicSession",
    "courses": "course",
    "classes": "class",
    "users": "user",
    "categories": "category",
    "lineItems": "lineItem",
    "assessmentLineItems": "assessmentLineItem",
}
"""The type of a reference to an object of a collection."""


def ref(collection: Collection, sourced_id: str) -> Ref:
    """A reference to an object."""
    service: Service = "gradebook" if collection in GRADEBOOK else "rostering"
    return Ref(href=f"@{service}/{collection}/{sourced_id}", sourced_id=sourced_id, type=TYPES[collection])
