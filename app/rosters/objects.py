"""Canonical records as objects of OneRoster 1.2: what it requires and a source does not tell is put in. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from app.rosters import shapes
from app.rosters.shapes import ObjectiveIds, ObjectiveScore, ObjectiveScores, Ref, ref
from schemas import (
    AcademicSession,
    Alignment,
    AnyRecord,
    Class,
    Course,
    Demographics,
    Enrollment,
    LineItem,
    Org,
    Result,
)

FOREVER = (date(1900, 1, 1), date(2100, 1, 1))
"""When a session runs whose dates nobody tells."""
STATUSES = {"not tested": "not submitted"}
"""States of a result that the standard calls otherwise."""

ROLES = frozenset(
    {
        "aide",
        "counselor",
        "districtAdministrator",
        "guardian",
        "parent",
        "principal",
        "proctor",
        "relative",
        "siteAdministrator",
        "student",
        "systemAdministrator",
        "teacher",
    }
)
ENROLLED = frozenset({"administrator", "proctor", "student", "teacher"})
ORGS = frozenset({"department", "district", "local", "national", "school", "state"})
SESSIONS = frozenset({"gradingPeriod", "semester", "schoolYear", "term"})
SEXES = frozenset({"male", "female", "unspecified", "other"})
CLASSES = frozenset({"homeroom", "scheduled"})
RACES = (
    "american_indian_or_alaska_native",
    "asian",
    "black_or_african_american",
    "native_hawaiian_or_other_pacific_islander",
    "white",
    "demographic_race_two_or_more_races",
)
_ONE_DAY = timedelta(days=1)


class Context(Struct, frozen=True, kw_only=True):
    """The ids of the objects that a record refers to, as far as they are there; `last`: it is known to end then."""

    parent: str | None = None
    org: str | None = None
    course: str | None = None
    session: str | None = None
    sessions: tuple[str, ...] = ()
    user: str | None = None
    class_: str | None = None
    school: str | None = None
    category: str | None = None
    line_item: str | None = None
    last: date | None = None


class Fallbacks(Struct, frozen=True, kw_only=True):
    """The ids of the objects that stand where a source tells none: the district, and a session without dates."""

    org: str
    session: str


def extended(value: str, known: frozenset[str]) -> str:
    """A code of the standard, or its escape for others."""
    return value if value in known else "ext:" + re.sub(r"[^a-zA-Z0-9._-]", "_", value)


def org(record: Org, context: Context) -> shapes.Org:
    return shapes.Org(
        name=record.name,
        type=extended(record.type, ORGS),
        identifier=record.identifier or record.key,
        parent=_maybe("orgs", context.parent),
    )


def academic_session(record: AcademicSession, context: Context) -> shapes.AcademicSession:
    begins, ends = record.begins or FOREVER[0], record.ends or FOREVER[1]
    return shapes.AcademicSession(
        title=record.title,
        start_date=begins.isoformat(),
        end_date=_after(ends),
        type=extended(record.type, SESSIONS),
        school_year=record.school_year or str(ends.year),
        parent=_maybe("academicSessions", context.parent),
    )


def course(record: Course, context: Context) -> shapes.Course:
    return shapes.Course(
        title=record.title,
        course_code=record.code or "",
        school_year=_maybe("academicSessions", context.session),
        grades=list(record.grades) or None,
        subjects=list(record.subjects) or None,
        org=_maybe("orgs", context.org),
    )


def class_(record: Class, context: Context, fallbacks: Fallbacks) -> shapes.Class:
    """A class. One whose source tells no course has one of its own (`context.course` names it, told or not)."""
    assert context.course is not None
    return shapes.Class(
        title=record.title,
        class_code=record.code,
        class_type=None if record.type is None else extended(record.type, CLASSES),
        location=record.location,
        grades=list(record.grades) or None,
        subjects=list(record.subjects) or None,
        periods=list(record.periods) or None,
        course=ref("courses", context.course),
        school=ref("orgs", context.org or fallbacks.org),
        terms=[ref("academicSessions", each) for each in context.sessions or (fallbacks.session,)],
    )


def own_course(record: Class, context: Context) -> shapes.Course:
    """The course of a class whose source tells none."""
    return shapes.Course(
        title=record.title,
        course_code=record.code or "",
        grades=list(record.grades) or None,
        subjects=list(record.subjects) or None,
        org=_maybe("orgs", context.org),
    )


def demographics(record: Demographics) -> shapes.Demographics:
    races = set(record.races)
    return shapes.Demographics(
        birth_date=_day(record.birth_date),
        sex=None if record.sex is None else extended(record.sex.lower(), SEXES),
        hispanic_or_latino_ethnicity=_flag(record.hispanic),
        country_of_birth_code=record.country_of_birth,
        state_of_birth_abbreviation=record.state_of_birth,
        city_of_birth=record.city_of_birth,
        public_school_residence_status=record.residence_status,
        **{name: "true" for name in RACES if _camel(name) in races},
    )


def enrollment(record: Enrollment, context: Context) -> shapes.Enrollment:
    assert context.user is not None
    assert context.class_ is not None
    assert context.school is not None
    last = min((day for day in (record.ends, context.last) if day is not None), default=None)
    return shapes.Enrollment(
        user=ref("users", context.user),
        class_=ref("classes", context.class_),
        school=ref("orgs", context.school),
        role=extended(record.role, ENROLLED),
        primary=_flag(record.primary),
        begin_date=_day(record.begins),
        end_date=None if last is None else _after(last),
    )


def line_item(record: LineItem, context: Context) -> shapes.LineItem | shapes.AssessmentLineItem:
    """A line item of a class, or of an assessment where it has no class."""
    objectives = _objective_ids(record.alignments)
    if context.class_ is None:
        return shapes.AssessmentLineItem(
            title=record.title,
            description=record.description,
            result_value_min=record.minimum,
            result_value_max=record.maximum,
            learning_objective_set=objectives,
        )
    assert context.school is not None
    assert context.category is not None
    assigned = record.assigned or record.begins or record.due or FOREVER[0]
    return shapes.LineItem(
        title=record.title,
        description=record.description,
        assign_date=_moment(assigned),
        due_date=_moment(record.due or assigned),
        class_=ref("classes", context.class_),
        school=ref("orgs", context.school),
        category=ref("categories", context.category),
        academic_session=_maybe("academicSessions", context.session),
        result_value_min=record.minimum,
        result_value_max=record.maximum,
        learning_objective_set=objectives,
    )


def result(record: Result, context: Context) -> shapes.Result | shapes.AssessmentResult:
    """A result in a class, or of an assessment where its line item has no class."""
    assert context.line_item is not None
    assert context.user is not None
    scored = record.scored_at.date() if record.scored_at else record.scored_on or context.last or FOREVER[0]
    graded = record.score is not None or record.text_score is not None
    status = STATUSES.get(record.status or "", record.status) or ("fully graded" if graded else "not submitted")
    objectives = _objective_scores(record)
    student = ref("users", context.user)
    late, missing = _flag(record.late), _flag(record.missing)
    if context.class_ is None:
        return shapes.AssessmentResult(
            assessment_line_item=ref("assessmentLineItems", context.line_item),
            student=student,
            score_status=status,
            score_date=scored.isoformat(),
            score=record.score,
            text_score=record.text_score,
            score_percentile=record.percentile,
            comment=record.narrative,
            late=late,
            missing=missing,
            learning_objective_set=objectives,
        )
    return shapes.Result(
        line_item=ref("lineItems", context.line_item),
        student=student,
        class_=ref("classes", context.class_),
        score_status=status,
        score_date=scored.isoformat(),
        score=record.score,
        text_score=record.text_score,
        comment=record.narrative,
        late=late,
        missing=missing,
        learning_objective_set=objectives,
    )


def kinds(record: AnyRecord) -> list[str]:
    """The kinds of a record within its collection: its type or role, as it is served."""
    match record:
        case Org():
            return [extended(record.type, ORGS)]
        case AcademicSession():
            return [extended(record.type, SESSIONS)]
        case Enrollment():
            return [extended(record.role, ENROLLED)]
    return []


def _objective(alignment: Alignment) -> tuple[str, str] | None:
    """The source and the id of a learning objective: of a CASE item its identifier."""
    name = alignment.code or alignment.url or alignment.name
    return None if name is None else ("case" if alignment.type == "CFItem" else "unknown", name)


def _objective_ids(alignments: Iterable[Alignment]) -> list[ObjectiveIds] | None:
    ids: dict[str, list[str]] = {}
    for source, name in filter(None, map(_objective, alignments)):
        ids.setdefault(source, []).append(name)
    return [ObjectiveIds(source=source, learning_objective_ids=names) for source, names in ids.items()] or None


def _objective_scores(record: Result) -> list[ObjectiveScores] | None:
    scores: dict[str, list[ObjectiveScore]] = {}
    for each in record.objectives:
        if (named := _objective(each.objective)) is None:
            continue
        score = ObjectiveScore(learning_objective_id=named[1], score=each.score, text_score=each.text_score)
        scores.setdefault(named[0], []).append(score)
    return [ObjectiveScores(source=source, learning_objective_results=each) for source, each in scores.items()] or None


def refs(collection: shapes.Collection, ids: Sequence[str]) -> list[Ref] | None:
    """References to objects; None where there are none."""
    return [ref(collection, each) for each in ids] or None


def _maybe(collection: shapes.Collection, sourced_id: str | None) -> Ref | None:
    return None if sourced_id is None else ref(collection, sourced_id)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _after(last: date) -> str:
    """An end as the standard has it: the first day after."""
    return (last if last == date.max else last + _ONE_DAY).isoformat()


def _moment(value: date) -> str:
    return f"{value.isoformat()}T00:00:00.000Z"


def _flag(value: bool | None) -> str | None:
    return None if value is None else "true" if value else "false"


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.title, others))
