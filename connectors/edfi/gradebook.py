"""Ed-Fi's gradebook entries, learning standards and competency objectives in canonical terms (Data Standard 5.0).

What an entry is aligned to is named by the standard's own number, as references spell it; a competency objective by its
address: educational organization, grade level and title, for it has no number that is required.
"""

from collections.abc import Iterable
from urllib.parse import quote

from connectors.edfi.readers import Notes, code_of, gone, link_of, linked, natural, own_id, part_of, reference, required
from connectors.fields import Fields
from connectors.learner import key_of
from schemas import Alignment, AnyRecord, Competency, Identifier, LineItem, ObjectiveResult, Person, Result, Role
from schemas.codes import ScoreStatus

SUBMITTED: dict[str, ScoreStatus] = {
    "completed": "submitted",
    "excused": "exempt",
    "incomplete": "partially graded",
    "missing": "not submitted",
    "not submitted": "not submitted",
    "submitted": "submitted",
}
"""Submission statuses, by their code in lower case (Ed-Fi default SubmissionStatusDescriptor)."""

LATE = frozenset({"late", "submitted late"})
"""Late statuses that say so (Ed-Fi default AssignmentLateStatusDescriptor)."""


def gradebook_entry(f: Fields) -> Iterable[AnyRecord]:
    """What students are graded for in a section."""
    if taken_back := gone(f):
        return [taken_back]
    key, section = own_id(f), reference(f, "sectionReference") if "sectionReference" in f else None
    standards = [_standard(each) for each in f.each("learningStandards")]
    f.drop("gradebookEntryIdentifier", "namespace", "sourceSectionIdentifier", "dueTime")
    return [
        LineItem(
            key=key,
            title=f.text("title"),
            class_=link_of("sectionReference", section) if section else None,
            description=f.text("description", None),
            category=code_of(f, "gradebookEntryTypeDescriptor"),
            assigned=f.day("dateAssigned"),
            due=f.day("dueDate", None),
            maximum=f.number("maxPoints", None),
            alignments=tuple(standards),
        )
    ]


def student_gradebook_entry(f: Fields) -> Iterable[AnyRecord]:
    """What a student reached in an entry. What is missing or excused is no zero, and a numeric grade has no scale."""
    if taken_back := gone(f):
        return [taken_back]
    key, person, entry = own_id(f), linked(f, "studentReference"), linked(f, "gradebookEntryReference")
    notes, points, number = Notes(), f.number("pointsEarned", None), f.number("numericGradeEarned", None)
    marks = [mark for mark in (f.text("letterGradeEarned", None), None if number is None else f"{number:g}") if mark]
    status, late = code_of(f, "submissionStatusDescriptor"), code_of(f, "assignmentLateStatusDescriptor")
    if status is not None and status.lower() not in SUBMITTED:
        notes["submissionStatusDescriptor"] = status
    if marks[1:]:
        notes["numericGradeEarned"] = number
    submission, is_graded = SUBMITTED.get((status or "").lower()), points is not None or bool(marks)
    f.drop("timeFulfilled")
    return [
        Result(
            key=key,
            person=person,
            line_item=entry,
            status=submission if submission in ("exempt", "not submitted") or not is_graded else "fully graded",
            score=points,
            unit="points" if points is not None else None,
            text_score=next(iter(marks), None),
            level=code_of(f, "competencyLevelDescriptor"),
            narrative=f.text("diagnosticStatement", None),
            scored_on=f.day("dateFulfilled", None),
            late=None if late is None else late.lower() in LATE,
            missing=True if (status or "").lower() == "missing" else None,
            extensions=notes,
        )
    ]


def grade(f: Fields) -> Iterable[AnyRecord]:
    """A grade of the report card. It names the student by number alone: whose that was then, it does not say.

    So the number is a person of its own, as with whoever tells of a student by number, and what was told by it stays
    with the child who had it. A numeric grade has no scale.
    """
    if taken_back := gone(f):
        return [taken_back]
    name = "studentSectionAssociationReference"
    key, attended, period = own_id(f), reference(f, name), reference(f, "gradingPeriodReference")
    number = required(part_of(attended, "studentUniqueId"), name)
    when = part_of(period, "gradingPeriodName") or _code(part_of(period, "gradingPeriodDescriptor"))
    what = [code_of(f, "gradeTypeDescriptor"), when, part_of(period, "schoolYear")]
    course, interim = part_of(attended, "localCourseCode"), f.flag("currentGradeIndicator", False)
    described = [text for text in (f.text("diagnosticStatement", None), f.text("gradeEarnedDescription", None)) if text]
    person = Person(
        key=key_of("state", number, None),
        identifiers=(Identifier(type="state", value=number),),
        roles=(Role(role="student"),),
    )
    return [
        Result(
            key=key,
            person=person.key,
            title=": ".join(text for text in (course, ", ".join(filter(None, what))) if text),
            status="partially graded" if interim else "fully graded",
            score=f.number("numericGradeEarned", None),
            text_score=f.text("letterGradeEarned", None),
            level=code_of(f, "performanceBaseConversionDescriptor"),
            narrative="\n".join(described) or None,
            method="summative",
            scored_on=f.day("currentGradeAsOfDate", None),
            objectives=tuple(_standard_grade(each) for each in f.each("learningStandardGrades")),
        ),
        person,
    ]


def _standard_grade(f: Fields) -> ObjectiveResult:
    level, letter = code_of(f, "performanceBaseConversionDescriptor"), f.text("letterGradeEarned", None)
    f.drop("diagnosticStatement")
    return ObjectiveResult(
        objective=_standard(f), score=f.number("numericGradeEarned", None), text_score=level or letter
    )


def _code(descriptor: str | None) -> str | None:
    return None if descriptor is None else descriptor.rpartition("#")[2].strip()


def learning_standard(f: Fields) -> Iterable[AnyRecord]:
    """A standard of a state or of whoever publishes them."""
    if taken_back := gone(f):
        return [taken_back]
    key, number, code = own_id(f), f.ident("learningStandardId"), f.text("learningStandardItemCode", None)
    content = f.nested("contentStandard")
    title = content.text("title")
    content.drop(*content.names())
    notes = Notes({"framework_title": title} | ({"item_code": code} if code and code != number else {}))
    return [
        Competency(
            key=key,
            statement=f.text("description"),
            code=number,
            uri=f.text("uri", None),
            item_type=code_of(f, "learningStandardCategoryDescriptor"),
            extensions=notes,
        )
    ]


def competency_objective(f: Fields) -> Iterable[AnyRecord]:
    """An objective that a school or a district has made its own."""
    if taken_back := gone(f):
        return [taken_back]
    key, title, grade = own_id(f), f.text("objective"), code_of(f, "objectiveGradeLevelDescriptor") or ""
    org = required(
        natural(f, "educationOrganizationReference", "educationOrganizationId"), "educationOrganizationReference"
    )
    f.drop("successCriteria")
    return [
        Competency(
            key=key,
            statement=f.text("description", title),
            code=f.text("competencyObjectiveId", None) or title,
            uri=_address(org, grade, title),
            item_type="Competency objective",
        )
    ]


def student_competency_objective(f: Fields) -> Iterable[AnyRecord]:
    """The level that a student has reached in an objective in a grading period."""
    if taken_back := gone(f):
        return [taken_back]
    key, person = own_id(f), linked(f, "studentReference")
    name = "objectiveCompetencyObjectiveReference"
    objective, period = reference(f, name), reference(f, "gradingPeriodReference")
    title = required(part_of(objective, "objective"), name)
    org = required(part_of(objective, "educationOrganizationId"), name)
    grade = (part_of(objective, "objectiveGradeLevelDescriptor") or "").rpartition("#")[2].strip()
    f.drop("generalStudentProgramAssociations", "studentSectionAssociations")
    when = " ".join(filter(None, [part_of(period, "gradingPeriodName"), part_of(period, "schoolYear")]))
    return [
        Result(
            key=key,
            person=person,
            title=f"{title}, {when}" if when else title,
            status="fully graded",
            level=code_of(f, "competencyLevelDescriptor"),
            narrative=f.text("diagnosticStatement", None),
            alignments=(Alignment(name=title, url=_address(org, grade, title)),),
        )
    ]


def _standard(f: Fields) -> Alignment:
    name = "learningStandardReference"
    return Alignment(code=required(part_of(reference(f, name), "learningStandardId"), name))


def _address(org: str, grade: str, title: str) -> str:
    """What an objective is known by: its natural key as an address of no service."""
    return "urn:edfi:competencyObjective:" + ":".join(quote(part, safe="") for part in (org, grade, title))
